"""How an order is worded for the provider's system or a plug-in, and handed over to it."""

from __future__ import annotations

from django.utils import timezone

from leeward.cases import action_targets
from leeward.cases.action_targets import Answer
from leeward.cases.models import UNDO, Action, Measure, Subject, Undo
from leeward.core import webhooks

_MEASURE_OF: dict[str, Measure] = {undo: measure for measure, undo in UNDO.items()}


def measure_of(action: Action) -> Measure:
    """Return the measure that an order takes or takes back."""
    return _MEASURE_OF.get(action.kind) or Measure(action.kind)


def is_undo(action: Action) -> bool:
    """True where an order takes a measure back."""
    return action.kind in _MEASURE_OF


def hand_over(action: Action) -> Answer:
    """Give one order to its system and return the answer; it keeps its id over all tries, so that it has one effect.

    Raises `webhooks.NotTaken`, `action_targets.NotCarriedOut` or `action_targets.ActionTargetDidNotLoad`.
    """
    if action.endpoint is not None:
        webhooks.send(
            action.endpoint,
            message_id=_message_id(action),
            kind="action.requested",
            data=_data(action),
            at=timezone.now(),
        )
        return Answer.TAKEN
    name = action.target.removeprefix("plugin:")
    target = action_targets.in_use().get(name)
    if target is None:
        raise action_targets.ActionTargetDidNotLoad(
            name, "it is not in use any more; name it in LEEWARD_ACTION_TARGETS"
        )
    return target.carry_out(_as_order(action))


def _message_id(action: Action) -> str:
    # An order that came back as failed and is tried again is a new message: its old id was seen already.
    return str(action.uid) if action.answered_at is None else f"{action.uid}-{action.answered_at:%Y%m%d%H%M%S}"


def named(subject: Subject) -> dict[str, str]:
    """Return how an item is named to the system of its provider."""
    return {"kind": "item", "provider": subject.provider.slug if subject.provider else "", "id": subject.item_id}


def _data(action: Action) -> dict[str, object]:
    decision, case = action.decision, action.decision.case
    data: dict[str, object] = {
        "action": action.kind,
        "action_id": str(action.uid),
        "sequence": action.pk,
        "subject": named(case.subject),
        "case": case.ref,
        "reason": decision.category,
    }
    if case.subject.author_id:
        data["author"] = case.subject.author_id
    if decision.ends_at is not None and not is_undo(action):
        data["ends_at"] = decision.ends_at.isoformat()
    return data


def _as_order(action: Action) -> action_targets.Order:
    decision, case, subject = action.decision, action.decision.case, action.decision.case.subject
    return action_targets.Order(
        uid=str(action.uid),
        kind=Undo(action.kind) if is_undo(action) else Measure(action.kind),
        sequence=action.pk,
        provider=subject.provider.slug if subject.provider else "",
        item_id=subject.item_id,
        item_kind=subject.item_kind,
        author_id=subject.author_id,
        case=case.ref,
        reason=decision.category,
        ends_at=None if is_undo(action) else decision.ends_at,
    )
