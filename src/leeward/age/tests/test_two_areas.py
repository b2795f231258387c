"""Two areas of one host share the way to the age service and back; each opens to its own age only."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client
from django.utils import timezone

from leeward.age import services
from leeward.age.levels import Kind, Level
from leeward.age.models import Requirement
from leeward.age.services import RequirementDraft
from leeward.age.tests.conftest import BEAS_CODE
from leeward.age.tests.test_visit import at_gate

type Answer = Any


@pytest.fixture
def elsewhere(db: None) -> Requirement:
    """An area of another site."""
    site = services.add_site(slug="other", name="Other", callback="https://other.example/_age/back", at=timezone.now())
    draft = RequirementDraft("other-teens", "Talk", 13, None, Level.ASSERTED, tuple(Kind))
    return services.require(site, draft, actor="system", at=timezone.now())


def need_of(answer: Answer) -> str:
    return parse_qs(urlsplit(str(answer["Location"])).query)["need"][0]


def show(client: Client, answer: Answer, way: str, **form: str) -> Answer:
    """Show an age where the answer leads to, and come back as the proxy of the first area passes it on."""
    asked = {name: values[0] for name, values in parse_qs(urlsplit(answer["Location"]).query).items()}
    step = str(client.post("/age/begin", {**asked, "way": way})["Location"])
    client.post(step, form)
    token = parse_qs(urlsplit(client.get(f"{step}go")["Location"]).query)["token"][0]
    return at_gate(client, "/back", need="forum-adults", token=token)


def test_the_way_leads_to_the_area_that_the_address_names(
    client: Client, adults: Requirement, teens: Requirement
) -> None:
    at_teens = at_gate(client, need=teens.slug)

    assert need_of(at_teens) == teens.slug
    assert need_of(at_gate(client, "/start", need=adults.slug)) == adults.slug
    assert (
        need_of(client.get("/age/gate/start?need=forum-teens", headers={"x-age-required": adults.slug})) == teens.slug
    )


@pytest.mark.parametrize("named", ["other-teens", "made-up", ""])
def test_an_area_of_another_site_is_not_named(
    client: Client, adults: Requirement, elsewhere: Requirement, named: str
) -> None:
    answer = client.get(f"/age/gate/start?need={named}", headers={"x-age-required": adults.slug})

    assert need_of(answer) == adults.slug


def test_what_opens_the_one_does_not_open_the_other(
    client: Client, adults: Requirement, teens: Requirement, roster: None
) -> None:
    def stands() -> list[int]:
        return [at_gate(client, need=area.slug).status_code for area in (teens, adults)]

    start = client.get("/age/gate/start?need=forum-teens&to=/teens/", headers={"x-age-required": adults.slug})
    came = show(client, start, "screen", month="5", year="1990")
    as_teen = stands()
    show(client, at_gate(client, "/start", need=adults.slug), "school", code=BEAS_CODE)

    assert (came.status_code, came["Location"]) == (302, "/teens/")
    assert as_teen == [204, 401]
    assert stands() == [204, 204]


def test_a_visitor_cannot_choose_an_easier_area_at_the_gate_itself(
    client: Client, adults: Requirement, teens: Requirement
) -> None:
    start = client.get("/age/gate/start?need=forum-teens", headers={"x-age-required": adults.slug})
    show(client, start, "screen", month="5", year="1990")

    asked = {
        path: at_gate(client, path, need=adults.slug).status_code
        for path in ("?need=forum-teens", "/enter?need=forum-teens")
    }

    assert asked == {"?need=forum-teens": 401, "/enter?need=forum-teens": 302}


def test_a_script_is_told_how_the_visitor_stands(client: Client, adults: Requirement, teens: Requirement) -> None:
    def told(named: str) -> int:
        address = f"/age/gate/state?need={named}"
        return client.get(address, headers={"x-age-required": adults.slug}).status_code

    before = told("forum-teens")
    start = client.get("/age/gate/start?need=forum-teens", headers={"x-age-required": adults.slug})
    show(client, start, "screen", month="5", year="1990")

    assert [before, told("forum-teens"), told(""), told("forum-adults")] == [401, 204, 401, 401]


def test_the_script_for_links_is_given_to_every_page_and_named_by_what_is_in_it(client: Client, db: None) -> None:
    answer = client.get("/age/link.js", headers={"origin": "https://forum.example"})
    again = client.get("/age/link.js", headers={"if-none-match": answer["ETag"]})

    assert answer.content.startswith(b"// A link to an age gate")
    assert (answer["Access-Control-Allow-Origin"], answer["Cross-Origin-Resource-Policy"]) == ("*", "cross-origin")
    assert (answer["Content-Type"], again.status_code) == ("text/javascript; charset=utf-8", 304)
    assert "Set-Cookie" not in answer
