"""How often each way is wrong, as far as evidence says: shares with intervals, for everybody or for those who came."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from leeward.age.effect.models import Evidence, Side
from leeward.engines import intervals
from leeward.engines.intervals import Counted, Interval

# What people do, and the ways themselves, change; what is older says little of today.
SPAN = timedelta(days=365)
# In public no figure stands on fewer, so that it says something, and nothing of one person.
FEWEST_PUBLIC = 30


@dataclass(frozen=True)
class Group:
    """Answers of one way that were drawn with one share: how many were wrong, how many were compared, how many stayed silent."""

    drawn_share: float
    wrong: int
    compared: int
    silent: int = 0


@dataclass(frozen=True)
class Estimate:
    """How large a share of answers is wrong. `best` and `worst`: if all who stayed silent had been right, or wrong.

    `found` is None where all stayed silent.
    """

    found: Interval | None
    best: float
    worst: float
    wrong: int
    compared: int
    silent: int


def estimate(groups: Iterable[Group]) -> Estimate:
    """Return the share of wrong answers in all for whom the groups stand. Raises `intervals.NothingCounted` where there is none.

    Whoever was drawn with a share of 0.05 stands for twenty; whoever was not drawn stands for one.
    """
    groups = list(groups)
    compared = [Counted(one.wrong, one.compared, _weight(one)) for one in groups]
    found = intervals.weighted(compared) if any(one.of for one in compared) else None
    all_right = intervals.weighted(Counted(one.wrong, one.compared + one.silent, _weight(one)) for one in groups)
    all_wrong = intervals.weighted(
        Counted(one.wrong + one.silent, one.compared + one.silent, _weight(one)) for one in groups
    )
    return Estimate(
        found=found,
        best=min(found.low, all_right.low) if found else all_right.low,
        worst=max(found.high, all_wrong.high) if found else all_wrong.high,
        wrong=sum(one.wrong for one in groups),
        compared=sum(one.compared for one in groups),
        silent=sum(one.silent for one in groups),
    )


def _weight(group: Group) -> float:
    return 1 / group.drawn_share if group.drawn_share else 1.0


@dataclass(frozen=True)
class Figure:
    """What is known of one way and one question. None where nobody was compared."""

    method: str
    age: int
    side: Side
    # Of those who were let in, the share not of that age: from those drawn, so it stands for everybody.
    wrongly_in: Estimate | None
    # The same from those who took a surer way of their own accord. They are not like the others.
    wrongly_in_of_comers: Estimate | None
    # Of those who were turned away and took a surer way of their own accord, the share who are of that age.
    wrongly_out: Estimate | None


type _Key = tuple[str, int, str]


def figures(*, at: datetime) -> list[Figure]:
    """Return what is known of each way and question since a year, by way and age."""
    rows: dict[_Key, list[Evidence]] = defaultdict(list)
    for row in Evidence.objects.filter(month__gt=(at - SPAN).date()):
        rows[row.method, row.age, row.side].append(row)
    return [_figure(key, rows[key]) for key in sorted(rows)]


def public(method: str, *, at: datetime) -> list[tuple[Figure, Estimate, Interval]]:
    """Return what can be told to everybody of a way: how often it lets in wrongly, where enough people stand behind it."""
    known = [(one, one.wrongly_in) for one in figures(at=at) if one.method == method]
    return [
        (figure, one, one.found)
        for figure, one in known
        if one is not None and one.found is not None and one.compared >= FEWEST_PUBLIC
    ]


def _figure(key: _Key, rows: list[Evidence]) -> Figure:
    method, age, side = key
    return Figure(
        method,
        age,
        Side(side),
        wrongly_in=_estimated(row for row in rows if row.was_let_in and row.drawn_share),
        wrongly_in_of_comers=_estimated(row for row in rows if row.was_let_in and not row.drawn_share),
        wrongly_out=_estimated(row for row in rows if not row.was_let_in),
    )


def _estimated(rows: Iterable[Evidence]) -> Estimate | None:
    counts: dict[float, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    was_let_in = True
    for row in rows:
        was_let_in = row.was_let_in
        counts[row.drawn_share][row.found] += row.count
    wrong = Evidence.Found.NOT_OF_AGE if was_let_in else Evidence.Found.OF_AGE
    groups = [
        Group(
            share,
            wrong=of[wrong],
            compared=of[Evidence.Found.OF_AGE] + of[Evidence.Found.NOT_OF_AGE],
            silent=of[Evidence.Found.SILENT],
        )
        for share, of in counts.items()
    ]
    try:
        return estimate(groups)
    except intervals.NothingCounted:
        return None
