"""The operator says which programs may ask by OpenID Connect, and each secret is shown once."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from leeward.age.models import OpenIdClient, Requirement, Site
from leeward.age.tests.conftest import ORIGIN, SignIn
from leeward.age.tests.openid.conftest import REDIRECT, Program
from leeward.core.models import User

PAGE = "/age/operator/openid/"


def add(browser: Client, site: Site, *, redirect_uri: str = REDIRECT, kind: str = "secret") -> tuple[int, str]:
    answer = browser.post(PAGE, {"site": site.pk, "redirect_uri": redirect_uri, "kind": kind})
    return answer.status_code, answer.content.decode()


def test_a_secret_is_shown_once_and_not_kept(olga: User, signed_in: SignIn, forum: Site) -> None:
    browser = signed_in(olga)

    _status, page = add(browser, forum)
    client_id, secret = re.findall(r"<dd><code dir=\"ltr\">([A-Za-z0-9_-]{20,})</code></dd>", page)[:2]

    made = OpenIdClient.objects.get()
    assert made.client_id == client_id
    assert secret.encode() not in bytes(made.secret)
    assert secret not in browser.get(PAGE).content.decode()
    assert client_id in browser.get(PAGE).content.decode()


def test_a_program_on_a_phone_gets_no_secret(olga: User, signed_in: SignIn, forum: Site) -> None:
    _status, page = add(signed_in(olga), forum, kind="public")

    assert "client_secret" not in page
    assert bytes(OpenIdClient.objects.get().secret) == b""


@pytest.mark.parametrize(
    "address", ["https://evil.example/cb", f"{ORIGIN}.evil.example/cb", f"{ORIGIN}/cb?x=1", f"{ORIGIN}/cb#x", "x", ""]
)
def test_what_is_shown_for_a_site_goes_to_no_other(olga: User, signed_in: SignIn, forum: Site, address: str) -> None:
    status, page = add(signed_in(olga), forum, redirect_uri=address)

    assert (status, OpenIdClient.objects.exists()) == (422, False)
    assert 'aria-invalid="true"' in page


def test_a_program_is_closed_once(olga: User, signed_in: SignIn, server: Program, adults: Requirement) -> None:
    browser, made = signed_in(olga), OpenIdClient.objects.get()

    pages = [browser.post(f"{PAGE}{made.uid}/close", follow=True).content.decode() for _ in range(2)]

    assert ["This program gets no answer" in page for page in pages] == [True, False]
    assert "closed already" in pages[1]
    assert server.client_id not in pages[1]


def test_without_a_site_the_page_says_what_comes_first(olga: User, signed_in: SignIn) -> None:
    page = signed_in(olga).get(PAGE).content.decode()

    assert "No site asks for ages yet" in page
    assert 'name="redirect_uri"' not in page


def test_eve_adds_and_closes_nothing(eve: User, signed_in: SignIn, forum: Site, server: Program) -> None:
    browser, made = signed_in(eve), OpenIdClient.objects.get()

    assert add(browser, forum)[0] == 403
    assert browser.post(f"{PAGE}{made.uid}/close").status_code == 403
    assert OpenIdClient.objects.filter(closed_at=None).count() == 1
