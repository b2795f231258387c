"""A follower reads what was announced by position: only what is stamped, only its kinds, each once and in order."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.db import transaction

from leeward.core import facts, following, sequencer
from leeward.core.tests.lamps import LampLit

pytestmark = pytest.mark.django_db
AT = datetime(2026, 11, 22, 9, tzinfo=UTC)
LIT = facts.kind_of(LampLit)


def lit(*lamps: str, span: int = 1) -> None:
    for lamp in lamps:
        with transaction.atomic():
            facts.announce(LampLit(lamp), actor="system", at=AT, span=span)
    sequencer.stamp(at=AT)


def lamps(position: int, *, most: int = 10, kinds: tuple[str, ...] = (LIT,)) -> list[str]:
    return [record.facts["lamp"] for record in following.since(position, kinds=kinds, most=most)]


def test_before_anything_was_stamped_there_is_nothing_to_follow() -> None:
    assert following.head() == 0
    assert lamps(0) == []


def test_what_was_stamped_comes_in_order_and_only_after_a_position() -> None:
    lit("7", "8", "9")

    assert following.head() == 3
    assert lamps(0) == ["7", "8", "9"]
    assert lamps(1, most=1) == ["8"]
    assert lamps(3) == []


def test_what_is_not_stamped_yet_is_not_read_yet() -> None:
    with transaction.atomic():
        facts.announce(LampLit("7"), actor="system", at=AT)

    assert lamps(0) == []


def test_other_kinds_are_passed_over() -> None:
    lit("7")

    assert lamps(0, kinds=("core.SomethingElse",)) == []


def test_a_fact_of_many_positions_is_read_once() -> None:
    lit("7", span=5)
    lit("8")
    [first, second] = following.since(0, kinds=[LIT])

    assert (first.last_position, second.position) == (5, 6)
    assert lamps(first.last_position or 0) == ["8"]
