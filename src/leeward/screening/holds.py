"""Held uploads: what waits for a person, and how that ends."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from leeward.core import config, facts
from leeward.core.models import Organisation, Role, User
from leeward.screening import events
from leeward.screening.models import Answer, Hold

ENDERS = frozenset({Role.REVIEWER, Role.SENIOR_REVIEWER})


class NotForThisPerson(Exception):
    """The person has not the role for this; ask a reviewer."""


class EndedAlready(Exception):
    """Somebody released or refused this upload before; load the page again."""


@dataclass(frozen=True)
class Held:
    """What is to be held, and why: `reason` is a short word of ours, never words of people."""

    sha256: str
    item_id: str
    answer: Answer
    reason: str
    report_uid: str | None = None


def is_released(sha256: str, *, asked_by: Organisation) -> bool:
    """Say whether a person has released exactly this file for this provider."""
    released = Hold.objects.filter(organisation=asked_by, sha256=sha256, state=Hold.State.RELEASED)
    return released.exists()


@transaction.atomic
def hold(held: Held, *, asked_by: Organisation, at: datetime) -> Hold | None:
    """Let an upload wait for a person; the same file again waits in the same row. None where too many wait already."""
    waiting = Hold.objects.filter(organisation=asked_by)
    known = waiting.filter(sha256=held.sha256).first()
    if known is not None:
        return known
    if waiting.filter(state=Hold.State.HELD).count() >= config.current().screening.holds_max:
        return None
    found, is_new = Hold.objects.get_or_create(
        organisation=asked_by,
        sha256=held.sha256,
        defaults={
            "item_id": held.item_id,
            "answer": held.answer,
            "reason": held.reason,
            "report_uid": held.report_uid,
            "held_at": at,
        },
    )
    if is_new:
        facts.announce(events.UploadHeld(str(found.uid), held.reason), actor=f"partner:{asked_by.slug}", at=at)
    return found


def release(held: Hold, *, by: User, at: datetime) -> None:
    """Let the provider publish a held upload; exactly this file is not held again. Raises `EndedAlready`."""
    _end(held, Hold.State.RELEASED, by=by, at=at)


def refuse(held: Hold, *, by: User, at: datetime) -> None:
    """Let the provider throw a held upload away. Raises `EndedAlready`."""
    _end(held, Hold.State.REFUSED, by=by, at=at)


def _end(held: Hold, state: Hold.State, *, by: User, at: datetime) -> None:
    if not by.roles & ENDERS:
        raise NotForThisPerson
    if not end(held, state, by=by, actor=f"user:{by.pk}", at=at):
        raise EndedAlready


@transaction.atomic
def end(held: Hold, state: Hold.State, *, by: User | None, actor: str, at: datetime) -> bool:
    """End a hold once, and return whether it was this call that did."""
    waiting = Hold.objects.filter(pk=held.pk, state=Hold.State.HELD)
    if not waiting.update(state=state, ended_by=by, ended_at=at):
        return False
    facts.announce(events.HoldEnded(str(held.uid), state), actor=actor, at=at)
    return True
