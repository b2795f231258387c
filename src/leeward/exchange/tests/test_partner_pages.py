"""The operator's pages of partners: what they show, what each step does, and that nobody else comes in."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.test import Client
from django.utils import timezone

from leeward.core import signing
from leeward.core.models import Membership, Organisation, Role, User
from leeward.exchange.partners import jwk as jwks
from leeward.exchange.partners import services as partners
from leeward.exchange.partners.models import Partner
from leeward.exchange.tests.conftest import ACCEPT, basic

pytestmark = pytest.mark.django_db

AT = datetime(2026, 11, 22, 20, tzinfo=UTC)
HOME = "/exchange/partners/"
RFC_JWK = {"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}  # RFC 8037, A.2
RFC_FINGERPRINT = "90FA CAFE A9B1 5566 9854 0F70"
INVITATION = {
    "name": "Cove Hotline",
    "kind": "hotline",
    "group": "hotlines",
    "purpose": "protect",
    "jurisdictions": "de, fr",
    "rate_per_minute": "60",
    "url": "https://taxii.example/api/",
    "collection": "made-up",
    "credentials": "leeward:made-up-password",
    "identity": "identity--023d105b-752e-4e3c-941c-7d3f3cb15e9e",
}


@pytest.fixture
def beacon(db: None) -> Partner:
    """A hotline that takes part."""
    organisation = Organisation.objects.create(slug="beacon", name="Beacon Hotline", kind=Organisation.Kind.HOTLINE)
    return partners.take_part(organisation, at=AT, group=Partner.Group.HOTLINES)


@pytest.fixture
def browser() -> Client:
    """Somebody's browser."""
    return Client(headers={"Host": "localhost"})


@pytest.fixture
def olgas(browser: Client, olga: User) -> Client:
    """The operator's browser."""
    browser.force_login(olga)
    return browser


def said(answer: Any) -> str:
    """Return what the next page tells at its top."""
    return " ".join(str(message) for message in get_messages(answer.wsgi_request))


