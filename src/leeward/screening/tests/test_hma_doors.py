"""The HMA-compatible doors open for a provider's key, however its client sends it, and for nobody else."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern

from leeward.core import machines
from leeward.core.models import ApiKey, Organisation, User
from leeward.indicators.models import Category
from leeward.screening import hma_urls, index
from leeward.screening.tests.test_index import database_fails
from leeward.screening.tests.uploads import AT, digest_of, encoded, look_of, published, waves

pytestmark = pytest.mark.django_db
PICTURE = encoded(waves(1))
PROBES = {"status": "I-AM-ALIVE", "livez": "OK", "readyz": "READY"}
ROUTES = {str(one.pattern) for one in hma_urls.urlpatterns if isinstance(one, URLPattern)} - {"", *PROBES}
DOORS = [*sorted(route.replace("<str:name>", "CSAM") for route in ROUTES), "", "c/exchanges", "anything/else"]


def basic(words: str) -> str:
    return "Basic " + base64.b64encode(words.encode()).decode()


def with_header(authorization: str) -> Client:
    return Client(headers={"host": "localhost:8000", **({"authorization": authorization} if authorization else {})})


def key_of(organisation: Organisation, scope: ApiKey.Scope = ApiKey.Scope.SCREEN) -> str:
    return machines.make_key(organisation, scopes=[scope], at=AT)


@pytest.mark.parametrize(
    "form", ["Bearer {}", "bearer {}", "Basic leeward:{}", "Basic {}:", "Basic {}:x-oauth-basic", "Basic :{}"]
)
def test_a_key_opens_the_doors_in_every_way_that_a_client_can_send_it(harbour: Organisation, form: str) -> None:
    header = form.format(key_of(harbour))
    if header.startswith("Basic "):
        header = basic(header.removeprefix("Basic "))

    assert with_header(header).get("/hma/c/banks").status_code == 200


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize(
    "authorization",
    ["", "Bearer", "Bearer ", "Bearer lwk_nonsense", basic("leeward:leeward"), basic(":"), "Basic é", "Digest x"],
)
def test_without_a_key_no_door_opens_and_none_is_told_from_another(door: str, authorization: str) -> None:
    client = with_header(authorization)

    answers = [client.get(f"/hma/{door}"), client.post(f"/hma/{door}"), client.delete(f"/hma/{door}")]

    assert [answer.status_code for answer in answers] == [401] * 3
    assert answers[0]["WWW-Authenticate"] == 'Basic realm="leeward"'
    assert "Bearer KEY" in answers[0].json()["message"]


@pytest.mark.parametrize("scope", [scope for scope in ApiKey.Scope if scope is not ApiKey.Scope.SCREEN])
def test_a_key_for_other_doors_does_not_open_these(harbour: Organisation, scope: ApiKey.Scope) -> None:
    key = key_of(harbour, scope)

    assert with_header(f"Bearer {key}").get("/hma/c/banks").status_code == 401
    assert with_header(basic(f"leeward:{key}")).get("/hma/c/banks").status_code == 401


def test_a_revoked_key_opens_nothing(harbour: Organisation) -> None:
    client = with_header(f"Bearer {key_of(harbour)}")
    ApiKey.objects.update(revoked_at=AT)

    assert client.get("/hma/m/index/status").status_code == 401


def test_a_session_of_the_operator_opens_nothing(olga: User) -> None:
    client = with_header("")
    client.force_login(olga, backend="allauth.account.auth_backends.AuthenticationBackend")

    assert client.get("/hma/c/banks").status_code == 401


def test_while_the_database_is_down_whoever_asks_is_told_to_hold(machine: Client) -> None:
    with database_fails():
        answer = machine.get("/hma/m/lookup", {"signal_type": "pdq", "signal": "f" * 64})

    assert answer.status_code == 503
    assert "Hold the upload" in answer.json()["message"]


@pytest.mark.parametrize(("path", "words"), PROBES.items())
def test_a_load_balancer_needs_no_key_for_its_probes(path: str, words: str) -> None:
    answer = with_header("").get(f"/hma/{path}")

    assert (answer.status_code, answer.text) == (200, words)


def test_a_load_balancer_sees_that_the_index_is_not_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    published(look_of(PICTURE))
    monkeypatch.setattr(index, "MOST_BEHIND", 0)
    client = with_header("")

    answers = {path: client.get(f"/hma/{path}") for path in PROBES}

    assert {path: answer.status_code for path, answer in answers.items()} == {
        "status": 503,
        "livez": 200,
        "readyz": 503,
    }
    assert answers["status"].text == "INDEX-NOT-LOADED"


def test_the_banks_are_our_categories_and_those_to_be_looked_at(machine: Client) -> None:
    banks = machine.get("/hma/c/banks").json()

    assert {"name": "CSAM", "matching_enabled_ratio": 1.0} in banks
    assert {bank["name"] for bank in banks} == {
        category.upper() + end for category in Category.values for end in ("", "_REVIEW")
    }
    assert machine.get("/hma/c/bank/CSAM").json() == {"name": "CSAM", "matching_enabled_ratio": 1.0}
    assert machine.get("/hma/c/bank/NONE").status_code == 404


def test_signal_and_content_types_are_listed_as_hma_lists_them(machine: Client) -> None:
    signals, contents = machine.get("/hma/c/signal_type").json(), machine.get("/hma/c/content_type").json()

    assert {"name": "pdq", "enabled_ratio": 1.0} in signals
    assert {"name": "video_md5", "enabled_ratio": 1.0} in signals
    assert contents[:2] == [{"name": "photo", "enabled": True}, {"name": "video", "enabled": True}]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("post", "c/banks"),
        ("put", "c/bank/CSAM"),
        ("delete", "c/bank/CSAM"),
        ("post", "c/bank/CSAM/content"),
        ("post", "c/bank/CSAM/signal"),
        ("delete", "c/bank/CSAM/content/1"),
        ("post", "c/exchanges"),
        ("put", "c/signal_type/pdq"),
    ],
)
def test_nobody_can_write_to_a_bank_and_is_told_where_signs_come_from(machine: Client, method: str, path: str) -> None:
    answer = getattr(machine, method)(f"/hma/{path}", content_type="application/json")

    assert answer.status_code == 403
    assert "/desk/" in answer.json()["message"]


def test_a_wrong_method_is_refused_and_the_right_ones_named(machine: Client) -> None:
    answers = [machine.delete("/hma/m/lookup"), machine.get("/hma/m/compare"), machine.post("/hma/m/raw_lookup")]

    assert [answer.status_code for answer in answers] == [405] * 3
    assert [answer["Allow"] for answer in answers] == ["GET, POST", "POST", "GET"]


@pytest.mark.parametrize(
    "path", ["", "m/", "m/lookup/", "m/lookup_topk", "ui/", "c/exchanges", "c/bank/CSAM/content/1"]
)
def test_an_address_that_leads_nowhere_says_where_the_look_ups_are(machine: Client, path: str) -> None:
    answer = machine.get(f"/hma/{path}")

    assert answer.status_code == 404
    assert "/m/lookup" in answer.json()["message"]


def test_the_state_of_the_index_is_told_for_each_signal_type(machine: Client) -> None:
    def state(**asked: str) -> Any:
        return machine.get("/hma/m/index/status", asked).json()

    published(look_of(PICTURE), digest_of(PICTURE))

    assert state()["pdq"] == {"present": True, "built_to": int(AT.timestamp()), "size": 1}
    assert state()["md5"] == state()["video_md5"] == {"present": True, "built_to": int(AT.timestamp()), "size": 1}
    assert list(state(signal_type="pdq")) == ["pdq"]


def test_an_index_that_is_behind_is_not_present(machine: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    published(look_of(PICTURE))
    monkeypatch.setattr(index, "MOST_BEHIND", 0)

    states = machine.get("/hma/m/index/status").json()

    assert states["pdq"] == {"present": False, "built_to": -1, "size": 0}


def test_no_answer_is_kept_by_a_cache_between(machine: Client) -> None:
    assert machine.get("/hma/c/banks")["Cache-Control"] == "private, no-store"
