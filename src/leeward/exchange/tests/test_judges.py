"""What third parties say: OASIS' own client over HTTP, its object library and its validator, all unmodified."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from importlib import import_module
from typing import Any

import pytest
import requests

from leeward.core import sequencer
from leeward.exchange.tests.conftest import AT, REFERRED, digest, published, revoke
from leeward.indicators import services as indicators
from leeward.indicators.models import Category, Kind, Tlp

# None of them carries types, so they are fetched as modules whose attributes are not checked.
taxii2client = import_module("taxii2client.v21")
stix2 = import_module("stix2")
stix2validator = import_module("stix2validator")

pytestmark = pytest.mark.django_db(transaction=True)
VALUES = {
    Kind.PDQ: digest(1),
    Kind.MD5: digest(2)[:32],
    Kind.SHA1: digest(3)[:40],
    Kind.SHA256: digest(4),
    Kind.URL: "https://bad.example/it's/path?query=1",
    Kind.DOMAIN: "bad.example",
}


@dataclass(frozen=True)
class Site:
    """A running site and a partner's key to it."""

    url: str
    key: str

    def collection(self) -> Any:
        """Return the collection as the client finds it from the discovery address alone."""
        server = taxii2client.Server(f"{self.url}/taxii2/", user="dans-hotline", password=self.key)
        (collection,) = server.default.collections
        return collection


@pytest.fixture
def site(live_server: Any, dans_key: str, site_at: Callable[[str], None]) -> Site:
    """A site on a free loopback port."""
    site_at(live_server.url)
    return Site(live_server.url, dans_key)


def everything(page: Callable[..., dict[str, Any]], *, per_request: int, **filters: Any) -> list[dict[str, Any]]:
    """Return what all pages hold, paged by the client itself."""
    answers = taxii2client.as_pages(page, per_request=per_request, **filters)
    return [known for answer in answers for known in answer.get("objects", [])]


def faults(known: dict[str, Any]) -> list[str]:
    """Return what the validator finds wrong, recommendations included."""
    result = stix2validator.validate_parsed_json(known, stix2validator.ValidationOptions(version="2.1", strict=True))
    return [str(fault) for fault in (*result.errors, *result.warnings)]


def test_the_client_finds_its_way_from_the_discovery_address(site: Site) -> None:
    server = taxii2client.Server(f"{site.url}/taxii2/", user="dans-hotline", password=site.key)

    assert server.api_roots == [server.default]
    assert server.default.versions == ["application/taxii+json;version=2.1"]
    assert server.default.max_content_length > 0
    collection = site.collection()
    assert (collection.title, collection.can_read, collection.can_write) == (
        "Confirmed signs of known harm",
        True,
        True,
    )
    assert collection.get_objects() == {}


def test_the_client_without_a_key_gets_nothing(site: Site) -> None:
    published(digest(1))

    for key in ("", "lwk_made-up"):
        server = taxii2client.Server(f"{site.url}/taxii2/", user="dans-hotline", password=key)
        with pytest.raises(requests.HTTPError, match="401"):
            server.refresh()


def test_the_client_pages_through_a_thousand_and_loses_nothing(site: Site) -> None:
    told = published(*(digest(number) for number in range(1050)))
    collection = site.collection()

    objects = everything(collection.get_objects, per_request=100)
    entries = everything(collection.get_manifest, per_request=100)

    assert [known["id"] for known in objects[REFERRED:]] == told
    assert [entry["id"] for entry in entries] == [known["id"] for known in objects]


def test_the_client_polls_by_time_and_sees_each_change_once(site: Site) -> None:
    collection, told, after = site.collection(), [], None
    for number in range(5):
        published(digest(number), source=f"decision:{number}", at=AT + timedelta(seconds=number))
        if number >= 2:
            revoke(f"decision:{number - 2}", at=AT + timedelta(seconds=number))
        entries = collection.get_manifest(added_after=after).get("objects", [])
        told += collection.get_objects(added_after=after).get("objects", [])
        after = entries[-1]["date_added"]

    signs = [known for known in told if known["type"] == "indicator"]
    assert [known.get("revoked", False) for known in signs] == [False, False, False, True, False, True, False, True]
    assert len({(known["id"], known["modified"]) for known in signs}) == len(signs)
    assert collection.get_objects(added_after=after) == {}


def test_the_client_sees_a_revocation_with_and_without_what_it_ends(site: Site) -> None:
    (oid,) = published(digest(1))
    revoke(at=AT + timedelta(seconds=1))
    collection = site.collection()

    (last,) = collection.get_object(oid)["objects"]
    both = collection.get_object(oid, version="all")["objects"]

    assert last["revoked"] is True
    assert both[1] == last
    assert collection.object_versions(oid)["versions"] == [known["modified"] for known in both]


def test_every_object_is_valid_and_every_reference_leads_somewhere(site: Site) -> None:
    for tlp in (Tlp.CLEAR, Tlp.GREEN, Tlp.AMBER):
        signs = [
            indicators.Sign(
                kind,
                value,
                Category.CSAM,
                tlp=tlp,
                legality=[{"jurisdiction": "XX", "status": "illegal", "basis": "made-up law"}],
                valid_until=AT + timedelta(days=30),
            )
            for kind, value in VALUES.items()
        ]
        indicators.publish(signs, source=f"decision:{tlp}", actor="user:1", at=AT)
    sequencer.stamp(at=AT)
    revoke(f"decision:{Tlp.GREEN}", at=AT + timedelta(seconds=1))

    objects = everything(site.collection().get_objects, per_request=10, version="all")

    assert len(objects) == REFERRED + 3 * len(VALUES) + len(VALUES)
    ids = {known["id"] for known in objects}
    for known in objects:
        assert stix2.parse(json.dumps(known), allow_custom=False).id == known["id"]
        assert not faults(known), known["type"]
        assert {known.get("created_by_ref", known["id"]), *known.get("object_marking_refs", [])} <= ids


def test_the_object_library_reads_the_collection_as_a_source(site: Site) -> None:
    (oid,) = published(digest(1))
    revoke(at=AT + timedelta(seconds=1))

    source = stix2.TAXIICollectionSource(site.collection())

    assert source.get(oid).revoked is True
    assert len(source.all_versions(oid)) == 2
    assert [known.id for known in source.query([stix2.Filter("type", "=", "indicator")])] == [oid]
