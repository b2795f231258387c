"""Blind tokens in a real browser: drawn there, signed unseen, shown to a site, taken once. And links to gates, without script, too."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.stage.browser import DESKTOP, Device, axe, new_page
from tests.stage.leeward import Blank, Leeward, Role
from tests.stage.people import overflow_px

pytestmark = pytest.mark.browser

VECTORS = Path(__file__).parents[2] / "shared" / "data" / "age-vectors" / "rfc9474_blind_rsa.json"
needs_vectors = pytest.mark.skipif(not VECTORS.is_file(), reason="the vectors of RFC 9474 are not beside the project")
PHONE = Device(width_px=320, height_px=800, locale="ar", has_touch=True)
WITHOUT_SCRIPT = replace(DESKTOP, runs_scripts=False)
SECRET, BEAS_CODE = "Inside the area", "BEA3-88WE-07"
CHALLENGE = "drawn-by-the-site-0001"
PREPARE = """
from django.utils import timezone
from leeward.age import records, services
from leeward.age.levels import Kind, Level
from leeward.age.models import AgeRecord
from leeward.core import machines
from leeward.core.models import ApiKey, Organisation
at = timezone.now()
harbour = Organisation.objects.create(slug="harbour", name="Harbour", kind=Organisation.Kind.PROVIDER)
site = services.add_site(slug="forum", name="Harbour Forum", callback={origin!r} + "/_age/back", at=at)
draft = services.RequirementDraft("adults", "Pages for adults", 18, None, Level.STANDARD, tuple(Kind))
services.require(site, draft, actor="system", at=at)
records.take(AgeRecord.Source.SCHOOL, {{{code!r}: 40}}, actor="system", at=at)
print(machines.make_key(harbour, scopes=[ApiKey.Scope.AGES], at=at))
"""
# As docs/operator/age.md shows it.
FRONT = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Forum</title><h1>Forum</h1>
<leeward-age data-in="Go in" data-more="Show your age in a surer way"><a href="/_age/start?to=/adults/">Show your age</a></leeward-age>
<a id="pass" href="{pass_link}" rel="noreferrer">Show a pass</a>
<script type="module" src="{leeward}/age/link.js"></script>"""
# The vector's numbers as the browser's own code needs them; it answers in hexadecimal.
VECTOR = """async ([at, vector]) => {
  const { blind, finish, toBase64url } = await import(at);
  const octets = (text) => Uint8Array.from(text.match(/../g) ?? [], (pair) => parseInt(pair, 16));
  const hex = (found) => [...found].map((octet) => octet.toString(16).padStart(2, "0")).join("");
  const jwk = { kty: "RSA", n: toBase64url(octets(vector.n)), e: toBase64url(octets(vector.e)) };
  const salt = octets(vector.salt);
  const { blinded, back } = await blind(jwk, octets(vector.message), { salt, factor: BigInt(vector.factor) });
  const signature = await finish(jwk, octets(vector.message), octets(vector.blind_sig), back, salt.length);
  return [hex(blinded), hex(signature)];
}"""


LAST_SEEN = """([digest, number]) => localStorage.setItem("leeward-age-register", JSON.stringify({ digest, number }))"""
# On the page where passes are taken, whose script has the register's beside it.
CHECK = """async () => {
  const at = document.querySelector('script[src*="blind-take"]').src.replace(/blind-take[^/]*$/, "blind-register.js");
  const { check } = await import(at);
  const { keys } = await (await fetch("/age/blind/keys.json")).json();
  return check(keys[0], "/age/blind/keys/log").then(() => "it stands there", (wrong) => wrong.constructor.name);
}"""


class Forum(ThreadingHTTPServer):
    """A site with an open first page, an area behind the gate, and an address to which passes are brought."""

    def __init__(self, leeward: str) -> None:
        super().__init__(("127.0.0.1", 0), Visit)
        self.leeward, self.brought = leeward, list[dict[str, str]]()
        self.referrers = list[str]()
        # Another name than that of Leeward, so that neither gets the other's cookies.
        self.origin = f"http://localhost:{self.server_port}"
        self.serving = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.01})
        self.serving.start()

    @property
    def pass_link(self) -> str:
        """The link by which the forum asks for a pass."""
        asked = {"to": f"{self.origin}/pass", "challenge": CHALLENGE, "over": 16, "level": "standard"}
        return f"{self.leeward}/age/blind/#{urlencode(asked)}"

    def stop(self) -> None:
        self.shutdown()
        self.serving.join()
        self.server_close()


