"""What stands beside a zero-knowledge proof is looked at before the proof is, and must be as it was asked for."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import cbor2
import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from leeward.engines import mdoc
from leeward.engines.mdoc.tests import wallet
from leeward.engines.mdoc.tests.wallet import DOCTYPE, NOW, Issuer

ISSUER = Issuer()
PROOF = b"a proof is not looked at here"


def claimed(answer: bytes, **changes: Any) -> mdoc.Claim:
    fields: dict[str, Any] = {
        "doctype": DOCTYPE,
        "namespace": DOCTYPE,
        "asked": {"age_over_16", "age_over_18"},
        "trusted": mdoc.Trust([ISSUER.anchor]),
        "at": NOW,
    }
    return mdoc.claim(answer, **fields | changes)


def refusal(answer: bytes, **changes: Any) -> str:
    with pytest.raises(mdoc.Refused) as caught:
        claimed(answer, **changes)
    return caught.value.reason.value


def test_an_answer_says_what_its_proof_is_to_prove() -> None:
    claim = claimed(ISSUER.zk_answer(PROOF, made_at=NOW))

    numbers = ISSUER.key.public_key().public_numbers()
    assert (claim.element, claim.made_at, claim.proof) == ("age_over_18", NOW, PROOF)
    assert claim.signer == b"\x04" + numbers.x.to_bytes(32) + numbers.y.to_bytes(32)


def test_both_names_of_our_circuit_are_known() -> None:
    long_name = f"longfellow-libzk-v1_7_1_4151_4096_{mdoc.CIRCUIT.digest}"

    answer = ISSUER.zk_answer(PROOF, made_at=NOW, change=lambda data: data.update(zkSystemId=long_name))

    assert claimed(answer).element == "age_over_18"


@pytest.mark.parametrize("minutes", [-5, 5])
def test_a_clock_may_differ_by_five_minutes(minutes: int) -> None:
    assert claimed(ISSUER.zk_answer(PROOF, made_at=NOW + timedelta(minutes=minutes)))


def _item(name: str, value: Any) -> dict[str, Any]:
    return {"elementIdentifier": name, "elementValue": value}


OTHER = Issuer(name="Somebody")
SPOILT: list[tuple[str, Callable[[dict[Any, Any]], Any]]] = [
    (
        "circuit",
        lambda data: data.update(zkSystemId="137e5a75ce72735a37c8a72da1a8a0a5df8d13365c2ae3d2c2bd6a0e7197c7c6"),
    ),
    ("circuit", lambda data: data.update(zkSystemId="")),
    ("structure", lambda data: data.pop("zkSystemId")),
    ("doctype", lambda data: data.update(docType="org.iso.18013.5.1.mDL")),
    ("not_fresh", lambda data: data.update(timestamp=cbor2.CBORTag(0, "2026-11-20T11:54:59Z"))),
    ("not_fresh", lambda data: data.update(timestamp=cbor2.CBORTag(0, "2026-11-20T12:05:01Z"))),
    ("structure", lambda data: data.update(timestamp="2026-11-20T12:00:00Z")),
    ("encoding", lambda data: data.update(timestamp=cbor2.CBORTag(1, 0))),
    ("not_true", lambda data: data.update(issuerSigned={DOCTYPE: [_item("age_over_18", False)]})),
    ("not_true", lambda data: data.update(issuerSigned={DOCTYPE: [_item("age_over_18", 1)]})),
    ("too_much", lambda data: data.update(issuerSigned={DOCTYPE: [_item("age_over_21", True)]})),
    ("too_much", lambda data: data.update(issuerSigned={DOCTYPE: [_item("family_name", True)]})),
    (
        "too_much",
        lambda data: data.update(issuerSigned={DOCTYPE: [_item("age_over_18", True), _item("age_over_16", True)]}),
    ),
    ("too_much", lambda data: data.update(issuerSigned={"org.iso.18013.5.1": [_item("age_over_18", True)]})),
    ("too_much", lambda data: data["issuerSigned"].update({"org.iso.18013.5.1": []})),
    ("nothing", lambda data: data.update(issuerSigned={DOCTYPE: []})),
    ("nothing", lambda data: data.update(issuerSigned={})),
    ("structure", lambda data: data.pop("issuerSigned")),
    ("too_much", lambda data: data.update(deviceSigned={DOCTYPE: [_item("age_over_18", True)]})),
    ("structure", lambda data: data.pop("msoX5chain")),
    ("structure", lambda data: data.update(msoX5chain=[])),
    ("signer", lambda data: data.update(msoX5chain=b"no certificate")),
    ("issuer", lambda data: data.update(msoX5chain=OTHER.signer.public_bytes(Encoding.DER))),
    ("signer", lambda data: data.update(msoX5chain=ISSUER.anchor)),
]


@pytest.mark.parametrize(("reason", "change"), SPOILT)
def test_what_was_not_asked_for_is_refused(reason: str, change: Callable[[dict[Any, Any]], Any]) -> None:
    assert refusal(ISSUER.zk_answer(PROOF, made_at=NOW, change=change)) == reason


@pytest.mark.parametrize(
    ("reason", "change"),
    [
        ("version", {"version": "2.0"}),
        ("status", {"status": 10}),
        ("documents", {"zkDocuments": []}),
        ("structure", {"zkDocuments": [{"proof": "text", "documentData": wallet.embedded(cbor2.dumps({}))}]}),
        ("structure", {"zkDocuments": [{"proof": PROOF, "documentData": cbor2.dumps({})}]}),
        ("too_much", {"documents": []}),
    ],
)
def test_an_answer_of_another_shape_is_refused(reason: str, change: dict[str, Any]) -> None:
    answer = cbor2.loads(ISSUER.zk_answer(PROOF, made_at=NOW)) | change

    assert refusal(cbor2.dumps(answer)) == reason


def test_two_proofs_and_a_document_in_the_clear_are_refused() -> None:
    answer = cbor2.loads(ISSUER.zk_answer(PROOF, made_at=NOW))
    twice = answer | {"zkDocuments": answer["zkDocuments"] * 2}
    plain = ISSUER.issue({18: True}).show("age_over_18", transcript=cbor2.dumps([None, None, ["x", b"x"]]))

    assert [refusal(cbor2.dumps(twice)), refusal(plain)] == ["documents", "too_much"]


def test_a_signer_counts_in_its_time_only() -> None:
    late = NOW + timedelta(days=301)

    assert refusal(ISSUER.zk_answer(PROOF, made_at=late), at=late) == "signer_time"


def test_an_answer_holds_a_megabyte_at_most() -> None:
    assert refusal(ISSUER.zk_answer(b"x" * mdoc.MOST_ZK_BYTES, made_at=NOW)) == "too_large"
    assert claimed(ISSUER.zk_answer(b"x" * 900_000, made_at=NOW)).element == "age_over_18"


def test_the_request_names_the_circuit_and_takes_nothing_in_the_clear() -> None:
    request = cbor2.loads(mdoc.zk_device_request(doctype=DOCTYPE, namespace=DOCTYPE, element="age_over_18"))

    assert request["version"] == "1.1"
    assert cbor2.loads(request["docRequests"][0]["itemsRequest"].value) == {
        "docType": DOCTYPE,
        "nameSpaces": {DOCTYPE: {"age_over_18": False}},
        "requestInfo": {
            "zkRequest": {
                "systemSpecs": [
                    {
                        "zkSystemId": "8d079211715200ff06c5109639245502bfe94aa869908d31176aae4016182121",
                        "system": "longfellow-libzk-v1",
                        "params": {
                            "circuit_hash": "8d079211715200ff06c5109639245502bfe94aa869908d31176aae4016182121",
                            "num_attributes": 1,
                            "version": 7,
                            "block_enc_hash": 4151,
                            "block_enc_sig": 4096,
                        },
                    }
                ],
                "zkRequired": True,
            }
        },
    }