def words(answer: Any) -> str:
    """Return the words of a page."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", answer.content.decode()))


def test_without_a_partner_the_page_says_what_to_do(olgas: Client) -> None:
    page = words(olgas.get(HOME))

    assert "You exchange with nobody yet. Invite the first partner." in page
    assert jwks.fingerprint(signing.signing_keys()[0].x) in page


def test_an_invitation_shows_its_key_once_and_the_text_to_send(olgas: Client) -> None:
    answer = olgas.post(f"{HOME}invite", INVITATION)
    page = words(answer)
    partner = Partner.objects.select_related("organisation").get()
    found = re.search(r"lwk_[\w-]+", page)

    assert found is not None
    assert "no-store" in answer["Cache-Control"]
    assert "http://localhost" in page
    assert "cove-hotline" in page
    assert "made-up-password" not in page
    assert (partner.state, partner.jurisdictions) == (Partner.State.INVITED, ["DE", "FR"])
    assert str(partner.identity_uid) == "023d105b-752e-4e3c-941c-7d3f3cb15e9e"
    assert partners.credentials_of(partner) == "leeward:made-up-password"
    assert found.group() not in words(olgas.get(f"{HOME}{partner.uid}/"))


@pytest.mark.parametrize(
    ("field", "value", "words_said"),
    [
        ("name", "", "Choose another one"),
        ("name", "Harbour", "Choose another one"),
        ("group", "", "This field is required"),
        ("jurisdictions", "Germany", "two letters"),
        ("url", "http://taxii.example/api/", "must begin with https"),
        ("url", "ftp://taxii.example/", "Enter a valid URL"),
        ("url", "", "belong together"),
        ("collection", "", "belong together"),
        ("identity", "identity--x", "This is no identity"),
        ("rate_per_minute", "0", "greater than or equal to 1"),
    ],
)
def test_a_wrong_field_is_named_and_nothing_is_made(
    olgas: Client, harbour: Organisation, field: str, value: str, words_said: str
) -> None:
    answer = olgas.post(f"{HOME}invite", INVITATION | {field: value})

    assert answer.status_code == 422
    assert words_said in words(answer)
    assert not Partner.objects.exists()
    assert not Organisation.objects.filter(name="Cove Hotline").exists()


def test_a_known_organisation_is_invited_and_a_partner_is_not_offered_again(
    olgas: Client, harbour: Organisation, beacon: Partner
) -> None:
    offered = olgas.get(f"{HOME}invite").content.decode()

    olgas.post(f"{HOME}invite", INVITATION | {"organisation": harbour.slug, "name": ""})

    assert f'value="{harbour.slug}"' in offered
    assert 'value="beacon"' not in offered
    assert Partner.objects.filter(organisation=harbour, state=Partner.State.INVITED).exists()


def test_a_partner_is_accepted_suspended_resumed_and_ended(olgas: Client) -> None:
    olgas.post(f"{HOME}invite", INVITATION)
    partner = Partner.objects.get()
    states = []
    for step in ("accept", "suspend", "resume", "end"):
        answer = olgas.post(f"{HOME}{partner.uid}/{step}")
        assert answer["Location"] == f"{HOME}{partner.uid}/"
        assert olgas.get(answer["Location"]).status_code == 200
        partner.refresh_from_db()
        states.append(partner.state)

    assert states == ["active", "suspended", "active", "ended"]


def test_who_was_slower_is_told_that_nothing_changed(olgas: Client, beacon: Partner, olga: User) -> None:
    partners.suspend(beacon, by=olga, at=AT)

    answer = olgas.post(f"{HOME}{beacon.uid}/suspend")

    assert "somebody else was faster" in said(answer)


def test_what_is_known_is_corrected_and_our_key_there_is_not_shown(olgas: Client) -> None:
    olgas.post(f"{HOME}invite", INVITATION)
    partner = Partner.objects.get()
    page = olgas.get(f"{HOME}{partner.uid}/change").content.decode()

    olgas.post(f"{HOME}{partner.uid}/change", INVITATION | {"credentials": "", "group": "police"})

    partner.refresh_from_db()
    assert "https://taxii.example/api/" in page
    assert "made-up-password" not in page
    assert (partner.group, partners.credentials_of(partner)) == ("police", "leeward:made-up-password")


def test_a_key_is_compared_before_it_is_pinned(olgas: Client, beacon: Partner) -> None:
    sent = {"jwk": json.dumps({"keys": [RFC_JWK]}), "until": ""}

    compared = olgas.post(f"{HOME}{beacon.uid}/keys", sent)
    before = beacon.keys.count()
    olgas.post(f"{HOME}{beacon.uid}/keys", sent | {"compared": "yes"})

    assert RFC_FINGERPRINT in words(compared)
    assert before == 0
    assert list(partners.keys_at(beacon, at=timezone.now())) == ["kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"]
    assert RFC_FINGERPRINT in words(olgas.get(f"{HOME}{beacon.uid}/"))


def test_a_key_counts_until_the_end_of_its_day(olgas: Client, beacon: Partner) -> None:
    day = (timezone.now() + timedelta(days=30)).date()

    olgas.post(f"{HOME}{beacon.uid}/keys", {"jwk": json.dumps(RFC_JWK), "until": str(day), "compared": "yes"})

    end = beacon.keys.get().valid_until
    assert end is not None
    assert timezone.localtime(end).date() == day


@pytest.mark.parametrize(
    ("sent", "words_said"),
    [
        ({"jwk": "no key"}, "This is no JWK"),
        ({"jwk": "[" * 15_000}, "This is no JWK"),
        ({"jwk": json.dumps(RFC_JWK | {"d": "x"})}, "without the private part"),
        ({"jwk": json.dumps({"keys": []})}, "no public Ed25519 key"),
        ({"jwk": json.dumps(RFC_JWK), "until": "2020-01-01"}, "This day is over"),
    ],
)
def test_a_wrong_key_is_explained_and_not_pinned(
    olgas: Client, beacon: Partner, sent: dict[str, str], words_said: str
) -> None:
    answer = olgas.post(f"{HOME}{beacon.uid}/keys", sent | {"compared": "yes"})

    assert answer.status_code == 422
    assert words_said in words(answer)
    assert not beacon.keys.exists()


def test_a_withdrawn_key_is_not_pinned_again(olgas: Client, beacon: Partner) -> None:
    sent = {"jwk": json.dumps(RFC_JWK), "compared": "yes"}
    olgas.post(f"{HOME}{beacon.uid}/keys", sent)

    olgas.post(f"{HOME}{beacon.uid}/keys/{beacon.keys.get().pk}/withdraw")
    again = olgas.post(f"{HOME}{beacon.uid}/keys", sent)

    assert partners.keys_at(beacon, at=timezone.now()) == {}
    assert again.status_code == 422
    assert "Ask for a new one" in words(again)


def test_a_key_is_withdrawn_under_its_own_partner_only(olgas: Client, beacon: Partner, harbour: Organisation) -> None:
    other = partners.take_part(harbour, at=AT)
    olgas.post(f"{HOME}{beacon.uid}/keys", {"jwk": json.dumps(RFC_JWK), "compared": "yes"})
    key = beacon.keys.get()

    assert olgas.post(f"{HOME}{other.uid}/keys/{key.pk}/withdraw").status_code == 404
    assert beacon.keys.get().withdrawn_at is None


def test_trust_is_ticked_by_category(olgas: Client, beacon: Partner) -> None:
    olgas.post(f"{HOME}{beacon.uid}/trust", {"categories": ["bullying", "csam"]})
    olgas.post(f"{HOME}{beacon.uid}/trust", {"categories": ["csam"]})
    refused = olgas.post(f"{HOME}{beacon.uid}/trust", {"categories": ["everything"]})

    assert Partner.objects.get().trust == {"csam": "auto"}
    assert "Nothing changed" in said(refused)


def test_the_list_shows_how_it_goes_with_each_partner(olgas: Client, beacon: Partner, olga: User) -> None:
    def shown() -> str:
        return words(olgas.get(HOME))

    now = timezone.now()
    new = shown()
    Partner.objects.update(url="https://taxii.example/", last_contact_at=now)
    touched = shown()
    Partner.objects.update(last_contact_at=now - timedelta(minutes=6))
    silent = shown()
    partners.contact(beacon, at=now, fault="made_up_fault")
    failed = shown()
    partners.suspend(beacon, by=olga, at=now)

    assert "nothing read yet" in touched
    assert "No contact yet" in new
    assert "In touch" in touched
    assert "Silent" in silent
    assert "Last contact failed" in failed
    assert "made_up_fault" in failed
    assert "Suspended" in shown()


def test_a_new_key_closes_the_door_to_the_old_one(olgas: Client, beacon: Partner) -> None:
    def made() -> str:
        found = re.search(r"lwk_[\w-]+", olgas.post(f"{HOME}{beacon.uid}/door-key").content.decode())
        assert found is not None
        return found.group()

    def answered(key: str) -> int:
        header = basic("beacon", key)
        machine = Client(headers={"Host": "localhost", "Accept": ACCEPT, "Authorization": header})
        return machine.get("/taxii2/").status_code

    first = made()
    before = answered(first)
    second = made()

    assert (before, answered(first), answered(second)) == (200, 401, 200)


def doors(partner: Partner) -> list[tuple[str, str]]:
    one = f"{HOME}{partner.uid}/"
    steps = ("accept", "suspend", "resume", "end", "trust", "keys", "door-key", "keys/7/withdraw", "change")
    return [("get", HOME), ("get", f"{HOME}invite"), ("get", one), ("get", f"{one}change")] + [
        ("post", one + step) for step in steps
    ]


def test_eve_sees_no_partner_and_takes_no_step(browser: Client, beacon: Partner, eve: User) -> None:
    browser.force_login(eve)

    for method, door in doors(beacon):
        assert getattr(browser, method)(door).status_code == 403, door
    assert Partner.objects.get().state == Partner.State.ACTIVE


@pytest.mark.parametrize("role", sorted(set(Role.values) - {Role.OPERATOR}))
def test_no_other_role_sees_a_partner_or_takes_a_step(
    browser: Client, beacon: Partner, harbour: Organisation, role: str
) -> None:
    for number, home in enumerate((harbour, beacon.organisation)):
        person = User.objects.create(username=f"person-{number}")
        Membership.objects.create(user=person, organisation=home, role=role)
        browser.force_login(person)

        for method, door in doors(beacon):
            assert getattr(browser, method)(door).status_code == 403, door
    assert Partner.objects.get().state == Partner.State.ACTIVE


def test_the_operator_finds_the_page_in_the_line_at_the_top(olgas: Client) -> None:
    assert f'href="{HOME}" aria-current="page"' in olgas.get(HOME).content.decode()
