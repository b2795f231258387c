"""The operator sees each list, where it is wrong, and what waits; Eve sees nothing."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from leeward.core.models import Delivery, User
from leeward.filtering.lists import coverage, services
from leeward.filtering.lists.models import ListSource
from leeward.filtering.tests.lists.server import Maker, serving
from leeward.filtering.tests.lists.test_fetching import LIMITS, PRESET, many
from leeward.filtering.tests.signs import AT, SCHOOL

pytestmark = pytest.mark.django_db


@pytest.fixture
def maker() -> Iterator[Maker]:
    """A maker of lists."""
    with serving() as maker:
        yield maker


def signed_in(person: User) -> Client:
    browser = Client(headers={"host": "localhost:8000"})
    browser.force_login(person, backend="allauth.account.auth_backends.AuthenticationBackend")
    return browser


@pytest.fixture
def browser(olga: User) -> Client:
    """The operator's browser."""
    return signed_in(olga)


@pytest.fixture
def source(maker: Maker, olga: User) -> ListSource:
    """A list in use, fetched once."""
    found = services.subscribe(dataclasses.replace(PRESET, address=maker.address), by=olga, at=AT)
    maker.body = many(100)
    services.fetch(found, at=AT, limits=LIMITS)
    found.refresh_from_db()
    return found


