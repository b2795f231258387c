"""What the button sends to Leeward: answer by answer, once, after a sum where there is a flood, and only what was agreed to."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from leeward.core import texts
from leeward.engines import proofs
from leeward.engines.reading import Band
from leeward.reports import receipts
from tests.stage import host as hosts
from tests.stage.browser import new_page
from tests.stage.host import ITEM, Host, Sent, press
from tests.stage.people import code_on, look_up
from tests.stage.town import Town

pytestmark = pytest.mark.browser

REPORTS, HALVES = "**/api/v1/reports", "**/api/v1/reports/half"
WORDS = "Do you want to say more?"
MOST_ACTIONS = 20
BITS = 10
STORED = "() => [localStorage.length, sessionStorage.length, document.cookie]"


@pytest.fixture(scope="module")
def host(town: Town) -> Iterator[Host]:
    with hosts.opened(town.url) as host:
        yield host


@pytest.fixture
def sent(page: Page) -> Sent:
    sent = Sent()
    page.on("request", sent.note)
    return sent


def keep_nothing(page: Page) -> None:
    """Close the door for answers, so that the report is all that is sent."""
    page.route(HALVES, lambda route: route.abort("connectionrefused"))


def answer_first(page: Page, status: int, body: dict[str, Any]) -> None:
    """Answer the first report as Leeward does in a situation that is hard to bring about, and let the others through."""
    answers = [json.dumps(body)]

    def answer(route: Route) -> None:
        if route.request.method != "POST" or not answers:
            route.continue_()
            return
        headers = {"Access-Control-Allow-Origin": "*", "Content-Type": "application/problem+json"}
        route.fulfill(status=status, headers=headers, body=answers.pop())

    page.route(REPORTS, answer)


def test_each_answer_is_kept_under_the_code_that_the_child_receives(page: Page, host: Host, sent: Sent) -> None:
    page.goto(host.page())
    press(page, "Report", "Someone is bothering me")
    with page.expect_response(HALVES):
        press(page, "They do not stop writing to me")
    page.get_by_role("textbox", name=WORDS).fill("Every day.")
    press(page, "Next", "Next", "Send")
    code = code_on(page)

    first, second, third = sent.to("/reports/half")
    assert (first["reason"], "nature" in first, "code" in first) == ("bothers", False, False)
    assert (second["nature"], second["words"]) == ("stalking", "")
    assert third["words"] == "Every day."
    assert second["code"] == third["code"] == sent.report["code"]
    assert receipts.read(code) == receipts.read(sent.report["code"])


def test_a_child_never_notices_that_nothing_can_be_kept(page: Page, host: Host, sent: Sent) -> None:
    keep_nothing(page)
    page.goto(host.page())

    press(page, "Report", "Someone is bothering me", "They do not stop writing to me", "Send it now")

    assert receipts.read(code_on(page))
    assert "code" not in sent.report
    assert len(sent.to("/reports/half")) == 1, "a door that is closed is not asked again"


def test_in_a_flood_the_browser_does_a_sum_first_and_the_report_is_the_same(page: Page, host: Host, sent: Sent) -> None:
    secret, at = b"s" * 32, 1_800_000_000.0
    challenge = proofs.challenge(secret, at=at, bits=BITS, nonce=bytes(proofs.NONCE_BYTES))
    keep_nothing(page)
    answer_first(page, 429, {"title": "Wait", "challenge": challenge, "bits": BITS})
    page.goto(host.page())

    press(page, "Report", "Something here scares me", "Send it now")

    assert receipts.read(code_on(page))
    (_, before, asked), (_, after, again) = [post for post in sent.posts if post[0] == "/reports"]
    assert asked == again
    assert before["idempotency-key"] == after["idempotency-key"]
    assert "leeward-proof" not in before
    assert proofs.check(secret, after["leeward-proof"], at=at).bits == BITS


def test_where_too_much_work_is_asked_the_child_is_told_to_wait(page: Page, host: Host, sent: Sent) -> None:
    answer_first(page, 429, {"challenge": "c", "bits": 60})
    page.goto(host.page())

    press(page, "Report", "Something here scares me", "Send it now")

    expect(page.get_by_role("heading", name="We could not send it.")).to_be_visible()
    press(page, "Try again")
    assert receipts.read(code_on(page))
    assert len({headers["idempotency-key"] for path, headers, _ in sent.posts if path == "/reports"}) == 1


def test_a_crowd_without_a_sum_is_explained(page: Page, host: Host) -> None:
    answer_first(page, 429, {"title": "Wait"})
    page.goto(host.page())

    press(page, "Report", "Something here scares me", "Send it now")

    expect(page.get_by_text("Too many people report right now. Wait one minute. Then try again.")).to_be_visible()
    expect(page.get_by_role("link", name="Use the simple page")).to_be_visible()


def test_the_last_clicks_are_sent_only_where_the_child_says_so_and_never_hold_what_was_typed(
    page: Page, host: Host, sent: Sent
) -> None:
    page.goto(host.page(main='<input aria-label="Secret" id="secret"><a href="#there" id="there">There</a>'))
    page.get_by_label("Secret").fill("my password")
    page.get_by_label("Secret").click()
    for _ in range(MOST_ACTIONS + 5):
        page.get_by_role("button", name="Like").click()
    page.get_by_role("link", name="There").click()
    page.evaluate("() => history.pushState(null, '', '/elsewhere?q=my+password')")
    choices = ["Report", "Something here scares me", "Something else", "Next", "Next"]
    press(page, *choices, "Send")
    assert receipts.read(code_on(page))
    assert "actions" not in sent.report["surroundings"]

    press(page, "Close", *choices)
    page.get_by_label("Also send my last clicks").check()
    press(page, "Send")
    assert receipts.read(code_on(page))

    actions = sent.report["surroundings"]["actions"]
    assert len(actions) == MOST_ACTIONS
    last = [(action["what"], action["where"]) for action in actions[-3:]]
    assert last[0] == ("click", "button#like")
    assert last[1][1].startswith("a#there /pages/")
    assert last[2] == ("navigation", "/elsewhere")
    assert "password" not in json.dumps(actions)


def test_what_the_provider_says_of_the_thing_is_shown_and_sent(page: Page, host: Host, sent: Sent) -> None:
    page.goto(
        host.page(f'{ITEM} data-author-id="stefan" data-conversation-id="c7" data-page-url="https://a.example/42"')
    )
    press(page, "Report", "Something here scares me", "Something else", "Next", "Next")

    shown = page.get_by_role("dialog")
    for said in ("https://a.example/42", "42 · photo · stefan · c7"):
        expect(shown.get_by_text(said)).to_be_visible()
    press(page, "Send")
    assert receipts.read(code_on(page))
    assert sent.report["page_url"] == "https://a.example/42"
    assert sent.report["item"]["author_id"] == "stefan"
    assert sent.report["item"]["conversation_id"] == "c7"


@pytest.mark.parametrize(
    "attributes",
    [
        'data-provider="nobody" data-item-id="42"',
        f'{ITEM} data-context="6f8a4a9e-3f5c-4a5c-8a51-1a2b3c4d5e6f"',
        f'{ITEM} data-context="no number"',
        f'data-provider="harbour" data-item-id="42" data-item-kind="{"k" * 60}"',
    ],
    ids=["another provider", "another's context", "no context", "too long"],
)
def test_a_childs_report_does_not_fail_for_what_a_provider_wrote_wrong(
    attributes: str, page: Page, host: Host, sent: Sent
) -> None:
    page.goto(host.page(f'{attributes} data-page-url="https://a.example/wrong"'))

    press(page, "Report", "Something here scares me", "Send it now")

    assert receipts.read(code_on(page))
    assert sent.report["page_url"] == "https://a.example/wrong"
    assert {"item", "context"} & set(sent.report) == set()


def test_words_that_were_pasted_with_control_characters_are_taken(page: Page, host: Host, sent: Sent) -> None:
    page.goto(host.page())
    press(page, "Report", "Something here scares me", "Something else")
    page.get_by_role("textbox", name=WORDS).evaluate(
        "field => { field.value = 'a\\x00b\\x0bc\\nd'; field.dispatchEvent(new Event('input')); }"
    )
    press(page, "Send it now")

    assert receipts.read(code_on(page))
    assert sent.report["words"] == "abc\nd"


def test_the_words_fit_the_age_that_the_child_says(page: Page, host: Host, sent: Sent) -> None:
    small = texts.read("reports", language="en", band=Band.SMALL)
    page.goto(host.page())
    press(page, "Report")
    page.get_by_text("How old are you?").click()
    press(page, "6 to 9")

    expect(page.get_by_role("button", name="6 to 9")).to_be_focused()
    press(page, small["reason.scares"], "Send it now")
    assert receipts.read(code_on(page))
    assert sent.report["band"] == "6-9"


def test_where_the_provider_knows_the_age_nobody_is_asked(page: Page, host: Host, sent: Sent) -> None:
    small = texts.read("reports", language="en", band=Band.SMALL)
    page.goto(host.page(f'{ITEM} data-band="6-9"'))
    press(page, "Report")

    expect(page.get_by_text("How old are you?")).to_have_count(0)
    press(page, small["reason.scares"], "Send it now")
    assert receipts.read(code_on(page))
    assert sent.report["band"] == "6-9"


def test_whoever_must_stop_reads_the_code_first_and_goes_on_with_it(page: Page, host: Host) -> None:
    page.goto(host.page())
    press(page, "Report", "Someone is bothering me", "They do not stop writing to me")
    page.get_by_text("Do you want to go on later?").click()
    code = code_on(page)
    expect(page.get_by_role("dialog").get_by_role("link", name="/r/")).to_have_attribute("href", f"{host.leeward}/r/")
    press(page, "Close")

    look_up(page, host.leeward, code)
    page.get_by_role("button", name="Go on").click()

    expect(page.get_by_text("They do not stop writing to me")).to_be_visible()


def test_where_nothing_can_be_kept_no_code_is_promised(page: Page, host: Host) -> None:
    keep_nothing(page)
    page.goto(host.page())
    press(page, "Report", "Someone is bothering me")
    page.get_by_text("Do you want to go on later?").click()

    expect(page.get_by_role("dialog").get_by_text("We could not send it.")).to_be_visible()
    expect(page.get_by_text("Write down this code.")).to_have_count(0)


def test_closing_forgets_the_words_and_nothing_is_stored(page: Page, host: Host) -> None:
    page.goto(host.page())
    choices = ["Report", "Someone is bothering me", "Something else"]
    press(page, *choices)
    page.get_by_role("textbox", name=WORDS).fill("It is my neighbour.")
    press(page, "Close")

    press(page, *choices)

    expect(page.get_by_role("textbox", name=WORDS)).to_have_value("")
    assert page.evaluate(STORED) == [0, 0, ""]


def test_a_receipt_that_came_after_closing_is_shown_on_the_way_back(page: Page, host: Host) -> None:
    held: list[Route] = []

    def hold(route: Route) -> None:
        if route.request.method == "POST":
            held.append(route)
        else:
            route.continue_()

    keep_nothing(page)
    page.route(REPORTS, hold)
    page.goto(host.page())
    press(page, "Report", "Something here scares me")
    with page.expect_request(REPORTS):
        press(page, "Send it now")
    press(page, "Close")
    with page.expect_response(REPORTS):
        held[0].continue_()

    press(page, "Report")

    assert receipts.read(code_on(page))


def test_the_code_can_be_copied_and_a_proof_saved(page: Page, host: Host) -> None:
    page.goto(host.page())
    press(page, "Report", "Something here scares me", "Send it now")
    code = code_on(page)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])

    press(page, "Copy the code")

    expect(page.get_by_text("The code is copied.")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == code
    with page.expect_download() as saved:
        page.get_by_role("link", name="Save a proof of your report").click()
    assert saved.value.path().read_text().count(".") == 2


@pytest.mark.parametrize("missing", ["**/report/parts/flow.js", "**/report/texts/**"])
def test_where_the_dialog_cannot_be_loaded_the_button_leads_to_the_plain_page(
    missing: str, browser: Browser, host: Host
) -> None:
    with new_page(browser) as page:
        page.route(missing, lambda route: route.abort("connectionrefused"))
        page.goto(host.page())

        press(page, "Report")

        page.wait_for_url(f"{host.leeward}/report/**")
