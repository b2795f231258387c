"""The wire codec: read a query, write an answer. Hand-written because every question passes through it."""

import functools
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final, NamedTuple

from ._codes import CLASS_IN, EDE_TEXTS, OPCODE_QUERY, Option, Rcode, Type

HEADER: Final = struct.Struct("!HHHHHH")
_QUESTION_END: Final = struct.Struct("!HH")
_RECORD_HEAD: Final = struct.Struct("!HHHIH")  # Pointer to the question's name, type, class, TTL, length of the data.
_OPT: Final = struct.Struct("!BHHIH")
_OPTION_HEAD: Final = struct.Struct("!HH")
_CODE: Final = struct.Struct("!H")
RECORD_TAIL: Final = struct.Struct("!HHIH")  # What follows a record's name: type, class, TTL, length of the data.

QR: Final = 0x8000
TC: Final = 0x0200
RD: Final = 0x0100
RA: Final = 0x0080
CD: Final = 0x0010
OPCODE_MASK: Final = 0x7800
RCODE_MASK: Final = 0x000F
DO: Final = 0x8000

PLAIN_UDP_OCTETS: Final = 512  # RFC 1035, 4.2.1.
MAX_UDP_OCTETS: Final = 1232  # Fits an unfragmented IPv6 packet; DNS Flag Day 2020.
MAX_TCP_OCTETS: Final = 65535
PADDED_OCTETS: Final = 468  # RFC 8467, 4.1: an answer is filled up to a multiple of this.
_NAME_POINTER: Final = 0xC000 | HEADER.size  # Points at the question, which always follows the header.
_MAX_WIRE_NAME: Final = 255  # This and the next two: RFC 1035, 2.3.4 and 4.1.4.
_MAX_LABEL: Final = 63
_POINTER_BITS: Final = 0xC0
_OPT_LENGTH_AT: Final = 9  # Octets from the start of an OPT record to the length of its data.


class BadQuery(ValueError):
    """The octets are not a query that can be answered.

    Send `answer` if there is one; otherwise stay silent, so that nobody can bounce our answers between two servers.
    """

    def __init__(self, reason: str, answer: bytes | None = None) -> None:
        """Keep the ready answer, a header at most, beside the reason."""
        super().__init__(f"{reason}; {'send the answer' if answer else 'stay silent'}")
        self.answer = answer


class Carrier(Enum):
    """What a message travels over. It bounds how long an answer may be, and what may be told in it."""

    UDP = auto()
    TCP = auto()
    TLS = auto()
    HTTPS = auto()

    @property
    def is_encrypted(self) -> bool:
        """Whether nobody on the way can read or change the answer."""
        return self in {Carrier.TLS, Carrier.HTTPS}


class Query(NamedTuple):
    """One question as it was asked. `question` is kept octet by octet, because the answer must repeat its letters.

    A tuple, because every question makes one, and a tuple is made in a third of the time.
    """

    id: int
    flags: int
    question: bytes
    wire: bytes  # The name in lower-case wire form, with the closing zero octet.
    type: int
    klass: int
    carrier: Carrier
    has_edns: bool
    edns_version: int
    wants_dnssec: bool
    limit_octets: int  # The longest answer that the client takes.
    options: bytes  # The data of the client's OPT record, checked.
    echo: bytes = b""  # Options that every answer to this query carries: its cookie.


@dataclass(frozen=True, slots=True)
class Data:
    """One record of an answer, about the name in the question."""

    type: int
    ttl_s: int
    octets: bytes


