"""Ask a wallet through the browser (`org-iso-mdoc`), and open its sealed answer. Source: ISO/IEC TS 18013-7, annex C."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from leeward.engines.mdoc import _cbor
from leeward.engines.mdoc._refused import Reason, Refused

_SUITE = Suite(KEM.P256, KDF.HKDF_SHA256, AEAD.AES_128_GCM)
_KIND = "dcapi"
_POINT_BYTES = 65  # An uncompressed point of P-256, which is what the sender's part of the seal is.


def device_request(*, doctype: str, namespace: str, elements: Iterable[str]) -> bytes:
    """Return the request for `elements` of one document, none of which is to be kept."""
    asked = {"docType": doctype, "nameSpaces": {namespace: dict.fromkeys(elements, False)}}
    return request("1.0", asked)


def request(version: str, asked: dict[str, Any]) -> bytes:
    """Return the request for one document, in a version of ISO/IEC 18013-5's wire format."""
    items = _cbor.embed(_cbor.write(asked))
    # {"version": version, "docRequests": [{"itemsRequest": items}]}, where the items are encoded already.
    return (
        b"\xa2" + _cbor.write("version") + _cbor.write(version)
        + _cbor.write("docRequests") + b"\x81\xa1" + _cbor.write("itemsRequest") + items
    )  # fmt: skip


def encryption_info(*, nonce: bytes, key: ec.EllipticCurvePublicKey) -> bytes:
    """Return what a wallet needs to seal its answer: a nonce of 16 octets or more, and the key of this one request, on P-256."""
    numbers = key.public_numbers()
    recipient = {1: 2, -1: 1, -2: numbers.x.to_bytes(32), -3: numbers.y.to_bytes(32)}
    return _cbor.write([_KIND, {"nonce": nonce, "recipientPublicKey": recipient}])


def open_sealed(
    sealed: bytes, *, key: ec.EllipticCurvePrivateKey, transcript: bytes, most_bytes: int = _cbor.MOST_BYTES
) -> bytes:
    """Return the answer inside `sealed`, which only the key and the transcript of its request open. Raises `Refused`."""
    parts = _cbor.array(_cbor.read(sealed, most_bytes=most_bytes))
    if len(parts) != 2 or parts[0] != _KIND:
        raise Refused(Reason.STRUCTURE)
    fields = _cbor.mapping(parts[1])
    sender, ciphertext = _cbor.octets(fields.get("enc")), _cbor.octets(fields.get("cipherText"))
    if len(sender) != _POINT_BYTES:
        raise Refused(Reason.SEAL)
    try:
        return _SUITE.decrypt(sender + ciphertext, key, info=transcript)
    except (InvalidTag, ValueError):
        raise Refused(Reason.SEAL) from None
