"""What the resolver answers by itself, before it asks anybody."""

import functools
import ipaddress
import json
from typing import Final

from ._codes import CLASS_IN, TYPES_REFUSED, Ede, Rcode, Type
from ._counters import Counters
from ._message import Data, Error, Query, build_answer
from ._ruling import Ruling

BLOCKED_TTL_S: Final = 5  # Short, so that a reversal reaches people who were refused a moment ago.
_ANY_TTL_S: Final = 3600
_RESERVED: Final = (b"\x07example\0", b"\x04test\0")  # RFC 6761: names that no upstream holds.


class Answers:
    """Make answers that need no upstream."""

    def __init__(self, *, page_v4: str | None, page_v6: str | None, contact: str, counters: Counters) -> None:
        """Take the addresses of the page that explains a closed door, and the URI where people can ask."""
        self._counters = counters
        self._contact = contact
        self._page: dict[int, bytes] = {}
        if page_v4 is not None:
            self._page[Type.A] = ipaddress.IPv4Address(page_v4).packed
        if page_v6 is not None:
            self._page[Type.AAAA] = ipaddress.IPv6Address(page_v6).packed

    def refusal(self, query: Query) -> bytes | None:
        """Return the answer to a query that asks for something other than records, or None."""
        if query.edns_version != 0:
            return build_answer(query, rcode=Rcode.BADVERS)
        if query.klass != CLASS_IN or query.type in TYPES_REFUSED:
            return build_answer(query, rcode=Rcode.REFUSED)
        if query.type == Type.OPT:
            return build_answer(query, rcode=Rcode.FORMERR)
        return None

    def closed(self, query: Query, ruling: Ruling) -> bytes:
        """Return the explanation page's address, or no data for other types of record."""
        self._counters.blocked += 1
        page = self._page.get(query.type)
        data = () if page is None else (Data(query.type, BLOCKED_TTL_S, page),)
        # What was decided about a child is nobody's business on the way (draft-ietf-dnsop-structured-dns-error).
        text = _structured(self._contact, ruling.why) if query.carrier.is_encrypted and ruling.why else ""
        return build_answer(query, data=data, error=Error(ruling.code or Ede.BLOCKED, text))

    def everything(self, query: Query) -> bytes:
        """Return one small record in place of everything there is: RFC 8482, 4.2."""
        return build_answer(query, data=(Data(Type.HINFO, _ANY_TTL_S, b"\x07RFC8482\0"),))

    def without_upstream(self, query: Query) -> bytes:
        """Return the answer for an allowed name when nobody can be asked."""
        if query.wire.endswith(_RESERVED):
            return build_answer(query, rcode=Rcode.NXDOMAIN)
        return self.failure(query, ede=Ede.NO_REACHABLE_AUTHORITY)

    def unknown_token(self, query: Query) -> bytes:
        """Return REFUSED with the reason."""
        self._counters.refused += 1
        return build_answer(query, rcode=Rcode.REFUSED, error=Error(Ede.PROHIBITED))

    def failure(self, query: Query, *, ede: Ede) -> bytes:
        """Return SERVFAIL with the reason."""
        self._counters.failed += 1
        return build_answer(query, rcode=Rcode.SERVFAIL, error=Error(ede))


@functools.lru_cache(maxsize=64)
def _structured(contact: str, why: str) -> str:
    """Return the extra text as JSON: whom to ask, and why. Source: draft-ietf-dnsop-structured-dns-error, section 4."""
    parts = {"c": [contact], "j": why} if contact else {"j": why}
    return json.dumps(parts, separators=(",", ":"), ensure_ascii=False)
