"""Every rule has its words for every age and language, and times are told in the family's own time."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from django.utils import translation

from leeward.core import texts
from leeward.core.models import User
from leeward.engines.policy import family
from leeward.engines.policy.family import Decision, Rule
from leeward.engines.reading import Band
from leeward.families.choices import AgeBand
from leeward.families.models import Child
from leeward.filtering.door import words as door_words
from leeward.filtering.door.words import Door
from leeward.filtering.tests.door.places import GAMES
from leeward.filtering.tests.home import Home
from leeward.limits import child_words, services
from leeward.limits.choices import Whose, Wish
from leeward.limits.models import Limits

pytestmark = pytest.mark.django_db
AT = datetime(2026, 11, 22, 18, 30, tzinfo=UTC)
MORNING = datetime(2026, 11, 22, 23, 0, tzinfo=UTC)  # It is 07:00 of Monday in Ulaanbaatar.
GAMES_MARK = family.catalogue().entry("games").mark
CLOSED = [rule for rule in Rule if not Decision(rule).is_open]
FAMILY = [rule for rule in CLOSED if rule not in {Rule.LAW, Rule.OPERATOR}]
WISHES = {
    Rule.BEDTIME: Wish.TIME,
    Rule.HOMEWORK: Wish.NAME,
    Rule.CATEGORY: Wish.NAME,
    Rule.OWN_CLOSED: Wish.NAME,
}


def of_band(home: Home, band: Band) -> Limits:
    """Return limits whose reader is of this age; the devices of guests where it is not known."""
    if band == Band.ADULT:
        return services.of_household(home.household, Whose.GUEST, at=AT)
    Child.objects.filter(pk=home.ana.pk).update(band=AgeBand(band.value))
    home.ana.refresh_from_db()
    return services.of_child(home.ana, at=AT)


def said(rule: Rule, limits: Limits | None, *, until: datetime | None = None) -> Door:
    return door_words.door(Decision(rule, GAMES, GAMES_MARK, until), GAMES, limits=limits, at=AT)


@pytest.mark.parametrize("band", Band)
@pytest.mark.parametrize("rule", Rule)
def test_each_rule_is_said_in_the_words_of_each_age(rule: Rule, band: Band, home: Home) -> None:
    found = said(rule, of_band(home, band), until=MORNING)

    english = texts.tables(texts.read("filtering", language="en", band=band))
    assert {found.title, found.why} <= {text for table in english.values() for text in table.values()}
    assert found.is_closed == (rule in CLOSED)
    assert bool(found.who) == found.is_closed == bool(found.picture)
    assert found.wish == WISHES.get(rule)
    assert bool(found.kinds) == (rule in {Rule.HOMEWORK, Rule.CATEGORY})
    assert found.can_object == (rule in {Rule.LAW, Rule.OPERATOR})
    assert found.lasts == ("This lasts until 23:00." if rule in {Rule.PAUSE, Rule.BEDTIME, Rule.HOMEWORK} else "")


@pytest.mark.parametrize("rule", [Rule.PAUSE, Rule.CATEGORY, Rule.OWN_CLOSED, Rule.LAW])
def test_a_child_of_seven_reads_other_words_than_one_of_fifteen(rule: Rule, home: Home) -> None:
    small, teen = (said(rule, of_band(home, band)) for band in (Band.SMALL, Band.TEEN))

    assert (small.title, small.why) != (teen.title, teen.why)


@pytest.mark.parametrize("rule", FAMILY)
def test_whoever_no_family_can_answer_has_nobody_to_ask(rule: Rule) -> None:
    assert said(rule, None).wish is None


def test_a_child_asks_for_no_name_under_which_strangers_have_theirs(home: Home) -> None:
    shared = Decision(Rule.CATEGORY, "github.io", GAMES_MARK)

    assert door_words.door(shared, "github.io", limits=of_band(home, Band.MIDDLE), at=AT).wish is None


def test_times_are_told_in_the_time_of_the_family_and_days_in_the_language_of_the_page(home: Home, bea: User) -> None:
    services.set_zone(home.household, "Asia/Ulaanbaatar", by=bea, at=AT)
    limits = of_band(home, Band.MIDDLE)
    later = datetime(2026, 11, 25, 23, 0, tzinfo=UTC)  # Thursday there.

    assert said(Rule.BEDTIME, limits, until=MORNING).lasts == "This lasts until 7:00."
    assert said(Rule.PAUSE, limits, until=later).lasts == "This lasts until Thursday, 7:00."
    with translation.override("mn"):
        assert said(Rule.PAUSE, limits, until=later).lasts == "Энэ Пүрэв, 7:00 хүртэл үргэлжилнэ."


def test_the_end_of_bedtime_is_told_right_in_the_night_in_which_the_clocks_change(home: Home, bea: User) -> None:
    services.set_zone(home.household, "Europe/Berlin", by=bea, at=AT)
    before = datetime(2027, 3, 27, 22, 0, tzinfo=UTC)
    seven = datetime(2027, 3, 28, 7, 0, tzinfo=ZoneInfo("Europe/Berlin")).astimezone(UTC)

    decision = Decision(Rule.BEDTIME, until=seven)
    door = door_words.door(decision, GAMES, limits=of_band(home, Band.MIDDLE), at=before)

    assert seven.hour == 5
    assert date(2027, 3, 27) == before.date()
    assert door.lasts == "This lasts until tomorrow, 7:00."


def test_where_pages_about_hurting_oneself_are_closed_help_comes_first(home: Home) -> None:
    mark = family.catalogue().entry("self-harm").mark
    limits = of_band(home, Band.MIDDLE)

    about_it = door_words.door(Decision(Rule.CATEGORY, GAMES, mark), GAMES, limits=limits, at=AT)

    assert about_it.wants_care
    assert not said(Rule.CATEGORY, limits).wants_care


@pytest.mark.parametrize("language", ["en", "mn", "ar"])
@pytest.mark.parametrize("band", Band)
def test_every_kind_that_can_be_kept_away_has_a_word_for_every_age(language: str, band: Band) -> None:
    words = texts.read("limits", language=language, band=band)
    kinds = (family.Kind.CATEGORY, family.Kind.BYPASS)
    slugs = {entry.slug for kind in kinds for entry in family.catalogue().of_kind(kind)}

    assert slugs == {key.removeprefix("kind.") for key in words if key.startswith("kind.")} - {"other"}


def test_an_app_is_called_by_its_own_name_and_each_kind_only_once(home: Home) -> None:
    entries = child_words.entries(["roblox", "vpn", "tor", "games", "no-such-slug"])

    assert child_words.kinds(entries, of_band(home, Band.SMALL)) == ["Games", "Ways around the limits", "Roblox"]
