from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, timezone
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from hypothesis import assume, given
from hypothesis import strategies as st

from leeward.core import chain, sequencer
from leeward.core.models import Chain, Record
from leeward.core.tests import lamps
from leeward.core.tests.lamps import AT

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
FACTS = st.dictionaries(st.text(max_size=5), JSON, max_size=3)
TIMES = st.datetimes(min_value=datetime(2020, 1, 1), max_value=datetime(2040, 1, 1), timezones=st.just(UTC))
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "kind": st.text(min_size=1, max_size=10),
    "facts": FACTS,
    "actor": st.text(min_size=1, max_size=10),
    "at": TIMES,
    "span": st.integers(min_value=1, max_value=50),
    "position": st.integers(min_value=1, max_value=100),
    "stamped_at": TIMES,
    "chain": st.binary(min_size=32, max_size=32),
}


def stamped(records: Sequence[Record]) -> Chain:
    """Stamp records in memory as the sequencer does, and return the head."""
    head = Chain(position=0, stamped_at=AT, chain=chain.ORIGIN)
    for record in records:
        record.position, record.stamped_at = head.position + 1, AT + timedelta(microseconds=head.position)
        record.chain = head.chain = chain.link(bytes(head.chain), record)
        head.position += record.span
    return head


@st.composite
def histories(draw: st.DrawFn) -> list[Record]:
    count = draw(st.integers(min_value=1, max_value=5))
    return [
        Record(
            kind=draw(VALUES["kind"]),
            facts=draw(FACTS),
            actor=draw(VALUES["actor"]),
            at=draw(TIMES),
            span=draw(st.integers(min_value=1, max_value=5)),
        )
        for _ in range(count)
    ]


@given(histories())
def test_a_whole_chain_has_no_flaw(records: list[Record]) -> None:
    head = stamped(records)

    assert list(chain.flaws(records, head=head)) == []


@given(histories(), st.sampled_from(sorted(VALUES)), st.data())
def test_any_change_of_any_field_is_found(records: list[Record], field: str, data: st.DataObject) -> None:
    head = stamped(records)
    victim = data.draw(st.sampled_from(records))
    before, after = getattr(victim, field), data.draw(VALUES[field])
    # To Python, true is 1; to the chain they are two things.
    assume(json.dumps(before, default=str, sort_keys=True) != json.dumps(after, default=str, sort_keys=True))
    expected_at = victim.position

    setattr(victim, field, after)

    records.sort(key=lambda record: record.position or 0)
    found = list(chain.flaws(records, head=head))
    assert found
    if field != "position":
        assert found[0].position == expected_at


@given(histories(), st.data())
def test_any_removed_record_is_found(records: list[Record], data: st.DataObject) -> None:
    head = stamped(records)
    victim = data.draw(st.sampled_from(records))

    found = list(chain.flaws([record for record in records if record is not victim], head=head))

    assert found[0].position == victim.position


def test_half_a_character_does_not_stop_the_chain() -> None:
    record = Record(kind="tests.LampLit", facts={"lamp": "\ud800"}, actor="system", at=AT)

    assert len(chain.link(chain.ORIGIN, record)) == 32


def test_the_same_record_has_another_digest_after_another_past() -> None:
    record = Record(kind="tests.LampLit", facts={}, actor="system", at=AT, position=1, stamped_at=AT)

    assert chain.link(chain.ORIGIN, record) != chain.link(b"\0" * 32, record)


def test_a_time_means_the_same_in_every_zone() -> None:
    elsewhere = timezone(timedelta(hours=8))
    here, there = Record(facts={}, at=AT), Record(facts={}, at=AT.astimezone(elsewhere))

    assert chain.link(chain.ORIGIN, here) == chain.link(chain.ORIGIN, there)


# From here on: as the operator finds it, in the database.


@pytest.fixture
def five(db: None) -> None:
    for lamp in ("one", "two", "three", "four", "five"):
        lamps.light(lamp)
    sequencer.stamp(at=AT)


def found_in_database() -> list[tuple[int, str]]:
    records = Record.objects.exclude(position=None).order_by("position")
    return [(flaw.position, flaw.words) for flaw in chain.flaws(records, head=Chain.objects.first())]


def verify() -> str:
    out = StringIO()
    call_command("audit", "verify", stdout=out)
    return out.getvalue()


@pytest.mark.usefixtures("five")
def test_the_audit_of_a_whole_chain_says_how_far_it_reaches() -> None:
    assert verify() == "The chain is whole up to position 5.\n"


@pytest.mark.usefixtures("five")
def test_a_changed_record_is_named_and_only_that() -> None:
    Record.objects.filter(position=3).update(facts={"lamp": "tree"})

    [(position, words)] = found_in_database()
    assert position == 3
    assert "position 3 (tests.LampLit) was changed" in words


@pytest.mark.usefixtures("five")
def test_a_removed_record_is_named() -> None:
    Record.objects.filter(position=3).delete()

    [(position, words)] = found_in_database()
    assert position == 3
    assert "position 3 is missing" in words


@pytest.mark.usefixtures("five")
def test_two_records_that_changed_places_are_both_named() -> None:
    for before, after in ((2, 99), (4, 2), (99, 4)):
        Record.objects.filter(position=before).update(position=after)

    assert {2, 4} <= {position for position, _ in found_in_database()}


@pytest.mark.usefixtures("five")
def test_a_record_that_overlaps_another_is_named() -> None:
    Record.objects.filter(position=2).update(span=2)

    found = found_in_database()
    assert [position for position, _ in found] == [2, 3]
    assert "overlaps" in found[1][1]


@pytest.mark.usefixtures("five")
def test_a_tail_that_was_cut_is_named() -> None:
    Record.objects.filter(position__gte=4).delete()

    [(position, words)] = found_in_database()
    assert position == 4
    assert "should end at position 5 and ends at 3" in words


@pytest.mark.usefixtures("five")
def test_a_tail_that_was_cut_together_with_the_head_is_named() -> None:
    Record.objects.filter(position__gte=4).delete()
    Chain.objects.all().delete()

    [(position, _)] = found_in_database()
    assert position == 4


@pytest.mark.usefixtures("five")
def test_a_head_with_another_digest_is_named() -> None:
    Chain.objects.update(chain=b"\0" * 32)

    assert [position for position, _ in found_in_database()] == [5]


@pytest.mark.usefixtures("five")
def test_records_that_wait_for_their_position_are_no_flaw() -> None:
    lamps.light("six")

    assert "whole up to position 5" in verify()


@pytest.mark.usefixtures("five")
def test_the_audit_fails_where_the_chain_has_a_flaw() -> None:
    Record.objects.filter(position=2).update(actor="user:1")

    with pytest.raises(CommandError, match="1 flaws") as failed:
        verify()
    assert failed.value.returncode != 0


@pytest.mark.django_db
def test_the_audit_of_an_empty_chain_is_no_failure() -> None:
    assert verify() == "The chain is whole up to position 0.\n"
