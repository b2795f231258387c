"""What can be done with video calls: take them or not, book one, answer one for oneself, and forget."""

from __future__ import annotations

import secrets
from contextlib import suppress
from datetime import datetime, timedelta

from django.db import transaction

from leeward.age import attempts
from leeward.age.calls import events, rooms
from leeward.age.calls.models import Answer, Call, Desk
from leeward.age.models import AgeTransaction
from leeward.core import facts
from leeward.core.models import User

METHOD = "call"
HOURS = (1, 2, 4, 8)
_MOST_WAITING = 20
_ROOM_BYTES = 18
_CODES = 1_000_000


class NoAddress(Exception):
    """Nobody said yet where calls are held: write the address first."""


class NoSuchTime(Exception):
    """A call cannot begin then any more: choose another time, or begin anew."""


class TooManyWait(Exception):
    """Enough visitors wait for a call: try again in some minutes, or take another way."""


class CallOver(Exception):
    """The call is over: both have answered, or the visitor went away."""


class OwnAttempt(Exception):
    """Nobody says of themselves how old they are: leave the call to others."""


@transaction.atomic
def set_address(address: str) -> None:
    """Say where calls are held: an address with {room} in it."""
    if not Desk.objects.select_for_update().update(address=address):
        Desk.objects.create(address=address)


@transaction.atomic
def take_calls(*, until: datetime | None, actor: str, at: datetime) -> None:
    """Take calls until a moment, or no more where it is None. Raises `NoAddress`."""
    if not Desk.objects.update(open_until=until):
        raise NoAddress
    facts.announce(events.DeskSet(until.isoformat() if until else ""), actor=actor, at=at)


@transaction.atomic
def book(attempt: AgeTransaction, *, in_minutes: int, at: datetime) -> Call:
    """Let the visitor of an attempt wait for a call; one that is booked stays. Raises `NoSuchTime` and `TooManyWait`."""
    booked = Call.objects.filter(attempt=attempt).first()
    if booked is not None:
        return booked
    is_open = attempt.method == METHOD and attempt.state == AgeTransaction.State.PENDING
    if not is_open or in_minutes not in rooms.slots(attempt, at=at):
        raise NoSuchTime
    taken = set(Call.objects.values_list("code", flat=True))
    if len(taken) >= _MOST_WAITING:
        raise TooManyWait
    values = {
        "code": _free_code(taken),
        "room": secrets.token_urlsafe(_ROOM_BYTES),
        "starts_at": at + timedelta(minutes=in_minutes),
    }
    # Pressed twice at the same moment, it is one call.
    return Call.objects.get_or_create(attempt=attempt, defaults=values)[0]


def _free_code(taken: set[str]) -> str:
    while (code := f"{secrets.randbelow(_CODES):06}") in taken:
        pass
    return code


@transaction.atomic
def say(call: Call, said: Answer.Said, *, by: User, at: datetime) -> bool:
    """Answer for oneself; until the second one answers it can be said anew. Return whether that settled it.

    Raises `CallOver` and `OwnAttempt`. With the second answer the visitor's attempt ends, and both are erased.
    """
    held = Call.objects.select_for_update().select_related("attempt__requirement", "attempt__user")
    now = held.filter(pk=call.pk).first()
    if now is None or now.attempt.begun_at <= at - attempts.OPEN_FOR:
        raise CallOver
    if now.attempt.user == by:
        raise OwnAttempt
    Answer.objects.update_or_create(call=now, staff=by, defaults={"said": said})
    answers = list(now.answers.values_list("said", flat=True))
    if len(answers) < rooms.EYES:
        return False
    # Where the visitor ended it meanwhile there is nothing left to end.
    with suppress(attempts.AttemptOver):
        attempts.answer(now.attempt, {}, at=at)
    uid = str(now.uid)
    now.delete()
    facts.announce(events.CallSettled(uid, agreed=len(set(answers)) == 1), actor=f"user:{by.pk}", at=at)
    return True


@transaction.atomic
def forget(at: datetime) -> None:
    """Forget calls whose attempt is over, with what one of the two may have said."""
    Call.objects.exclude(attempt__state=AgeTransaction.State.PENDING).delete()
    Call.objects.filter(attempt__begun_at__lte=at - attempts.OPEN_FOR).delete()
