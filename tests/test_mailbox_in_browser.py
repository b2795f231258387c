"""The mailbox in a real browser, with script and without: write, keep the code, come back, read, erase. And the keys behind it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
from playwright.sync_api import Browser, BrowserContext, Dialog, Locator, Page, expect

from leeward.core import codes
from leeward.site.leaving import NEUTRAL
from tests.stage.browser import DESKTOP, Device, axe, new_page
from tests.stage.people import code_on, leave_quickly, overflow_px, shown_behind, sign_in
from tests.stage.town import Town

pytestmark = pytest.mark.browser

MARKER = "zorblax"
NO_SCRIPT = replace(DESKTOP, runs_scripts=False)
LANGUAGES = {"en": "en-GB", "mn": "mn-MN", "ar": "ar"}
PASSPHRASE = "four quiet green boats"
STAFF = """
from datetime import datetime, UTC
from leeward.core.models import Membership, Organisation, User
from leeward.helplines.conversations.models import Desk
from leeward.helplines.shifts.models import Seat
harbour = Organisation.objects.get(slug="harbour")
desk = Desk.objects.create(name="{desk}", languages=["en", "mn", "ar"], made_at=datetime.now(UTC))
for name, role in (("tuul", "supervisor"), ("bat", "supervisor"), ("nara", "counsellor")):
    person, is_new = User.objects.get_or_create(username=name)
    if is_new:
        person.set_password("{password}")
        person.save()
        Membership.objects.create(user=person, organisation=harbour, role=role)
    Seat.objects.create(desk=desk, person=person, alias=name.title())
"""
ANSWER = """
from datetime import datetime, UTC
from uuid import uuid4
from leeward.core.models import User
from leeward.engines import sealing
from leeward.helplines.conversations import services as talks
from leeward.helplines.conversations.models import Conversation, Message
talk, nara, number = Conversation.objects.latest("pk"), User.objects.get(username="nara"), uuid4()
talks.take(talk, by=nara, alias="Nara", at=datetime.now(UTC))
bound = sealing.aad(talk.uid, "counsellor", number)
keys, words = (talk.desk_key.public, talk.child_key), "{words}".encode()
copies = [sealing.seal(bytes(key), words, info=sealing.INFO, aad=bound) for key in keys]
sealed = dict(zip(("for_desk", "for_child"), copies, strict=True))
talks.say(talk, sender=Message.Sender.COUNSELLOR, author=nara, client_id=number, at=datetime.now(UTC), **sealed)
"""


def yes(dialog: Dialog) -> None:
    dialog.accept()


def signed_in(browser: Browser, town: Town, name: str) -> Page:
    """A tab of somebody of the desk, on the keys page."""
    context: BrowserContext = browser.new_context()
    context.set_default_timeout(15_000)
    page = context.new_page()
    page.on("dialog", yes)
    sign_in(page, town.url, username=name, password=town.keys.password)
    page.goto(f"{town.url}/helpline/keys/")
    return page


def make_own_key(page: Page) -> None:
    page.get_by_label("Passphrase", exact=True).fill(PASSPHRASE)
    page.get_by_label("Passphrase once more").fill(PASSPHRASE)
    page.get_by_role("button", name="Make my key").click()
    expect(page.get_by_text("Made on")).to_be_visible()


def unlock(page: Page) -> None:
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Passphrase").fill("a wrong one, by far")
    dialog.get_by_role("button", name="Unlock").click()
    expect(dialog.get_by_role("alert")).to_contain_text("does not open your key")
    dialog.get_by_label("Passphrase").fill(PASSPHRASE)
    dialog.get_by_role("button", name="Unlock").click()
    expect(dialog).to_have_count(0)


def row(page: Page, name: str) -> Locator:
    return page.get_by_role("row").filter(has=page.get_by_role("rowheader", name=re.compile(f"^{name}")))


OPENS = """
async ([uid, words, publicKey]) => {
    const { Keyring } = await import("/static/helplines/keyring.js");
    const keyring = await Keyring.ready();
    const talk = { uid, deskKey: publicKey, childKey: publicKey };
    const sealed = await keyring.sealBoth(words, talk);
    const note = await keyring.sealNote(words + " note", talk);
    const message = { sender: "counsellor", client_id: sealed.client_id, sealed: sealed.for_desk };
    return [await keyring.open(message, talk), await keyring.openNote(note, talk)];
}
"""


def opens_words_of_the_desk(page: Page) -> None:
    """The keyring of this tab opens what was sealed to the desk's key."""
    page.reload()
    public = page.evaluate("JSON.parse(document.querySelector('#desk-facts').textContent)[0].keys[0].public")
    page.evaluate("import('/static/helplines/keyring.js').then(({ Keyring }) => { Keyring.ready(); })")
    unlock(page)
    uid = "00000000-0000-4000-8000-000000000007"
    assert page.evaluate(OPENS, [uid, "тусламж", public]) == ["тусламж", "тусламж note"]