@dataclass(frozen=True, slots=True)
class Error:
    """An Extended DNS Error (RFC 8914); an empty text stands for the sentence that belongs to the code."""

    code: int
    text: str = ""


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
        end = _asked_name_end(octets)
        type_, klass = _QUESTION_END.unpack_from(octets, end)
        edns = _edns(octets, end + _QUESTION_END.size, additionals)
    except (_Broken, struct.error, IndexError):
        raise BadQuery("a broken message", _bare(id_, flags, Rcode.FORMERR)) from None
    version, wants_dnssec, udp_octets, options = edns or _NO_EDNS
    return Query(
        id_,
        flags,
        octets[HEADER.size : end + _QUESTION_END.size],
        octets[HEADER.size : end].lower(),  # The lengths inside a name are below 64, so lower() leaves them alone.
        type_,
        klass,
        carrier,
        edns is not None,
        version,
        wants_dnssec,
        min(max(udp_octets, PLAIN_UDP_OCTETS), MAX_UDP_OCTETS) if carrier is Carrier.UDP else MAX_TCP_OCTETS,
        options,
    )


def name_of(wire: bytes) -> str:
    """Return a lower-case wire name as text without a trailing dot; strange octets as \\DDD, the root as nothing."""
    labels, at = [], 0
    while length := wire[at]:
        labels.append(_readable(wire[at + 1 : at + 1 + length]))
        at += 1 + length
    return ".".join(labels)


def wire_of(name: str) -> bytes:
    """Return a normalised host name in wire form, with the closing zero octet."""
    return b"".join(bytes((len(label),)) + label for label in name.encode("ascii").split(b".")) + b"\0"


def option_of(query: Query, code: int) -> bytes | None:
    """Return the data of the first EDNS option of this code that the client sent."""
    options, at = query.options, 0
    while at < len(options):
        found, length = _OPTION_HEAD.unpack_from(options, at)
        at += _OPTION_HEAD.size + length
        if found == code:
            return options[at - length : at]
    return None


def option(code: int, octets: bytes) -> bytes:
    """Return an EDNS option."""
    return _OPTION_HEAD.pack(code, len(octets)) + octets


def build_answer(
    query: Query, *, rcode: int = Rcode.NOERROR, data: Sequence[Data] = (), error: Error | None = None
) -> bytes:
    """Return an answer to `query` with `data`, never longer than the client takes.

    `error` is told if the client speaks EDNS; it goes first when room is short, then the data, and TC says so.
    """
    body = b"".join(_record(one) for one in data)
    return assemble(query, rcode=rcode, counts=(len(data), 0, 0), records=body, error=error)


def assemble(
    query: Query, *, rcode: int, counts: tuple[int, int, int], records: bytes | bytearray, error: Error | None = None
) -> bytes:
    """Return an answer of ready `records`, so many in each section; without them, and with TC, if they do not fit."""
    opt = _edns_record(query, rcode=rcode, error=error)
    used = HEADER.size + len(query.question) + len(records)
    if error is not None and used + len(opt) > query.limit_octets:
        opt = _edns_record(query, rcode=rcode, error=None)
    if used + len(opt) > query.limit_octets:
        return truncated(query, rcode=rcode)
    answers, authorities, additionals = counts
    flags = QR | RA | (query.flags & (OPCODE_MASK | RD | CD)) | (rcode & RCODE_MASK)
    head = HEADER.pack(query.id, flags, 1, answers, authorities, additionals + (1 if opt else 0))
    return b"".join((head, query.question, records, _padded(opt, query, used=used)))


def truncated(query: Query, *, rcode: int) -> bytes:
    """Return an answer without records that asks the client to come back over TCP."""
    opt = _edns_record(query, rcode=rcode, error=None)
    flags = QR | RA | TC | (query.flags & (OPCODE_MASK | RD | CD)) | (rcode & RCODE_MASK)
    return HEADER.pack(query.id, flags, 1, 0, 0, 1 if opt else 0) + query.question + opt


def build_upstream_query(query: Query, *, id_: int, question: bytes) -> bytes:
    """Return the question, its letters as given, with a new id, EDNS, and recursion desired."""
    flags = RD | (query.flags & CD)
    return HEADER.pack(id_, flags, 1, 0, 0, 1) + question + _opt(0, query.wants_dnssec, b"")


_NO_EDNS: Final = (0, False, PLAIN_UDP_OCTETS, b"")


class _Broken(ValueError):
    """A length points outside the message, or a name is not one. Answer FORMERR."""


