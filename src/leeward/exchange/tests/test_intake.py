"""What partners tell is checked as it came, waits unless its origin is trusted, and is taken back by its origin only."""

from __future__ import annotations

import json
import uuid
from datetime import timedelta

import pytest

from leeward.core import config, never
from leeward.core.models import Delivery, Record
from leeward.engines import matching, stix
from leeward.exchange.intake import canaries
from leeward.exchange.intake import services as intake
from leeward.exchange.intake.models import Disagreement, Feedback, Received
from leeward.exchange.intake.services import Outcome
from leeward.exchange.partners.models import Partner
from leeward.exchange.tests.tellers import AT, MINUTE, Teller, octets, trust
from leeward.indicators import services as indicators
from leeward.indicators.models import Category, Indicator, Kind

pytestmark = pytest.mark.django_db
State = Received.State


@pytest.fixture
def beacon() -> Teller:
    return Teller("beacon")


@pytest.fixture
def partner(beacon: Teller) -> Partner:
    return beacon.joins()


def in_force() -> list[str]:
    """Return what protects now."""
    return sorted(Indicator.objects.filter(state=Indicator.State.ACTIVE).values_list("value", flat=True))


def row() -> Received:
    return Received.objects.get()


def test_a_sign_waits_and_does_nothing(beacon: Teller, partner: Partner) -> None:
    told = beacon.told(beacon.sign())

    outcome = intake.take(partner, told, at=AT)

    assert outcome == Outcome(State.QUARANTINE)
    assert (bytes(row().body), row().kind, row().category, row().tlp) == (told, "sha256", "bullying", "green")
    assert in_force() == []
    assert not Record.objects.filter(kind__startswith="indicators.").exists()


def test_a_sign_of_a_trusted_category_protects_at_once(beacon: Teller, partner: Partner) -> None:
    trust(partner, "bullying")
    trusted, other = beacon.sign("one"), beacon.sign("two", category="violence")

    outcomes = [intake.take(partner, beacon.told(sign), at=AT).state for sign in (trusted, other)]

    assert outcomes == [State.ACTIVE, State.QUARANTINE]
    assert in_force() == [trusted.value]
    assert Indicator.objects.get().source == f"partner:beacon/{trusted.uid}"


def test_the_same_sign_again_has_no_effect(beacon: Teller, partner: Partner) -> None:
    trust(partner, "bullying")
    told = beacon.told(beacon.sign())
    intake.take(partner, told, at=AT)
    before = Record.objects.count()

    outcome = intake.take(partner, told, at=AT + MINUTE)

    assert outcome == Outcome(State.ACTIVE, "again")
    assert Record.objects.count() == before
    assert Received.objects.count() == 1


def test_a_withdrawal_by_the_creator_ends_the_protection(beacon: Teller, partner: Partner) -> None:
    trust(partner, "bullying")
    sign = beacon.sign()
    intake.take(partner, beacon.told(sign), at=AT)

    outcome = intake.take(partner, beacon.told(stix.revoked(sign, at=AT + MINUTE)), at=AT + MINUTE)

    assert outcome == Outcome(State.WITHDRAWN)
    assert in_force() == []


def test_a_withdrawal_that_comes_first_keeps_the_addition_dead(beacon: Teller, partner: Partner) -> None:
    trust(partner, "bullying")
    sign = beacon.sign()
    end = stix.revoked(sign, at=AT + MINUTE)

    outcomes = [intake.take(partner, beacon.told(each), at=AT) for each in (end, sign, end)]

    assert outcomes == [Outcome(State.WITHDRAWN), Outcome(State.REFUSED, "older"), Outcome(State.WITHDRAWN, "again")]
    assert in_force() == []


def test_nothing_comes_after_a_withdrawal(beacon: Teller, partner: Partner) -> None:
    trust(partner, "bullying")
    sign = beacon.sign()
    intake.take(partner, beacon.told(stix.revoked(sign, at=AT + MINUTE)), at=AT)

    again = intake.take(partner, beacon.told(beacon.sign(modified=AT + 2 * MINUTE)), at=AT)

    assert again == Outcome(State.REFUSED, "withdrawn")
    assert in_force() == []


def test_an_older_version_after_a_newer_one_is_refused(beacon: Teller, partner: Partner) -> None:
    newer, older = beacon.sign(modified=AT + MINUTE), beacon.sign()

    outcomes = [intake.take(partner, beacon.told(sign), at=AT).reason for sign in (newer, older)]

    assert outcomes == ["", "older"]


