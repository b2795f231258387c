"""People at the desk, in a real browser: two of them decide, four doors close, and a reversal opens all four again."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest
from PIL import Image
from playwright.sync_api import Browser, FloatRect, Locator, Page, expect

from tests.stage.browser import new_page
from tests.stage.judges import dig, taxii_objects
from tests.stage.people import look_up, press_enter_on, sign_in, tab_to, type_into
from tests.stage.provider import PHOTOS
from tests.stage.town import BAD_HOST, Town
from tests.stage.waiting import until

pytestmark = pytest.mark.browser

SETTLE_S = 15.0
CLEAR_PX = 8
FILTERED = 15  # "Extended DNS Error Code 15 - Blocked", RFC 8914, 4.16.
MAKE_EVE = "from leeward.core.models import User; User.objects.create_user(username='eve', password={password!r})"
NOT_ALLOWED = "This page is not for this account."


DECIDED = ["It was taken away.", "The decision was changed. It is back."]


@contextmanager
def at_the_desk(browser: Browser, town: Town, username: str) -> Iterator[Page]:
    with new_page(browser) as page:
        sign_in(page, town.url, username=username, password=town.keys.password)
        yield page


def box(place: Locator) -> FloatRect:
    found = place.bounding_box()
    assert found is not None
    return found


def button(page: Page, name: str) -> Locator:
    return page.get_by_role("button", name=name, exact=True)


def case_of(page: Page, town: Town, item: str) -> str:
    """Wait until the case of an item stands on the desk, open it with its evidence, and return its address."""
    row = page.get_by_role("row", name=f"Harbour Photos: {item}")

    def stands() -> bool:
        page.goto(f"{town.url}/desk/")
        return row.count() > 0

    until(stands, within_s=SETTLE_S, what=f"the case of {item} stands on the desk")
    row.get_by_role("link").click()
    until_sealed(page)
    return page.url


def until_sealed(page: Page) -> None:
    def sealed() -> bool:
        page.reload()
        return "SHA-256" in page.get_by_role("region", name="Evidence").inner_text()

    until(sealed, within_s=SETTLE_S, what="the photograph is sealed as evidence")


def judge_by_keyboard(page: Page, *, host: str) -> None:
    """Judge the case on the page as illegal, with keys alone."""
    # A group of radio buttons is one stop of Tab; the arrows choose in it.
    tab_to(page.get_by_label("It may stay"))
    for _ in ("against the terms", "illegal"):
        page.keyboard.press("ArrowDown")
    expect(page.get_by_label("Illegal", exact=True)).to_be_checked()
    type_into(page.get_by_label("Kind of harm"), "Violence")
    type_into(page.get_by_label("Ground"), "Terms 4.2")
    type_into(page.get_by_label("Block this host name too"), host)
    press_enter_on(button(page, "Decide"))


def until_all_done(page: Page) -> None:
    """Wait, without loading the page again, until everything that follows is shown as done."""
    follows = page.get_by_role("region", name="What follows")
    # What is done is folded away, and stands in the page all the same.
    expect(follows.get_by_text("One order reaches the provider's system").last).to_be_attached(timeout=SETTLE_S * 1000)
    expect(follows.get_by_text("Nothing is owed now.")).to_be_visible(timeout=SETTLE_S * 1000)
    done = page.get_by_role("region", name="What is done").first
    expect(done.get_by_text("Take it away"), "it came anew with what follows").to_be_visible()
    expect(done.get_by_text("On its way")).to_have_count(0)


def changed_copy(item: str) -> bytes:
    """Return a photograph of the provider at three quarters of its size, saved again: no byte of it is the same."""
    picture = Image.open(PHOTOS / f"{item}.jpg")
    out = io.BytesIO()
    picture.resize((picture.width * 3 // 4, picture.height * 3 // 4)).save(out, "JPEG", quality=60)
    return out.getvalue()


def upload_copy(town: Town, item: str) -> int:
    """Upload a changed copy at the provider, as one of its users does, and return the status."""
    return town.provider.upload(f"copy-of-{item}", changed_copy(item)).status_code


def signs(town: Town, host: str) -> list[bool]:
    """Return, for each sign of a host that a partner's client sees, whether it was withdrawn."""
    seen = taxii_objects(f"{town.url}/taxii2/", user="beacon", key=town.keys.partner_key)
    return [bool(one.get("revoked")) for one in seen if f"'{host}'" in one.get("pattern", "")]


def photo_status(town: Town, item: str) -> int:
    return httpx.get(town.photo_page(item), timeout=10).status_code


