"""Which names have a safe form, and which."""

import pytest

from leeward.engines import policy
from leeward.engines.policy.family import (
    SAFE_SEARCHES,
    Names,
    Profile,
    Rule,
    catalogue,
    decide,
    engines,
    safe_name,
    safe_search_names,
)
from leeward.engines.policy.family.tests.cast import MONDAY_NOON, WORLD

SAFE_FORMS = {
    "www.google.com": "forcesafesearch.google.com",
    "www.google.mn": "forcesafesearch.google.com",
    "www.google.co.uk": "forcesafesearch.google.com",
    "www.youtube.com": "restrict.youtube.com",
    "youtubei.googleapis.com": "restrict.youtube.com",
    "www.bing.com": "strict.bing.com",
    "duckduckgo.com": "safe.duckduckgo.com",
}


@pytest.mark.parametrize(("name", "safe"), SAFE_FORMS.items())
def test_a_search_engine_has_its_safe_form(name: str, safe: str) -> None:
    assert safe_name(name) == safe


@pytest.mark.parametrize("name", ["mail.google.com", "a.www.google.com", "www.google.example", "google.com", ""])
def test_other_names_have_none(name: str) -> None:
    assert safe_name(name) is None


def test_a_safe_form_leads_nowhere_else() -> None:
    assert [safe_name(form) for engine in engines() for form in (engine.safe, engine.moderate)] == [None] * 8


def test_every_engine_has_its_own_mark_and_the_vendors_page_as_its_source() -> None:
    assert sum(engine.mark for engine in engines()) == SAFE_SEARCHES
    assert all(engine.source.startswith("https://") and engine.names for engine in engines())
    assert [engine.safe for engine in engines() if engine.moderate] == ["restrict.youtube.com"]


def test_every_name_is_normalised_and_stands_once() -> None:
    names = [name for engine in engines() for name in engine.names]

    assert [policy.normalise(name) for name in names] == names
    assert len(names) == len(set(names)) == len(safe_search_names())


def test_a_listed_engine_is_answered_in_its_safe_form_where_the_family_wants_it() -> None:
    google = catalogue().entry("safe-google").mark
    listed, profile = Names(safe_search_names()), Profile(number=1, safe=google)
    asked = ("www.google.mn", "www.bing.com")

    found = [decide(name, listed=listed, world=WORLD, profile=profile, at=MONDAY_NOON) for name in asked]

    assert [(one.rule, one.marks) for one in found] == [(Rule.SAFE, google), (Rule.OPEN, 0)]
