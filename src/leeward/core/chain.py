"""The chain that makes a changed, removed or reordered record visible. Pure functions and one walk over the rows."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from leeward.core.models import Chain, Record

ORIGIN = hashlib.sha256(b"leeward record chain 1").digest()


@dataclass(frozen=True)
class Flaw:
    """What is wrong with the chain, at which position."""

    position: int
    words: str


def link(previous: bytes, record: Record) -> bytes:
    """Return the digest of a stamped record and everything before it: SHA-256 over the last one and the canonical JSON."""
    body = json.dumps(
        {
            "position": record.position,
            "span": record.span,
            "kind": record.kind,
            "facts": record.facts,
            "actor": record.actor,
            "at": _time(record.at),
            "stamped_at": _time(record.stamped_at),
        },
        sort_keys=True,
        separators=(",", ":"),
    )
    return hashlib.sha256(previous + body.encode("ascii")).digest()


def _time(value: datetime | None) -> str:
    return "" if value is None else value.astimezone(UTC).isoformat(timespec="microseconds")


def flaws(records: Iterable[Record], *, head: Chain | None) -> Iterator[Flaw]:
    """Yield what is wrong with stamped records that come in order of position; nothing when all is well.

    After a flaw the walk goes on from the digest that is stored, so that one change is reported once and named.
    """
    expected, digest = 1, ORIGIN
    for record in records:
        position = record.position or 0
        if position > expected:
            yield Flaw(expected, f"the record at position {expected} is missing: the next one kept is {position}")
        elif position < expected:
            yield Flaw(position, f"the record at position {position} overlaps the one before it: the order was changed")
        elif link(digest, record) != bytes(record.chain or b""):
            yield Flaw(
                position, f"the record at position {position} ({record.kind}) was changed, or stands in another's place"
            )
        expected, digest = position + record.span, bytes(record.chain or b"")
    end, end_digest = (0, ORIGIN) if head is None else (head.position, bytes(head.chain))
    if end != expected - 1:
        yield Flaw(
            expected,
            f"the chain should end at position {end} and ends at {expected - 1}: records or its head are missing",
        )
    elif end_digest != digest:
        yield Flaw(end, f"the chain ends at position {end} with another digest than its head has")
