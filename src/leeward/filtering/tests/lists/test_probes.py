"""Readiness tells of lists that do not come any more."""

from __future__ import annotations

from datetime import timedelta

import pytest

from leeward.filtering.lists import probes
from leeward.filtering.lists.models import ListSource
from leeward.filtering.tests.home import list_in_force
from leeward.filtering.tests.signs import AT

pytestmark = pytest.mark.django_db


@pytest.fixture
def source() -> ListSource:
    """A list that came just now and is asked for every day."""
    source = list_in_force("pastime", "games.example")
    ListSource.objects.filter(pk=source.pk).update(fetched_at=AT, every_hours=24)
    return source


def test_without_lists_all_is_well() -> None:
    assert probes.lists_are_fresh(AT).is_well


@pytest.mark.parametrize(("days", "is_well"), [(0, True), (3, True), (4, False)])
@pytest.mark.usefixtures("source")
def test_a_list_may_miss_a_weekend_and_not_longer(days: int, is_well: bool) -> None:
    assert probes.lists_are_fresh(AT + timedelta(days=days)).is_well == is_well


@pytest.mark.parametrize(("error", "is_well"), [("", True), ("no_such_host", False)])
def test_a_list_that_never_came_is_told_of_once_it_was_tried(error: str, is_well: bool, source: ListSource) -> None:
    ListSource.objects.filter(pk=source.pk).update(fetched_at=None, error=error)

    assert probes.lists_are_fresh(AT).is_well == is_well


def test_a_list_that_is_off_is_missed_by_nobody(source: ListSource) -> None:
    ListSource.objects.filter(pk=source.pk).update(state=ListSource.State.OFF)

    assert probes.lists_are_fresh(AT + timedelta(days=99)).is_well


def test_a_list_that_waits_for_a_person_is_named_and_no_fault(source: ListSource) -> None:
    ListSource.objects.filter(pk=source.pk).update(state=ListSource.State.QUARANTINED, waiting="a-file")

    finding = probes.lists_are_fresh(AT)

    assert finding.is_well
    assert "/lists/" in finding.words
