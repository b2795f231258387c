"""Orders: what a decision asks of a provider's system, of a plug-in or of a person, and how each of them ended."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import models, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.tasks import task
from django.utils import timezone

from leeward.cases import action_targets, events, orders, services
from leeward.cases.action_targets import Answer
from leeward.cases.models import OWN_MEASURES, UNDO, Action, Case, Decision, Measure, Undo
from leeward.cases.states import ACTION_MOVES, ActionState, DecisionState
from leeward.core import facts, outbox, worker
from leeward.core.models import Delivery, Endpoint, Organisation, User
from leeward.indicators.models import Indicator

ACTOR = "system"
# About the account behind an item, so two decisions about two of its items mean the same thing.
ACCOUNT_MEASURES = frozenset({Measure.LIMIT_INTERACTION, Measure.SUSPEND, Measure.TERMINATE})
_BEGUN = (ActionState.DELIVERED, ActionState.CONFIRMED)
_STATE_AFTER = {
    Answer.TAKEN: ActionState.DELIVERED,
    Answer.DONE: ActionState.CONFIRMED,
    Answer.COULD_NOT: ActionState.FAILED,
}


class CannotBeAnswered(Exception):
    """This order does not wait for this answer: it was taken back, answered otherwise, or another answers it. Look again."""


@dataclass(frozen=True)
class _Target:
    name: str
    endpoint: Endpoint | None = None


def _targets(provider: Organisation) -> list[_Target]:
    """Return who takes orders for a provider: its open endpoints and the plug-ins in use, else a person at this desk."""
    opened = Endpoint.objects.filter(organisation=provider, is_open=True).order_by("pk")
    systems = [_Target(f"endpoint:{endpoint.uid}", endpoint) for endpoint in opened]
    serving = [name for name, target in action_targets.in_use().items() if target.serves(provider.slug)]
    return [*systems, *(_Target(f"plugin:{name}") for name in serving)] or [_Target(Action.TASK)]


def _asked(decision: Decision) -> list[Measure]:
    return [Measure(one) for one in decision.measures if one not in OWN_MEASURES]


def _stands(decision: Decision, *, at: datetime) -> bool:
    return decision.state == DecisionState.EFFECTIVE and (decision.ends_at is None or decision.ends_at > at)


@task
@transaction.atomic
def order_measures(decision_uid: str) -> None:
    """Write one order for each measure of a decision and each system of the provider, or for a person where there is none."""
    decision, at = _decision(decision_uid), timezone.now()
    provider = decision.case.subject.provider
    # Orders that come late, after the reversal or the end, must not be the last word.
    if provider is None or not _stands(decision, at=at):
        return
    targets = _targets(provider)
    _order(decision, [(target, kind) for kind in _asked(decision) for target in targets], at=at)


@task
@transaction.atomic
def order_undo(decision_uid: str) -> None:
    """Write the orders that take back every measure of a decision that was reversed."""
    decision = _decision(decision_uid)
    if decision.state == DecisionState.OVERTURNED:
        _undo(decision, at=timezone.now())


def end_measures(at: datetime) -> int:
    """Take back the measures whose time is over, such as a suspension of a week, and return of how many decisions."""
    mine = Action.objects.filter(decision=OuterRef("pk"))
    running = mine.filter(kind__in=Measure.values, state__in=[ActionState.OWED, *_BEGUN])
    over = Decision.objects.filter(state=DecisionState.EFFECTIVE, ends_at__lte=at)
    over = over.filter(Exists(running), ~Exists(mine.filter(kind__in=Undo.values)))
    return sum(_end(uid, at=at) for uid in over.values_list("uid", flat=True))


@transaction.atomic
def _end(decision_uid: uuid.UUID, *, at: datetime) -> bool:
    # The lock puts this before or after a reversal, which takes everything back by itself.
    found = Decision.objects.select_for_update(of=("self",)).select_related("case__subject__provider")
    decision = found.get(uid=decision_uid)
    if decision.state != DecisionState.EFFECTIVE or not _undo(decision, at=at):
        return False
    facts.announce(events.MeasuresEnded(str(decision.case.uid), str(decision.uid)), actor=ACTOR, at=at)
    return True


def _decision(uid: str) -> Decision:
    return Decision.objects.select_related("case__subject__provider").get(uid=uid)


def _undo(decision: Decision, *, at: datetime) -> int:
    """Write the orders that take a decision's measures back and return how many changes that made."""
    provider = decision.case.subject.provider
    if provider is None:
        return 0
    targets = _targets(provider)
    asked = [measure for measure in _asked(decision) if measure not in _kept_by_others(decision, at=at)]
    ordered = list(decision.actions.select_for_update().filter(kind__in=asked))
    reached = {target.name for target in targets} - {Action.TASK}
    # What nobody has begun, and no system will hear of any more, is simply not done.
    idle = [action.pk for action in ordered if action.state == ActionState.OWED and action.target not in reached]
    given_up = Action.objects.filter(pk__in=idle, state=ActionState.OWED).update(state=ActionState.CANCELLED)
    begun = {action.kind for action in ordered if action.state in _BEGUN}
    wanted = [
        (target, UNDO[measure])
        for measure in asked
        for target in targets
        # A system may have been told without our knowing; a person is asked only to take back what was done.
        if target.name != Action.TASK or measure in begun
    ]
    return given_up + _order(decision, wanted, at=at)


