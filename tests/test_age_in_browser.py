"""A visitor shows an age in a real browser and is let in: by word, by a code, by the next way, and without script."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.stage.browser import DESKTOP, Device, axe, new_page
from tests.stage.leeward import Blank, Leeward, Role
from tests.stage.people import overflow_px
from tests.stage.waiting import until

pytestmark = pytest.mark.browser

PHONE = Device(width_px=320, height_px=800, has_touch=True)
PHONE_WITHOUT_SCRIPT = replace(PHONE, runs_scripts=False)
WANTED, SECRET = "/inside/page?q=1", "Inside the area"
BEAS_CODE, ANAS_CODE, NOBODYS_CODE = "BEA3-88WE-07", "ANA7-M2QX-41", "NOBODY-HAS-IT-7"
# Each area is a site of its own: «talk» takes somebody's word, «adults» and «surer» ask for a record.
PREPARE = """
from django.utils import timezone
from leeward.age import records, services
from leeward.age.levels import Kind, Level
from leeward.age.models import AgeRecord
at = timezone.now()
asks = {{"talk": (13, Level.ASSERTED), "adults": (18, Level.STANDARD), "surer": (13, Level.ASSERTED)}}
for slug, origin in {origins!r}.items():
    site = services.add_site(slug=slug, name="Harbour Forum " + slug, callback=origin + "/_age/back", at=at)
    over, level = asks[slug]
    draft = services.RequirementDraft(slug, "A part with a rather long name", over, None, level, tuple(Kind))
    services.require(site, draft, actor="system", at=at)
records.take(AgeRecord.Source.SCHOOL, {{{bea!r}: 40, {ana!r}: 12}}, actor="system", at=at)
from leeward.age.effect import counts
from leeward.age.effect.models import Evidence, SignWeek
asked = {{"month": at.date().replace(day=1), "method": "screen", "age": 13, "side": "over"}}
for share, was_let_in, found, count in [
    (0.05, True, "of_age", 180), (0.05, True, "not_of_age", 20), (0.05, True, "silent", 45),
    (0, True, "of_age", 30), (0, False, "of_age", 2), (0, False, "not_of_age", 11),
]:
    Evidence.objects.create(**asked, was_let_in=was_let_in, drawn_share=share, found=found, count=count)
for sign in SignWeek.Sign:
    counts.sign(sign, at=at)
"""
DRAW = "from leeward.age.models import OpenAnswer; OpenAnswer.objects.filter(was_let_in=True).update(drawn_share=0.05)"
RAISE = "from leeward.age.models import Requirement; Requirement.objects.filter(slug='surer').update(level=3)"


class Proxy(ThreadingHTTPServer):
    """What stands before an area, and asks the gate as the shipped lines of Caddy do: `/_age` is passed on."""

    def __init__(self, need: str, leeward: str) -> None:
        super().__init__(("127.0.0.1", 0), Visit)
        self.need, self.leeward = need, leeward
        # Another name than that of Leeward, so that neither gets the other's cookies.
        self.origin = f"http://localhost:{self.server_port}"
        self.serving = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.01})
        self.serving.start()

    def stop(self) -> None:
        self.shutdown()
        self.serving.join()
        self.server_close()


class Visit(BaseHTTPRequestHandler):
    """One request of a visitor."""

    server: Proxy

    def do_GET(self) -> None:
        is_ours = self.path.startswith("/_age/")
        path = self.path.removeprefix("/_age") if is_ours else "/enter"
        passed = {name: self.headers[name] for name in ("Cookie", "Accept-Language") if name in self.headers}
        headers = {**passed, "X-Age-Required": self.server.need, "X-Forwarded-Uri": self.path}
        answer = httpx.get(f"{self.server.leeward}/age/gate{path}", headers=headers, timeout=20)
        body = f"<h1>{SECRET}</h1>".encode() if answer.status_code == 204 else answer.content
        self.send_response(200 if answer.status_code == 204 else answer.status_code)
        for name, value in answer.headers.multi_items():
            if name in {"location", "set-cookie"}:
                self.send_header(name, value)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Write nothing."""


@dataclass(frozen=True)
class House:
    """Where Leeward's pages and the three sites are."""

    leeward: Leeward
    talk: str
    adults: str
    surer: str

    @property
    def url(self) -> str:
        return self.leeward.base_url


