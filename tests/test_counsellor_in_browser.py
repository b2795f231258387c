"""Counsellors at their desk in real browsers: take, talk, hand over, call for help, give the case desk what was chosen."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from typing import Any

import pytest
from playwright.sync_api import Browser, Dialog, Page, StorageState, expect

from tests.stage.browser import DESKTOP, Device, axe, new_page
from tests.stage.leeward import Blank, Leeward, Role
from tests.stage.people import overflow_px, press_enter_on, sign_in, type_into
from tests.stage.waiting import until

pytestmark = pytest.mark.browser

MARKER = "quintzelbaum"
PASSPHRASE = "four quiet green boats"
PASSWORD = "a harmless word for tests"
ARABIC_PHONE = Device(width_px=320, height_px=700, locale="ar", has_touch=True)
_STAFF = """
from django.utils import timezone
from leeward.core.models import Membership, Organisation, User
from leeward.helplines.models import Desk, Seat, Shift
quay = Organisation.objects.create(slug="quay", name="Quay", kind=Organisation.Kind.HELPLINE)
desk = Desk.objects.create(name="Quay desk", languages=["en", "mn", "ar"], made_at=timezone.now())
for weekday in range(7):
    Shift.objects.create(desk=desk, weekday=weekday, start=0, end=1440)
for name, role in (("tuul", "supervisor"), ("nara", "counsellor"), ("oyun", "counsellor")):
    person = User.objects.create_user(username=name, password={password!r})
    Membership.objects.create(user=person, organisation=quay, role=role)
    Seat.objects.create(desk=desk, person=person, alias=name.title(), here_since_at=None)
print(desk.uid)
"""
_FACTS = """
import json
from leeward.helplines.models import Conversation, Escalation, Message
from leeward.reports.models import Report
from leeward.cases.models import Case
print(json.dumps({"messages": Message.objects.count(), "cases": Case.objects.count(),
    "reports": [[report.channel, report.words] for report in Report.objects.all()],
    "left": [[one.words, one.reason, one.given_at is not None] for one in Escalation.objects.all()],
    "aliases": list(Conversation.objects.order_by("pk").values_list("alias", flat=True))}))
"""


@dataclass
class Quay:
    """A desk with three people, each with a key of their own and the desk's."""

    leeward: Leeward
    uid: str
    signed_in: dict[str, StorageState]

    @property
    def url(self) -> str:
        return self.leeward.base_url

    def facts(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.leeward.python(_FACTS))
        return found


def yes(dialog: Dialog) -> None:
    dialog.accept()


def unlock(page: Page) -> None:
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Passphrase").fill(PASSPHRASE)
    dialog.get_by_role("button", name="Unlock").click()
    expect(dialog).to_have_count(0)


