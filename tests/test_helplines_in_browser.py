"""A child finds a number in two presses, on any phone, and the visit leaves nothing behind; staff check rows by keyboard."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest
from playwright.sync_api import Browser, Page, StorageState, expect

from tests.stage.browser import DESKTOP, Device, axe, new_page
from tests.stage.leeward import Blank, Leeward, Role
from tests.stage.people import overflow_px, press_enter_on, sign_in

pytestmark = pytest.mark.browser

PASSWORD = "quiet harbour lamp"
OLD_PHONE = Device(width_px=320, height_px=640, has_touch=True, runs_scripts=False)
LOCALES = ("en-GB", "mn", "ar")
COLD_BYTES, COLD_REQUESTS = 15_000, 4  # Issue 8: what the first page may cost on a slow line.
STORED = "() => [document.cookie, localStorage.length, sessionStorage.length]"
# Nara checked a line of Mongolia today. That of Namibia was checked a year ago, and two rows wait.
PREPARE = """
import dataclasses, json
from datetime import timedelta
from django.utils import timezone
from leeward.core.models import Membership, Organisation, Role, User
from leeward.helplines.directory import services
from leeward.helplines.directory.drafts import Facts
at = timezone.now()
harbour = Organisation.objects.create(slug="harbour", name="Harbour", kind=Organisation.Kind.PROVIDER)
nara = User.objects.create_user(username="nara", password={password!r})
Membership.objects.create(user=nara, organisation=harbour, role=Role.COUNSELLOR)
line = Facts(country="MN", kind="child_helpline", name="Harbour line", free="yes", languages=("mn", "en"), ages="6-18",
    contacts=(("short_number", "1 08"), ("chat", "https://chat.harbourline.example/"), ("mail", "us@harbourline.example")),
    hours="mon-fri 08:00-20:00; sat 10:00-14:00", time_zone="Asia/Ulaanbaatar", source="made up", confidence="high")
def checked(facts, at):
    row = services.add(facts, by=nara, at=at)
    services.check(row, facts, how="called", note="", seen_at=row.changed_at, by=nara, at=at)
checked(line, at)
checked(dataclasses.replace(line, name="Watch", kind="hotline", contacts=(("web", "https://watch.example/report"),), hours=""), at)
old = dataclasses.replace(line, country="NA", name="Dune line", contacts=(("short_number", "116"),))
checked(old, at - timedelta(days=365))
for name in ("A line", "B line"):
    services.add(dataclasses.replace(line, name=name, country="FR", doubts=("Two numbers are known.",)), by=nara, at=at)
print(json.dumps(str(services.to_check(at=at).get(name="A line").uid)))
"""


@dataclass(frozen=True)
class Place:
    """Where Leeward's pages are, where a row waits, and a browser's cookies of a counsellor."""

    url: str
    row: str
    nara: StorageState


@pytest.fixture(scope="module")
def place(blank: Blank, browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """Leeward's pages with a directory, without the rest of the town."""
    data_dir = tmp_path_factory.mktemp("helplines")
    blank.copy_to(data_dir)
    leeward = Leeward(data_dir, env={"LEEWARD_EMERGENCY_NUMBER": "1 12"})
    uid = json.loads(leeward.python(PREPARE.format(password=PASSWORD)).splitlines()[-1])
    leeward.start(Role.WEB)
    with new_page(browser) as page:
        sign_in(page, leeward.base_url, username="nara", password=PASSWORD)
        cookies = page.context.storage_state()
    yield Place(leeward.base_url, f"{leeward.base_url}/helpline/directory/{uid}/", cookies)
    leeward.stop()


def test_the_first_page_is_small_keeps_nothing_and_asks_nobody_else(browser: Browser, place: Place) -> None:
    with new_page(browser) as page:
        session = page.context.new_cdp_session(page)
        session.send("Network.enable")
        sizes: list[int] = []
        asked: list[str] = []
        session.on("Network.loadingFinished", lambda done: sizes.append(done["encodedDataLength"]))
        page.on("request", lambda request: asked.append(request.url))

        page.goto(f"{place.url}/h/", wait_until="networkidle")

        assert page.evaluate(STORED) == ["", 0, 0]
        assert page.context.cookies() == []
        assert all(address.startswith((place.url, "data:")) for address in asked)
        over_the_line = [address for address in asked if not address.startswith("data:")]
        assert len(over_the_line) <= COLD_REQUESTS
        assert sum(sizes) <= COLD_BYTES, f"{sum(sizes)} bytes in {len(over_the_line)} requests"


