"""Counts that grow by one: of what came out, by month, and of signs, by week."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import F

from leeward.age.effect.models import Evidence, OpenAnswer, SignWeek
from leeward.core import paces

_fast_networks = paces.Pace()


def evidence(answer: OpenAnswer, *, found: Evidence.Found, at: datetime) -> None:
    """Count how an answer turned out. Nothing of the visitor goes into it."""
    row, _made = Evidence.objects.get_or_create(
        month=at.date().replace(day=1),
        method=answer.method,
        age=answer.age,
        side=answer.side,
        was_let_in=answer.was_let_in,
        drawn_share=answer.drawn_share,
        found=found,
    )
    Evidence.objects.filter(pk=row.pk).update(count=F("count") + 1)


def sign(kind: SignWeek.Sign, *, at: datetime) -> None:
    """Count a sign in its week."""
    monday = at.date() - timedelta(days=at.weekday())
    row, _made = SignWeek.objects.get_or_create(week=monday, sign=kind)
    SignWeek.objects.filter(pk=row.pk).update(count=F("count") + 1)


def asked_again(why: str, *, at: datetime) -> None:
    """Count a code that nobody has; other answers that cannot be read say nothing of anybody."""
    if why == SignWeek.Sign.UNKNOWN_CODE:
        sign(SignWeek.Sign.UNKNOWN_CODE, at=at)


def fast_network(address: str, *, at: datetime) -> None:
    """Count a network that answers too fast, once a minute: whoever floods us makes one write by it and not thousands."""
    try:
        _fast_networks.admit(address, a_minute=1, at=at)
    except paces.TooOften:
        return
    sign(SignWeek.Sign.FAST_NETWORK, at=at)
