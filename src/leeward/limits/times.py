"""Pause now, and more time: what a guardian does with one press."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from leeward.core.models import User
from leeward.limits import steps
from leeward.limits.choices import Why
from leeward.limits.models import Limits, Reward

# In minutes.
MORE_MINUTES = 60  # What one press gives, and what a child asks for.
LEAST_TIME = 5
MOST_TIME = 240
MOST_AHEAD = timedelta(hours=12)  # More than that is another bedtime, which is set as one.


class MinutesRefused(Exception):
    """So much time is not given at once: choose from `LEAST_TIME` to `MOST_TIME` minutes."""


class EnoughTime(Exception):
    """There is more time for half a day already: change the windows, or wait."""


@transaction.atomic
def pause(limits: Limits, *, until: datetime, by: User, at: datetime) -> None:
    """Keep everything away until a moment. Raises `NoGuardian`, `NotYourFamily`, `NoSuchLimits` and `MomentRefused`."""
    row = steps.begin(limits, by=by, at=at)
    steps.check_ahead(until, at=at)
    row.paused_until = until
    steps.end(row, by=by, at=at)


@transaction.atomic
def resume(limits: Limits, *, by: User, at: datetime) -> None:
    """End a pause. Raises `NoGuardian`, `NotYourFamily` and `NoSuchLimits`."""
    row = steps.begin(limits, by=by, at=at)
    row.paused_until = None
    steps.end(row, by=by, at=at)


@transaction.atomic
def give_time(limits: Limits, *, minutes: int, why: Why, by: User, at: datetime) -> datetime:
    """Let bedtime and homework wait for so many minutes more, and return until when they wait.

    Raises `NoGuardian`, `NotYourFamily`, `NoSuchLimits`, `MinutesRefused` and `EnoughTime`.
    """
    row = steps.begin(limits, by=by, at=at)
    if not LEAST_TIME <= minutes <= MOST_TIME:
        raise MinutesRefused
    until = max(at, row.extra_until or at) + timedelta(minutes=minutes)
    if until > at + MOST_AHEAD:
        raise EnoughTime
    row.extra_until = until
    Reward.objects.create(limits=row, minutes=minutes, why=why, given_by=by, at=at)
    steps.end(row, by=by, at=at)
    return until


@transaction.atomic
def take_time_back(limits: Limits, *, by: User, at: datetime) -> None:
    """Let bedtime and homework be in force again now. Raises `NoGuardian`, `NotYourFamily` and `NoSuchLimits`."""
    row = steps.begin(limits, by=by, at=at)
    row.extra_until = None
    steps.end(row, by=by, at=at)
