"""What the plots of screening are of: how uploads were answered over time, how far from their signs, and for which harm."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, QuerySet, Sum
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from leeward.core.drawing import Column, Plot, Series, stacked
from leeward.engines.matching import WITHIN_BITS
from leeward.indicators.models import Category, Kind
from leeward.screening.models import Answer, Match, Tally

STACKED = (Answer.CLEAR, Answer.KNOWN, Answer.HELD, Answer.SUSPECT)
MET = (Answer.KNOWN, Answer.HELD, Answer.SUSPECT)
PER = 1000


@dataclass(frozen=True)
class Share:
    """One line of a list with bars: how many, and how long its bar is, 0 to 100."""

    name: str
    count: int
    percent: int


@dataclass(frozen=True)
class Span:
    """The time that the plots are of, in steps of an hour or of a day."""

    code: str
    label: str
    step: timedelta
    steps: int

    def begins(self, at: datetime) -> list[datetime]:
        """Return where each step begins, the oldest first; the last one holds `at`."""
        now = at.replace(minute=0, second=0, microsecond=0)
        if self.step == timedelta(days=1):
            now = now.replace(hour=0)
        return [now - self.step * back for back in reversed(range(self.steps))]


def spans() -> dict[str, Span]:
    """Return the times that can be chosen, by their code."""
    found = (
        Span("hours", _("Last 48 hours"), timedelta(hours=1), 48),
        Span("days", _("Last 30 days"), timedelta(days=1), 30),
        Span("quarter", _("Last 90 days"), timedelta(days=1), 90),
    )
    return {span.code: span for span in found}


@dataclass(frozen=True)
class Totals:
    """How many uploads got which answer over the whole time."""

    counts: Mapping[str, int]

    @property
    def uploads(self) -> int:
        return sum(self.counts.values())

    @property
    def met_per_thousand(self) -> float:
        """Known ones of a thousand uploads."""
        return PER * self.counts.get(Answer.KNOWN, 0) / self.uploads if self.uploads else 0.0


def counted(span: Span, *, at: datetime) -> dict[datetime, dict[str, int]]:
    """Return the counts of answers by the step in which they were given; every step of the time is there."""
    begins = span.begins(at)
    found: dict[datetime, dict[str, int]] = {begin: dict.fromkeys(STACKED, 0) for begin in begins}
    tallies = Tally.objects.filter(hour__gte=begins[0], hour__lt=begins[-1] + span.step)
    for hour, answer, count in tallies.values_list("hour", "answer").annotate(n=Sum("count")):
        # Steps are all of one length, so the place of an hour is a division.
        found[begins[(hour - begins[0]) // span.step]][answer] += count
    return found


def totals(counts: Mapping[datetime, Mapping[str, int]]) -> Totals:
    """Add the steps up."""
    added: dict[str, int] = defaultdict(int)
    for step in counts.values():
        for answer, count in step.items():
            added[answer] += count
    return Totals(dict(added))


def volume(span: Span, counts: Mapping[datetime, Mapping[str, int]]) -> Plot:
    """Draw how many uploads were asked about, by their answer."""
    columns = [_column(span, begin, tuple(step[answer] for answer in STACKED)) for begin, step in counts.items()]
    words = _("One column for each step of time: how many uploads were clear, known, held or suspect.")
    return stacked(
        "volume",
        title=_("Uploads that were asked about"),
        words=words,
        axis=_("Time (UTC)"),
        series=_series(STACKED),
        columns=columns,
        is_of_time=True,
    )


def rate(span: Span, counts: Mapping[datetime, Mapping[str, int]]) -> Plot:
    """Draw how many of a thousand uploads were not clear."""
    columns = []
    for begin, step in counts.items():
        uploads = sum(step.values())
        numbers = tuple(PER * step[answer] / uploads if uploads else 0.0 for answer in MET)
        columns.append(_column(span, begin, numbers))
    words = _(
        "The same without the clear ones, as a share: how many of a thousand uploads were known, held or suspect."
    )
    return stacked(
        "rate",
        title=_("Of a thousand uploads"),
        words=words,
        axis=_("Time (UTC)"),
        series=_series(MET),
        columns=columns,
        is_of_time=True,
        decimals=1,
    )


def distances(span: Span, *, at: datetime) -> Plot:
    """Draw how far from their signs pictures and videos were."""
    matches = _matches(span, at=at).filter(indicator__kind__in=[Kind.PDQ, Kind.VPDQ])
    counts = dict(matches.values_list("distance_bits").annotate(n=Count("pk")))
    columns = [
        Column(str(bits), (counts.get(bits, 0),), "" if bits % 4 else str(bits)) for bits in range(WITHIN_BITS + 1)
    ]
    words = _(
        "One column for each number of bits that differ, from 0 to 31: how many matches there were. 0 is the same."
    )
    return stacked(
        "distances",
        title=_("Distances of matches"),
        words=words,
        axis=_("Bits that differ"),
        series=(Series(_("Matches"), "known"),),
        columns=columns,
    )


def categories(span: Span, *, at: datetime) -> list[Share]:
    """Return how many matches there were of each kind of harm, the most first."""
    found = _matches(span, at=at).values_list("indicator__category").annotate(n=Count("pk")).order_by("-n")
    counts = [(str(Category(category).label), count) for category, count in found]
    most = max((count for _name, count in counts), default=0)
    return [Share(name, count, max(1, round(100 * count / most))) for name, count in counts]


def _matches(span: Span, *, at: datetime) -> QuerySet[Match]:
    return Match.objects.filter(at__gte=span.begins(at)[0])


def _series(answers: Sequence[Answer]) -> tuple[Series, ...]:
    return tuple(Series(str(answer.label), str(answer.value)) for answer in answers)


def _column(span: Span, begin: datetime, numbers: tuple[float, ...]) -> Column:
    """Name a step of time; below the axis there is room for eight names, and midnight is named by its day."""
    day = date_format(begin, "j M")
    if span.step == timedelta(days=1):
        return Column(day, numbers, day if begin.toordinal() % (span.steps // 8 + 1) == 0 else "")
    mark = "" if begin.hour % 6 else f"{begin:%H}:00" if begin.hour else day
    return Column(f"{day} {begin:%H}:00", numbers, mark)
