"""Who exchanges with us: invited by a person, active only after a person accepted, and nothing before or after that."""

from __future__ import annotations

import dataclasses
import io
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.utils import timezone

from leeward.core import config, keys, machines, sealed_text, signing
from leeward.core.models import ApiKey, Organisation, Record, User
from leeward.exchange.partners import jwk as jwks
from leeward.exchange.partners import rates as partner_rates
from leeward.exchange.partners import services as partners
from leeward.exchange.partners import signatures as http_signatures
from leeward.exchange.partners.models import Partner
from leeward.exchange.tests.conftest import ACCEPT, basic

pytestmark = pytest.mark.django_db

AT = datetime(2026, 11, 22, 20, tzinfo=UTC)
LATER = AT + timedelta(hours=1)
DRAFT = partners.PartnerDraft(
    group=Partner.Group.HOTLINES,
    jurisdictions=("FR", "DE", "DE"),
    url="https://taxii.example/api/",
    collection="made-up",
    credentials="leeward:made-up-password",
)
# RFC 8037, appendix A.2 and A.3: a public key and its thumbprint.
RFC_X, RFC_THUMBPRINT = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo", "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"
RFC_JWK: dict[str, object] = {"kty": "OKP", "crv": "Ed25519", "x": RFC_X}


@pytest.fixture
def beacon(db: None) -> Organisation:
    """A hotline that is known here and takes no part yet."""
    return Organisation.objects.create(slug="beacon", name="Beacon Hotline", kind=Organisation.Kind.HOTLINE)


@pytest.fixture
def invited(beacon: Organisation, olga: User) -> Partner:
    """Beacon, invited."""
    return partners.invite(beacon, DRAFT, by=olga, at=AT)


@pytest.fixture
def active(invited: Partner, olga: User) -> Partner:
    """Beacon, accepted."""
    partners.accept(invited, by=olga, at=AT)
    return invited


def told() -> list[tuple[str, str]]:
    """Return what is on the record: kind and actor of each fact."""
    return list(Record.objects.order_by("pk").values_list("kind", "actor"))


def answered(organisation: str, key: str) -> tuple[int, str]:
    """Return what our discovery door answers to a machine with this key, and after how many seconds to come again."""
    client = Client(headers={"Host": "localhost", "Accept": ACCEPT, "Authorization": basic(organisation, key)})
    answer = client.get("/taxii2/")
    return answer.status_code, answer.headers.get("Retry-After", "")


def test_an_invited_partner_takes_no_part_yet(invited: Partner) -> None:
    assert invited.state == Partner.State.INVITED
    assert (invited.group, invited.jurisdictions, invited.trust) == ("hotlines", ["DE", "FR"], {})
    assert partners.active(invited.organisation) is None


def test_an_accepted_partner_takes_part(active: Partner) -> None:
    assert partners.active(active.organisation) == active


def test_a_new_organisation_is_made_with_its_invitation(olga: User) -> None:
    new = Organisation(slug="cove", name="Cove", kind=Organisation.Kind.PROVIDER)

    invited = partners.invite(new, DRAFT, by=olga, at=AT)

    assert Organisation.objects.get(slug="cove") == invited.organisation


def test_an_organisation_is_invited_once(invited: Partner, olga: User) -> None:
    with pytest.raises(partners.AlreadyPartner):
        partners.invite(invited.organisation, DRAFT, by=olga, at=AT)

    assert Partner.objects.count() == 1


def test_a_suspension_ends_everything_until_it_is_taken_back(active: Partner, olga: User) -> None:
    partners.suspend(active, by=olga, at=LATER)
    during = partners.active(active.organisation), active.suspended_at
    partners.resume(active, by=olga, at=LATER)

    assert during == (None, LATER)
    assert partners.active(active.organisation) == active
    assert active.suspended_at is None


@pytest.mark.parametrize("step", [partners.accept, partners.resume])
def test_a_step_out_of_order_changes_nothing(active: Partner, olga: User, step: Callable[..., None]) -> None:
    before = told()

    with pytest.raises(partners.WrongState):
        step(active, by=olga, at=LATER)

    assert Partner.objects.get().state == Partner.State.ACTIVE
    assert told() == before


def test_of_two_operators_at_once_one_suspends(active: Partner, olga: User) -> None:
    seen_by_the_other = Partner.objects.get()
    partners.suspend(active, by=olga, at=AT)

    with pytest.raises(partners.WrongState):
        partners.suspend(seen_by_the_other, by=olga, at=LATER)

    assert Partner.objects.get().suspended_at == AT


