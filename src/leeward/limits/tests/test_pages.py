"""The pages of limits: what a guardian sets on them holds, and a form with a fault says what to do."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from leeward.core.models import User
from leeward.families import services as families
from leeward.families.models import Child, Household
from leeward.families.tests.conftest import ANA, AT, SignIn
from leeward.limits import services
from leeward.limits.choices import Purpose
from leeward.limits.models import FreeDays, Limits, OwnName
from leeward.limits.services import WindowDraft

pytestmark = pytest.mark.django_db

SCHOOL_NIGHT = {"bedtime-days": ["0", "1", "2"], "bedtime-start": "1230", "bedtime-end": "390"}


@pytest.fixture
def browser(signed_in: SignIn, bea: User) -> Client:
    """The browser of Ana's mother."""
    return signed_in(bea)


@pytest.fixture
def place(limits: Limits) -> str:
    """The address of Ana's limits."""
    return f"/family/limits/{limits.uid}/"


def text(browser: Client, address: str) -> str:
    answer = browser.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


def fresh(limits: Limits) -> Limits:
    return Limits.objects.get(pk=limits.pk)


# What is kept away.


def test_ticking_kinds_keeps_them_away_and_leaves_apps_as_they_are(
    browser: Client, place: str, limits: Limits, bea: User
) -> None:
    services.set_blocked(limits, ["games", "tiktok"], by=bea, at=AT)

    answer = browser.post(f"{place}kept/set", {"slugs": ["adult", "vpn"]})

    assert (answer.status_code, answer["Location"]) == (302, f"{place}kept/")
    assert set(fresh(limits).blocked) == {"adult", "vpn", "tiktok"}
    page = text(browser, f"{place}kept/")
    assert 'id="kept-adult" aria-describedby="kept-adult-is" checked' in page
    assert 'id="kept-games" aria-describedby="kept-games-is" checked' not in page


def test_ticking_apps_keeps_them_away_and_leaves_kinds_as_they_are(
    browser: Client, place: str, limits: Limits, bea: User
) -> None:
    services.set_blocked(limits, ["games", "tiktok"], by=bea, at=AT)

    browser.post(f"{place}apps/set", {"slugs": ["roblox"]})

    assert set(fresh(limits).blocked) == {"games", "roblox"}
    assert 'id="app-roblox" checked' in text(browser, f"{place}apps/")


def test_ticking_nothing_opens_everything_again(browser: Client, place: str, limits: Limits) -> None:
    for door in ("kept/set", "apps/set", "kept/safe", "kept/homework", "apps/homework"):
        assert browser.post(place + door).status_code == 302

    kept = fresh(limits)
    assert (kept.blocked, kept.safe, kept.homework_blocked) == ([], [], [])
    assert "Nothing is kept away." in text(browser, place)


def test_homework_has_kinds_and_apps_of_its_own(browser: Client, place: str, limits: Limits) -> None:
    browser.post(f"{place}kept/homework", {"slugs": ["games"]})
    browser.post(f"{place}apps/homework", {"slugs": ["youtube"]})

    assert set(fresh(limits).homework_blocked) == {"games", "youtube"}


def test_safe_search_is_chosen_for_each_engine(browser: Client, place: str, limits: Limits) -> None:
    browser.post(f"{place}kept/safe", {"slugs": ["safe-google", "safe-youtube"]})

    assert fresh(limits).safe == ["safe-google", "safe-youtube"]
    assert 'id="safe-safe-bing" aria-describedby="safe-safe-bing-is">' in text(browser, f"{place}kept/")


@pytest.mark.parametrize("door", ["kept/set", "kept/homework", "kept/safe", "apps/set", "apps/homework"])
def test_what_the_page_does_not_offer_is_refused_and_changes_nothing(
    door: str, browser: Client, place: str, limits: Limits
) -> None:
    before = fresh(limits).blocked

    answer = browser.post(place + door, {"slugs": ["everything"]})

    assert answer.status_code == 422
    assert "Open the page again." in answer.content.decode()
    assert fresh(limits).blocked == before


