"""What a partner told goes on to others only in its origin's own octets, where the marking allows it and while it is believed."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from leeward.core import sequencer
from leeward.core.models import ApiKey, User
from leeward.engines import stix
from leeward.exchange.intake import origins
from leeward.exchange.intake import services as intake
from leeward.exchange.intake.models import Received
from leeward.exchange.partners.models import Partner
from leeward.exchange.receipts import services as receipts
from leeward.exchange.review import services as review
from leeward.exchange.sharing import services as sharing
from leeward.exchange.shelf.models import Version
from leeward.exchange.taxii import submissions
from leeward.exchange.tests.conftest import ACCEPT, COLLECTION, basic, make_partner
from leeward.exchange.tests.tellers import AT, Teller, trust
from leeward.indicators.models import Tlp

pytestmark = pytest.mark.django_db
SECOND = timedelta(seconds=1)
ALL = {"match[version]": "all"}


@pytest.fixture
def beacon() -> Teller:
    return Teller("beacon")


@pytest.fixture
def partner(beacon: Teller) -> Partner:
    """A partner that is trusted with bullying."""
    joined = beacon.joins()
    trust(joined, "bullying")
    return joined


def told(partner: Partner, octets: bytes, *, after_s: int = 0) -> None:
    """Have a partner tell something, and give what follows its places."""
    intake.take(partner, octets, at=AT + after_s * SECOND)
    sequencer.stamp(at=AT + after_s * SECOND)


def law_of(place: str) -> tuple[stix.Legality, ...]:
    """Return what a sign says of one place."""
    return (stix.Legality(place, "illegal", "made-up law"),)


def read(client: Client, query: dict[str, str] | None = None) -> list[dict[str, Any]]:
    """Return the signs that a partner reads."""
    objects = client.get(f"{COLLECTION}objects/", query or ALL).json().get("objects", [])
    return [known for known in objects if known["type"] == "indicator"]


@pytest.mark.parametrize(
    ("tlp", "is_passed_on"),
    [(stix.Tlp.CLEAR, True), (stix.Tlp.GREEN, True), (stix.Tlp.AMBER, False), (stix.Tlp.RED, False)],
)
def test_the_marking_says_whether_others_have_it(
    dans_client: Client, beacon: Teller, partner: Partner, tlp: stix.Tlp, is_passed_on: bool
) -> None:
    sign = beacon.sign(tlp=tlp)

    told(partner, beacon.told(sign))

    assert Received.objects.get().state == Received.State.ACTIVE
    assert [known["id"] for known in read(dans_client)] == [f"indicator--{sign.uid}"] * is_passed_on


def test_others_have_the_very_octets_and_prove_them_by_the_origins_key(
    dans_client: Client, beacon: Teller, partner: Partner
) -> None:
    octets = beacon.told(beacon.sign())
    told(partner, octets)

    answer = dans_client.get(f"{COLLECTION}objects/", ALL).content

    assert octets in answer
    (one,) = [part for part in stix.split_envelope(answer, most=100).objects if b"indicator--" in part]
    raw = beacon.private.public_key().public_bytes_raw()
    assert stix.verify_object(one, keys={beacon.kid: raw})["created_by_ref"] == f"identity--{beacon.identity_uid}"


def test_a_withdrawal_goes_on_as_its_origin_signed_it(dans_client: Client, beacon: Teller, partner: Partner) -> None:
    sign = beacon.sign()
    told(partner, beacon.told(sign))
    read(dans_client)
    told(partner, beacon.told(stix.revoked(sign, at=AT + SECOND)), after_s=1)

    first, last = read(dans_client)

    assert (first.get("revoked", False), last["revoked"]) == (False, True)
    assert [known["revoked"] for known in read(dans_client, {"match[version]": "last"})] == [True]
    assert Version.objects.filter(is_revoked=True, origin=partner).exists()


def test_a_newer_version_goes_on_as_a_newer_version(dans_client: Client, beacon: Teller, partner: Partner) -> None:
    told(partner, beacon.told(beacon.sign()))
    read(dans_client)
    told(partner, beacon.told(beacon.sign(modified=AT + SECOND, confidence=95)), after_s=1)

    assert [known["confidence"] for known in read(dans_client)] == [80, 95]


@pytest.mark.parametrize("is_read_between", [True, False])
def test_what_its_origin_then_marks_for_us_alone_is_passed_on_no_more_and_its_withdrawal_still_is(
    dans_client: Client, beacon: Teller, partner: Partner, is_read_between: bool
) -> None:
    sign = beacon.sign()
    told(partner, beacon.told(sign))
    before = read(dans_client) if is_read_between else []
    told(partner, beacon.told(beacon.sign(tlp=stix.Tlp.AMBER, modified=AT + SECOND)), after_s=1)
    after = read(dans_client)
    told(partner, beacon.told(stix.revoked(sign, at=AT + 2 * SECOND)), after_s=2)

    assert Received.objects.get().state == Received.State.WITHDRAWN
    assert (len(before), after) == (int(is_read_between), [])
    assert read(dans_client)[-1]["revoked"] is True


def test_a_newer_version_without_a_signature_is_not_passed_on(
    dans_client: Client, beacon: Teller, partner: Partner
) -> None:
    trust(partner, "bullying", origins.UNSIGNED)
    told(partner, beacon.told(beacon.sign()))
    newer = beacon.sign(modified=AT + SECOND, confidence=95)
    told(partner, json.dumps(stix.indicator(newer)).encode(), after_s=1)

    assert bytes(Received.objects.get().body) == json.dumps(stix.indicator(newer)).encode()
    assert read(dans_client) == []


def test_whoever_reads_by_a_narrower_marking_has_the_withdrawal_of_what_it_read(
    beacon: Teller, partner: Partner, olga: User
) -> None:
    sharing.add_rule(sharing.RuleDraft(("bullying",), most_tlp=Tlp.CLEAR), by=olga, at=AT)
    key = make_partner("dans-hotline", ApiKey.Scope.EXCHANGE)
    reader = Client(headers={"Host": "localhost", "Accept": ACCEPT, "Authorization": basic("dans-hotline", key)})
    sign = beacon.sign(tlp=stix.Tlp.CLEAR)
    told(partner, beacon.told(sign))
    before = read(reader)
    told(partner, beacon.told(stix.revoked(replace(sign, tlp=stix.Tlp.GREEN), at=AT + SECOND)), after_s=1)

    assert len(before) == 1
    assert read(reader)[-1]["revoked"] is True


@pytest.mark.parametrize(
    ("first", "then"),
    [
        ({"category": "bullying"}, {"category": "violence"}),
        ({"legality": law_of("DE")}, {"legality": law_of("FR")}),
    ],
    ids=["another kind of harm", "another place"],
)
def test_what_its_origin_calls_something_else_is_shown_no_more_and_its_withdrawal_is_told(
    beacon: Teller, partner: Partner, olga: User, first: dict[str, Any], then: dict[str, Any]
) -> None:
    trust(partner, "bullying", "violence")
    sharing.add_rule(sharing.RuleDraft(("bullying",), jurisdiction="DE"), by=olga, at=AT)
    key = make_partner("dans-hotline", ApiKey.Scope.EXCHANGE)
    Partner.objects.filter(organisation__slug="dans-hotline").update(jurisdictions=["DE"])
    reader = Client(headers={"Host": "localhost", "Accept": ACCEPT, "Authorization": basic("dans-hotline", key)})
    told(partner, beacon.told(beacon.sign(**first)))
    before = read(reader)
    changed = beacon.sign(modified=AT + SECOND, **then)
    told(partner, beacon.told(changed), after_s=1)
    between = read(reader)
    told(partner, beacon.told(stix.revoked(changed, at=AT + 2 * SECOND)), after_s=2)

    assert len(before) == len(between) == 1
    assert [known.get("revoked", False) for known in read(reader)] == [False, True]


def test_its_origin_does_not_have_it_back(beacon: Teller, partner: Partner, dans_client: Client) -> None:
    told(partner, beacon.told(beacon.sign()))
    read(dans_client)

    assert not Version.objects.filter(sharing.visible(partner)).exists()
    assert Version.objects.filter(origin=partner).exists()


def test_what_waits_goes_nowhere_until_somebody_accepts_it(
    dans_client: Client, beacon: Teller, partner: Partner, cem: User
) -> None:
    trust(partner)
    told(partner, beacon.told(beacon.sign()))
    before = read(dans_client)
    review.accept(Received.objects.get(), by=cem, at=AT + SECOND)
    sequencer.stamp(at=AT + SECOND)

    assert (before, len(read(dans_client))) == ([], 1)


def test_what_is_not_believed_here_any_more_is_passed_on_no_more_and_its_withdrawal_still_is(
    dans_client: Client, beacon: Teller, partner: Partner, cem: User
) -> None:
    sign = beacon.sign()
    told(partner, beacon.told(sign))
    believed = read(dans_client)
    review.distrust(Received.objects.get(), by=cem, at=AT + SECOND)
    sequencer.stamp(at=AT + SECOND)
    distrusted = read(dans_client)
    told(partner, beacon.told(stix.revoked(sign, at=AT + 2 * SECOND)), after_s=2)

    assert (len(believed), distrusted) == (1, [])
    assert read(dans_client)[-1]["revoked"] is True


def test_without_a_signature_nothing_goes_on(dans_client: Client, beacon: Teller, partner: Partner) -> None:
    trust(partner, "bullying", origins.UNSIGNED)
    told(partner, json.dumps(stix.indicator(beacon.sign())).encode())

    assert Received.objects.get().state == Received.State.ACTIVE
    assert read(dans_client) == []


def test_what_its_origin_deleted_is_not_given_out_any_more(
    dans_client: Client, beacon: Teller, partner: Partner
) -> None:
    sign = beacon.sign()
    told(partner, beacon.told(sign))
    before = read(dans_client)

    submissions.take_back(partner, object_id=f"indicator--{sign.uid}", at=AT + SECOND)
    sequencer.stamp(at=AT + SECOND)

    assert (len(before), read(dans_client)) == (1, [])


def test_a_rule_that_does_not_name_it_keeps_it_back(
    beacon: Teller, partner: Partner, olga: User, client: Client
) -> None:
    sharing.add_rule(sharing.RuleDraft(("csam",)), by=olga, at=AT)
    key = make_partner("dans-hotline", ApiKey.Scope.EXCHANGE)
    told(partner, beacon.told(beacon.sign()))
    headers = {"Host": "localhost", "Accept": ACCEPT, "Authorization": basic("dans-hotline", key)}

    assert read(Client(headers=headers)) == []


def test_nobody_waits_for_receipts_of_what_others_withdrew(
    dans_client: Client, beacon: Teller, partner: Partner
) -> None:
    sign = beacon.sign()
    told(partner, beacon.told(sign))
    told(partner, beacon.told(stix.revoked(sign, at=AT + SECOND)), after_s=1)
    read(dans_client)

    assert not receipts.unacknowledged(older_than=timedelta(0), at=AT + timedelta(days=1))


def test_what_the_other_side_passes_on_of_a_stranger_is_refused_and_is_no_fault_of_its(
    beacon: Teller, partner: Partner, db: None
) -> None:
    stranger = Teller("stranger")

    outcome = intake.take(partner, stranger.told(stranger.sign()), at=AT)

    assert (outcome.state, outcome.reason) == (Received.State.REFUSED, origins.UNKNOWN)
    assert not Received.objects.exists()
