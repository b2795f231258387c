"""What the work costs the people who do it: how long each looked at evidence, and the breaks that come by themselves.

Blur, grey and silence are offered as well, but the studies disagree on whether they protect anybody; time away from it
does not depend on them. INHOPE advises at most four hours of reviewing a day, which is the default of the day's time.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from leeward.cases.models import Exposure
from leeward.core import config
from leeward.core.models import User

_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Load:
    """How much one person looked at on one day; `break_until` None where no break runs."""

    person: User
    minutes: int
    views: int
    percent: int
    break_until: datetime | None


@transaction.atomic
def seen(person: User, *, seconds: int, at: datetime) -> None:
    """Add one look of so many seconds that ended at `at`; where it was one too many, a break begins now."""
    day_date = timezone.localdate(at)
    Exposure.objects.get_or_create(person=person, day_date=day_date, defaults=_carried(person, day_date))
    # The lock: two windows of one person must not both read the same sum.
    today = Exposure.objects.select_for_update().get(person=person, day_date=day_date)
    is_rested = today.last_at is not None and at - timedelta(seconds=seconds) - today.last_at >= _pause()
    today.seconds += seconds
    today.views += 1
    today.seconds_in_a_row = seconds + (0 if is_rested else today.seconds_in_a_row)
    today.last_at = at
    _begin_break(today, at=at)
    today.save()


def _carried(person: User, day_date: date) -> dict[str, object]:
    """Return what a new day begins with: midnight is no break."""
    before = Exposure.objects.filter(person=person, day_date=day_date - _DAY).first()
    return {"seconds_in_a_row": before.seconds_in_a_row, "last_at": before.last_at} if before else {}


def _begin_break(today: Exposure, *, at: datetime) -> None:
    desk = config.current().desk
    if today.seconds >= desk.exposure_minutes * 60:
        midnight = datetime.combine(today.day_date + _DAY, time.min)
        today.break_until, today.seconds_in_a_row = timezone.make_aware(midnight), 0
    elif desk.exposure_break_after_minutes and today.seconds_in_a_row >= desk.exposure_break_after_minutes * 60:
        today.break_until, today.seconds_in_a_row = at + _pause(), 0


def _pause() -> timedelta:
    return timedelta(minutes=config.current().desk.exposure_break_minutes)


class OnBreak(Exception):
    """The person has a break until `until`: a colleague can go on, or the person does afterwards."""

    def __init__(self, until: datetime) -> None:
        super().__init__("on a break")
        self.until = until


def on_break(person: User, *, at: datetime) -> datetime | None:
    """Return when the break of a person ends, or None where none runs. Ask before evidence is shown or a case is given."""
    breaks = Exposure.objects.filter(person=person, day_date__gte=timezone.localdate(at) - _DAY, break_until__gt=at)
    until: datetime | None = breaks.aggregate(until=Max("break_until"))["until"]
    return until


def loads(*, at: datetime) -> list[Load]:
    """Return what each person looked at today, the most first: numbers only, for the supervisor."""
    budget_s = config.current().desk.exposure_minutes * 60
    rows = Exposure.objects.filter(day_date=timezone.localdate(at)).select_related("person").order_by("-seconds", "pk")
    return [
        Load(
            person=row.person,
            minutes=row.seconds // 60,
            views=row.views,
            percent=min(100, 100 * row.seconds // budget_s) if budget_s else 100,
            break_until=row.break_until if row.break_until and row.break_until > at else None,
        )
        for row in rows
    ]
