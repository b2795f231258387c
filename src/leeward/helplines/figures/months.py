"""The figures that everybody may read: whole months of all desks together, and nothing that stands for fewer than five children.

Months do not overlap and do not change once they are told, so that no two looks at the page can be subtracted from each other.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

from leeward.helplines.conversations.models import Conversation
from leeward.helplines.figures import services, spans
from leeward.helplines.figures.models import DoorDay, TalkDay
from leeward.helplines.unspoken import services as unspoken

MONTHS = 12
# A smaller number could be somebody whom the reader knows. Five is what statistics offices commonly ask for.
LEAST = 5
_MEDIAN, _MOST, _PERCENT = 0.5, 0.9, 100
# A day of a desk ends up to a day after that of UTC.
_FINAL_AFTER = timedelta(days=services.RECOUNTED_DAYS + 1)
CHAT, MAILBOX = Conversation.Kind.CHAT, Conversation.Kind.MAILBOX


@dataclass(frozen=True)
class Month:
    """What is told of one month. None where it would stand for fewer than `LEAST` children, or for no time of an open door."""

    first: date
    chats: int | None
    letters: int | None
    open_percent: int | None
    wait_median_s: int | None
    wait_most_s: int | None
    gone_percent: int | None
    letter_answer_s: int | None
    unspoken: tuple[tuple[str, int], ...] = ()  # Languages that no desk spoke, with the visits in them, most first.


def told(*, today: date) -> list[Month]:
    """Return the last `MONTHS` months that are over and will not be counted anew, the newest first, from the first with a figure."""
    end = _first_of(today - _FINAL_AFTER)
    begins = [_months_before(end, back) for back in range(MONTHS, -1, -1)]
    spans_of_days = {"date__gte": begins[0], "date__lt": end}
    talks = list(TalkDay.objects.filter(**spans_of_days))
    doors = list(DoorDay.objects.filter(**spans_of_days))
    days = [row.date for row in talks] + [row.date for row in doors]
    return [
        _month(
            first,
            [row for row in talks if first <= row.date < after],
            [day for day in doors if first <= day.date < after],
        )
        for first, after in pairwise(begins)
        if days and after > min(days)
    ][::-1]


def _month(first: date, talks: Sequence[TalkDay], doors: Sequence[DoorDay]) -> Month:
    chats, letters = ([row for row in talks if row.kind == kind] for kind in (CHAT, MAILBOX))
    begun, gone = sum(row.begun for row in chats), sum(row.abandoned for row in chats)
    waits = spans.together(row.waits for row in chats)
    planned = sum(day.planned_minutes for day in doors)
    opened = sum(day.available_minutes + day.busy_minutes for day in doors)
    return Month(
        first,
        chats=_enough(begun),
        letters=_enough(sum(row.begun for row in letters)),
        open_percent=round(_PERCENT * opened / planned) if planned else None,
        wait_median_s=_within(waits, share=_MEDIAN),
        wait_most_s=_within(waits, share=_MOST),
        # A share names both its parts, so both must be large enough.
        gone_percent=round(_PERCENT * gone / begun) if min(gone, begun - gone) >= LEAST else None,
        letter_answer_s=_within(spans.together(row.first_answers for row in letters), share=_MEDIAN),
        unspoken=tuple(_unspoken(first)),
    )


def _unspoken(first: date) -> Iterator[tuple[str, int]]:
    visits = unspoken.visits(first=first, last=_months_before(first, -1) - timedelta(days=1))
    return ((language, count) for language, count in visits.most_common() if count >= LEAST)


def _enough(count: int) -> int | None:
    return count if count >= LEAST else None


def _within(counts: Sequence[int], *, share: float) -> int | None:
    return spans.within_s(counts, share=share) if sum(counts) >= LEAST else None


def _first_of(day: date) -> date:
    return day.replace(day=1)


def _months_before(first: date, back: int) -> date:
    year, month = divmod(first.year * 12 + first.month - 1 - back, 12)
    return date(year, month + 1, 1)
