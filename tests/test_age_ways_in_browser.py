"""An age by the word of others, in real browsers: a guardian's, two members of staff's, and another service's."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Browser, Page, StorageState, expect

from leeward.age.upstream.tests.provider import CLIENT, SECRET, Provider, serve
from tests.stage.browser import DESKTOP, Device, new_page
from tests.stage.leeward import Blank, Leeward, Role
from tests.stage.people import faults, sign_in, tab_to

pytestmark = pytest.mark.browser

PASSWORD = "quiet harbour lamp"
PHONE = Device(width_px=320, height_px=800, has_touch=True)
PHONE_WITHOUT_SCRIPT = replace(PHONE, runs_scripts=False)
NONCE = "n" * 43
# Mia has a phone that waits to join; Bea, her mother, has shown to be a grown-up. Olga and Sam take calls.
PREPARE = """
import json
from datetime import timedelta
from django.utils import timezone
from leeward.age import services as age
from leeward.age.calls import services as calls
from leeward.age.levels import Kind as How, Level
from leeward.age.models import AgeFact
from leeward.core.models import Membership, Organisation, Role, User
from leeward.families import devices, services as families
from leeward.families.choices import AgeBand, Kind, Picture, Sticker, Use
from leeward.families.permission import links
at = timezone.now()
harbour = Organisation.objects.create(slug="harbour", name="Harbour Photos", kind=Organisation.Kind.PROVIDER)
for name, role in (("bea", Role.GUARDIAN), ("olga", Role.OPERATOR), ("sam", Role.SENIOR_REVIEWER)):
    person = User.objects.create_user(username=name, password={password!r})
    Membership.objects.create(user=person, organisation=harbour, role=role)
bea = User.objects.get(username="bea")
home = families.make_household(by=bea, at=at)
mia = families.add_child(home, families.ChildDraft("Mia", Picture.FOX, AgeBand.MIDDLE), by=bea, at=at)
AgeFact.objects.create(user=bea, threshold=18, is_over=True, level=4, kind="verification", method="wallet",
    month=at.date().replace(day=1), expires_at=at + timedelta(days=300))
links.state(mia, by=bea, at=at)
phone = devices.add_device(home, devices.DeviceDraft(Kind.PHONE, Sticker.STAR, Use.CHILD, mia), by=bea, at=at)
for slug, over, under in (("adults", 18, None), ("corner", None, 13)):
    site = age.add_site(slug=slug, name="Harbour Forum", callback=f"https://{{slug}}.example/_age/back", at=at)
    draft = age.RequirementDraft(slug, "A part with a rather long name", over, under, Level.STANDARD, tuple(How))
    age.require(site, draft, actor="system", at=at)
calls.set_address("https://meet.example/{{room}}")
calls.take_calls(until=at + timedelta(hours=8), actor="system", at=at)
print(json.dumps(dict(phone=devices.address(phone).partition("/family/")[2], child=str(mia.uid))))
"""


@dataclass(frozen=True)
class House:
    """Where Leeward's pages are, Mia's number, a service that knows ages, and the cookies of everybody."""

    url: str
    child: str
    service: Provider
    bea: StorageState
    olga: StorageState
    sam: StorageState
    mia: StorageState


@pytest.fixture(scope="module")
def house(blank: Blank, browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Leeward's pages with a family and staff, and an identity service on this machine."""
    data_dir = tmp_path_factory.mktemp("ways")
    blank.copy_to(data_dir)
    leeward = Leeward(data_dir)
    made = json.loads(leeward.python(PREPARE.format(password=PASSWORD)).splitlines()[-1])
    leeward.start(Role.WEB)
    service = Provider(at=datetime.now(UTC), back=f"{leeward.base_url}/age/upstream/back")
    server = serve(service)
    cookies = {}
    for name in ("bea", "olga", "sam"):
        with new_page(browser) as page:
            sign_in(page, leeward.base_url, username=name, password=PASSWORD)
            cookies[name] = page.context.storage_state()
    with new_page(browser) as page:
        page.goto(f"{leeward.base_url}/family/{made['phone']}")
        page.locator("main form button").first.click()
        cookies["mia"] = page.context.storage_state()
    yield House(leeward.base_url, made["child"], service, **cookies)
    server.shutdown()
    server.server_close()
    leeward.stop()


@contextmanager
def someone(browser: Browser, cookies: StorageState | None, device: Device = DESKTOP) -> Iterator[Page]:
    """Open a page as somebody of the house, or as a visitor whom nobody knows."""
    with new_page(browser, device, cookies=cookies) as page:
        yield page


def take(page: Page, house: House, need: str, way: str) -> None:
    """Go to the ways of an area and take one."""
    page.goto(f"{house.url}/age/?need={need}&nonce={NONCE}")
    page.locator(f"button[value='{way}']").click()


