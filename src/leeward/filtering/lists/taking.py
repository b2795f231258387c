"""Turn a fetched file into names, and say whether they may be taken or a person must look first."""

from __future__ import annotations

import base64
import binascii
import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from leeward.core import never
from leeward.engines.policy import lists
from leeward.engines.policy.lists import Fault, Format, Row
from leeward.filtering.lists import fetching, store
from leeward.filtering.lists.fetching import Known, Limits, NotFetched
from leeward.filtering.lists.models import ListFetch, ListSource

RESETS = "reset"
SHOWN_FAULTS = 20
_HEAD_BYTES = 1 << 18
_FAULTY_PERCENT = 10  # Of the names and faults together: so many are no slips of the pen but another format.
_SMALL = 50  # Below so many names a few more or fewer are a large share and say nothing.
_WHY = ListFetch.Reason


@dataclass(frozen=True, slots=True)
class Taken:
    """What was found in a file, and the reason why a person must look, or nothing."""

    count: int
    protected_count: int
    fault_count: int
    left_out_count: int
    faults: tuple[Fault, ...]
    left_out: tuple[Fault, ...]
    reason: fetching.Reason | None

    def as_fields(self) -> dict[str, Any]:
        """Return the fields of a `ListFetch`."""
        noted = {
            "faults": [*map(dataclasses.asdict, self.faults)],
            "left_out": [*map(dataclasses.asdict, self.left_out)],
        }
        return dataclasses.asdict(self) | noted | {"reason": self.reason or ""}


def check_signature(source: ListSource, raw: Path, *, limits: Limits) -> None:
    """Raise `NotFetched` where the source has a key and the file `.sig` beside the list is not its signature of it.

    The file holds 64 octets of Ed25519 (RFC 8032) in base64.
    """
    if not source.signature_key:
        return
    beside = raw.with_name(f"{raw.name}.sig")
    try:
        small = dataclasses.replace(limits, most_bytes=1024)
        fetching.fetch(f"{source.address}.sig", into=beside, known=Known(), limits=small)
        signature = beside.read_bytes()
    except NotFetched:
        raise NotFetched(_WHY.NO_SIGNATURE) from None
    finally:
        beside.unlink(missing_ok=True)
    try:
        key = Ed25519PublicKey.from_public_bytes(base64.b64decode(source.signature_key, validate=True))
        key.verify(base64.b64decode(signature.strip(), validate=True), raw.read_bytes())
    except (InvalidSignature, binascii.Error, ValueError):
        raise NotFetched(_WHY.BAD_SIGNATURE) from None


def take(source: ListSource, raw: Path, *, into: Path) -> Taken:
    """Write the names of a fetched file to `into`. Raises `NotFetched` where it is no list or has no names."""
    with raw.open("rb") as file:
        try:
            lists.sniff(file.read(_HEAD_BYTES))
        except lists.NotAList:
            raise NotFetched(_WHY.NOT_A_LIST) from None
        file.seek(0)
        resets = source.marks == RESETS
        reading = lists.read(lists.chunks(file), format=Format(source.format), resets=resets, fault_limit=SHOWN_FAULTS)
        guard = _Guard()
        count = store.write(guard.let_through(reading), into)
    if not count:
        into.unlink()
        raise NotFetched(_WHY.NO_NAMES)
    return Taken(
        count=count,
        protected_count=guard.count,
        fault_count=reading.fault_count,
        left_out_count=reading.left_out_count,
        faults=tuple(reading.faults),
        left_out=tuple(reading.left_out),
        reason=_reason(source, count=count, fault_count=reading.fault_count),
    )


class _Guard:
    """Lets rows through that close no name which nobody may close, and counts those that would have, or that stand above one."""

    def __init__(self) -> None:
        self.count = 0
        self._protected = never.names()
        self._ends = tuple(f".{name}" for name in self._protected)
        self._above = frozenset(
            name[at + 1 :] for name in self._protected for at, sign in enumerate(name) if sign == "."
        )

    def let_through(self, rows: Iterator[Row] | lists.Reading) -> Iterator[Row]:
        for row in rows:
            if row.resets:
                yield row
            elif row.name in self._protected or row.name.endswith(self._ends):
                self.count += 1
            else:
                # What stands above one may be closed; the name itself stays open by the table of precedence.
                self.count += row.name in self._above
                yield row


def _reason(source: ListSource, *, count: int, fault_count: int) -> fetching.Reason | None:
    if fault_count * 100 > (count + fault_count) * _FAULTY_PERCENT and fault_count > _SMALL:
        return _WHY.FAULTY
    if not source.last_good or max(count, source.count) <= _SMALL:
        return None
    if count * 100 < source.count * (100 - source.shrink_percent):
        return _WHY.SHRANK
    if count * 100 > source.count * (100 + source.grow_percent):
        return _WHY.GREW
    return None