def doors(town: Town, item: str, host: str) -> dict[str, object]:
    """Ask the four doors from outside."""
    return {
        "photo": photo_status(town, item),
        "upload": upload_copy(town, item),
        "name": dig(host, port=town.leeward.dns_port).answers,
        "signs": signs(town, host),
    }


def test_illegal_content_waits_for_a_second_person_and_nothing_follows(browser: Browser, town: Town) -> None:
    host = "waits.example"
    town.report("hubble", host=host)
    with at_the_desk(browser, town, "reviewer") as page:
        case = case_of(page, town, "hubble")
        before = page.get_by_role("region", name="What follows").locator("tbody tr, li").count()

        judge_by_keyboard(page, host=host)

        expect(page.get_by_role("heading", name="This waits for a second person")).to_be_visible()
        expect(page.get_by_text("You proposed it, so a colleague must agree.")).to_be_visible()
        expect(button(page, "Agree: it takes effect now")).to_have_count(0)
        page.goto(case)
        assert page.get_by_role("region", name="What follows").locator("tbody tr, li").count() == before
    assert doors(town, "hubble", host) == {"photo": 200, "upload": 201, "name": (), "signs": []}


def test_what_two_people_decided_holds_at_every_door_and_a_reversal_lifts_it(browser: Browser, town: Town) -> None:
    receipt = town.report("coffee", reason="danger")
    with at_the_desk(browser, town, "reviewer") as page:
        case = case_of(page, town, "coffee")
        page.goto(f"{town.url}/desk/")
        button(page, "Take the next case").click()
        assert page.url == case, "danger is due first"
        judge_by_keyboard(page, host=BAD_HOST)
        expect(page.get_by_role("heading", name="This waits for a second person")).to_be_visible()

    with at_the_desk(browser, town, "second-reviewer") as page:
        page.goto(case)
        press_enter_on(button(page, "Agree: it takes effect now"))
        until_all_done(page)

        assert doors(town, "coffee", BAD_HOST) == {
            "photo": 404,
            "upload": 451,
            "name": ("127.0.0.1",),
            "signs": [False],
        }
        assert [code for code, _ in dig(BAD_HOST, port=town.leeward.dns_port).extended_errors] == [FILTERED]

        button(page, "Reverse").click()
        until_all_done(page)
        expect(page.get_by_role("region", name="Decisions")).to_contain_text("Reversed by second-reviewer")

    lifted = doors(town, "coffee", BAD_HOST)
    assert (lifted["photo"], lifted["upload"], lifted["name"]) == (200, 201, ())
    withdrawn = signs(town, BAD_HOST)
    assert withdrawn
    assert all(withdrawn), "the partner sees the sign withdrawn, in its last version and in each other"
    with new_page(browser) as page:
        look_up(page, town.url, receipt)
        expect(page.get_by_role("heading", name="What happened to your report")).to_be_visible()
        read = page.get_by_role("listitem").all_inner_texts()
        steps = [line.partition("\n")[0] for line in read]
        assert steps[0] == "We have it."
        assert [step for step in steps if step in DECIDED] == DECIDED


def test_a_reviewer_cannot_reverse_and_a_forged_form_is_refused(browser: Browser, town: Town) -> None:
    town.report("rocket")
    with at_the_desk(browser, town, "reviewer") as page:
        case = case_of(page, town, "rocket")
        judge_by_keyboard(page, host="")
        reviewer = page.context.storage_state()
    with at_the_desk(browser, town, "second-reviewer") as page:
        page.goto(case)
        button(page, "Agree: it takes effect now").click()
        until_all_done(page)
        with page.expect_request("**/reverse") as pressed:
            page.route("**/reverse", lambda route: route.abort())
            button(page, "Reverse").click()
        reverse = pressed.value.url

    with new_page(browser, cookies=reviewer) as page:
        page.goto(case)
        expect(button(page, "Reverse")).to_have_count(0)
        expect(page.get_by_text("A senior reviewer can reverse this.")).to_be_visible()

        without_token = page.request.post(reverse, headers={"Referer": case})
        token = page.locator("[name=csrfmiddlewaretoken]").first.input_value()
        with_token = page.request.post(reverse, form={"csrfmiddlewaretoken": token}, headers={"Referer": case})

        assert without_token.status == 403
        assert "Your role does not allow this. Ask a senior reviewer." in with_token.text()
        page.goto(case)
        expect(page.get_by_role("region", name="Decisions")).to_contain_text("In effect")
        expect(page.get_by_role("region", name="Decisions")).not_to_contain_text("Reversed by")
    assert photo_status(town, "rocket") == 404