def test_an_ended_partner_keeps_no_key_on_either_side(active: Partner, olga: User) -> None:
    text = partners.make_door_key(active, by=olga, at=AT)
    partners.pin_key(active, RFC_JWK, valid_until=None, by=olga, at=AT)

    partners.end(active, by=olga, at=LATER)

    assert machines.holder(text, scope=ApiKey.Scope.EXCHANGE) is None
    assert partners.keys_at(active, at=LATER) == {}
    assert partners.credentials_of(Partner.objects.get()) == ""
    assert partners.active(active.organisation) is None


def test_a_key_that_opens_other_doors_too_survives_the_end(active: Partner, olga: User) -> None:
    both = machines.make_key(active.organisation, scopes=[ApiKey.Scope.EXCHANGE, ApiKey.Scope.FLAG], at=AT)

    partners.end(active, by=olga, at=LATER)

    assert machines.holder(both, scope=ApiKey.Scope.FLAG) == active.organisation


def test_nothing_can_be_done_with_an_ended_partner(active: Partner, olga: User) -> None:
    partners.end(active, by=olga, at=AT)

    for step in (partners.accept, partners.suspend, partners.resume, partners.end, partners.make_door_key):
        with pytest.raises(partners.WrongState):
            step(active, by=olga, at=LATER)
    with pytest.raises(partners.WrongState):
        partners.pin_key(active, RFC_JWK, valid_until=None, by=olga, at=LATER)
    with pytest.raises(partners.WrongState):
        partners.set_trust(active, "bullying", auto=True, by=olga, at=LATER)


def test_an_ended_partner_comes_back_as_if_it_was_new(active: Partner, olga: User) -> None:
    partners.set_trust(active, "bullying", auto=True, by=olga, at=AT)
    Partner.objects.update(mark="2026-11-22T20:00:00.000000Z", position=7)
    partners.end(active, by=olga, at=AT)

    again = partners.invite(active.organisation, DRAFT, by=olga, at=LATER)

    assert again == active
    assert (again.state, again.trust, again.mark, again.position) == (Partner.State.INVITED, {}, "", 0)
    assert again.created_at == LATER


def test_trust_is_given_for_one_category_and_taken_back(active: Partner, olga: User) -> None:
    partners.set_trust(active, "bullying", auto=True, by=olga, at=AT)
    given = Partner.objects.get()
    partners.set_trust(active, "bullying", auto=False, by=olga, at=LATER)

    assert given.trusts("bullying")
    assert not given.trusts("csam")
    assert Partner.objects.get().trust == {}


def test_every_change_is_on_the_record_with_ids_only(beacon: Organisation, olga: User) -> None:
    partner = partners.invite(beacon, DRAFT, by=olga, at=AT)
    partners.accept(partner, by=olga, at=AT)
    partners.change(partner, DRAFT, by=olga, at=AT)
    partners.set_trust(partner, "bullying", auto=True, by=olga, at=AT)
    key = partners.pin_key(partner, RFC_JWK, valid_until=None, by=olga, at=AT)
    partners.withdraw_key(key, by=olga, at=AT)
    text = partners.make_door_key(partner, by=olga, at=AT)
    partners.suspend(partner, by=olga, at=AT)
    partners.resume(partner, by=olga, at=AT)
    partners.end(partner, by=olga, at=AT)

    steps = ["Invited", "Accepted", "Changed", "TrustChanged", "KeyPinned", "KeyWithdrawn", "DoorKeyMade"]
    steps += ["Suspended", "Resumed", "Ended"]
    assert told() == [(f"exchange.Partner{step}", f"user:{olga.pk}") for step in steps]
    written = str(list(Record.objects.values_list("facts", flat=True)))
    assert not [word for word in (RFC_X, text, "taxii.example", "made-up", "Beacon") if word in written]


