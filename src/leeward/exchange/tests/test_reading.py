"""What a partner reads: every sign once, in one order, with what it refers to, whichever way it pages."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from leeward.core import sequencer
from leeward.exchange.shelf import shelving
from leeward.exchange.tests.conftest import AT, COLLECTION, REFERRED, digest, publish, published, revoke
from leeward.indicators import services as indicators
from leeward.indicators.models import Category, Indicator, Kind

pytestmark = pytest.mark.django_db
SECOND = timedelta(seconds=1)
ADDED = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")


def read(client: Client, door: str = "objects/", **query: Any) -> dict[str, Any]:
    """Return what a door of the collection answers."""
    match = {f"match[{name}]": query.pop(name) for name in ("id", "type", "version", "spec_version") if name in query}
    response = client.get(COLLECTION + door, {**query, **match})
    assert response.status_code == 200, response.content
    body: dict[str, Any] = response.json()
    return body


def signs(client: Client, **query: Any) -> list[dict[str, Any]]:
    """Return the signs of one page."""
    return [known for known in read(client, **query).get("objects", []) if known["type"] == "indicator"]


def test_an_empty_log_is_an_empty_document(dans_client: Client) -> None:
    response = dans_client.get(COLLECTION + "objects/")

    assert response.json() == {}
    assert response["X-TAXII-Date-Added-First"] == response["X-TAXII-Date-Added-Last"] == "1970-01-01T00:00:00.000000Z"


def test_what_signs_refer_to_comes_before_the_first_sign(dans_client: Client) -> None:
    published(digest(1), digest(2))

    objects = read(dans_client)["objects"]

    ids = [known["id"] for known in objects]
    types = [known["type"] for known in objects]
    assert types == ["identity", "identity", "extension-definition", *["marking-definition"] * 3, *["indicator"] * 2]
    for sign in objects[REFERRED:]:
        wanted = {sign["created_by_ref"], *sign["object_marking_refs"], *sign["extensions"]}
        assert wanted <= set(ids[:REFERRED])


def test_a_change_without_a_place_is_not_served(dans_client: Client) -> None:
    published(digest(1))
    (late,) = publish(digest(2), source="decision:2")
    oid = f"indicator--{late.uid}"

    assert len(signs(dans_client)) == 1
    assert dans_client.get(f"{COLLECTION}objects/{oid}/").status_code == 404

    sequencer.stamp(at=AT + SECOND)
    assert signs(dans_client)[1]["id"] == oid


def test_a_revocation_without_a_place_does_not_hide_what_it_ends(dans_client: Client) -> None:
    (oid,) = published(digest(1))
    indicators.revoke(source="decision:1", actor="user:2", at=AT + SECOND)

    (sign,) = signs(dans_client)

    assert sign["id"] == oid
    assert "revoked" not in sign


def test_added_then_revoked_between_polls_gives_both_with_all_and_the_end_without(dans_client: Client) -> None:
    (oid,) = published(digest(1))
    revoke(at=AT + SECOND)

    both = signs(dans_client, version="all")
    (last,) = signs(dans_client)
    (first,) = signs(dans_client, version="first")

    assert [known.get("revoked", False) for known in both] == [False, True]
    assert {known["id"] for known in both} == {oid}
    assert both == [first, last]
    assert (last["created"], last["modified"]) == ("2026-11-21T10:00:00.000Z", "2026-11-21T10:00:01.000Z")


def test_an_expiry_is_told_as_a_revocation_after_the_end_of_validity(dans_client: Client) -> None:
    sign = indicators.Sign(Kind.DOMAIN, "bad.example", Category.BULLYING, valid_until=AT + SECOND)
    indicators.publish([sign], source="decision:1", actor="user:1", at=AT)
    indicators.expire(AT + 2 * SECOND)
    sequencer.stamp(at=AT + 2 * SECOND)

    (last,) = signs(dans_client)

    assert last["revoked"] is True
    assert last["valid_until"] < last["modified"]


@pytest.mark.parametrize("wait", [timedelta(0), timedelta(microseconds=300), timedelta(milliseconds=1), SECOND])
def test_each_version_is_found_by_its_own_time(dans_client: Client, wait: timedelta) -> None:
    published(digest(1), at=AT + timedelta(microseconds=500))
    revoke(at=AT + timedelta(microseconds=500) + wait)
    both = signs(dans_client, version="all")

    found = [signs(dans_client, version=known["modified"]) for known in both]

    assert both[0]["modified"] < both[1]["modified"]
    assert found == [[both[0]], [both[1]]]
    assert signs(dans_client, version=",".join(known["modified"] for known in both)) == both
    assert signs(dans_client, version="2026-11-21T10:00:00.000500Z") == []


def test_the_last_version_stands_on_its_own_page_only(dans_client: Client) -> None:
    oids = [published(digest(number), source=f"decision:{number}")[0] for number in range(9)]
    for number in (1, 4):
        revoke(f"decision:{number}", at=AT + SECOND)

    told = [known for page in pages(dans_client, limit=2) for known in page if known["type"] == "indicator"]

    assert [known["id"] for known in told] == [oid for n, oid in enumerate(oids) if n not in (1, 4)] + [
        oids[1],
        oids[4],
    ]
    assert [known.get("revoked", False) for known in told] == [False] * 7 + [True] * 2


def pages(client: Client, **query: Any) -> list[list[dict[str, Any]]]:
    """Return every page by its mark."""
    found = []
    body = read(client, **query)
    while body:
        found.append(body.get("objects", []))
        body = read(client, **query, next=body["next"]) if body["more"] else {}
        assert len(found) < 200, "paging does not end"
    return found


def pages_by_time(client: Client, **query: Any) -> list[list[dict[str, Any]]]:
    """Return every page by the time in the header, which needs no mark."""
    found: list[list[dict[str, Any]]] = []
    while True:
        response = client.get(COLLECTION + "objects/", query)
        if not response.json():
            return found
        found.append(response.json()["objects"])
        query["added_after"] = response["X-TAXII-Date-Added-Last"]
        assert len(found) < 200, "paging does not end"


def test_nothing_is_lost_or_doubled_by_mark_or_by_time(dans_client: Client) -> None:
    many = [digest(number) for number in range(1000)]
    published(*many[:600], source="decision:1")
    for number in range(600, 650):
        published(many[number], source=f"decision:{number}")
    published(*many[650:], source="decision:2", at=AT + SECOND)

    by_mark, by_time = pages(dans_client, limit=100), pages_by_time(dans_client, limit=100)

    told = [known["id"] for page in by_mark for known in page]
    assert by_mark == by_time
    assert [len(page) for page in by_mark] == [100] * 10 + [REFERRED]
    assert len(set(told)) == len(told) == 1000 + REFERRED
    assert set(told[REFERRED:]) == {f"indicator--{uid}" for uid in Indicator.objects.values_list("uid", flat=True)}


@pytest.mark.parametrize("limit", [1, 2, 5, 6, 7])
def test_small_pages_cross_the_shelf_without_loss(dans_client: Client, limit: int) -> None:
    published(*(digest(number) for number in range(5)))
    everything = read(dans_client)["objects"]

    assert [known for page in pages(dans_client, limit=limit) for known in page] == everything
    assert [known for page in pages_by_time(dans_client, limit=limit) for known in page] == everything


def test_a_mark_and_a_time_together_do_not_lose_anything(dans_client: Client) -> None:
    published(*(digest(number) for number in range(5)))
    entries = read(dans_client, "manifest/")["objects"]
    after = entries[REFERRED]["date_added"]

    first = read(dans_client, added_after=after, limit=2)
    second = read(dans_client, added_after=after, limit=2, next=first["next"])

    told = [known["id"] for known in first["objects"] + second["objects"]]
    assert told == [entry["id"] for entry in entries[REFERRED + 1 :]]
    assert not second["more"]


def test_the_manifest_tells_the_same_in_the_same_order(dans_client: Client) -> None:
    published(*(digest(number) for number in range(5)))
    revoke(at=AT + SECOND)

    response = dans_client.get(COLLECTION + "manifest/", {"match[version]": "all"})

    entries = response.json()["objects"]
    objects = read(dans_client, version="all")["objects"]
    assert [entry["id"] for entry in entries] == [known["id"] for known in objects]
    assert [entry["version"] for entry in entries] == [known.get("modified", known["created"]) for known in objects]
    times = [entry["date_added"] for entry in entries]
    assert times == sorted(set(times))
    assert all(ADDED.fullmatch(time) for time in times)
    assert (response["X-TAXII-Date-Added-First"], response["X-TAXII-Date-Added-Last"]) == (times[0], times[-1])


def test_added_after_is_exclusive_to_the_microsecond(dans_client: Client) -> None:
    published(*(digest(number) for number in range(3)))
    entries = read(dans_client, "manifest/")["objects"]

    for number, entry in enumerate(entries):
        rest = read(dans_client, "manifest/", added_after=entry["date_added"]).get("objects", [])
        assert rest == entries[number + 1 :]


def test_a_time_at_which_nothing_happened_leaves_out_what_is_older_and_nothing_else(dans_client: Client) -> None:
    (old,) = published(digest(1))
    (new,) = published(digest(2), source="decision:2", at=AT + 2 * SECOND)

    assert [known["id"] for known in signs(dans_client, added_after="2026-11-21T10:00:01.000000Z")] == [new]
    assert [known["id"] for known in signs(dans_client, added_after="2026-11-21T09:59:59.000000Z")] == [old, new]


def test_an_empty_answer_names_the_time_up_to_which_it_is_complete(dans_client: Client) -> None:
    published(digest(1))
    last = read(dans_client, "manifest/")["objects"][-1]["date_added"]

    response = dans_client.get(COLLECTION + "objects/", {"added_after": "2030-01-01T00:00:00.000000Z"})

    assert response.json() == {}
    assert response["X-TAXII-Date-Added-First"] == response["X-TAXII-Date-Added-Last"] == last


def test_objects_are_found_by_id_type_and_spec_version(dans_client: Client) -> None:
    oids = published(digest(1), digest(2), digest(3))

    assert [known["id"] for known in signs(dans_client, id=",".join(oids[:2]))] == oids[:2]
    assert {known["type"] for known in read(dans_client, type="identity,extension-definition")["objects"]} == {
        "identity",
        "extension-definition",
    }
    assert [known["id"] for known in read(dans_client, type="indicator", spec_version="2.0,2.1")["objects"]] == oids
    assert read(dans_client, spec_version="2.0") == {}
    assert read(dans_client, id="indicator--00000000-0000-4000-8000-000000000000") == {}


def test_one_object_and_its_versions_have_doors_of_their_own(dans_client: Client) -> None:
    (oid,) = published(digest(1))
    revoke(at=AT + SECOND)
    door = f"objects/{oid}/"

    assert [known["modified"] for known in read(dans_client, door, version="all")["objects"]] == read(
        dans_client, door + "versions/"
    )["versions"]
    assert [known["revoked"] for known in read(dans_client, door)["objects"]] == [True]
    assert read(dans_client, door, added_after="2030-01-01T00:00:00Z") == {}
    assert read(dans_client, door + "versions/", limit=1)["more"] is True


def test_what_signs_refer_to_is_found_by_id(dans_client: Client) -> None:
    published(digest(1))

    for known in read(dans_client)["objects"][:REFERRED]:
        assert read(dans_client, f"objects/{known['id']}/")["objects"] == [known]
        assert read(dans_client, f"objects/{known['id']}/versions/")["versions"] == [
            known.get("modified", known["created"])
        ]


def test_a_page_has_five_hundred_objects_and_never_more_than_two_thousand(dans_client: Client) -> None:
    published(*(digest(number) for number in range(2001)))

    assert len(read(dans_client)["objects"]) == 500
    assert len(read(dans_client, limit=9_007_199_254_740_991)["objects"]) == 2000


def test_a_sign_that_does_not_fit_into_stix_does_not_stop_the_others(dans_client: Client) -> None:
    sign = indicators.Sign(Kind.DOMAIN, "bad.example", Category.BULLYING)
    [odd] = indicators.publish([sign], source="import:made-up", actor="user:1", at=AT)
    Indicator.objects.filter(pk=odd.pk).update(valid_until=AT)  # STIX wants an end after the beginning.
    (oid,) = published(digest(1))
    before = shelving.withheld.labels("form")._value.get()

    assert [known["id"] for page in pages(dans_client, limit=1) for known in page][REFERRED:] == [oid]
    assert shelving.withheld.labels("form")._value.get() > before


def test_a_page_asks_the_database_as_often_for_many_as_for_few(
    dans_client: Client, django_assert_max_num_queries: Any
) -> None:
    published(*(digest(number) for number in range(300)))
    read(dans_client)  # Writes the versions down, and notes that Dan's hotline was here.

    with django_assert_max_num_queries(10):
        assert len(read(dans_client, limit=300, added_after="2026-11-21T09:00:00Z")["objects"]) == 300
