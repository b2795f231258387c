"""The page behind a closed door: says what is closed, who closed it and what to do, under any name and without a session."""

from __future__ import annotations

import pytest
from django.test import Client

from leeward.filtering import compiler
from leeward.filtering.tests.signs import published

pytestmark = pytest.mark.django_db
OURS = "localhost:8000"
OBJECT = "https://leeward.example/closed/object/?name=bad.example"


@pytest.fixture(autouse=True)
def _bad_example_is_blocked(compiling: compiler.Compiler) -> None:
    published("bad.example")
    compiling.catch_up()


@pytest.mark.parametrize("host", ["bad.example", "bad.example:80", "www.bad.example:8000", "BAD.Example."])
@pytest.mark.parametrize("path", ["/", "/photos/7?a=b", "/door", "/report/", "/desk/"])
def test_under_a_blocked_name_every_path_explains_with_403(host: str, path: str) -> None:
    answer = Client(headers={"host": host}).get(path)

    page = answer.content.decode()
    assert answer.status_code == 403
    assert "This page is closed" in page
    assert "bad.example" in page
    assert answer["Cache-Control"] == "no-store"


def test_the_links_of_that_page_lead_to_our_own_name() -> None:
    page = Client(headers={"host": "bad.example:8000"}).get("/").content.decode()

    assert f'href="{OBJECT}"' in page
    assert 'href="https://leeward.example/h/"' in page
    assert 'href="/h/"' not in page
    assert 'href="/report/' not in page


def test_that_page_needs_and_gives_no_session() -> None:
    answer = Client(headers={"host": "bad.example", "cookie": "sessionid=nonsense"}).get("/")

    assert answer.status_code == 403
    assert not answer.cookies
    assert "csrfmiddlewaretoken" not in answer.content.decode()


@pytest.mark.parametrize(
    "host",
    [
        "good.example:8000",
        "192.0.2.7",
        "192.0.2.7:8000",
        "[2001:db8::7]",
        "[2001:db8::7]:8000",
        "[",
        "]:8000",
        ":8000",
        "",
        "two words.example",
        "bad..example",
        "x" * 300 + ".example",
        "<script>.example",
        "b\u00fccher.example",
        ".",
    ],
)
def test_under_any_other_name_the_page_is_calm(host: str) -> None:
    answer = Client(headers={"host": host}).get("/")

    assert answer.status_code == 200
    assert "This page is closed</h1>" not in answer.content.decode()
    assert "<script>.example" not in answer.content.decode()


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
def test_under_a_name_that_is_not_ours_nothing_is_taken(method: str) -> None:
    answer = Client(headers={"host": "bad.example"}).generic(method, "/report/")

    assert answer.status_code == 421


def test_on_our_own_name_the_page_says_of_a_blocked_name_that_it_is_closed() -> None:
    answer = Client(headers={"host": OURS}).get("/door", {"name": "www.bad.example"})

    page = answer.content.decode()
    assert answer.status_code == 200
    assert "This page is closed" in page
    assert 'href="/closed/object/?name=www.bad.example"' in page


def test_on_our_own_name_the_page_says_of_another_name_that_it_is_not_closed() -> None:
    answer = Client(headers={"host": OURS}).get("/door", {"name": "good.example"})

    assert answer.status_code == 200
    assert "This page is not closed by us" in answer.content.decode()


@pytest.mark.parametrize(
    "name", ["\x00", "two words", "..", "x" * 5000, "<b>bold</b>", "192.0.2.7", "https://bad.example/", "\ufffe", "%"]
)
def test_a_name_that_cannot_be_read_is_answered_in_words(name: str) -> None:
    answer = Client(headers={"host": OURS}).get("/door", {"name": name})

    page = answer.content.decode()
    assert answer.status_code == 200
    assert "We cannot read this name" in page
    assert "<b>bold" not in page


def test_bytes_that_are_no_text_are_answered_in_words() -> None:
    answer = Client(headers={"host": OURS}).get("/door?name=%ff%fe")

    assert answer.status_code == 200


def test_without_a_name_the_page_asks_for_one() -> None:
    answer = Client(headers={"host": OURS}).get("/door")

    assert answer.status_code == 200
    assert "Type the name of a page" in answer.content.decode()
    assert "no-store" in answer["Cache-Control"]