# Times.


def test_a_bedtime_is_added_shown_in_words_and_taken_off(browser: Client, place: str, limits: Limits) -> None:
    assert browser.post(f"{place}times/bedtime/add", SCHOOL_NIGHT).status_code == 302

    page = text(browser, f"{place}times/")
    assert "Monday to Wednesday" in page
    assert "20:30 until 6:30 the next day" in page
    browser.post(f"{place}times/bedtime/drop", {"window": "012-1230-390"})
    assert not limits.windows.exists()


def test_the_nights_that_we_suggest_are_taken_with_one_press(browser: Client, place: str, limits: Limits) -> None:
    assert "Sunday to Thursday" in text(browser, f"{place}times/")

    browser.post(f"{place}times/suggested")

    assert [(one.purpose, one.days) for one in limits.windows.all()] == [
        ("bedtime", [0, 1, 2, 3, 6]),
        ("bedtime", [4, 5]),
    ]


def test_suggested_nights_that_swallow_homework_are_not_taken(
    browser: Client, place: str, limits: Limits, bea: User
) -> None:
    services.set_windows(limits, Purpose.HOMEWORK, [WindowDraft((0,), 1380, 0)], by=bea, at=AT)

    page = browser.post(f"{place}times/suggested", follow=True).content.decode()

    assert "wholly inside bedtime" in page
    assert limits.windows.count() == 1


def test_one_more_time_leaves_the_others(browser: Client, place: str, limits: Limits, bea: User) -> None:
    services.set_windows(limits, Purpose.BEDTIME, [WindowDraft((5, 6), 1320, 480)], by=bea, at=AT)
    services.set_windows(limits, Purpose.HOMEWORK, [WindowDraft((0,), 900, 960)], by=bea, at=AT)

    browser.post(f"{place}times/bedtime/add", SCHOOL_NIGHT)

    assert sorted((one.purpose, one.start) for one in limits.windows.all()) == [
        ("bedtime", 1230),
        ("bedtime", 1320),
        ("homework", 900),
    ]


def test_taking_a_time_off_twice_takes_no_other_one_off(browser: Client, place: str, limits: Limits, bea: User) -> None:
    services.set_windows(limits, Purpose.BEDTIME, [WindowDraft((5, 6), 1320, 480)], by=bea, at=AT)

    browser.post(f"{place}times/bedtime/drop", {"window": "012-1230-390"})

    assert limits.windows.count() == 1


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ({"bedtime-days": []}, "Tick one day at least."),
        ({"bedtime-days": ["7"]}, "Tick one day at least."),
        ({"bedtime-start": "1231"}, "Choose one of them."),
        ({"bedtime-end": "1230"}, "It ends when it begins."),
    ],
)
def test_a_time_with_a_fault_says_what_to_do(
    fault: dict[str, object], words: str, browser: Client, place: str, limits: Limits
) -> None:
    answer = browser.post(f"{place}times/bedtime/add", SCHOOL_NIGHT | fault)

    assert (answer.status_code, limits.windows.exists()) == (422, False)
    assert words in answer.content.decode()
    assert "<title>Please look again:" in answer.content.decode()


def test_a_time_that_changes_nothing_is_not_added(browser: Client, place: str, limits: Limits, bea: User) -> None:
    services.set_windows(limits, Purpose.BEDTIME, [WindowDraft((0, 1, 2), 1200, 420)], by=bea, at=AT)

    inside = browser.post(f"{place}times/bedtime/add", SCHOOL_NIGHT)
    asleep = {"homework-days": ["0"], "homework-start": "1260", "homework-end": "1320"}
    homework = browser.post(f"{place}times/homework/add", asleep)

    assert "lies wholly inside the others" in inside.content.decode()
    assert "wholly inside bedtime" in homework.content.decode()
    assert (inside.status_code, homework.status_code, limits.windows.count()) == (422, 422, 1)


