"""Every way that was thought of to show an age that is not one's own, too old, changed or meant for somebody else is refused.

Some are accepted by libraries in use: an item in a namespace that nobody signed, a device key swapped, an attestation expired
since 2020 (pymdoccbor 1.4.0), a rogue issuer and an expired attestation (isomdoc 0.0.5).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import cbor2
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from leeward.engines import mdoc
from leeward.engines.mdoc import Reason
from leeward.engines.mdoc.tests import wallet
from leeward.engines.mdoc.tests.wallet import DAY, DOCTYPE, NOW, Issuer, Wallet

CLIENT = "redirect_uri:https://age.example/answers"
URI = "https://age.example/answers"
NONCE = "one-request-0123456789"
TRANSCRIPT = mdoc.transcript_openid4vp(client_id=CLIENT, nonce=NONCE, response_uri=URI)
ADULT = {16: True, 18: True}
Spoil = Callable[[dict[str, Any]], object]


@pytest.fixture(scope="module")
def issuer() -> Issuer:
    return Issuer()


@pytest.fixture(scope="module")
def holder(issuer: Issuer) -> Wallet:
    return issuer.issue(ADULT, others={"family_name": "Example"})


@pytest.fixture(scope="module")
def trusted(issuer: Issuer) -> mdoc.Trust:
    return mdoc.Trust([issuer.anchor])


def verify(
    answer: bytes,
    trusted: mdoc.Trust,
    *,
    asked: frozenset[str] = frozenset({"age_over_18"}),
    at: dt.datetime = NOW,
    transcript: bytes = TRANSCRIPT,
) -> mdoc.Shown:
    return mdoc.verify(
        answer, transcript=transcript, doctype=DOCTYPE, namespace=DOCTYPE, asked=asked, trusted=trusted, at=at
    )


def refused(answer: bytes, trusted: mdoc.Trust, **others: Any) -> Reason:
    with pytest.raises(mdoc.Refused) as refusal:
        verify(answer, trusted, **others)
    return refusal.value.reason


def document(answer: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = answer["documents"][0]
    return found


def test_an_honest_answer_is_taken(holder: Wallet, issuer: Issuer, trusted: mdoc.Trust) -> None:
    shown = verify(holder.show("age_over_18", transcript=TRANSCRIPT), trusted)

    assert shown.elements == {"age_over_18": True}
    assert shown.valid_until == NOW + 60 * DAY


def test_an_answer_to_an_older_request_is_refused(holder: Wallet, trusted: mdoc.Trust) -> None:
    older = mdoc.transcript_openid4vp(client_id=CLIENT, nonce="another-request-01234", response_uri=URI)

    assert refused(holder.show("age_over_18", transcript=older), trusted) == Reason.DEVICE_PROOF


def test_an_answer_to_another_asker_is_refused(holder: Wallet, trusted: mdoc.Trust) -> None:
    uri = "https://elsewhere.example/answers"
    theirs = mdoc.transcript_openid4vp(client_id=f"redirect_uri:{uri}", nonce=NONCE, response_uri=uri)

    assert refused(holder.show("age_over_18", transcript=theirs), trusted) == Reason.DEVICE_PROOF


def test_an_answer_through_the_browser_of_another_page_is_refused(holder: Wallet, trusted: mdoc.Trust) -> None:
    ours = mdoc.transcript_iso_dc_api(origin="https://age.example", encryption_info="gm")
    theirs = mdoc.transcript_iso_dc_api(origin="https://elsewhere.example", encryption_info="gm")

    assert verify(holder.show("age_over_18", transcript=ours), trusted, transcript=ours).elements
    assert refused(holder.show("age_over_18", transcript=theirs), trusted, transcript=ours) == Reason.DEVICE_PROOF


def test_sixteen_does_not_stand_for_eighteen(issuer: Issuer, trusted: mdoc.Trust) -> None:
    shown = verify(issuer.issue({16: True}).show("age_over_16", transcript=TRANSCRIPT), trusted)

    assert mdoc.nearest(mdoc.statements(shown.elements), 18) is None


def test_more_than_was_asked_for_is_refused(holder: Wallet, trusted: mdoc.Trust) -> None:
    name_as_well = holder.show("age_over_18", "family_name", transcript=TRANSCRIPT)
    only_the_name = holder.show("family_name", transcript=TRANSCRIPT)
    two_ages = holder.show("age_over_18", "age_over_16", transcript=TRANSCRIPT)

    assert refused(name_as_well, trusted) == Reason.TOO_MUCH
    assert refused(only_the_name, trusted) == Reason.TOO_MUCH
    assert refused(two_ages, trusted) == Reason.TOO_MUCH


def test_an_issuer_that_nobody_trusts_is_refused(trusted: mdoc.Trust) -> None:
    rogue = Issuer(name="Somebody").issue(ADULT)

    assert refused(rogue.show("age_over_18", transcript=TRANSCRIPT), trusted) == Reason.ISSUER


def test_an_issuer_that_takes_the_name_of_a_trusted_one_is_refused(issuer: Issuer, trusted: mdoc.Trust) -> None:
    rogue = Issuer(name=issuer.name).issue(ADULT)

    assert refused(rogue.show("age_over_18", transcript=TRANSCRIPT), trusted) == Reason.ISSUER


@pytest.mark.parametrize("usage", ["1.3.6.1.5.5.7.3.1", None], ids=["for web servers", "for nothing"])
def test_a_certificate_for_something_else_signs_no_ages(usage: str | None) -> None:
    careless = Issuer(usage=usage)

    answer = careless.issue(ADULT).show("age_over_18", transcript=TRANSCRIPT)

    assert refused(answer, mdoc.Trust([careless.anchor])) == Reason.SIGNER


def test_the_root_itself_signs_no_ages(issuer: Issuer, trusted: mdoc.Trust) -> None:
    root_as_signer = Issuer(name=issuer.name, root_key=issuer.root_key, key=issuer.root_key)
    root_as_signer.signer = root_as_signer.root = issuer.root

    answer = root_as_signer.issue(ADULT).show("age_over_18", transcript=TRANSCRIPT)

    assert refused(answer, trusted) == Reason.SIGNER


def test_not_of_that_age_is_no_refusal_and_no_pass(issuer: Issuer, trusted: mdoc.Trust) -> None:
    shown = verify(issuer.issue({18: False}).show("age_over_18", transcript=TRANSCRIPT), trusted)

    assert mdoc.nearest(mdoc.statements(shown.elements), 18) is False


def test_an_attestation_that_expired_is_refused(issuer: Issuer, trusted: mdoc.Trust) -> None:
    old = issuer.issue(ADULT, at=NOW - 90 * DAY, until=NOW - DAY)

    assert refused(old.show("age_over_18", transcript=TRANSCRIPT), trusted) == Reason.EXPIRED


def test_an_attestation_that_does_not_hold_yet_is_refused(issuer: Issuer, trusted: mdoc.Trust) -> None:
    early = issuer.issue(ADULT, at=NOW + DAY)

    assert refused(early.show("age_over_18", transcript=TRANSCRIPT), trusted) == Reason.NOT_YET


def test_an_attestation_holds_on_its_first_second_and_on_its_last(issuer: Issuer, trusted: mdoc.Trust) -> None:
    brief = issuer.issue(ADULT, at=NOW, until=NOW + DAY)
    answer = brief.show("age_over_18", transcript=TRANSCRIPT)
    second = dt.timedelta(seconds=1)

    assert verify(answer, trusted, at=NOW).elements
    assert verify(answer, trusted, at=NOW + DAY).elements
    assert refused(answer, trusted, at=NOW - second) == Reason.NOT_YET
    assert refused(answer, trusted, at=NOW + DAY + second) == Reason.EXPIRED


def test_a_signer_whose_certificate_expired_is_refused_although_it_was_good_before() -> None:
    brief = Issuer(not_after=NOW + DAY)
    trusted = mdoc.Trust([brief.anchor])
    answer = brief.issue(ADULT).show("age_over_18", transcript=TRANSCRIPT)

    assert verify(answer, trusted).elements
    assert refused(answer, trusted, at=NOW + 2 * DAY) == Reason.SIGNER_TIME


def test_an_attestation_from_before_its_signers_time_is_refused() -> None:
    late = Issuer(not_before=NOW - DAY)
    predated = late.issue(ADULT, at=NOW - 2 * DAY)

    assert refused(predated.show("age_over_18", transcript=TRANSCRIPT), mdoc.Trust([late.anchor])) == Reason.SIGNER_TIME


def test_a_stolen_attestation_on_another_device_is_refused(holder: Wallet, trusted: mdoc.Trust) -> None:
    thief = Wallet(items=holder.items, auth=holder.auth, device=ec.generate_private_key(ec.SECP256R1()))

    assert refused(thief.show("age_over_18", transcript=TRANSCRIPT), trusted) == Reason.DEVICE_PROOF


def test_a_device_key_written_over_is_refused(holder: Wallet, trusted: mdoc.Trust) -> None:
    mine = ec.generate_private_key(ec.SECP256R1())
    signed = cbor2.loads(cbor2.loads(holder.auth[2]).value)
    signed["deviceKeyInfo"]["deviceKey"] = wallet.cose_key(mine.public_key())
    payload = cbor2.dumps(wallet.embedded(cbor2.dumps(signed)))
    thief = Wallet(items=holder.items, auth=[*holder.auth[:2], payload, holder.auth[3]], device=mine)

    assert refused(thief.show("age_over_18", transcript=TRANSCRIPT), trusted) == Reason.ISSUER_SIGNATURE


def test_a_value_turned_round_is_refused(issuer: Issuer, trusted: mdoc.Trust) -> None:
    young = issuer.issue({18: False})
    item = cbor2.loads(young.items["age_over_18"]) | {"elementValue": True}
    young.items["age_over_18"] = cbor2.dumps(item)

    assert refused(young.show("age_over_18", transcript=TRANSCRIPT), trusted) == Reason.DIGEST


def test_an_element_without_a_digest_is_refused(issuer: Issuer, trusted: mdoc.Trust) -> None:
    young = issuer.issue({18: False})
    item = cbor2.loads(young.items["age_over_18"]) | {"digestID": 7, "elementValue": True}
    young.items["age_over_18"] = cbor2.dumps(item)

    assert refused(young.show("age_over_18", transcript=TRANSCRIPT), trusted) == Reason.UNSIGNED


def test_a_namespace_that_the_issuer_never_signed_is_refused(holder: Wallet, trusted: mdoc.Trust) -> None:
    def add(answer: dict[str, Any]) -> None:
        spaces = document(answer)["issuerSigned"]["nameSpaces"]
        spaces["example.made.up"] = spaces[DOCTYPE]

    assert refused(holder.show("age_over_18", transcript=TRANSCRIPT, change=add), trusted) == Reason.UNSIGNED


def test_what_a_device_says_of_itself_is_refused(holder: Wallet, trusted: mdoc.Trust) -> None:
    def claim(answer: dict[str, Any]) -> None:
        claims = cbor2.dumps({DOCTYPE: {"age_over_18": True}})
        document(answer)["deviceSigned"]["nameSpaces"] = wallet.embedded(claims)

    assert refused(holder.show("age_over_18", transcript=TRANSCRIPT, change=claim), trusted) == Reason.TOO_MUCH


def test_no_element_at_all_is_refused(holder: Wallet, trusted: mdoc.Trust) -> None:
    def empty(answer: dict[str, Any]) -> None:
        document(answer)["issuerSigned"]["nameSpaces"] = {}

    assert refused(holder.show(transcript=TRANSCRIPT), trusted) == Reason.NOTHING
    assert refused(holder.show(transcript=TRANSCRIPT, change=empty), trusted) == Reason.NOTHING


def test_one_element_twice_is_refused(holder: Wallet, trusted: mdoc.Trust) -> None:
    answer = holder.show("age_over_18", "age_over_18", transcript=TRANSCRIPT)

    assert refused(answer, trusted, asked=frozenset({"age_over_18", "age_over_16"})) == Reason.STRUCTURE


def test_another_kind_of_document_is_refused(issuer: Issuer, holder: Wallet, trusted: mdoc.Trust) -> None:
    def rename(answer: dict[str, Any]) -> None:
        document(answer)["docType"] = "example.other"

    inside = issuer.issue(ADULT, change=lambda signed: signed.update(docType="example.other"))

    assert refused(holder.show("age_over_18", transcript=TRANSCRIPT, change=rename), trusted) == Reason.DOCTYPE
    assert refused(inside.show("age_over_18", transcript=TRANSCRIPT), trusted) == Reason.DOCTYPE


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (lambda answer: answer.update(version="2.0"), Reason.VERSION),
        (lambda answer: answer.update(status=10), Reason.STATUS),
        (lambda answer: answer.pop("status"), Reason.STRUCTURE),
        (lambda answer: answer.update(status=False), Reason.STRUCTURE),
        (lambda answer: answer.update(documents=[]), Reason.DOCUMENTS),
        (lambda answer: answer.update(documents=answer["documents"] * 2), Reason.DOCUMENTS),
        (lambda answer: document(answer).pop("deviceSigned"), Reason.STRUCTURE),
        (lambda answer: document(answer)["deviceSigned"].update(deviceAuth={}), Reason.DEVICE_PROOF),
        (lambda answer: document(answer)["issuerSigned"]["issuerAuth"].__setitem__(0, b"\xa0"), Reason.ALGORITHM),
        (
            lambda answer: document(answer)["issuerSigned"]["issuerAuth"].__setitem__(0, b"\xa1\x01\x05"),
            Reason.ALGORITHM,
        ),
        (lambda answer: document(answer)["issuerSigned"]["issuerAuth"].__setitem__(1, []), Reason.STRUCTURE),
        (lambda answer: document(answer)["issuerSigned"]["issuerAuth"].__setitem__(1, {33: b"\x30"}), Reason.SIGNER),
        (lambda answer: document(answer)["issuerSigned"]["issuerAuth"].__setitem__(3, b""), Reason.ISSUER_SIGNATURE),
        (
            lambda answer: document(answer)["issuerSigned"]["issuerAuth"].__setitem__(3, bytes(64)),
            Reason.ISSUER_SIGNATURE,
        ),
    ],
)
def test_an_answer_of_another_shape_is_refused(
    holder: Wallet, trusted: mdoc.Trust, spoil: Spoil, reason: Reason
) -> None:
    answer = holder.show("age_over_18", transcript=TRANSCRIPT, change=lambda answer: (spoil(answer), None)[1])

    assert refused(answer, trusted) == reason


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (lambda signed: signed.update(version="1.1"), Reason.VERSION),
        (lambda signed: signed.update(digestAlgorithm="MD5"), Reason.ALGORITHM),
        (
            lambda signed: signed["deviceKeyInfo"].update(deviceKey={1: 2, -1: 1, -2: bytes(32), -3: bytes(32)}),
            Reason.DEVICE_KEY,
        ),
        (lambda signed: signed["deviceKeyInfo"].update(deviceKey={1: 1, -1: 6, -2: bytes(32)}), Reason.DEVICE_KEY),
        (lambda signed: signed["validityInfo"].update(validUntil="2099-01-01T00:00:00Z"), Reason.STRUCTURE),
        (lambda signed: signed["validityInfo"].update(validUntil=cbor2.CBORTag(0, "2099-01-01")), Reason.STRUCTURE),
        (
            lambda signed: signed["validityInfo"].update(validUntil=cbor2.CBORTag(0, "2099-13-01T00:00:00Z")),
            Reason.STRUCTURE,
        ),
        (lambda signed: signed.pop("valueDigests"), Reason.STRUCTURE),
    ],
)
def test_what_an_issuer_signed_in_another_shape_is_refused(
    issuer: Issuer, trusted: mdoc.Trust, spoil: Spoil, reason: Reason
) -> None:
    odd = issuer.issue(ADULT, change=lambda signed: (spoil(signed), None)[1])

    assert refused(odd.show("age_over_18", transcript=TRANSCRIPT), trusted) == reason


def test_every_change_of_one_bit_is_refused(holder: Wallet, trusted: mdoc.Trust) -> None:
    answer = holder.show("age_over_18", transcript=TRANSCRIPT)
    taken = []

    for position in range(len(answer) * 8):
        changed = bytearray(answer)
        changed[position // 8] ^= 1 << position % 8
        try:
            verify(bytes(changed), trusted)
        except mdoc.Refused:
            continue
        taken.append(position)

    assert len(answer) > 1000
    assert taken == []


def test_a_certificate_whose_signature_has_unused_bits_is_refused() -> None:
    # Every second signature ends in a zero bit, and a parser that is told to leave it out finds the same number.
    while True:
        issuer = Issuer()
        if issuer.signer.signature[-1] % 2 == 0:
            break
    holder, signature = issuer.issue(ADULT), issuer.signer.signature
    der = holder.auth[1][33]
    holder.auth[1] = {33: der.replace(b"\x00" + signature, b"\x01" + signature)}

    answer = holder.show("age_over_18", transcript=TRANSCRIPT)

    assert refused(answer, mdoc.Trust([issuer.anchor])) == Reason.SIGNER


def test_every_answer_cut_short_is_refused(holder: Wallet, trusted: mdoc.Trust) -> None:
    answer = holder.show("age_over_18", transcript=TRANSCRIPT)

    for length in range(len(answer)):
        refused(answer[:length], trusted)


def test_strangers_do_not_fill_the_memory_of_signers(holder: Wallet, issuer: Issuer) -> None:
    trusted = mdoc.Trust([issuer.anchor])
    for _ in range(3):
        refused(Issuer(name="Somebody").issue(ADULT).show("age_over_18", transcript=TRANSCRIPT), trusted)

    verify(holder.show("age_over_18", transcript=TRANSCRIPT), trusted)

    assert len(trusted._signers) == 1


@pytest.mark.parametrize("der", [b"", b"\x30\x00", b"not a certificate"], ids=repr)
def test_only_certificates_are_trusted(der: bytes) -> None:
    with pytest.raises(mdoc.NotAnAnchor):
        mdoc.Trust([der])


def test_the_certificate_of_a_signer_is_no_root(issuer: Issuer) -> None:
    with pytest.raises(mdoc.NotAnAnchor):
        mdoc.Trust([issuer.signer.public_bytes(Encoding.DER)])
