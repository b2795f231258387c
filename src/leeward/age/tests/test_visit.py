"""A visitor is led from a gate to the ways, shows an age, and comes back with a token that opens that gate."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client
from django.utils import timezone

from leeward.age import attempts, gate, services, tokens
from leeward.age.models import AgeFact, AgeTransaction, Requirement
from leeward.age.tests.conftest import ANAS_CODE, BEAS_CODE, HOST, ORIGIN, SignIn
from leeward.core.models import User

# What the test client returns is a type of its own, which is not named in public.
type Answer = Any

WANTED = "/adults/page?q=1"


def at_gate(client: Client, path: str = "", *, need: str, **query: str) -> Answer:
    """Ask the gate as the proxy of the site does."""
    headers = {"x-age-required": need, "x-forwarded-uri": WANTED}
    return client.get(f"/age/gate{path}", query, headers=headers)


def led_to_the_ways(client: Client, need: str) -> str:
    """Go from the gate to the page with the ways, and return its address."""
    return str(at_gate(client, "/start", need=need)["Location"]).removeprefix("http://localhost:8000")


def begun(client: Client, need: str, way: str) -> str:
    """Take a way, and return the address of its step."""
    asked = parse_qs(urlsplit(led_to_the_ways(client, need)).query)
    form = {"need": asked["need"][0], "nonce": asked["nonce"][0], "way": way}
    return str(client.post("/age/begin", form)["Location"])


def shown(client: Client, need: str, way: str, **form: str) -> Answer:
    """Take a way, answer it, and return the page that says how it ended."""
    step = begun(client, need, way)
    client.post(step, form)
    return client.get(step)


def token_of(client: Client, ended: Answer) -> str:
    """Press «go on», and return the token with which the site is reached."""
    found = re.search(r'href="(/age/attempt/[^"]+/go)"', ended.content.decode())
    assert found
    address = urlsplit(client.get(found[1])["Location"])
    assert f"{address.scheme}://{address.netloc}{address.path}" == f"{ORIGIN}/_age/back"
    return parse_qs(address.query)["token"][0]


def test_without_a_token_the_gate_says_where_to_go(client: Client, adults: Requirement) -> None:
    answer = at_gate(client, need=adults.slug)

    assert (answer.status_code, answer.content) == (401, b"")
    assert answer["Location"] == "/_age/start?to=%2Fadults%2Fpage%3Fq%3D1&need=forum-adults"


def test_a_whole_visit_opens_the_gate(client: Client, adults: Requirement, roster: None) -> None:
    ended = shown(client, adults.slug, "school", code=BEAS_CODE)
    back = at_gate(client, "/back", need=adults.slug, token=token_of(client, ended))

    assert (back.status_code, back["Location"]) == (302, WANTED)
    assert (at_gate(client, need=adults.slug).status_code, at_gate(client, "/enter", need=adults.slug).status_code) == (
        204,
        204,
    )


def test_the_token_fits_no_other_browser(client: Client, adults: Requirement, roster: None) -> None:
    token = token_of(client, shown(client, adults.slug, "school", code=BEAS_CODE))
    other = Client(headers={"host": HOST})
    at_gate(other, "/start", need=adults.slug)

    back = at_gate(other, "/back", need=adults.slug, token=token)

    assert (back.status_code, "__Host-age" in back.cookies) == (403, False)


def test_ana_is_told_kindly_and_gets_no_token(client: Client, adults: Requirement, roster: None) -> None:
    ended = shown(client, adults.slug, "school", code=ANAS_CODE)

    assert "You did nothing wrong." in ended.content.decode()
    assert "/go" not in ended.content.decode()
    assert AgeTransaction.objects.get().state == "not_satisfied"


def test_ana_comes_into_the_corner_of_children_and_bea_does_not(
    client: Client, children: Requirement, roster: None
) -> None:
    of_ana = shown(client, children.slug, "school", code=ANAS_CODE)
    of_bea = shown(Client(headers={"host": HOST}), children.slug, "school", code=BEAS_CODE)

    assert ("/go" in of_ana.content.decode(), "/go" in of_bea.content.decode()) == (True, False)


def test_an_unknown_code_is_asked_again_and_the_right_one_opens(
    client: Client, children: Requirement, roster: None
) -> None:
    step = begun(client, children.slug, "school")

    wrong = client.post(step, {"code": "NOBODY-HAS-IT"})
    right = client.post(step, {"code": ANAS_CODE}, follow=True)

    assert (wrong.status_code, "Nobody gave us this code." in wrong.text) == (422, True)
    assert "/go" in right.text


@pytest.mark.parametrize(
    "typed", ["ana7m2qx41", "ANA7 M2QX 41", "ANA7\u2013M2QX\u201341", "ANA7-M2QX-4l", "ANA7M2QX4I"]
)
def test_a_code_is_known_however_somebody_writes_it_down(
    client: Client, children: Requirement, roster: None, typed: str
) -> None:
    assert "/go" in shown(client, children.slug, "school", code=typed).content.decode()


def test_a_code_that_is_none_is_asked_again_and_nothing_is_stored(
    client: Client, teens: Requirement, roster: None
) -> None:
    step = begun(client, teens.slug, "school")

    answer = client.post(step, {"code": "x"})

    assert (answer.status_code, AgeTransaction.objects.get().state) == (422, "pending")


def test_a_way_that_is_not_sure_enough_is_not_offered(client: Client, adults: Requirement, roster: None) -> None:
    asked = led_to_the_ways(client, adults.slug)
    query = parse_qs(urlsplit(asked).query)

    refused = client.post("/age/begin", {"need": adults.slug, "nonce": query["nonce"][0], "way": "screen"})

    assert 'value="screen"' not in client.get(asked).content.decode()
    assert (refused.status_code, AgeTransaction.objects.count()) == (422, 0)


def test_the_neutral_screen_does_not_tell_which_age_is_wanted(client: Client, teens: Requirement) -> None:
    ways = client.get(led_to_the_ways(client, teens.slug)).content.decode()
    step = client.get(begun(client, teens.slug, "screen")).content.decode()

    assert re.findall(r"\b13\b", re.sub(r"<[^>]*>", " ", ways + step)) == []


def test_somebody_who_said_to_be_too_young_cannot_say_another_year(client: Client, teens: Requirement) -> None:
    year = timezone.now().year
    shown(client, teens.slug, "screen", year=str(year - 9), month="1")

    again = shown(client, teens.slug, "screen", year=str(year - 30), month="1")

    assert "/go" not in again.content.decode()
    assert set(AgeTransaction.objects.values_list("state", "reason")) == {
        ("not_satisfied", ""),
        ("not_satisfied", "said_before"),
    }


def test_the_screen_lets_somebody_old_enough_in(client: Client, teens: Requirement) -> None:
    ended = shown(client, teens.slug, "screen", year="1980", month="5")

    assert token_of(client, ended)


@pytest.mark.parametrize("form", [{"year": "12", "month": "1"}, {"year": "1980", "month": "13"}, {}, {"year": "9999"}])
def test_no_month_and_year_are_asked_again(client: Client, teens: Requirement, form: dict[str, str]) -> None:
    answer = client.post(begun(client, teens.slug, "screen"), form)

    assert (answer.status_code, b"four digits" in answer.content) == (422, True)


def test_an_attempt_is_judged_once(client: Client, adults: Requirement, roster: None) -> None:
    step = begun(client, adults.slug, "school")
    client.post(step, {"code": ANAS_CODE})

    client.post(step, {"code": BEAS_CODE})

    assert AgeTransaction.objects.get().state == "not_satisfied"


def test_the_attempt_of_one_browser_is_not_found_by_another(
    client: Client, adults: Requirement, roster: None, signed_in: SignIn, eve: User
) -> None:
    step = begun(client, adults.slug, "school")
    client.post(step, {"code": BEAS_CODE})

    others = [Client(headers={"host": HOST}), signed_in(eve)]

    assert [one.get(address).status_code for one in others for address in (step, f"{step}go")] == [404] * 4


def test_within_the_hour_the_same_browser_gets_the_next_token_without_showing_again(
    client: Client, adults: Requirement, children: Requirement, roster: None
) -> None:
    shown(client, adults.slug, "school", code=BEAS_CODE)

    again = client.get(led_to_the_ways(client, adults.slug))
    elsewhere = client.get(led_to_the_ways(client, children.slug))

    assert (again.status_code, elsewhere.status_code) == (302, 200)
    assert "token=" in client.get(again["Location"])["Location"]


def test_within_the_hour_an_area_that_asks_for_more_is_not_opened_by_what_was_less_sure(
    client: Client, teens: Requirement, roster: None
) -> None:
    shown(client, teens.slug, "screen", year="1980", month="5")
    before = client.get(led_to_the_ways(client, teens.slug)).status_code
    Requirement.objects.filter(pk=teens.pk).update(level=3)

    assert (before, client.get(led_to_the_ways(client, teens.slug)).status_code) == (302, 200)


def test_the_hour_is_not_made_longer_by_coming_again(client: Client, adults: Requirement, roster: None) -> None:
    shown(client, adults.slug, "school", code=BEAS_CODE)
    AgeTransaction.objects.update(
        begun_at=timezone.now() - timedelta(minutes=50), ended_at=timezone.now() - timedelta(minutes=50)
    )
    client.get(led_to_the_ways(client, adults.slug))
    AgeTransaction.objects.update(ended_at=timezone.now() - timedelta(minutes=61))

    assert client.get(led_to_the_ways(client, adults.slug)).status_code == 200


def test_of_somebody_with_an_account_facts_are_kept_and_of_a_visitor_nothing(
    client: Client, signed_in: SignIn, bea: User, adults: Requirement, roster: None
) -> None:
    shown(client, adults.slug, "school", code=BEAS_CODE)
    kept_of_visitor = AgeFact.objects.count()

    shown(signed_in(bea), adults.slug, "school", code=BEAS_CODE)

    assert kept_of_visitor == 0
    assert set(AgeFact.objects.filter(user=bea).values_list("threshold", "is_over")) == {
        (13, True),
        (15, True),
        (16, True),
        (18, True),
    }


def test_what_was_taken_back_is_refused_at_the_gate(
    signed_in: SignIn, bea: User, adults: Requirement, roster: None
) -> None:
    browser = signed_in(bea)
    token = token_of(browser, shown(browser, adults.slug, "school", code=BEAS_CODE))
    at_gate(browser, "/back", need=adults.slug, token=token)
    before = at_gate(browser, need=adults.slug).status_code

    tokens.revoke(f"user:{bea.pk}", at=timezone.now())

    assert (before, at_gate(browser, need=adults.slug).status_code) == (204, 401)
    assert len(browser.get("/age/revoked.json").json()["revoked"]) == 1


def test_a_surer_area_asks_for_more_and_does_not_begin_anew(
    client: Client, teens: Requirement, adults: Requirement
) -> None:
    token = token_of(client, shown(client, teens.slug, "screen", year="1980", month="5"))
    at_gate(client, "/back", need=teens.slug, token=token)
    Requirement.objects.filter(pk=teens.pk).update(level=3)

    check, page = at_gate(client, need=teens.slug), at_gate(client, "/more", need=teens.slug)

    assert (check.status_code, page.status_code) == (403, 403)
    assert 'error="insufficient_user_authentication"' in check["WWW-Authenticate"]
    assert 'acr_values="standard"' in check["WWW-Authenticate"]
    assert "/_age/start?to=" in page.content.decode()


@pytest.mark.parametrize("need", ["", "made-up", "forum-adults, forum-teens"])
def test_a_gate_before_no_area_lets_nobody_in(client: Client, teens: Requirement, need: str) -> None:
    assert {at_gate(client, path, need=need).status_code for path in ("", "/enter", "/start", "/back", "/more")} == {
        503
    }


def test_a_closed_area_lets_nobody_in(client: Client, adults: Requirement, roster: None) -> None:
    at_gate(
        client, "/back", need=adults.slug, token=token_of(client, shown(client, adults.slug, "school", code=BEAS_CODE))
    )

    services.close(adults, actor="system", at=timezone.now())

    assert at_gate(client, need=adults.slug).status_code == 503


def test_nothing_of_an_attempt_leads_to_the_visitor_after_the_hour(
    client: Client, adults: Requirement, roster: None
) -> None:
    shown(client, adults.slug, "school", code=BEAS_CODE)

    attempts.forget(timezone.now() + timedelta(hours=2))

    assert (AgeTransaction.objects.get().nonce, AgeTransaction.objects.get().user) == ("", None)


def test_an_attempt_that_was_left_open_ends(client: Client, adults: Requirement, roster: None) -> None:
    step = begun(client, adults.slug, "school")

    attempts.forget(timezone.now() + timedelta(hours=1))

    assert "You waited too long" in client.get(step).content.decode()
    assert gate.COOKIE not in client.cookies


def test_without_a_question_of_a_site_the_page_says_what_it_is_for(client: Client, adults: Requirement) -> None:
    pages = [client.get(address) for address in ("/age/", f"/age/?need={adults.slug}", "/age/?need=x&nonce=y")]

    assert {page.status_code for page in pages} == {200}
    assert all("No page is asking right now." in page.content.decode() for page in pages)
