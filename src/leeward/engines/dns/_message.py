"""The wire codec: read a query, write an answer. Hand-written because every question passes through it."""

import functools
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

from ._codes import CLASS_IN, EDE_TEXTS, OPCODE_QUERY, Rcode, Type

HEADER: Final = struct.Struct("!HHHHHH")
_QUESTION_END: Final = struct.Struct("!HH")
_RECORD_HEAD: Final = struct.Struct("!HHHIH")  # Pointer to the question's name, type, class, TTL, length of the data.
_OPT: Final = struct.Struct("!BHHIH")
_OPTION: Final = struct.Struct("!HHH")
RECORD_TAIL: Final = struct.Struct("!HHIH")  # What follows a record's name: type, class, TTL, length of the data.

QR: Final = 0x8000
TC: Final = 0x0200
RD: Final = 0x0100
RA: Final = 0x0080
CD: Final = 0x0010
OPCODE_MASK: Final = 0x7800
RCODE_MASK: Final = 0x000F
DO: Final = 0x8000

EDE_OPTION: Final = 15  # RFC 8914, section 2.
PLAIN_UDP_OCTETS: Final = 512  # RFC 1035, 4.2.1.
MAX_UDP_OCTETS: Final = 1232  # Fits an unfragmented IPv6 packet; DNS Flag Day 2020.
MAX_TCP_OCTETS: Final = 65535
_NAME_POINTER: Final = 0xC000 | HEADER.size  # Points at the question, which always follows the header.
_MAX_WIRE_NAME: Final = 255  # This and the next two: RFC 1035, 2.3.4 and 4.1.4.
_MAX_LABEL: Final = 63
_POINTER_BITS: Final = 0xC0


class BadQuery(ValueError):
    """The octets are not a query that can be answered.

    Send `answer` if there is one; otherwise stay silent, so that nobody can bounce our answers between two servers.
    """

    def __init__(self, reason: str, answer: bytes | None = None) -> None:
        """Keep the ready answer, a header at most, beside the reason."""
        super().__init__(f"{reason}; {'send the answer' if answer else 'stay silent'}")
        self.answer = answer


class Carrier(Enum):
    """What a message travels over; it bounds how long an answer may be."""

    UDP = auto()
    TCP = auto()


@dataclass(frozen=True, slots=True)
class Query:
    """One question as it was asked. `question` is kept octet by octet, because the answer must repeat its letters."""

    id: int
    flags: int
    question: bytes
    name: str  # Lower case, no trailing dot, unusual octets as \\DDD; the root is empty.
    type: int
    klass: int
    has_edns: bool
    edns_version: int
    wants_dnssec: bool
    limit_octets: int  # The longest answer that the client takes.


@dataclass(frozen=True, slots=True)
class Data:
    """One record of an answer, about the name in the question."""

    type: int
    ttl_s: int
    octets: bytes


def parse_query(octets: bytes, *, carrier: Carrier) -> Query:
    """Return the query in `octets`, or raise `BadQuery`; no other exception comes out. Source: RFC 1035, RFC 6891."""
    if len(octets) < HEADER.size:
        raise BadQuery("shorter than a header")
    id_, flags, questions, answers, authorities, additionals = HEADER.unpack_from(octets)
    if flags & QR:
        raise BadQuery("a response")
    if flags & OPCODE_MASK != OPCODE_QUERY:
        raise BadQuery("another kind of request", _bare(id_, flags, Rcode.NOTIMP))
    if questions != 1 or answers or authorities:
        raise BadQuery("not one question alone", _bare(id_, flags, Rcode.FORMERR))
    try:
        end, labels = _asked_name(octets, HEADER.size)
        type_, klass = _QUESTION_END.unpack_from(octets, end)
        end += _QUESTION_END.size
        edns = _edns(octets, end, additionals)
    except (_Broken, struct.error, IndexError):
        raise BadQuery("a broken message", _bare(id_, flags, Rcode.FORMERR)) from None
    return Query(
        id=id_,
        flags=flags,
        question=octets[HEADER.size : end],
        name=".".join([_readable(label) for label in labels]),
        type=type_,
        klass=klass,
        has_edns=edns is not None,
        edns_version=edns.version if edns else 0,
        wants_dnssec=edns is not None and edns.wants_dnssec,
        limit_octets=_limit(carrier, edns),
    )


def build_answer(
    query: Query, *, rcode: int = Rcode.NOERROR, data: Sequence[Data] = (), ede: int | None = None
) -> bytes:
    """Return an answer to `query` with `data`, never longer than the client takes.

    `ede` adds an Extended DNS Error if the client speaks EDNS; its text goes first when room is short, then the data,
    and TC says so.
    """
    body = b"".join(_record(one) for one in data)
    opt = edns_record(query, rcode=rcode, ede=ede)
    used = HEADER.size + len(query.question)
    if used + len(body) + len(opt) > query.limit_octets:
        opt = edns_record(query, rcode=rcode, ede=None)
    if used + len(body) + len(opt) > query.limit_octets:
        return truncated(query, rcode=rcode)
    flags = answer_flags(query.flags, rcode)
    return HEADER.pack(query.id, flags, 1, len(data), 0, 1 if opt else 0) + query.question + body + opt


