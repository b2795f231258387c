"""A child asks on its phone and a parent allows a part and takes it back, in real browsers: without script, in three languages."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, StorageState, expect

from tests.stage.browser import DESKTOP, Device, axe, new_page
from tests.stage.leeward import Blank, Leeward, Role
from tests.stage.people import overflow_px, sign_in

pytestmark = pytest.mark.browser

PASSWORD = "quiet harbour lamp"
PHONE_WITHOUT_SCRIPT = Device(width_px=320, height_px=800, has_touch=True, runs_scripts=False)
LOCALES = ("en-GB", "mn", "ar")
# Bea looks after Mia, whose phone waits to join, and has shown to be a grown-up. Olga is the operator.
PREPARE = """
import json
from datetime import timedelta
from django.utils import timezone
from leeward.age.models import AgeFact
from leeward.age.rules import services as rules
from leeward.age.rules.models import AgeRule
from leeward.core.models import Membership, Organisation, Role, User
from leeward.families import devices, services as families
from leeward.families.areas import services as areas, moderating
from leeward.families.areas.choices import Check
from leeward.families.birthdays import services as birthdays
from leeward.families.birthdays.months import Month
from leeward.families.choices import AgeBand, Kind, Picture, Sticker, Use
from leeward.families.permission import links, services
from leeward.families.permission.choices import Months, Scope, Sign
at = timezone.now()
harbour = Organisation.objects.create(slug="harbour", name="Harbour Photos", kind=Organisation.Kind.PROVIDER)
quay = Organisation.objects.create(slug="quay", name="Quay Games", kind=Organisation.Kind.PROVIDER)
for name, role in (("bea", Role.GUARDIAN), ("olga", Role.OPERATOR)):
    person = User.objects.create_user(username=name, password={password!r})
    Membership.objects.create(user=person, organisation=harbour, role=role)
bea, olga = User.objects.get(username="bea"), User.objects.get(username="olga")
home = families.make_household(by=bea, at=at)
mia = families.add_child(home, families.ChildDraft("Mia", Picture.FOX, AgeBand.MIDDLE), by=bea, at=at)
tom = families.add_child(home, families.ChildDraft("Tomasongasathirtylettersofitxx", Picture.OWL, AgeBand.SMALL), by=bea, at=at)
AgeFact.objects.create(user=bea, threshold=18, is_over=True, level=4, kind="verification", method="wallet",
    month=at.date().replace(day=1), expires_at=at + timedelta(days=300))
head = "country_code,country,digital_consent_age,law,year,valid_from,valid_to,majority_age,source\\n"
table = head + "DK,Denmark,15,An act,2024,2024-01-01,,18,https://law.example/dk\\n"
rules.suggest(table + "GB,Great Britain,13,An act,2018,,,18,https://law.example/gb\\n", actor="system", at=at)
rules.confirm(AgeRule.objects.filter(country="DK").first(), by=olga, at=at)
links.state(mia, by=bea, at=at)
held = links.state(tom, by=bea, at=at)
links.freeze(held, Sign.CHILD, actor="device", at=at)
birthdays.say(mia, Month(at.year - 11, at.month), by=bea, at=at)
area = areas.open_area(slug="music", name="Music", by=olga, at=at)
moderating.propose(area, bea, moderating.Vetting(Check.RECORD, "r-1", (at + timedelta(days=90)).date()), by=olga, at=at)
given = services.ask(mia, services.AskDraft(quay, list(Scope)), at=at)
services.grant(given, [Scope.ACCOUNT, Scope.SCREEN_TIME], months=Months.SIX, by=bea, at=at)
phone = devices.add_device(home, devices.DeviceDraft(Kind.PHONE, Sticker.STAR, Use.CHILD, mia), by=bea, at=at)
print(json.dumps(dict(phone=devices.address(phone).partition("/family/")[2], child=str(mia.uid), given=str(given.uid), area=str(area.uid))))
"""


@dataclass(frozen=True)
class House:
    """Where Leeward's pages are, the numbers of what is there, and the cookies of everybody."""

    url: str
    child: str
    given: str
    area: str
    bea: StorageState
    olga: StorageState
    mia: StorageState


