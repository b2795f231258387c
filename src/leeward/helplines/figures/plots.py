"""What a supervisor sees of the last weeks: a few numbers, and columns a day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from leeward.core.drawing import Column, Plot, Series, stacked
from leeward.helplines.conversations.models import Conversation, Desk
from leeward.helplines.figures import spans
from leeward.helplines.figures.models import DoorDay, TalkDay
from leeward.helplines.languages import NAMES
from leeward.helplines.unspoken import services as unspoken

MEDIAN, MOST = 0.5, 0.9
_HOUR_MINUTES = 60
_PERCENT = 100
_MARKS_EVERY = 7
CHAT, MAILBOX = Conversation.Kind.CHAT, Conversation.Kind.MAILBOX


@dataclass(frozen=True)
class Days:
    """The counted days of one desk, from `first` to `last`, both ends included."""

    desk: Desk
    first: date
    last: date
    doors: Sequence[DoorDay]
    talks: Sequence[TalkDay]

    def of(self, kind: str) -> list[TalkDay]:
        """Return the days of one kind of talk."""
        return [row for row in self.talks if row.kind == kind]

    @property
    def dates(self) -> list[date]:
        """Return every day, whether or not anything happened."""
        return [self.first + timedelta(days=day) for day in range((self.last - self.first).days + 1)]


def days(desk: Desk, *, last: date, count: int) -> Days:
    """Read the counted days of a desk."""
    first = last - timedelta(days=count - 1)
    some = {"desk": desk, "date__gte": first, "date__lte": last}
    return Days(
        desk,
        first,
        last,
        list(DoorDay.objects.filter(**some).order_by("date")),
        list(TalkDay.objects.filter(**some).order_by("date", "kind", "language")),
    )


@dataclass(frozen=True)
class Totals:
    """The numbers of all days together. None where there is nothing to say; times are spans in seconds: at most so long."""

    chats: int
    mailboxes: int
    open_percent: int | None
    wait_median_s: int | None
    wait_most_s: int | None
    abandoned_percent: int | None
    abandoned_after_s: int | None
    first_answer_s: int | None
    mailbox_answer_s: int | None
    chats_per_hour: float | None


def totals(found: Days) -> Totals:
    """Add the days up."""
    chats, mailboxes = found.of(CHAT), found.of(MAILBOX)
    begun, taken = sum(row.begun for row in chats), sum(row.taken for row in chats)
    planned = sum(day.planned_minutes for day in found.doors)
    open_minutes = sum(day.available_minutes + day.busy_minutes for day in found.doors)
    worked = sum(day.counsellor_minutes for day in found.doors)
    waits = spans.together(row.waits for row in chats)
    return Totals(
        chats=begun,
        mailboxes=sum(row.begun for row in mailboxes),
        open_percent=_percent(open_minutes, planned),
        wait_median_s=spans.within_s(waits, share=MEDIAN),
        wait_most_s=spans.within_s(waits, share=MOST),
        abandoned_percent=_percent(sum(row.abandoned for row in chats), begun),
        abandoned_after_s=spans.within_s(spans.together(row.abandoned_after for row in chats), share=MEDIAN),
        first_answer_s=spans.within_s(spans.together(row.first_answers for row in chats), share=MEDIAN),
        mailbox_answer_s=spans.within_s(spans.together(row.first_answers for row in mailboxes), share=MEDIAN),
        chats_per_hour=_HOUR_MINUTES * taken / worked if worked else None,
    )


def _percent(part: int, whole: int) -> int | None:
    return round(_PERCENT * part / whole) if whole else None


@dataclass(frozen=True)
class Language:
    """How many asked in a language, how many of them were answered, and whether the desk speaks it."""

    name: str
    asked: int
    taken: int
    is_spoken: bool


def languages(found: Days) -> list[Language]:
    """Return the languages that were asked for, the most asked first."""
    counts = dict[str, list[int]]()
    for row in found.talks:
        both = counts.setdefault(row.language, [0, 0])
        both[0] += row.begun
        both[1] += row.taken
    ordered = sorted(counts.items(), key=lambda one: (-one[1][0], one[0]))
    return [
        Language(NAMES.get(code, code), asked, taken, code in found.desk.languages) for code, (asked, taken) in ordered
    ]


def unspoken_plot(found: Days) -> Plot | None:
    """Draw how often the doors were opened in each language that no desk spoke, the most asked first; None without a visit."""
    visits = unspoken.visits(first=found.first, last=found.last)
    if not visits:
        return None
    return stacked(
        "unspoken",
        title=_("Came in a language that nobody speaks"),
        words=_("One column for each language: how often the doors of chat and mailbox were opened in it."),
        axis=_("Language"),
        series=(Series(_("Visits"), "suspect"),),
        columns=[Column(NAMES.get(code, code), (count,), code) for code, count in visits.most_common()],
    )


def talks_plot(found: Days) -> Plot:
    """Draw how many talks began on each day, and how many children went before anybody came."""
    columns = []
    for day in found.dates:
        rows = [row for row in found.talks if row.date == day]
        gone = sum(row.abandoned for row in rows)
        chats = sum(row.begun for row in rows if row.kind == CHAT) - gone
        columns.append(_column(day, (chats, sum(row.begun for row in rows if row.kind == MAILBOX), gone)))
    return stacked(
        "talks",
        title=_("Talks that began"),
        words=_("One column a day: chats, letters to the mailbox, and chats that the child left before anybody came."),
        axis=_("Day"),
        series=(
            Series(_("Chats"), "suspect"),
            Series(_("Mailbox"), "clear"),
            Series(_("Gone before anybody came"), "known"),
        ),
        columns=columns,
        is_of_time=True,
    )


def door_plot(found: Days) -> Plot:
    """Draw for how many hours of each day somebody was free, all were busy, and nobody was there although it was planned."""
    by_day = {day.date: day for day in found.doors}
    columns = []
    for date_ in found.dates:
        day = by_day.get(date_)
        free, busy, planned = (day.available_minutes, day.busy_minutes, day.planned_minutes) if day else (0, 0, 0)
        empty = max(0, planned - free - busy)
        columns.append(_column(date_, tuple(minutes / _HOUR_MINUTES for minutes in (free, busy, empty))))
    return stacked(
        "door",
        title=_("The door in planned hours"),
        words=_(
            "One column a day, in hours: somebody was free, everybody was busy, and nobody was there although it was planned."
        ),
        axis=_("Day"),
        series=(
            Series(_("Somebody free"), "suspect"),
            Series(_("Everybody busy"), "held"),
            Series(_("Nobody there"), "known"),
        ),
        columns=columns,
        is_of_time=True,
        decimals=1,
    )


def waits_plot(found: Days) -> Plot:
    """Draw how long children waited, those who were taken and those who went."""
    chats = found.of(CHAT)
    taken = spans.together(row.waits for row in chats)
    gone = spans.together(row.abandoned_after for row in chats)
    names = [words_of(span_s) for span_s in spans.SPANS_S] + [_("longer")]
    most = max((place for place, both in enumerate(zip(taken, gone, strict=True)) if any(both)), default=0) + 1
    columns = [
        Column(name, (float(one), float(other)), name if place % 2 == 0 else "")
        for place, (name, one, other) in enumerate(zip(names, taken, gone, strict=True))
    ][:most]
    return stacked(
        "waits",
        title=_("How long children waited"),
        words=_(
            "One column for each span of time: how many chats were taken, and how many left, after at most so long."
        ),
        axis=_("Wait, at most"),
        series=(Series(_("Taken"), "suspect"), Series(_("Gone before anybody came"), "known")),
        columns=columns,
    )


def _column(day: date, numbers: tuple[float, ...]) -> Column:
    mark = date_format(day, "j.n.") if day.toordinal() % _MARKS_EVERY == 0 else ""
    return Column(date_format(day, "SHORT_DATE_FORMAT"), numbers, mark)


def words_of(span_s: int | None) -> str:
    """Return a span in the largest unit that is whole."""
    if span_s is None:
        return "–"
    for unit_s, unit in ((86_400, _("d")), (3600, _("h")), (60, _("min"))):
        if span_s % unit_s == 0:
            return f"{span_s // unit_s} {unit}"
    return f"{span_s} {_('s')}"