class Visit(BaseHTTPRequestHandler):
    """One request of a visitor."""

    server: Forum

    def do_GET(self) -> None:
        address = urlsplit(self.path)
        if address.path == "/":
            front = FRONT.format(leeward=self.server.leeward, pass_link=self.server.pass_link.replace("&", "&amp;"))
            self._answer(200, front.encode())
        elif address.path == "/pass":
            self.server.brought.append({name: values[0] for name, values in parse_qs(address.query).items()})
            self.server.referrers.append(self.headers.get("Referer", ""))
            self._answer(200, b"<!doctype html><title>Pass</title><h1>Thank you</h1>")
        elif address.path.startswith(("/adults/", "/_age/")):
            self._ask_the_gate()
        else:
            self._answer(404, b"")

    def _ask_the_gate(self) -> None:
        path = self.path.removeprefix("/_age") if self.path.startswith("/_age/") else "/enter"
        passed = {name: self.headers[name] for name in ("Cookie", "Accept-Language") if name in self.headers}
        headers = {**passed, "X-Age-Required": "adults", "X-Forwarded-Uri": self.path}
        answer = httpx.get(f"{self.server.leeward}/age/gate{path}", headers=headers, timeout=20)
        is_in = answer.status_code == 204 and not self.path.startswith("/_age/")
        body = f"<h1>{SECRET}</h1>".encode() if is_in else answer.content
        kept = [one for one in answer.headers.multi_items() if one[0] in {"location", "set-cookie"}]
        self._answer(200 if is_in else answer.status_code, body, kept)

    def _answer(self, status: int, body: bytes, headers: list[tuple[str, str]] | None = None) -> None:
        self.send_response(status)
        for name, value in headers or []:
            self.send_header(name, value)
        if status != 204:
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body if status != 204 else b"")

    def log_message(self, format: str, *args: object) -> None:
        """Write nothing."""


@dataclass(frozen=True)
class House:
    """Leeward's pages, the forum, and the key of the forum's machine."""

    leeward: Leeward
    forum: Forum
    key: str = field(repr=False)

    @property
    def url(self) -> str:
        return self.leeward.base_url


