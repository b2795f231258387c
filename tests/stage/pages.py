"""Every page of a furnished town, by who sees it, and how somebody comes to it."""

from __future__ import annotations

from collections.abc import Callable

import httpx
from playwright.sync_api import Page, Route, expect

from leeward.reports import receipts
from tests.stage.furnished import CLOSED, STATES, Prepared
from tests.stage.provider import PHOTOS

type Way = Callable[[Page, Prepared], None]
"""How somebody comes to a page."""


ABOUT = "/report/?url=https://bad.example/again"


def at(path: str) -> Way:
    """Open a page by its address."""

    def way(page: Page, prepared: Prepared) -> None:
        page.goto(prepared.town.url + path)

    return way


def on_case(name: str) -> Way:
    """Open the page of the case in this state."""

    def way(page: Page, prepared: Prepared) -> None:
        page.goto(prepared.town.url + prepared.cases[name])

    return way


def about_ages(name: str) -> Way:
    """Open the page of ages of this name."""

    def way(page: Page, prepared: Prepared) -> None:
        page.goto(prepared.town.url + prepared.ages[name])

    return way


def with_faults(path: str) -> Way:
    """Send the last form of a page as it stands, with nothing filled in."""

    def way(page: Page, prepared: Prepared) -> None:
        at(path)(page, prepared)
        press_last(page)

    return way


def press_last(page: Page) -> None:
    """Press the button that ends the form of a page, in whatever language it speaks."""
    with page.expect_navigation():
        page.get_by_role("main").get_by_role("button").last.click()


NEXT = "main form .actions button:not([name])"


def asked(path: str, *presses: str) -> Way:
    """Answer the questions of the form: each press is a button, as `name=value`, or the one that goes on."""

    def way(page: Page, prepared: Prepared) -> None:
        at(path)(page, prepared)
        for one in presses:
            name, _, value = one.partition("=")
            with page.expect_navigation():
                page.locator(f"main button[name={name}][value={value}]" if value else one).first.click()

    return way


def picture_refused(page: Page, prepared: Prepared) -> None:
    asked(ABOUT, "reason=bothers", "nature=bullying", NEXT)(page, prepared)
    page.locator("input[type=file]").set_input_files({"name": "a.jpg", "mimeType": "image/jpeg", "buffer": b"none"})
    with page.expect_navigation():
        page.locator(NEXT).click()


def followed(name: str) -> Way:
    """Look with the receipt of the report about the case in this state."""

    def way(page: Page, prepared: Prepared) -> None:
        at("/r/")(page, prepared)
        page.get_by_role("main").get_by_role("textbox").fill(prepared.receipts.get(name) or receipts.new())
        with page.expect_navigation():
            page.keyboard.press("Enter")

    return way


def login_with_faults(page: Page, prepared: Prepared) -> None:
    at("/account/login/")(page, prepared)
    page.locator("#id_login").fill("nobody")
    page.locator("#id_password").fill("nothing at all")
    press_last(page)


def form_without_cookie(page: Page, prepared: Prepared) -> None:
    at("/report/")(page, prepared)
    page.context.clear_cookies()
    with page.expect_navigation():
        # As without script, where the browser opens the answer as a page.
        page.locator("main form").first.evaluate("form => form.submit()")


def form_refused_in_place(page: Page, prepared: Prepared) -> None:
    at("/report/")(page, prepared)
    page.context.clear_cookies()
    page.locator("main button[name=reason]").first.click()
    expect(page.locator("#refused")).to_be_focused()


def explanation(name: str) -> Way:
    """Come to a closed name as somebody does whom the resolver led to this machine: the server's own answer under that name."""

    def way(page: Page, prepared: Prepared) -> None:
        def led_here(route: Route) -> None:
            here = route.request.url.replace(f"http://{name}", prepared.town.url)
            language = route.request.header_value("accept-language") or ""
            answer = httpx.get(here, headers={"Host": name, "Accept-Language": language}, timeout=10)
            kept = ("content-type", "content-security-policy")
            headers = {key: value for key, value in answer.headers.items() if key in kept}
            route.fulfill(status=answer.status_code, headers=headers, body=answer.content)

        page.route(f"http://{name}/**", led_here)
        page.goto(f"http://{name}/some/page")

    return way