@pytest.fixture(scope="module")
def desk(town: Town, browser: Browser) -> Iterator[Town]:
    """A desk whose key two supervisors and a counsellor made and gave each other, each in a browser of their own."""
    town.leeward.python(STAFF.format(desk="Harbour desk", password=town.keys.password))
    tuul, bat, nara = (signed_in(browser, town, name) for name in ("tuul", "bat", "nara"))
    for page in (tuul, bat, nara):
        make_own_key(page)
    tuul.reload()
    tuul.get_by_role("button", name="Make the first key").click()
    expect(tuul.get_by_text("Its key is in force")).to_be_visible()
    tuul.get_by_role("button", name="Give the key nara").click()
    unlock(tuul)
    expect(row(tuul, "nara")).to_contain_text("Yes")
    yield town
    for page in (tuul, bat, nara):
        page.context.close()


def test_a_counsellor_who_was_given_the_key_opens_what_is_sealed_to_the_desk(desk: Town, browser: Browser) -> None:
    nara = signed_in(browser, desk, "nara")

    opens_words_of_the_desk(nara)

    assert axe(nara) == []
    nara.context.close()


def test_the_keys_page_of_a_supervisor_is_accessible(desk: Town, browser: Browser) -> None:
    tuul = signed_in(browser, desk, "tuul")

    assert axe(tuul) == []
    tuul.set_viewport_size({"width": 320, "height": 700})
    assert overflow_px(tuul) == 0
    tuul.context.close()


def test_two_shares_bring_back_a_key_of_which_every_copy_is_lost(desk: Town, browser: Browser) -> None:
    desk.leeward.python("from leeward.helplines.custody.models import KeyCopy; KeyCopy.objects.all().delete()")
    tuul, bat = (signed_in(browser, desk, name) for name in ("tuul", "bat"))
    expect(bat.get_by_role("button", name="Bring back the key")).to_have_count(0)

    tuul.get_by_role("button", name="Lend my share bat").click()
    unlock(tuul)
    expect(tuul.get_by_text("Lent")).to_be_visible()
    bat.reload()
    bat.get_by_role("button", name="Bring back the key").click()
    unlock(bat)

    expect(row(bat, "bat")).to_contain_text("Yes")
    opens_words_of_the_desk(bat)
    bat.get_by_role("button", name="Give the key nara").click()
    expect(row(bat, "nara")).to_contain_text("Yes")
    for page in (tuul, bat):
        page.context.close()


def write(page: Page, town: Town, words: str) -> str:
    page.goto(f"{town.url}/h/write/")
    page.get_by_label("Your message").fill(words)
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.get_by_role("heading", name="We have your message")).to_be_visible()
    return codes.read(code_on(page))


def come_back(page: Page, town: Town, code: str) -> None:
    page.goto(f"{town.url}/h/answers/")
    page.get_by_label("Your code").fill(codes.grouped(code))
    page.get_by_role("button", name="Open", exact=True).click()


def on_disk(town: Town) -> bytes:
    """Every octet of the database and of its journal."""
    return b"".join(path.read_bytes() for path in town.leeward.data_dir.glob("leeward.sqlite3*"))


def logged(town: Town) -> str:
    return "".join(path.read_text(errors="replace") for path in town.leeward.data_dir.glob("*.log"))


@pytest.mark.parametrize("device", [DESKTOP, NO_SCRIPT], ids=["with script", "without script"])
def test_a_child_writes_comes_back_reads_writes_again_and_erases(desk: Town, browser: Browser, device: Device) -> None:
    of_others = desk.count("helplines_message")
    with new_page(browser, device) as page:
        sent: list[str] = []
        page.on("request", lambda request: sent.append(request.post_data or ""))
        code = write(page, desk, f"I am {MARKER}")
        if device.runs_scripts:
            assert not any(MARKER in body or code in body or codes.grouped(code) in body for body in sent)
    desk.leeward.python(ANSWER.format(words=f"Hello {MARKER} from Nara"))
    assert MARKER.encode() not in on_disk(desk)
    assert code.encode() not in on_disk(desk)

    with new_page(browser, device) as page:
        sent = []
        page.on("request", lambda request: sent.append(request.post_data or ""))
        come_back(page, desk, code)
        expect(page.get_by_text(f"I am {MARKER}")).to_be_visible()
        expect(page.get_by_text(f"Hello {MARKER} from Nara")).to_be_visible()
        assert codes.read(code_on(page)) == code  # Shown once more.
        page.get_by_label("Write again").fill(f"Thank you, {MARKER}")
        page.get_by_role("button", name="Send", exact=True).click()
        expect(page.get_by_text(f"Thank you, {MARKER}")).to_be_visible()
        if device.runs_scripts:
            assert not any(MARKER in body or code in body for body in sent)
        assert page.context.cookies() == []
        come_back(page, desk, code)
        expect(page.get_by_text(f"Thank you, {MARKER}")).to_be_visible()
        expect(page.get_by_text("Here is your code once more")).to_have_count(0)
        page.get_by_text("Erase everything").click()
        page.get_by_role("button", name="Erase it now").click()
        expect(page.get_by_role("heading", name="It is gone")).to_be_visible()
        come_back(page, desk, code)
        expect(page.get_by_text("We do not know this code")).to_be_visible()

    assert MARKER not in logged(desk)
    assert code not in logged(desk)
    assert desk.count("helplines_message") == of_others


