"""Who has just shown an age has tokens signed unseen; a site takes each of them once, and learns an age and a level."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client
from django.utils import timezone

from leeward.age.blind import keyring, wire
from leeward.age.blind.models import BlindEntry, BlindKey, BlindShare, SpentToken
from leeward.age.blind.services import TOKENS_PER_RESULT
from leeward.age.models import AgeTransaction, Requirement
from leeward.age.tests.blind import browser
from leeward.age.tests.conftest import BEAS_CODE, HOST, ORIGIN, SignIn
from leeward.age.tests.test_visit import shown
from leeward.core.models import User

type Answer = Any

CHALLENGE = "drawn-by-the-site-0001"
OTHER = "https://other.example"


def pass_page(client: Client, need: str, way: str = "school", **form: str) -> str:
    """Show an age, follow the link on the last page, and return the address of the page with the button."""
    page = shown(client, need, way, **(form or {"code": BEAS_CODE})).content.decode()
    found = re.search(r'href="(/age/blind/[^"]+/)"', page)
    assert found, "the page offers no tokens"
    return found[1]


def published(client: Client, page: Answer) -> dict[str, Any]:
    """Return the key of the page out of the public list."""
    kid = re.findall(r'data-kid="([^"]+)"', page.content.decode())[0]
    keys: list[dict[str, Any]] = client.get("/age/blind/keys.json").json()["keys"]
    return next(key for key in keys if key["kid"] == kid)


def taken(client: Client, address: str, number: int = 1) -> tuple[list[browser.Drawn], Answer]:
    """Draw tokens and have them signed."""
    key = published(client, client.get(address))
    drawn = [browser.draw(key) for _ in range(number)]
    return drawn, signed(client, address, key["kid"], [wire.encoded(one.sent) for one in drawn])


def signed(client: Client, address: str, kid: str, blinded: Sequence[str]) -> Answer:
    return client.post(f"{address}sign", {"kid": kid, "blinded": list(blinded)})


def one_token(client: Client, need: str, *, origin: str = ORIGIN, challenge: str = CHALLENGE) -> str:
    drawn, answer = taken(client, pass_page(client, need))
    signature = wire.decoded(answer.json()["signatures"][0])
    return browser.shown(drawn[0], signature, origin=origin, challenge=challenge)


def spend(token: str, machine: str, **changes: object) -> Answer:
    asked = {"token": token, "origin": ORIGIN, "challenge": CHALLENGE, "over": 18, "level": "standard"} | changes
    headers = {"host": HOST, "authorization": f"Bearer {machine}"}
    return Client(headers=headers).post("/api/v1/age/blind/spend", asked, content_type="application/json")


def why(answer: Answer) -> tuple[int, str]:
    return answer.status_code, answer.json()["errors"][0]["problem"]


def test_a_token_is_signed_unseen_shown_to_a_site_and_taken_once(
    client: Client, adults: Requirement, roster: None, machine: str
) -> None:
    token = one_token(client, adults.slug)

    first, second = spend(token, machine), spend(token, machine)

    assert (first.status_code, first.json()) == (200, {"over": 18, "under": None, "level": "standard"})
    assert why(second) == (409, "spent")


def test_nothing_that_is_spent_was_seen_when_it_was_signed(
    client: Client, adults: Requirement, roster: None, machine: str
) -> None:
    drawn, answer = taken(client, pass_page(client, adults.slug), number=3)
    signatures = [wire.decoded(one) for one in answer.json()["signatures"]]
    seen = {wire.encoded(one.sent) for one in drawn} | set(answer.json()["signatures"])

    tokens = [
        browser.shown(one, signature, origin=ORIGIN, challenge=CHALLENGE)
        for one, signature in zip(drawn, signatures, strict=True)
    ]

    assert [spend(token, machine).status_code for token in tokens] == [200] * 3
    assert not any(part in seen for token in tokens for part in token.split(".")[1:])
    # What is kept says how many were signed for a result, and which were spent, and nothing that joins both.
    assert {field.name for field in BlindShare._meta.fields} == {"id", "attempt", "signed"}
    assert {field.name for field in SpentToken._meta.fields} == {"id", "key", "digest"}


def test_a_token_for_adults_opens_what_asks_for_less_and_stays_unspent_where_it_is_not_enough(
    client: Client, adults: Requirement, roster: None, machine: str
) -> None:
    token = one_token(client, adults.slug)

    refused = [spend(token, machine, over=21), spend(token, machine, level="enhanced")]
    refused.append(spend(token, machine, over=None, under=18))

    assert [why(one) for one in refused] == [(422, "not_enough")] * 3
    assert spend(token, machine, over=16, level="basic").json()["over"] == 18


def test_a_site_cannot_spend_elsewhere_what_was_shown_to_it(
    client: Client, adults: Requirement, roster: None, machine: str
) -> None:
    token = one_token(client, adults.slug)

    stolen = [spend(token, machine, origin=OTHER), spend(token, machine, challenge="drawn-by-another-site")]

    assert [why(one) for one in stolen] == [(422, "wrong_site")] * 2
    assert spend(token, machine).status_code == 200


def test_no_change_of_a_token_is_taken(client: Client, adults: Requirement, roster: None, machine: str) -> None:
    token = one_token(client, adults.slug)
    kid, holder, signature, proof = token.split(".")
    other = one_token(Client(headers={"host": HOST}), adults.slug).split(".")
    changed = {
        "another signature": ".".join([kid, holder, other[2], proof]),
        "another holder": ".".join([kid, other[1], signature, proof]),
        "another proof": ".".join([kid, holder, signature, other[3]]),
        "another key": ".".join(["A" * 43, holder, signature, proof]),
        "no point": ".".join([kid, wire.encoded(bytes(65)), signature, proof]),
        "one part less": ".".join([kid, holder, signature]),
        "one part more": f"{token}.AAAA",
        "padding": f"{token}==",
        "nothing": "",
        "too long": "A" * 990,
    }

    refused = {name: spend(text, machine).status_code for name, text in changed.items()}

    assert set(refused.values()) == {422}
    assert not SpentToken.objects.exists()
    assert spend(token, machine).status_code == 200


def test_a_token_is_over_with_its_key_and_leaves_nothing(
    client: Client, adults: Requirement, roster: None, machine: str
) -> None:
    token = one_token(client, adults.slug)
    spend(one_token(Client(headers={"host": HOST}), adults.slug), machine)
    BlindKey.objects.update(good_until_at=timezone.now())

    late = spend(token, machine)
    keyring.forget(timezone.now())

    assert why(late) == (422, "over")
    assert (BlindKey.objects.count(), SpentToken.objects.count()) == (0, 0)
    assert why(spend(token, machine)) == (422, "unknown_key")


def test_so_many_and_no_more_are_signed_for_one_result(client: Client, adults: Requirement, roster: None) -> None:
    address = pass_page(client, adults.slug)
    key = published(client, client.get(address))
    blinded = wire.encoded(browser.draw(key).sent)

    answers = [signed(client, address, key["kid"], [blinded] * number) for number in (TOKENS_PER_RESULT - 1, 2, 1, 1)]

    assert [answer.status_code for answer in answers] == [200, 409, 200, 409]
    assert 'id="take"' not in client.get(address).content.decode()


@pytest.mark.parametrize("blinded", [[], ["AA"], ["no base64!"], [wire.encoded(b"\xff" * 256)], ["AAAA"] * 11])
def test_what_is_no_blinded_message_is_not_signed_and_not_counted(
    client: Client, adults: Requirement, roster: None, blinded: list[str]
) -> None:
    address = pass_page(client, adults.slug)
    key = published(client, client.get(address))
    good = wire.encoded(browser.draw(key).sent)

    answer = signed(client, address, key["kid"], [good, *blinded] if blinded else [])

    assert answer.status_code == 422
    assert taken(client, address, TOKENS_PER_RESULT)[1].status_code == 200


def test_the_key_says_the_age_and_the_level_and_changes_with_the_week(
    client: Client, adults: Requirement, teens: Requirement, roster: None
) -> None:
    pages = [pass_page(client, adults.slug), pass_page(client, teens.slug, "screen", month="5", year="1990")]
    said = [published(client, client.get(page)) for page in pages]

    assert [(key["age_over"], key["acr"]) for key in said] == [(18, "standard"), (13, "asserted")]
    assert set(said[0]) == {
        *("kty", "n", "e", "use", "kid", "age_over", "acr"),
        *("signs_from", "signs_until", "good_until", "number"),
    }
    at, later = timezone.now(), timezone.now() + timedelta(days=7)
    statement = keyring.statement_of(BlindKey.objects.get(kid=said[0]["kid"]))
    assert keyring.current(statement, at=at).kid == said[0]["kid"] != keyring.current(statement, at=later).kid


def test_when_another_week_began_the_page_is_asked_for_anew(client: Client, adults: Requirement, roster: None) -> None:
    address = pass_page(client, adults.slug)
    key = published(client, client.get(address))
    week = timedelta(days=7)
    BlindKey.objects.update(begins_at=timezone.now() - 2 * week, signs_until_at=timezone.now() - week)
    BlindEntry.objects.update(begins_at=timezone.now() - 2 * week)

    late = signed(client, address, key["kid"], [wire.encoded(browser.draw(key).sent)])

    assert late.status_code == 409
    assert taken(client, address)[1].status_code == 200


def test_another_browser_gets_no_tokens_for_this_result(client: Client, adults: Requirement, roster: None) -> None:
    address = pass_page(client, adults.slug)
    key = published(client, client.get(address))
    eve = Client(headers={"host": HOST})

    sent = signed(eve, address, key["kid"], [wire.encoded(browser.draw(key).sent)])

    assert (eve.get(address).status_code, sent.status_code) == (404, 404)


def test_who_did_not_show_the_age_gets_no_tokens(client: Client, adults: Requirement, roster: None) -> None:
    page = shown(client, adults.slug, "school", code="ANA7-M2QX-41")
    attempt = AgeTransaction.objects.get()

    assert "/age/blind/" not in page.content.decode()
    assert client.get(f"/age/blind/{attempt.uid}/").status_code == 404
    assert client.post(f"/age/blind/{attempt.uid}/sign", {"kid": "x", "blinded": "AA"}).status_code == 404


def test_what_could_be_taken_back_gives_no_tokens_because_they_never_can(
    adults: Requirement, roster: None, bea: User, signed_in: SignIn
) -> None:
    browser_of_bea = signed_in(bea)

    page = shown(browser_of_bea, adults.slug, "school", code=BEAS_CODE)
    attempt = AgeTransaction.objects.get()

    assert "/age/blind/" not in page.content.decode()
    assert browser_of_bea.get(f"/age/blind/{attempt.uid}/").status_code == 404


def test_an_older_result_that_goes_on_gives_no_more_tokens(client: Client, adults: Requirement, roster: None) -> None:
    first = pass_page(client, adults.slug)
    again = client.get("/age/", {"need": adults.slug, "nonce": "A" * 43})
    renewed = AgeTransaction.objects.exclude(uid=first.split("/")[3]).get()

    assert again["Location"] == f"/age/attempt/{renewed.uid}/go"
    assert client.get(f"/age/blind/{renewed.uid}/").status_code == 404


def test_a_result_gives_tokens_for_as_long_as_it_is_fresh(client: Client, adults: Requirement, roster: None) -> None:
    address = pass_page(client, adults.slug)
    AgeTransaction.objects.update(begun_at=timezone.now() - timedelta(minutes=31))

    assert client.get(address).status_code == 404


def test_nobody_spends_without_the_key_of_a_machine_that_may(
    client: Client, adults: Requirement, roster: None, machine: str, other_machine: str
) -> None:
    token = one_token(client, adults.slug)

    assert [spend(token, key).status_code for key in ("", "lwk_made-up", other_machine)] == [401, 401, 403]
    assert spend(token, machine).status_code == 200


@pytest.mark.parametrize(
    "change", [{"under": 13}, {"over": None}, {"level": "strict"}, {"challenge": "short"}, {"origin": "A" * 201}]
)
def test_a_question_that_asks_for_nothing_clear_leaves_the_token_unspent(
    client: Client, adults: Requirement, roster: None, machine: str, change: dict[str, object]
) -> None:
    token = one_token(client, adults.slug)

    assert spend(token, machine, **change).status_code == 422
    assert spend(token, machine).status_code == 200


def test_the_page_that_shows_a_token_tells_nobody_which_site_asked(client: Client, db: None) -> None:
    page = client.get("/age/blind/")

    assert page["Referrer-Policy"] == "no-referrer"
    assert (page["Cache-Control"], "Sign in" in page.content.decode()) == ("private, max-age=3600", False)


def test_the_page_goes_on_to_the_site_as_before(client: Client, adults: Requirement, roster: None) -> None:
    page = client.get(pass_page(client, adults.slug)).content.decode()
    go = re.findall(r'href="(/age/attempt/[^"]+/go)"', page)[0]

    assert "token" in parse_qs(urlsplit(client.get(go)["Location"]).query)