def judged_with_faults(page: Page, prepared: Prepared) -> None:
    on_case("open")(page, prepared)
    form = page.get_by_role("radio").first.locator("xpath=ancestor::form")
    with page.expect_navigation():
        form.get_by_role("button").click()


def chosen_together(page: Page, prepared: Prepared) -> None:
    uids = [prepared.cases[name].split("/")[-2] for name in ("open", "taken", "decided")]
    page.goto(f"{prepared.town.url}/desk/bulk?" + "&".join(f"case={uid}" for uid in uids))


def chosen_together_with_faults(page: Page, prepared: Prepared) -> None:
    chosen_together(page, prepared)
    press_last(page)


def alike(page: Page, prepared: Prepared) -> None:
    page.goto(prepared.town.url + prepared.cases["coffee"] + "similar")


def keys_of_a_page(page: Page, prepared: Prepared) -> None:
    on_case("open")(page, prepared)
    page.keyboard.press("?")
    expect(page.locator("dialog[open] kbd").first).to_be_visible()


def searched(words: str) -> Way:
    """Look for cases by these words."""

    def way(page: Page, prepared: Prepared) -> None:
        at("/desk/search/")(page, prepared)
        page.get_by_role("main").get_by_role("textbox").fill(words)
        with page.expect_navigation():
            page.keyboard.press("Enter")

    return way


def history_of(name: str) -> Way:
    """Open the history of the case in this state."""

    def way(page: Page, prepared: Prepared) -> None:
        page.goto(f"{prepared.town.url}{prepared.cases[name]}history/")

    return way


def note_with_faults(page: Page, prepared: Prepared) -> None:
    on_case("open")(page, prepared)
    with page.expect_navigation():
        page.locator("form[action$='/note'] button").click()


def end_of_hold(page: Page, prepared: Prepared) -> None:
    at("/screening/holds/")(page, prepared)
    with page.expect_navigation():
        page.locator("main a[href$='/refuse']").first.click()


def tried(page: Page, prepared: Prepared) -> None:
    at("/screening/try/")(page, prepared)
    page.locator("input[type=file]").set_input_files(PHOTOS / "coffee.jpg")
    press_last(page)


def tried_with_faults(page: Page, prepared: Prepared) -> None:
    at("/screening/try/")(page, prepared)
    press_last(page)


def rule_with_faults(page: Page, prepared: Prepared) -> None:
    at("/screening/rules/add")(page, prepared)
    with page.expect_navigation():
        page.get_by_role("main").get_by_role("button").click()


def draft_of_rules(page: Page, prepared: Prepared) -> None:
    at("/screening/rules/")(page, prepared)
    with page.expect_navigation():
        page.locator("button[value=remove]").last.click()


def sign_that_waits(page: Page, prepared: Prepared) -> None:
    at("/exchange/review/")(page, prepared)
    with page.expect_navigation():
        page.locator("main tbody a").first.click()


def partner_who_tells(page: Page, prepared: Prepared) -> None:
    at("/exchange/partners/")(page, prepared)
    with page.expect_navigation():
        page.locator("main tbody a").first.click()


def invited_with_faults(page: Page, prepared: Prepared) -> None:
    at("/exchange/partners/invite")(page, prepared)
    press_last(page)


