"""A service that takes no secret knows us by a text that we signed for it: good once, for a minute, nowhere else."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from django.test import Client
from django.utils import timezone
from joserfc import jwt

from leeward.age.models import AgeTransaction, Requirement
from leeward.age.upstream import assertions, services
from leeward.age.upstream.choices import SignIn
from leeward.age.upstream.models import Provider as Row
from leeward.age.upstream.refusing import Refused
from leeward.age.upstream.tests.conftest import Visit, carrier_draft, draft, led_there, sent_back
from leeward.age.upstream.tests.provider import CLIENT, SECRET, Provider, serve
from leeward.age.upstream.tests.test_upstream import FORM, browser_of, ended, everything_written
from leeward.core.models import User

pytestmark = pytest.mark.django_db
AT = datetime(2026, 11, 23, 9, 30, 20, tzinfo=UTC)


@pytest.fixture
def strict(provider: Provider, client: Client) -> Provider:
    """A service that takes signed requests only, and read our key where we publish it."""
    provider.client_keys = client.get("/age/upstream/keys.json").json()
    return provider


@pytest.fixture
def ready(strict: Provider) -> Provider:
    """The same, set up and switched on."""
    services.set_up(draft(strict, sign_in=SignIn.SIGNED), actor="user:1", at=timezone.now())
    return strict


@pytest.fixture
def other(ready: Provider) -> Iterator[Provider]:
    """Another service that knows us by the same key."""
    made = Provider(at=timezone.now(), back=services.back(), client_keys=ready.client_keys)
    server = serve(made)
    yield made
    server.shutdown()
    server.server_close()


def brought(service: Provider, text: str) -> int:
    """Bring a text of ours to the token door of a service, as somebody would who got hold of it."""
    form = {"grant_type": "authorization_code", "code": "x", "client_assertion": text}
    form["client_assertion_type"] = assertions.KIND
    return httpx.post(f"{service.issuer}/token", data=form, trust_env=False).status_code


def test_a_service_that_takes_no_secret_is_asked_by_signed_requests(
    client: Client, ready: Provider, visit: Visit
) -> None:
    first, second = "/go" in visit(client).content.decode(), "/go" in visit(client).content.decode()

    # It refuses what it saw before, so each visit brought another text.
    assert (first, second, ready.refused, len(set(ready.assertions))) == (True, True, [], 2)
    assert SECRET not in everything_written()


def test_a_telephone_company_is_asked_so_too(client: Client, strict: Provider, visit: Visit) -> None:
    services.set_up(carrier_draft(strict, sign_in=SignIn.SIGNED), actor="user:1", at=timezone.now())

    assert "/go" in visit(client, "carrier").content.decode()
    assert (len(strict.assertions), strict.refused) == (1, [])


def test_the_text_says_who_we_are_to_one_service_for_a_minute() -> None:
    text = assertions.written(CLIENT, issuer="https://id.example", at=AT)
    key = assertions.key()
    said = jwt.decode(text, key, algorithms=["ES256"])

    assert said.header == {"alg": "ES256", "typ": "client-authentication+jwt", "kid": key.thumbprint()}
    assert len(said.claims.pop("jti")) == 22
    assert said.claims == {
        "iss": CLIENT,
        "sub": CLIENT,
        "aud": "https://id.example",
        "iat": int(AT.timestamp()),
        "exp": int(AT.timestamp()) + 60,
    }


def test_the_key_is_published_without_its_private_half_and_stays_the_same(client: Client) -> None:
    answer = client.get("/age/upstream/keys.json")
    [key] = answer.json()["keys"]
    assertions._made.cache_clear()

    assert answer["Content-Type"] == "application/jwk-set+json"
    assert set(key) == {"kty", "crv", "x", "y", "use", "alg", "kid"}
    assert client.get("/age/upstream/keys.json").json()["keys"] == [key]
    # What it signs is no age token and no ID token.
    assert key["kid"] not in {one["kid"] for one in client.get("/.well-known/age-jwks.json").json()["keys"]}


def test_a_text_that_somebody_caught_opens_nothing_again_and_nothing_elsewhere(
    client: Client, ready: Provider, other: Provider, visit: Visit
) -> None:
    visit(client)

    assert [brought(ready, ready.assertions[0]), brought(other, ready.assertions[0])] == [401, 401]
    assert (ready.refused, other.refused) == (["replay"], ["audience"])


def test_a_service_that_names_the_door_of_another_one_gets_nothing_that_opens_it(
    client: Client, ready: Provider, other: Provider, visit: Visit
) -> None:
    ready.meta = lambda said: said | {"token_endpoint": f"{other.issuer}/token"}
    services.set_up(draft(ready, sign_in=SignIn.SIGNED), actor="user:1", at=timezone.now())

    visit(client)

    assert (other.refused, ended()[:2]) == (["audience"], ("inconclusive", "upstream_said_401"))


@pytest.mark.parametrize("late_s", [120, -120])
def test_an_old_text_and_one_of_tomorrow_are_refused(
    client: Client, ready: Provider, adults: Requirement, late_s: int
) -> None:
    _step, there = led_there(client, adults.slug, "upstream")
    back = sent_back(there)
    ready.now_s = lambda: time.time() + late_s

    client.get(back)

    assert (ready.refused, AgeTransaction.objects.get().state) == (["time"], "inconclusive")


def test_the_provider_of_these_tests_refuses_a_text_of_another_kind(ready: Provider) -> None:
    """Else the tests above would show nothing."""
    claims: dict[str, Any] = {"iss": CLIENT, "sub": "somebody", "aud": ready.issuer, "jti": "1"}
    now = int(ready.now_s())
    text = jwt.encode({"alg": "ES256", "typ": "JWT"}, {**claims, "iat": now, "exp": now + 61}, assertions.key())

    assert [brought(ready, text), brought(ready, f"{text[:-8]}AAAAAAAA"), brought(ready, "")] == [401] * 3
    assert ready.refused == ["type", "client", "time", "signature", "signature"]


@pytest.mark.parametrize(
    ("said", "sign_in", "code"),
    [
        ({"token_endpoint_auth_methods_supported": ["private_key_jwt"]}, SignIn.SECRET, "takes_no_secret"),
        ({"token_endpoint_auth_methods_supported": ["client_secret_post"]}, SignIn.SIGNED, "takes_no_signature"),
        ({"token_endpoint_auth_signing_alg_values_supported": ["RS256"]}, SignIn.SIGNED, "takes_no_signature"),
        ({"token_endpoint_auth_methods_supported": "private_key_jwt"}, SignIn.SIGNED, "odd_doors"),
    ],
)
def test_a_service_is_not_set_up_with_a_way_that_it_does_not_take(
    strict: Provider, said: dict[str, Any], sign_in: SignIn, code: str
) -> None:
    strict.meta = lambda metadata: metadata | said

    with pytest.raises(Refused, match=f"^upstream_{code}$"):
        services.set_up(draft(strict, sign_in=sign_in), actor="user:1", at=timezone.now())

    assert not Row.objects.exists()


def test_olga_chooses_the_signed_request_and_the_secret_is_erased(olga: User, provider: Provider) -> None:
    browser, form = browser_of(olga), FORM | {"issuer": provider.issuer}
    browser.post("/age/upstream/upstream/", form)
    had_secret = Row.objects.get().secret == SECRET
    refused = browser.post("/age/upstream/upstream/", form | {"sign_in": "signed", "secret": ""})
    provider.client_keys = browser.get("/age/upstream/keys.json").json()
    browser.post("/age/upstream/upstream/", form | {"sign_in": "signed", "secret": ""})

    page = browser.get("/age/upstream/upstream/").content.decode()

    assert (had_secret, refused.status_code) == (True, 422)
    assert "takes no request that we sign" in refused.content.decode()
    assert (Row.objects.get().sign_in, Row.objects.get().secret) == ("signed", "")
    assert services.keys() in page


def test_without_a_secret_olga_cannot_go_back_to_one(olga: User, ready: Provider) -> None:
    form = FORM | {"issuer": ready.issuer, "secret": ""}

    page = browser_of(olga).post("/age/upstream/upstream/", form)

    assert (page.status_code, Row.objects.get().sign_in) == (422, "signed")
    assert "Write the secret that the service gave you" in page.content.decode()


def test_a_service_that_takes_both_is_signed_in_as_olga_chose(client: Client, strict: Provider, visit: Visit) -> None:
    strict.meta = lambda said: (
        said | {"token_endpoint_auth_methods_supported": ["client_secret_basic", "private_key_jwt"]}
    )
    services.set_up(draft(strict, sign_in=SignIn.SIGNED, secret=SECRET), actor="user:1", at=timezone.now())

    visit(client)

    assert (len(strict.assertions), Row.objects.get().secret) == (1, "")
