"""The clocks of a case: when each starts, what meets it, and which ran out. `clocks.toml` says which there are.

Who takes or decides a case needs no rows to be there: a clock that was not started yet is started and met in one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.db import models, transaction
from django.db.models import F, Min, QuerySet, Value, When

from leeward.cases import events
from leeward.cases.clock_table import APPEAL, HUMAN_EYES, SEVERITIES, Clock, MetBy, Starts, clocks
from leeward.cases.models import Action, Calendar, Case, Deadline, Decision, Measure, Queue
from leeward.cases.states import ActionState, CaseState, DecisionState
from leeward.core import config, facts
from leeward.core.models import User
from leeward.core.rows import insert
from leeward.engines import clocks as engine
from leeward.reports.models import Channel, Report

ACTOR = "system"
DANGER = 0
SOON = timedelta(hours=1)
# Of one run, so that a great backlog is noted in steps and no transaction grows long; the next run goes on.
BATCH, BATCHES = 200, 10
# Whoever is told a little after the decision has the whole time all the same.
TOLD_LATER = timedelta(days=1)
_PRIORITIES = (1, 0, -1)
_OUT_OF_SIGHT = (Measure.REMOVE, Measure.DISABLE)
_CARRIED_OUT = (ActionState.DELIVERED, ActionState.CONFIRMED)


@dataclass(frozen=True)
class Shown:
    """One clock as the page of a case shows it."""

    clock: str
    due_at: datetime
    met_at: datetime | None
    is_late: bool
    is_soon: bool
    source: str


def due_for(severity: int, queue: str, at: datetime) -> datetime:
    """Return until when human eyes must be on a case of this severity that begins to wait in a queue at `at`.

    Asks the database nothing for a danger, and nothing for triage: `start_for` reads that queue's own targets.
    """
    if severity == DANGER or queue == Queue.TRIAGE:
        return engine.due(at, clocks()[HUMAN_EYES].minutes[severity])
    return _ends(clocks()[HUMAN_EYES], severity=severity, queue=_queue(queue), at=at)


def appeal_until(decided_at: datetime) -> datetime:
    """Return until when a decision can be complained about, by whoever it affects and whoever reported."""
    return engine.months_later(decided_at, clocks()[APPEAL].months) + TOLD_LATER


def begin(case: Case, *, at: datetime) -> None:
    """Start the clocks of a case that is opened now for a report received at `at`; `placed` gives them its queue's times.

    It asks the database nothing, because every report waits for it.
    """
    jurisdiction, is_item = config.current().desk.jurisdiction, case.subject.provider_id is not None
    kept = [one for one in clocks().values() if one.met_by not in {MetBy.RECEIVED, MetBy.NOTHING}]
    for one in kept:
        if one.starts == Starts.REPORTED and one.is_for(case, jurisdiction=jurisdiction, is_item=is_item):
            due_at = engine.due(at, one.minutes[case.severity])
            insert(Deadline(case=case, clock=one.slug, starts_at=at, due_at=due_at))


@transaction.atomic
def placed(case: Case) -> None:
    """Give the clocks that run for a case the times of the queue that it is in, counted from when they started."""
    queue = _queue(case.queue)
    if queue is None:
        return
    for row in Deadline.objects.filter(case=case, met_at=None, breached_at=None):
        if (clock := clocks().get(row.clock)) is not None and clock.by_queue:
            due_at = _ends(clock, severity=case.severity, queue=queue, at=row.starts_at)
            Deadline.objects.filter(pk=row.pk, met_at=None).update(due_at=due_at)
    _set_due(case)


@transaction.atomic
def start_for(case: Case, *, at: datetime) -> None:
    """Start the clocks that run for a case, counted from `at`; one that runs already is only ever brought forward.

    Call it when a case was opened or put into its queue, and when something became known that makes it more urgent.
    `Case.due_at` is the earliest clock that runs, from then on.
    """
    case.refresh_from_db(fields=["severity", "queue", "nature", "state"])
    queue, jurisdiction = _queue(case.queue), config.current().desk.jurisdiction
    is_item = case.subject.provider_id is not None
    kept = [one for one in clocks().values() if one.met_by not in {MetBy.RECEIVED, MetBy.NOTHING}]
    running = [one for one in kept if one.is_for(case, jurisdiction=jurisdiction, is_item=is_item)]
    ends = partial(_ends, severity=case.severity, queue=queue)
    begun = [one for one in running if one.starts == Starts.REPORTED]
    Deadline.objects.bulk_create(
        [Deadline(case=case, clock=one.slug, starts_at=at, due_at=ends(one, at=at)) for one in begun],
        ignore_conflicts=True,
    )
    for row in Deadline.objects.filter(case=case, clock__in=[one.slug for one in running], met_at=None):
        since = max(at, row.starts_at)
        if (due_at := ends(clocks()[row.clock], at=since)) < row.due_at:
            Deadline.objects.filter(pk=row.pk, met_at=None).update(starts_at=since, due_at=due_at)
    _set_due(case)


def _queue(slug: str) -> Queue | None:
    return Queue.objects.filter(slug=slug).first()


def _ends(clock: Clock, *, severity: int, queue: Queue | None, at: datetime) -> datetime:
    minutes = clock.minutes[severity]
    if queue is None or not clock.by_queue:
        return engine.due(at, minutes)
    target = queue.targets.get(str(severity), minutes)
    if severity == DANGER:
        # A queue may be faster than the table, never slower, and a child in danger does not wait for office hours.
        return engine.due(at, min(target, minutes))
    row = Calendar.objects.filter(slug=queue.calendar).first() if queue.calendar else None
    # Without its calendar a clock always runs and ends sooner, so a calendar that is gone makes nothing late.
    return engine.due(at, target, calendar_of(row) if row else None)


def calendar_of(row: Calendar) -> engine.Calendar:
    """Return a calendar as the engine reads it; raises `engines.clocks.CalendarRefused`."""
    return engine.Calendar.of(zone=row.zone, hours=row.hours, holidays=row.holidays)


@transaction.atomic
def met(case: Case, clock: str, *, at: datetime) -> bool:
    """Note that a clock was met, the first time only, and start those that run from then; True where this met it."""
    kept = Deadline.objects.filter(case=case, clock=clock)
    _breach(kept.filter(met_at=None, breached_at=None, due_at__lt=at), at=at)
    # Met in time although it was noted later: then it was no breach.
    moment = models.DateTimeField()
    in_time = models.Case(When(due_at__gte=at, then=Value(None)), default=F("breached_at"), output_field=moment)
    if not kept.filter(met_at=None).update(met_at=at, breached_at=in_time):
        if clock != HUMAN_EYES or kept.exists():
            return False
        due_at = due_for(case.severity, case.queue, case.opened_at)
        Deadline.objects.create(case=case, clock=clock, starts_at=case.opened_at, due_at=due_at, met_at=at)
    if clocks()[clock].met_by == MetBy.TAKEN:
        _start_taken(case, at=at)
    _set_due(case)
    return True


def _start_taken(case: Case, *, at: datetime) -> None:
    begun = [one for one in clocks().values() if one.starts == Starts.TAKEN]
    Deadline.objects.bulk_create(
        [
            Deadline(case=case, clock=one.slug, starts_at=at, due_at=engine.due(at, one.minutes[case.severity]))
            for one in begun
        ],
        ignore_conflicts=True,
    )


def _set_due(case: Case) -> None:
    earliest = Deadline.objects.filter(case=case, met_at=None).aggregate(due_at=Min("due_at"))["due_at"]
    if earliest is not None:
        Case.objects.filter(pk=case.pk).update(due_at=earliest)


@transaction.atomic
def decided(decision: Decision) -> None:
    """Meet the clocks that a decision in effect meets."""
    case, at = decision.case, decision.effective_at
    if decision.state != DecisionState.EFFECTIVE or at is None:
        return
    for slug in _slugs(MetBy.TAKEN, MetBy.DECIDED):
        met(case, slug, at=at)
    settle_removal(case)


def _slugs(*by: MetBy) -> list[str]:
    return [one.slug for one in clocks().values() if one.met_by in by]


@transaction.atomic
def settle_removal(case: Case) -> None:
    """Meet the clocks of a removal, where every order to take it out of sight was carried out or nothing need be taken away.

    Reads how it stands now: where an order turns out to have failed, the clock runs again.
    """
    rows = Deadline.objects.filter(case=case, clock__in=_slugs(MetBy.REMOVED))
    decision = Decision.objects.filter(case=case, state=DecisionState.EFFECTIVE).first()
    removed_at = _removed_at(decision) if rows.exists() and decision is not None else None
    if removed_at is None:
        rows.exclude(met_at=None).update(met_at=None)
        return
    for row in rows.filter(met_at=None):
        met(case, row.clock, at=removed_at)


def _removed_at(decision: Decision) -> datetime | None:
    if not set(decision.measures) & set(_OUT_OF_SIGHT):
        return decision.effective_at
    orders = Action.objects.filter(decision=decision, kind__in=_OUT_OF_SIGHT).exclude(state=ActionState.CANCELLED)
    ends = [order.delivered_at or order.answered_at for order in orders if order.state in _CARRIED_OUT]
    return max(end for end in ends if end) if ends and len(ends) == len(orders) else None


@transaction.atomic
def restart(case: Case, *, at: datetime) -> None:
    """Let the clocks run anew for a case that was opened again at `at`; what had run out before stays in the record."""
    rows = Deadline.objects.filter(case=case)
    is_open = Case.objects.filter(pk=case.pk, state=CaseState.OPEN).exists()
    if is_open and not rows.filter(starts_at__gte=at).exists():
        rows.delete()
        start_for(case, at=at)


def note_breaches(at: datetime) -> int:
    """Note every clock that ran out, and announce each once; return how many. What was handed over waits for others."""
    ran_out = Deadline.objects.filter(met_at=None, breached_at=None, due_at__lt=at)
    counted = ran_out.exclude(case__state=CaseState.REFERRED).order_by("due_at")
    total = 0
    for _number in range(BATCHES):
        with transaction.atomic():
            noted = _breach(counted[:BATCH], at=at)
        total += noted
        if noted < BATCH:
            break
    return total


def _breach(rows: QuerySet[Deadline], *, at: datetime) -> int:
    noted = 0
    for row in rows.select_related("case"):
        if Deadline.objects.filter(pk=row.pk, met_at=None, breached_at=None).update(breached_at=at):
            noted += 1
            facts.announce(events.DeadlineBreached(str(row.case.uid), row.clock), actor=ACTOR, at=at)
    return noted


def ranked(cases: QuerySet[Case]) -> QuerySet[Case]:
    """Return cases in the order of the queue: what trusted flaggers asked for, then what is due first."""
    return cases.order_by("-priority", "due_at", "id")


def pressing(cases: QuerySet[Case], *, at: datetime, most: int) -> list[Case]:
    """Return the cases that are late or due within an hour, the earliest first, whatever their priority is.

    Give it undecided cases. One step into the index of the queue for each priority, however long the queue is.
    """
    near = cases.filter(due_at__lte=at + SOON)
    found: list[Case] = []
    for priority in _PRIORITIES:
        found += near.filter(priority=priority).order_by("due_at", "id")[:most]
    return sorted(found, key=lambda case: (case.due_at, case.pk))[:most]


def shown(case: Case, *, at: datetime) -> list[Shown]:
    """Return the clocks of a case: those that run first, the earliest of them at the top."""
    rows = sorted(case.deadlines.all(), key=lambda row: (row.met_at is not None, row.due_at))
    return [
        Shown(
            clock=row.clock,
            due_at=row.due_at,
            met_at=row.met_at,
            is_late=(row.met_at or at) > row.due_at,
            is_soon=row.met_at is None and at <= row.due_at <= at + SOON,
            source=clocks()[row.clock].source if row.clock in clocks() else "",
        )
        for row in rows
    ]


def panel(case: Case, *, person: User, at: datetime) -> dict[str, Any]:
    """Return what `_clocks.html` shows on the page of a case."""
    return {"clocks_shown": shown(case, at=at), "clocks_receipt_at": _receipt_at(case), "clocks_now": at}


def _receipt_at(case: Case) -> datetime | None:
    """Return when the first reporter had a receipt: in the same moment, but whoever wrote a mail is answered by one."""
    received = Report.objects.filter(casereport__case=case).exclude(channel=Channel.MAIL)
    return received.order_by("received_at").values_list("received_at", flat=True).first()


def targets_of(queue: Queue) -> Sequence[tuple[int, int]]:
    """Return the minutes until human eyes by severity that are in force in a queue."""
    default = clocks()[HUMAN_EYES].minutes
    return [(severity, queue.targets.get(str(severity), default[severity])) for severity in SEVERITIES]
