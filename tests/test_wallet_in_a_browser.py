"""Somebody shows an age with an app in a real browser: through the browser itself, from another device, and without script."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from playwright.sync_api import Browser, Page, StorageState, expect

from leeward.age.zk import checking
from leeward.age.zk.tests.conftest import needs_library
from leeward.engines import mdoc
from leeward.engines.mdoc.tests import wallet
from leeward.engines.mdoc.tests.wallet import Issuer
from tests.stage.browser import DESKTOP, Device, axe, new_page
from tests.stage.leeward import Blank, Leeward, Role
from tests.stage.people import overflow_px, sign_in

pytestmark = pytest.mark.browser

PASSWORD = "quiet harbour lamp"
PHONE_WITHOUT_SCRIPT = Device(width_px=320, height_px=800, has_touch=True, runs_scripts=False)
LOCALES = ("en-GB", "mn", "ar")
PREPARE = """
from django.utils import timezone
from leeward.age import services
from leeward.age.issuers import certificates, services as issuers
from leeward.age.issuers.models import Form
from leeward.age.levels import Kind, Level
from leeward.core.models import Membership, Organisation, Role, User
at = timezone.now()
harbour = Organisation.objects.create(slug="harbour", name="Harbour", kind=Organisation.Kind.PROVIDER)
dan = User.objects.create_user(username="dan", password={password!r})
Membership.objects.create(user=dan, organisation=harbour, role=Role.OPERATOR)
issuers.add(Form.MDOC, {trusted!r}, by=dan, at=at)
followed = issuers.follow(Form.MDOC, "https://lists.example/a-rather-long-address-of-a-list-of-issuers.pem", at=at)
issuers.take(followed, certificates.read({waiting!r}), at=at)
site = services.add_site(slug="forum", name="Harbour Forum", callback="https://forum.example/_age/back", at=at)
draft = services.RequirementDraft("forum-adults", "Pages for adults", 18, None, Level.ENHANCED, (Kind.VERIFICATION,))
services.require(site, draft, actor="system", at=at)
"""
# What a browser with wallets has, which Chromium without one lacks: the call is passed on to this test.
BROWSER_WITH_WALLETS = """
window.DigitalCredential = class {};
Object.defineProperty(navigator, "credentials", { value: {
  get: async (options) => ({ data: { response: await window.askWallet(JSON.stringify(options.digital.requests[0])) } }),
}});
"""


@dataclass(frozen=True)
class House:
    """Where Leeward's pages are, whose proofs count there, and the operator's cookies."""

    url: str
    issuer: Issuer
    dan: StorageState

    @property
    def choices(self) -> str:
        return f"{self.url}/age/?need=forum-adults&nonce={'n' * 43}"


@pytest.fixture(scope="module")
def house(blank: Blank, browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Leeward's pages with one area for adults and two issuers, one of which waits for the operator."""
    data_dir = tmp_path_factory.mktemp("wallet")
    blank.copy_to(data_dir)
    leeward = Leeward(data_dir, env={"LEEWARD_ZK_CHECKS": "true"} if checking.is_possible() else {})
    now = datetime.now(UTC).replace(microsecond=0)
    issuer, other = Issuer(now=now), Issuer(name="Ages of Ruritania", now=now)
    pems = [one.root.public_bytes(Encoding.PEM) for one in (issuer, other)]
    leeward.python(PREPARE.format(password=PASSWORD, trusted=pems[0], waiting=pems[1]))
    leeward.start(Role.WEB)
    with new_page(browser) as page:
        sign_in(page, leeward.base_url, username="dan", password=PASSWORD)
        cookies = page.context.storage_state()
    yield House(leeward.base_url, issuer, cookies)
    leeward.stop()


def choose_app(page: Page, house: House, way: str = "eu_mdoc") -> None:
    page.goto(house.choices)
    page.locator(f'button[name="way"][value="{way}"]').click()
    expect(page.locator("#wallet")).to_be_visible()


def answer_from_elsewhere(page: Page, house: House) -> None:
    """Answer as an app on another device does, which reads the picture."""
    link = page.locator('a[href^="av://"]').get_attribute("href") or ""
    fields = {name: values[0] for name, values in parse_qs(urlsplit(link).query).items()}
    uri = re.sub("here$", "there", fields["response_uri"])
    transcript = mdoc.transcript_openid4vp(client_id=f"redirect_uri:{uri}", nonce=fields["nonce"], response_uri=uri)
    answer = house.issuer.issue({18: True}).show("age_over_18", transcript=transcript)
    vp_token = json.dumps({"proof_of_age": [base64.urlsafe_b64encode(answer).rstrip(b"=").decode()]})
    assert httpx.post(uri, data={"vp_token": vp_token}).json() == {}


