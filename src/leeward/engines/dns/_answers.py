"""What the resolver answers by itself, before it asks anybody."""

import ipaddress
from collections.abc import Callable
from typing import Final, Protocol

from ._codes import CLASS_IN, TYPES_REFUSED, Ede, Rcode, Type
from ._counters import Counters
from ._message import Data, Query, build_answer

BLOCKED_TTL_S: Final = 5  # Short, so that a reversal reaches people who were refused a moment ago.
_ANY_TTL_S: Final = 3600
_RESERVED: Final = frozenset({"example", "test"})  # RFC 6761: names that no upstream holds.


class Verdict(Protocol):
    """What the policy says about a name. `reason` is an Extended DNS Error code of RFC 8914, or None if allowed."""

    @property
    def blocked(self) -> bool:
        """Whether the name is kept away."""

    @property
    def reason(self) -> int | None:
        """Why, as the code that the client is told."""


class PolicyNotReady(RuntimeError):
    """There is no policy to decide by. The resolver answers SERVFAIL until there is one: it fails towards safety."""


class Answers:
    """Answer from the policy and from what is known without an upstream."""

    def __init__(
        self, decide: Callable[[str], Verdict], *, page_v4: str, page_v6: str | None, counters: Counters
    ) -> None:
        """Take the policy and the addresses of the page that explains a closed door."""
        self._decide = decide
        self._counters = counters
        self._page = {int(Type.A): ipaddress.IPv4Address(page_v4).packed}
        if page_v6 is not None:
            self._page[int(Type.AAAA)] = ipaddress.IPv6Address(page_v6).packed

    def at_once(self, query: Query) -> bytes | None:
        """Return the answer to `query` that needs no upstream, or None: the name is allowed, ask for it."""
        if query.edns_version != 0:
            return build_answer(query, rcode=Rcode.BADVERS)
        if query.klass != CLASS_IN or query.type in TYPES_REFUSED:
            return build_answer(query, rcode=Rcode.REFUSED)
        if query.type == Type.OPT:
            return build_answer(query, rcode=Rcode.FORMERR)
        try:
            verdict = self._decide(query.name)
        except PolicyNotReady:
            return self.failure(query, ede=Ede.NOT_READY)
        if verdict.blocked:
            return self._closed_door(query, reason=verdict.reason)
        if query.type == Type.ANY:
            # One small record instead of everything there is: RFC 8482, 4.2.
            return build_answer(query, data=[Data(Type.HINFO, _ANY_TTL_S, b"\x07RFC8482\0")])
        return None

    def without_upstream(self, query: Query) -> bytes:
        """Return the answer for an allowed name when nobody can be asked."""
        if query.name.rpartition(".")[2] in _RESERVED:
            return build_answer(query, rcode=Rcode.NXDOMAIN)
        return self.failure(query, ede=Ede.NO_REACHABLE_AUTHORITY)

    def failure(self, query: Query, *, ede: Ede) -> bytes:
        """Return SERVFAIL with the reason."""
        self._counters.failed += 1
        return build_answer(query, rcode=Rcode.SERVFAIL, ede=ede)

    def _closed_door(self, query: Query, *, reason: int | None) -> bytes:
        """Return the explanation page's address, or no data for other types of record."""
        self._counters.blocked += 1
        page = self._page.get(query.type)
        data = [] if page is None else [Data(query.type, BLOCKED_TTL_S, page)]
        return build_answer(query, data=data, ede=Ede.BLOCKED if reason is None else reason)
