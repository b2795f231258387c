"""Screening keeps of a known upload which sign it matched, and of a clear one nothing at all."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings

from leeward.core import blobs
from leeward.core.models import Organisation, Record
from leeward.engines import hashing
from leeward.reports.models import Channel, Report
from leeward.screening import services as screening
from leeward.screening import tallies
from leeward.screening.models import Answer, Match, Rule, Tally
from leeward.screening.tests.uploads import AT, DOCUMENT, encoded, look_of, published, waves

pytestmark = pytest.mark.django_db
KNOWN, CLEAR = encoded(waves(1)), encoded(waves(2))


def rows() -> dict[str, int]:
    """Count the rows of every table."""
    return {model._meta.label: model._default_manager.count() for model in apps.get_models()}


def blob_files() -> set[Path]:
    return set(Path(settings.STORAGES["sealed"]["OPTIONS"]["location"]).rglob("*"))


@pytest.mark.parametrize("data", [CLEAR, DOCUMENT, b"", KNOWN[:1000]], ids=["clear", "held", "empty", "truncated"])
def test_nothing_is_stored_of_an_upload_that_matched_nothing(harbour: Organisation, data: bytes) -> None:
    published(look_of(KNOWN))
    before, files = rows(), blob_files()

    screening.screen(data, asked_by=harbour, at=AT)

    assert rows() == before
    assert blob_files() == files


def test_answers_that_matched_nothing_are_counted_by_the_hour(harbour: Organisation) -> None:
    for minutes in range(3):
        screening.screen(CLEAR, asked_by=harbour, at=AT + timedelta(minutes=minutes))
    tallies.flush(AT + timedelta(hours=1))

    assert [(tally.hour, tally.answer, tally.count) for tally in Tally.objects.all()] == [(AT, "clear", 3)]


def test_a_match_is_kept_and_announced_with_ids_only(harbour: Organisation) -> None:
    [sign] = published(look_of(KNOWN))
    Rule.objects.create(order=1, answer=Answer.KNOWN, opens_case=False)
    before, files = rows(), blob_files()

    screening.screen(KNOWN, asked_by=harbour, item_id="upload-1", at=AT)

    match = Match.objects.get()
    assert (match.organisation, match.indicator, match.item_id, match.at) == (harbour, sign, "upload-1", AT)
    assert match.sha256 == hashing.digests(KNOWN).sha256
    announced = Record.objects.latest("pk")
    assert (announced.kind, announced.actor) == ("screening.UploadMatched", "partner:harbour")
    assert announced.facts == {
        "match_id": match.pk,
        "indicator_uid": str(sign.uid),
        "distance_bits": match.distance_bits,
    }
    changed = {label for label, count in rows().items() if count != before[label]}
    assert changed == {"screening.Match", "core.Record"}
    assert blob_files() == files


def test_a_known_upload_is_sealed_into_a_report_once(harbour: Organisation) -> None:
    [sign] = published(look_of(KNOWN))

    for number in range(2):
        screening.screen(KNOWN, asked_by=harbour, item_id=f"upload-{number}", media_type="image/png", at=AT)

    report = Report.objects.get()
    assert (report.channel, report.item_id, report.known_as) == (
        Channel.SCREENING,
        f"refused:{sign.uid}",
        str(sign.uid),
    )
    assert blobs.unseal(report.attachments.get().blob) == KNOWN
    assert [match.report_uid for match in Match.objects.all()] == [report.uid, report.uid]


def test_nothing_is_sealed_for_a_partner_who_publishes_nothing(harbour: Organisation) -> None:
    published(look_of(KNOWN))
    beacon = Organisation.objects.create(slug="beacon", name="Beacon", kind=Organisation.Kind.HOTLINE)

    screening.screen(KNOWN, asked_by=beacon, at=AT)

    assert Match.objects.get().report_uid is None
    assert not Report.objects.exists()


def test_of_many_signs_the_nearest_is_the_one_that_is_kept(harbour: Organisation) -> None:
    published(look_of(encoded(waves(1).resize((300, 225)), "JPEG", quality=60)), source="decision:1")
    [nearest] = published(look_of(KNOWN), source="decision:2")

    screening.screen(KNOWN, asked_by=harbour, at=AT)

    assert Match.objects.get().indicator == nearest
