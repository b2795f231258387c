"""A site asks for an age by OpenID Connect, as its own library would: discovery, a link with PKCE, a code, an ID token."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from django.test import Client
from django.utils import timezone
from joserfc import jwk, jwt

from leeward.age import attempts, gate, services, tokens
from leeward.age.levels import Kind, Level
from leeward.age.models import OpenIdVisit, Requirement, Site
from leeward.age.openid import services as openid
from leeward.age.tests.conftest import ANAS_CODE, BEAS_CODE, HOST, ORIGIN
from leeward.age.tests.openid.conftest import REDIRECT, Program, program

type Answer = Any

US = "http://localhost:8000"
VERIFIER = "a-verifier-that-the-program-drew-and-keeps-to-itself"
STATE, NONCE = "drawn-state", "drawn-nonce"
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()


@dataclass(frozen=True)
class Configuration:
    """What the program reads at the beginning."""

    authorize: str
    token: str
    keys: jwk.KeySet


@pytest.fixture
def found(client: Client, db: None) -> Configuration:
    """What stands at the one address that an operator gives to the program."""
    said = client.get("/.well-known/openid-configuration").json()
    assert said["issuer"] == US
    keys = client.get(local(said["jwks_uri"])).json()
    return Configuration(
        local(said["authorization_endpoint"]), local(said["token_endpoint"]), jwk.KeySet.import_key_set(keys)
    )


def local(address: str) -> str:
    assert address.startswith(f"{US}/")
    return address.removeprefix(US)


def ask(client: Client, found: Configuration, of: Program, **changes: str) -> Answer:
    """Follow the link that the program gives to a visitor."""
    asked = {
        "response_type": "code",
        "client_id": of.client_id,
        "redirect_uri": of.redirect_uri,
        "scope": "openid age_over_18",
        "state": STATE,
        "nonce": NONCE,
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
    } | changes
    return client.get(f"{found.authorize}?{urlencode({name: text for name, text in asked.items() if text})}")


def show_age(client: Client, asked: Answer, code: str = BEAS_CODE) -> Answer:
    """Show an age by a code of the school, and return the page that says how it ended."""
    need = {name: values[0] for name, values in parse_qs(urlsplit(asked["Location"]).query).items()}
    step = str(client.post("/age/begin", {**need, "way": "school"})["Location"])
    client.post(step, {"code": code})
    return client.get(step)


def go_on(client: Client, page: Answer) -> Answer:
    """Press «go on», and return the answer that leads to the program."""
    go = re.findall(r'href="(/age/attempt/[^"]+/go)"', page.content.decode())[0]
    return client.get(local(client.get(go)["Location"]))


def visit(client: Client, found: Configuration, of: Program, **changes: str) -> dict[str, str]:
    """Make a whole visit, and return what the program reads from its own address."""
    return read(go_on(client, show_age(client, ask(client, found, of, **changes))))


def read(answer: Answer) -> dict[str, str]:
    address = urlsplit(answer["Location"])
    assert f"{address.scheme}://{address.netloc}{address.path}" == REDIRECT
    return {name: values[0] for name, values in parse_qs(address.query).items()}


def fetch(found: Configuration, of: Program, code: str, /, **changes: str) -> Answer:
    """Fetch the answer as the server of the program does, which has no cookies."""
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": of.redirect_uri,
        "code_verifier": VERIFIER,
    } | changes
    machine = Client(headers={"host": HOST}, enforce_csrf_checks=True)
    if of.secret:
        basic = base64.b64encode(f"{of.client_id}:{of.secret}".encode()).decode()
        return machine.post(found.token, form, headers={"authorization": f"Basic {basic}"})
    return machine.post(found.token, {"client_id": of.client_id} | form)


def claims(answer: Answer, found: Configuration) -> dict[str, Any]:
    return dict(jwt.decode(answer.json()["id_token"], found.keys, algorithms=["ES256"]).claims)


def error(answer: Answer) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]


def test_a_program_learns_an_age_and_how_sure_it_is_and_nothing_else(
    client: Client, found: Configuration, server: Program, adults: Requirement, roster: None
) -> None:
    back = visit(client, found, server)
    answer = fetch(found, server, back["code"])
    said = claims(answer, found)

    assert (back["state"], back["iss"]) == (STATE, US)
    assert set(said) == {"iss", "aud", "sub", "iat", "exp", "jti", "nonce", "acr", "age_over_18"}
    assert (said["iss"], said["aud"], said["nonce"]) == (US, server.client_id, NONCE)
    assert (said["age_over_18"], said["acr"]) == (True, "standard")
    assert (said["iat"] % 60, said["exp"] - said["iat"]) == (0, 600)
    assert (answer["Cache-Control"], answer.json()["token_type"]) == ("no-store", "Bearer")


def test_nothing_joins_two_visits_of_one_person(
    client: Client, found: Configuration, server: Program, adults: Requirement, roster: None
) -> None:
    first = visit(client, found, server)
    # The same browser goes on with what it showed within the hour, without showing it again.
    attempt = client.get(ask(client, found, server)["Location"])["Location"]
    second = read(client.get(local(client.get(attempt)["Location"])))

    said = [claims(fetch(found, server, back["code"]), found) for back in (first, second)]

    assert len({one["sub"] for one in said}) == len({one["jti"] for one in said}) == 2


def test_a_program_on_a_phone_needs_no_secret_but_what_it_began_with(
    client: Client, found: Configuration, app: Program, adults: Requirement, roster: None
) -> None:
    code = visit(client, found, app)["code"]

    stolen = fetch(found, app, code, code_verifier="another")
    answer = fetch(found, app, code)

    assert error(stolen) == (400, "invalid_grant")
    assert claims(answer, found)["age_over_18"] is True


def test_a_code_is_good_once(
    client: Client, found: Configuration, server: Program, adults: Requirement, roster: None
) -> None:
    code = visit(client, found, server)["code"]

    assert [fetch(found, server, code).status_code for _ in range(2)] == [200, 400]


def test_a_code_is_good_for_a_minute(
    client: Client, found: Configuration, server: Program, adults: Requirement, roster: None
) -> None:
    code = visit(client, found, server)["code"]
    OpenIdVisit.objects.update(coded_at=timezone.now() - timedelta(seconds=60))

    assert error(fetch(found, server, code)) == (400, "invalid_grant")


def test_a_code_of_one_program_is_nothing_to_another(
    client: Client, found: Configuration, server: Program, app: Program, adults: Requirement, roster: None
) -> None:
    code = visit(client, found, server)["code"]

    assert error(fetch(found, app, code)) == (400, "invalid_grant")
    assert fetch(found, server, code).status_code == 200


@pytest.mark.parametrize(
    ("changes", "refused"),
    [
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"code": "made-up"}, "invalid_grant"),
        ({"code_verifier": ""}, "invalid_grant"),
        ({"redirect_uri": f"{ORIGIN}/other"}, "invalid_grant"),
    ],
)
def test_an_exchange_that_is_not_right_gives_nothing_and_leaves_the_code(
    client: Client,
    found: Configuration,
    server: Program,
    adults: Requirement,
    roster: None,
    changes: dict[str, str],
    refused: str,
) -> None:
    code = visit(client, found, server)["code"]

    assert error(fetch(found, server, code, **changes)) == (400, refused)
    assert fetch(found, server, code).status_code == 200


@pytest.mark.parametrize("secret", ["", "another"])
def test_a_wrong_secret_gives_nothing(
    client: Client, found: Configuration, server: Program, adults: Requirement, roster: None, secret: str
) -> None:
    code = visit(client, found, server)["code"]

    assert error(fetch(found, Program(server.client_id, secret), code)) == (401, "invalid_client")


@pytest.mark.parametrize("header", ["Basic", "Basic no-base64!", "Basic /////w=="])
def test_a_header_that_cannot_be_read_is_no_program(found: Configuration, header: str) -> None:
    machine = Client(headers={"host": HOST, "authorization": header})

    assert error(machine.post(found.token, {"grant_type": "authorization_code"})) == (401, "invalid_client")


@pytest.mark.parametrize(
    ("changes", "refused"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_mode": "fragment"}, "invalid_request"),
        ({"scope": "openid"}, "invalid_scope"),
        ({"scope": "age_over_18"}, "invalid_scope"),
        ({"scope": "openid age_over_18 age_over_16"}, "invalid_scope"),
        ({"scope": "openid age_over_17"}, "invalid_scope"),
        ({"scope": "openid age_under_18"}, "invalid_scope"),
        ({"acr_values": "enhanced"}, "unmet_authentication_requirements"),
        ({"acr_values": "urn:made-up"}, "unmet_authentication_requirements"),
        ({"prompt": "none"}, "interaction_required"),
        ({"max_age": "0"}, "invalid_request"),
        ({"request": "x"}, "request_not_supported"),
        ({"request_uri": "x"}, "request_uri_not_supported"),
        ({"code_challenge": ""}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"nonce": "n" * 201}, "invalid_request"),
    ],
)
def test_a_question_that_cannot_be_answered_is_told_to_the_program(
    client: Client, found: Configuration, server: Program, adults: Requirement, changes: dict[str, str], refused: str
) -> None:
    said = read(ask(client, found, server, **changes))

    assert (said["error"], said["state"], said["iss"]) == (refused, STATE, US)
    assert not OpenIdVisit.objects.exists()


@pytest.mark.parametrize(
    "changes",
    [{"client_id": "made-up"}, {"redirect_uri": "https://evil.example/callback"}, {"redirect_uri": f"{REDIRECT}/"}],
)
def test_nobody_is_led_to_an_address_that_the_operator_did_not_write(
    client: Client, found: Configuration, server: Program, adults: Requirement, changes: dict[str, str]
) -> None:
    answer = ask(client, found, server, **changes)

    assert (answer.status_code, answer.headers.get("Location")) == (400, None)


def test_a_program_that_was_closed_gets_nothing_any_more(
    client: Client, found: Configuration, server: Program, forum: Site, adults: Requirement, roster: None
) -> None:
    code = visit(client, found, server)["code"]

    openid.close(forum.openid_clients.get(), at=timezone.now())

    assert error(fetch(found, server, code)) == (401, "invalid_client")
    assert ask(client, found, server).status_code == 400


def test_more_surely_is_another_area_of_the_same_site(
    client: Client, found: Configuration, server: Program, forum: Site, adults: Requirement, roster: None
) -> None:
    draft = services.RequirementDraft("sure", "Sure", 18, None, Level.BASIC, (Kind.VERIFICATION,))
    services.require(forum, draft, actor="system", at=timezone.now())

    asked = [
        ask(client, found, server, acr_values=values)["Location"] for values in ("", "standard", "strict standard")
    ]

    assert [parse_qs(urlsplit(one).query)["need"][0] for one in asked] == ["sure", adults.slug, adults.slug]


def test_who_is_too_young_brings_no_code(
    client: Client, found: Configuration, server: Program, adults: Requirement, roster: None
) -> None:
    page = show_age(client, ask(client, found, server), ANAS_CODE)

    assert "/go" not in page.content.decode()
    assert not OpenIdVisit.objects.exclude(code=None).exists()


def test_an_age_that_was_shown_in_another_browser_brings_no_code(
    client: Client, found: Configuration, server: Program, adults: Requirement, roster: None
) -> None:
    eve = Client(headers={"host": HOST})
    sent_by_eve = ask(eve, found, server)
    page = show_age(client, sent_by_eve)
    go = re.findall(r'href="(/age/attempt/[^"]+/go)"', page.content.decode())[0]

    address = local(client.get(go)["Location"])

    assert client.get(address).status_code == 403
    assert not OpenIdVisit.objects.exclude(code=None).exists()


def test_a_visit_brings_one_code(
    client: Client, found: Configuration, server: Program, adults: Requirement, roster: None
) -> None:
    page = show_age(client, ask(client, found, server))

    assert [go_on(client, page).status_code for _ in range(2)] == [302, 403]


def test_the_token_of_a_gate_and_that_of_a_program_do_not_pass_for_each_other(
    client: Client, found: Configuration, server: Program, adults: Requirement, roster: None
) -> None:
    id_token = fetch(found, server, visit(client, found, server)["code"]).json()["id_token"]

    with pytest.raises(gate.Refused):
        gate.read(id_token, keys=tokens.key_set())


def test_a_visit_is_erased_within_the_hour(
    client: Client, found: Configuration, server: Program, adults: Requirement, roster: None
) -> None:
    visit(client, found, server)

    openid.forget(timezone.now() + timedelta(hours=1, seconds=1))

    assert not OpenIdVisit.objects.exists()


def test_a_site_with_two_programs_answers_each_at_its_own_address(
    client: Client, found: Configuration, server: Program, forum: Site, adults: Requirement, roster: None
) -> None:
    other = program(forum, redirect_uri=f"{ORIGIN}/other")

    answer = go_on(client, show_age(client, ask(client, found, other)))

    assert answer["Location"].startswith(f"{ORIGIN}/other?code=")


def test_the_way_of_a_gate_is_not_touched(client: Client, adults: Requirement, roster: None) -> None:
    attempt = attempts.begin(adults, method="school", nonce="A" * 43, browser="b", user=None, at=datetime.now(UTC))
    attempts.answer(attempt, {"code": BEAS_CODE}, at=datetime.now(UTC))

    assert attempts.go(attempt, at=datetime.now(UTC)).startswith(f"{ORIGIN}/_age/back?token=")
