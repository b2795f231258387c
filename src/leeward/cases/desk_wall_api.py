"""The desk for programs: how the desk stands, second looks, refused statements, and how fast each queue wants to be."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import Field, Schema, Status

from leeward.cases import desk_door, responsible, second_looks, services, submission, targets, wall
from leeward.cases.desk_bodies import ClockOut, Person
from leeward.cases.desk_door import in_words
from leeward.cases.models import Calendar, Decision, Queue, SecondLook, Statement
from leeward.core import machines
from leeward.indicators.models import Category

router = desk_door.new_router()

# As on the pages.
SHOWN, COMPARED_OVER = 50, timedelta(days=30)


class BacklogOut(Schema):
    """What waits in one queue, by age: up to an hour, four hours, a day, three days, and older."""

    slug: str
    title: str
    count: int
    ages: list[int]
    oldest_at: datetime


class TakingOut(Schema):
    """How many minutes cases of one queue took lately."""

    title: str
    count: int
    work_p50: float
    work_p90: float
    whole_p50: float
    whole_p90: float


class NearOut(ClockOut):
    """One clock that is about to run out."""

    case: UUID = Field(alias="case.uid")


class BreachesOut(Schema):
    """Clocks that ran out lately: name, how many, and how many of them still run."""

    count: int
    by_clock: list[tuple[str, int, int]]


class TroubleOut(Schema):
    """How much is stuck."""

    parked: int
    failed_actions: int
    tasks: int
    unroutable: int
    late_legs: int
    held_legs: int
    appeals: int


class LoadOut(Schema):
    """How much one person had to see today."""

    person: Person
    minutes: int
    views: int
    percent: int
    break_until: datetime | None


class AgreementOut(Schema):
    """Of how many decisions judged twice both came to the same."""

    count: int
    same_outcome: int
    same_all: int


class WallOut(Schema):
    """How the desk stands."""

    at: datetime
    waiting: int
    backlog: list[BacklogOut]
    taking: list[TakingOut]
    near: list[NearOut]
    breaches: BreachesOut
    trouble: TroubleOut
    loads: list[LoadOut]


class SupervisionOut(Schema):
    """How the desk stands, and how far two people agree."""

    wall: WallOut
    agreement: AgreementOut


@router.get("/wall", response=SupervisionOut, url_name="desk_wall")
def supervise(request: HttpRequest) -> dict[str, Any]:
    """Say how the desk stands. For senior reviewers."""
    at = timezone.now()
    with in_words():
        services.require(machines.person(request), services.REVERSERS)
    return {"wall": wall.wall(at=at), "agreement": second_looks.agreement(since=at - COMPARED_OVER)}


class LookOut(Schema):
    """A decision that waits for a second look: its case, and nothing of how it was decided."""

    id: int
    case: UUID = Field(alias="decision.case.uid")
    drawn_at: datetime


@router.get("/second-looks", response=list[LookOut], url_name="desk_second_looks")
def looks(request: HttpRequest) -> QuerySet[SecondLook]:
    """List what waits for a second look of this person."""
    return second_looks.waiting(machines.person(request))[:SHOWN]


class LookIn(Schema):
    """What a second person thinks."""

    outcome: Decision.Outcome
    category: Category


@router.post("/second-looks/{int:number}", response={204: None}, url_name="desk_look_again")
def look_again(request: HttpRequest, number: int, body: LookIn) -> Status[None]:
    """Write down what you think of a case that a colleague decided; it changes nothing else."""
    found, person = (
        get_object_or_404(SecondLook.objects.select_related("decision__case"), pk=number),
        machines.person(request),
    )
    with in_words():
        second_looks.judge_again(found, outcome=body.outcome, category=body.category, by=person, at=timezone.now())
    return Status(204, None)


class StatementOut(Schema):
    """A statement of reasons that the EU's database refused: which fields, never their values."""

    uid: UUID
    case: UUID = Field(alias="decision.case.uid")
    made_at: datetime
    submission: str
    refused: list[str]


