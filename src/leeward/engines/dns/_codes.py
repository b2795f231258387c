"""Numbers of the DNS protocol that this engine speaks. Source: the IANA registry "Domain Name System Parameters"."""

from enum import IntEnum
from typing import Final

OPCODE_QUERY: Final = 0
CLASS_IN: Final = 1


class Type(IntEnum):
    """Record types that are treated in a way of their own; every other type is passed on as a number."""

    A = 1
    CNAME = 5
    SOA = 6
    HINFO = 13
    AAAA = 28
    OPT = 41
    SVCB = 64
    ANY = 255


# TKEY, TSIG, IXFR, AXFR, MAILB and MAILA ask for something other than records (RFC 6895, 3.1).
TYPES_REFUSED: Final = frozenset({249, 250, 251, 252, 253, 254})


class Rcode(IntEnum):
    """Answer codes. BADVERS needs an OPT record to carry its upper bits (RFC 6891, 6.1.3)."""

    NOERROR = 0
    FORMERR = 1
    SERVFAIL = 2
    NXDOMAIN = 3
    NOTIMP = 4
    REFUSED = 5
    BADVERS = 16


class Option(IntEnum):
    """Options of EDNS: RFC 7873 (cookies), RFC 7830 (padding), RFC 8914 (errors)."""

    COOKIE = 10
    PADDING = 12
    ERROR = 15


class Ede(IntEnum):
    """Extended DNS Errors, RFC 8914, section 4."""

    NOT_READY = 14
    BLOCKED = 15
    CENSORED = 16
    FILTERED = 17
    PROHIBITED = 18
    NO_REACHABLE_AUTHORITY = 22


EDE_TEXTS: Final[dict[int, str]] = {
    Ede.NOT_READY: "The filter is starting. Try again soon.",
    Ede.BLOCKED: "Blocked by this network.",
    Ede.CENSORED: "Blocked because the law asks for it.",
    Ede.FILTERED: "Kept away by the family or the school.",
    Ede.PROHIBITED: "The address or name by which this device asks is not known. Set the device up again.",
    Ede.NO_REACHABLE_AUTHORITY: "No other resolver can be reached.",
}
