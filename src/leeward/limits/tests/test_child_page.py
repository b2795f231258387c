"""A child sees on its own device what was set for it and what its family can see, and nothing that it told in confidence."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone, translation

from leeward.core import texts
from leeward.core.models import User
from leeward.engines.policy import family
from leeward.families import devices, this_device
from leeward.families.models import Child, Device, Household
from leeward.families.tests.conftest import HOST, NICKNAME, SOFA, SignIn
from leeward.limits import asks, child_words, picks, services
from leeward.limits.choices import Purpose, Why
from leeward.limits.models import Limits
from leeward.reports.models import Channel, Reason, Report

pytestmark = pytest.mark.django_db
MINE = "/door/mine"


def joined(device: Device) -> Client:
    """Let a device join, and return its browser."""
    browser = Client(headers={"host": HOST})
    browser.post(f"/family/{devices.address(device).partition('/family/')[2]}")
    assert this_device.COOKIE in browser.cookies
    return browser


def reported() -> None:
    """Let somebody report a page, as a child does on any device."""
    Report.objects.create(
        reason=Reason.SCARES,
        channel=Channel.FORM,
        page_url="https://scary.example/",
        words="a secret",
        received_at=timezone.now(),
        receipt=bytes(32),
    )


def page(browser: Client) -> str:
    answer = browser.get(MINE)
    assert answer.status_code == 200
    assert "no-store" in answer["Cache-Control"]
    return answer.content.decode()


@pytest.fixture
def mine(limits: Limits, phone: Device) -> Client:
    """The browser of Ana's phone."""
    return joined(phone)


def test_a_child_sees_its_times_in_words_and_as_a_picture(mine: Client, limits: Limits, bea: User) -> None:
    at = timezone.now()
    services.set_windows(limits, Purpose.BEDTIME, [services.WindowDraft(range(7), 21 * 60, 7 * 60)], by=bea, at=at)
    services.set_windows(limits, Purpose.HOMEWORK, [services.WindowDraft((0, 1), 15 * 60, 960)], by=bea, at=at)
    services.set_homework_blocked(limits, ["video"], by=bea, at=at)

    found = page(mine)

    assert "<li>Every day: 21:00 until 7:00 the next day</li>" in found
    assert "<li>Monday, Tuesday: 15:00 until 16:00</li>" in found
    assert "<li>Films and videos</li>" in found
    assert 'class="week"' in found


def test_without_any_limit_the_page_says_so(mine: Client, limits: Limits, bea: User) -> None:
    at = timezone.now()
    services.set_blocked(limits, [], by=bea, at=at)
    services.set_safe(limits, [], by=bea, at=at)
    limits.windows.all().delete()

    found = page(mine)

    assert "Nothing is kept away." in found
    assert "Safe search is off." in found
    assert "No time to sleep is set." in found
    assert 'class="week"' not in found


def test_a_child_sees_what_is_kept_away_which_names_were_chosen_and_safe_search(
    mine: Client, limits: Limits, bea: User
) -> None:
    at = timezone.now()
    services.set_blocked(limits, ["games", "tiktok"], by=bea, at=at)
    services.set_safe(limits, ["safe-google"], by=bea, at=at)
    services.close_name(limits, "shut.example", until=None, by=bea, at=at)
    services.allow_name(limits, "free.example", until=None, by=bea, at=at)

    found = page(mine)

    for words in (
        "<li>Games</li>",
        "<li>TikTok</li>",
        "<li>Safe search on Google</li>",
        "shut.example",
        "free.example",
    ):
        assert words in found


def test_what_is_kept_away_stands_under_few_headings_that_unfold(mine: Client) -> None:
    kinds = page(mine).partition('id="kinds"')[2].partition("</section>")[0]

    titles = re.findall(r"<summary>(.+?) <span", kinds)
    assert titles == [
        "For grown-ups",
        "Dangerous or cruel",
        "Tricks and theft",
        "Talking with others",
        "Tools and money",
        "Ways around the limits",
        "Apps and sites",
    ]
    assert "<details open" not in kinds
    assert "<li>Betting and games for money</li>" in kinds


def test_each_kind_stands_on_one_shelf_with_a_title_in_every_language(limits: Limits) -> None:
    everything = [entry.slug for entry in family.catalogue().entries if entry.kind != family.Kind.SAFE_SEARCH]

    for language in texts.languages():
        with translation.override({"zh": "zh-hans"}.get(language, language)):
            shelves = child_words.shelves(everything, limits)

            assert len({shelf.title for shelf in shelves}) == len(picks.GROUPS) + 1
            on_shelves = {kind for shelf in shelves for kind in shelf.kinds}
            assert on_shelves == set(child_words.kinds(child_words.entries(everything), limits))


