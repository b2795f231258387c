"""The last step is undone with one press, whatever it was, for half an hour and once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection

from leeward.core.models import User
from leeward.families import seats
from leeward.families.choices import AgeBand
from leeward.families.tests.conftest import AT
from leeward.limits import asks, profiles, services
from leeward.limits.choices import Purpose, Whose, Why
from leeward.limits.models import Limits, OwnName, Reward

pytestmark = pytest.mark.django_db

MINUTE = timedelta(minutes=1)
NOW = AT + MINUTE
NIGHT = services.WindowDraft((0,), 21 * 60, 7 * 60)
LATER = services.WindowDraft((0, 1), 22 * 60, 7 * 60)

type Step = Callable[[Limits, OwnName, User], object]

STEPS: dict[str, Step] = {
    "keep away": lambda limits, own, by: services.set_blocked(limits, [], by=by, at=NOW),
    "keep away in homework": lambda limits, own, by: services.set_homework_blocked(limits, [], by=by, at=NOW),
    "make searches safe": lambda limits, own, by: services.set_safe(limits, [], by=by, at=NOW),
    "set bedtime": lambda limits, own, by: services.set_windows(limits, Purpose.BEDTIME, [LATER], by=by, at=NOW),
    "set no bedtime": lambda limits, own, by: services.set_windows(limits, Purpose.BEDTIME, [], by=by, at=NOW),
    "pause longer": lambda limits, own, by: services.pause(limits, until=NOW + 90 * MINUTE, by=by, at=NOW),
    "resume": lambda limits, own, by: services.resume(limits, by=by, at=NOW),
    "give time": lambda limits, own, by: services.give_time(limits, minutes=60, why=Why.SPORT, by=by, at=NOW),
    "take time back": lambda limits, own, by: services.take_time_back(limits, by=by, at=NOW),
    "close a name": lambda limits, own, by: services.close_name(limits, "new.example.org", until=None, by=by, at=NOW),
    "turn a name": lambda limits, own, by: services.close_name(limits, own.name, until=None, by=by, at=NOW),
    "drop a name": lambda limits, own, by: services.drop_name(own, by=by, at=NOW),
    "take a preset": lambda limits, own, by: services.take_preset(limits, AgeBand.SMALL, by=by, at=NOW),
    "copy": lambda limits, own, by: services.copy_from(limits, _shared(limits), by=by, at=NOW),
    "allow what was asked": lambda limits, own, by: asks.allow(
        asks.ask_name(limits, "asked.example.org", at=NOW), until=None, by=by, at=NOW
    ),
}


def _shared(limits: Limits) -> Limits:
    return services.of_household(limits.household, Whose.SHARED, at=AT)


@pytest.fixture
def own(limits: Limits, bea: User) -> OwnName:
    """A name that Ana may open, in limits that have one of everything."""
    services.set_windows(limits, Purpose.BEDTIME, [NIGHT], by=bea, at=AT)
    services.pause(limits, until=AT + 60 * MINUTE, by=bea, at=AT)
    services.give_time(limits, minutes=30, why=Why.READ, by=bea, at=AT)
    return services.allow_name(limits, "own.example.org", until=None, by=bea, at=AT)


@pytest.mark.parametrize("step", STEPS)
def test_each_step_is_undone_whole(step: str, limits: Limits, own: OwnName, bea: User) -> None:
    before, rewards = profiles.profile(limits, at=NOW), Reward.objects.count()
    STEPS[step](limits, own, bea)
    assert profiles.profile(limits, at=NOW) != before

    services.undo(limits, by=bea, at=NOW + MINUTE)

    assert profiles.profile(limits, at=NOW) == before
    assert Reward.objects.count() == rewards
    assert limits.own_names.get().uid == own.uid


def test_nothing_is_undone_twice(limits: Limits, own: OwnName, bea: User) -> None:
    services.undo(limits, by=bea, at=NOW)

    limits.refresh_from_db()
    assert not services.can_undo(limits, at=NOW)
    with pytest.raises(seats.TooLate):
        services.undo(limits, by=bea, at=NOW)


def test_after_half_an_hour_nothing_is_undone(limits: Limits, own: OwnName, bea: User) -> None:
    late = AT + seats.UNDO_WITHIN
    limits.refresh_from_db()
    assert services.can_undo(limits, at=late - MINUTE)
    assert not services.can_undo(limits, at=late)

    with pytest.raises(seats.TooLate):
        services.undo(limits, by=bea, at=late)
    assert limits.own_names.exists()


def test_what_nobody_changed_cannot_be_undone(limits: Limits, bea: User) -> None:
    with pytest.raises(seats.TooLate):
        services.undo(limits, by=bea, at=AT)


def test_an_undone_name_can_be_dropped_by_the_address_of_before(limits: Limits, own: OwnName, bea: User) -> None:
    services.drop_name(own, by=bea, at=NOW)
    services.undo(limits, by=bea, at=NOW)

    services.drop_name(OwnName.objects.get(uid=own.uid), by=bea, at=NOW)

    assert not limits.own_names.exists()


def test_the_state_before_is_sealed(limits: Limits, own: OwnName, bea: User) -> None:
    services.drop_name(own, by=bea, at=NOW)

    with connection.cursor() as cursor:
        cursor.execute("SELECT before FROM limits_limits WHERE id = %s", [limits.pk])
        (stored,) = cursor.fetchone()
    assert stored
    assert "own.example" not in stored
