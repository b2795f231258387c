"""The weekly summary in words: how often what stayed closed, and on which day most. No site is named."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, ngettext_lazy

from leeward.engines.policy import family
from leeward.filtering.counts.models import CountedAnswers
from leeward.limits.app_words import APP_WORDS
from leeward.limits.words import WORDS

DAYS: Final = 7
# Everything is closed then, whatever a device asks by itself, so these say little about a child.
AT_REST: Final = frozenset({"pause", "bedtime"})
SAFE: Final = "safe"
_OF_RULES: Final[Mapping[str, Any]] = {
    "homework": ngettext_lazy(
        "%(count)d time something stayed closed because it was homework time.",
        "%(count)d times something stayed closed because it was homework time.",
        "count",
    ),
    "own-closed": ngettext_lazy(
        "%(count)d time a site stayed closed that you closed yourselves.",
        "%(count)d times a site stayed closed that you closed yourselves.",
        "count",
    ),
    "bedtime": ngettext_lazy(
        "%(count)d time a device asked for something at bedtime.",
        "%(count)d times a device asked for something at bedtime.",
        "count",
    ),
    "pause": ngettext_lazy(
        "%(count)d time a device asked for something in a pause.",
        "%(count)d times a device asked for something in a pause.",
        "count",
    ),
    SAFE: ngettext_lazy(
        "%(count)d time a search engine answered in its safe form.",
        "%(count)d times a search engine answered in its safe form.",
        "count",
    ),
}
_ORDER: Final = ("homework", "own-closed", "bedtime", "pause", SAFE)


@dataclass(frozen=True)
class Day:
    """One day of the week in numbers: closed for what it is, asked in a pause or at bedtime, answered in a safe form."""

    day: date
    closed: int = 0
    at_rest: int = 0
    safe: int = 0


@dataclass(frozen=True)
class Week:
    """The last seven days of somebody: sentences, the most telling ones first, and the days, the oldest first."""

    sentences: tuple[str, ...]
    days: tuple[Day, ...]

    @property
    def is_quiet(self) -> bool:
        """True where nothing at all was counted."""
        return not self.sentences

    @property
    def has_bars(self) -> bool:
        """True where there is something to draw."""
        return any(day.closed for day in self.days)


def days_of(at: datetime, *, zone: str) -> tuple[date, ...]:
    """Return today and the six days before, in a zone, the oldest first."""
    today = at.astimezone(ZoneInfo(zone)).date()
    return tuple(today - timedelta(days=back) for back in reversed(range(DAYS)))


def week(rows: Iterable[CountedAnswers], *, days: Sequence[date]) -> Week:
    """Return the week of one profile; rows of other days are left out."""
    here = [row for row in rows if row.day in set(days) and row.count]
    return Week(tuple(_sentences(here)), tuple(_day(day, here) for day in days))


def _day(day: date, rows: Iterable[CountedAnswers]) -> Day:
    of_day = [row for row in rows if row.day == day]
    at_rest = sum(row.count for row in of_day if row.kind in AT_REST)
    safe = sum(row.count for row in of_day if row.kind == SAFE)
    return Day(day, sum(row.count for row in of_day) - at_rest - safe, at_rest, safe)


def _sentences(rows: Sequence[CountedAnswers]) -> Iterable[str]:
    by_kind: dict[str, Counter[date]] = {}
    for row in rows:
        by_kind.setdefault(row.kind, Counter())[row.day] += row.count
    kinds = sorted((kind for kind in by_kind if kind not in _OF_RULES), key=lambda kind: (-by_kind[kind].total(), kind))
    for kind in (*kinds, *(rule for rule in _ORDER if rule in by_kind)):
        yield _sentence(kind, by_kind[kind])


def _sentence(kind: str, days: Counter[date]) -> str:
    count = days.total()
    if kind in _OF_RULES:
        said = _OF_RULES[kind] % {"count": count}
    elif kind in APP_WORDS:
        said = ngettext(
            "«%(kind)s» stayed closed %(count)d time.", "«%(kind)s» stayed closed %(count)d times.", count
        ) % {"count": count, "kind": title(kind)}
    else:
        said = ngettext(
            "%(count)d time something about «%(kind)s» stayed closed.",
            "%(count)d times something about «%(kind)s» stayed closed.",
            count,
        ) % {"count": count, "kind": title(kind)}
    return f"{said} {_most(days)}".strip()


def _most(days: Counter[date]) -> str:
    """Say on which day it was most, where one day stands out."""
    (first, most), *others = days.most_common(2)
    if most < 2 or (others and others[0][1] == most):
        return ""
    if len(days) == 1:
        return _("All on %(day)s.") % {"day": date_format(first, "l")}
    return _("Most on %(day)s.") % {"day": date_format(first, "l")}


def title(kind: str) -> str:
    """Return what a kind is called on pages; the catalogue's own words where a later one is not translated yet."""
    words = WORDS.get(kind) or APP_WORDS.get(kind)
    if words is not None:
        return str(words.title)
    if kind == "homework":
        return _("Homework time")
    if kind == "own-closed":
        return _("Closed by you")
    return next((entry.title for entry in family.catalogue().entries if entry.slug == kind), kind)