def _kept_by_others(decision: Decision, *, at: datetime) -> set[Measure]:
    """Return what other decisions in effect ask for the same account, which therefore is not taken back."""
    subject, asked = decision.case.subject, ACCOUNT_MEASURES & set(_asked(decision))
    if not asked or not subject.author_id:
        return set()
    others = Decision.objects.filter(
        Q(ends_at=None) | Q(ends_at__gt=at),
        state=DecisionState.EFFECTIVE,
        case__subject__provider=subject.provider_id,
        case__subject__author_id=subject.author_id,
    ).exclude(pk=decision.pk)
    return {measure for other in others for measure in asked if measure in other.measures}


def _order(decision: Decision, wanted: Sequence[tuple[_Target, Measure | Undo]], *, at: datetime) -> int:
    """Write those orders that are new and owe their deliveries; return how many were new."""
    known = set(decision.actions.values_list("target", "kind"))
    new = Action.objects.bulk_create(
        Action(decision=decision, target=target.name, endpoint=target.endpoint, kind=kind, ordered_at=at)
        for target, kind in wanted
        if (target.name, kind) not in known
    )
    outbox.owe([_delivery(action) for action in new if action.target != Action.TASK], at=at)
    return len(new)


def _delivery(action: Action) -> outbox.Owed:
    return outbox.Owed(
        deliver_action, {"action_uid": str(action.uid)}, lane_of(action), about=str(action.decision.case.uid)
    )


def lane_of(action: Action) -> str:
    """Return the lane in which orders about one thing reach one target one after the other."""
    subject = action.decision.case.subject
    if _is_about_account(action):
        account = hashlib.sha256(subject.author_id.encode()).hexdigest()[:16]
        return f"account:{subject.provider_id}:{account}:{action.target}"
    return f"subject:{subject.pk}:{action.target}"


def _is_about_account(action: Action) -> bool:
    return bool(action.decision.case.subject.author_id) and orders.measure_of(action) in ACCOUNT_MEASURES


@task
def deliver_action(action_uid: str) -> None:
    """Hand one order over to the provider's system or to a plug-in, and note how that answered."""
    action = _actions().get(uid=action_uid)
    if action.state != ActionState.OWED:
        return
    if _is_over(action, at=timezone.now()):
        Action.objects.filter(pk=action.pk, state=ActionState.OWED).update(state=ActionState.CANCELLED)
        return
    _note(action, orders.hand_over(action), at=timezone.now())


def _actions() -> QuerySet[Action]:
    return Action.objects.select_related("decision__case__subject__provider", "endpoint")


def _is_over(action: Action, *, at: datetime) -> bool:
    """True where an order must not be the last word: its decision does not stand, or a newer order says otherwise."""
    if not orders.is_undo(action) and not _stands(action.decision, at=at):
        return True
    subject = action.decision.case.subject
    same = Q(decision__case__subject=subject)
    if _is_about_account(action):
        same = Q(
            decision__case__subject__provider=subject.provider_id,
            decision__case__subject__author_id=subject.author_id,
        )
    measure = orders.measure_of(action)
    otherwise = measure if orders.is_undo(action) else UNDO[measure]
    newer = Action.objects.filter(same, target=action.target, kind=otherwise, pk__gt=action.pk)
    return newer.exclude(state=ActionState.CANCELLED).exists()


@transaction.atomic
def _note(action: Action, answer: Answer, *, at: datetime) -> None:
    state = _STATE_AFTER[answer]
    answered_at = None if answer == Answer.TAKEN else at
    # A system may have answered already, before this process read that it took the order.
    waiting = Action.objects.filter(pk=action.pk, state=ActionState.OWED)
    if not waiting.update(state=state, delivered_at=at, answered_at=answered_at):
        Action.objects.filter(pk=action.pk, delivered_at=None).update(delivered_at=at)
        return
    names = (str(action.decision.case.uid), str(action.uid))
    if answered_at is not None:
        facts.announce(events.ActionAnswered(*names, is_done=answer == Answer.DONE), actor=ACTOR, at=at)
    facts.announce(events.ActionDelivered(*names), actor=ACTOR, at=at)


@transaction.atomic
def confirm(action: Action, *, done: bool, by: User | Organisation, at: datetime) -> None:
    """Note how an order ended, as the provider's system or a person at the desk says; the same answer again changes nothing.

    A person answers for what no system does, and for what a system could not do. Raises `services.NotForThisPerson` for
    anybody else and `CannotBeAnswered` where the order does not wait for this answer.
    """
    found = _actions().get(pk=action.pk)
    _require_answerer(found, by=by)
    state = ActionState.CONFIRMED if done else ActionState.FAILED
    if found.state == state:
        return
    person = by if isinstance(by, User) else None
    starts = [start for start, targets in ACTION_MOVES.items() if state in targets]
    waiting = Action.objects.filter(pk=found.pk, state__in=starts)
    if not waiting.update(state=state, answered_at=at, done_by=person):
        raise CannotBeAnswered
    fact = events.ActionAnswered(str(found.decision.case.uid), str(found.uid), is_done=done)
    facts.announce(fact, actor=_actor(by), at=at)


