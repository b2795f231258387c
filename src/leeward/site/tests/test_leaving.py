"""The quick exit stands on every page that needs no account, and leads away without a trace."""

from __future__ import annotations

import re

import pytest
from django.conf import settings
from django.test import Client

from leeward.core.models import User
from leeward.site.leaving import NEUTRAL

EVERYTHING = {'"cache"', '"cookies"', '"storage"'}
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


@pytest.fixture
def client() -> Client:
    return Client(headers={"host": "localhost"})


def cleared(answer: object) -> set[str]:
    """Return what an answer tells the browser to forget."""
    return set(re.findall(r'"[a-z]+"', getattr(answer, "headers", {}).get("Clear-Site-Data", "")))


@pytest.mark.parametrize(("language", "_"), settings.LANGUAGES)
def test_it_leads_to_a_neutral_page_in_every_language_of_the_site(language: str, _: str, client: Client) -> None:
    answer = client.get("/exit/", headers={"accept-language": language})

    assert (answer.status_code, answer["Location"]) == (302, NEUTRAL[language])
    assert answer["Location"].startswith("https://")


@pytest.mark.parametrize("site", ["same-origin", "none", None])
def test_it_tells_the_browser_to_forget_everything_of_this_site(site: str | None, client: Client) -> None:
    answer = client.get("/exit/", headers={"sec-fetch-site": site} if site else {})

    assert cleared(answer) == EVERYTHING
    assert "no-store" in answer["Cache-Control"]
    assert answer["Referrer-Policy"] == "no-referrer"


def test_a_browser_without_https_loses_its_cookies_as_well(client: Client) -> None:
    client.cookies["csrftoken"] = "x" * 32

    answer = client.get("/exit/")

    assert answer.cookies["csrftoken"]["max-age"] == 0


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_a_link_of_another_site_leads_away_but_signs_nobody_out(site: str, client: Client) -> None:
    client.cookies["sessionid"] = "x" * 32

    answer = client.get("/exit/", headers={"sec-fetch-site": site})

    assert answer.status_code == 302
    assert cleared(answer) == set()
    assert not answer.cookies


def test_it_takes_nobody_to_an_address_that_came_along(client: Client) -> None:
    answer = client.get("/exit/", {"next": "https://bad.example/", "url": "//bad.example"})

    assert answer["Location"] in NEUTRAL.values()


@pytest.mark.django_db
@pytest.mark.parametrize(
    "path", ["/", "/h/", "/report/", "/report/how/", "/r/", "/door", "/account/login/", "/nowhere"]
)
def test_it_is_the_first_link_of_every_public_page(path: str, client: Client) -> None:
    body = client.get(path).content.decode().partition("<body")[2]

    first = re.search(r"<(?:a|button|input)\b[^>]*>", body)

    assert first is not None
    assert 'href="/exit/"' in first.group()


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/desk/", "/operator/health/"])
def test_people_who_work_here_sign_out_instead(path: str, client: Client, cem: User, olga: User) -> None:
    client.force_login(olga if "operator" in path else cem, backend=BACKEND)

    answer = client.get(path)

    assert answer.status_code == 200
    assert "/exit/" not in answer.content.decode()


@pytest.mark.django_db
def test_under_a_blocked_name_it_leads_to_our_own(client: Client) -> None:
    page = client.get("/some/page", headers={"host": "blocked.example"}).content.decode()

    assert f'href="{settings.LEEWARD.server.site_url}/exit/"' in page