@pytest.fixture(scope="module")
def house(blank: Blank, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Leeward's pages, three sites that ask it, and a school's list in which Bea is 40 and Ana is 12."""
    data_dir = tmp_path_factory.mktemp("age")
    blank.copy_to(data_dir)
    leeward = Leeward(data_dir)
    sites = {need: Proxy(need, leeward.base_url) for need in ("talk", "adults", "surer")}
    try:
        origins = {need: site.origin for need, site in sites.items()}
        leeward.python(PREPARE.format(origins=origins, bea=BEAS_CODE, ana=ANAS_CODE))
        leeward.start(Role.WEB)
        yield House(leeward, **origins)
    finally:
        leeward.stop()
        for site in sites.values():
            site.stop()


def take(page: Page, way: str) -> None:
    page.locator(f'button[name="way"][value="{way}"]').click()


def say(page: Page, *, month: str = "5", year: str) -> None:
    """Answer the age screen."""
    page.locator("#month").select_option(month)
    page.locator("#year").fill(year)
    page.locator(".age-form button").click()


def type_code(page: Page, code: str) -> None:
    page.locator("#code").fill(code)
    page.locator(".age-form button").click()


def heading(page: Page, words: str) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text(words)


def go_on(page: Page, site: str) -> None:
    """Go back to the site, and be on the page that was wanted."""
    heading(page, "Yes, that is right")
    page.get_by_role("link", name="Go on to the page").click()
    heading(page, SECRET)
    assert page.url == f"{site}{WANTED}"


@pytest.mark.parametrize("device", [DESKTOP, PHONE_WITHOUT_SCRIPT], ids=["desktop", "phone without script"])
def test_by_a_month_and_a_year_a_visitor_is_let_in(device: Device, browser: Browser, house: House) -> None:
    with new_page(browser, device) as page:
        page.goto(f"{house.talk}{WANTED}")
        heading(page, "Show how old you are")
        assert "13" not in page.get_by_role("main").inner_text()  # A neutral screen does not tell which age is wanted.

        take(page, "screen")
        say(page, month="", year="1980")
        expect(page.get_by_role("alert")).to_contain_text("Choose a month.")
        say(page, year="1980")

        go_on(page, house.talk)


@pytest.mark.parametrize("device", [DESKTOP, PHONE_WITHOUT_SCRIPT], ids=["desktop", "phone without script"])
def test_by_a_code_of_the_school_a_visitor_is_let_in(device: Device, browser: Browser, house: House) -> None:
    with new_page(browser, device) as page:
        page.goto(f"{house.adults}{WANTED}")
        expect(page.get_by_role("img", name="At least 18")).to_be_visible()

        take(page, "school")
        type_code(page, "x")
        expect(page.get_by_role("alert")).to_contain_text("This is not a whole code.")
        type_code(page, BEAS_CODE.lower())

        go_on(page, house.adults)


def test_a_code_that_nobody_has_can_be_typed_again_or_another_way_be_taken(browser: Browser, house: House) -> None:
    with new_page(browser, PHONE_WITHOUT_SCRIPT) as page:
        page.goto(f"{house.talk}{WANTED}")
        take(page, "school")
        type_code(page, NOBODYS_CODE)

        expect(page.get_by_role("alert")).to_contain_text("Nobody gave us this code.")
        type_code(page, NOBODYS_CODE)
        page.get_by_role("link", name="Take another way").click()
        take(page, "screen")
        say(page, year="1980")

        go_on(page, house.talk)


def test_a_word_is_not_enough_any_more_and_the_next_way_is(browser: Browser, house: House) -> None:
    with new_page(browser, replace(PHONE_WITHOUT_SCRIPT, locale="en-GB")) as page:
        page.goto(f"{house.surer}{WANTED}")
        take(page, "screen")
        say(page, year="1980")
        go_on(page, house.surer)
        house.leeward.python(RAISE)

        # The gate reads its state anew after a second, at the side of a check.
        until(lambda: is_asked_for_more(page, house), within_s=10, what="the gate asks for more")
        page.get_by_role("link", name="Show it in another way").click()
        expect(page.locator('button[value="screen"]')).to_have_count(0)
        take(page, "school")
        type_code(page, BEAS_CODE)

        go_on(page, house.surer)


def test_whoever_is_drawn_may_show_it_a_second_way_and_is_let_in(browser: Browser, house: House) -> None:
    with new_page(browser, PHONE_WITHOUT_SCRIPT) as page:
        page.goto(f"{house.talk}{WANTED}")
        take(page, "screen")
        say(page, year="1980")
        heading(page, "Yes, that is right")
        house.leeward.python(DRAW)
        page.reload()

        expect(page.get_by_role("heading", level=2, name="Will you show it a second way?")).to_be_visible()
        expect(page.get_by_role("link", name="Go on to the page")).to_be_visible()  # Saying no costs nothing.
        take(page, "school")
        type_code(page, BEAS_CODE)

        expect(page.get_by_text("Will you show it a second way?")).to_have_count(0)
        go_on(page, house.talk)


def is_asked_for_more(page: Page, house: House) -> bool:
    page.goto(f"{house.surer}{WANTED}")
    return page.get_by_role("heading", level=1).inner_text() == "One more step"


@pytest.mark.parametrize("way", ["screen", "school"])
def test_whoever_is_too_young_reads_a_kind_page_and_stays_outside(way: str, browser: Browser, house: House) -> None:
    with new_page(browser) as page:
        page.goto(f"{house.talk}{WANTED}")
        take(page, way)
        say(page, year="2020") if way == "screen" else type_code(page, ANAS_CODE)

        heading(page, "This page is not for you yet")
        expect(page.get_by_text("You did nothing wrong.")).to_be_visible()
        expect(page.get_by_role("link", name="Do you need help?")).to_be_visible()
        expect(page.get_by_role("link", name="Go back to the site")).to_have_attribute("href", f"{house.talk}/")
        expect(page.locator('a[href$="/go"]')).to_have_count(0)
        page.goto(f"{house.talk}{WANTED}")
        heading(page, "Show how old you are")


def test_whoever_said_to_be_too_young_cannot_say_another_year(browser: Browser, house: House) -> None:
    with new_page(browser) as page:
        page.goto(f"{house.talk}{WANTED}")
        take(page, "screen")
        say(page, year="2020")
        page.goto(f"{house.talk}{WANTED}")

        take(page, "screen")

        heading(page, "This page is not for you yet")


@pytest.mark.parametrize("locale", ["en-GB", "mn", "ar"])
def test_no_page_has_a_fault_in_any_direction(locale: str, browser: Browser, house: House) -> None:
    device = replace(DESKTOP if locale == "en-GB" else PHONE, locale=locale)
    with new_page(browser, device) as page:
        page.emulate_media(reduced_motion="reduce", color_scheme="dark" if locale == "ar" else "light")
        found = dict(walked(page, house)) | dict(opened(page, house))

    assert {place: fault for place, fault in found.items() if fault} == {}


def walked(page: Page, house: House) -> Iterator[tuple[str, list[str]]]:
    """Go where visitors go, and give what is wrong there."""
    page.goto(f"{house.adults}{WANTED}")
    yield "ways of one", faults(page)
    for code, place in (("x", "wrong code"), (NOBODYS_CODE, "could not tell"), (ANAS_CODE, "too young")):
        page.goto(f"{house.talk}{WANTED}")
        yield "ways", faults(page)
        take(page, "school")
        yield "code", faults(page)
        type_code(page, code)
        yield place, faults(page)
    # What the code said holds against mere words for a day in this browser.
    page.context.clear_cookies(name="age_said")
    page.goto(f"{house.talk}{WANTED}")
    take(page, "screen")
    yield "screen", faults(page)
    say(page, year="1")
    yield "wrong year", faults(page)
    say(page, year="1980")
    yield "shown", faults(page)
    house.leeward.python(DRAW)
    page.reload()
    expect(page.locator("#second")).to_be_visible()
    yield "second way", faults(page)
    page.goto(f"{house.talk}/_age/more")
    yield "more", faults(page)
    page.goto(f"{house.talk}/_age/back?token=x")
    yield "again", faults(page)


def opened(page: Page, house: House) -> Iterator[tuple[str, list[str]]]:
    """Open what everybody can open, and give what is wrong there. The operator's pages are in `test_accessible_pages`."""
    for path in ("/age/", "/age/how/"):
        page.goto(f"{house.url}{path}")
        yield path, faults(page)


def faults(page: Page) -> list[str]:
    """Return what is wrong with a page on which everything is unfolded."""
    page.wait_for_load_state()
    page.evaluate("document.querySelectorAll('main details').forEach(one => one.open = true)")
    headings = page.get_by_role("heading", level=1).count()
    wrong = [f"{px} px stick out" for px in [overflow_px(page)] if px]
    wrong += [f"{headings} headings of level 1"] if headings != 1 else []
    return [*wrong, *axe(page)]
