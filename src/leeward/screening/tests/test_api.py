"""The door for upload handlers: bytes in, an answer out, and only with the right key."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from leeward.core import config, machines
from leeward.core.models import ApiKey, Organisation
from leeward.screening.models import Match, Tally
from leeward.screening.tests.uploads import AT, DOCUMENT, archive, encoded, look_of, published, waves

pytestmark = pytest.mark.django_db
DOOR = "/api/v1/screen"
PICTURE = encoded(waves(1))


def ask(
    client: Client, data: bytes = PICTURE, *, media_type: str = "image/png", headers: dict[str, str] | None = None
) -> Any:
    return client.generic("POST", DOOR, data, content_type=media_type, headers=headers or {})


def test_a_clear_upload_is_answered_so(machine: Client) -> None:
    answer = ask(machine)

    assert answer.status_code == 200
    body = answer.json()
    assert (body["answer"], body["signs"], body["reason"]) == ("clear", [], "")
    assert body["quality"] >= 50


def test_a_known_upload_names_the_sign_and_the_distance(machine: Client) -> None:
    [sign] = published(look_of(PICTURE))

    body = ask(machine, encoded(waves(1).resize((300, 225)), "JPEG", quality=70), media_type="image/jpeg").json()

    assert body["answer"] == "known"
    [found] = body["signs"]
    assert (found["indicator"], found["kind"], found["source"]) == (str(sign.uid), "pdq", "decision")
    assert 0 < found["distance"] <= 31


@pytest.mark.parametrize(
    ("data", "media_type", "reason"),
    [
        (PICTURE[:2000], "image/png", "truncated"),
        (b"", "image/png", "empty"),
        (archive(PICTURE[:900]), "application/zip", "inside_truncated"),
        (DOCUMENT, "application/octet-stream", "not_a_picture"),
    ],
    ids=["truncated", "empty", "zip", "document"],
)
def test_an_upload_that_cannot_be_judged_is_held(machine: Client, data: bytes, media_type: str, reason: str) -> None:
    answer = machine.generic("POST", DOOR, data, content_type=media_type, headers={"content-type": media_type})

    assert answer.status_code == 200
    assert (answer.json()["answer"], answer.json()["reason"]) == ("held", reason)


def test_the_providers_own_name_of_the_upload_is_kept_with_a_match(machine: Client) -> None:
    published(look_of(PICTURE))

    ask(machine, headers={"x-item-id": "upload-7"})

    assert Match.objects.get().item_id == "upload-7"


def test_a_name_that_is_too_long_is_refused(machine: Client) -> None:
    answer = ask(machine, headers={"x-item-id": "7" * 201})

    assert answer.status_code == 422
    assert answer["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("media_type", ["application/json", "text/html", "multipart/form-data; boundary=x"])
def test_another_media_type_is_refused_with_415(machine: Client, media_type: str) -> None:
    answer = ask(machine, b"{}", media_type=media_type)

    assert answer.status_code == 415
    assert answer["Content-Type"] == "application/problem+json"
    assert "image/jpeg" in answer.json()["detail"]


@pytest.mark.parametrize("scope", [scope for scope in ApiKey.Scope if scope is not ApiKey.Scope.SCREEN])
def test_a_key_with_another_scope_does_not_open_this_door(harbour: Organisation, scope: ApiKey.Scope) -> None:
    published(look_of(PICTURE))
    key = machines.make_key(harbour, scopes=[scope], at=AT)

    answer = ask(Client(headers={"host": "localhost:8000", "authorization": f"Bearer {key}"}))

    assert answer.status_code in {401, 403}
    assert answer["Content-Type"] == "application/problem+json"
    assert not Match.objects.exists()


@pytest.mark.parametrize("authorization", ["", "Bearer", "Bearer lwk_nonsense", "Basic bGVld2FyZDpsZWV3YXJk"])
def test_without_a_key_nothing_is_answered(authorization: str) -> None:
    answer = ask(Client(headers={"host": "localhost:8000", "authorization": authorization}))

    assert answer.status_code == 401
    assert answer["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"md5": "zz"}, "items[2]: "),
        ({}, "items[2]: "),
        ({"md5": "0" * 33}, "items.2.md5"),
        ({"quality": 200, "pdq": "0" * 64}, "items.2.quality"),
    ],
    ids=["not a digest", "nothing", "too long", "out of range"],
)
def test_one_wrong_item_refuses_the_whole_look_up_and_its_place_is_named(
    machine: Client, wrong: dict[str, object], named: str
) -> None:
    body = {"items": [{"md5": "0" * 32}, {"md5": "1" * 32}, wrong]}

    answer = machine.post("/api/v1/screen/lookup", body, content_type="application/json")

    assert answer.status_code == 422
    problem = answer.json()
    assert named in " ".join([problem["detail"], *(error["field"] for error in problem.get("errors", []))])
    assert not Tally.objects.exists()


def test_a_huge_upload_is_refused_before_it_is_read(machine: Client) -> None:
    answer = ask(machine, headers={"content-length": str(config.current().server.max_body_bytes + 1)})

    assert answer.status_code == 413
    assert answer["Content-Type"] == "application/problem+json"
