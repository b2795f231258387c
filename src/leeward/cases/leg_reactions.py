"""What the desk does by itself to bring a case to whoever is responsible. Each carries ids, reads the present, may come twice."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.tasks import task
from django.utils import timezone

from leeward.cases import deadlines, leg_making, leg_papers, legs, routing
from leeward.cases.leg_making import WHOLE, Given
from leeward.cases.models import Body, Calendar, Case, CaseReport, Contact, Decision, Leg, Rule
from leeward.cases.states import UNDECIDED, DecisionState, LegState
from leeward.core import outbox, webhooks
from leeward.engines import clocks
from leeward.engines import routing as engine
from leeward.reports import services as reports
from leeward.reports.models import Outcome


@task
@transaction.atomic
def route_case(case_uid: str) -> None:
    """Give a case its queue and its legs by the rules in force; one that nobody is responsible for raises an alarm."""
    _route(_locked(case_uid), at=timezone.now())


@task
@transaction.atomic
def route_decision(decision_uid: str) -> None:
    """Give a case the legs that its decision opens, such as the one to police where it is illegal."""
    decision = Decision.objects.get(uid=decision_uid)
    if decision.state == DecisionState.EFFECTIVE:
        _route(_locked(str(decision.case.uid)), at=timezone.now())


def _locked(case_uid: str) -> Case:
    # Two reports of what happened to one case must not both give a body its leg.
    return Case.objects.select_for_update(of=("self",)).select_related("subject").get(uid=case_uid)


def _route(case: Case, *, at: datetime) -> None:
    if not Rule.objects.filter(is_live=True).exists():
        deadlines.placed(case)
        return
    plan = routing.plan_for(case)
    if case.state in UNDECIDED:
        if case.queue != plan.queue:
            Case.objects.filter(pk=case.pk).update(queue=plan.queue)
            case.queue = plan.queue
        deadlines.placed(case)
    _open(case, plan.legs, after=None, at=at)
    if plan.is_unroutable and case.state in UNDECIDED:
        legs.alarm(case, at=at)
    elif case.is_unroutable and not plan.is_unroutable:
        Case.objects.filter(pk=case.pk).update(is_unroutable=False)


def _open(case: Case, planned: Sequence[engine.Leg], *, after: Leg | None, at: datetime) -> list[Leg]:
    """Open the legs of a plan to bodies that had none yet, and return those.

    What was recalled with its decision may be given again. What a person took back, saying why, may not.
    """
    had = set(case.legs.exclude(state=LegState.RECALLED, answer="").values_list("body__slug", flat=True))
    rows = Body.objects.in_bulk([leg.body.slug for leg in planned], field_name="slug")
    opened = []
    for leg in planned:
        if leg.body.slug not in had:
            had.add(leg.body.slug)
            given = _given(leg, rows[leg.body.slug], after=after, at=at)
            opened.append(leg_making.open_leg(case, given, actor=legs.SYSTEM, at=at))
    return opened


def _given(leg: engine.Leg, body: Body, *, after: Leg | None, at: datetime) -> Given:
    return Given(
        body=body,
        name=leg.name,
        given_by=leg.rule,
        why=leg.why,
        legal_basis=leg.legal_basis,
        fields=leg.fields,
        due_at=_due(leg, at=at),
        needs_second=leg.needs_second or leg_making.has_identity(leg.fields),
        after=after,
    )


def _due(leg: engine.Leg, *, at: datetime) -> datetime:
    if not leg.due_minutes:
        return at + legs.BY_HAND
    row = Calendar.objects.filter(slug=leg.calendar).first() if leg.calendar else None
    if row is None:
        # A clock that always runs ends sooner than one with a calendar, so a calendar that is gone makes nothing late.
        return at + timedelta(minutes=leg.due_minutes)
    calendar = clocks.Calendar.of(zone=row.zone, hours=row.hours, holidays=row.holidays)
    return clocks.due(at, leg.due_minutes, calendar)


@task
@transaction.atomic
def next_hop(leg_uid: str) -> None:
    """Find the next body where one said that it is not theirs; where there is none, back to triage with an alarm."""
    leg = Leg.objects.select_related("case", "body").get(uid=leg_uid)
    if leg.state != LegState.DECLINED:
        return
    case, at = _locked(str(leg.case.uid)), timezone.now()
    if leg.next_hops.exists():
        return
    declined = set(case.legs.filter(state=LegState.DECLINED).values_list("body__slug", flat=True))
    plan = routing.plan_for(case, without=declined)
    same = [one for one in plan.legs if one.body.kind == leg.body.kind or one.name == leg.name]
    if not _open(case, same or plan.legs, after=leg, at=at):
        legs.alarm(case, at=at)


@task
def send_leg(leg_uid: str) -> None:
    """Send one leg to its body: what its fields allow, and never media."""
    leg = _read(leg_uid)
    if leg.state == LegState.OWED:
        _deliver(leg, leg_papers.Notice.MADE)
        legs.sent(leg, at=timezone.now())


@task
def tell_recalled(leg_uid: str) -> None:
    """Tell a body that its leg was taken back, or that what it rested on was, where it can be told by itself.

    Where a person handed it over, a person tells: the page of the case says so.
    """
    leg = _read(leg_uid)
    is_over = leg.state in {LegState.RECALLED, LegState.DONE}
    if is_over and leg.sent_at is not None and leg_making.sends_itself(leg.contact):
        _deliver(leg, leg_papers.Notice.RECALLED)


@task
def on_breach(leg_uid: str) -> None:
    """Do what the rule says where a body did not answer in time: remind it, or bring the case back to triage."""
    leg = _read(leg_uid)
    row = Rule.objects.filter(is_live=True, rule__id=leg.given_by).first()
    at_breach = routing.rules_of([row])[0].at_breach if row else engine.AtBreach.ALARM
    if leg.state not in legs.WAITING:
        return
    if at_breach == engine.AtBreach.TRIAGE:
        legs.alarm(leg.case, at=timezone.now())
    elif at_breach == engine.AtBreach.REMIND and leg.state == LegState.SENT and leg_making.sends_itself(leg.contact):
        _deliver(leg, leg_papers.Notice.REMINDED)


def _read(leg_uid: str) -> Leg:
    related = ("case__subject__provider", "body", "contact__endpoint")
    return Leg.objects.select_related(*related).get(uid=leg_uid)


def _deliver(leg: Leg, notice: leg_papers.Notice) -> None:
    contact, at = leg.contact, timezone.now()
    if contact is None or not leg_making.sends_itself(contact):
        raise legs.NoWay
    if contact.transport == Contact.Transport.WEBHOOK and contact.endpoint is not None:
        message_id = str(leg.uid) if notice == leg_papers.Notice.MADE else f"{leg.uid}-{notice}"
        data = leg_papers.message(leg, notice)
        webhooks.send(contact.endpoint, message_id=message_id, kind=f"referral.{notice}", data=data, at=at)
        return
    leg_papers.letter(leg, notice, to=contact.mail, is_xarf=contact.transport == Contact.Transport.XARF, at=at).send()


@task
@transaction.atomic
def tell_handed_over(leg_uid: str) -> None:
    """Let everyone who reported a case read who decides it now."""
    leg = Leg.objects.select_related("case", "body").get(uid=leg_uid)
    if leg.state not in {LegState.DECLINED, LegState.RECALLED}:
        _tell(leg, Outcome.Kind.NOT_OURS)


@task
@transaction.atomic
def tell_sent_on(leg_uid: str) -> None:
    """Let everyone who reported a case read who has a part of it now. Of police nothing is told: it could warn the wrong one."""
    leg = Leg.objects.select_related("case", "body").get(uid=leg_uid)
    if leg.given_by != WHOLE and leg.body.kind != Body.Kind.POLICE and leg.sent_at is not None:
        _tell(leg, Outcome.Kind.SENT_ON)


def _tell(leg: Leg, kind: Outcome.Kind) -> None:
    for joined in CaseReport.objects.filter(case=leg.case).select_related("report"):
        reports.tell(joined.report, kind=kind, decision=f"leg:{leg.uid}", at=timezone.now(), why=leg.body.name)


@task
@transaction.atomic
def recall_legs(decision_uid: str) -> None:
    """Take back what went out because of a decision that was reversed, and what nobody is given without it."""
    decision = Decision.objects.select_related("case__subject").get(uid=decision_uid)
    if decision.state != DecisionState.OVERTURNED:
        return
    still = {leg.body.slug for leg in routing.plan_for(decision.case).legs}
    at = timezone.now()
    done = legs.recall(decision, still=still, at=at)
    outbox.owe([outbox.Owed(tell_recalled, {"leg_uid": str(leg.uid)}, f"leg:{leg.uid}") for leg in done], at=at)
