"""Publishing brings signs into force once for each source, under one record."""

from __future__ import annotations

import dataclasses
import uuid
from datetime import datetime, timedelta

import pytest
from django.db import IntegrityError, transaction

from leeward.core.models import Record
from leeward.indicators import services as indicators
from leeward.indicators.models import Category, Change, Indicator, Kind, Tlp
from leeward.indicators.tests.made_up import AT, domain, sha256

pytestmark = pytest.mark.django_db


def publish(*signs: indicators.Sign, source: str = "decision:1") -> list[Indicator]:
    return indicators.publish(signs, source=source, actor="user:1", at=AT)


def test_a_published_sign_is_in_force_with_everything_that_its_source_said() -> None:
    view = {"jurisdiction": "any", "status": "illegal", "basis": "Terms 4.2"}
    sign = indicators.Sign(
        Kind.DOMAIN,
        "bad.example",
        Category.SEXTORTION,
        severity=1,
        confidence=95,
        reviews=2,
        tlp=Tlp.GREEN,
        legality=[view],
        valid_until=AT + timedelta(days=30),
    )

    [row] = publish(sign)

    row.refresh_from_db()
    assert (row.kind, row.value, row.category, row.tlp) == (Kind.DOMAIN, "bad.example", Category.SEXTORTION, Tlp.GREEN)
    assert (row.severity, row.confidence, row.reviews, row.legality) == (1, 95, 2, [view])
    assert (row.state, row.source, row.valid_from) == (Indicator.State.ACTIVE, "decision:1", AT)
    assert row.valid_until == AT + timedelta(days=30)


def test_publishing_again_changes_and_announces_nothing() -> None:
    publish(sha256(1), domain(1))

    again = publish(sha256(1), domain(1))

    assert again == []
    assert Indicator.objects.count() == Change.objects.count() == 2
    assert Record.objects.count() == 1


def test_publishing_again_with_one_more_adds_the_one() -> None:
    publish(sha256(1))

    added = publish(sha256(1), sha256(2))

    assert [row.value for row in added] == [sha256(2).value]
    assert list(Record.objects.order_by("pk").values_list("span", flat=True)) == [1, 1]


def test_two_sources_each_have_a_sign_of_their_own() -> None:
    publish(domain(1), source="decision:1")

    publish(domain(1), source="decision:2")

    assert Indicator.objects.filter(value="bad-1.example", state=Indicator.State.ACTIVE).count() == 2


def test_the_same_value_twice_in_one_call_is_one_sign() -> None:
    shouted = dataclasses.replace(domain(1), value="BAD-1.example.")

    publish(domain(1), shouted)

    assert Indicator.objects.count() == 1


def test_what_a_source_took_back_is_not_published_again_by_the_same_source() -> None:
    publish(domain(1))
    indicators.revoke(source="decision:1", actor="user:2", at=AT)

    publish(domain(1))

    assert not Indicator.objects.filter(state=Indicator.State.ACTIVE).exists()


def test_one_bad_value_keeps_all_of_its_call_out() -> None:
    with pytest.raises(indicators.NotASign):
        publish(sha256(1), dataclasses.replace(sha256(2), value="not hexadecimal"))

    assert not Indicator.objects.exists()
    assert not Record.objects.exists()


@pytest.mark.parametrize("ends_at", [AT, AT - timedelta(days=1)])
def test_a_sign_that_would_end_before_it_begins_is_refused(ends_at: datetime) -> None:
    with pytest.raises(indicators.NotASign, match="valid_until"):
        publish(dataclasses.replace(domain(1), valid_until=ends_at))

    assert not Indicator.objects.exists()


def test_an_import_of_any_length_takes_one_range_a_batch_and_counts_what_was_new() -> None:
    signs = [sha256(number) for number in range(indicators.BATCH + 3)]

    first = indicators.import_signs(signs, source="import:list", actor="user:1", at=AT)
    again = indicators.import_signs(signs, source="import:list", actor="user:1", at=AT)

    assert (first, again) == (len(signs), 0)
    assert list(Record.objects.order_by("pk").values_list("span", flat=True)) == [indicators.BATCH, 3]


def test_a_bulk_import_of_5000_signs_takes_one_record_and_one_range() -> None:
    publish(*(sha256(number) for number in range(5_000)), source="import:list")

    record = Record.objects.get()
    assert record.span == 5_000
    assert record.facts == {"source": "import:list", "count": 5_000}
    offsets = Change.objects.filter(record=record).order_by("offset").values_list("offset", flat=True)
    assert list(offsets) == list(range(5_000))


def test_the_record_holds_the_source_and_a_number_and_no_value() -> None:
    publish(domain(7))

    record = Record.objects.get()
    assert record.kind == "indicators.IndicatorsPublished"
    assert record.actor == "user:1"
    assert "bad-7" not in str(record.facts)


def test_the_database_itself_refuses_the_same_sign_of_a_source_twice() -> None:
    [row] = publish(domain(1))
    row.pk, row.uid = None, uuid.uuid4()

    with pytest.raises(IntegrityError), transaction.atomic():
        row.save(force_insert=True)