def test_another_text_under_the_same_version_is_refused(beacon: Teller, partner: Partner) -> None:
    sign = beacon.sign()
    intake.take(partner, beacon.told(sign), at=AT)

    outcome = intake.take(partner, beacon.told(beacon.sign(confidence=1)), at=AT)

    assert outcome == Outcome(State.REFUSED, "changed")


def flipped(known: dict[str, object]) -> None:
    known["revoked"] = True


def other_pattern(known: dict[str, object]) -> None:
    known["pattern"] = f"[file:hashes.'SHA-256' = '{'1' * 64}']"


def no_marking(known: dict[str, object]) -> None:
    del known["object_marking_refs"]


def wider_marking(known: dict[str, object]) -> None:
    known["object_marking_refs"] = [stix.marking_id(stix.Tlp.CLEAR)]


def later(known: dict[str, object]) -> None:
    known["modified"] = "2030-01-01T00:00:00.000Z"


@pytest.mark.parametrize("change", [flipped, other_pattern, no_marking, wider_marking, later])
def test_what_was_changed_under_its_signature_is_refused(beacon: Teller, partner: Partner, change: object) -> None:
    trust(partner, "bullying")
    sign = beacon.sign()
    intake.take(partner, beacon.told(sign), at=AT)
    known = beacon.known(sign)
    change(known)  # type: ignore[operator]  # one of the functions above

    outcome = intake.take(partner, octets(known), at=AT)

    assert outcome == Outcome(State.REFUSED, "signature_wrong")
    assert in_force() == [sign.value]


def test_the_key_of_a_stranger_is_refused(beacon: Teller, partner: Partner) -> None:
    eve = Teller("eve", identity_uid=beacon.identity_uid)

    outcome = intake.take(partner, eve.told(eve.sign()), at=AT)

    assert outcome == Outcome(State.REFUSED, "signature_unknown_key")
    assert not Received.objects.exists()


def test_a_key_that_is_over_signs_nothing_any_more(beacon: Teller, partner: Partner) -> None:
    partner.keys.update(valid_until=AT + MINUTE)
    told = beacon.told(beacon.sign())

    assert intake.take(partner, told, at=AT + MINUTE).reason == "signature_unknown_key"
    assert intake.take(partner, told, at=AT).state == State.QUARANTINE


def test_without_a_signature_only_whom_the_operator_allowed_is_believed(beacon: Teller, partner: Partner) -> None:
    told = octets(stix.indicator(beacon.sign()))
    refused = intake.take(partner, told, at=AT)
    trust(partner, "unsigned")

    taken = intake.take(partner, told, at=AT)

    assert (refused, taken) == (Outcome(State.REFUSED, "unsigned"), Outcome(State.QUARANTINE))


def test_a_partner_takes_nobody_elses_sign_back(beacon: Teller, partner: Partner) -> None:
    trust(partner, "bullying")
    sign = beacon.sign()
    intake.take(partner, beacon.told(sign), at=AT)
    eve = Teller("eve")
    stranger = eve.joins()

    forged = eve.told(stix.revoked(sign, at=AT + MINUTE))

    assert intake.take(stranger, forged, at=AT).reason == "stranger"
    assert intake.take(partner, forged, at=AT).reason == "signature_unknown_key"
    assert in_force() == [sign.value]


def test_a_sign_that_another_passes_on_stays_its_origins(beacon: Teller, partner: Partner) -> None:
    trust(partner, "bullying")
    other = Teller("other").joins()
    sign = beacon.sign()

    outcome = intake.take(other, beacon.told(sign), at=AT)
    ended = intake.take(other, beacon.told(stix.revoked(sign, at=AT + MINUTE)), at=AT + MINUTE)

    assert (outcome.state, ended.state) == (State.ACTIVE, State.WITHDRAWN)
    assert row().partner == partner


def test_an_unsigned_sign_that_another_passes_on_is_nobodys(beacon: Teller, partner: Partner) -> None:
    other = Teller("other").joins()
    trust(other, "unsigned", "bullying")

    outcome = intake.take(other, octets(stix.indicator(beacon.sign())), at=AT)

    assert outcome.reason == "stranger"