@pytest.fixture(scope="module")
def house(blank: Blank, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Leeward's pages, a forum that asks it, and a school's list in which Bea is 40."""
    data_dir = tmp_path_factory.mktemp("blind")
    blank.copy_to(data_dir)
    leeward = Leeward(data_dir)
    forum = Forum(leeward.base_url)
    try:
        printed = leeward.python(PREPARE.format(origin=forum.origin, code=BEAS_CODE))
        leeward.start(Role.WEB)
        yield House(leeward, forum, printed.split()[-1])
    finally:
        leeward.stop()
        forum.stop()


def show_age(page: Page) -> None:
    """Press the link on the forum's first page, and show an age by a code of the school."""
    page.get_by_role("link", name="Show your age").click()
    page.locator('button[name="way"][value="school"]').click()
    page.locator("#code").fill(BEAS_CODE)
    page.locator(".age-form button").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Yes, that is right")


def take_passes(page: Page, house: House) -> None:
    page.goto(house.forum.origin)
    show_age(page)
    page.get_by_role("link", name="Take secret passes with you").click()
    page.get_by_role("button", name="Take passes").click()
    expect(page.get_by_text("Your passes are here now.")).to_be_visible()


def spend(house: House) -> httpx.Response:
    """Bring the last pass to Leeward, as the forum's machine does."""
    asked = {
        "token": house.forum.brought[-1]["pass"],
        "origin": house.forum.origin,
        "challenge": CHALLENGE,
        "over": 16,
        "level": "standard",
    }
    headers = {"Authorization": f"Bearer {house.key}"}
    return httpx.post(f"{house.url}/api/v1/age/blind/spend", json=asked, headers=headers, timeout=20)


@needs_vectors
def test_the_browsers_code_comes_out_octet_for_octet_as_rfc_9474(house: House, browser: Browser) -> None:
    vectors = json.loads(VECTORS.read_text())
    with new_page(browser) as page:
        page.goto(f"{house.url}/age/blind/")
        page.wait_for_selector("#passes:not([hidden])")
        script = page.locator('script[src*="blind-show"]').get_attribute("src") or ""
        at = f"{house.url}{script.rpartition('/')[0]}/blind.js"
        for vector in vectors:
            plain = {name: text.removeprefix("0x") for name, text in vector.items() if isinstance(text, str)}
            n = int(plain["n"], 16)
            asked = plain | {"message": plain["input_msg"], "factor": str(pow(int(plain["inv"], 16), -1, n))}

            found = page.evaluate(VECTOR, [at, asked])

            assert found == [plain["blinded_msg"], plain["sig"]], vector["name"]


def test_a_pass_is_taken_shown_and_spent_once(house: House, browser: Browser) -> None:
    with new_page(browser) as page:
        take_passes(page, house)
        faults = axe(page)
        expect(page.locator("#count")).to_have_text("10")
        seen = list[str]()
        page.on("request", lambda request: seen.append(f"{request.method} {request.url} {request.post_data or ''}"))
        page.goto(house.forum.origin)
        page.locator("#pass").click()
        expect(page.get_by_role("heading", level=2)).to_contain_text(house.forum.origin)
        faults += axe(page)
        page.get_by_role("button", name="Show one pass").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Thank you")
        page.goto(f"{house.url}/age/blind/")
        expect(page.locator("#count")).to_have_text("9")

    first, second = spend(house), spend(house)

    assert faults == []
    assert (first.status_code, first.json()) == (200, {"over": 18, "under": None, "level": "standard"})
    assert second.status_code == 409
    # Leeward was told nothing of the forum when the pass was shown.
    told = [line for line in seen if house.url in line.split()[1]]
    assert told
    assert not any(urlsplit(line.split()[1]).query or "POST" in line for line in told if "/age/blind/" in line)
    assert house.forum.referrers[-1] == ""


def lie(answer: str) -> Callable[[Route], None]:
    """Return a service that lies to this one visitor: what it says instead is computed from the truth by `answer`."""

    def told(route: Route) -> None:
        # As whoever runs the service could: the register with another line, or another key under the name of the page.
        truth = route.fetch()
        lines = [json.loads(line) for line in truth.text().splitlines()]
        own = base64.urlsafe_b64encode(secrets.token_bytes(256)).rstrip(b"=").decode()
        if answer == "a key of one's own":
            lines[0]["keys"] = [{**key, "n": own} for key in lines[0]["keys"]]
        elif answer == "a key without a place":
            lines[0]["keys"] = [{**key, "number": None} for key in lines[0]["keys"]]
        elif answer == "no line for the key":
            lines.pop()
        elif answer == "another age in the line":
            lines[-1]["age_over"] = 16
        else:
            lines = written_anew(lines)
        route.fulfill(response=truth, body="".join(json.dumps(line) + "\n" for line in lines))

    return told


def written_anew(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return a register that is whole in itself, and to which a line was added before all others."""
    hidden = {**lines[0], "kid": "A" * 43, "acr": "basic"}
    previous = hashlib.sha256(b"leeward register of blind keys 1").digest()
    anew = []
    for number, line in enumerate([hidden, *lines], 1):
        said = {name: value for name, value in line.items() if name not in {"previous", "digest", "record"}}
        said["number"] = number
        canonical = json.dumps(said, sort_keys=True, separators=(",", ":")).encode()
        chained = {"previous": previous, "digest": hashlib.sha256(previous + canonical).digest()}
        texts = {name: base64.urlsafe_b64encode(octets).rstrip(b"=").decode() for name, octets in chained.items()}
        anew.append({**said, **texts, "record": None})
        previous = chained["digest"]
    return anew


@pytest.mark.parametrize(
    ("door", "answer"),
    [
        ("keys.json", "a key of one's own"),
        ("keys.json", "a key without a place"),
        ("keys/log?*", "no line for the key"),
        ("keys/log?*", "another age in the line"),
        ("keys/log?*", "a register that was written anew"),
    ],
)
def test_a_key_that_others_cannot_see_is_not_used(house: House, browser: Browser, door: str, answer: str) -> None:
    with new_page(browser) as page:
        sent = list[str]()
        page.on("request", lambda request: sent.append(request.url))
        page.goto(house.forum.origin)
        show_age(page)
        page.get_by_role("link", name="Take secret passes with you").click()
        page.route(f"**/age/blind/{door}", lie(answer))
        page.get_by_role("button", name="Take passes").click()
        expect(page.get_by_text("That did not work. Try it again.")).to_be_visible()
        # Nothing was blinded for it, nothing is kept, and by the true one it goes on.
        lied = (any(url.endswith("/sign") for url in sent), page.evaluate("localStorage.length"))
        page.unroute_all()
        page.get_by_role("button", name="Take passes").click()
        expect(page.get_by_text("Your passes are here now.")).to_be_visible()

    assert lied == (False, 0)


def test_a_browser_knows_when_the_register_was_written_anew_since_it_looked(house: House, browser: Browser) -> None:
    with new_page(browser) as page:
        take_passes(page, house)
        last = json.loads(page.evaluate("localStorage.getItem('leeward-age-register')"))
        found = []
        for digest, number in ((last["digest"], last["number"]), ("A" * 43, last["number"]), (last["digest"], 99)):
            page.evaluate(LAST_SEEN, [digest, number])
            found.append(page.evaluate(CHECK))

    assert found == ["it stands there", "NotRegistered", "NotRegistered"]


def test_a_browser_without_a_fitting_pass_says_so_and_leads_back(house: House, browser: Browser) -> None:
    with new_page(browser) as page:
        page.goto(house.forum.pass_link)
        expect(page.get_by_text("You have no pass that fits.")).to_be_visible()
        page.get_by_role("button", name="Go back without a pass").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Thank you")

    assert house.forum.brought[-1] == {"error": "no_pass"}


def test_all_passes_can_be_thrown_away(house: House, browser: Browser) -> None:
    with new_page(browser) as page:
        take_passes(page, house)
        page.get_by_role("link", name="My passes").click()
        page.get_by_role("button", name="Throw all passes away").click()

        expect(page.get_by_text("All passes are gone.")).to_be_visible()
        expect(page.locator("#count")).to_have_text("0")
        assert page.evaluate("localStorage.length") == 0


@pytest.mark.parametrize(
    "asked",
    [
        "to=javascript:alert(1)&challenge=drawn-by-the-site-0001&over=16",
        "to=http://evil.example/&challenge=drawn-by-the-site-0001&over=16",
        "to=https://a@evil.example/&challenge=drawn-by-the-site-0001&over=16",
        "to=https://evil.example/&challenge=short&over=16",
        "to=https://evil.example/&challenge=drawn-by-the-site-0001",
        "",
    ],
)
def test_a_question_in_the_wrong_words_is_asked_by_nobody(house: House, browser: Browser, asked: str) -> None:
    with new_page(browser) as page:
        page.goto(f"{house.url}/age/blind/#{asked}")

        expect(page.get_by_text("No site asks for a pass right now.")).to_be_visible()
        expect(page.locator("[data-asked]")).to_be_hidden()


def test_the_pages_fit_a_small_phone_from_right_to_left(house: House, browser: Browser) -> None:
    with new_page(browser, device=PHONE) as page:
        page.goto(house.forum.pass_link)
        page.wait_for_selector("[data-none]:not([hidden])")

        assert page.locator("html").get_attribute("dir") == "rtl"
        assert (overflow_px(page), axe(page)) == (0, [])


def test_without_script_the_link_is_a_link_and_the_page_of_passes_leads_on(house: House, browser: Browser) -> None:
    with new_page(browser, device=WITHOUT_SCRIPT) as page:
        page.goto(house.forum.origin)
        show_age(page)
        page.get_by_role("link", name="Take secret passes with you").click()
        expect(page.get_by_text("Passes need a browser with scripts.")).to_be_visible()
        page.get_by_role("link", name="Go on to the page").click()

        expect(page.get_by_role("heading", level=1)).to_have_text(SECRET)
        assert page.url == f"{house.forum.origin}/adults/"


def test_with_script_the_link_knows_who_may_go_straight_in(house: House, browser: Browser) -> None:
    with new_page(browser) as page:
        page.goto(house.forum.origin)
        expect(page.locator("leeward-age")).to_have_attribute("data-state", "out")
        show_age(page)
        page.get_by_role("link", name="Go on to the page").click()
        expect(page.get_by_role("heading", level=1)).to_have_text(SECRET)
        page.goto(house.forum.origin)

        expect(page.get_by_role("link", name="Go in")).to_have_attribute("href", "/adults/")
        page.get_by_role("link", name="Go in").click()
        expect(page.get_by_role("heading", level=1)).to_have_text(SECRET)
