"""A child asks, a guardian who has shown to be a grown-up allows a part of it, and it ends: by one press, by time, by age."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from pytest_django import Settings

from leeward.age.levels import Level
from leeward.age.rules import kinds, permits
from leeward.core import config
from leeward.core.models import Organisation, Record, User
from leeward.families import seats
from leeward.families.birthdays import services as birthdays
from leeward.families.birthdays.months import Month
from leeward.families.models import Child, Household
from leeward.families.permission import cards, deciding, links, services
from leeward.families.permission.choices import Months, Scope, State
from leeward.families.permission.models import GuardianLink, Permission
from leeward.families.tests.conftest import AT
from leeward.families.tests.family import WANTED, may, rule, show_adult
from tests.stage.settling import Settle

pytestmark = pytest.mark.django_db


def kinds_told() -> list[str]:
    found = Record.objects.filter(kind__startswith="permission.Permission").order_by("pk")
    return [record.kind.partition("Permission")[2] for record in found]


def test_nothing_is_allowed_before_a_guardian_answered(asked: Permission) -> None:
    assert asked.state == State.ASKED
    assert not permits.scopes(asked.subject, at=AT)


def test_a_guardian_allows_a_part_and_the_gate_lets_through_that_part_only(granted: Permission) -> None:
    assert granted.state == State.GRANTED
    assert permits.scopes(granted.subject, at=AT) == {"account", "post"}
    assert not may(granted, Scope.DISCLOSURE)


def test_a_permission_ends_after_its_months(granted: Permission) -> None:
    assert granted.until == AT.replace(year=2027, month=5)
    assert may(granted, at=AT + timedelta(days=180))
    assert not may(granted, at=granted.until)
    services.run_clock(granted.until)
    granted.refresh_from_db()
    assert granted.state == State.EXPIRED


def test_no_permission_is_longer_than_twelve_months_and_a_short_month_ends_on_its_last_day() -> None:
    assert max(Months) == 12
    at = datetime(2027, 8, 31, tzinfo=UTC)
    assert services._later(at, months=Months.SIX) == datetime(2028, 2, 29, tzinfo=UTC)


def test_one_press_takes_it_back_at_every_gate_at_once_and_can_be_undone(granted: Permission, bea: User) -> None:
    services.revoke(granted, by=bea, at=AT)
    assert not permits.scopes(granted.subject, at=AT)
    with pytest.raises(services.PermissionMoved):
        services.revoke(granted, by=bea, at=AT)

    services.undo(granted, by=bea, at=AT + timedelta(minutes=29))
    assert permits.scopes(granted.subject, at=AT) == {"account", "post"}


def test_after_half_an_hour_it_cannot_be_undone(granted: Permission, bea: User) -> None:
    services.revoke(granted, by=bea, at=AT)

    with pytest.raises(seats.TooLate):
        services.undo(granted, by=bea, at=AT + seats.UNDO_WITHIN)
    assert not may(granted)


def test_a_no_can_be_undone_and_the_question_waits_again(asked: Permission, bea: User) -> None:
    services.refuse(asked, by=bea, at=AT)
    services.undo(asked, by=bea, at=AT)

    asked.refresh_from_db()
    assert (asked.state, asked.answered_by) == (State.ASKED, None)


def test_two_guardians_cannot_both_answer(asked: Permission, bea: User) -> None:
    services.refuse(asked, by=bea, at=AT)

    with pytest.raises(services.PermissionMoved):
        services.grant(asked, [Scope.ACCOUNT], months=Months.SIX, by=bea, at=AT)
    assert not may(asked)


@pytest.mark.parametrize("level", [Level.ASSERTED, Level.BASIC, None])
def test_who_has_not_shown_to_be_a_grown_up_allows_nothing(
    level: Level | None, ana: Child, bea: User, harbour: Organisation
) -> None:
    links.state(ana, by=bea, at=AT)
    if level:
        show_adult(bea, level=level)
    asked = services.ask(ana, services.AskDraft(harbour, WANTED), at=AT)

    with pytest.raises(services.NotShownAdult):
        services.grant(asked, [Scope.ACCOUNT], months=Months.SIX, by=bea, at=AT)
    assert not may(asked)


def test_what_leaves_the_family_needs_a_surer_way(asked: Permission, bea: User) -> None:
    show_adult(bea, level=Level.STANDARD)

    with pytest.raises(services.NotShownAdult):
        services.grant(asked, WANTED, months=Months.SIX, by=bea, at=AT)
    services.grant(asked, [Scope.ACCOUNT], months=Months.SIX, by=bea, at=AT)
    assert may(asked)


@pytest.mark.parametrize("scopes", [[], [Scope.LOCATION], [Scope.ACCOUNT, Scope.DM]])
def test_what_was_not_asked_is_not_allowed(scopes: list[Scope], asked: Permission, bea: User) -> None:
    with pytest.raises(services.NotAsked):
        services.grant(asked, scopes, months=Months.SIX, by=bea, at=AT)


def test_a_guardian_changes_what_was_allowed(granted: Permission, bea: User) -> None:
    services.grant(granted, [Scope.POST], months=Months.ONE, by=bea, at=AT)

    assert permits.scopes(granted.subject, at=AT) == {"post"}


def test_who_did_not_say_that_the_child_is_theirs_allows_nothing(ana: Child, bea: User, harbour: Organisation) -> None:
    show_adult(bea)
    asked = services.ask(ana, services.AskDraft(harbour, WANTED), at=AT)

    with pytest.raises(links.NoLink):
        services.grant(asked, [Scope.ACCOUNT], months=Months.SIX, by=bea, at=AT)


@pytest.mark.parametrize("name", ["eve", "fay", "olga", "cem"])
def test_nobody_outside_the_household_answers_or_takes_back(
    name: str, request: pytest.FixtureRequest, granted: Permission
) -> None:
    person: User = request.getfixturevalue(name)
    show_adult(person)

    for verb in (
        lambda: services.grant(granted, [Scope.POST], months=Months.SIX, by=person, at=AT),
        lambda: services.refuse(granted, by=person, at=AT),
        lambda: services.revoke(granted, by=person, at=AT),
        lambda: services.undo(granted, by=person, at=AT),
        lambda: links.state(granted.child, by=person, at=AT),
        lambda: services.set_country(granted.child.household, "GB", by=person, at=AT),
    ):
        with pytest.raises((seats.NoGuardian, seats.NotYourFamily)):
            verb()
    assert may(granted)


def test_the_child_takes_back_what_it_was_allowed(granted: Permission) -> None:
    services.withdraw(granted, at=AT)

    assert not may(granted)
    granted.refresh_from_db()
    assert granted.state == State.WITHDRAWN


def test_the_same_question_is_asked_once_and_there_is_an_end_to_asking(ana: Child, harbour: Organisation) -> None:
    draft = services.AskDraft(harbour, WANTED)

    assert services.ask(ana, draft, at=AT) == services.ask(ana, draft, at=AT)
    for number in range(services.MOST_WAITING - 1):
        other = Organisation.objects.create(slug=f"o{number}", name="x", kind=Organisation.Kind.PROVIDER)
        services.ask(ana, services.AskDraft(other, WANTED), at=AT)
    last = Organisation.objects.create(slug="last", name="x", kind=Organisation.Kind.PROVIDER)
    with pytest.raises(services.TooManyAsks):
        services.ask(ana, services.AskDraft(last, WANTED), at=AT)


def test_a_question_that_nobody_answers_is_over_after_two_weeks(asked: Permission, bea: User) -> None:
    late = AT + services.ANSWER_WITHIN
    with pytest.raises(services.PermissionMoved):
        services.grant(asked, [Scope.ACCOUNT], months=Months.SIX, by=bea, at=late)
    services.run_clock(late)

    asked.refresh_from_db()
    assert asked.state == State.EXPIRED


def test_both_are_reminded_once_a_month_before_the_end(granted: Permission) -> None:
    assert granted.until is not None
    services.run_clock(granted.until - timedelta(days=31))
    assert "Ends" not in kinds_told()
    for _twice in range(2):
        services.run_clock(granted.until - timedelta(days=29))
    assert kinds_told().count("Ends") == 1


def test_the_proof_says_who_allowed_what_on_which_evidence_and_names_nobody(granted: Permission, bea: User) -> None:
    services.revoke(granted, by=bea, at=AT)

    assert kinds_told() == ["Asked", "Granted", "Revoked"]
    facts = Record.objects.get(kind="permission.PermissionGranted").facts
    assert facts["scopes"] == ["account", "post"]
    assert (facts["relation"], facts["adult_level"], facts["notice"]) == ("stated", 4, services.NOTICE)
    told = json.dumps([record.facts for record in Record.objects.all()])
    assert "Ana" not in told
    assert "ticket-1" not in told
    assert [proof.kind for proof in cards.proofs(granted)] == ["Asked", "Granted", "Revoked"]


# --- Who decides -----------------------------------------------------------------------------------


@pytest.fixture
def in_denmark(settings: Settings, olga: User, home: Household, bea: User) -> None:
    """The service and the family are in Denmark, where the operator stands for 13."""
    current: config.Config = settings.LEEWARD
    settings.LEEWARD = replace(current, age=replace(current.age, country="DK"))
    rule("DK", 13, by=olga)
    services.set_country(home, "DK", by=bea, at=AT)


TWELVE, FOURTEEN = Month(2013, 12), Month(2012, 5)


@pytest.mark.usefixtures("in_denmark")
def test_a_child_that_is_old_enough_decides_alone(ana: Child, bea: User, harbour: Organisation) -> None:
    birthdays.say(ana, FOURTEEN, by=bea, at=AT)

    own = services.ask(ana, services.AskDraft(harbour, [Scope.ACCOUNT]), at=AT)

    assert own.is_alone
    assert may(own)


@pytest.mark.usefixtures("in_denmark")
def test_when_the_law_asks_for_more_what_a_child_decided_alone_is_over(
    ana: Child, bea: User, harbour: Organisation, olga: User
) -> None:
    birthdays.say(ana, FOURTEEN, by=bea, at=AT)
    own = services.ask(ana, services.AskDraft(harbour, [Scope.ACCOUNT]), at=AT)
    rule("DK", 15, by=olga)

    services.look_at_all(AT)

    assert not may(own)
    assert services.ask(ana, services.AskDraft(harbour, [Scope.ACCOUNT]), at=AT).state == State.ASKED


@pytest.mark.usefixtures("in_denmark")
def test_a_move_to_a_stricter_country_is_followed(
    ana: Child, bea: User, harbour: Organisation, olga: User, home: Household
) -> None:
    rule("DE", 16, by=olga)
    birthdays.say(ana, FOURTEEN, by=bea, at=AT)
    own = services.ask(ana, services.AskDraft(harbour, [Scope.ACCOUNT]), at=AT)

    services.set_country(home, "DE", by=bea, at=AT)

    assert not may(own)


@pytest.mark.usefixtures("in_denmark")
def test_where_a_law_leaves_nothing_to_decide_nobody_can_allow_it(
    ana: Child, harbour: Organisation, olga: User
) -> None:
    rule("DK", 13, by=olga, kind=kinds.Kind.ACCOUNT)

    with pytest.raises(deciding.TooYoung):
        services.ask(ana, services.AskDraft(harbour, [Scope.ACCOUNT]), at=AT)


@pytest.mark.usefixtures("in_denmark")
def test_at_the_age_of_consent_the_parents_yes_lapses_and_the_child_decides_anew(
    asked: Permission, ana: Child, bea: User, settle: Settle
) -> None:
    birthdays.say(ana, TWELVE, by=bea, at=AT)
    services.grant(asked, [Scope.ACCOUNT], months=Months.SIX, by=bea, at=AT)
    assert may(asked)

    birthdays.move_on(datetime(2027, 1, 1, 12, tzinfo=UTC))
    ana.refresh_from_db()
    services.look_again(ana, at=datetime(2027, 1, 1, 12, tzinfo=UTC))

    asked.refresh_from_db()
    assert asked.state == State.LAPSED
    assert not may(asked)


def test_at_18_guardians_decide_nothing_any_more_and_links_are_forgotten(
    asked: Permission, ana: Child, bea: User
) -> None:
    birthdays.say(ana, Month(2008, 12), by=bea, at=AT)
    services.grant(asked, [Scope.ACCOUNT], months=Months.SIX, by=bea, at=AT)
    grown = datetime(2027, 1, 1, 12, tzinfo=UTC)
    birthdays.move_on(grown)
    ana.refresh_from_db()

    services.look_again(ana, at=grown)

    assert not may(asked)
    assert not GuardianLink.objects.exists()
