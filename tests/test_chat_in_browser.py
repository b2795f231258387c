"""A child chats in a real browser: the door tells the truth, words arrive sealed, a reload keeps them, the exit leaves no trace."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace

import pytest
from playwright.sync_api import Browser, Page, expect

from leeward.site.leaving import NEUTRAL
from tests.stage import helpline
from tests.stage.browser import DESKTOP, Device, axe, new_page
from tests.stage.helpline import Counsellor, Helpline
from tests.stage.leeward import Blank, Leeward, Role
from tests.stage.people import leave_quickly, overflow_px, shown_behind
from tests.stage.waiting import until

pytestmark = pytest.mark.browser

MARKER = "kanarienvogel-im-garten"
CODE_DIGITS = 16
COMES_BACK_MS = 30_000
ARABIC_PHONE = Device(width_px=320, height_px=640, locale="ar", has_touch=True)
NO_SCRIPT = replace(DESKTOP, runs_scripts=False)
_IN_TWO_DAYS = """
from django.utils import timezone
from leeward.helplines.models import Desk, Shift
Shift.objects.all().delete()
Shift.objects.create(desk=Desk.objects.get(), weekday=(timezone.now().weekday() + 2) % 7, start=900, end=960)
"""
_DAY_AND_NIGHT = """
from leeward.helplines.models import Desk, Shift
Shift.objects.all().delete()
for weekday in range(7):
    Shift.objects.create(desk=Desk.objects.get(), weekday=weekday, start=0, end=1440)
