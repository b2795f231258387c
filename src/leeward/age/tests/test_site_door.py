"""A site without a proxy keeps its pages behind the same gate, in Django and in every ASGI framework."""

from __future__ import annotations

import asyncio
import re
from datetime import UTC, datetime
from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from leeward.age import gate, tokens
from leeward.age.asgi_gate import AsgiAgeGate
from leeward.age.django_gate import django_age_gate
from leeward.age.levels import Level
from leeward.age.site_door import Reply, SiteDoor
from leeward.age.tests.conftest import ORIGIN

SECRET = b"THE PAGE FOR ADULTS"
AREA = gate.Area("forum-adults", ORIGIN, 18, None, Level.STANDARD)
DOOR = SiteDoor("https://leeward.example", AREA, "/adults/", keys=tokens.key_set)


def through_django(path: str, cookie: str) -> tuple[int, dict[str, str], bytes]:
    def page(request: HttpRequest) -> HttpResponse:
        return HttpResponse(SECRET)

    answer = django_age_gate(DOOR)(page)(RequestFactory().get(path, headers={"cookie": cookie}))
    kept = {name: morsel.value for name, morsel in answer.cookies.items()}
    return answer.status_code, {**kept, "location": answer.headers.get("Location", "")}, answer.content


def through_asgi(path: str, cookie: str) -> tuple[int, dict[str, str], bytes]:
    sent: list[Any] = []

    async def page(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": SECRET})

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> Any:
        raise AssertionError("nobody reads a body here")

    bare, _, query = path.partition("?")
    scope = {"type": "http", "path": bare, "query_string": query.encode(), "headers": [(b"cookie", cookie.encode())]}
    asyncio.run(AsgiAgeGate(page, door=DOOR)(scope, receive, send))
    headers = sent[0]["headers"]
    text = "\n".join(value.decode() for name, value in headers if name == b"set-cookie")
    kept = dict(re.findall(r"(__Host-age[a-z-]*)=([^;\n]*);", text))
    location = next((value.decode() for name, value in headers if name == b"location"), "")
    return sent[0]["status"], {**kept, "location": location}, sent[1]["body"]


SITES = pytest.mark.parametrize("ask", [through_django, through_asgi], ids=["Django", "ASGI"])


def cookie_header(found: dict[str, str]) -> str:
    return "; ".join(f"{name}={value}" for name, value in found.items() if name.startswith("__Host-"))


def token_for(address: str, *, level: Level = Level.STANDARD) -> str:
    nonce = re.search(r"nonce=([A-Za-z0-9_-]{43})", address)
    assert nonce
    return tokens.issue(audience=ORIGIN, nonce=nonce[1], over=18, level=level, at=datetime.now(UTC))


@SITES
def test_the_page_comes_after_the_age_and_no_byte_of_it_before(ask: Any) -> None:
    status, led, body = ask("/adults/page?q=1", "")
    came, back, _ = ask(f"/_age/back?token={token_for(led['location'])}", cookie_header(led))
    inside = ask("/adults/page?q=1", cookie_header(back))

    assert (status, SECRET in body) == (302, False)
    assert (came, back["location"]) == (302, "/adults/page?q=1")
    assert (inside[0], inside[2]) == (200, SECRET)


@SITES
def test_open_pages_stay_open(ask: Any) -> None:
    assert ask("/", "")[2] == SECRET


@SITES
def test_a_token_that_came_by_a_strangers_link_is_not_taken(ask: Any) -> None:
    _, led, _ = ask("/adults/page", "")
    _, mine, _ = ask("/adults/page", "")

    status, kept, _ = ask(f"/_age/back?token={token_for(led['location'])}", cookie_header(mine))

    assert (status, "__Host-age" in kept) == (403, False)


@SITES
def test_a_token_that_is_not_sure_enough_comes_in_and_is_asked_for_more(ask: Any) -> None:
    _, led, _ = ask("/adults/page", "")
    _, back, _ = ask(f"/_age/back?token={token_for(led['location'], level=Level.BASIC)}", cookie_header(led))

    status, _, body = ask("/adults/page", cookie_header(back))

    assert (status, SECRET in body) == (403, False)


TEENS = SiteDoor(
    "https://leeward.example",
    gate.Area("forum-teens", ORIGIN, 13, None, Level.BASIC),
    "/teens/",
    keys=tokens.key_set,
)


def at_doors(path: str, query: dict[str, str], cookies: dict[str, str]) -> Reply | None:
    """Ask two doors of one site, one after the other, as two middlewares do."""
    replies = (door.answer(path, query=query, cookies=cookies, at=datetime.now(UTC)) for door in (DOOR, TEENS))
    return next((reply for reply in replies if reply is not None), None)


def test_two_areas_of_one_site_share_the_way_and_each_asks_for_its_own_age() -> None:
    led = at_doors("/_age/start", {"to": "/teens/", "need": "forum-teens"}, {})
    assert led is not None
    address, way = dict(led.headers)["Location"], dict(led.headers)["Set-Cookie"].partition(";")[0].partition("=")[2]
    nonce = re.search(r"nonce=([A-Za-z0-9_-]{43})", address)
    assert nonce
    token = tokens.issue(audience=ORIGIN, nonce=nonce[1], over=13, level=Level.BASIC, at=datetime.now(UTC))

    back = at_doors("/_age/back", {"token": token}, {gate.WAY_COOKIE: way})
    assert back is not None
    kept = {gate.COOKIE: f"{way.partition('.')[0]}.{token}"}

    assert "need=forum-teens" in address
    assert (back.status, dict(back.headers)["Location"]) == (302, "/teens/")
    assert at_doors("/teens/", {}, kept) is None
    at_adults = at_doors("/adults/", {}, kept)
    assert at_adults is not None
    assert "need=forum-adults" in dict(at_adults.headers)["Location"]


def test_a_script_is_told_how_the_visitor_stands_at_each_area() -> None:
    _, led, _ = through_asgi("/adults/page", "")
    _, back, _ = through_asgi(f"/_age/back?token={token_for(led['location'], level=Level.BASIC)}", cookie_header(led))
    cookies = {gate.COOKIE: back[gate.COOKIE]}

    replies = [
        at_doors("/_age/state", query, kept)
        for query, kept in (({}, {}), ({}, cookies), ({"need": "forum-teens"}, cookies))
    ]

    assert [reply.status for reply in replies if reply] == [401, 403, 204]
    assert at_doors("/_age/state", {"need": "made-up"}, cookies) is None
