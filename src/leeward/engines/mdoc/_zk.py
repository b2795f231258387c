"""Ask for a zero-knowledge proof over a mobile document, and read what an answer claims. Whether the proof holds is checked elsewhere.

Sources: the draft of the second edition of ISO/IEC 18013-5, 10.2.7 and 10.3.4, as «Longfellow ZK System spec parameters» of
google/longfellow-zk and Multipaz write it.
"""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from leeward.engines.mdoc import _cbor, _cose, _requests
from leeward.engines.mdoc._refused import Reason, Refused
from leeward.engines.mdoc._trust import Trust

ZK_SYSTEM = "longfellow-libzk-v1"
# Google's prover makes proofs of 360,000 octets, ISRG's of 831,000; a certificate and a few words stand beside them.
MOST_ZK_BYTES = 1024 * 1024
# A wallet proves for the moment that its own clock says, and ours may differ by minutes.
FRESH = timedelta(seconds=300)
# The draft's number. A wallet of the time before it said 1.0.
_VERSIONS = frozenset({"1.0", "1.1"})


@dataclass(frozen=True)
class Circuit:
    """A published circuit: the statement that a proof proves. `digest` names it, in hexadecimal digits."""

    version: int
    attributes: int
    block_enc_hash: int
    block_enc_sig: int
    digest: str

    @property
    def parameters(self) -> dict[str, str | int]:
        """What a wallet needs to know to find it."""
        return {
            "circuit_hash": self.digest,
            "num_attributes": self.attributes,
            "version": self.version,
            "block_enc_hash": self.block_enc_hash,
            "block_enc_sig": self.block_enc_sig,
        }

    @property
    def names(self) -> frozenset[str]:
        """The names under which wallets answer: the digest, as we ask, or the name of Multipaz's file, which holds the digest, too."""
        numbers = f"{self.version}_{self.attributes}_{self.block_enc_hash}_{self.block_enc_sig}"
        return frozenset({self.digest, f"{ZK_SYSTEM}_{numbers}_{self.digest}"})


# One attribute, of version 7: 109 bits of security, and the findings of three reviews mended (release notes of 0.8.4 and 0.8.6).
# Version 6, which was in use until January 2026, has 86 and is not taken.
CIRCUIT = Circuit(
    version=7,
    attributes=1,
    block_enc_hash=4151,
    block_enc_sig=4096,
    digest="8d079211715200ff06c5109639245502bfe94aa869908d31176aae4016182121",
)


@dataclass(frozen=True)
class Claim:
    """What a proof claims to prove: that a document of this signer says `element` is true at `made_at`, and its device answers now.

    Nothing of it counts before the proof was checked. `signer` is the key as an uncompressed point of P-256 (65 octets). A proof
    names the kind of document and the element, but not the namespace; the age proof has one namespace only.
    """

    element: str
    signer: bytes
    made_at: datetime
    proof: bytes


def zk_device_request(*, doctype: str, namespace: str, element: str) -> bytes:
    """Return the request for a proof that one element is true, and for nothing in the clear in its place."""
    spec = {"zkSystemId": CIRCUIT.digest, "system": ZK_SYSTEM, "params": CIRCUIT.parameters}
    asked = {
        "docType": doctype,
        "nameSpaces": {namespace: {element: False}},
        "requestInfo": {"zkRequest": {"systemSpecs": [spec], "zkRequired": True}},
    }
    return _requests.request("1.1", asked)


def claim(
    response: bytes, *, doctype: str, namespace: str, asked: AbstractSet[str], trusted: Trust, at: datetime
) -> Claim:
    """Return what the proof in a wallet's answer claims. Raises `Refused` unless everything beside the proof is as it must be.

    The answer holds one proof by our circuit, made just now, that one of the elements `asked` is true in a document of `doctype`;
    the certificate of its signer comes from a trusted issuer.
    """
    proof, data = _document(response)
    if _cbor.text(data.get("docType")) != doctype:
        raise Refused(Reason.DOCTYPE)
    if _cbor.text(data.get("zkSystemId")) not in CIRCUIT.names:
        raise Refused(Reason.CIRCUIT)
    made_at = _cbor.moment(data.get("timestamp"))
    if abs(made_at - at) > FRESH:
        raise Refused(Reason.NOT_FRESH)
    element = _element(data, namespace=namespace, asked=asked)
    signer = trusted.signer(_cose.certificate(data.get("msoX5chain")), at=at)
    point = signer.key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return Claim(element=element, signer=point, made_at=made_at, proof=proof)


def _document(response: bytes) -> tuple[bytes, dict[Any, Any]]:
    answer = _cbor.mapping(_cbor.read(response, most_bytes=MOST_ZK_BYTES))
    if answer.get("version") not in _VERSIONS:
        raise Refused(Reason.VERSION)
    if _cbor.whole(answer.get("status")) != 0:
        raise Refused(Reason.STATUS)
    if "documents" in answer:
        raise Refused(Reason.TOO_MUCH)  # A document in the clear can be linked, and was not asked for.
    documents = _cbor.array(answer.get("zkDocuments"))
    if len(documents) != 1:
        raise Refused(Reason.DOCUMENTS)
    document = _cbor.mapping(documents[0])
    data = _cbor.mapping(_cbor.read(_cbor.embedded(document.get("documentData"))))
    return _cbor.octets(document.get("proof")), data


def _element(data: dict[Any, Any], *, namespace: str, asked: AbstractSet[str]) -> str:
    if _cbor.mapping(data.get("deviceSigned", {})):
        raise Refused(Reason.TOO_MUCH)  # What a device says of itself was never asked for and no issuer signed it.
    spaces = _cbor.mapping(data.get("issuerSigned"))
    if set(spaces) != {namespace}:
        raise Refused(Reason.TOO_MUCH if spaces else Reason.NOTHING)
    items = _cbor.array(spaces[namespace])
    if len(items) != 1:
        raise Refused(Reason.TOO_MUCH if items else Reason.NOTHING)
    fields = _cbor.mapping(items[0])
    element = _cbor.text(fields.get("elementIdentifier"))
    if element not in asked:
        raise Refused(Reason.TOO_MUCH)
    if fields.get("elementValue") is not True:
        raise Refused(Reason.NOT_TRUE)
    return element
