"""Parents make an account themselves where the operator opened it; it opens the family page and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import cast

import pytest
from django.conf import settings as django_settings
from django.core.cache import cache
from django.http import HttpResponse
from django.test import Client
from pytest_django import Settings

from leeward.core.models import Membership, Organisation, Role, User

pytestmark = pytest.mark.django_db

SIGN_UP, SIGN_IN = "/account/signup/", "/account/login/"
NAME, PASSWORD = "bela", "quiet harbour lamp"


@pytest.fixture(autouse=True)
def _no_limits_of_other_tests() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def client() -> Client:
    return Client(headers={"host": "localhost"}, enforce_csrf_checks=False)


@pytest.fixture
def sign_up_is_open(settings: Settings, harbour: Organisation) -> None:
    kept = django_settings.LEEWARD
    settings.LEEWARD = replace(kept, server=replace(kept.server, guardian_sign_up=True))


def send(
    client: Client, *, username: str = NAME, password: str = PASSWORD, again: str = "", **more: str
) -> HttpResponse:
    fields = {"username": username, "password1": password, "password2": again or password, **more}
    return cast("HttpResponse", client.post(SIGN_UP, fields))


def test_without_the_setting_nobody_makes_an_account(client: Client, harbour: Organisation) -> None:
    page = client.get(SIGN_UP).content.decode()
    answer = send(client)

    assert "Ask your provider for an account." in page
    assert "<form" not in page.partition("<main")[2].partition("</main>")[0]
    assert "Ask your provider for an account." in answer.content.decode()
    assert not User.objects.filter(username=NAME).exists()


def test_the_sign_in_says_how_to_get_an_account(client: Client) -> None:
    page = client.get(SIGN_IN).content.decode()

    assert "Ask your provider: they make the accounts here." in page
    assert SIGN_UP not in page


@pytest.mark.usefixtures("sign_up_is_open")
def test_a_parent_makes_an_account_and_comes_to_the_family_page(client: Client, harbour: Organisation) -> None:
    assert f'href="{SIGN_UP}"' in client.get(SIGN_IN).content.decode()

    answer = send(client)

    assert (answer.status_code, answer["Location"]) == (302, "/family/")
    assert client.get("/family/").status_code == 200
    person = User.objects.get(username=NAME)
    assert list(person.membership_set.values_list("role", "organisation__slug")) == [(Role.GUARDIAN, "harbour")]
    assert (person.is_staff, person.is_superuser, person.email) == (False, False, "")


@pytest.mark.usefixtures("sign_up_is_open")
@pytest.mark.parametrize("path", ["/desk/", "/screening/", "/lists/", "/operator/settings/", "/operator/deliveries/"])
def test_such_an_account_opens_no_page_of_people_who_work_here(path: str, client: Client) -> None:
    send(client, role=Role.OPERATOR, is_staff="on", is_superuser="on")

    assert client.get("/family/").status_code == 200
    assert client.get(path).status_code == 403


@pytest.mark.usefixtures("sign_up_is_open")
@pytest.mark.parametrize(
    ("password", "again", "word"),
    [
        ("short words", "", "12"),
        ("1q2w3e4r5t6y", "", "too common"),
        ("belabelabela", "", "similar"),
        (PASSWORD, "quiet harbour lamps", "same password"),
    ],
)
def test_a_weak_password_is_refused_with_words(password: str, again: str, word: str, client: Client) -> None:
    page = send(client, username="belabela", password=password, again=again).content.decode()

    assert word in page
    assert 'aria-invalid="true"' in page
    assert password not in page
    assert not User.objects.filter(username="belabela").exists()


@pytest.mark.usefixtures("sign_up_is_open")
@pytest.mark.parametrize("taken", ["cem", "CEM"])
def test_a_name_that_is_taken_is_refused_and_its_owner_stays(taken: str, client: Client, cem: User) -> None:
    before = (cem.password, sorted(cem.roles))

    answer = send(client, username=taken)

    assert answer.status_code == 200
    assert "field__error" in answer.content.decode()
    kept = User.objects.get(pk=cem.pk)
    assert (kept.password, sorted(kept.roles)) == before
    assert User.objects.filter(username__iexact="cem").count() == 1


@pytest.mark.usefixtures("sign_up_is_open")
def test_the_sign_in_tells_a_name_that_nobody_has_and_a_wrong_password_apart_by_nothing(client: Client) -> None:
    User.objects.create_user(username="bela", password=PASSWORD)

    pages = [
        client.post(SIGN_IN, {"login": name, "password": "wrong words here"}).content.decode().replace(name, "")
        for name in ("bela", "nobo")
    ]
    words = [page.partition("error-summary")[2].partition("</div>")[0] for page in pages]

    assert words[0] == words[1] != ""


@pytest.mark.usefixtures("sign_up_is_open")
def test_an_account_is_not_made_by_another_site(harbour: Organisation) -> None:
    strict = Client(headers={"host": "localhost"}, enforce_csrf_checks=True)

    assert send(strict).status_code == 403
    assert not User.objects.filter(username=NAME).exists()


@pytest.mark.usefixtures("sign_up_is_open")
def test_one_address_makes_twenty_accounts_a_minute_at_most(client: Client) -> None:
    answers = [send(client, password="short") for _ in range(21)]

    assert [answer.status_code for answer in answers] == [*[200] * 20, 429]
    assert "Wait for a minute and try once more." in answers[-1].content.decode()


@pytest.mark.usefixtures("sign_up_is_open")
def test_who_comes_by_one_proxy_does_not_wait_for_the_others(settings: Settings, client: Client) -> None:
    kept = django_settings.LEEWARD
    settings.LEEWARD = replace(kept, server=replace(kept.server, trusted_proxies=1))
    for _ in range(21):
        client.post(SIGN_UP, {}, headers={"x-forwarded-for": "192.0.2.1"})

    first = client.post(SIGN_UP, {}, headers={"x-forwarded-for": "192.0.2.1"})
    other = client.post(SIGN_UP, {}, headers={"x-forwarded-for": "192.0.2.2"})

    assert (first.status_code, other.status_code) == (429, 200)


def test_without_a_provider_the_sign_up_stays_closed_and_says_so_to_the_operator(
    settings: Settings, client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    kept = django_settings.LEEWARD
    settings.LEEWARD = replace(kept, server=replace(kept.server, guardian_sign_up=True))

    answer = send(client)

    assert "Ask your provider for an account." in answer.content.decode()
    assert not User.objects.filter(username=NAME).exists()
    assert "no organisation is of the kind provider" in caplog.text


def signed_in_at(client: Client, role: Role | None, harbour: Organisation, *, following: str = "") -> str:
    person = User.objects.create_user(username=NAME, password=PASSWORD)
    if role is not None:
        Membership.objects.create(user=person, organisation=harbour, role=role)
    sent = {"login": NAME, "password": PASSWORD} | ({"next": following} if following else {})
    answer = client.post(SIGN_IN, sent)
    assert answer.status_code == 302
    return str(answer["Location"])


@pytest.mark.parametrize(
    ("role", "place"),
    [
        (Role.GUARDIAN, "/family/"),
        (Role.REVIEWER, "/desk/"),
        (Role.OPERATOR, "/screening/"),
        (Role.PARTNER, "/"),
        (None, "/"),
    ],
)
def test_each_comes_to_the_first_page_of_their_own(
    role: Role | None, place: str, client: Client, harbour: Organisation
) -> None:
    assert signed_in_at(client, role, harbour) == place


def test_who_was_on_the_way_to_a_page_comes_there(client: Client, harbour: Organisation) -> None:
    assert signed_in_at(client, Role.GUARDIAN, harbour, following="/family/join/") == "/family/join/"


@pytest.mark.parametrize("following", ["https://evil.example/", "//evil.example/", "javascript:alert(1)"])
def test_nobody_is_led_to_another_site(following: str, client: Client, harbour: Organisation) -> None:
    assert signed_in_at(client, Role.GUARDIAN, harbour, following=following) == "/family/"