def test_a_number_is_two_presses_away_and_back_shows_no_step(browser: Browser, place: Place) -> None:
    with new_page(browser) as page:
        page.goto(f"{place.url}/h/")
        steps = page.evaluate("history.length")
        page.get_by_role("link", name="Call Talk on the phone").click()
        page.get_by_label("Where are you?").select_option("MN")
        page.get_by_role("button", name="Show the numbers").click()

        number = page.get_by_role("link", name="1 08", exact=True)
        expect(number).to_have_attribute("href", "tel:108")
        expect(page.get_by_text("It costs nothing").first).to_be_visible()
        assert page.evaluate("history.length") == steps
        assert page.context.cookies() == []


def test_an_old_phone_without_script_gets_the_same_and_an_old_row_is_replaced(browser: Browser, place: Place) -> None:
    with new_page(browser, OLD_PHONE) as page:
        page.goto(f"{place.url}/h/")
        page.get_by_role("link", name="Call Talk on the phone").tap()
        page.get_by_label("Where are you?").select_option("NA")
        page.get_by_role("button", name="Show the numbers").tap()

        expect(page.get_by_role("heading", level=1)).to_have_text("Numbers in Namibia")
        expect(page.get_by_text("Dune line")).to_have_count(0)
        expect(page.get_by_role("link", name="childhelplineinternational.org")).to_be_visible()
        assert overflow_px(page) == 0


@pytest.mark.parametrize("path", ["/h/", "/h/call/", "/h/call/?country=MN", "/h/call/?country=NA"])
@pytest.mark.parametrize("locale", LOCALES)
def test_no_page_of_a_child_has_a_fault(locale: str, path: str, browser: Browser, place: Place) -> None:
    with new_page(browser, replace(DESKTOP, locale=locale)) as page:
        assert faults(page, place.url + path) == []


@pytest.mark.parametrize("locale", LOCALES)
def test_no_page_of_staff_has_a_fault(locale: str, browser: Browser, place: Place) -> None:
    with new_page(browser, replace(DESKTOP, locale=locale), cookies=place.nara) as page:
        for address in (f"{place.url}/helpline/directory/", place.row, f"{place.url}/helpline/directory/add/"):
            assert faults(page, address) == []


def faults(page: Page, address: str) -> list[str]:
    """Return what is wrong with a page on a phone and on a desk, in light and in the dark."""
    found: list[str] = []
    page.goto(address)
    page.evaluate("document.querySelectorAll('main details').forEach(one => one.open = true)")
    for width_px, scheme in ((320, "dark"), (1280, "light")):
        page.set_viewport_size({"width": width_px, "height": 800})
        page.emulate_media(color_scheme="dark" if scheme == "dark" else "light", reduced_motion="reduce")
        found += [f"{width_px} px, {scheme}: {fault}" for fault in axe(page)]
        if sticks_out := overflow_px(page):
            found.append(f"{width_px} px: {sticks_out} px stick out")
    return found


def test_a_counsellor_checks_a_row_by_keyboard_and_takes_it_back(browser: Browser, place: Place) -> None:
    with new_page(browser, cookies=place.nara) as page:
        page.goto(place.row)
        expect(page.get_by_label("Somebody called or wrote, and they answered")).to_be_focused()
        page.keyboard.press("ArrowDown")
        page.keyboard.press("Enter")

        expect(page.get_by_text("Your last step: A line, Checked.")).to_be_visible()
        expect(page.get_by_role("heading", level=1)).to_contain_text("B line")
        press_enter_on(page.get_by_role("button", name="Undo", exact=True))
        expect(page.get_by_text("Undone. Everything is as it was.")).to_be_visible()
        expect(page.get_by_role("heading", level=1)).to_contain_text("Draft")


# What stands under the misuse button where a page ends: each piece of text that its box meets.
COVERED = """() => {
  scrollTo(0, document.documentElement.scrollHeight)
  const button = document.querySelector(".report-button").getBoundingClientRect()
  const words = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
  const found = []
  while (words.nextNode()) {
    const node = words.currentNode, range = document.createRange()
    if (!node.data.trim() || node.parentElement.closest(".report-button")) continue
    range.selectNodeContents(node)
    for (const box of range.getClientRects())
      if (box.width > 1 && box.right > button.left && box.left < button.right && box.bottom > button.top && box.top < button.bottom)
        found.push(node.data.trim())
  }
  return found
}"""


@pytest.mark.parametrize("locale", ["en-GB", "ar"])
def test_where_a_page_ends_the_misuse_button_covers_nothing(locale: str, browser: Browser, place: Place) -> None:
    with new_page(browser, replace(DESKTOP, width_px=320, height_px=640, locale=locale)) as page:
        covered = {}
        for path in ("", "call/", "call/?country=MN", "chat/", "write/", "answers/", "safety/"):
            page.goto(f"{place.url}/h/{path}")
            covered[path] = page.evaluate(COVERED)

    assert {path: words for path, words in covered.items() if words} == {}
