"""What is said of a name is the same one at a time and in the table, and nobody closes a helpline."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leeward.core import never
from leeward.engines.policy import family
from leeward.engines.policy.family import NEVER, RESET
from leeward.filtering.lists import listing
from leeward.filtering.lists.models import ListSource
from leeward.filtering.tests.home import list_in_force
from leeward.filtering.tests.signs import SCHOOL

pytestmark = pytest.mark.django_db
GAMBLING = family.catalogue().entry("gambling").mark
ADULT = family.catalogue().entry("adult").mark
HELPLINE = "childline.org.uk"
POOL = ("bet.example", "a.bet.example", "b.a.bet.example", "bet2.example", "@a.bet.example", "@b.a.bet.example")


def marks(name: str) -> tuple[int, str]:
    return listing.Listing().marks_of(name)


def test_a_name_has_the_marks_of_every_list_that_covers_it() -> None:
    list_in_force("luck", "bet.example", "play.bet.example")
    list_in_force("grown-up", "bet.example", marks="adult")

    assert marks("bet.example") == (GAMBLING | ADULT, "bet.example")
    assert marks("www.play.bet.example") == (GAMBLING | ADULT, "play.bet.example")
    assert marks("good.example") == (0, "")


def test_the_exception_of_one_list_frees_a_name_from_all_of_them() -> None:
    list_in_force("luck", "bet.example")
    list_in_force("white", "@news.bet.example", marks="reset")

    assert marks("www.news.bet.example") == (RESET, "news.bet.example")


def test_a_list_that_is_off_says_nothing() -> None:
    source = list_in_force("luck", "bet.example")
    ListSource.objects.filter(pk=source.pk).update(state=ListSource.State.OFF)

    assert marks("bet.example") == (0, "")
    assert "bet.example" not in dict(listing.names())


def test_services_and_search_engines_are_listed_without_any_list() -> None:
    assert marks("www.tiktok.com")[0] & family.SERVICES
    assert marks("www.google.com")[0] & family.SAFE_SEARCHES


@pytest.mark.parametrize("name", [HELPLINE, f"www.{HELPLINE}", SCHOOL])
def test_nobody_closes_a_helpline_or_what_the_operator_keeps_open(name: str) -> None:
    list_in_force("poisoned", HELPLINE, SCHOOL, "uk", "org.uk")

    assert marks(name)[0] & NEVER


def test_every_helpline_says_where_it_was_read() -> None:
    lines = never.helplines()

    assert len(lines) >= 50
    assert len({line.domain for line in lines}) == len(lines)
    assert all(line.source and line.confidence and line.organisation for line in lines)
    assert {line.domain for line in lines if len(line.country) != 2} == {"childhelplineinternational.org"}, (
        "of no country"
    )
    assert {line.domain for line in lines} <= never.names()


def test_a_list_with_marks_that_nobody_knows_leaves_the_others_in_force() -> None:
    list_in_force("luck", "bet.example")
    list_in_force("odd", "odd.example", marks="no-such-thing")

    found = dict(listing.names())

    assert (found.get("bet.example"), found.get("odd.example")) == (GAMBLING, None)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sets(st.sampled_from(POOL)), min_size=1, max_size=3))
def test_the_table_is_made_of_what_pages_say(files: list[set[str]]) -> None:
    for number, names in enumerate(files):
        list_in_force(f"list-{number}", *sorted(names), marks=("gambling", "adult", "dating")[number])
    ListSource.objects.filter(slug__in=[f"list-{number}" for number in range(len(files), 3)]).delete()
    table: dict[str, int] = {}
    for name, of_name in listing.names():
        table[name] = table.get(name, 0) | of_name
    reference, pages = family.Names(table), listing.Listing()

    for name in (*{name.removeprefix("@") for name in POOL}, "www.b.a.bet.example", HELPLINE, "x.example"):
        assert pages.marks_of(name) == reference.marks_of(name)