@pytest.fixture(scope="module")
def house(blank: Blank, browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Leeward's pages with a family, without the rest of the town."""
    data_dir = tmp_path_factory.mktemp("permission")
    blank.copy_to(data_dir)
    leeward = Leeward(data_dir)
    made = json.loads(leeward.python(PREPARE.format(password=PASSWORD)).splitlines()[-1])
    leeward.start(Role.WEB)
    cookies = {}
    for name in ("bea", "olga"):
        with new_page(browser) as page:
            sign_in(page, leeward.base_url, username=name, password=PASSWORD)
            cookies[name] = page.context.storage_state()
    with new_page(browser) as page:
        page.goto(f"{leeward.base_url}/family/{made['phone']}")
        page.locator("main form button").first.click()
        cookies["mia"] = page.context.storage_state()
    yield House(leeward.base_url, made["child"], made["given"], made["area"], **cookies)
    leeward.stop()


@contextmanager
def someone(browser: Browser, cookies: StorageState, device: Device = DESKTOP) -> Iterator[Page]:
    """Open a page as somebody of the house."""
    with new_page(browser, device, cookies=cookies) as page:
        yield page


@pytest.mark.parametrize("locale", LOCALES)
def test_no_page_has_a_fault_in_any_direction_wide_and_narrow(locale: str, browser: Browser, house: House) -> None:
    of_bea = [
        "/family/permissions/",
        f"/family/permissions/{house.given}/",
        f"/family/permissions/children/{house.child}/birthday/",
    ]
    of_mia = ["/ask/", f"/ask/{house.given}/", "/ask/grown-ups/", "/ask/areas/"]
    of_olga = ["/age/rules/", "/age/links/", "/age/areas/", f"/age/areas/{house.area}/"]
    found: dict[str, list[str]] = {}
    for cookies, places in ((house.bea, of_bea), (house.mia, of_mia), (house.olga, of_olga)):
        with someone(browser, cookies, replace(DESKTOP, locale=locale)) as page:
            page.emulate_media(reduced_motion="reduce")
            found |= {place: faults(page, house.url + place, locale) for place in places}

    assert {place: fault for place, fault in found.items() if fault} == {}


def faults(page: Page, place: str, locale: str) -> list[str]:
    """Return what is wrong with a page on which everything is unfolded; on dark ground in Arabic."""
    page.set_viewport_size({"width": 320, "height": 800})
    page.emulate_media(color_scheme="dark" if locale == "ar" else "light")
    page.goto(place)
    page.evaluate("document.querySelectorAll('main details').forEach(one => one.open = true)")
    headings = page.get_by_role("heading", level=1).count()
    narrow = [f"{px} px stick out" for px in [overflow_px(page)] if px]
    narrow += [f"{headings} headings of level 1"] if headings != 1 else []
    keep(page, place, f"{locale}-320")
    page.set_viewport_size({"width": 1280, "height": 800})
    wide = [f"{px} px stick out when wide" for px in [overflow_px(page)] if px]
    keep(page, place, f"{locale}-1280")
    return [*narrow, *wide, *axe(page)]


def keep(page: Page, place: str, name: str) -> None:
    """Keep a picture of a page for people to look at, where the environment names a folder for it."""
    if folder := os.environ.get("PICTURES_DIR"):
        parts = [part for part in place.split("/")[3:] if part and len(part) < 36]
        page.screenshot(path=Path(folder) / f"{'-'.join(parts)}-{name}.png", full_page=True)


def test_a_child_asks_on_a_phone_without_script_and_a_parent_allows_a_part_and_takes_it_back(
    browser: Browser, house: House
) -> None:
    with someone(browser, house.mia, PHONE_WITHOUT_SCRIPT) as page:
        page.goto(f"{house.url}/ask/?service=harbour&scopes=account,dm&ticket=t-1")
        page.get_by_role("button", name="Ask now").click()
        expect(page.get_by_text("Your family has not answered yet.")).to_be_visible()
        asked = page.url

    with someone(browser, house.bea, PHONE_WITHOUT_SCRIPT) as page:
        page.goto(f"{house.url}/family/permissions/")
        page.get_by_role("link", name="Read and answer: Mia, Harbour Photos").click()
        page.get_by_role("checkbox", name="Have an account").check()
        page.get_by_role("button", name="Allow what is ticked").click()
        expect(page.get_by_text("This is your receipt.")).to_be_visible()
        assert overflow_px(page) == 0

    with someone(browser, house.mia, PHONE_WITHOUT_SCRIPT) as page:
        page.goto(asked)
        expect(page.get_by_text("Your family said yes.")).to_be_visible()
        expect(page.get_by_role("heading", name="You may not do this:")).to_be_visible()

    with someone(browser, house.bea, PHONE_WITHOUT_SCRIPT) as page:
        page.goto(f"{house.url}/family/permissions/")
        page.get_by_role("button", name="Take back: Harbour Photos, Mia").click()
        page.get_by_role("button", name="Undo: Harbour Photos, Mia").click()
        expect(page.get_by_role("button", name="Take back: Harbour Photos, Mia")).to_be_visible()


def test_a_parent_answers_by_keyboard_alone(browser: Browser, house: House) -> None:
    with someone(browser, house.bea) as page:
        page.goto(f"{house.url}/family/permissions/{house.given}/")
        box = page.get_by_role("checkbox", name="Post words and pictures")
        box.focus()
        page.keyboard.press("Space")
        expect(box).to_be_checked()
        page.get_by_role("button", name="Keep the change").focus()
        page.keyboard.press("Enter")

        expect(page.get_by_text("This is your receipt.")).to_be_visible()