def test_there_is_no_third_purpose(browser: Client, place: str) -> None:
    assert browser.post(f"{place}times/dinner/add", SCHOOL_NIGHT).status_code == 404


def test_holidays_are_added_and_taken_off_for_everybody(browser: Client, place: str, home: Household) -> None:
    first = (timezone.now() + timedelta(days=10)).date()

    browser.post(f"{place}days-off/add", {"first": first.isoformat(), "last": ""})

    free = FreeDays.objects.get(household=home)
    assert (free.first, free.last) == (first, first)
    browser.post(f"{place}days-off/{free.pk}/drop")
    assert not FreeDays.objects.exists()


@pytest.mark.parametrize(
    ("first", "last", "words"),
    [
        ("", "", "Choose the first day."),
        ("tomorrow", "", "This is no day."),
        ("2027-03-02", "2027-03-01", "Choose a later one."),
        ("2001-03-02", "2001-03-03", "Give days to come"),
    ],
)
def test_holidays_with_a_fault_say_what_to_do(first: str, last: str, words: str, browser: Client, place: str) -> None:
    answer = browser.post(f"{place}days-off/add", {"first": first, "last": last})

    assert (answer.status_code, FreeDays.objects.exists()) == (422, False)
    assert words in answer.content.decode()


def test_the_clock_of_a_place_is_chosen(browser: Client, place: str, home: Household) -> None:
    browser.post(f"{place}zone", {"zone": "Asia/Ulaanbaatar"})

    assert services.zone_of(home) == "Asia/Ulaanbaatar"
    assert browser.post(f"{place}zone", {"zone": "Moon/Base"}).status_code == 422


# Single sites.


def test_a_pasted_address_is_opened_for_good_and_taken_off(browser: Client, place: str, limits: Limits) -> None:
    sent = {"name": "https://Games.example/play?x=1", "allows": "open", "span": "always"}

    browser.post(f"{place}names/add", sent)

    own = OwnName.objects.get(limits=limits)
    assert (own.name, own.allows, own.until) == ("games.example", True, None)
    assert "games.example" in text(browser, f"{place}names/")
    browser.post(f"{place}names/{own.uid}/drop")
    assert not OwnName.objects.exists()


def test_a_site_is_closed_for_a_while(browser: Client, place: str, limits: Limits) -> None:
    browser.post(f"{place}names/add", {"name": "games.example", "allows": "closed", "span": "60"})

    own = OwnName.objects.get(limits=limits)
    assert own.until is not None
    assert not own.allows
    assert own.until - timezone.now() <= timedelta(hours=1)
    assert "Closed until" in text(browser, f"{place}names/")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("", "Write the name of a site."),
        ("two words", "This is no name of a site."),
        ("192.0.2.7", "This is no name of a site."),
        ("https://[", "This is no name of a site."),
        ("co.uk", "Write the whole name of one site."),
    ],
)
def test_a_site_with_a_fault_says_what_to_do(name: str, words: str, browser: Client, place: str) -> None:
    answer = browser.post(f"{place}names/add", {"name": name, "allows": "closed", "span": "always"})

    assert (answer.status_code, OwnName.objects.exists()) == (422, False)
    assert words in answer.content.decode()


# Everything at once.


def test_what_is_suggested_for_an_age_is_taken(browser: Client, place: str, limits: Limits, bea: User) -> None:
    services.set_blocked(limits, [], by=bea, at=AT)

    browser.post(f"{place}start/preset", {"band": "6-9"})

    assert "adult" in fresh(limits).blocked
    assert browser.post(f"{place}start/preset", {"band": "99"}).status_code == 422


