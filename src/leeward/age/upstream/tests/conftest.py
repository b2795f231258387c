"""Olga has set up an identity service and a telephone company; both stand on loopback."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from django.test import Client
from django.utils import timezone

from leeward.age import services as age
from leeward.age.levels import Kind, Level
from leeward.age.models import Requirement
from leeward.age.upstream import services
from leeward.age.upstream.choices import Reading, Service
from leeward.age.upstream.services import ProviderDraft
from leeward.age.upstream.tests.provider import CLIENT, SECRET, Provider, serve

HOST = "localhost"
NONCE = "n" * 43

# What the test client returns is a type of its own, which is not named in public.
type Answer = Any
type Visit = Callable[..., Answer]


@pytest.fixture
def adults(db: None) -> Requirement:
    """Pages for adults of a site that asks for a record at least."""
    at = timezone.now()
    site = age.add_site(slug="forum", name="Harbour Forum", callback="https://forum.example/_age/back", at=at)
    draft = age.RequirementDraft("forum-adults", "Pages for adults", 18, None, Level.STANDARD, (Kind.VERIFICATION,))
    return age.require(site, draft, actor="system", at=at)


@pytest.fixture
def provider(db: None) -> Iterator[Provider]:
    """A provider that nobody set up yet."""
    made = Provider(at=timezone.now(), back=services.back())
    server = serve(made)
    yield made
    server.shutdown()
    server.server_close()


def draft(provider: Provider, **changed: Any) -> ProviderDraft:
    """Return what Olga fills in about an identity service."""
    values: dict[str, Any] = {
        "service": Service.UPSTREAM,
        "name": "Examplia Id",
        "issuer": provider.issuer,
        "client_id": CLIENT,
        "secret": SECRET,
        "scopes": "openid",
        "level": Level.ENHANCED,
        "claim": "age_over_{age}",
        "reading": Reading.YES_NO.value,
    }
    return ProviderDraft(**{**values, **changed})


def carrier_draft(provider: Provider, **changed: Any) -> ProviderDraft:
    """Return what Olga fills in about a telephone company."""
    values: dict[str, Any] = {
        "service": Service.CARRIER,
        "scopes": "openid kyc-age-verification:verify",
        "level": Level.STANDARD,
        "claim": "",
        "reading": "",
        "api": f"{provider.issuer}/kyc",
    }
    return draft(provider, **{**values, **changed})


def led_there(client: Client, need: str, way: str) -> tuple[str, str]:
    """Take a way, and return the address of the attempt and the one at the service."""
    step = str(client.post("/age/begin", {"need": need, "nonce": NONCE, "way": way})["Location"])
    found = re.search(r'href="(http://127[^"]+)"', client.get(step).content.decode())
    assert found
    return step, html.unescape(found[1])


def sent_back(there: str) -> str:
    """Go to the service as a browser does, and return the address to which it sends back."""
    answer = httpx.get(there, trust_env=False)
    assert answer.status_code == 302
    return answer.headers["Location"].removeprefix("http://localhost:8000")


@pytest.fixture
def visit(adults: Requirement) -> Visit:
    """Return who takes the way through a service, and sees how it ended."""

    def goes(client: Client, way: str = "upstream", *, changed: Callable[[str], str] = str) -> Answer:
        step, there = led_there(client, adults.slug, way)
        client.get(changed(sent_back(there)))
        return client.get(step)

    return goes


@pytest.fixture
def client() -> Client:
    """A visitor without an account."""
    return Client(headers={"host": HOST})