def test_what_is_marked_for_few_or_not_understood_stays_here(beacon: Teller, partner: Partner) -> None:
    trust(partner, "bullying")
    unknown = stix.indicator(beacon.sign("one"))
    unknown["object_marking_refs"] = [f"marking-definition--{uuid.uuid4()}"]
    red = stix.indicator(beacon.sign("two", tlp=stix.Tlp.RED))

    states = [intake.take(partner, octets(beacon.signed(known)), at=AT).state for known in (unknown, red)]

    assert states == [State.ACTIVE, State.ACTIVE]
    assert set(Received.objects.values_list("tlp", flat=True)) == {"red"}
    assert set(Indicator.objects.values_list("tlp", flat=True)) == {"red"}


def test_a_sign_of_an_unknown_category_is_refused_and_its_withdrawal_is_not(beacon: Teller, partner: Partner) -> None:
    sign = beacon.sign(category="weather")

    assert intake.take(partner, beacon.told(sign), at=AT).reason == "category"
    assert intake.take(partner, beacon.told(stix.revoked(sign, at=AT)), at=AT).state == State.WITHDRAWN


def test_every_digest_of_one_file_protects(beacon: Teller, partner: Partner) -> None:
    trust(partner, "bullying")
    known = stix.indicator(beacon.sign())
    known["pattern"] = f"[file:hashes.'SHA-256' = '{'1' * 64}' OR file:hashes.MD5 = '{'2' * 32}']"

    intake.take(partner, octets(beacon.signed(known)), at=AT)

    assert in_force() == ["1" * 64, "2" * 32]


def test_a_newer_version_changes_what_is_in_force(beacon: Teller, partner: Partner) -> None:
    trust(partner, "bullying")
    intake.take(partner, beacon.told(beacon.sign()), at=AT)
    end = AT + timedelta(days=9)

    outcome = intake.take(partner, beacon.told(beacon.sign(modified=AT + MINUTE, valid_until=end)), at=AT + MINUTE)

    standing = Indicator.objects.get(state=Indicator.State.ACTIVE)
    assert outcome == Outcome(State.ACTIVE)
    assert (standing.valid_until, standing.source) == (end, f"partner:beacon/{beacon.sign().uid}.2")


def test_another_thing_under_the_same_id_waits_anew(beacon: Teller, partner: Partner) -> None:
    trust(partner, "bullying")
    intake.take(partner, beacon.told(beacon.sign()), at=AT)
    trust(partner)

    outcome = intake.take(partner, beacon.told(beacon.sign(modified=AT + MINUTE, value="1" * 64)), at=AT + MINUTE)

    assert outcome == Outcome(State.QUARANTINE)
    assert in_force() == []


def test_a_sign_whose_time_is_over_is_refused_until_it_is_renewed(beacon: Teller, partner: Partner) -> None:
    trust(partner, "bullying")
    over = beacon.sign(valid_from=AT - 2 * MINUTE, valid_until=AT - MINUTE)
    renewed = beacon.sign(modified=AT + MINUTE, valid_until=AT + 9 * MINUTE)

    outcomes = [intake.take(partner, beacon.told(sign), at=AT) for sign in (over, renewed)]

    assert outcomes == [Outcome(State.REFUSED, "expired"), Outcome(State.ACTIVE)]


EMPTY = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
WHITE = "b3ba4c45b3bab3ba4c454c45b3bab3bab38a4c05b38ab38ab3aa4c45b3aa4c45"


def near(pdq: str, *, bits: int) -> str:
    return f"{int(pdq, 16) ^ ((1 << bits) - 1):064x}"


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (stix.Kind.SHA256, EMPTY),
        (stix.Kind.MD5, "d41d8cd98f00b204e9800998ecf8427e"),
        (stix.Kind.PDQ, WHITE),
        (stix.Kind.PDQ, near(WHITE, bits=31)),
    ],
)
def test_a_sign_of_something_harmless_is_refused_and_its_partner_looked_at(
    beacon: Teller, partner: Partner, kind: stix.Kind, value: str
) -> None:
    trust(partner, "bullying")

    outcome = intake.take(partner, beacon.told(beacon.sign(kind=kind, value=value)), at=AT)

    assert outcome == Outcome(State.REFUSED, "canary")
    assert in_force() == []
    assert Record.objects.filter(kind="exchange.CanaryMet").count() == 1


def test_a_picture_a_bit_further_from_the_planted_ones_is_taken() -> None:
    assert not canaries.is_hit(Kind.PDQ, near("0" * 64, bits=32))
    assert canaries.WITHIN_BITS == matching.WITHIN_BITS


