"""What the clock does with sessions: take the silent ones for over, and forget what is over."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from leeward.core import config
from leeward.filtering.subscribers.models import Held, Session, Subscriber

# Longer than any packet waits to be sent again, and no longer: who had which address is nobody's business afterwards.
KEPT: Final = timedelta(days=1)
_AT_ONCE: Final = 5000
IS_OVER: Final = Q(alive_at=None) | Q(stopped_at__gte=F("alive_at")) | Q(silent_at__isnull=False)
_BY_IMPORT: Final = Q(kind=Session.Kind.IMPORT)


def end_silent(at: datetime) -> None:
    """Take sessions of which nothing was heard for too long for over, where the setting says how long that is."""
    hours = config.current().lines.line_silent_hours
    if hours:
        silent = Session.objects.filter(alive_at__lt=at - timedelta(hours=hours)).exclude(IS_OVER | _BY_IMPORT)
        silent.update(silent_at=at, moved_at=at)


def forget(at: datetime) -> None:
    """Erase who had an address before, a day later. Nobody has any address because of it who had not before."""
    before = at - KEPT
    _erase_replaced(before)
    _erase_over(before)
    empty = Session.objects.filter(held=None, moved_at__lt=before).filter(Q(alive_at=None) | Q(alive_at__lt=before))
    empty.exclude(_BY_IMPORT).delete()
    Subscriber.objects.filter(sessions=None, household=None, made_at__lt=before).delete()


def _erase_replaced(before: datetime) -> None:
    """Erase addresses that a later session has, so that its end cannot bring back an older one whose end was lost."""
    later = Held.objects.filter(
        place=OuterRef("place"),
        first=OuterRef("first"),
        span__gte=OuterRef("span"),
        session__begun_at__gt=OuterRef("session__begun_at"),
    )
    replaced = Held.objects.filter(Exists(later), session__moved_at__lt=before)
    _erase(replaced.exclude(session__kind=Session.Kind.IMPORT))


def _erase_over(before: datetime) -> None:
    """Erase sessions that are over, but those at whose place another one is open, which they may keep from coming back."""
    is_open = Held.objects.filter(place=OuterRef("place")).exclude(session=OuterRef("session"))
    keeping = Held.objects.filter(
        Exists(is_open.exclude(session__in=Session.objects.filter(IS_OVER))), session=OuterRef("pk")
    )
    over = Session.objects.filter(IS_OVER, moved_at__lt=before).exclude(Exists(keeping))
    _erase(over)


def _erase(found: QuerySet[Held] | QuerySet[Session]) -> None:
    """Erase some thousand rows at a time, so that nobody waits long for the database."""
    while keys := list(found.values_list("pk", flat=True)[:_AT_ONCE]):
        found.model._default_manager.filter(pk__in=keys).delete()
