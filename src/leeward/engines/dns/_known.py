"""Names that the resolver answers by itself: canaries, and where its encrypted doors are."""

import struct
from dataclasses import dataclass
from typing import Final

from ._codes import Rcode, Type
from ._message import Data, Query, build_answer, wire_of

# Firefox leaves DNS over HTTPS of its own choice off where this name does not exist.
# Source: support.mozilla.org, "Canary domain - use-application-dns.net".
FIREFOX: Final = wire_of("use-application-dns.net")
# iCloud Private Relay asks these first and stays off where they do not exist.
# Source: developer.apple.com, "Prepare your network or web server for iCloud Private Relay".
RELAY: Final = frozenset({wire_of("mask.icloud.com"), wire_of("mask-h2.icloud.com")})
_ARPA: Final = wire_of("resolver.arpa")
_DOORS: Final = wire_of("_dns.resolver.arpa")
_DOORS_TTL_S: Final = 300
DOH_PATH: Final = "/dns-query"
_ALPN, _PORT, _DOH_PATH = 1, 3, 7  # SvcParamKeys: RFC 9460, 14.3.2, and RFC 9461, 5.
_KEY: Final = struct.Struct("!HH")
_U16: Final = struct.Struct("!H")


@dataclass(frozen=True, slots=True)
class Announced:
    """The encrypted doors as clients reach them: the name in their certificate, and ports; None for no such door."""

    name: str
    tls_port: int | None = None
    https_port: int | None = None
    https_versions: tuple[str, ...] = ("http/1.1",)


class Known:
    """Answer what is known without a policy."""

    def __init__(self, announced: Announced | None) -> None:
        """Take the doors to announce."""
        self._doors = () if announced is None else tuple(_doors(announced))

    def answer(self, query: Query) -> bytes | None:
        """Return the answer to a query for a name that is ours, or None."""
        if query.wire == FIREFOX:
            return build_answer(query, rcode=Rcode.NXDOMAIN)
        if not query.wire.endswith(_ARPA):
            return None
        # RFC 9462, 4 and 6.4: the zone is answered here and never forwarded.
        if query.wire == _DOORS:
            return build_answer(query, data=self._doors if query.type == Type.SVCB else ())
        if query.wire == _ARPA:
            return build_answer(query)
        # A name that only ends in these letters is somebody else's.
        return build_answer(query, rcode=Rcode.NXDOMAIN) if _is_below(query.wire, _ARPA) else None


def _is_below(wire: bytes, parent: bytes) -> bool:
    at = 0
    while at < len(wire):
        if wire[at:] == parent:
            return True
        at += 1 + wire[at]
    return False


def _doors(announced: Announced) -> list[Data]:
    """Return one SVCB record for each door (RFC 9461), the one that is cheaper for a device first."""
    found = []
    if announced.tls_port is not None:
        found.append(_service(1, announced, alpn=("dot",), port=announced.tls_port, path=""))
    if announced.https_port is not None:
        found.append(
            _service(2, announced, alpn=announced.https_versions, port=announced.https_port, path=f"{DOH_PATH}{{?dns}}")
        )
    return found


def _service(priority: int, announced: Announced, *, alpn: tuple[str, ...], port: int, path: str) -> Data:
    versions = b"".join(bytes((len(one),)) + one.encode("ascii") for one in alpn)
    parts = {_ALPN: versions, _PORT: _U16.pack(port)}
    if path:
        parts[_DOH_PATH] = path.encode("ascii")
    octets = _U16.pack(priority) + wire_of(announced.name)
    for key, value in sorted(parts.items()):
        octets += _KEY.pack(key, len(value)) + value
    return Data(Type.SVCB, _DOORS_TTL_S, octets)
