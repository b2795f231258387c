"""Every stamped change has a place of its own; what is not stamped yet cannot be seen."""

from __future__ import annotations

import pytest
from django.db import transaction

from leeward.core import facts, sequencer
from leeward.indicators import services as indicators
from leeward.indicators.models import Kind
from leeward.indicators.tests.made_up import AT, SomethingElse, domain, sha256

pytestmark = pytest.mark.django_db


def publish(*signs: indicators.Sign, source: str) -> None:
    indicators.publish(signs, source=source, actor="user:1", at=AT)


def test_positions_have_no_gaps_over_all_kinds_and_sources() -> None:
    publish(sha256(1), domain(1), sha256(2), source="import:a")
    publish(domain(2), source="import:b")
    indicators.revoke(source="import:a", actor="user:1", at=AT)

    sequencer.stamp(at=AT)

    changes = indicators.since(0)
    assert [change.position for change in changes] == list(range(1, 8))
    assert [change.op for change in changes] == ["publish"] * 4 + ["revoke"] * 3
    assert indicators.head() == 7


def test_every_position_has_a_time_of_its_own_that_grows() -> None:
    publish(*(sha256(number) for number in range(50)), source="import:a")
    publish(domain(1), source="import:b")

    sequencer.stamp(at=AT)

    times = [change.added_at for change in indicators.since(0)]
    assert len(times) == 51
    assert times == sorted(set(times))


def test_a_change_that_is_not_stamped_is_not_seen() -> None:
    publish(sha256(1), source="import:a")
    sequencer.stamp(at=AT)
    publish(sha256(2), source="import:b")

    before = indicators.since(0)
    sequencer.stamp(at=AT)
    after = indicators.since(before[-1].position)

    assert [change.position for change in before] == [1]
    assert [change.position for change in after] == [2]


def test_a_follower_of_one_kind_is_given_that_kind_only() -> None:
    publish(sha256(1), domain(1), sha256(2), domain(2), source="import:a")
    sequencer.stamp(at=AT)

    changes = indicators.since(0, kinds=[Kind.DOMAIN])

    assert [(change.position, change.indicator.value) for change in changes] == [
        (2, "bad-1.example"),
        (4, "bad-2.example"),
    ]


def test_a_page_may_end_and_begin_in_the_middle_of_a_bulk_import() -> None:
    with transaction.atomic():
        facts.announce(SomethingElse(1), actor="system", at=AT, span=3)
    publish(*(sha256(number) for number in range(10)), source="import:a")
    publish(domain(1), source="import:b")
    sequencer.stamp(at=AT)

    first = indicators.since(0, most=4)
    second = indicators.since(first[-1].position, most=4)
    third = indicators.since(second[-1].position, most=4)

    assert [[change.position for change in page] for page in (first, second, third)] == [
        [4, 5, 6, 7],
        [8, 9, 10, 11],
        [12, 13, 14],
    ]


def test_there_is_nothing_before_the_first_change_and_after_the_last() -> None:
    assert indicators.head() == 0
    assert indicators.since(0) == []

    publish(sha256(1), source="import:a")
    sequencer.stamp(at=AT)

    assert indicators.since(1) == []
    assert indicators.since(10**12) == []
