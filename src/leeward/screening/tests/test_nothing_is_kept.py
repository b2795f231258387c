"""Screening keeps of a known upload which sign it matched, and of a clear one nothing at all."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings

from leeward.core.models import Organisation, Record
from leeward.engines import hashing
from leeward.screening import services as screening
from leeward.screening.models import Match
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

    screening.screen(data, asked_by=harbour, item_id="upload-1", at=AT)

    assert rows() == before
    assert blob_files() == files


def test_a_match_is_kept_and_announced_with_ids_only(harbour: Organisation) -> None:
    [sign] = published(look_of(KNOWN))
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


def test_of_many_signs_the_nearest_is_the_one_that_is_kept(harbour: Organisation) -> None:
    published(look_of(encoded(waves(1).resize((300, 225)), "JPEG", quality=60)), source="decision:1")
    [nearest] = published(look_of(KNOWN), source="decision:2")

    screening.screen(KNOWN, asked_by=harbour, at=AT)

    assert Match.objects.get().indicator == nearest