def test_nothing_is_left_in_the_browser_and_back_shows_only_the_page_before(desk: Town, browser: Browser) -> None:
    with new_page(browser) as page:
        page.goto("about:blank")
        page.goto(f"{desk.url}/health/live")
        write(page, desk, "words")
        kept = page.evaluate("[sessionStorage.length, localStorage.length, document.cookie]")
        page.get_by_role("link", name="I have my code").click()
        page.wait_for_url(re.compile(r"/h/$"))
        page.go_back()

        assert kept == [0, 0, ""]
        assert page.url.endswith(("/health/live", "/h/write/"))
        assert "words" not in page.content()


@pytest.mark.parametrize("device", [DESKTOP, NO_SCRIPT], ids=["with script", "without script"])
@pytest.mark.parametrize("where", ["half written", "receipt", "talk"])
def test_after_the_exit_back_and_forward_never_show_a_word(
    where: str, device: Device, desk: Town, browser: Browser
) -> None:
    with new_page(browser, device) as page:
        code, earlier = "", f"{desk.url}/health/live"
        page.goto(earlier)
        if where == "half written":
            page.goto(f"{desk.url}/h/write/")
            page.get_by_label("Your message").fill(f"I am {MARKER}")
        else:
            code = write(page, desk, f"I am {MARKER}")
        if where == "talk":
            come_back(page, desk, code)
            expect(page.get_by_text(f"I am {MARKER}")).to_be_visible()
            page.get_by_label("Write again").fill(f"{MARKER} once more")

        leave_quickly(page, "Shift" if device.runs_scripts else "press", to=NEUTRAL["en"])

        behind = shown_behind(page)
        assert earlier in behind, "the page before is there"
        assert MARKER not in behind
        assert not code or (code not in behind and codes.grouped(code) not in behind)
        assert page.context.cookies() == []


def test_a_child_who_only_pressed_links_has_no_page_of_help_behind(desk: Town, browser: Browser) -> None:
    with new_page(browser) as page:
        earlier = f"{desk.url}/health/live"
        page.goto(earlier)
        # As from a link of a page before, which is the one entry that the visit makes.
        page.evaluate("address => location.assign(address)", f"{desk.url}/h/")
        page.wait_for_url("**/h/")
        page.get_by_role("link", name="Write The answer").click()
        page.get_by_label("Your message").fill(f"I am {MARKER}")
        page.get_by_role("button", name="Send", exact=True).click()
        expect(page.get_by_role("heading", name="We have your message")).to_be_visible()

        leave_quickly(page, "press", to=NEUTRAL["en"])

        behind = shown_behind(page)
        assert earlier in behind
        assert not [word for word in (MARKER, "/h/", "We have your message") if word in behind]


def test_a_wrong_code_slows_down_and_says_so(desk: Town, browser: Browser) -> None:
    with new_page(browser) as page:
        for _ in range(6):
            come_back(page, desk, codes.new())
            expect(page.locator(".field--error")).to_be_visible()

        expect(page.get_by_text(re.compile(r"Wait \d+ seconds"))).to_be_visible()
    desk.leeward.python(
        "import shutil; from leeward.core import config; "
        "shutil.rmtree(config.current().server.data_dir / 'wrong-codes', ignore_errors=True)"
    )


def test_words_that_could_not_be_sent_stay(desk: Town, browser: Browser) -> None:
    with new_page(browser) as page:
        page.goto(f"{desk.url}/h/write/")
        page.get_by_label("Your message").fill("still here")
        page.route("**/h/write/", lambda route: route.abort())
        page.get_by_role("button", name="Send", exact=True).click()

        expect(page.get_by_role("alert")).to_contain_text("Your words are still here")
        expect(page.get_by_label("Your message")).to_have_value("still here")


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_page_is_accessible_and_fits_a_small_phone(desk: Town, browser: Browser, language: str) -> None:
    device = Device(width_px=320, height_px=640, locale=LANGUAGES[language], has_touch=True)
    with new_page(browser, device) as page:
        findings: list[str] = []

        def look(name: str) -> None:
            findings.extend(f"{name}: {one}" for one in axe(page))
            if overflow_px(page):
                findings.append(f"{name}: sticks out")

        page.goto(f"{desk.url}/h/safety/")
        look("safety")
        page.goto(f"{desk.url}/h/write/")
        look("write")
        page.locator("textarea").fill("тусламж")
        page.locator("main button").click()
        page.locator("[data-code]").wait_for()
        look("receipt")
        code = codes.read(page.locator("[data-code]").inner_text())
        page.goto(f"{desk.url}/h/answers/")
        look("answers")
        page.get_by_role("textbox").fill(code)
        page.locator("main form button").click()
        page.get_by_text("тусламж").wait_for()
        look("talk")

        assert findings == []
