"""Signs end: by whoever published them, or by the clock."""

from __future__ import annotations

import dataclasses
from datetime import timedelta

import pytest

from leeward.core import sequencer
from leeward.core.models import Record
from leeward.indicators import services as indicators
from leeward.indicators.models import Indicator
from leeward.indicators.tests.made_up import AT, domain, sha256

pytestmark = pytest.mark.django_db
LATER = AT + timedelta(days=1)


def publish(*signs: indicators.Sign, source: str = "decision:1") -> list[Indicator]:
    return indicators.publish(signs, source=source, actor="user:1", at=AT)


def test_a_revocation_ends_every_sign_of_its_source_and_no_other() -> None:
    publish(sha256(1), domain(1), source="decision:1")
    publish(domain(1), source="decision:2")

    ended = indicators.revoke(source="decision:1", actor="user:2", at=LATER)

    assert ended == 2
    assert [row.source for row in Indicator.objects.filter(state=Indicator.State.ACTIVE)] == ["decision:2"]
    assert {row.modified_at for row in Indicator.objects.filter(source="decision:1")} == {LATER}


def test_revoking_again_is_harmless_and_announces_nothing() -> None:
    publish(sha256(1))
    indicators.revoke(source="decision:1", actor="user:2", at=LATER)

    again = indicators.revoke(source="decision:1", actor="user:2", at=LATER)

    assert again == 0
    assert Record.objects.count() == 2


def test_revoking_what_was_never_published_announces_nothing() -> None:
    assert indicators.revoke(source="decision:none", actor="user:2", at=LATER) == 0
    assert not Record.objects.exists()


def test_a_bulk_import_is_taken_back_under_one_record() -> None:
    publish(*(sha256(number) for number in range(5_000)), source="import:list")

    ended = indicators.revoke(source="import:list", actor="user:2", at=LATER)

    assert ended == 5_000
    assert list(Record.objects.order_by("pk").values_list("span", flat=True)) == [5_000, 5_000]
    assert not Indicator.objects.filter(state=Indicator.State.ACTIVE).exists()


def test_a_source_with_more_signs_than_one_record_takes_is_taken_back_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(indicators, "ENDING", 3)
    publish(*(sha256(number) for number in range(8)), source="import:list")

    ended = indicators.revoke(source="import:list", actor="user:2", at=LATER)

    assert ended == 8
    assert not Indicator.objects.filter(state=Indicator.State.ACTIVE).exists()
    assert list(Record.objects.order_by("pk").values_list("span", flat=True)) == [8, 3, 3, 2]


def test_a_sign_expires_when_its_validity_is_over_and_not_before() -> None:
    publish(dataclasses.replace(domain(1), valid_until=LATER), sha256(1))

    early = indicators.expire(LATER - timedelta(microseconds=1))
    in_time = indicators.expire(LATER)
    again = indicators.expire(LATER + timedelta(days=1))

    assert (early, in_time, again) == (0, 1, 0)
    sequencer.stamp(at=LATER)
    assert [(change.op, change.indicator.kind) for change in indicators.since(2)] == [("expire", "domain")]
    assert [row.kind for row in Indicator.objects.filter(state=Indicator.State.ACTIVE)] == ["sha256"]


def test_a_sign_that_was_taken_back_does_not_expire_as_well() -> None:
    publish(dataclasses.replace(domain(1), valid_until=LATER))
    indicators.revoke(source="decision:1", actor="user:2", at=AT)

    assert indicators.expire(LATER) == 0
    assert Indicator.objects.get().state == Indicator.State.REVOKED
