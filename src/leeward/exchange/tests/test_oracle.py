"""The same objects behind our server and behind OASIS' own: one unmodified client is told the same by both, page by page.

medallion is started as a process with the objects that we serve and our times of addition.
"""

from __future__ import annotations

import json
import sys
import uuid
from collections.abc import Iterator
from datetime import timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from leeward.exchange.taxii.api import COLLECTION_ID
from leeward.exchange.tests.conftest import AT, digest, published, revoke
from leeward.exchange.tests.test_judges import Site, everything, site  # noqa: F401  # the same site
from tests.stage.ports import LOOPBACK, free_port, is_open
from tests.stage.processes import Process, plain_environment

taxii2client = import_module("taxii2client.v21")
pytestmark = pytest.mark.django_db(transaction=True)
SECOND = timedelta(seconds=1)
# medallion takes the `version` of an extension definition for the time of a version, and falls over it.
TYPES = "identity,indicator,marking-definition"
ABSENT = f"indicator--{uuid.UUID(int=0)}"


@pytest.fixture
def told(site: Site) -> list[str]:  # noqa: F811  # the fixture above
    """Signs that came in five steps, some of which were taken back; their ids."""
    ids: list[str] = []
    for number in range(5):
        ids += published(*(digest(10 * number + one) for one in range(4)), source=f"decision:{number}", at=AT)
    for number in (1, 3):
        revoke(f"decision:{number}", at=AT + (1 + number) * SECOND)
    return ids


@pytest.fixture
def oracle(site: Site, told: list[str], tmp_path: Path) -> Iterator[Any]:  # noqa: F811  # the fixture above
    """medallion's collection with what ours holds."""
    ours, port = site.collection(), free_port()
    objects = everything(ours.get_objects, per_request=100, version="all", type=TYPES)
    manifest = everything(ours.get_manifest, per_request=100, version="all", type=TYPES)
    collection = {
        "id": COLLECTION_ID,
        "title": "The same",
        "can_read": True,
        "can_write": False,
        "media_types": ["application/stix+json;version=2.1"],
        "objects": objects,
        "manifest": manifest,
    }
    root_url = f"http://{LOOPBACK}:{port}/api/"
    information = {
        "title": "The oracle",
        "versions": ["application/taxii+json;version=2.1"],
        "max_content_length": 1_000_000,
    }
    data = {
        "/discovery": {"title": "The oracle", "default": root_url, "api_roots": [root_url]},
        "api": {"information": information, "status": [], "collections": [collection]},
    }
    (tmp_path / "data.json").write_text(json.dumps(data))
    settings = {
        "users": {"dan": "made-up"},
        "taxii": {"max_page_size": 100},
        "backend": {
            "module": "medallion.backends.memory_backend",
            "module_class": "MemoryBackend",
            "filename": str(tmp_path / "data.json"),
        },
    }
    (tmp_path / "settings.json").write_text(json.dumps(settings))
    command = [sys.executable, "-W", "ignore", "-m", "medallion.scripts.run", "--port", str(port)]
    process = Process(
        "medallion",
        [*command, str(tmp_path / "settings.json")],
        env=plain_environment(),
        log=tmp_path / "medallion.log",
    )
    try:
        process.wait_until(lambda: is_open(port), what="its port")
        server = taxii2client.Server(f"http://{LOOPBACK}:{port}/taxii2/", user="dan", password="made-up")
        (found,) = server.default.collections
        yield found
    finally:
        process.stop()


def pages(get: Any, *, per_request: int, **filters: Any) -> list[list[tuple[str, str]]]:
    """Return id and version of everything on each page."""
    answers = taxii2client.as_pages(get, per_request=per_request, **filters)
    return [
        [(known["id"], known.get("version", known.get("modified", known.get("created")))) for known in page["objects"]]
        for page in answers
        if page.get("objects")
    ]


def test_both_servers_tell_the_same_in_the_same_order_on_the_same_pages(
    site: Site,  # noqa: F811  # the fixture above
    oracle: Any,
    told: list[str],
) -> None:
    ours = site.collection()
    entries = everything(ours.get_manifest, per_request=100, version="all")
    asked: list[dict[str, Any]] = [{}, {"type": "indicator"}, {"id": ",".join(told[:6])}, {"spec_version": "2.1"}]
    asked += [{"version": version} for version in ("first", "last", "all", entries[-1]["version"], "first,last")]
    asked += [{"added_after": entries[place]["date_added"]} for place in (0, 5, 6, 20, len(entries) - 1)]
    asked += [{"added_after": entries[9]["date_added"], "version": "all", "type": "indicator"}]

    for filters in asked:
        for name, per_request in (("get_objects", 9), ("get_manifest", 100)):
            asks = {"per_request": per_request, "type": TYPES, **filters}
            mine, theirs = pages(getattr(ours, name), **asks), pages(getattr(oracle, name), **asks)
            assert mine == theirs, (name, filters)


def test_both_servers_tell_the_same_of_one_object(
    site: Site,  # noqa: F811  # the fixture above
    oracle: Any,
    told: list[str],
) -> None:
    ours = site.collection()

    for oid in (told[0], told[5]):
        for version in ("first", "last", "all"):
            assert (
                ours.get_object(oid, version=version)["objects"] == oracle.get_object(oid, version=version)["objects"]
            )
        # The newest comes first there, although the standard sorts by the time of addition, ascending (section 3.4).
        assert ours.object_versions(oid)["versions"] == oracle.object_versions(oid)["versions"][::-1]
    for collection in (ours, oracle):
        with pytest.raises(import_module("requests").HTTPError, match="404"):
            collection.get_object(ABSENT)