def test_our_credentials_there_are_sealed_and_follow_the_master_key(invited: Partner, settings: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT sealed_key FROM exchange_partner")
        stored = str(cursor.fetchone()[0])
    current = config.current()
    both = f"{keys.new_entry('new')},{current.storage.master_keys}"
    storage = dataclasses.replace(current.storage, master_keys=both)
    settings.LEEWARD = dataclasses.replace(current, storage=storage)

    assert "made-up-password" not in stored
    assert sealed_text.rotate() == 1
    assert partners.credentials_of(Partner.objects.get()) == "leeward:made-up-password"


def test_a_correction_without_credentials_keeps_them(active: Partner, olga: User) -> None:
    Partner.objects.update(mark="somewhere")
    partners.change(active, dataclasses.replace(DRAFT, credentials="", rate_per_minute=5), by=olga, at=LATER)

    assert partners.credentials_of(active) == "leeward:made-up-password"
    assert (active.rate_per_minute, active.mark) == (5, "somewhere")


def test_a_partner_that_moved_is_read_from_the_beginning(active: Partner, olga: User) -> None:
    Partner.objects.update(mark="somewhere", position=7)

    partners.change(active, dataclasses.replace(DRAFT, url="https://new.example/api/"), by=olga, at=LATER)

    assert (active.mark, active.position) == ("", 0)


def test_a_pinned_key_counts_from_its_pinning_to_its_end(active: Partner, olga: User) -> None:
    partners.pin_key(active, RFC_JWK, valid_until=LATER, by=olga, at=AT)

    raw = jwks.octets(RFC_X)
    assert partners.keys_at(active, at=AT) == {RFC_THUMBPRINT: raw}
    assert partners.keys_at(active, at=AT - timedelta(seconds=1)) == {}
    assert partners.keys_at(active, at=LATER) == {}
    assert len(raw) == 32


def test_a_withdrawn_key_counts_no_more_and_cannot_come_back(active: Partner, olga: User) -> None:
    key = partners.pin_key(active, RFC_JWK, valid_until=None, by=olga, at=AT)
    partners.withdraw_key(key, by=olga, at=LATER)

    assert partners.keys_at(active, at=LATER) == {}
    with pytest.raises(partners.AlreadyPinned):
        partners.pin_key(active, RFC_JWK, valid_until=None, by=olga, at=LATER)
    with pytest.raises(partners.WrongState):
        partners.withdraw_key(key, by=olga, at=LATER)


def test_two_partners_never_have_one_key(active: Partner, olga: User) -> None:
    other = Organisation.objects.create(slug="other", name="Other", kind=Organisation.Kind.PROVIDER)
    partners.pin_key(active, RFC_JWK, valid_until=None, by=olga, at=AT)

    with pytest.raises(partners.AlreadyPinned):
        partners.pin_key(partners.take_part(other, at=AT), RFC_JWK | {"kid": "mine"}, valid_until=None, by=olga, at=AT)


def test_of_a_set_all_keys_are_pinned_or_none(active: Partner, olga: User) -> None:
    other = signing.parse(signing.new_entry())[0]
    taken: list[dict[str, object]] = [RFC_JWK, {"kty": "OKP", "crv": "Ed25519", "x": other.x, "kid": RFC_THUMBPRINT}]

    with pytest.raises(partners.AlreadyPinned):
        partners.pin_keys(active, taken, valid_until=None, by=olga, at=AT)

    assert not active.keys.exists()


def test_our_own_key_set_can_be_pinned_elsewhere(active: Partner, olga: User) -> None:
    found = jwks.parse_all(signing.jwks())

    partners.pin_keys(active, found, valid_until=None, by=olga, at=AT)

    assert list(partners.keys_at(active, at=AT)) == [key.kid for key in signing.signing_keys()]


def test_a_fingerprint_is_read_in_groups_and_is_that_of_the_standard() -> None:
    key = jwks.parse(RFC_JWK)

    assert key.thumbprint == RFC_THUMBPRINT
    assert jwks.fingerprint(RFC_X) == "90FA CAFE A9B1 5566 9854 0F70"


@pytest.mark.parametrize(
    "wrong",
    [
        {"kty": "RSA"},
        {"crv": "X25519"},
        {"d": "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A"},
        {"x": RFC_X[:-4]},
        {"x": 7},
        {"x": "ö" * 43},
        {"kid": ""},
        {"kid": "x" * 101},
        {"kid": "new\nline"},
        {"kid": 7},
    ],
)
def test_what_is_no_public_key_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(jwks.NotAKey):
        jwks.parse(RFC_JWK | wrong)


def test_a_key_with_padding_is_the_same_key() -> None:
    assert jwks.parse(RFC_JWK | {"x": RFC_X + "="}) == jwks.parse(RFC_JWK)


@pytest.mark.parametrize("wrong", [[], "x", 7, {"keys": []}, {"keys": {}}, {"keys": [7]}, {"keys": [RFC_JWK, {}]}])
def test_what_is_no_key_set_is_refused(wrong: object) -> None:
    with pytest.raises(jwks.NotAKey):
        jwks.parse_all(wrong)


def test_a_contact_is_written_once_a_minute_and_a_fault_at_once(active: Partner) -> None:
    def noted(after_s: int, fault: str | None = "") -> tuple[datetime | None, str]:
        partners.contact(active, at=AT + timedelta(seconds=after_s), fault=fault)
        row = Partner.objects.get()
        return row.last_contact_at, row.last_fault

    assert noted(0) == (AT, "")
    assert noted(59) == (AT, "")
    assert noted(59, "no_answer") == (AT + timedelta(seconds=59), "no_answer")
    assert noted(60) == (AT + timedelta(seconds=60), "")
    assert noted(120) == (AT + timedelta(seconds=120), "")


def test_a_partner_that_comes_to_us_does_not_hide_that_we_cannot_go_there(active: Partner) -> None:
    partners.contact(active, at=AT, fault="no_answer")
    partners.contact(active, at=LATER)
    came = Partner.objects.get()
    partners.contact(active, at=LATER, fault="")

    assert (came.last_contact_at, came.last_fault) == (LATER, "no_answer")
    assert Partner.objects.get().last_fault == ""


def test_who_asks_too_often_waits_for_the_next_minute(active: Partner, settings: Any, tmp_path: Path) -> None:
    current = config.current()
    settings.LEEWARD = dataclasses.replace(current, server=dataclasses.replace(current.server, data_dir=tmp_path))
    active.rate_per_minute = 2
    other = partners.take_part(Organisation.objects.create(slug="other", name="Other", kind="provider"), at=AT)

    answers = [partner_rates.over_limit(active, at=AT + timedelta(seconds=after)) for after in (0, 10, 20.5, 59.9)]

    assert answers == [None, None, 40, 1]
    assert partner_rates.over_limit(other, at=AT) is None
    assert partner_rates.over_limit(active, at=AT + timedelta(seconds=60)) is None


def test_a_new_door_key_replaces_the_older_one(active: Partner, olga: User) -> None:
    first = partners.make_door_key(active, by=olga, at=AT)
    second = partners.make_door_key(active, by=olga, at=LATER)

    assert machines.holder(first, scope=ApiKey.Scope.EXCHANGE) is None
    assert machines.holder(second, scope=ApiKey.Scope.EXCHANGE) == active.organisation


def test_a_door_key_opens_while_its_partner_takes_part(invited: Partner, olga: User) -> None:
    key = partners.make_door_key(invited, by=olga, at=AT)
    statuses = [answered("beacon", key)[0]]
    for step in (partners.accept, partners.suspend, partners.resume, partners.end):
        step(invited, by=olga, at=AT)
        statuses.append(answered("beacon", key)[0])

    assert statuses == [403, 200, 403, 200, 401]


def test_the_key_of_another_partner_does_not_open_in_this_ones_name(active: Partner, olga: User) -> None:
    other = partners.take_part(Organisation.objects.create(slug="other", name="Other", kind="provider"), at=AT)
    theirs = partners.make_door_key(other, by=olga, at=AT)
    partners.suspend(active, by=olga, at=AT)

    assert answered("beacon", theirs)[0] == 401
    assert answered("other", theirs)[0] == 200


def test_a_door_says_when_to_come_again(active: Partner, olga: User, settings: Any, tmp_path: Path) -> None:
    current = config.current()
    settings.LEEWARD = dataclasses.replace(current, server=dataclasses.replace(current.server, data_dir=tmp_path))
    key = partners.make_door_key(active, by=olga, at=AT)
    Partner.objects.update(rate_per_minute=1)

    # A minute may end between two of them, and then only the third is one too many.
    answers = [answered("beacon", key) for _ in range(3)]

    assert answers[0] == (200, "")
    assert answers[2][0] == 429
    assert 1 <= int(answers[2][1]) <= 60


def test_a_signature_opens_a_door_in_place_of_a_key(active: Partner, olga: User) -> None:
    now, key = timezone.now(), signing.parse(signing.new_entry())[0]
    jwk: dict[str, object] = {"kty": "OKP", "crv": "Ed25519", "x": key.x}
    partners.pin_key(active, jwk, valid_until=None, by=olga, at=now - timedelta(minutes=1))
    url = f"{config.current().server.site_url}/taxii2/"
    signed = http_signatures.signed_headers("GET", url, body=b"", key=key, nonce="made-up-nonce-0001", at=now)
    machine = Client(headers={"Host": "localhost", "Accept": ACCEPT} | signed)

    assert [machine.get("/taxii2/").status_code for _ in range(2)] == [200, 401]


def test_the_command_makes_an_organisation_a_partner(beacon: Organisation) -> None:
    said = io.StringIO()
    call_command("partner", "beacon", "--group", "hotlines", stdout=said)
    call_command("partner", "beacon", stdout=said)

    found = partners.active(beacon)
    assert found is not None
    assert found.group == Partner.Group.HOTLINES
    assert "beacon takes part" in said.getvalue()
    assert told() == [("exchange.PartnerAccepted", "system")]


def test_the_command_says_what_to_do_about_an_unknown_name(db: None) -> None:
    with pytest.raises(CommandError, match="no organisation of this short name"):
        call_command("partner", "nobody")
