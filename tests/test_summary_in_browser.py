"""A parent reads the week in a real browser, switches names on and off without script, and no page has a fault."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest
from playwright.sync_api import Browser, StorageState, expect

from tests.stage.browser import DESKTOP, axe, new_page
from tests.stage.leeward import Blank, Leeward, Role
from tests.stage.people import overflow_px, sign_in

pytestmark = pytest.mark.browser

PASSWORD = "quiet harbour lamp"
PHONE = replace(DESKTOP, width_px=320, has_touch=True)
MAKE = """
from datetime import timedelta
from django.utils import timezone
from leeward.core.models import Membership, Organisation, Role, User
from leeward.families import services as families
from leeward.families.choices import AgeBand, Picture
from leeward.filtering.counts.models import CountedAnswers
from leeward.limits import services
harbour = Organisation.objects.create(slug="harbour", name="Harbour", kind=Organisation.Kind.PROVIDER)
bea = User.objects.create_user(username="bea", password={password!r})
Membership.objects.create(user=bea, organisation=harbour, role=Role.GUARDIAN)
at = timezone.now()
home = families.make_household(by=bea, at=at)
ana = families.add_child(home, families.ChildDraft("Ana", Picture.FOX, AgeBand.MIDDLE), by=bea, at=at)
limits = services.of_child(ana, at=at)
for back, count in enumerate((2, 0, 9, 1)):
    day = (at - timedelta(days=back)).date()
    CountedAnswers.objects.create(limits=limits, day=day, kind="gambling", count=count)
print(limits.uid)
"""


@dataclass(frozen=True)
class House:
    """Where Leeward's pages are, whose week it is, and Bea signed in."""

    url: str
    limits_uid: str
    bea: StorageState


@pytest.fixture(scope="module")
def house(browser: Browser, blank: Blank, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    data_dir = tmp_path_factory.mktemp("week")
    blank.copy_to(data_dir)
    leeward = Leeward(data_dir)
    uid = leeward.python(MAKE.format(password=PASSWORD)).split()[-1]
    leeward.start(Role.WEB)
    with new_page(browser, DESKTOP) as page:
        sign_in(page, leeward.base_url, username="bea", password=PASSWORD)
        cookies = page.context.storage_state()
    yield House(leeward.base_url, uid, cookies)
    leeward.stop()


def test_a_parent_reads_the_week_and_switches_names_on_and_off_without_script(browser: Browser, house: House) -> None:
    with new_page(browser, replace(PHONE, runs_scripts=False), cookies=house.bea) as page:
        page.goto(f"{house.url}/family/summary/")
        expect(page.get_by_text("12 times something about «Gambling» stayed closed.")).to_be_visible()

        page.get_by_role("link", name="Day by day").click()
        expect(page.get_by_role("img", name="How often something stayed closed")).to_be_visible()
        page.get_by_text("The same as a table").click()
        expect(page.get_by_role("row")).to_have_count(8)
        page.get_by_role("button", name="Keep names from now on").click()
        expect(page.get_by_text("None yet. They come a few minutes later.")).to_be_visible()
        page.get_by_role("button", name="Keep no names, and delete these").click()

        expect(page.get_by_role("button", name="Keep names from now on")).to_be_visible()


@pytest.mark.parametrize(("locale", "width_px", "scheme"), [("en-GB", 1280, "light"), ("ar", 320, "dark")])
def test_no_page_of_the_week_has_a_fault(
    locale: str, width_px: int, scheme: str, browser: Browser, house: House
) -> None:
    faults = {}
    with new_page(browser, replace(DESKTOP, width_px=width_px, locale=locale), cookies=house.bea) as page:
        page.emulate_media(color_scheme="dark" if scheme == "dark" else "light", reduced_motion="reduce")
        for path in ("", f"{house.limits_uid}/"):
            page.goto(f"{house.url}/family/summary/{path}")
            faults[path] = [*axe(page), overflow_px(page)]

    assert set(map(tuple, faults.values())) == {(0,)}
