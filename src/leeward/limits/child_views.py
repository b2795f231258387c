"""A child's own page: what its family set for it, what it asked, and what its family can see. It opens on its device only."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from leeward.core import access, texts
from leeward.families.this_device import this_device
from leeward.limits import child_words, profiles, services, standing, week, when
from leeward.limits.choices import Purpose
from leeward.limits.models import Limits
from leeward.limits.standing import Now

_MOST_REWARDS = 5
_MOST_ASKS = 10


@access.public
@never_cache
@require_safe
def mine(request: HttpRequest) -> HttpResponse:
    """Show the limits of the device on which this page is open; one that has not joined sees nothing of anybody."""
    device, at = this_device(request), timezone.now()
    if device is None:
        words = texts.tables(child_words.of(child_words.APP, None))
        return render(request, "limits/child_stranger.html", {"words": words}, status=403)
    limits = services.of_device(device, at=at)
    return render(request, "limits/child_mine.html", _shown(limits, at=at))


def _shown(limits: Limits, *, at: datetime) -> dict[str, object]:
    """Return everything that was set, and nothing that the child reported or where it asked for help."""
    said = texts.tables(child_words.of(child_words.APP, limits))
    windows = list(limits.windows.all())
    return {
        "words": said,
        "lead": said["mine"]["usual" if services.is_usual(limits) else "lead"],
        "limits": limits,
        "now": _now(limits, said["mine"], at=at),
        "week": week.picture(windows),
        "bedtime": _times(limits, Purpose.BEDTIME),
        "homework": _times(limits, Purpose.HOMEWORK),
        "homework_kinds": child_words.shelves(limits.homework_blocked, limits),
        "kinds": child_words.shelves(limits.blocked, limits),
        "safe": child_words.kinds(child_words.entries(limits.safe), limits),
        "names": [one for one in limits.own_names.all() if one.until is None or one.until > at],
        "rewards": [
            (said["mine"]["minutes"].format(minutes=one.minutes), one.reason)
            for one in limits.rewards.order_by("-at")[:_MOST_REWARDS]
        ],
        "asks": [
            (one, child_words.answer(one, limits, at=at)) for one in limits.asks.order_by("-made_at")[:_MOST_ASKS]
        ],
    }


def _times(limits: Limits, purpose: Purpose) -> Sequence[str]:
    windows = limits.windows.filter(purpose=purpose)
    return [f"{when.days(window.days)}: {when.hours(window.start, window.end)}" for window in windows]


def _now(limits: Limits, words: dict[str, str], *, at: datetime) -> str:
    """Return what is special at this moment, in one or two sentences, or nothing."""
    profile = profiles.profile(limits, at=at)
    stands = standing.of(profile, at=at)
    key = {Now.PAUSED: "now_paused", Now.EXTRA: "extra"}.get(stands.now)
    if key is None or stands.until is None:
        return ""
    sentence = words[key].format(when=when.until(stands.until, at=at, zone=profile.zone))
    return f"{sentence} {words['stays_closed']}" if stands.now == Now.EXTRA else sentence