"""
_QUIET = """
from leeward.helplines.chat.models import Presence
from leeward.helplines.models import Conversation
Conversation.objects.all().delete()
Presence.objects.all().delete()
"""
STORED = "() => [document.cookie, localStorage.length, sessionStorage.length]"


@pytest.fixture(scope="module")
def desk(blank: Blank, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Helpline]:
    """A running Leeward with a desk at which Nara can sit down."""
    data_dir = tmp_path_factory.mktemp("helpline")
    blank.copy_to(data_dir)
    leeward = Leeward(data_dir)
    try:
        opened = helpline.opened(leeward)
        leeward.start(Role.WEB)
        yield opened
    finally:
        leeward.stop()


@pytest.fixture
def quiet(desk: Helpline) -> Helpline:
    """The desk without the talks of other tests, which would keep Nara busy, and without lines that a kill left open."""
    desk.leeward.python(_QUIET)
    return desk


@pytest.fixture
def nara(quiet: Helpline) -> Iterator[Counsellor]:
    """Nara, who is there."""
    with quiet.counsellor() as counsellor:
        yield counsellor


def begin(page: Page, desk: Helpline) -> None:
    page.goto(f"{desk.origin}/h/chat/")
    page.get_by_role("button", name="Start the chat").click()
    expect(page.get_by_label("Your words")).to_be_visible()


def say(page: Page, words: str) -> None:
    page.get_by_label("Your words").fill(words)
    page.get_by_role("button", name="Send", exact=True).click()


def child_key(desk: Helpline, uid: str) -> bytes:
    code = f"from leeward.helplines.models import Conversation as C; print(bytes(C.objects.get(uid={uid!r}).child_key).hex())"
    return bytes.fromhex(desk.leeward.python(code).strip())


@contextmanager
def away(desk: Helpline) -> Iterator[None]:
    """Let the server be killed until the block ends, and be there again afterwards, whatever happened in it."""
    desk.leeward.kill(Role.WEB)
    try:
        yield
    finally:
        desk.leeward.start(Role.WEB)


@contextmanager
def closed(desk: Helpline) -> Iterator[None]:
    """Let no shift run until the block ends; the next one is in two days."""
    desk.leeward.python(_IN_TWO_DAYS)
    try:
        yield
    finally:
        desk.leeward.python(_DAY_AND_NIGHT)


def talking(page: Page, desk: Helpline, nara: Counsellor) -> str:
    """Bring both together and return the talk."""
    begin(page, desk)
    uid = nara.waiting()
    nara.take(uid)
    page.reload()
    expect(page.get_by_text("Nara is here for you.")).to_be_visible()
    return uid


def test_the_door_follows_who_is_there_within_the_second(page: Page, quiet: Helpline) -> None:
    page.goto(f"{quiet.origin}/h/chat/")
    expect(page.get_by_text("Nobody is here at this moment.")).to_be_visible()
    expect(page.get_by_role("main").get_by_role("link", name="Write to us")).to_be_visible()
    page.wait_for_function("document.querySelector('#return').hidden === false")

    with quiet.counsellor():
        expect(page.get_by_text("Somebody is here for you now.")).to_be_visible()
        expect(page.get_by_role("button", name="Start the chat")).to_be_visible()

    expect(page.get_by_text("Nobody is here at this moment.")).to_be_visible()
    expect(page.get_by_role("button", name="Start the chat")).to_be_hidden()


def test_the_door_closes_with_the_shift_and_leads_to_the_mailbox(page: Page, desk: Helpline, nara: Counsellor) -> None:
    page.goto(f"{desk.origin}/h/chat/")
    expect(page.get_by_text("Somebody is here for you now.")).to_be_visible()
    with closed(desk):
        # The process looks by itself every 5 s: a shift ends without a word from anybody.
        expect(page.get_by_text("We open on")).to_be_visible()
        expect(page.get_by_text("Somebody is here for you now.")).to_be_hidden()
        expect(page.get_by_role("button", name="Start the chat")).to_be_hidden()
        page.get_by_role("main").get_by_role("link", name="Write to us").click()
        expect(page.get_by_label("Your message")).to_be_visible()


def test_words_go_both_ways_and_no_word_stands_in_the_database(page: Page, desk: Helpline, nara: Counsellor) -> None:
    uid = talking(page, desk, nara)
    say(page, f"{MARKER} says Ana")
    assert nara.next_words() == f"{MARKER} says Ana"
    nara.say(uid, f"{MARKER} says Nara", child_key=child_key(desk, uid))

    expect(page.get_by_text(f"{MARKER} says Nara")).to_be_visible()
    expect(page.get_by_text("Sent", exact=True)).to_be_visible()
    with closing(sqlite3.connect(desk.leeward.data_dir / "leeward.sqlite3")) as database:
        dump = "\n".join(database.iterdump())
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    assert MARKER not in dump
    assert MARKER.encode().hex().upper() not in dump
    assert MARKER.encode() not in (desk.leeward.data_dir / "leeward.sqlite3").read_bytes()


def test_who_waits_sees_the_place_in_the_line_and_is_gone_when_leaving(
    page: Page, browser: Browser, desk: Helpline, nara: Counsellor
) -> None:
    begin(page, desk)
    expect(page.get_by_text("You are next.")).to_be_visible()
    with new_page(browser) as second:
        second.goto(f"{desk.origin}/h/chat/")
        expect(second.get_by_text("You would be number 2 in line.")).to_be_visible()
        second.get_by_role("button", name="Start the chat").click()
        expect(second.get_by_text("You are number 2 in line.")).to_be_visible()

        leave_quickly(page, "press", to=NEUTRAL["en"])

        expect(second.get_by_text("You are next.")).to_be_visible()
    state, seconds, _count = desk.states()[0]
    assert state == "abandoned"
    assert seconds > 0


def test_a_reload_keeps_the_chat_and_the_draft_and_another_tab_needs_the_code(
    page: Page, browser: Browser, desk: Helpline, nara: Counsellor
) -> None:
    talking(page, desk, nara)
    say(page, "first words")
    assert nara.next_words() == "first words"
    page.get_by_label("Your words").fill("half a sen")

    page.reload()

    expect(page.get_by_text("first words")).to_be_visible()
    expect(page.get_by_label("Your words")).to_have_value("half a sen")
    page.get_by_role("button", name="Show my code").click()
    code = page.locator("#code-shown").inner_text()
    assert len("".join(filter(str.isdigit, code))) == CODE_DIGITS
    with new_page(browser) as other:
        other.goto(f"{desk.origin}/h/chat/")
        expect(other.get_by_text("first words")).to_be_hidden()
        other.get_by_text("I have a code").click()
        other.get_by_label("Type your code.").fill(code[:-1] + str((int(code[-1]) + 1) % 10))
        other.get_by_role("button", name="Open").click()
        expect(other.get_by_text("A digit is missing or wrong.")).to_be_visible()
        other.get_by_label("Type your code.").fill(code)
        other.get_by_role("button", name="Open").click()
        expect(other.get_by_text("first words")).to_be_visible()


def test_words_written_while_the_server_is_away_arrive_once(page: Page, desk: Helpline, nara: Counsellor) -> None:
    talking(page, desk, nara)
    say(page, "before")
    expect(page.get_by_text("Sent", exact=True)).to_be_visible()
    with away(desk):
        expect(page.get_by_text("The line is gone.")).to_be_visible()
        say(page, "meanwhile")
        expect(page.get_by_text("On its way")).to_be_visible()

    # The page waits a little longer after each try, at most 12 s.
    expect(page.get_by_text("On its way")).to_be_hidden(timeout=COMES_BACK_MS)
    expect(page.get_by_text("meanwhile")).to_have_count(1)
    assert desk.states()[0][2] == len(["before", "meanwhile"])


def test_good_bye_ends_the_chat_and_leads_to_the_mailbox(page: Page, desk: Helpline, nara: Counsellor) -> None:
    talking(page, desk, nara)
    page.get_by_text("End the chat", exact=True).click()
    page.get_by_role("button", name="Yes, end it").click()

    expect(page.get_by_text("The chat is over.")).to_be_visible()
    expect(page.get_by_role("link", name="Open my answers")).to_be_visible()
    assert page.evaluate(STORED) == ["", 0, 0]
    nara.state("ended")


# --- Leaving -------------------------------------------------------------------------------------


@pytest.mark.parametrize("way", ["press", "Shift", "keyboard"])
def test_the_exit_from_a_chat_leaves_only_the_page_before_and_the_counsellor_knows(
    way: str, page: Page, desk: Helpline, nara: Counsellor
) -> None:
    earlier = f"{desk.origin}/health/live"
    page.goto(earlier)
    talking(page, desk, nara)
    say(page, "I must go")
    assert nara.next_words() == "I must go"

    page.get_by_label("Your words").fill("half a sen")
    leave_quickly(page, way, to=NEUTRAL["en"])

    nara.state("left")
    assert page.context.cookies() == []
    behind = shown_behind(page)
    assert earlier in behind
    assert not [word for word in ("I must go", "half a sen", "Nara", "/h/") if word in behind]
    page.goto(f"{desk.origin}/h/chat/")
    assert page.evaluate(STORED) == ["", 0, 0]
    expect(page.get_by_text("I must go")).to_be_hidden()


# --- For everybody --------------------------------------------------------------------------------


def test_nothing_is_kept_and_no_other_site_is_asked_before_a_chat_begins(
    page: Page, desk: Helpline, nara: Counsellor
) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))

    page.goto(f"{desk.origin}/h/chat/")
    expect(page.get_by_role("button", name="Start the chat")).to_be_visible()

    assert page.context.cookies() == []
    assert page.evaluate(STORED) == ["", 0, 0]
    assert all(url.startswith((desk.origin, "data:")) for url in asked)
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Leave this page quickly")).to_be_focused()


def test_without_script_the_door_is_a_page_that_leads_to_the_mailbox(browser: Browser, quiet: Helpline) -> None:
    with new_page(browser, NO_SCRIPT) as page:
        nobody = page.get_by_text("Nobody is here at this moment.")

        def is_empty() -> bool:
            page.goto(f"{quiet.origin}/h/chat/")
            return nobody.is_visible()

        until(is_empty, within_s=15, what="whoever sat at the desk in another test has gone")
        # Playwright reads no text inside of <noscript>, but finds the element.
        without = page.locator("noscript .notice")
        expect(without).to_be_visible()
        expect(without).to_contain_text("The chat does not work in this browser.")
        expect(page.get_by_role("main").get_by_role("link", name="Write to us")).to_be_visible()


@pytest.mark.parametrize("device", [DESKTOP, Device(locale="mn"), ARABIC_PHONE], ids=["English", "Mongolian", "Arabic"])
def test_door_and_talk_are_open_to_everybody(
    device: Device, browser: Browser, desk: Helpline, nara: Counsellor
) -> None:
    with new_page(browser, device) as page:
        page.goto(f"{desk.origin}/h/chat/")
        expect(page.locator("#begin")).to_be_visible()
        assert axe(page) == []
        assert overflow_px(page) == 0

        page.locator("#begin button").click()

        expect(page.locator("#words")).to_be_visible()
        page.locator("#words").fill(MARKER)
        page.locator("#say button").click()
        expect(page.locator(".talk__line--child")).to_contain_text(MARKER)
        assert axe(page) == []
        assert overflow_px(page) == 0