@pytest.fixture(scope="module")
def quay(blank: Blank, tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[Quay]:
    """A running Leeward with a desk; its people made their keys and gave each other the desk's in their browsers."""
    data_dir = tmp_path_factory.mktemp("quay")
    blank.copy_to(data_dir)
    leeward = Leeward(data_dir)
    try:
        uid = leeward.python(_STAFF.format(password=PASSWORD)).strip()
        leeward.start(Role.WEB)
        leeward.start(Role.WORKER)
        yield Quay(leeward, uid, {name: with_key(browser, leeward, name) for name in ("nara", "oyun", "tuul")})
    finally:
        leeward.stop()


def with_key(browser: Browser, leeward: Leeward, name: str) -> StorageState:
    """Let somebody make a key; Tuul, the last one, makes the desk's and gives it to the others."""
    with new_page(browser) as page:
        page.on("dialog", yes)
        sign_in(page, leeward.base_url, username=name, password=PASSWORD)
        page.goto(f"{leeward.base_url}/helpline/keys/")
        page.get_by_label("Passphrase", exact=True).fill(PASSPHRASE)
        page.get_by_label("Passphrase once more").fill(PASSPHRASE)
        page.get_by_role("button", name="Make my key").click()
        expect(page.get_by_text("Made on")).to_be_visible()
        if name == "tuul":
            page.reload()
            page.get_by_role("button", name="Make the first key").click()
            expect(page.get_by_text("Its key is in force")).to_be_visible()
            for other in ("nara", "oyun"):
                page.get_by_role("button", name=f"Give the key {other}").click()
                unlock(page)
                expect(page.get_by_role("button", name=f"Take away {other}")).to_be_visible()
        return page.context.storage_state()


@pytest.fixture
def ana(browser: Browser) -> Iterator[Page]:
    """Ana, who looks for help."""
    with new_page(browser) as page:
        yield page


@pytest.fixture
def nara(quay: Quay, browser: Browser) -> Iterator[Page]:
    """Nara at her desk, here, with nothing left of other tests."""
    quay.leeward.python(
        "from leeward.helplines.models import Conversation, Escalation as E; E.objects.all().delete(); Conversation.objects.all().delete()"
    )
    with new_page(browser, cookies=quay.signed_in["nara"]) as page:
        be_here(page, quay)
        yield page


def be_here(page: Page, quay: Quay) -> None:
    """Somebody of the desk begins to take chats."""
    page.goto(f"{quay.url}/helpline/")
    if page.get_by_role("button", name="I am here").count():
        page.get_by_role("button", name="I am here").click()
    expect(page.get_by_role("button", name="Take a break")).to_be_visible()


def come(page: Page, quay: Quay) -> None:
    """Ana comes in by the door."""
    page.goto(f"{quay.url}/h/chat/")
    page.get_by_role("button", name="Start the chat").click()
    expect(page.get_by_label("Your words")).to_be_visible()


def child_says(page: Page, words: str) -> None:
    page.get_by_label("Your words").fill(words)
    page.get_by_role("button", name="Send", exact=True).click()


def together(ana: Page, nara: Page, quay: Quay) -> None:
    """Ana comes, and Nara takes the talk with the keyboard, without loading anything."""
    come(ana, quay)
    expect(nara.get_by_role("button", name="Talk")).to_be_visible()
    nara.locator("body").press("t")
    unlock(nara)
    expect(nara.get_by_role("log")).to_be_visible()


def test_a_child_and_a_counsellor_talk_and_nothing_of_it_is_stored_in_the_open(
    ana: Page, nara: Page, quay: Quay
) -> None:
    together(ana, nara, quay)
    child_says(ana, f"{MARKER} asks Ana")
    expect(nara.get_by_role("log").get_by_text(f"{MARKER} asks Ana")).to_be_visible()

    type_into(nara.get_by_label("Your words"), f"{MARKER} answers Nara")
    nara.keyboard.press("Control+Enter")

    expect(ana.get_by_text(f"{MARKER} answers Nara")).to_be_visible()
    expect(nara.get_by_role("log").get_by_text(f"{MARKER} answers Nara")).to_have_count(1)
    stored = nara.evaluate("() => JSON.stringify([{...localStorage}, {...sessionStorage}])")
    assert MARKER not in stored
    with closing(sqlite3.connect(quay.leeward.data_dir / "leeward.sqlite3")) as database:
        dump = "\n".join(database.iterdump())
    assert MARKER not in dump
    assert MARKER.encode().hex().upper() not in dump


def test_a_reload_shows_all_again_once_the_keys_are_unlocked(ana: Page, nara: Page, quay: Quay) -> None:
    together(ana, nara, quay)
    child_says(ana, "one")
    child_says(ana, "two")
    expect(nara.get_by_role("log").get_by_role("listitem")).to_have_count(2)

    nara.reload()
    nara.get_by_role("dialog").get_by_role("button", name="Not now").click()
    expect(nara.get_by_text("Your keys are locked")).to_be_visible()
    nara.get_by_role("button", name="Unlock").click()
    unlock(nara)

    expect(nara.get_by_role("log").get_by_role("listitem")).to_have_count(2)


def test_a_handed_over_talk_keeps_words_note_and_draft_and_brings_no_second_greeting(
    ana: Page, nara: Page, quay: Quay, browser: Browser
) -> None:
    together(ana, nara, quay)
    child_says(ana, "what Ana said first")
    expect(nara.get_by_role("log").get_by_text("what Ana said first")).to_be_visible()
    nara.get_by_label("New note").fill("likes to draw")
    nara.get_by_role("button", name="Keep the note").click()
    expect(nara.get_by_role("listitem").filter(has_text="likes to draw")).to_be_visible()
    nara.get_by_label("Your words").fill("half a sen")
    nara.locator("summary", has_text="Hand over").click()
    nara.get_by_label("Who goes on").select_option(label="Oyun (oyun)")

    nara.get_by_role("button", name="Hand over", exact=True).click()

    expect(nara.get_by_text("Oyun goes on with this talk")).to_be_visible()
    with new_page(browser, cookies=quay.signed_in["oyun"]) as oyun:
        be_here(oyun, quay)
        oyun.get_by_role("navigation", name="Talks").get_by_role("link").nth(1).click()
        unlock(oyun)
        expect(oyun.get_by_role("log").get_by_text("what Ana said first")).to_be_visible()
        expect(oyun.get_by_role("listitem").filter(has_text="likes to draw")).to_be_visible()
        expect(oyun.get_by_label("Your words")).to_have_value("half a sen")
        expect(ana.get_by_text("Oyun is here for you.")).to_be_visible()
        assert quay.facts()["messages"] == 1, "nobody greeted again"
        oyun.get_by_label("Your words").fill("the whole sentence")
        oyun.get_by_role("button", name="Send").click()
        expect(ana.get_by_text("the whole sentence")).to_be_visible()


def test_urgent_brings_a_supervisor_and_a_case_with_the_chosen_words_only(
    ana: Page, nara: Page, quay: Quay, browser: Browser
) -> None:
    together(ana, nara, quay)
    for words in ("chosen: he comes tonight", "secret: I like Bo"):
        child_says(ana, words)
        expect(nara.get_by_role("log").get_by_text(words)).to_be_visible()
    with new_page(browser, cookies=quay.signed_in["tuul"]) as tuul:
        tuul.goto(f"{quay.url}/helpline/")
        nara.locator("summary", has_text="Danger").click()
        nara.get_by_label("Urgent").check()
        nara.get_by_role("button", name="Say so").click()
        tuul.get_by_role("button", name="Join").click()
        unlock(tuul)
        expect(tuul.get_by_role("log").get_by_text("chosen: he comes tonight")).to_be_visible()
    expect(nara.get_by_text("A supervisor is called. Go on talking.")).to_be_visible()

    nara.get_by_role("link", name="Give the case desk something").click()
    nara.get_by_label("chosen: he comes tonight").check()
    expect(nara.get_by_text("Chosen: 1")).to_be_visible()
    nara.get_by_label("The child agreed").check()
    assert axe(nara) == []
    nara.get_by_role("button", name="Give what is chosen").click()

    expect(nara.get_by_text("The case desk has what you chose")).to_be_visible()
    until(lambda: bool(quay.facts()["reports"]), within_s=30, what="the report")
    facts = quay.facts()
    [[channel, words]] = facts["reports"]
    assert channel == "helpline"
    assert "Child: chosen: he comes tonight" in str(words)
    assert "secret" not in str(words)
    assert facts["cases"] == 1
    assert facts["left"] == [["", "", True]], "the helpline keeps no plain word"


def test_who_leaves_safely_is_said_to_have_left(ana: Page, nara: Page, quay: Quay) -> None:
    together(ana, nara, quay)

    ana.keyboard.press("Shift")
    ana.keyboard.press("Shift")
    ana.keyboard.press("Shift")

    expect(nara.get_by_text("The child left safely.")).to_be_visible()


def test_hidden_text_is_there_and_not_seen(ana: Page, nara: Page, quay: Quay) -> None:
    together(ana, nara, quay)
    child_says(ana, "only for Nara")
    words = nara.get_by_role("log").get_by_text("only for Nara")
    expect(words).to_be_visible()

    nara.get_by_role("heading", level=1).click()
    nara.keyboard.press("h")

    expect(nara.get_by_role("button", name="Hide the text")).to_have_attribute("aria-pressed", "true")
    assert words.evaluate("element => getComputedStyle(element).color") == "rgba(0, 0, 0, 0)"


def test_a_talk_works_by_keyboard_alone(ana: Page, nara: Page, quay: Quay) -> None:
    come(ana, quay)
    press_enter_on(nara.get_by_role("button", name="Talk"))
    unlock(nara)
    type_into(nara.get_by_label("Your words"), "typed")
    press_enter_on(nara.get_by_role("button", name="Send"))
    expect(ana.get_by_text("typed")).to_be_visible()

    press_enter_on(nara.locator("summary", has_text="End the talk"))
    press_enter_on(nara.get_by_role("button", name="End the talk"))

    expect(nara.get_by_text("Nobody waits.")).to_be_visible()


@pytest.mark.parametrize("device", [DESKTOP, ARABIC_PHONE, replace(DESKTOP, locale="mn-MN")], ids=["en", "ar", "mn"])
def test_every_page_of_the_desk_is_accessible_and_fits(
    ana: Page, nara: Page, quay: Quay, browser: Browser, device: Device
) -> None:
    come(ana, quay)
    child_says(ana, "some words")
    with new_page(browser, device, cookies=quay.signed_in["tuul"]) as page:
        if device is not DESKTOP:
            page.emulate_media(color_scheme="dark")
        for name, path in {
            "queue": "/helpline/",
            "shifts": f"/helpline/shifts/{quay.uid}/",
            "replies": f"/helpline/replies/{quay.uid}/",
            "figures": f"/helpline/figures/{quay.uid}/",
        }.items():
            page.goto(f"{quay.url}{path}")
            assert axe(page) == [], name
            assert overflow_px(page) == 0, name
        page.goto(f"{quay.url}/helpline/")
        page.locator("[data-key=t]").click()
        page.locator("#keyring-passphrase").fill(PASSPHRASE)
        page.locator("#keyring-passphrase").press("Enter")
        expect(page.get_by_text("some words")).to_be_visible()
        assert axe(page) == []
        assert overflow_px(page) == 0
