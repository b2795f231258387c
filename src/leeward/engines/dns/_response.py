"""What an upstream said: checked, freed of its own EDNS, and ready to be given to any client that asks the same."""

import struct
from dataclasses import dataclass
from typing import Final

from ._codes import Rcode, Type
from ._message import (
    HEADER,
    OPCODE_MASK,
    QR,
    RCODE_MASK,
    RECORD_TAIL,
    TC,
    Query,
    after_name,
    answer_flags,
    edns_record,
    truncated,
)

MAX_TTL_S: Final = 300  # So that a name which is blocked later does not live on in the children's devices.
_TTL_AT: Final = 4  # Octets from a record's type to its TTL.
_TTL: Final = struct.Struct("!I")


class BadResponse(ValueError):
    """These octets do not answer what was asked. Ignore them and go on waiting for the real answer."""


@dataclass(frozen=True, slots=True)
class Response:
    """The records of an upstream's answer, as they lie after the question, with the places of their TTLs."""

    rcode: int
    is_truncated: bool
    counts: tuple[int, int, int]
    records: bytes
    ttls: tuple[tuple[int, int], ...]  # (offset in `records`, seconds)
    keep_s: int  # How long it may be kept; zero for not at all.


def parse_response(octets: bytes, *, query: Query, id_: int) -> Response:
    """Return the response in `octets` to `query` that was sent with `id_`, or raise `BadResponse`."""
    start = HEADER.size + len(query.question)
    if len(octets) < start:
        raise BadResponse("shorter than the question")
    got_id, flags, questions, *counts = HEADER.unpack_from(octets)
    if got_id != id_ or not flags & QR or flags & OPCODE_MASK or questions != 1:
        raise BadResponse("not an answer to this query")
    if not _same_question(octets[HEADER.size : start], query.question):
        raise BadResponse("another question")
    try:
        found = _walk(octets, start, counts)
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
    )


def render(response: Response, *, query: Query, age_s: int) -> bytes:
    """Return `response` as the answer to `query`, `age_s` seconds after it came, cut to what the client takes."""
    opt = edns_record(query, rcode=0, ede=None)
    octets = HEADER.size + len(query.question) + len(response.records) + len(opt)
    if response.is_truncated or octets > query.limit_octets:
        return truncated(query, rcode=response.rcode)
    records = bytearray(response.records)
    for at, ttl_s in response.ttls:
        _TTL.pack_into(records, at, max(0, min(ttl_s, MAX_TTL_S) - age_s))
    answers, authorities, additionals = response.counts
    flags = answer_flags(query.flags, response.rcode)
    header = HEADER.pack(query.id, flags, 1, answers, authorities, additionals + (1 if opt else 0))
    return header + query.question + bytes(records) + opt


def _same_question(one: bytes, other: bytes) -> bool:
    """Compare two questions; the name's letters may differ in case, the type and the class may not."""
    # The lengths inside a name are below 64, so lower() leaves them alone.
    return one[:-4].lower() == other[:-4].lower() and one[-4:] == other[-4:]


@dataclass(slots=True)
class _Found:
    end: int
    counts: tuple[int, int, int]
    ttls: list[tuple[int, int]]
    soa_minimum_s: int | None


def _walk(octets: bytes, start: int, counts: list[int]) -> _Found:
    """Go over every record once. What follows the upstream's OPT record is optional, and is left out with it."""
    found = _Found(end=start, counts=(counts[0], counts[1], 0), ttls=[], soa_minimum_s=None)
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
