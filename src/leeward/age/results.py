"""Facts of people with an account: over or under 13, 15, 16 and 18, how sure, and until when."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction

from leeward.age.levels import THRESHOLDS, Kind, Level, says
from leeward.age.methods.protocol import Method, Outcome
from leeward.age.models import AgeFact
from leeward.core.models import User

# A fact «over» stays true; it is shown anew once a year, because accounts change hands.
KEPT = timedelta(days=365)


@dataclass(frozen=True)
class Standing:
    """What is known: over that age or not, and how sure; both None where nothing is."""

    is_over: bool | None
    level: Level | None


NOTHING = Standing(None, None)


def standing(
    user: User, *, over: int, at: datetime, kinds: Collection[Kind] = tuple(Kind), since: date = date.min
) -> Standing:
    """Return what is known of a person and an age in years; over 18 is over 16, and not over 15 is not over 16.

    Of several facts that say it the surest counts. Where two contradict each other nothing is known. Facts of other `kinds`,
    and those of a month that began before `since`, are left aside.
    """
    facts = list(AgeFact.objects.filter(user=user, expires_at__gt=at, kind__in=kinds, month__gte=since))
    fits = [fact for fact in facts if says(fact.threshold, fact.is_over, about=over)]
    if not fits or len({fact.is_over for fact in fits}) > 1:
        return NOTHING
    return Standing(fits[0].is_over, Level(max(fact.level for fact in fits)))


@transaction.atomic
def keep(user: User, *, outcome: Outcome, method: Method, at: datetime) -> None:
    """Keep what was shown of a person; a fact that is surer and still good is not replaced by one that is less so."""
    level = min(outcome.level, method.top_level)
    for threshold in THRESHOLDS:
        is_over = outcome.over.get(threshold)
        if is_over is None:
            continue
        surer = AgeFact.objects.filter(user=user, threshold=threshold, level__gt=level, expires_at__gt=at)
        if surer.exists():
            continue
        values = {
            "is_over": is_over,
            "level": level,
            "kind": method.kind,
            "method": method.id,
            "month": at.date().replace(day=1),
            "expires_at": at + KEPT,
        }
        AgeFact.objects.update_or_create(user=user, threshold=threshold, defaults=values)


@transaction.atomic
def forget(user: User) -> None:
    """Forget every fact of a person."""
    AgeFact.objects.filter(user=user).delete()
