"""Who shows no age to a program can go back to it, and it does not learn why."""

from __future__ import annotations

import html
import re
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from django.test import Client
from django.utils import timezone

from leeward.age.models import AgeTransaction, OpenIdVisit, Requirement, Site
from leeward.age.openid import services as openid
from leeward.age.tests.conftest import ANAS_CODE, HOST, ORIGIN
from leeward.age.tests.openid.conftest import REDIRECT, Program

type Answer = Any

STATE = "drawn & <kept> by the program"


def begun(client: Client, of: Program, **changes: str) -> dict[str, str]:
    """Follow the link of a program, and return what stands in the address of our first page."""
    asked = {
        "response_type": "code",
        "client_id": of.client_id,
        "redirect_uri": of.redirect_uri,
        "scope": "openid age_over_18",
        "state": STATE,
        "code_challenge": "c" * 43,
        "code_challenge_method": "S256",
    } | changes
    led = client.get(f"/age/openid/authorize?{urlencode({name: text for name, text in asked.items() if text})}")
    return {name: values[0] for name, values in parse_qs(urlsplit(led["Location"]).query).items()}


def step(client: Client, asked: dict[str, str]) -> str:
    """Take the school's way, and return its address."""
    return str(client.post("/age/begin", {**asked, "way": "school"})["Location"])


def too_young(client: Client, asked: dict[str, str]) -> Answer:
    """Show to be twelve, and return the page that says no."""
    address = step(client, asked)
    client.post(address, {"code": ANAS_CODE})
    return client.get(address)


def way_back(page: Answer) -> str:
    """Return the one link to the site that a page has. The page is shown: nobody is sent away unread."""
    assert page.status_code == 200
    found = re.findall(rf'<a[^>]*href="({ORIGIN}[^"]*)"[^>]*rel="noreferrer"', page.content.decode())
    assert len(found) == 1
    return html.unescape(found[0])


def test_whoever_is_too_young_and_whoever_gives_up_go_the_same_way_back(
    client: Client, server: Program, adults: Requirement, roster: None
) -> None:
    asked = begun(client, server)
    gave_up = way_back(client.get("/age/", asked))
    refused = way_back(too_young(client, asked))
    other = Client(headers={"host": HOST})
    waited = step(other, asked)
    AgeTransaction.objects.filter(state=AgeTransaction.State.PENDING).update(
        begun_at=timezone.now() - timedelta(minutes=31)
    )

    address = urlsplit(refused)

    assert gave_up == refused == way_back(other.get(waited))
    assert f"{address.scheme}://{address.netloc}{address.path}" == REDIRECT
    assert parse_qs(address.query) == {
        "error": ["access_denied"],
        "state": [STATE],
        "iss": ["http://localhost:8000"],
    }


def test_a_program_that_sent_no_state_gets_none(
    client: Client, server: Program, adults: Requirement, roster: None
) -> None:
    address = way_back(client.get("/age/", begun(client, server, state="")))

    assert set(parse_qs(urlsplit(address).query)) == {"error", "iss"}


def test_each_visit_leads_back_to_the_program_that_began_it(
    client: Client, server: Program, app: Program, adults: Requirement, roster: None
) -> None:
    asked = [begun(client, of, state=state) for of, state in ((server, "one"), (app, "two"))]

    states = [parse_qs(urlsplit(way_back(client.get("/age/", one))).query)["state"] for one in asked]

    assert states == [["one"], ["two"]]


@pytest.mark.parametrize("over", ["answered", "closed", "erased", "of a gate"])
def test_where_no_program_waits_the_link_leads_to_the_first_page_of_the_site(
    client: Client, server: Program, forum: Site, adults: Requirement, roster: None, over: str
) -> None:
    asked = begun(client, server)
    if over == "answered":
        OpenIdVisit.objects.update(code=b"c" * 32)
    elif over == "closed":
        openid.close(forum.openid_clients.get(), at=timezone.now())
    elif over == "erased":
        openid.forget(timezone.now() + timedelta(hours=1, seconds=1))
    else:
        asked["nonce"] = "A" * 43

    assert way_back(client.get("/age/", asked)) == f"{ORIGIN}/"


def test_who_showed_the_age_is_not_led_away_from_it(
    client: Client, server: Program, adults: Requirement, roster: None
) -> None:
    address = step(client, begun(client, server))
    client.post(address, {"code": "BEA3-88WE-07"})

    assert "access_denied" not in client.get(address).content.decode()
