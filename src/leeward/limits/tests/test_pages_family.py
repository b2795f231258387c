"""The family page: how things stand for each child, what children ask, and what one press does."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from django.conf import settings as django_settings
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from leeward.core.models import User
from leeward.families.models import Child, Device, Household
from leeward.families.tests.conftest import AT, NICKNAME, SignIn
from leeward.limits import asks, services
from leeward.limits.choices import Purpose, Whose
from leeward.limits.models import Ask, Limits, OwnName
from leeward.limits.services import WindowDraft

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser(signed_in: SignIn, bea: User) -> Client:
    """The browser of Ana's mother."""
    return signed_in(bea)


def family(browser: Client) -> str:
    answer = browser.get("/family/")
    assert answer.status_code == 200
    return answer.content.decode()


def test_each_child_is_a_card_with_how_things_stand_and_the_way_to_its_limits(
    browser: Client, ana: Child, phone: Device
) -> None:
    page = family(browser)

    limits = Limits.objects.get(child=ana)
    assert f"<bdi>{NICKNAME}</bdi>" in page
    assert "<strong>Open now</strong>" in page
    assert f'href="/family/limits/{limits.uid}/"' in page
    assert f'href="/family/devices/{phone.uid}/"' in page
    assert f"No device of <bdi>{NICKNAME}</bdi> has joined: nothing is kept away yet." in page


def test_the_way_to_a_device_of_a_child_chooses_the_child(browser: Client, ana: Child, limits: Limits) -> None:
    way = f"/family/devices/add?child={ana.uid}"
    assert f'href="{way}"' in family(browser)
    assert f'href="{way}"' in browser.get(f"/family/limits/{limits.uid}/").content.decode()

    page = browser.get(way).content.decode()

    assert re.search(f'value="{ana.uid}"[^>]* checked', page)


def test_a_card_whose_device_joined_leads_to_its_setting_up(browser: Client, phone: Device) -> None:
    Device.objects.update(joined_at=AT)

    page = family(browser)

    assert "This holds on devices that are set up." in page
    assert f'href="/family/devices/{phone.uid}/setup/"' in page
    assert "nothing is kept away yet" not in page


def test_while_the_provider_opened_no_way_the_page_says_that_nothing_holds(
    browser: Client, ana: Child, settings: Settings
) -> None:
    warning = "What you set here is kept, and holds on no device yet."
    assert family(browser).count(warning) == 1
    network = replace(django_settings.LEEWARD.network, dns_name="dns.isp.example", dns_https_port=443)

    settings.LEEWARD = replace(django_settings.LEEWARD, network=network)

    assert warning not in family(browser)


def test_the_page_asks_for_the_clock_until_somebody_says(browser: Client, home: Household, bea: User) -> None:
    question = "Bedtimes follow the clock of UTC until you say."
    page = family(browser)
    line = Limits.objects.filter(household=home, whose=Whose.SHARED).get()
    assert question in page
    assert f'href="/family/limits/{line.uid}/times/#clock"' in page

    services.set_zone(home, "UTC", by=bea, at=AT)

    assert question not in family(browser)


def test_after_a_step_of_limits_an_older_step_is_not_offered_to_be_undone(
    browser: Client, ana: Child, limits: Limits
) -> None:
    browser.post("/family/devices/add", {"kind": "tablet", "picture": "kite", "user": "shared"})
    place, offer = f"/family/limits/{limits.uid}", 'action="/family/undo"'
    assert offer in family(browser)
    browser.get(f"{place}/")
    assert offer in family(browser)

    browser.post(f"{place}/pause", {"span": "15", "back": "family"})

    assert offer not in family(browser)


def test_devices_of_everybody_guests_and_the_line_have_cards_of_their_own(browser: Client, home: Household) -> None:
    page = family(browser)

    for whose in (Whose.SHARED, Whose.GUEST, Whose.LINE):
        assert str(whose.label) in page
    assert {one.whose for one in home.limits.all()} == {"shared", "guest", "line"}


def test_looking_twice_makes_nothing_twice(browser: Client, ana: Child) -> None:
    family(browser)
    family(browser)

    assert Limits.objects.count() == 4


def test_a_pause_begins_and_ends_from_the_family_page(browser: Client, limits: Limits) -> None:
    place = f"/family/limits/{limits.uid}"

    answer = browser.post(f"{place}/pause", {"span": "15", "back": "family"})

    assert (answer.status_code, answer["Location"]) == (302, "/family/")
    assert "Paused until" in family(browser)
    assert browser.post(f"{place}/resume", {"back": "family"})["Location"] == "/family/"
    assert "Paused until" not in family(browser)