def after_name(octets: bytes, at: int) -> int:
    """Return where the possibly compressed name at `at` ends. Raises `IndexError` past the end of the message."""
    while True:
        length = octets[at]
        if length >= _POINTER_BITS:
            return at + 2
        if length == 0:
            return at + 1
        at += 1 + length


def _asked_name_end(octets: bytes) -> int:
    """Return where the name in the question ends. It has nothing to point back to."""
    at = HEADER.size
    while length := octets[at]:
        at += 1 + length
        if length > _MAX_LABEL or at - HEADER.size >= _MAX_WIRE_NAME:
            raise _Broken
    return at + 1


def _readable(label: bytes) -> str:
    text = label.decode("latin-1")
    if text.isascii() and text.replace("-", "").replace("_", "").isalnum():
        return text
    # A dot or a backslash inside a label must not look like the end of it (RFC 4343, 2.1).
    return "".join(chr(octet) if 0x21 <= octet <= 0x7E and octet not in b".\\" else f"\\{octet:03d}" for octet in label)


def _edns(octets: bytes, at: int, records: int) -> tuple[int, bool, int, bytes] | None:
    """Return version, DNSSEC wish, UDP size and options; refuse two OPT records, and octets after the last record."""
    found = None
    for _ in range(records):
        name_end = after_name(octets, at)
        type_, udp_octets, ttl, length = RECORD_TAIL.unpack_from(octets, name_end)
        options_at = name_end + RECORD_TAIL.size
        if type_ == Type.OPT:
            if found is not None or name_end != at + 1:
                raise _Broken
            options = octets[options_at : options_at + length]
            if options:
                _check_options(options)
            found = ttl >> 16 & 0xFF, bool(ttl & DO), udp_octets, options
        at = options_at + length
    if at != len(octets):
        raise _Broken
    return found


def _check_options(options: bytes) -> None:
    at = 0
    while at < len(options):
        at += _OPTION_HEAD.size + _OPTION_HEAD.unpack_from(options, at)[1]
    if at != len(options):
        raise _Broken


def _bare(id_: int, flags: int, rcode: Rcode) -> bytes:
    kept = flags & (OPCODE_MASK | RD | CD)
    return HEADER.pack(id_, QR | RA | kept | rcode, 0, 0, 0, 0)


def _record(data: Data) -> bytes:
    return _RECORD_HEAD.pack(_NAME_POINTER, data.type, CLASS_IN, data.ttl_s, len(data.octets)) + data.octets


def _edns_record(query: Query, *, rcode: int, error: Error | None) -> bytes:
    """Return the OPT record of an answer to `query`; empty if the client did not send one (RFC 6891, 7)."""
    if not query.has_edns:
        return b""
    told = b"" if error is None else _error_option(error)
    return _opt(rcode >> 4, query.wants_dnssec, query.echo + told)


def _padded(opt: bytes, query: Query, *, used: int) -> bytes:
    """Return the OPT record filled up so that its length tells nothing of the name, where the client asks for it."""
    if not query.carrier.is_encrypted or not opt or option_of(query, Option.PADDING) is None:
        return opt
    zeros = -(used + len(opt) + _OPTION_HEAD.size) % PADDED_OCTETS
    if used + len(opt) + _OPTION_HEAD.size + zeros > query.limit_octets:
        return opt
    octets = bytearray(opt + option(Option.PADDING, bytes(zeros)))
    _CODE.pack_into(octets, _OPT_LENGTH_AT, len(octets) - _OPT.size)
    return bytes(octets)


@functools.lru_cache(maxsize=256)
def _error_option(error: Error) -> bytes:
    text = error.text or EDE_TEXTS.get(error.code, "")
    return option(Option.ERROR, _CODE.pack(error.code) + text.encode("utf-8"))


def _opt(upper_rcode: int, wants_dnssec: bool, options: bytes) -> bytes:
    ttl = upper_rcode << 24 | (DO if wants_dnssec else 0)
    return _OPT.pack(0, Type.OPT, MAX_UDP_OCTETS, ttl, len(options)) + options