def text_of(answer: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def fetch(source: ListSource, maker: Maker, body: bytes) -> None:
    maker.body = body
    source.refresh_from_db()
    services.fetch(source, at=AT, limits=LIMITS)


def test_only_the_operator_comes_in(cem: User, sam: User, eve: User, olga: User) -> None:
    assert [signed_in(person).get("/lists/").status_code for person in (cem, sam, eve, olga)] == [403, 403, 403, 200]
    assert signed_in(eve).post("/lists/made-up/release").status_code == 403


def test_at_the_beginning_nothing_is_on_and_all_is_offered_with_its_licence(browser: Client) -> None:
    text = text_of(browser.get("/lists/"))

    assert "No list is switched on." in text
    assert "UT1: gambling" in text
    assert "CC-BY-SA-4.0" in text


def test_a_preset_is_switched_on_and_owed_at_once(browser: Client) -> None:
    text = text_of(browser.post("/lists/add", {"preset": "ut1-gambling"}, follow=True))

    assert "The list is switched on." in text
    assert "UT1: gambling No names yet" in text
    assert "It was not fetched yet." in text
    assert ListSource.objects.get().state == "active"
    assert Delivery.objects.get().arguments == {"source_id": ListSource.objects.get().pk}


def test_a_preset_that_there_is_not_is_not_found(browser: Client) -> None:
    assert browser.post("/lists/add", {"preset": "nobody"}).status_code == 404


def test_faults_are_shown_with_line_and_column(browser: Client, source: ListSource, maker: Maker) -> None:
    fetch(source, maker, many(100) + b"*.com\n192.0.2.7\n")

    text = text_of(browser.get("/lists/"))

    assert "101 3 Strangers register names below this one" in text
    assert "102 1 This is an address and no name" in text


def test_what_waits_says_why_and_is_released_by_one_press(browser: Client, source: ListSource, maker: Maker) -> None:
    fetch(source, maker, many(10))
    text = text_of(browser.get("/lists/"))
    assert "It has far fewer names than before." in text
    assert "In force: 100 names. Waiting: 10 names." in text

    source.refresh_from_db()
    seen = {"waiting": source.waiting}
    assert f'name="waiting" value="{source.waiting}"' in browser.get("/lists/").content.decode()

    released = text_of(browser.post("/lists/made-up/release", seen, follow=True))

    assert "The new state of the list is in force." in released
    source.refresh_from_db()
    assert (source.state, source.count) == ("active", 10)
    assert "Nothing of this list waits any more." in text_of(browser.post("/lists/made-up/release", seen, follow=True))


def test_a_poisoned_list_is_shown_as_such(browser: Client, source: ListSource, maker: Maker) -> None:
    fetch(source, maker, many(100) + SCHOOL.encode())

    assert "It asks to close 1 name that nobody may close" in text_of(browser.get("/lists/"))


def test_a_list_that_cannot_be_fetched_says_what_to_do(browser: Client, source: ListSource, maker: Maker) -> None:
    maker.status = 404
    fetch(source, maker, b"")

    text = text_of(browser.get("/lists/"))

    assert "The list is not there any more. Look whether it has moved. Its last good state stays in force." in text


def test_one_press_fetches_and_one_switches_off(browser: Client, source: ListSource) -> None:
    before = Delivery.objects.count()

    browser.post("/lists/made-up/fetch")
    assert Delivery.objects.count() == before + 1
    browser.post("/lists/made-up/off")

    source.refresh_from_db()
    assert source.state == "off"
    assert "No list is switched on." in text_of(browser.get("/lists/"))


def test_one_can_ask_who_speaks_of_a_name(browser: Client, source: ListSource) -> None:
    assert "Made up: listed as name7.example" in text_of(browser.get("/lists/?name=www.name7.example"))
    assert "No list in use speaks of this name." in text_of(browser.get("/lists/?name=fine.example"))


def test_a_name_that_is_none_is_answered_in_words(browser: Client) -> None:
    answer = browser.get("/lists/", {"name": "<b>two words"})

    assert answer.status_code == 422
    assert "This is no name:" in text_of(answer)
    assert "<b>two" not in answer.content.decode()


FILLED = {
    "name": "Our schools",
    "address": "https://lists.example/schools.txt",
    "format": "hosts",
    "marks": "games",
    "licence": "CC0-1.0",
    "signature_key": "",
    "shrink_percent": "5",
    "grow_percent": "10",
}


def test_a_list_of_ones_own_is_switched_on(browser: Client) -> None:
    assert browser.get("/lists/own").status_code == 200

    assert "The list is switched on." in text_of(browser.post("/lists/own", FILLED, follow=True))

    found = ListSource.objects.get()
    assert (found.slug, found.format, found.marks, found.shrink_percent) == ("our-schools", "hosts", "games", 5)
    assert Delivery.objects.get().lane == "list:our-schools"


def test_the_subject_of_a_list_of_ones_own_must_be_chosen(browser: Client) -> None:
    assert '<option value="" selected>Choose a subject</option>' in browser.get("/lists/own").content.decode()

    answer = browser.post("/lists/own", FILLED | {"marks": ""})

    assert answer.status_code == 422
    assert not ListSource.objects.exists()


def test_a_list_without_names_says_so_and_why(browser: Client, olga: User, maker: Maker) -> None:
    found = services.subscribe(dataclasses.replace(PRESET, address=maker.address), by=olga, at=AT)
    maker.status = 404
    fetch(found, maker, b"")

    text = text_of(browser.get("/lists/"))

    assert "Made up No names yet" in text
    assert "The list is not there any more." in text
    assert "In use" not in text


def test_kinds_without_a_list_are_named_until_one_brings_names(browser: Client, source: ListSource, olga: User) -> None:
    missing = coverage.uncovered()
    text = text_of(browser.get("/lists/"))

    assert missing >= {"adult", "vpn"}
    assert "gambling" not in missing
    assert "no list in force has a name for them" in text
    assert "tiktok" not in missing
    services.switch_off(source, by=olga, at=AT)
    assert coverage.uncovered() == missing | {"gambling"}


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("name", "", "This field is required."),
        ("name", "Made up", "Another list has this name"),
        ("name", "学校", "Another list has this name"),
        ("address", "ftp://lists.example/", "Enter a valid URL."),
        ("address", "lists", "Enter a valid URL."),
        ("marks", "nothing", "Select a valid choice."),
        ("format", "zip", "Select a valid choice."),
        ("signature_key", "c2hvcnQ=", "This is no Ed25519 key"),
        ("signature_key", "not base64", "This is no Ed25519 key"),
        ("shrink_percent", "101", "less than or equal to 100"),
    ],
)
def test_what_cannot_be_a_list_is_said_beside_its_field(
    browser: Client, source: ListSource, field: str, value: str, words: str
) -> None:
    answer = browser.post("/lists/own", FILLED | {field: value})

    assert answer.status_code == 422
    assert words in text_of(answer)
    assert ListSource.objects.count() == 1
