"""A child chooses whose words it reads: by a link, without script or cookie, and the choice goes along to each next page."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from leeward.core import texts
from leeward.engines import sealing
from leeward.engines.reading import Band
from leeward.helplines.conversations.models import Desk, DeskKey

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("desk")]
PAGES = ("/h/", "/h/call/", "/h/call/?country=MN", "/h/chat/", "/h/write/", "/h/answers/", "/h/safety/")
BEFORE_THE_FIRST_WORD = ("/h/chat/", "/h/write/")
AGES = re.compile(r'<nav class="actions ages" aria-label="Words for your age">.*?</nav>', re.DOTALL)
LINK = re.compile(r'(?:href|action)="(/h/[^"]*|\?[^"]*)"')
TITLE = re.compile(r"<title>.*?</title>")


def words(band: Band) -> dict[str, dict[str, str]]:
    return texts.tables(texts.read("helplines", language="en", band=band))


def asked(client: Client, path: str, *, age: str = "") -> str:
    """Return the page at `path`, with the signs for quotation marks that a page writes put back."""
    answer = client.get(f"{path}{'&' if '?' in path else '?'}age={age}" if age else path)
    assert answer.status_code == 200
    return answer.content.decode().replace("&#x27;", "'").replace("&amp;", "&")


@pytest.mark.parametrize("band", [Band.SMALL, Band.TEEN])
def test_each_age_reads_its_own_words(client: Client, band: Band) -> None:
    theirs, usual = words(band)["home"], words(Band.MIDDLE)["home"]

    text = asked(client, "/h/", age=band)

    assert theirs["chat_hint"] in text
    assert usual["chat_hint"] not in text


@pytest.mark.parametrize("age", ["", "10-12", "adult", "5", "6-9 ", "6–9", "<b>", "6-9" * 1000])
def test_an_age_that_is_none_of_ours_reads_the_usual_words(client: Client, age: str) -> None:
    text = asked(client, "/h/", age=age)

    assert words(Band.MIDDLE)["home"]["chat_hint"] in text
    assert "<b>" not in text
    [choice] = AGES.findall(text)
    assert choice.index("age=10-12") < choice.index("aria-current") < choice.index("age=13-17")


@pytest.mark.parametrize("path", PAGES)
def test_the_choice_stands_on_every_page_and_what_else_was_asked_for_stays(client: Client, path: str) -> None:
    [choice] = AGES.findall(asked(client, path, age="6-9"))

    ages = [dict(part.split("=") for part in link[1:].split("&")) for link in LINK.findall(choice)]
    assert [one.pop("age") for one in ages] == ["6-9", "10-12", "13-17"]
    assert ages == [{"country": "MN"} if "country" in path else {}] * 3
    assert choice.count('aria-current="true"') == 1
    assert choice.index("age=6-9") < choice.index("aria-current") < choice.index("age=10-12")


@pytest.mark.parametrize("path", PAGES)
def test_the_choice_goes_along_with_each_link_and_form(client: Client, path: str) -> None:
    text = AGES.sub("", asked(client, path, age="13-17"))

    ways = [way for way in LINK.findall(text) if way != "/h/call/"]
    assert [way for way in ways if not way.endswith("?age=13-17")] == []
    assert ways
    # The form that chooses a country puts its fields into the address, so the age is one of them.
    assert text.count('action="/h/call/"') == text.count('<input type="hidden" name="age" value="13-17">')


@pytest.mark.parametrize("path", PAGES)
def test_without_a_choice_no_address_names_an_age(client: Client, path: str) -> None:
    assert not re.search("[?&]age=", AGES.sub("", asked(client, path)))


@pytest.mark.parametrize("path", PAGES)
def test_the_choice_is_kept_nowhere_but_in_the_address(client: Client, path: str) -> None:
    asked(client, path, age="6-9")

    assert not client.cookies
    [choice] = AGES.findall(asked(client, path))
    assert choice.index("age=10-12") < choice.index("aria-current") < choice.index("age=13-17")


@pytest.mark.parametrize("age", ["6-9", "10-12", "13-17"])
@pytest.mark.parametrize("path", PAGES)
def test_danger_and_a_title_that_tells_nothing_are_the_same_for_every_age(client: Client, path: str, age: str) -> None:
    text = asked(client, path, age=age)

    assert "Call the emergency number of your country." in text
    assert TITLE.findall(text) == ["<title>Start</title>"]


@pytest.mark.parametrize("age", ["6-9", "10-12", "13-17"])
@pytest.mark.parametrize("path", BEFORE_THE_FIRST_WORD)
def test_every_age_is_told_what_stays_secret_and_when_it_cannot(client: Client, path: str, age: str) -> None:
    text = asked(client, path, age=age)

    promised = words(Band.MIDDLE)["before"]
    assert {"secret", "unless", "law"} <= promised.keys()
    assert [line for line in promised.values() if line not in text] == []


def test_help_stays_two_presses_away_for_every_age(client: Client) -> None:
    for age in ("6-9", "13-17"):
        [call] = [way for way in LINK.findall(asked(client, "/h/", age=age)) if way.startswith("/h/call/")]
        assert 'name="country"' in asked(client, call)


def test_a_form_that_is_not_taken_answers_in_the_words_of_the_age(client: Client) -> None:
    answer = client.post("/h/write/?age=6-9", {"text": "a\x07b", "key": "5b5d9a1c-7f5e-4d0b-9a56-1f1b1d2b6a11"})

    assert answer.status_code == 422
    assert words(Band.SMALL)["write"]["unreadable"] in answer.text
    assert 'action="/h/write/?age=6-9"' in answer.text


def test_the_chat_has_its_refusals_in_the_words_of_the_age(client: Client) -> None:
    assert words(Band.SMALL)["refused"]["wrong_code"] in asked(client, "/h/chat/", age="6-9")


def test_whose_words_a_child_reads_is_not_told_as_its_age(client: Client, desk: Desk) -> None:
    text = asked(client, "/h/write/", age="6-9") + asked(client, "/h/chat/", age="6-9")

    assert not re.search(r'name="band" value="6-9"[^>]*checked', text)


def test_whoever_comes_back_with_a_code_stays_in_its_words(client: Client, desk: Desk) -> None:
    DeskKey.objects.filter(desk=desk).update(public=sealing.new_pair().public)
    form = {"text": "Are you there?", "key": "5b5d9a1c-7f5e-4d0b-9a56-1f1b1d2b6a11"}
    sent = client.post("/h/write/?age=6-9", form).text
    found = re.search(r"data-code>([0-9 ]+)<", sent)
    assert found is not None

    talk = client.post("/h/answers/?age=6-9", {"code": found[1]}).text

    assert words(Band.SMALL)["code"]["sent"] in sent
    assert words(Band.SMALL)["answers"]["talk"] in talk
    assert "Are you there?" in talk
    assert set(re.findall(r'action="(/h/[^"]*)"', sent + talk)) == {"/h/answers/?age=6-9"}