def truncated(query: Query, *, rcode: int) -> bytes:
    """Return an answer without records that asks the client to come back over TCP."""
    opt = edns_record(query, rcode=rcode, ede=None)
    flags = answer_flags(query.flags, rcode) | TC
    return HEADER.pack(query.id, flags, 1, 0, 0, 1 if opt else 0) + query.question + opt


def answer_flags(flags: int, rcode: int) -> int:
    """Return the second word of an answer to a query with `flags`."""
    return QR | RA | (flags & (OPCODE_MASK | RD | CD)) | (rcode & RCODE_MASK)


def edns_record(query: Query, *, rcode: int, ede: int | None) -> bytes:
    """Return the OPT record of an answer to `query`; empty if the client did not send one (RFC 6891, 7)."""
    return _opt(rcode >> 4, query.wants_dnssec, ede) if query.has_edns else b""


def build_upstream_query(query: Query, *, id_: int) -> bytes:
    """Return the same question with a new id, EDNS, and recursion desired."""
    flags = RD | (query.flags & CD)
    return HEADER.pack(id_, flags, 1, 0, 0, 1) + query.question + _opt(0, query.wants_dnssec, None)


@dataclass(frozen=True, slots=True)
class _Edns:
    version: int
    wants_dnssec: bool
    udp_octets: int


class _Broken(ValueError):
    """A length points outside the message, or a name is not one. Answer FORMERR."""


def _limit(carrier: Carrier, edns: _Edns | None) -> int:
    if carrier is Carrier.TCP:
        return MAX_TCP_OCTETS
    return min(max(edns.udp_octets, PLAIN_UDP_OCTETS), MAX_UDP_OCTETS) if edns else PLAIN_UDP_OCTETS


def after_name(octets: bytes, at: int) -> int:
    """Return where the possibly compressed name at `at` ends. Raises `IndexError` past the end of the message."""
    while True:
        length = octets[at]
        if length >= _POINTER_BITS:
            return at + 2
        if length == 0:
            return at + 1
        at += 1 + length


def _asked_name(octets: bytes, at: int) -> tuple[int, list[bytes]]:
    """Return where the name ends, and its labels in lower case. A question has nothing to point back to."""
    start, labels = at, []
    while length := octets[at]:
        if length > _MAX_LABEL or at + length - start >= _MAX_WIRE_NAME - 1:
            raise _Broken
        labels.append(octets[at + 1 : at + 1 + length].lower())
        at += 1 + length
    return at + 1, labels


def _readable(label: bytes) -> str:
    text = label.decode("latin-1")
    if text.isascii() and text.replace("-", "").replace("_", "").isalnum():
        return text
    # A dot or a backslash inside a label must not look like the end of it (RFC 4343, 2.1).
    return "".join(chr(octet) if 0x21 <= octet <= 0x7E and octet not in b".\\" else f"\\{octet:03d}" for octet in label)


def _edns(octets: bytes, at: int, records: int) -> _Edns | None:
    """Return the EDNS part of the additional section; refuse two of them, and octets after the last record."""
    found = None
    for _ in range(records):
        name_end = after_name(octets, at)
        type_, udp_octets, ttl, length = RECORD_TAIL.unpack_from(octets, name_end)
        if type_ == Type.OPT:
            if found is not None or name_end != at + 1:
                raise _Broken
            found = _Edns(version=ttl >> 16 & 0xFF, wants_dnssec=bool(ttl & DO), udp_octets=udp_octets)
        at = name_end + RECORD_TAIL.size + length
    if at != len(octets):
        raise _Broken
    return found


def _bare(id_: int, flags: int, rcode: Rcode) -> bytes:
    return HEADER.pack(id_, answer_flags(flags, rcode), 0, 0, 0, 0)


def _record(data: Data) -> bytes:
    return _RECORD_HEAD.pack(_NAME_POINTER, data.type, CLASS_IN, data.ttl_s, len(data.octets)) + data.octets


@functools.lru_cache(maxsize=64)
def _opt(upper_rcode: int, wants_dnssec: bool, ede: int | None) -> bytes:
    options = b""
    if ede is not None:
        text = EDE_TEXTS.get(ede, "").encode("utf-8")
        options = _OPTION.pack(EDE_OPTION, 2 + len(text), ede) + text
    ttl = upper_rcode << 24 | (DO if wants_dnssec else 0)
    return _OPT.pack(0, Type.OPT, MAX_UDP_OCTETS, ttl, len(options)) + options
