"""The versions follow the change log: each once, in its place, signed, in the same octets for everybody and for ever."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.db import IntegrityError
from django.test import Client

from leeward.core import sequencer, signing
from leeward.engines import stix
from leeward.exchange.partners import jwk
from leeward.exchange.shelf import services, shelving
from leeward.exchange.shelf.models import Shelved, Version
from leeward.exchange.shelf.places import SHELF
from leeward.exchange.tests.conftest import AT, COLLECTION, digest, publish, published, revoke
from leeward.indicators.models import Change, Indicator, stamped

pytestmark = pytest.mark.django_db
SECOND = timedelta(seconds=1)


def rows() -> list[tuple[int, str, bool, bytes]]:
    found = Version.objects.order_by("place").values_list("place", "object_id", "is_revoked", "body")
    return [(place, oid, is_revoked, bytes(body)) for place, oid, is_revoked, body in found]


def test_each_change_is_one_version_in_its_place_with_its_time(db: None) -> None:
    published(digest(1), digest(2))
    revoke(at=AT + SECOND)

    assert shelving.catch_up() == 4

    places = {SHELF + row.position: f"indicator--{row.indicator.uid}" for row in stamped(Change.objects.since(0))}
    assert [(place, oid) for place, oid, _, _ in rows()] == list(places.items())
    assert [is_revoked for _, _, is_revoked, _ in rows()] == [False, False, True, True]
    first, second, *ended = Version.objects.order_by("place")
    assert second.added_at - first.added_at == timedelta(microseconds=1)
    assert [version.first_at for version in ended] == [first.added_at, second.added_at]


def test_catching_up_again_changes_nothing(db: None) -> None:
    published(digest(1))
    shelving.catch_up()
    before = rows()

    assert shelving.catch_up() == 0
    assert rows() == before


def test_one_change_cannot_be_written_twice(db: None) -> None:
    published(digest(1))
    shelving.catch_up()
    Shelved.objects.update(position=0)  # As one who lost the lock would see it.

    with pytest.raises(IntegrityError):
        shelving.catch_up()


def test_what_has_no_position_yet_waits_and_has_its_place_then(db: None) -> None:
    publish(digest(1))
    assert shelving.catch_up() == 0

    sequencer.stamp(at=AT)

    assert shelving.catch_up() == 1


def test_many_changes_are_taken_in_batches_and_a_reader_waits_for_some_only(db: None) -> None:
    published(*(digest(number) for number in range(2500)))

    assert shelving.catch_up(most=1200) == 1200
    assert Version.objects.count() == 1200
    assert shelving.catch_up() == 1300
    assert Version.objects.count() == 2500


def test_what_is_kept_out_is_looked_at_once(db: None) -> None:
    published(digest(1), source="partner:other-hotline/1")

    assert shelving.catch_up() == 1
    assert shelving.catch_up() == 0
    assert rows() == []


def test_each_version_is_signed_by_the_key_that_the_site_shows(db: None) -> None:
    published(digest(1))
    revoke(at=AT + SECOND)
    shelving.catch_up()

    keys = {key.kid: jwk.octets(key.x) for key in signing.signing_keys()}

    for _, oid, is_revoked, body in rows():
        known = stix.verify_object(body, keys=keys)
        assert (known["id"], known.get("revoked", False)) == (oid, is_revoked)
    with pytest.raises(stix.BadSignature):
        stix.verify_object(rows()[1][3].replace(b'"revoked":true', b'"revoked":false'), keys=keys)


def test_the_octets_that_were_signed_are_served_unchanged(dans_client: Client) -> None:
    published(digest(1))
    before = dans_client.get(f"{COLLECTION}objects/").content
    (body,) = (body for _, _, _, body in rows())

    Indicator.objects.update(confidence=1)  # A correction behind our back is no new version.

    assert body in before
    assert dans_client.get(f"{COLLECTION}objects/").content == before
    assert json.loads(before)["objects"][-1] == json.loads(body)


def test_a_page_knows_its_objects_without_reading_their_octets(db: None) -> None:
    item = services.Item(1, AT, "indicator--1", AT, b"no json")

    assert item.version == "2026-11-21T10:00:00.000Z"
