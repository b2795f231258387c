"""What an upstream said: checked, freed of its own EDNS, and ready to be given to any client that asks the same."""

import struct
from dataclasses import dataclass
from typing import Final

from ._codes import CLASS_IN, Rcode, Type
from ._message import HEADER, OPCODE_MASK, QR, RCODE_MASK, RECORD_TAIL, TC, Query, after_name, assemble, truncated

MAX_TTL_S: Final = 300  # So that a name which is blocked later does not live on in people's devices.
CHILD_TTL_S: Final = 60  # Bedtime and "pause" must reach a child's device sooner.
_TTL_AT: Final = 4  # Octets from a record's type to its TTL.
_TTL: Final = struct.Struct("!I")
_ALIAS_HEAD: Final = struct.Struct("!HHHIH")
_NAME_POINTER: Final = 0xC000 | HEADER.size
_ADDRESS_OCTETS: Final = {int(Type.A): 4, int(Type.AAAA): 16}


class BadResponse(ValueError):
    """These octets do not answer what was asked. Ignore them and go on waiting for the real answer."""


class OtherLetters(BadResponse):
    """The answer fits but for the case of its letters: a forger's, or a server's that changes them. Ask over TCP."""


@dataclass(frozen=True, slots=True)
class Response:
    """The records of an upstream's answer, as they lie after the question, with the places of their TTLs."""

    rcode: int
    is_truncated: bool
    counts: tuple[int, int, int]
    records: bytes
    ttls: tuple[tuple[int, int], ...]  # (offset in `records`, seconds)
    keep_s: int  # How long it may be kept; zero for not at all.
    addresses: tuple[bytes, ...]  # The data of the A or AAAA records that were asked for, through every alias.


def parse_response(octets: bytes, *, query: Query, id_: int, question: bytes) -> Response:
    """Return the response in `octets` to `query`, sent with `id_` and `question`, or raise `BadResponse`."""
    start = HEADER.size + len(question)
    if len(octets) < start:
        raise BadResponse("shorter than the question")
    got_id, flags, questions, *counts = HEADER.unpack_from(octets)
    if got_id != id_ or not flags & QR or flags & OPCODE_MASK or questions != 1:
        raise BadResponse("not an answer to this query")
    _check_question(octets[HEADER.size : start], question)
    try:
        found = _walk(octets, start, counts, wanted=query.type)
    except (struct.error, IndexError):
        raise BadResponse("a broken message") from None
    rcode = flags & RCODE_MASK
    is_truncated = bool(flags & TC)
    return Response(
        rcode=rcode,
        is_truncated=is_truncated,
        counts=found.counts,
        records=octets[start : found.end],
        ttls=tuple(found.ttls),
        keep_s=0 if is_truncated else _keep_s(rcode, found),
        addresses=tuple(found.addresses),
    )


def render(response: Response, *, query: Query, age_s: int, most_s: int = MAX_TTL_S) -> bytes:
    """Return `response` as the answer to `query`, `age_s` seconds after it came, cut to what the client takes.

    No record lives longer than `most_s`.
    """
    if response.is_truncated:
        return truncated(query, rcode=response.rcode)
    records = bytearray(response.records)
    for at, ttl_s in response.ttls:
        _TTL.pack_into(records, at, shown_ttl_s(ttl_s, age_s=age_s, most_s=most_s))
    return assemble(query, rcode=response.rcode, counts=response.counts, records=records)


def render_alias(
    response: Response, addresses: tuple[bytes, ...], *, query: Query, target: bytes, age_s: int, most_s: int
) -> bytes:
    """Return an answer that leads the name in `query` to the wire name `target` and its `addresses` from `response`.

    The addresses come along, because a stub resolver does not ask again for the target of an alias.
    """
    shortest = min((ttl_s for _, ttl_s in response.ttls), default=0)
    ttl_s = shown_ttl_s(shortest, age_s=age_s, most_s=most_s)
    alias_at = HEADER.size + len(query.question) + _ALIAS_HEAD.size
    records = _ALIAS_HEAD.pack(_NAME_POINTER, Type.CNAME, CLASS_IN, ttl_s, len(target)) + target
    for octets in addresses:
        records += _ALIAS_HEAD.pack(0xC000 | alias_at, query.type, CLASS_IN, ttl_s, len(octets)) + octets
    return assemble(query, rcode=Rcode.NOERROR, counts=(1 + len(addresses), 0, 0), records=records)


def shown_ttl_s(ttl_s: int, *, age_s: int, most_s: int = MAX_TTL_S) -> int:
    """Return the seconds that a client is told for a record which came with `ttl_s`, `age_s` seconds ago."""
    return max(0, min(min(ttl_s, MAX_TTL_S) - age_s, most_s))


def _check_question(got: bytes, asked: bytes) -> None:
    if got == asked:
        return
    # The lengths inside a name are below 64, so lower() leaves them alone; type and class are compared as they are.
    if got[:-4].lower() == asked[:-4].lower() and got[-4:] == asked[-4:]:
        raise OtherLetters("other letters")
    raise BadResponse("another question")


@dataclass(slots=True)
class _Found:
    end: int
    counts: tuple[int, int, int]
    ttls: list[tuple[int, int]]
    soa_minimum_s: int | None
    addresses: list[bytes]


def _walk(octets: bytes, start: int, counts: list[int], *, wanted: int) -> _Found:
    """Go over every record once. What follows the upstream's OPT record is optional, and is left out with it."""
    found = _Found(end=start, counts=(counts[0], counts[1], 0), ttls=[], soa_minimum_s=None, addresses=[])
    at, first_additional = start, counts[0] + counts[1]
    for number in range(sum(counts)):
        tail = after_name(octets, at)
        type_, _, ttl_s, length = RECORD_TAIL.unpack_from(octets, tail)
        if type_ == Type.OPT:
            if number < first_additional:
                raise IndexError
            break
        at = tail + RECORD_TAIL.size + length
        if at > len(octets):
            raise IndexError
        found.ttls.append((tail + _TTL_AT - start, ttl_s))
        if type_ == Type.SOA:
            found.soa_minimum_s = _TTL.unpack_from(octets, at - _TTL.size)[0]
        if number < counts[0] and type_ == wanted and _ADDRESS_OCTETS.get(type_) == length:
            found.addresses.append(octets[at - length : at])
        found.end = at
        if number >= first_additional:
            found.counts = (counts[0], counts[1], number - first_additional + 1)
    return found


def _keep_s(rcode: int, found: _Found) -> int:
    """Return how long an answer may be kept. One that says "there is none" needs an SOA to say so (RFC 2308, 5)."""
    if rcode not in {Rcode.NOERROR, Rcode.NXDOMAIN} or not found.ttls:
        return 0
    shortest = min(MAX_TTL_S, *(ttl_s for _, ttl_s in found.ttls))
    if rcode == Rcode.NOERROR and found.counts[0] > 0:
        return shortest
    return 0 if found.soa_minimum_s is None else min(shortest, found.soa_minimum_s)
