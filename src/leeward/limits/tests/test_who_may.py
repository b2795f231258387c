"""Only who looks after a household now changes its limits: no stranger, no guardian of another family, nobody who left."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import pytest
from django.core import serializers

from leeward.core.models import Membership, Record, User
from leeward.families import codes, guardians, seats
from leeward.families.choices import AgeBand
from leeward.families.models import Household
from leeward.families.tests.conftest import AT
from leeward.limits import asks, services
from leeward.limits.choices import Purpose, Whose, Why
from leeward.limits.models import Ask, FreeDays, HouseRules, Limits, OwnName, Reward, Window

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)
NIGHT = services.WindowDraft((0,), 21 * 60, 7 * 60)
DAY = AT.date()


@dataclass(frozen=True)
class Stage:
    """Everything that a verb may be done to."""

    home: Household
    limits: Limits
    shared: Limits
    own: OwnName
    free: FreeDays
    ask: Ask


type Verb = Callable[[Stage, User], object]

VERBS: dict[str, Verb] = {
    "keep away": lambda on, by: services.set_blocked(on.limits, ["news"], by=by, at=AT),
    "keep away in homework": lambda on, by: services.set_homework_blocked(on.limits, ["news"], by=by, at=AT),
    "make searches safe": lambda on, by: services.set_safe(on.limits, [], by=by, at=AT),
    "set bedtime": lambda on, by: services.set_windows(on.limits, Purpose.BEDTIME, [NIGHT], by=by, at=AT),
    "pause": lambda on, by: services.pause(on.limits, until=AT + HOUR, by=by, at=AT),
    "resume": lambda on, by: services.resume(on.limits, by=by, at=AT),
    "give time": lambda on, by: services.give_time(on.limits, minutes=30, why=Why.READ, by=by, at=AT),
    "take time back": lambda on, by: services.take_time_back(on.limits, by=by, at=AT),
    "allow a name": lambda on, by: services.allow_name(on.limits, "open.example.org", until=None, by=by, at=AT),
    "close a name": lambda on, by: services.close_name(on.limits, "shut.example.org", until=None, by=by, at=AT),
    "drop a name": lambda on, by: services.drop_name(on.own, by=by, at=AT),
    "take a preset": lambda on, by: services.take_preset(on.limits, AgeBand.TEEN, by=by, at=AT),
    "copy": lambda on, by: services.copy_from(on.limits, on.shared, by=by, at=AT),
    "undo": lambda on, by: services.undo(on.limits, by=by, at=AT),
    "set the zone": lambda on, by: services.set_zone(on.home, "Asia/Ulaanbaatar", by=by, at=AT),
    "add free days": lambda on, by: services.add_free_days(on.home, DAY, DAY, by=by, at=AT),
    "drop free days": lambda on, by: services.drop_free_days(on.free, by=by, at=AT),
    "allow what was asked": lambda on, by: asks.allow(on.ask, until=None, by=by, at=AT),
    "refuse what was asked": lambda on, by: asks.refuse(on.ask, by=by, at=AT),
}
# On this stage nothing is paused and no time was given, so these leave everything as it is.
CHANGES = [verb for verb in VERBS if verb not in {"resume", "take time back"}]


def kept() -> str:
    """Return every row of the limits, as text."""
    models = (Limits, Window, OwnName, HouseRules, FreeDays, Reward, Ask, Record)
    rows = [row for model in models for row in model.objects.order_by("pk")]
    return str(serializers.serialize("json", rows))


@pytest.fixture
def stage(home: Household, limits: Limits, shared: Limits, bea: User) -> Stage:
    free = services.add_free_days(home, DAY, DAY, by=bea, at=AT)
    ask = asks.ask_name(limits, "asked.example.org", at=AT)
    own = services.close_name(limits, "own.example.org", until=None, by=bea, at=AT)
    return Stage(home, limits, shared, own, free, ask)


@pytest.mark.parametrize("verb", CHANGES)
def test_a_guardian_of_the_household_may(verb: str, stage: Stage, bea: User) -> None:
    before = kept()

    VERBS[verb](stage, bea)

    assert kept() != before
    assert Record.objects.order_by("pk").last().actor == f"user:{bea.pk}"  # type: ignore[union-attr]  # something was announced


@pytest.mark.parametrize("verb", VERBS)
def test_the_second_guardian_may_as_well(verb: str, stage: Stage, bea: User, ben: User) -> None:
    code = guardians.invite(stage.home, by=bea, at=AT)
    guardians.join(codes.invitation_code(code.uid), by=ben, at=AT)

    VERBS[verb](stage, ben)


@pytest.mark.parametrize("verb", VERBS)
def test_nobody_else_may(verb: str, stage: Stage, eve: User, fay: User, ben: User, cem: User, olga: User) -> None:
    before = kept()

    for person in (eve, fay, ben, cem, olga):
        with pytest.raises((seats.NotYourFamily, seats.NoGuardian)):
            VERBS[verb](stage, person)

    assert kept() == before


@pytest.mark.parametrize("verb", VERBS)
def test_a_guardian_who_left_may_not(verb: str, stage: Stage, bea: User, ben: User) -> None:
    code = guardians.invite(stage.home, by=bea, at=AT)
    guardians.join(codes.invitation_code(code.uid), by=ben, at=AT)
    guardians.leave(stage.home, by=bea, at=AT)

    with pytest.raises(seats.NotYourFamily):
        VERBS[verb](stage, bea)


@pytest.mark.parametrize("verb", VERBS)
def test_a_guardian_whose_role_was_taken_away_may_not(verb: str, stage: Stage, bea: User) -> None:
    Membership.objects.filter(user=bea).delete()

    with pytest.raises(seats.NoGuardian):
        VERBS[verb](stage, User.objects.get(pk=bea.pk))


def test_limits_of_another_family_are_not_copied(limits: Limits, fay: User) -> None:
    theirs = services.of_household(seats.of(fay).household, Whose.LINE, at=AT)  # type: ignore[union-attr]  # she has one

    with pytest.raises(seats.NotYourFamily):
        services.copy_from(theirs, limits, by=fay, at=AT)


def test_facts_hold_ids_and_nothing_else(stage: Stage, bea: User) -> None:
    asks.allow(stage.ask, until=None, by=bea, at=AT)

    facts = list(Record.objects.filter(kind__startswith="limits.").values_list("facts", flat=True))

    assert {name for fact in facts for name in fact} == {"household_uid", "limits_id", "ask_uid"}
    assert "example" not in str(facts)
