"""A place that misused the button is believed a little later. It is never refused, and soon forgotten."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, timedelta

import pytest

from leeward.reports import reputation
from leeward.reports import services as reports
from leeward.reports.models import Misuse, Report
from leeward.reports.tests.ana import AT, draft

SCHOOL, HOME = "192.0.2.0/24", "198.51.100.0/24"
NEXT_MONTH = datetime(2026, 12, 1, tzinfo=UTC)

pytestmark = pytest.mark.django_db


def reported(network: str = SCHOOL, *, at: datetime = AT) -> Report:
    return reports.receive(dataclasses.replace(draft(), network=network), at=at).report


def misused(times: int, *, network: str = SCHOOL, at: datetime = AT) -> None:
    for _ in range(times):
        reputation.note_misuse(reported(network, at=at), at=at)


def test_nobody_is_doubted_at_first() -> None:
    assert not reported().is_doubted


@pytest.mark.parametrize(("times", "is_doubted"), [(1, False), (2, False), (3, True), (10, True)])
def test_one_mistake_is_not_a_habit(times: int, is_doubted: bool) -> None:
    misused(times)

    assert reported().is_doubted == is_doubted


def test_however_often_the_button_was_misused_a_report_is_taken() -> None:
    misused(200)

    assert Report.objects.filter(pk=reported().pk).exists()


def test_another_network_is_not_doubted_with_it() -> None:
    misused(5)

    assert not reported(HOME).is_doubted


def test_the_next_month_begins_without_a_past() -> None:
    misused(5)

    assert not reported(at=NEXT_MONTH).is_doubted


def test_where_no_network_is_known_nobody_is_remembered_or_doubted() -> None:
    misused(5, network="")

    assert not reported("").is_doubted
    assert Misuse.objects.count() == 0


def test_a_place_is_a_digest_that_names_no_network_and_changes_each_month() -> None:
    now, later = reputation.place(SCHOOL, at=AT), reputation.place(SCHOOL, at=NEXT_MONTH)

    assert now is not None
    assert later is not None
    assert (len(now), len(later), now != later) == (32, 32, True)
    assert reputation.place(SCHOOL, at=AT) == now
    assert b"192" not in now


def test_what_is_kept_of_misuse_is_one_row_with_a_count() -> None:
    misused(4)

    [row] = Misuse.objects.values("place", "count", "at")
    assert (bytes(row["place"]), row["count"], row["at"]) == (reputation.place(SCHOOL, at=AT), 4, AT)


def test_places_are_forgotten_after_two_months_and_not_before() -> None:
    misused(4)
    kept = reported()

    reputation.forget(AT + timedelta(days=59))
    before = Misuse.objects.count(), Report.objects.filter(place__isnull=False).count()
    reputation.forget(AT + timedelta(days=61))

    assert before == (1, 5)
    assert (Misuse.objects.count(), Report.objects.filter(place__isnull=False).count()) == (0, 0)
    assert Report.objects.filter(pk=kept.pk).exists()