def test_what_nobody_chose_is_not_said_to_be_the_familys_choice(mine: Client, limits: Limits, bea: User) -> None:
    usual, chosen = "These are the usual limits for your age.", "This is what your family set for you."
    before = page(mine)
    assert usual in before
    assert chosen not in before

    services.set_blocked(limits, ["games"], by=bea, at=timezone.now())

    after = page(mine)
    assert usual not in after
    assert chosen in after


def test_a_child_sees_the_time_that_it_got_and_why(mine: Client, limits: Limits, bea: User) -> None:
    services.give_time(limits, minutes=30, why=Why.READ, by=bea, at=timezone.now())
    services.give_time(limits, minutes=60, why=Why.OTHER, by=bea, at=timezone.now())

    found = page(mine)

    assert "30 minutes" in found
    assert str(Why.READ.label) in found
    assert "60 minutes" in found
    assert str(Why.OTHER.label) not in found
    assert "You have extra time until" in found
    assert "What is always closed stays closed." in found


def test_a_yes_to_more_time_says_that_the_rest_stays_closed(mine: Client, limits: Limits, bea: User) -> None:
    at, rest = timezone.now(), "What is always closed stays closed."
    for_time, for_name = asks.ask_time(limits, at=at), asks.ask_name(limits, "puzzles.example", at=at)
    asks.allow(for_name, until=at + timedelta(hours=1), by=bea, at=at)
    assert rest not in mine.get(f"/door/asked/{for_name.uid}/").content.decode()

    asks.allow(for_time, until=None, by=bea, at=at)

    assert rest in mine.get(f"/door/asked/{for_time.uid}/").content.decode()


def test_a_child_is_told_of_a_pause(mine: Client, limits: Limits, bea: User) -> None:
    at = timezone.now()
    services.pause(limits, until=at + timedelta(hours=1), by=bea, at=at)

    assert "The internet is on a break until" in page(mine)


def test_a_child_sees_what_it_asked_and_the_answer(mine: Client, limits: Limits, bea: User) -> None:
    at = timezone.now()
    waits, answered = (asks.ask_name(limits, name, at=at) for name in ("waits.example", "no.example"))
    asks.refuse(answered, by=bea, at=at)

    found = page(mine)

    assert f'href="/door/asked/{waits.uid}/"' in found
    assert "Your family has not answered yet." in found
    assert "Your family said no this time." in found


@pytest.mark.parametrize(
    ("shows_names", "words"),
    [
        (True, "Your family can see which closed pages you tried to open."),
        (False, "Your family sees how often pages were closed, but not which."),
    ],
)
def test_a_child_is_told_whether_its_family_sees_names(
    shows_names: bool, words: str, mine: Client, limits: Limits
) -> None:
    Limits.objects.filter(pk=limits.pk).update(shows_names=shows_names)

    assert words in page(mine)


def test_what_a_child_reported_or_where_it_asked_for_help_changes_nothing_on_its_page(mine: Client) -> None:
    before = page(mine)
    mine.get("/h/")
    reported()

    after = page(mine)

    assert _without_secret(after) == _without_secret(before)
    assert "never sees this:" in after


def _without_secret(text: str) -> str:
    return re.sub(r'value="\w{64}"', "", text)


def test_no_page_of_the_family_shows_what_a_child_reported(
    limits: Limits, phone: Device, bea: User, signed_in: SignIn
) -> None:
    reported()
    mother = signed_in(bea)

    for path in ("/family/", f"/family/limits/{limits.uid}/"):
        found = mother.get(path).content.decode()

        assert "scary.example" not in found
        assert "a secret" not in found


def test_a_shared_device_shows_neutral_words_and_nothing_of_one_child(
    home: Household, limits: Limits, ana: Child, bea: User
) -> None:
    at = timezone.now()
    asks.ask_name(limits, "anas-own.example", at=at)
    television = devices.add_device(home, SOFA, by=bea, at=at)

    found = page(joined(television))

    assert "The limits here</h1>" in found
    assert "anas-own.example" not in found
    assert NICKNAME not in found


def test_a_stranger_sees_nothing_and_is_told_what_to_do(limits: Limits, client: Client) -> None:
    answer = client.get(MINE)

    assert answer.status_code == 403
    assert "We do not know this device</h1>" in answer.content.decode()
    assert "Nobody can close it." in answer.content.decode()


def test_who_is_signed_in_sees_no_child_here(
    limits: Limits, bea: User, fay: User, eve: User, signed_in: SignIn
) -> None:
    for person in (bea, fay, eve):
        assert signed_in(person).get(MINE).status_code == 403


def test_a_device_that_was_taken_off_shows_nothing_any_more(mine: Client, phone: Device, bea: User) -> None:
    devices.remove_device(phone, by=bea, at=timezone.now())

    assert mine.get(MINE).status_code == 403


@pytest.mark.parametrize("path", [MINE])
def test_the_page_takes_nothing(path: str, mine: Client) -> None:
    assert mine.post(path).status_code == 405
