"""Which line has which identity now: of all sessions that claim it, the one that began last, unless that one is over."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from django.db.models import QuerySet

from leeward.filtering.subscribers.identities import Identities
from leeward.filtering.subscribers.models import Held

AT_ONCE: Final = 500
_NOBODY_KNOWS: Final = datetime.min.replace(tzinfo=UTC)
_ASKED: Final = ("place", "first", "span", "session__begun_at", "session__key", "session__subscriber_id")
_ENDS: Final = ("session__alive_at", "session__stopped_at", "session__silent_at")


@dataclass(frozen=True, slots=True)
class _Claim:
    """What one session has, and how new it is; the key decides between two that began in the same moment."""

    held: Identities
    rank: tuple[datetime, bytes]
    line: int | None


def pages(rows: QuerySet[Held]) -> Iterator[set[bytes]]:
    """Yield the places of some rows, some hundred at a time; one place can come twice."""
    newest = 0
    while page := list(rows.filter(pk__gt=newest).order_by("pk").values_list("pk", "place")[:AT_ONCE]):
        newest = page[-1][0]
        yield {bytes(place) for _, place in page}


def holders(places: Collection[bytes]) -> dict[bytes, int | None]:
    """Return each identity that was ever told at these places, with the line that has it, or None where nobody has."""
    at_place: dict[bytes, list[_Claim]] = defaultdict(list)
    rows = Held.objects.filter(place__in=places).values_list(*_ASKED, *_ENDS)
    for place, first, span, begun_at, key, line, alive_at, stopped_at, silent_at in rows:
        is_over = alive_at is None or silent_at is not None or (stopped_at is not None and stopped_at >= alive_at)
        rank = (begun_at or _NOBODY_KNOWS, bytes(key))
        held = Identities(bytes(place), bytes(first), span)
        at_place[held.place].append(_Claim(held, rank, None if is_over else line))
    found: dict[bytes, int | None] = {}
    for claims in at_place.values():
        for claim in sorted(claims, key=lambda claim: claim.rank):
            found.update(dict.fromkeys(claim.held.each(), claim.line))
    return found