def test_the_browser_asks_a_wallet_and_the_visitor_goes_on(browser: Browser, house: House) -> None:
    def ask_wallet(request: str) -> str:
        asked = json.loads(request)
        assert asked["protocol"] == "org-iso-mdoc"
        info = asked["data"]["encryptionInfo"]
        transcript = mdoc.transcript_iso_dc_api(origin=house.url, encryption_info=info)
        answer = house.issuer.issue({18: True}).show("age_over_18", transcript=transcript)
        octets = base64.urlsafe_b64decode(info + "=" * (-len(info) % 4))
        sealed = wallet.seal(answer, encryption_info=octets, transcript=transcript)
        return base64.urlsafe_b64encode(sealed).rstrip(b"=").decode()

    with new_page(browser) as page:
        page.expose_function("askWallet", ask_wallet)
        page.add_init_script(BROWSER_WITH_WALLETS)
        choose_app(page, house)

        page.locator("#wallet-browser").click()

        expect(page.get_by_role("heading", level=1)).to_have_text("Yes, that is right")


@needs_library
def test_the_browser_asks_a_wallet_for_a_proof_in_zero_knowledge(browser: Browser, house: House) -> None:
    from leeward.age.zk.tests import prover  # Only where the library is.

    def ask_wallet(request: str) -> str:
        info = json.loads(request)["data"]["encryptionInfo"]
        transcript, at = mdoc.transcript_iso_dc_api(origin=house.url, encryption_info=info), datetime.now(UTC)
        holder, at = house.issuer.issue({18: True}), at.replace(microsecond=0)
        proof = prover.proven(holder, house.issuer.key.public_key(), transcript=transcript, at=at)
        octets = base64.urlsafe_b64decode(info + "=" * (-len(info) % 4))
        answer = house.issuer.zk_answer(proof, made_at=at)
        sealed = wallet.seal(answer, encryption_info=octets, transcript=transcript)
        return base64.urlsafe_b64encode(sealed).rstrip(b"=").decode()

    with new_page(browser) as page:
        page.expose_function("askWallet", ask_wallet)
        page.add_init_script(BROWSER_WITH_WALLETS)
        choose_app(page, house, "zk_mdoc")

        page.locator("#wallet-browser").click()

        expect(page.get_by_role("heading", level=1)).to_have_text("Yes, that is right", timeout=30_000)


def test_the_page_goes_on_by_itself_once_an_app_on_another_device_answered(browser: Browser, house: House) -> None:
    with new_page(browser) as page:
        choose_app(page, house)

        answer_from_elsewhere(page, house)

        expect(page.get_by_role("heading", level=1)).to_have_text("Yes, that is right")


def test_on_a_phone_without_script_the_visitor_says_when_it_is_done(browser: Browser, house: House) -> None:
    with new_page(browser, PHONE_WITHOUT_SCRIPT) as page:
        choose_app(page, house)
        done = page.locator("#wallet button:not([type])")
        done.click()
        expect(page.get_by_role("alert")).to_contain_text("Open the app first.")

        answer_from_elsewhere(page, house)
        done.click()

        expect(page.get_by_role("heading", level=1)).to_have_text("Yes, that is right")


@pytest.mark.parametrize("locale", LOCALES)
def test_no_page_has_a_fault_in_any_direction_wide_and_narrow(locale: str, browser: Browser, house: House) -> None:
    with new_page(browser, replace(DESKTOP, locale=locale), cookies=house.dan) as page:
        page.emulate_media(reduced_motion="reduce", color_scheme="dark" if locale == "ar" else "light")
        choose_app(page, house)
        found = {"app": faults(page)}
        page.goto(f"{house.url}/age/operator/issuers/")
        found["issuers"] = faults(page)

    assert {place: fault for place, fault in found.items() if fault} == {}


def faults(page: Page) -> list[str]:
    """Return what is wrong with a page on which everything is unfolded."""
    page.set_viewport_size({"width": 320, "height": 800})
    page.evaluate("document.querySelectorAll('main details').forEach(one => one.open = true)")
    headings = page.get_by_role("heading", level=1).count()
    narrow = [f"{px} px stick out" for px in [overflow_px(page)] if px]
    narrow += [f"{headings} headings of level 1"] if headings != 1 else []
    page.set_viewport_size({"width": 1280, "height": 800})
    wide = [f"{px} px stick out when wide" for px in [overflow_px(page)] if px]
    return [*narrow, *wide, *axe(page)]


def test_the_operator_trusts_an_issuer_that_waits_and_takes_it_back(browser: Browser, house: House) -> None:
    with new_page(browser, cookies=house.dan) as page:
        page.goto(f"{house.url}/age/operator/issuers/")
        expect(page.get_by_text("1 issuer waits for you.")).to_be_visible()

        page.get_by_role("button", name="Trust CN=Ages of Ruritania").click()
        expect(page.get_by_text("Its proofs count now.")).to_be_visible()
        page.get_by_role("button", name="Withdraw CN=Ages of Ruritania").click()

        expect(page.get_by_text("Its proofs count no more.")).to_be_visible()