PUBLIC: dict[str, Way] = {
    "home": at("/"),
    "help": at("/h/"),
    "guidance": at("/report/how/"),
    "guidance, parent": at("/report/how/parent/"),
    "guidance, teacher": at("/report/how/teacher/"),
    "report": at("/report/"),
    "report, danger": asked("/report/", "reason=danger"),
    "report, what it is": asked(ABOUT, "reason=bothers"),
    "report, where": asked("/report/", "reason=bothers", "nature=bullying"),
    "report, where with faults": asked("/report/", "reason=bothers", "nature=bullying", NEXT),
    "report, words": asked(ABOUT, "reason=bothers", "nature=bullying"),
    "report, picture": asked(ABOUT, "reason=bothers", "nature=bullying", NEXT),
    "report, no picture": picture_refused,
    "report, never a picture": asked(ABOUT, "reason=scares", "nature=sexual_child", NEXT),
    "report, check": asked(ABOUT, "reason=bothers", "nature=bullying", NEXT, NEXT),
    "received": asked(ABOUT, "reason=bothers", "go=send"),
    "received, danger": asked(ABOUT, "reason=danger", NEXT, "go=send"),
    "follow": at("/r/"),
    "follow with a wrong code": followed("nobody"),
    "status, nothing decided": followed("open"),
    "status, acted on": followed("decided"),
    "status, undone": followed("reversed"),
    "status, a question": followed("taken"),
    "status, taken back": followed("declined"),
    "is it closed": at("/door"),
    "it is closed": at(f"/door?name={CLOSED}"),
    "it is not closed": at("/door?name=harmless.example"),
    "no name": at("/door?name=%20"),
    "explanation, closed": explanation(CLOSED),
    "explanation, not closed": explanation("harmless.example"),
    "sign in": at("/account/login/"),
    "sign in with faults": login_with_faults,
    "nothing here": at("/nowhere"),
    "form stood open too long": form_without_cookie,
    "form stood open too long, and stays": form_refused_in_place,
}
DESK: dict[str, Way] = {
    "desk": at("/desk/"),
    "case with evidence": on_case("coffee"),
    **{f"case, {name}": on_case(name) for name in STATES},
    "judged with faults": judged_with_faults,
    "late and grave": at("/desk/?soon=1&severity=0"),
    "nothing waits there": at("/desk/?queue=nobody-has-this-queue"),
    "keys of a page": keys_of_a_page,
    "keys": at("/desk/keys/"),
    "search": at("/desk/search/"),
    "search with faults": searched(""),
    "found": searched("very long story"),
    "nothing found": searched("nobodywrotethis"),
    "history": history_of("open"),
    "note with faults": note_with_faults,
    "cases like one": alike,
    "cases chosen together": chosen_together,
    "cases chosen together, with faults": chosen_together_with_faults,
    "cases decided together": on_case("together"),
    "refused": at("/operator/settings/"),
    "matches": at("/screening/"),
    "no match like that": at("/screening/?category=stalking"),
    "held uploads": at("/screening/holds/"),
    "end of a hold": end_of_hold,
    "plots": at("/screening/plots/"),
    "classifiers": at("/screening/models/"),
    "model card": at("/screening/models/opennsfw/"),
}
SENIOR: dict[str, Way] = {
    "case, proposed by another": on_case("proposed"),
    "case, may be reversed": on_case("decided"),
    "deliveries of the desk": at("/operator/deliveries/"),
    "wall": at("/desk/wall/"),
    "second looks": at("/desk/second-looks/"),
    "second look": at("/desk/second-looks/1/"),
}
OPERATOR: dict[str, Way] = {
    "deliveries": at("/operator/deliveries/"),
    "health": at("/operator/health/"),
    "settings": at("/operator/settings/"),
    "change password": at("/account/password/"),
    "second factor": at("/account/2fa/"),
    "sign out": at("/account/logout/"),
    "matches of the operator": at("/screening/"),
    "index": at("/screening/index/"),
    "exchange": at("/exchange/"),
    "signs that wait": at("/exchange/review/"),
    "a sign that waits": sign_that_waits,
    "partners": at("/exchange/partners/"),
    "a partner": partner_who_tells,
    "invite a partner": at("/exchange/partners/invite"),
    "invite a partner, with faults": invited_with_faults,
    "sharing": at("/exchange/sharing/"),
    "withdrawals": at("/exchange/withdrawals/"),
    "rules": at("/screening/rules/"),
    "rule": at("/screening/rules/1/change"),
    "rule with faults": rule_with_faults,
    "draft of rules": draft_of_rules,
    "try": at("/screening/try/"),
    "tried": tried,
    "tried with faults": tried_with_faults,
}
AGES: dict[str, Way] = {
    "ages": at("/age/operator/"),
    "ways to show an age": at("/age/operator/ways/"),
    "open area": about_ages("open area"),
    "ask for an age, with faults": lambda page, prepared: with_faults(prepared.ages["ask for an age"])(page, prepared),
    "a site, with faults": with_faults("/age/operator/sites/add"),
    "list of codes, with faults": with_faults("/age/operator/records/"),
    "issuers": at("/age/operator/issuers/"),
    "issuers, with faults": with_faults("/age/operator/issuers/"),
    "programs": at("/age/operator/openid/"),
    "services that are asked": at("/age/upstream/"),
    "a service, with faults": with_faults("/age/upstream/carrier/"),
    "calls about ages": at("/age/calls/"),
    "a call": about_ages("a call"),
    "effect": at("/age/effect/"),
    "rules by country": at("/age/rules/"),
}
