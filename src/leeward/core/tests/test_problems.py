"""Refusals are problem documents of RFC 9457 and never repeat what was sent."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.http import Http404, HttpRequest, HttpResponse
from ninja import NinjaAPI, Schema
from ninja.errors import AuthorizationError, HttpError
from ninja.security import HttpBearer
from ninja.testing import TestClient
from pydantic import Field

from leeward.core import paces, problems
from leeward.core.tests.lamps import CANARY


class LampIn(Schema):
    height: int
    colour: str = Field(max_length=10)


class NoKey(HttpBearer):
    def authenticate(self, request: HttpRequest, token: str) -> None:
        return None


api = NinjaAPI(title="Lamps", urls_namespace="lamps of the tests")
problems.install(api)

RAISED: dict[str, Exception] = {
    "refused": problems.Refused(409, "Look at the lamp first.", errors=[{"field": "lamp", "problem": "it is out"}]),
    "forbidden": AuthorizationError(),
    "too_often": paces.TooOften(7),
    "nothing": Http404(CANARY),
    "unreadable": HttpError(400, f"cannot parse {CANARY}"),
}


@api.get("/raise/{name}")
def raise_it(request: HttpRequest, name: str) -> None:
    raise RAISED[name]


@api.get("/locked", auth=NoKey())
def locked(request: HttpRequest) -> None:
    raise AssertionError("the door was opened")


@api.post("/lamps")
def lamps(request: HttpRequest, lamp: LampIn) -> dict[str, bool]:
    return {"lit": True}


def problem_of(answer: Any) -> dict[str, Any]:
    """Return the problem document after a look at its shape."""
    body: dict[str, Any] = json.loads(answer.content)
    assert answer["Content-Type"] == "application/problem+json"
    assert (body["type"], body["status"]) == ("about:blank", answer.status_code)
    assert body["title"]
    assert body["detail"].endswith(".")
    return body


@pytest.mark.parametrize("status", sorted(problems.TITLES))
def test_each_status_has_a_title_of_its_own(status: int) -> None:
    answer: HttpResponse = problems.response(status, "Do this.")

    assert problem_of(answer) == {
        "type": "about:blank",
        "title": problems.TITLES[status],
        "status": status,
        "detail": "Do this.",
    }


def test_a_missing_key_is_answered_with_how_to_send_one() -> None:
    answer = TestClient(api).get("/locked", headers={"Authorization": f"Bearer {CANARY}"})

    assert answer.status_code == 401
    assert answer["WWW-Authenticate"] == 'Bearer realm="leeward"'
    assert "Authorization: Bearer" in problem_of(answer)["detail"]
    assert CANARY not in answer.content.decode()


@pytest.mark.parametrize(
    ("name", "status"),
    [("refused", 409), ("forbidden", 403), ("too_often", 429), ("nothing", 404), ("unreadable", 400)],
)
def test_every_refusal_of_the_api_is_a_problem_document(name: str, status: int) -> None:
    answer = TestClient(api).get(f"/raise/{name}")

    assert answer.status_code == status
    assert problem_of(answer)["title"] == problems.TITLES[status]
    assert CANARY not in answer.content.decode()


def test_a_refusal_names_the_fields_that_it_is_about() -> None:
    body = problem_of(TestClient(api).get("/raise/refused"))

    assert (body["detail"], body["errors"]) == (
        "Look at the lamp first.",
        [{"field": "lamp", "problem": "it is out"}],
    )


@pytest.mark.parametrize(
    ("sent", "fields"),
    [
        ({"height": CANARY, "colour": "red"}, ["lamp.height"]),
        ({"height": 3, "colour": CANARY}, ["lamp.colour"]),
        ({"height": {"nested": CANARY}, "colour": [CANARY]}, ["lamp.height", "lamp.colour"]),
        ({"colour": "red"}, ["lamp.height"]),
    ],
)
def test_wrong_fields_are_named_and_their_values_are_not_repeated(sent: dict[str, object], fields: list[str]) -> None:
    answer = TestClient(api).post("/lamps", json=sent)

    assert answer.status_code == 422
    assert [error["field"] for error in problem_of(answer)["errors"]] == fields
    assert CANARY not in answer.content.decode()


def test_a_body_that_is_no_json_is_not_repeated() -> None:
    answer = TestClient(api).post("/lamps", data="{" + CANARY, content_type="application/json")  # type: ignore[arg-type]  # a text, on purpose

    assert answer.status_code == 400
    problem_of(answer)
    assert CANARY not in answer.content.decode()
