"""What a supervisor watches: how long cases wait and take, what is about to be late, what failed, and what people had to see.

Numbers of the desk and of its clocks; of persons only how much they looked at, never how fast they were.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Min, Q, QuerySet

from leeward.cases import queue as queues
from leeward.cases import wellbeing
from leeward.cases.models import Action, Appeal, Case, Deadline, Leg, Queue
from leeward.cases.states import ActionState, AppealState, CaseState, LegState
from leeward.core.models import Delivery

OVER = timedelta(days=7)
NEAR = timedelta(hours=4)
# The newest so many tell a percentile well enough, and the page stays fast however busy the desk was.
SAMPLE = 2000
SHOWN = 20
# More are not counted, as in the queue.
COUNTED = 10_000
_HOUR = timedelta(hours=1)
# Where the ages of the backlog are cut: up to one hour, four hours, a day, three days, and older.
AGES = (_HOUR, 4 * _HOUR, 24 * _HOUR, 72 * _HOUR)


@dataclass(frozen=True)
class Backlog:
    """The cases that wait in one queue: `ages` counts them by age as `AGES` cuts it, the youngest first."""

    slug: str
    title: str
    count: int
    ages: tuple[int, ...]
    oldest_at: datetime
    percent: int


@dataclass(frozen=True)
class Taking:
    """How long the cases of one queue took lately, in minutes: p50 and p90 of the work and of all the time since the report."""

    title: str
    count: int
    work_p50: float
    work_p90: float
    whole_p50: float
    whole_p90: float


@dataclass(frozen=True)
class Breaches:
    """Clocks that ran out lately: by clock, how many and how many of them still run. `count` is of all, up to `COUNTED`."""

    count: int
    by_clock: tuple[tuple[str, int, int], ...]
    is_of_newest: bool

    @property
    def is_more(self) -> bool:
        """True where there are more than are counted."""
        return self.count > COUNTED


@dataclass(frozen=True)
class Trouble:
    """How much is stuck, each up to `COUNTED`."""

    parked: int
    failed_actions: int
    tasks: int
    unroutable: int
    late_legs: int
    held_legs: int
    appeals: int


@dataclass(frozen=True)
class Wall:
    """Everything on the wall, as it was at `at`."""

    at: datetime
    backlog: Sequence[Backlog]
    taking: Sequence[Taking]
    near: Sequence[Deadline]
    breaches: Breaches
    trouble: Trouble
    loads: Sequence[wellbeing.Load]

    @property
    def waiting(self) -> int:
        """All cases that wait."""
        return sum(one.count for one in self.backlog)


def wall(*, at: datetime) -> Wall:
    """Look at everything. Each question is answered from an index or stops at a limit, however long the queue is."""
    titles = dict(Queue.objects.values_list("slug", "title"))
    return Wall(
        at=at,
        backlog=_backlog(titles, at=at),
        taking=_taking(titles, at=at),
        near=list(_near(at=at)),
        breaches=_breaches(at=at),
        trouble=_trouble(),
        loads=wellbeing.loads(at=at),
    )


def _backlog(titles: dict[str, str], *, at: datetime) -> list[Backlog]:
    # Younger than each cut, so that neighbours are subtracted.
    younger = {f"younger_{place}": Count("pk", filter=Q(opened_at__gt=at - cut)) for place, cut in enumerate(AGES)}
    waiting = queues.undecided().values_list("queue")
    grouped = waiting.annotate(count=Count("pk"), oldest_at=Min("opened_at"), **younger)
    rows = sorted(grouped, key=lambda row: (-row[1], row[0]))
    most = max((count for _slug, count, *_rest in rows), default=0)
    return [
        Backlog(
            slug=slug,
            title=titles.get(slug, slug),
            count=count,
            ages=_between([*counts, count]),
            oldest_at=oldest_at,
            percent=max(1, round(100 * count / most)),
        )
        for slug, count, oldest_at, *counts in rows
    ]


def _between(growing: Sequence[int]) -> tuple[int, ...]:
    return tuple(one - before for one, before in zip(growing, [0, *growing[:-1]], strict=True))


def _taking(titles: dict[str, str], *, at: datetime) -> list[Taking]:
    decided = Case.objects.filter(decided_at__gt=at - OVER, taken_at__isnull=False).order_by("-decided_at")
    found: dict[str, list[tuple[float, float]]] = {}
    for slug, opened_at, taken_at, decided_at in decided.values_list("queue", "opened_at", "taken_at", "decided_at")[
        :SAMPLE
    ]:
        found.setdefault(slug, []).append((_minutes(taken_at, decided_at), _minutes(opened_at, decided_at)))
    rows = [(titles.get(slug, slug), times) for slug, times in sorted(found.items())]
    everything = [one for _title, times in rows for one in times]
    return [_taking_of("", everything), *(_taking_of(*row) for row in rows)] if everything else []


def _taking_of(title: str, times: Sequence[tuple[float, float]]) -> Taking:
    work, whole = sorted(one for one, _ in times), sorted(one for _, one in times)
    return Taking(
        title,
        len(times),
        percentile(work, 50),
        percentile(work, 90),
        percentile(whole, 50),
        percentile(whole, 90),
    )


def _minutes(begin: datetime | None, end: datetime | None) -> float:
    return max(0.0, (end - begin) / timedelta(minutes=1)) if begin and end else 0.0


def percentile(ordered: Sequence[float], percent: int) -> float:
    """Return the smallest of the ordered values that at least so many of a hundred do not exceed (nearest rank)."""
    return ordered[max(0, math.ceil(percent * len(ordered) / 100) - 1)]


def _near(*, at: datetime) -> QuerySet[Deadline]:
    running = Deadline.objects.filter(met_at=None, breached_at=None, due_at__lte=at + NEAR)
    here = running.exclude(case__state=CaseState.REFERRED).select_related("case__taken_by")
    return here.order_by("due_at")[:SHOWN]


def _breaches(*, at: datetime) -> Breaches:
    lately = Deadline.objects.filter(breached_at__isnull=False, breached_at__gt=at - OVER)
    newest = list(lately.order_by("-breached_at").values_list("clock", "met_at")[:SAMPLE])
    ran_out = Counter(clock for clock, _met_at in newest)
    running = Counter(clock for clock, met_at in newest if met_at is None)
    count = lately[: COUNTED + 1].count()
    by_clock = tuple((clock, ran_out[clock], running[clock]) for clock in sorted(ran_out))
    return Breaches(count, by_clock, is_of_newest=count > len(newest))


def _trouble() -> Trouble:
    last = COUNTED + 1
    late = Leg.objects.filter(state__in=[LegState.HELD, LegState.OWED, LegState.SENT], is_breached=True)
    return Trouble(
        parked=Delivery.objects.filter(state=Delivery.State.PARKED)[:last].count(),
        failed_actions=Action.objects.filter(state=ActionState.FAILED)[:last].count(),
        tasks=Action.objects.filter(state=ActionState.OWED, target=Action.TASK)[:last].count(),
        unroutable=queues.undecided().filter(is_unroutable=True)[:last].count(),
        late_legs=late[:last].count(),
        held_legs=Leg.objects.filter(state=LegState.HELD)[:last].count(),
        appeals=Appeal.objects.filter(state__in=[AppealState.OPEN, AppealState.IN_REVIEW])[:last].count(),
    )


def stuck() -> QuerySet[Action]:
    """Return the orders that a system says it could not carry out, the oldest first."""
    failed = Action.objects.filter(state=ActionState.FAILED).select_related("decision__case")
    return failed.order_by("ordered_at")[:SHOWN]


def held() -> QuerySet[Leg]:
    """Return parts of cases that leave only when a person hands them over or lets them go, those due first at the top."""
    waiting = Leg.objects.filter(state=LegState.HELD).select_related("case", "body")
    return waiting.order_by("due_at", "pk")[:SHOWN]


def unroutable() -> QuerySet[Case]:
    """Return cases for which nobody is known to be responsible, those that wait longest first."""
    return queues.undecided().filter(is_unroutable=True).order_by("opened_at")[:SHOWN]