def _actor(by: User | Organisation) -> str:
    return services.actor(by) if isinstance(by, User) else f"partner:{by.slug}"


def _require_answerer(action: Action, *, by: User | Organisation) -> None:
    is_task = action.target == Action.TASK
    if isinstance(by, Organisation):
        if is_task or action.decision.case.subject.provider_id != by.pk:
            raise services.NotForThisPerson
        return
    services.require(by, services.JUDGES)
    if not is_task and action.state not in {ActionState.FAILED, ActionState.CONFIRMED}:
        raise CannotBeAnswered


@transaction.atomic
def retry(action: Action, *, by: User, at: datetime) -> None:
    """Try an order again that was parked, or that came back as not possible. Raises `CannotBeAnswered` for any other."""
    services.require(by, services.JUDGES)
    found = _actions().get(pk=action.pk)
    if not _owed_again(found, at=at):
        raise CannotBeAnswered
    fact = events.ActionOwedAgain(str(found.decision.case.uid), str(found.uid))
    facts.announce(fact, actor=services.actor(by), at=at)


def _owed_again(action: Action, *, at: datetime) -> bool:
    if Action.objects.filter(pk=action.pk, state=ActionState.FAILED).update(state=ActionState.OWED, done_by=None):
        outbox.owe([_delivery(action)] if action.target != Action.TASK else [], at=at)
        return True
    if action.state != ActionState.OWED:
        return False
    delivery = unfinished([action]).get(str(action.uid))
    return delivery is not None and delivery.state == Delivery.State.PARKED and worker.unpark(str(delivery.uid), at=at)


def unfinished(actions: Sequence[Action]) -> dict[str, Delivery]:
    """Return what is owed, running or parked of these orders, by the uid of the order."""
    lanes = {lane_of(action) for action in actions if action.target != Action.TASK}
    if not lanes:
        return {}
    # Two questions, since each has an index of its own.
    owed = Delivery.objects.filter(lane__in=lanes, state__in=[Delivery.State.OWED, Delivery.State.RUNNING])
    parked = Delivery.objects.filter(lane__in=lanes, state=Delivery.State.PARKED)
    return {delivery.arguments["action_uid"]: delivery for delivery in (*parked, *owed)}


@dataclass(frozen=True)
class Line:
    """One order as the desk shows it, with what is owed of it and what the person who looks may do."""

    action: Action
    delivery: Delivery | None
    may_answer: bool
    may_retry: bool

    @property
    def is_parked(self) -> bool:
        """True where it was tried so often that only a person can have it tried again."""
        return self.delivery is not None and self.delivery.state == Delivery.State.PARKED


def panel(case: Case, *, person: User, at: datetime) -> dict[str, Any]:
    """Return what `_actions.html` shows: every order of a case, the newest first, and the signs of each decision."""
    found = list(_actions().filter(decision__case=case).select_related("done_by").order_by("-pk"))
    waiting = [action for action in found if action.state == ActionState.OWED]
    owed, may_act = unfinished(waiting), bool(person.roles & services.JUDGES)
    lines = [_line(action, owed.get(str(action.uid)), may_act=may_act) for action in found]
    return {
        "actions_lines": lines,
        "actions_signs": _signs(case),
        "actions_at": at,
    }


def _line(action: Action, delivery: Delivery | None, *, may_act: bool) -> Line:
    is_open_task = action.target == Action.TASK and action.state == ActionState.OWED
    has_failed = action.state == ActionState.FAILED
    is_parked = delivery is not None and delivery.state == Delivery.State.PARKED
    return Line(action, delivery, may_act and (is_open_task or has_failed), may_act and (has_failed or is_parked))


@dataclass(frozen=True)
class Signs:
    """How many signs of one decision are in force, and whether partners are told of them."""

    decision: Decision
    in_force: int
    are_shared: bool


def _signs(case: Case) -> list[Signs]:
    # What was only proposed, or was not agreed to, published nothing and says nothing about who is told.
    taken = case.decisions.filter(state__in=[DecisionState.EFFECTIVE, DecisionState.OVERTURNED]).order_by("-pk")
    publishing = [one for one in taken if set(one.measures) & set(OWN_MEASURES)]
    sources = [decision.source for decision in publishing]
    active = Indicator.objects.filter(source__in=sources, state=Indicator.State.ACTIVE)
    counts = dict(active.values_list("source").annotate(models.Count("pk"))) if sources else {}
    return [Signs(one, counts.get(one.source, 0), one.seconded_by_id is not None) for one in publishing]
