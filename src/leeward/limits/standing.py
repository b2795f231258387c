"""How things stand for a child at this moment, in one word and until when: what the cards and pages show first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from django.utils.text import capfirst
from django.utils.translation import gettext as _

from leeward.engines.policy import family
from leeward.limits import times, when

# A window that covers the whole week has no end: it is told for so long.
_AHEAD = timedelta(days=8)


class Now(StrEnum):
    """What holds at a moment. Each has its sign in `templates/limits/signs`, so that colour alone says nothing."""

    OPEN = "open"
    EXTRA = "extra"
    PAUSED = "paused"
    BEDTIME = "bedtime"
    HOMEWORK = "homework"


@dataclass(frozen=True, slots=True)
class Standing:
    """What holds, and until when; None where nothing ends by itself."""

    now: Now
    until: datetime | None = None


def of(profile: family.Profile, *, at: datetime) -> Standing:
    """Return how things stand for a profile, in the order of the precedence table of `family.decide`."""
    if profile.paused_until is not None and profile.paused_until > at:
        return Standing(Now.PAUSED, profile.paused_until)
    if profile.extra_until is not None and profile.extra_until > at:
        return Standing(Now.EXTRA, profile.extra_until)
    for now, windows in ((Now.BEDTIME, profile.bedtime), (Now.HOMEWORK, profile.homework)):
        ahead = family.spans(windows, zone=profile.zone, free_days=profile.free_days, since=at, until=at + _AHEAD)
        if ahead and ahead[0].begins_at <= at:
            return Standing(now, ahead[0].ends_at)
    return Standing(Now.OPEN)


def can_wait(profile: family.Profile, *, at: datetime) -> bool:
    """Tell whether an hour more, given now, would change anything: bedtime or homework comes before it is over."""
    begin = max(at, profile.extra_until or at)
    windows = (*profile.bedtime, *profile.homework)
    end = begin + timedelta(minutes=times.MORE_MINUTES)
    return bool(family.spans(windows, zone=profile.zone, free_days=profile.free_days, since=begin, until=end))


def said(standing: Standing, *, at: datetime, zone: str) -> str:
    """Return one short sentence."""
    words = {
        Now.OPEN: _("Open now"),
        Now.EXTRA: _("More time until %(when)s"),
        Now.PAUSED: _("Paused until %(when)s"),
        Now.BEDTIME: _("Bedtime until %(when)s"),
        Now.HOMEWORK: _("Homework time until %(when)s"),
    }[standing.now]
    # Some languages put the moment first.
    return capfirst(words % {"when": when.until(standing.until, at=at, zone=zone)} if standing.until else words)