def test_limits_are_copied_from_a_brother(
    browser: Client, place: str, limits: Limits, home: Household, bea: User
) -> None:
    brother = services.of_child(families.add_child(home, ANA, by=bea, at=AT), at=AT)
    services.set_blocked(brother, ["news"], by=bea, at=AT)

    browser.post(f"{place}start/copy", {"other": str(brother.uid)})

    assert fresh(limits).blocked == ["news"]


def test_limits_are_not_copied_from_another_family(browser: Client, place: str, limits: Limits, fay: User) -> None:
    before = fresh(limits).blocked
    elsewhere = families.add_child(Household.objects.get(guardians__user=fay), ANA, by=fay, at=AT)

    answer = browser.post(f"{place}start/copy", {"other": str(services.of_child(elsewhere, at=AT).uid)})

    assert (answer.status_code, fresh(limits).blocked) == (422, before)


# Now.


def test_a_pause_is_made_and_ended(browser: Client, place: str, limits: Limits) -> None:
    browser.post(f"{place}pause", {"span": "60"})

    until = fresh(limits).paused_until
    assert until is not None
    assert timedelta(minutes=59) < until - timezone.now() <= timedelta(minutes=60)
    page = text(browser, place)
    assert "Paused until" in page
    # More time does not end a pause, so it is not offered in one.
    assert f"{place}hour-more" not in page
    browser.post(f"{place}resume")
    assert "Open now" in text(browser, place)


def test_a_pause_without_an_end_is_not_made(browser: Client, place: str, limits: Limits) -> None:
    page = browser.post(f"{place}pause", {"span": "always"}, follow=True).content.decode()

    assert "Choose how long the pause lasts." in page
    assert fresh(limits).paused_until is None


def test_one_hour_more_is_given_and_taken_back(browser: Client, place: str, limits: Limits) -> None:
    browser.post(f"{place}hour-more")
    assert "More time until" in text(browser, place)

    browser.post(f"{place}no-more")

    assert fresh(limits).extra_until is None


def test_a_reward_says_what_for(browser: Client, place: str, limits: Limits) -> None:
    browser.post(f"{place}reward", {"minutes": "30", "why": "read"})

    assert [(one.minutes, one.why) for one in limits.rewards.all()] == [(30, "read")]
    assert "30 minutes (Read a book)" in " ".join(text(browser, place).split())
    assert browser.post(f"{place}reward", {"minutes": "30", "why": ""}).status_code == 422


def test_more_time_is_offered_once_there_is_a_time_that_could_wait(browser: Client, place: str) -> None:
    assert f'action="{place}reward"' not in text(browser, place)

    browser.post(f"{place}times/bedtime/add", SCHOOL_NIGHT)

    assert f'action="{place}reward"' in text(browser, place)


def test_time_that_was_given_for_nothing_of_the_list_names_no_reason(browser: Client, place: str) -> None:
    browser.post(f"{place}hour-more")

    given = text(browser, place).partition("Given lately")[2]
    assert "60 minutes</li>" in given


def test_the_last_change_is_undone_once(browser: Client, place: str, limits: Limits) -> None:
    before = fresh(limits).blocked
    assert f"{place}undo" not in text(browser, place)
    browser.post(f"{place}kept/set", {"slugs": ["news"]})
    assert f"{place}undo" in text(browser, place)

    browser.post(f"{place}undo")
    again = browser.post(f"{place}undo", follow=True).content.decode()

    assert fresh(limits).blocked == before
    assert "That cannot be undone any more." in again


def test_the_page_says_what_filtering_cannot_do_and_that_help_stays_open(browser: Client, place: str) -> None:
    page = text(browser, place)

    assert "It knows the names of sites, not their pages." in page
    assert "Helplines always stay open" in page


def test_a_nickname_is_shown_as_text(browser: Client, ana: Child, limits: Limits, place: str) -> None:
    Child.objects.filter(pk=ana.pk).update(nickname="<i>Ana")

    assert "<i>Ana" not in text(browser, place)
