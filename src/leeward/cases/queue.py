"""The queue: what waits, in the order in which it is taken. Each question is answered from an index, however long the queue is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Self

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.db.models.fields.tuple_lookups import TupleGreaterThan

from leeward.cases.models import Case, Decision
from leeward.cases.states import UNDECIDED, DecisionState
from leeward.core.literals import one_of
from leeward.core.models import User

SHOWN = 50
# More are not counted: whether 1,000 or 90,000 wait changes nothing for the person who takes the next one.
COUNTED = 1000
SOON = timedelta(hours=1)
SEVERITIES = (0, 1, 2, 3)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Filter:
    """Which part of the queue a person looks at."""

    queue: str = ""
    severity: int | None = None
    is_mine: bool = False
    is_soon: bool = False

    @classmethod
    def read(cls, asked: Mapping[str, str]) -> Self:
        """Return what an address or a form asks for; what makes no sense is left out."""
        severity = asked.get("severity", "")
        return cls(
            queue=asked.get("queue", "")[:40],
            severity=int(severity) if severity in {str(one) for one in SEVERITIES} else None,
            is_mine=bool(asked.get("mine")),
            is_soon=bool(asked.get("soon")),
        )

    @property
    def is_any(self) -> bool:
        """True where not everything that waits is asked for."""
        return self != Filter()

    @property
    def asked(self) -> dict[str, str]:
        """What `read` makes this filter of again."""
        severity = "" if self.severity is None else str(self.severity)
        asked = {"queue": self.queue, "severity": severity, "mine": "1" * self.is_mine, "soon": "1" * self.is_soon}
        return {name: value for name, value in asked.items() if value}


@dataclass(frozen=True)
class Place:
    """Where a page of the queue ends: the key of its last case, from which the next page goes on."""

    priority: int
    due_at: datetime
    pk: int

    def __str__(self) -> str:
        return f"{self.priority}_{(self.due_at - _EPOCH) // timedelta(microseconds=1)}_{self.pk}"

    @classmethod
    def read(cls, text: str) -> Self | None:
        """Return the place that an address names, or None where it names none."""
        try:
            priority, due_us, pk = (int(part) for part in text.split("_"))
            return cls(priority, _EPOCH + timedelta(microseconds=due_us), pk)
        except (ValueError, OverflowError):
            return None


@dataclass(frozen=True)
class Page:
    """Some cases in order, and where the next page begins; None at the end."""

    cases: list[Case]
    after: Place | None


@dataclass(frozen=True)
class Count:
    """How many there are, counted up to `COUNTED`."""

    number: int

    @property
    def is_more(self) -> bool:
        """True where there are more than are counted."""
        return self.number > COUNTED

    @property
    def shown(self) -> int:
        """The number to be shown, with a `+` behind it where `is_more`."""
        return min(self.number, COUNTED)


def undecided() -> QuerySet[Case]:
    """Return the cases that wait for a reviewer or for a second person, in such a way that the indexes of the queue are used."""
    return Case.objects.filter(one_of("state", UNDECIDED))


def page(wanted: Filter, *, person: User, at: datetime, after: Place | None = None) -> Page:
    """Return one page of the queue: what trusted flaggers sent, then what is due first."""
    cases = _chosen(wanted, person=person, at=at)
    if wanted.is_mine:
        # Leases are few. Asked for an order, the database would walk through the whole queue to find them.
        return Page(sorted(cases[:COUNTED], key=lambda case: (-case.priority, case.due_at, case.pk)), None)
    found: list[Case] = []
    for priority in _levels(from_priority=after.priority if after else None):
        level = cases.filter(priority=priority)
        if after is not None and priority == after.priority:
            level = level.filter(TupleGreaterThan((F("due_at"), F("id")), (after.due_at, after.pk)))
        found += level.order_by("due_at", "id")[: SHOWN + 1 - len(found)]
        if len(found) > SHOWN:
            break
    if len(found) <= SHOWN:
        return Page(found, None)
    last = found[SHOWN - 1]
    return Page(found[:SHOWN], Place(last.priority, last.due_at, last.pk))


def free(wanted: Filter, *, person: User, at: datetime, most: int) -> list[Case]:
    """Return the first cases that this person may take: nobody has them, and they wait for no colleague of this person.

    Those that the person has already come last, or «the next one» would be the same one again.
    """
    if wanted.is_mine:
        return page(wanted, person=person, at=at).cases[:most]
    own = Decision.objects.filter(case=OuterRef("pk"), state=DecisionState.PROPOSED, proposed_by=person)
    cases = _chosen(wanted, person=person, at=at).exclude(Exists(own))
    taken = Q(taken_until__gt=at)
    found = _first(cases.exclude(taken), most=most)
    return found + _first(cases.filter(taken, taken_by=person), most=most - len(found))


def _first(cases: QuerySet[Case], *, most: int) -> list[Case]:
    found: list[Case] = []
    for priority in _levels(from_priority=None):
        found += cases.filter(priority=priority).order_by("due_at", "id")[: most - len(found)]
        if len(found) >= most:
            break
    return found


def count(wanted: Filter, *, person: User, at: datetime) -> Count:
    """Count what a filter finds, up to `COUNTED`."""
    cases, number = _chosen(wanted, person=person, at=at), 0
    if not wanted.is_soon:
        return Count(cases[: COUNTED + 1].count())
    for priority in _levels(from_priority=None):
        number += cases.filter(priority=priority)[: COUNTED + 1 - number].count()
        if number > COUNTED:
            break
    return Count(number)


def lately_decided(*, most: int) -> QuerySet[Case]:
    """Return what was decided last, the newest first."""
    return Case.objects.filter(decided_at__isnull=False).order_by("-decided_at")[:most]


def _chosen(wanted: Filter, *, person: User, at: datetime) -> QuerySet[Case]:
    cases = undecided()
    if wanted.queue:
        cases = cases.filter(queue=wanted.queue)
    if wanted.severity is not None:
        cases = cases.filter(severity=wanted.severity)
    if wanted.is_mine:
        cases = cases.filter(taken_by=person, taken_until__gt=at)
    if wanted.is_soon:
        cases = cases.filter(due_at__lte=at + SOON)
    return cases


def _levels(*, from_priority: int | None) -> Iterator[int]:
    """Give each priority that waits, highest first. One look into the index each, so that no order has to be made."""
    steps = undecided().order_by("-priority").values_list("priority", flat=True)
    level = (steps if from_priority is None else steps.filter(priority__lte=from_priority)).first()
    while level is not None:
        yield level
        level = steps.filter(priority__lt=level).first()