def test_a_pause_until_the_morning_ends_at_seven_by_the_clock_at_home(
    browser: Client, limits: Limits, home: Household, bea: User
) -> None:
    services.set_zone(home, "Asia/Ulaanbaatar", by=bea, at=AT)

    browser.post(f"/family/limits/{limits.uid}/pause", {"span": "morning", "back": "family"})

    until = Limits.objects.get(pk=limits.pk).paused_until
    assert until is not None
    assert (until.hour, until.minute) == (23, 0)  # UTC; Ulaanbaatar is eight hours ahead, without summer time.
    assert "7:00" in family(browser)


def test_the_whole_line_is_paused_with_one_press(browser: Client, home: Household) -> None:
    line = services.of_household(home, Whose.LINE, at=AT)

    browser.post(f"/family/limits/{line.uid}/pause", {"span": "60", "back": "family"})

    assert family(browser).count("Paused until") == 1


def set_night(limits: Limits, bea: User, *, begins_in: int) -> None:
    """Let bedtime begin in so many minutes, or some minutes more, and last for three hours."""
    now = timezone.now()
    slot = (now.hour * 60 + now.minute) // 15 * 15
    night = WindowDraft(tuple(range(7)), (slot + begins_in) % 1440, (slot + begins_in + 180) % 1440)
    services.set_windows(limits, Purpose.BEDTIME, [night], by=bea, at=now)


def test_bedtime_is_told_with_its_end(browser: Client, limits: Limits, bea: User) -> None:
    set_night(limits, bea, begins_in=-60)

    assert "Bedtime until" in family(browser)


@pytest.mark.parametrize(("begins_in", "is_offered"), [(-60, True), (45, True), (120, False)])
def test_an_hour_more_is_offered_where_something_would_wait(
    begins_in: int, is_offered: bool, browser: Client, limits: Limits, bea: User
) -> None:
    offer = f"/family/limits/{limits.uid}/hour-more"
    assert offer not in family(browser)

    set_night(limits, bea, begins_in=begins_in)

    assert (offer in family(browser)) is is_offered
    assert (offer in browser.get(f"/family/limits/{limits.uid}/").content.decode()) is is_offered


def test_the_site_that_a_child_asks_for_is_allowed_with_one_press(browser: Client, limits: Limits) -> None:
    ask = asks.ask_name(limits, "puzzles.example", at=timezone.now())
    page = family(browser)
    assert page.index("puzzles.example") < page.index("Children</h2>")

    browser.post(f"/family/limits/{limits.uid}/asks/{ask.uid}/allow", {"span": "tomorrow", "back": "family"})

    own = OwnName.objects.get(limits=limits)
    assert (own.name, own.allows) == ("puzzles.example", True)
    assert own.until is not None
    assert own.until.hour == 18
    assert "puzzles.example" not in family(browser)


def test_no_is_one_press_too_and_opens_nothing(browser: Client, limits: Limits) -> None:
    ask = asks.ask_name(limits, "puzzles.example", at=timezone.now())

    browser.post(f"/family/limits/{limits.uid}/asks/{ask.uid}/refuse", {"back": "family"})

    assert Ask.objects.get(pk=ask.pk).state == "refused"
    assert not OwnName.objects.exists()


def test_an_hour_that_a_child_asks_for_is_given(browser: Client, limits: Limits) -> None:
    ask = asks.ask_time(limits, at=timezone.now())
    assert "May I have one hour more?" in family(browser)

    browser.post(f"/family/limits/{limits.uid}/asks/{ask.uid}/allow", {"span": "60", "back": "family"})

    until = Limits.objects.get(pk=limits.pk).extra_until
    assert until is not None
    assert until > timezone.now() + timedelta(minutes=59)
    assert "More time until" in family(browser)


def test_the_second_answer_is_told_that_there_was_one(browser: Client, limits: Limits) -> None:
    ask = asks.ask_time(limits, at=timezone.now())
    place = f"/family/limits/{limits.uid}/asks/{ask.uid}"
    browser.post(f"{place}/refuse", {"back": "family"})

    page = browser.post(f"{place}/allow", {"span": "60", "back": "family"}, follow=True).content.decode()

    assert "Somebody has answered this question already" in page
    assert Limits.objects.get(pk=limits.pk).extra_until is None


def test_an_answer_without_an_end_that_is_offered_changes_nothing(browser: Client, limits: Limits) -> None:
    ask = asks.ask_name(limits, "puzzles.example", at=timezone.now())

    place = f"/family/limits/{limits.uid}/asks/{ask.uid}/allow"
    page = browser.post(place, {"span": "forever", "back": "family"}, follow=True).content.decode()

    assert "Choose until when." in page
    assert Ask.objects.get(pk=ask.pk).state == "waiting"


def test_only_ones_own_family_is_shown(signed_in: SignIn, fay: User, limits: Limits) -> None:
    asks.ask_name(limits, "puzzles.example", at=timezone.now())

    page = family(signed_in(fay))

    assert NICKNAME not in page
    assert "puzzles.example" not in page
    assert str(limits.uid) not in page