def test_a_name_that_nobody_closes_is_planted_with_what_stands_below_and_above() -> None:
    name = next(iter(sorted(never.names())))

    assert canaries.is_hit(Kind.DOMAIN, name)
    assert canaries.is_hit(Kind.DOMAIN, f"talk.{name}")
    assert canaries.is_hit(Kind.DOMAIN, name.partition(".")[2])
    assert canaries.is_hit(Kind.URL, f"https://{name}/talk")
    assert not canaries.is_hit(Kind.DOMAIN, "bad.example")


def test_three_partners_that_disagree_put_a_sign_back_and_owe_its_publisher_a_word(
    beacon: Teller, partner: Partner
) -> None:
    trust(partner, "bullying")
    sign = beacon.sign()
    intake.take(partner, beacon.told(sign), at=AT)
    others = [Teller(f"other-{number}") for number in range(3)]
    seen = []
    for other in others:
        joined = other.joins()
        for _ in range(2):  # The same word again counts once.
            intake.take(joined, other.disagrees(sign), at=AT)
        seen.append(len(in_force()))

    assert seen == [1, 1, 0]
    assert (row().state, row().reason) == (State.QUARANTINE, "doubted")
    assert Delivery.objects.filter(task="leeward.exchange.intake.doubts.tell_publisher").count() == 1


def test_a_doubted_sign_waits_even_in_its_next_version(beacon: Teller, partner: Partner) -> None:
    trust(partner, "bullying")
    sign = beacon.sign()
    intake.take(partner, beacon.told(sign), at=AT)
    for number in range(config.current().exchange.doubts_enough):
        other = Teller(f"other-{number}")
        intake.take(other.joins(), other.disagrees(sign), at=AT)

    outcome = intake.take(partner, beacon.told(beacon.sign(modified=AT + MINUTE)), at=AT)

    assert outcome.state == State.QUARANTINE
    assert in_force() == []


def test_a_publisher_does_not_count_against_itself(beacon: Teller, partner: Partner) -> None:
    sign = beacon.sign()
    intake.take(partner, beacon.told(sign), at=AT)

    intake.take(partner, beacon.disagrees(sign), at=AT)

    assert not Disagreement.objects.exists()


def test_a_word_about_a_sign_of_ours_is_kept(beacon: Teller, partner: Partner) -> None:
    wanted = indicators.Sign(Kind.SHA256, "1" * 64, Category.BULLYING)
    [ours] = indicators.publish([wanted], source="decision:1", actor="user:1", at=AT)
    told = beacon.disagrees(beacon.sign(uid=ours.uid))

    outcomes = [intake.take(partner, told, at=AT).reason for _ in range(2)]

    assert outcomes == ["about_ours", "about_ours"]
    kept = Feedback.objects.get()
    assert (kept.kind, kept.code, kept.count) == ("opinion", "false_positive", 1)
    assert in_force() == ["1" * 64]


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        (b"", "not_json"),
        (b"[]", "not_an_object"),
        (b"\xff", "not_json"),
        (b'{"type": "indicator", "type": "indicator"}', "duplicate_key"),
        (b'{"a":' * 50 + b"1" + b"}" * 50, "too_deep"),
        (b'{"type": "' + b"x" * 300_000 + b'"}', "too_long"),
    ],
)
def test_what_is_no_object_is_refused(partner: Partner, told: bytes, reason: str) -> None:
    assert intake.take(partner, told, at=AT) == Outcome(State.REFUSED, reason)


@pytest.mark.parametrize(
    "pattern",
    [
        "[" + "(" * 5_000 + "]",
        "[file:hashes.'SHA-256' = '" + "a" * 100_000 + "']",
        "[url:value MATCHES '(a+)+$']",
        " OR ".join(f"[file:hashes.MD5 = '{number:032x}']" for number in range(2_000)),
    ],
)
def test_a_pattern_built_to_explode_is_refused_at_once(beacon: Teller, partner: Partner, pattern: str) -> None:
    known = stix.indicator(beacon.sign()) | {"pattern": pattern}

    assert intake.take(partner, octets(beacon.signed(known)), at=AT).reason == "schema.pattern"


def test_what_signs_refer_to_is_no_sign(partner: Partner) -> None:
    for known in (stix.marking(stix.Tlp.GREEN), stix.author(), stix.extension_definition()):
        assert intake.take(partner, json.dumps(known).encode(), at=AT) == Outcome(None, "not_a_sign")
