"""Chromium with the extension: a page that the network keeps away is explained, any other failure stays the browser's own."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Error, Page, expect, sync_playwright

from leeward.filtering.extension import building
from tests.stage import browser as browsers
from tests.stage import machine
from tests.stage.browser import axe
from tests.stage.leeward import Blank, Leeward, Role
from tests.stage.ports import free_port
from tests.stage.waiting import until

pytestmark = pytest.mark.browser

# Nobody's resolver is asked: every name but this machine is unknown, as a kept-away name is, and one leads to where nobody
# answers, as the address of the page that explains does over https.
RESOLVING = "MAP refused.example 127.0.0.1:{port}, MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"
WORKER_MS = 15_000
CLOSE_BY_LAW = """
from datetime import date, timedelta
from django.utils import timezone
from leeward.core import sequencer
from leeward.core.models import User
from leeward.filtering import compiler, reading
from leeward.filtering.legal import services as legal
from leeward.filtering.legal.models import LegalOrder
at = timezone.now()
draft = legal.Draft(
    kind=LegalOrder.Kind.COURT, authority="District Court", reference="12/2026", date=date(2026, 1, 2),
    review_date=date(2036, 1, 2), reason="Made up.", shows_names=False,
)
legal.enter(draft, ["shop.example", "refused.example"], by=User.objects.create_user(username="olga"), at=at)
sequencer.stamp(at=at)
compiler.Compiler(reading.table_path()).close()
"""


@pytest.fixture(scope="module")
def provider(blank: Blank, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Leeward]:
    """A provider's Leeward, which a court told to close shop.example."""
    data_dir = tmp_path_factory.mktemp("provider")
    blank.copy_to(data_dir)
    leeward = Leeward(data_dir)
    leeward.python(CLOSE_BY_LAW)
    leeward.start(Role.WEB)
    yield leeward
    leeward.stop()


@pytest.fixture(scope="module")
def chromium(provider: Leeward, tmp_path_factory: pytest.TempPathFactory) -> Iterator[BrowserContext]:
    """Chromium with the package that `leeward extension build` writes for that provider, and with the plain sources."""
    folder = tmp_path_factory.mktemp("extension")
    provider.run("extension", "build", "--site", provider.base_url, "--out", str(folder / "package.zip"))
    with zipfile.ZipFile(folder / "package.zip") as package:
        package.extractall(folder / "unpacked")
    with sync_playwright() as playwright:
        path = browsers.executable(playwright)
        if path is None:
            machine.missing("Chromium", install=machine.CHROMIUM)
        context = playwright.chromium.launch_persistent_context(
            folder / "profile", executable_path=path, args=arguments(folder / "unpacked", building.SOURCE)
        )
        while len(context.service_workers) < 2:
            # Google's own Chrome takes no unpacked extension from the command line any more; Chromium does.
            context.wait_for_event("serviceworker", timeout=WORKER_MS)
        yield context
        context.close()


def arguments(*extensions: Path) -> list[str]:
    both = ",".join(map(str, extensions))
    own = [f"--load-extension={both}", f"--disable-extensions-except={both}"]
    own.append(f"--host-resolver-rules={RESOLVING.format(port=free_port())}")
    # Chromium's sandbox refuses root.
    return [*own, "--disable-gpu", "--no-first-run", *(["--no-sandbox"] if os.geteuid() == 0 else [])]


def options(chromium: BrowserContext, *, built: bool) -> str:
    """Return the address of the page of options of the extension that was built for the provider, or of the plain one."""
    asks = "chrome.runtime.getManifest().host_permissions.length"
    [found] = [worker.url for worker in chromium.service_workers if bool(worker.evaluate(asks)) is built]
    return found.replace("background.js", "options.html")


@pytest.fixture
def page(chromium: BrowserContext) -> Iterator[Page]:
    """A new tab."""
    page = chromium.new_page()
    yield page
    page.close()


def open_(page: Page, address: str) -> None:
    """Go to an address that does not load."""
    with pytest.raises(Error, match=r"ERR_NAME_NOT_RESOLVED|ERR_CONNECTION_REFUSED"):
        page.goto(address)


def questions(provider: Leeward) -> int:
    """Return how often the provider was asked about a name, as its own log says."""
    return provider.process(Role.WEB).log.read_text(encoding="utf-8").count('"route": "api/v1/door"')


def test_a_page_that_the_law_closes_is_explained(page: Page, provider: Leeward) -> None:
    open_(page, "https://www.shop.example/basket?secret=1")

    expect(page).to_have_url(f"{provider.base_url}/door?name=www.shop.example")
    expect(page.get_by_role("main")).to_contain_text("www.shop.example")
    assert "secret" not in provider.process(Role.WEB).log.read_text(encoding="utf-8")


def test_a_name_that_leads_to_the_closed_door_is_explained_over_https_too(page: Page, provider: Leeward) -> None:
    open_(page, "https://refused.example/")

    expect(page).to_have_url(f"{provider.base_url}/door?name=refused.example")


def test_any_other_failure_stays_the_browsers_own_page(page: Page, provider: Leeward, chromium: BrowserContext) -> None:
    before = questions(provider)

    open_(page, "http://fine.example/")

    until(lambda: questions(provider) > before, within_s=15, what="the provider is asked")
    another = chromium.new_page()
    open_(another, "http://shop.example/")
    expect(another).to_have_url(f"{provider.base_url}/door?name=shop.example")
    another.close()
    assert page.evaluate("location.protocol") == "chrome-error:"


def test_nobody_is_asked_about_the_machines_of_a_home(page: Page, provider: Leeward) -> None:
    before = questions(provider)
    for address in ("http://printer/", "http://storage.local/"):
        open_(page, address)

    open_(page, "http://shop.example/")

    expect(page).to_have_url(f"{provider.base_url}/door?name=shop.example")
    assert questions(provider) == before + 1


def test_a_frame_inside_a_page_that_fails_asks_nothing(page: Page, provider: Leeward) -> None:
    before = questions(provider)
    page.goto("about:blank")
    page.evaluate(
        "document.body.append(Object.assign(document.createElement('iframe'), {src: 'http://shop.example/'}))"
    )

    open_(page, "http://shop.example/")

    expect(page).to_have_url(f"{provider.base_url}/door?name=shop.example")
    assert questions(provider) == before + 1


def test_its_page_of_options_says_whom_it_asks_and_has_no_fault(
    page: Page, chromium: BrowserContext, provider: Leeward
) -> None:
    page.goto(options(chromium, built=True))

    expect(page.get_by_text("Your provider:")).to_be_visible()
    expect(page.get_by_text(provider.base_url)).to_be_visible()
    expect(page.get_by_role("textbox")).to_have_count(0)
    assert axe(page) == []


def test_without_a_provider_it_asks_for_the_address_and_says_what_is_wrong_with_one(
    page: Page, chromium: BrowserContext
) -> None:
    page.goto(options(chromium, built=False))
    for typed in ("http://leeward.example", "two words", "leeward"):
        page.get_by_label("Address of your provider").fill(typed)
        page.get_by_role("button", name="Save").click()

        expect(page.get_by_role("status")).to_contain_text("This is no address.")
        expect(page.get_by_label("Address of your provider")).to_be_focused()
    assert axe(page) == []