@router.get("/statements/refused", response=list[StatementOut], url_name="desk_refused_statements")
def refused(request: HttpRequest) -> Sequence[Statement]:
    """List the statements of reasons that wait for a person."""
    return submission.refused()


@router.post("/statements/{uuid:uid}/again", response=StatementOut, url_name="desk_statement_again")
def owe_again(request: HttpRequest, uid: UUID) -> Statement:
    """Build a refused statement anew and submit it again. For senior reviewers."""
    found = Statement.objects.select_related("decision__case__subject__provider")
    with in_words():
        submission.owe_again(get_object_or_404(found, uid=uid), by=machines.person(request), at=timezone.now())
    return found.get(uid=uid)


class QueueOut(Schema):
    """One line of cases at this desk; `targets` are minutes until human eyes by severity."""

    slug: str
    title: str
    calendar: str
    targets: dict[str, int]


class QueueIn(Schema):
    """The words for a queue."""

    title: str = Field(min_length=1, max_length=120)


@router.get("/queues", response=list[QueueOut], url_name="desk_queues")
def queues(request: HttpRequest) -> QuerySet[Queue]:
    """List the queues of the desk. What no rule places waits in `triage`."""
    return Queue.objects.order_by("slug")


@router.put("/queues/{slug:slug}", response=QueueOut, url_name="desk_keep_queue")
def keep_queue(request: HttpRequest, slug: str, body: QueueIn) -> Queue:
    """Add a queue, or give one another title. For senior reviewers."""
    with in_words():
        return responsible.keep_queue(slug, body.title, by=machines.person(request))


@router.delete("/queues/{slug:slug}", response={204: None}, url_name="desk_delete_queue")
def delete_queue(request: HttpRequest, slug: str) -> Status[None]:
    """Delete a queue that nothing needs. For senior reviewers."""
    with in_words():
        responsible.delete_queue(get_object_or_404(Queue, slug=slug), by=machines.person(request))
    return Status(204, None)


class TargetsIn(Schema):
    """Minutes until human eyes by severity, 0 to 3; what is left out is as the table of clocks has it."""

    targets: dict[Literal["0", "1", "2", "3"], Annotated[int, Field(ge=1, le=60 * 24 * 365)]]
    calendar: str = Field("", max_length=40, description="Empty: the clocks always run.")


@router.put("/queues/{slug:slug}/targets", response=QueueOut, url_name="desk_targets")
def set_targets(request: HttpRequest, slug: str, body: TargetsIn) -> Queue:
    """Set the targets and the calendar of a queue, for what comes from now on. For senior reviewers."""
    queue, person, at = get_object_or_404(Queue, slug=slug), machines.person(request), timezone.now()
    given = {int(severity): minutes for severity, minutes in body.targets.items()}
    with in_words():
        targets.set_targets(queue, targets=given, calendar=body.calendar, by=person, at=at)
    queue.refresh_from_db()
    return queue


class CalendarIn(Schema):
    """When a desk works: Monday first, [["09:00", "17:00"], …, []]; an empty pair is a day off."""

    zone: str = Field(max_length=60)
    hours: list[list[str]] = Field(max_length=7)
    holidays: list[str] = Field([], max_length=1000, description="Dates such as 2026-12-25.")
    source: str = Field("", max_length=300)


class CalendarOut(CalendarIn):
    """A calendar under its name."""

    slug: str


@router.get("/calendars", response=list[CalendarOut], url_name="desk_calendars")
def calendars(request: HttpRequest) -> QuerySet[Calendar]:
    """List the calendars of the desk."""
    return Calendar.objects.order_by("slug")


@router.put("/calendars/{slug:slug}", response=CalendarOut, url_name="desk_keep_calendar")
def keep_calendar(request: HttpRequest, slug: str, body: CalendarIn) -> Calendar:
    """Add a calendar, or change one, for what comes from now on. For senior reviewers."""
    with in_words():
        return targets.keep_calendar(
            slug,
            zone=body.zone,
            hours=body.hours,
            holidays=body.holidays,
            source=body.source,
            by=machines.person(request),
            at=timezone.now(),
        )
