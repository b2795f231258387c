"""Readiness says whether a change of a host name waits for the table."""

from __future__ import annotations

import dataclasses
from datetime import timedelta

import pytest
from django.db import transaction

from leeward.core import facts
from leeward.core.models import User
from leeward.filtering import compiler, events, probes
from leeward.filtering.family import state as family_state
from leeward.filtering.family.plane import Plane
from leeward.filtering.tests.home import Home, list_in_force, made, stamped
from leeward.filtering.tests.signs import AT, published
from leeward.limits import services as limits

pytestmark = pytest.mark.django_db
LATER = AT + timedelta(seconds=3)


def test_without_a_table_nothing_can_be_promised() -> None:
    finding = probes.table_follows(AT)

    assert not finding.is_well
    assert "leeward policy" in finding.words


def test_a_table_that_follows_is_well(compiling: compiler.Compiler) -> None:
    published("bad.example")
    compiling.catch_up()

    assert probes.table_follows(LATER).is_well


def test_a_change_may_wait_for_two_seconds_and_not_longer(compiling: compiler.Compiler) -> None:
    published("bad.example")

    assert probes.table_follows(AT + timedelta(seconds=1)).is_well
    assert not probes.table_follows(LATER).is_well


@pytest.fixture
def home(bea: User) -> Home:
    """Bea's family, whose tables were written and are followed by nobody."""
    home = made(bea)
    stamped()
    Plane.open(family_state.folder(), at=AT).close(at=AT)
    return home


def test_tables_that_follow_the_families_are_well(home: Home) -> None:
    assert probes.family_follows(LATER).is_well


def test_a_family_without_tables_is_told_of(bea: User) -> None:
    made(bea)

    finding = probes.family_follows(AT)

    assert not finding.is_well
    assert "leeward policy" in finding.words


def test_a_pause_may_wait_for_two_seconds_and_not_longer(home: Home) -> None:
    limits.pause(home.limits, until=AT + timedelta(hours=1), by=home.bea, at=AT)
    stamped()

    assert probes.family_follows(AT + timedelta(seconds=1)).is_well
    assert not probes.family_follows(LATER).is_well


def test_names_of_a_list_may_wait_for_minutes_and_one_whose_file_is_lost_is_told_of(home: Home) -> None:
    source = list_in_force("luck", "bet.example")
    with transaction.atomic():
        facts.announce(events.ListChanged(source.pk, 1), actor="system", at=AT)
    stamped()
    state = family_state.read(family_state.folder())
    assert state is not None
    family_state.write(family_state.folder(), dataclasses.replace(state, position=state.position + 1))
    source.last_good = "luck-on-another-host"
    source.save()

    assert probes.family_follows(AT + timedelta(minutes=4)).is_well
    words = probes.family_follows(AT + timedelta(minutes=6)).words
    assert "1 files of lists are not on this machine" in words


def test_bedtimes_that_run_out_within_two_days_are_told_of(home: Home) -> None:
    state = family_state.read(family_state.folder())
    assert state is not None
    soon = int((AT + timedelta(days=2, hours=1)).timestamp())
    family_state.write(family_state.folder(), dataclasses.replace(state, baked_until_s=soon))

    assert probes.family_follows(AT).is_well
    assert not probes.family_follows(AT + timedelta(hours=2)).is_well
