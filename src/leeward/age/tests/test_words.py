"""Every language says everything to a child who shows an age, in words that a child can read, and in easier ones on a wish."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from leeward.age.models import Requirement
from leeward.age.tests.test_visit import begun, led_to_the_ways
from leeward.core import texts
from leeward.engines import reading
from leeward.engines.reading import Band

# A sentence for 6 to 9: three quarters of the longest that any child gets.
LONGEST_FOR_SMALL = 0.75
# These are read under another site's name, which knows of no wish.
WITHOUT_EASIER = ("gate_more.", "gate_again.", "openid_again.")


def said(language: str, band: Band) -> dict[str, str]:
    found = texts.read("age", language=language, band=band)
    return {key: words for key, words in found.items() if not key.startswith(WITHOUT_EASIER)}


def asked_for(client: Client, path: str, *, words: str = "") -> str:
    """Return the page at `path`, asked for with a wish or without one."""
    found = client.get(path + (f"{'&' if '?' in path else '?'}words={words}" if words else ""))
    return str(found.content.decode()).replace("&amp;", "&")


@pytest.mark.parametrize("band", [Band.SMALL, Band.MIDDLE])
@pytest.mark.parametrize("language", texts.languages())
def test_no_sentence_is_too_hard(language: str, band: Band) -> None:
    words = texts.own("age", language=language, band=band)

    assert words
    assert list(reading.too_hard(words, language=language, band=band)) == []


@pytest.mark.parametrize("language", texts.languages())
def test_the_smallest_read_shorter_sentences_and_easier_words_than_others(language: str) -> None:
    small, middle = (said(language, band) for band in (Band.SMALL, Band.MIDDLE))

    most = LONGEST_FOR_SMALL * reading.longest(language=language)
    assert {key: text for key, text in small.items() if reading.measure([text], language=language).longest > most} == {}
    assert (
        reading.measure(small.values(), language=language).lix < reading.measure(middle.values(), language=language).lix
    )
    assert sum(small[key] != middle[key] for key in middle) > len(middle) / 4


def test_no_language_leaves_anything_out() -> None:
    assert [gap for gap in texts.missing() if gap.app == "age"] == []


def test_a_wish_for_easier_words_holds_on_each_next_page_and_is_taken_back_by_a_link(
    client: Client, teens: Requirement
) -> None:
    small, middle = (
        texts.read("age", language="en", band=band)["choose.one_thing"] for band in (Band.SMALL, Band.MIDDLE)
    )
    path = led_to_the_ways(client, teens.slug)

    before = asked_for(client, path)
    easier = asked_for(client, path, words="easier")
    step = asked_for(client, begun(client, teens.slug, "screen"))
    usual = asked_for(client, path, words="usual")

    assert [(small in page, middle in page) for page in (before, easier, usual)] == [
        (False, True),
        (True, False),
        (False, True),
    ]
    assert texts.read("age", language="en", band=Band.SMALL)["screen.forgotten"] in step
    assert [re.findall(r'href="\?[^"]*words=([a-z]+)"', page) for page in (before, easier, step, usual)] == [
        ["easier"],
        ["usual"],
        ["usual"],
        ["easier"],
    ]


@pytest.mark.parametrize("wish", ["", "6-9", "easier ", "<b>", "easier" * 1000])
def test_any_other_wish_is_none(client: Client, teens: Requirement, wish: str) -> None:
    page = asked_for(client, led_to_the_ways(client, teens.slug), words=wish)

    assert texts.read("age", language="en", band=Band.MIDDLE)["choose.one_thing"] in page
    assert "age_words" not in client.cookies


def test_a_wish_stays_in_the_browser_on_these_pages_and_no_longer_than_it_is_open(
    client: Client, teens: Requirement
) -> None:
    asked_for(client, led_to_the_ways(client, teens.slug), words="easier")

    cookie = client.cookies["age_words"]
    assert (cookie.value, cookie["path"], cookie["max-age"], cookie["expires"]) == ("easier", "/age/", "", "")
    assert cookie["httponly"]
