"""What limits can be asked to do, in one place for pages and data planes; each verb lives in a module of its own."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Q

from leeward.families import seats
from leeward.limits.choices import Answer
from leeward.limits.finding import is_usual, of_child, of_device, of_household
from leeward.limits.house import (
    DaysRefused,
    NoSuchDays,
    NoSuchZone,
    add_free_days,
    drop_free_days,
    set_zone,
    zone_of,
    zones,
)
from leeward.limits.kinds import NotOnOffer, copy_from, set_blocked, set_homework_blocked, set_safe, take_preset
from leeward.limits.models import Ask, FreeDays, Limits, OwnName, Reward
from leeward.limits.own_names import NoSuchName, TooManyNames, allow_name, close_name, drop_name
from leeward.limits.steps import MomentRefused, NoSuchLimits, can_undo, undo
from leeward.limits.times import EnoughTime, MinutesRefused, give_time, pause, resume, take_time_back
from leeward.limits.windows import ChangesNothing, HomeworkInBedtime, TooManyWindows, WindowDraft, set_windows

__all__ = [
    "ChangesNothing",
    "DaysRefused",
    "EnoughTime",
    "HomeworkInBedtime",
    "MinutesRefused",
    "MomentRefused",
    "NoSuchDays",
    "NoSuchLimits",
    "NoSuchName",
    "NoSuchZone",
    "NotOnOffer",
    "TooManyNames",
    "TooManyWindows",
    "WindowDraft",
    "add_free_days",
    "allow_name",
    "can_undo",
    "close_name",
    "copy_from",
    "drop_free_days",
    "drop_name",
    "forget",
    "give_time",
    "is_usual",
    "of_child",
    "of_device",
    "of_household",
    "pause",
    "resume",
    "set_blocked",
    "set_homework_blocked",
    "set_safe",
    "set_windows",
    "set_zone",
    "take_preset",
    "take_time_back",
    "undo",
    "zone_of",
    "zones",
]

# A child can read its answer for a day.
_ANSWERS_KEPT = timedelta(hours=24)
# The weekly summary looks back on some weeks.
_REWARDS_KEPT = timedelta(days=35)
# It is still the day before somewhere.
_DAYS_KEPT = timedelta(days=2)


def forget(at: datetime) -> None:
    """Erase what is over: questions, names until a moment, old rewards, free days, and steps that cannot be undone."""
    unanswered = Q(state=Answer.WAITING, expires_at__lte=at)
    Ask.objects.filter(unanswered | Q(answered_at__lte=at - _ANSWERS_KEPT)).delete()
    OwnName.objects.filter(until__lte=at).delete()
    Reward.objects.filter(at__lte=at - _REWARDS_KEPT).delete()
    FreeDays.objects.filter(last__lt=at.date() - _DAYS_KEPT).delete()
    Limits.objects.filter(changed_at__lte=at - seats.UNDO_WITHIN).exclude(before="").update(before="")
