"""Bedtime and homework: windows of the week that make sense together."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from leeward.core.models import User
from leeward.engines.policy import family
from leeward.limits import steps
from leeward.limits.choices import Purpose
from leeward.limits.models import Limits, Window

MOST_WINDOWS = 21  # Three on every day of the week.
_DAY_SLOTS = family.DAY_MINUTES // family.SLOT_MINUTES
_WEEK_SLOTS = 7 * _DAY_SLOTS


class TooManyWindows(Exception):
    """There are more than `MOST_WINDOWS` for one purpose: put days with the same times into one window."""


class ChangesNothing(Exception):
    """A window lies wholly inside the others of its purpose: take it off, or change its times.

    `number` counts the given windows from 0.
    """

    def __init__(self, number: int) -> None:
        super().__init__(f"window {number} lies wholly inside the others; take it off or change its times")
        self.number = number


class HomeworkInBedtime(Exception):
    """A homework window lies wholly inside bedtime, when everything is kept away: change one of the two."""


@dataclass(frozen=True)
class WindowDraft:
    """What a guardian says of a window: days on which it begins (0 = Monday), and local minutes of the day.

    An `end` that is not later than `start` is on the next day; 1440 is midnight at the end of the first day.
    """

    days: Collection[int]
    start: int
    end: int


@transaction.atomic
def set_windows(limits: Limits, purpose: Purpose, drafts: Sequence[WindowDraft], *, by: User, at: datetime) -> None:
    """Give a purpose these windows, and no others.

    Raises `NoGuardian`, `NotYourFamily`, `NoSuchLimits`, `TooManyWindows`, `engines.policy.family.ProfileRefused` for a
    draft that is no window, `ChangesNothing` and `HomeworkInBedtime`.
    """
    row = steps.begin(limits, by=by, at=at)
    if len(drafts) > MOST_WINDOWS:
        raise TooManyWindows
    windows = [family.Window(frozenset(draft.days), draft.start, draft.end) for draft in drafts]
    _check_alone([slots(window) for window in windows])
    others = [read(one) for one in row.windows.exclude(purpose=purpose)]
    _check_together(*(others, windows) if purpose == Purpose.HOMEWORK else (windows, others))
    if windows != [read(one) for one in row.windows.filter(purpose=purpose).order_by("pk")]:
        row.windows.filter(purpose=purpose).delete()
        Window.objects.bulk_create(
            Window(limits=row, purpose=purpose, days=sorted(one.days), start=one.start, end=one.end) for one in windows
        )
    steps.end(row, by=by, at=at)


def read(row: Window) -> family.Window:
    """Return a stored window as the engine has it."""
    return family.Window(frozenset(row.days), row.start, row.end)


def slots(window: family.Window) -> int:
    """Return the quarters of an hour of the week that a window takes, as bits; bit 0 is Monday at midnight."""
    start, end = window.start // family.SLOT_MINUTES, window.end // family.SLOT_MINUTES
    length = end - start + (_DAY_SLOTS if window.runs_past_midnight else 0)
    taken = 0
    for day in window.days:
        for slot in range(length):
            taken |= 1 << (day * _DAY_SLOTS + start + slot) % _WEEK_SLOTS
    return taken


def _check_alone(masks: list[int]) -> None:
    for number, mask in enumerate(masks):
        others = _together(masks[:number] + masks[number + 1 :])
        if not mask & ~others:
            raise ChangesNothing(number)


def _check_together(bedtime: list[family.Window], homework: list[family.Window]) -> None:
    asleep = _together([slots(window) for window in bedtime])
    if any(not slots(window) & ~asleep for window in homework):
        raise HomeworkInBedtime


def _together(masks: list[int]) -> int:
    together = 0
    for mask in masks:
        together |= mask
    return together