@pytest.fixture(scope="module")
def open_case(town: Town, browser: Browser) -> str:
    """The address of a case that nobody has decided."""
    town.report("chelsea")
    with at_the_desk(browser, town, "reviewer") as page:
        return case_of(page, town, "chelsea")


@pytest.mark.parametrize("username", ["parent", "counsellor", "partner", "administrator"])
def test_who_is_no_reviewer_sees_nothing_of_the_desk(
    username: str, browser: Browser, town: Town, open_case: str
) -> None:
    with at_the_desk(browser, town, username) as page:
        sees_nothing(page, town, open_case)


def test_eve_sees_nothing_of_the_desk(page: Page, town: Town, open_case: str) -> None:
    town.leeward.python(MAKE_EVE.format(password=town.keys.password))
    sign_in(page, town.url, username="eve", password=town.keys.password)

    sees_nothing(page, town, open_case)


def sees_nothing(page: Page, town: Town, case: str) -> None:
    page.goto(town.url)
    expect(page.get_by_role("link", name="Desk")).to_have_count(0)
    token = page.locator("[name=csrfmiddlewaretoken]").first.input_value()
    for address in (f"{town.url}/desk/", case):
        answer = page.goto(address)
        assert answer is not None
        assert answer.status == 403
        expect(page.get_by_role("main")).to_contain_text(NOT_ALLOWED)
        assert "chelsea" not in answer.text()
    for path in (f"{case}judge", f"{town.url}/desk/next"):
        sent: dict[str, str | float | bool] = {
            "csrfmiddlewaretoken": token,
            "outcome": "no_violation",
            "category": "other",
            "ground": "none",
        }
        forged = page.request.post(path, form=sent, headers={"Referer": town.url})
        assert forged.status == 403
        assert NOT_ALLOWED in forged.text()


def test_a_stranger_is_led_to_the_sign_in_and_back_to_the_case(page: Page, town: Town, open_case: str) -> None:
    page.goto(open_case)
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    assert "chelsea" not in page.content()

    page.get_by_label("User name").fill("reviewer")
    page.get_by_label("Password").fill(town.keys.password)
    page.get_by_role("main").get_by_role("button", name="Sign in").click()

    expect(page.get_by_role("main")).to_contain_text("Harbour Photos: chelsea")


def test_who_signs_out_sees_no_case_by_the_back_button(browser: Browser, town: Town, open_case: str) -> None:
    with at_the_desk(browser, town, "reviewer") as page:
        page.goto(open_case)
        button(page, "Sign out").click()
        expect(page.get_by_role("link", name="Sign in")).to_be_visible()

        page.go_back()

        expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
        assert "chelsea" not in page.content()


@pytest.mark.parametrize("width_px", [1280, 320])
def test_more_of_the_decision_is_clear_of_its_frame_and_of_each_other(
    browser: Browser, town: Town, open_case: str, width_px: int
) -> None:
    with at_the_desk(browser, town, "reviewer") as page:
        page.set_viewport_size({"width": width_px, "height": 800})
        page.goto(open_case)
        page.locator("details.more summary").press("Enter")

        frame, ring = box(page.locator("details.more")), box(page.locator("details.more summary"))
        fields = [box(one) for one in page.locator("details.more > .field").all()]
        first, second = (box(page.locator(f"#id_measures_{place}").locator("..")) for place in (0, 1))
        assert min(field["x"] for field in fields) - frame["x"] >= CLEAR_PX
        assert frame["x"] + frame["width"] - max(field["x"] + field["width"] for field in fields) >= CLEAR_PX
        assert fields[0]["y"] - ring["y"] - ring["height"] >= CLEAR_PX
        assert second["y"] > first["y"] or second["x"] - first["x"] - first["width"] >= CLEAR_PX


def test_a_judgement_that_lacks_something_keeps_what_was_typed(browser: Browser, town: Town, open_case: str) -> None:
    with at_the_desk(browser, town, "reviewer") as page:
        page.goto(open_case)
        page.get_by_label("Illegal", exact=True).check()
        page.get_by_label("Ground").fill("Terms 4.2")
        page.get_by_label("Block this host name too").fill("localhost")
        button(page, "Decide").click()

        expect(page.get_by_text("Nothing is decided yet.").first).to_be_visible()
        expect(page.get_by_label("Ground")).to_have_value("Terms 4.2")
        expect(page.get_by_label("Block this host name too")).to_have_value("localhost")
        expect(page.get_by_label("Illegal", exact=True)).to_be_checked()