def test_mia_asks_without_script_bea_says_it_and_mia_goes_on_by_the_link(browser: Browser, house: House) -> None:
    with someone(browser, house.mia, PHONE_WITHOUT_SCRIPT) as page:
        take(page, house, "corner", "guardian")
        page.get_by_role("button", name="Ask my parent").click()
        expect(page.get_by_text("Now your parent must answer.")).to_be_visible()

        with someone(browser, house.bea, PHONE_WITHOUT_SCRIPT) as family:
            family.goto(f"{house.url}/family/")
            family.get_by_role("link", name="Read and answer: Mia").click()
            family.get_by_role("radio", name="12 or younger").check()
            family.get_by_role("button", name="Say it", exact=True).click()
            expect(family.get_by_role("heading", name="What you said")).to_be_visible()

        page.get_by_role("link", name="Look again").click()
        expect(page.get_by_role("link", name="Go on to the page")).to_be_visible()

    with someone(browser, house.bea) as family:
        family.goto(f"{house.url}/family/age/{house.child}/")
        family.get_by_role("button", name="Take back").click()
        expect(family.get_by_role("heading", name="What you said")).to_be_hidden()


def test_with_script_the_page_goes_on_by_itself_when_two_of_staff_say_the_same(browser: Browser, house: House) -> None:
    with someone(browser, None, PHONE) as page:
        take(page, house, "adults", "call")
        page.get_by_role("button", name="Now", exact=True).click()
        code = page.locator(".age-sign").inner_text()
        for cookies in (house.olga, house.sam):
            with someone(browser, cookies) as staff:
                staff.goto(f"{house.url}/age/calls/")
                staff.get_by_role("link", name=f"Open {code}").click()
                staff.get_by_role("radio", name="Yes").check()
                staff.get_by_role("button", name="Answer").click()
                expect(staff.get_by_role("heading", name="Video calls about ages")).to_be_visible()

        expect(page.get_by_role("link", name="Go on to the page")).to_be_visible()


def test_olga_sets_a_service_up_and_a_visitor_comes_back_from_it(browser: Browser, house: House) -> None:
    with someone(browser, house.olga) as page:
        page.goto(f"{house.url}/age/upstream/upstream/")
        page.get_by_label("Name", exact=True).fill("Examplia Id")
        page.get_by_label("Issuer").fill(house.service.issuer)
        page.get_by_label("Our name there").fill(CLIENT)
        page.get_by_label("Our secret there").fill(SECRET)
        page.get_by_label("How sure is its word?").select_option("4")
        page.get_by_label("Claim that says the age").fill("age_over_{age}")
        page.get_by_role("button", name="Ask the service and switch it on").click()
        expect(page.get_by_text("Set up.")).to_be_visible()

    with someone(browser, None, PHONE_WITHOUT_SCRIPT) as page:
        take(page, house, "adults", "upstream")
        page.get_by_role("link", name="Go there").click()
        expect(page.get_by_role("link", name="Go on to the page")).to_be_visible()


def test_with_keys_alone_olga_switches_a_way_off_and_on_again(browser: Browser, house: House) -> None:
    with someone(browser, house.olga, PHONE) as page, someone(browser, None) as visitor:
        page.goto(f"{house.url}/age/operator/ways/")
        for press, is_offered in (("Switch off", False), ("Switch on", True)):
            tab_to(page.get_by_role("button", name=f"{press} · I talk to people by video"))
            page.keyboard.press("Enter")
            expect(page.get_by_text("I talk to people by video: ")).to_be_visible()

            visitor.goto(f"{house.url}/age/?need=adults&nonce={NONCE}")
            expect(visitor.locator("button[value='call']")).to_have_count(int(is_offered))


@pytest.mark.parametrize("locale", ["en-GB", "ar"])
def test_no_page_has_a_fault_in_any_direction_wide_and_narrow(locale: str, browser: Browser, house: House) -> None:
    found: list[str] = []
    here = replace(DESKTOP, locale=locale)
    with someone(browser, house.mia, here) as page:
        take(page, house, "corner", "guardian")
        found += faults(page, f"ask-{locale}")
        page.locator("main form button").click()
        found += faults(page, f"asked-{locale}")
    with someone(browser, house.bea, here) as page:
        page.goto(f"{house.url}/family/age/{house.child}/")
        found += faults(page, f"say-{locale}")
    with someone(browser, None, here) as page:
        page.goto(f"{house.url}/age/?need=adults&nonce={NONCE}")
        found += faults(page, f"ways-{locale}")
        take(page, house, "adults", "call")
        found += faults(page, f"choose-{locale}")
        page.locator("button[name='minutes']").first.click()
        found += faults(page, f"wait-{locale}")

    assert found == []
