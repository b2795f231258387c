"""Readiness says whether a change of a host name waits for the table."""

from __future__ import annotations

from datetime import timedelta

import pytest

from leeward.filtering import compiler, probes
from leeward.filtering.tests.signs import AT, published

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
