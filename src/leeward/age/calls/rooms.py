"""The rooms of calls and the times at which one can begin."""

from __future__ import annotations

from datetime import datetime, timedelta

from leeward.age import attempts
from leeward.age.calls.models import Call, Desk
from leeward.age.models import AgeTransaction

# How many people must say it, each for themselves.
EYES = 2
ROOM = "{room}"
# Each has its words, such as `call.in_5`, because a visitor's clock may be another one than ours.
_WAITS_MINUTES = (0, 5, 10, 15)
# A call and two answers take so long; the attempt must still be open then.
_TAKES = timedelta(minutes=10)


def slots(attempt: AgeTransaction, *, at: datetime) -> list[int]:
    """Return in how many minutes a call can begin. Zero is «now»."""
    last = attempt.begun_at + attempts.OPEN_FOR - _TAKES
    return [minutes for minutes in _WAITS_MINUTES if at + timedelta(minutes=minutes) <= last]


def address(call: Call) -> str:
    """Return the address of the room of a call; empty where the operator took it away."""
    desk = Desk.objects.first()
    return desk.address.replace(ROOM, call.room) if desk is not None else ""


def spoken(code: str) -> str:
    """Return a code as people read it out: two groups of three."""
    return f"{code[:3]} {code[3:]}"
