"""Verify what a wallet shows, from the octets received: who issued it, when it holds, what was signed, and for whom it is shown.

Source: ISO/IEC 18013-5:2021, 9.1.2.4 and 9.3.1; annex A of the EU's age verification profile.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec

from leeward.engines.mdoc import _ages, _cbor, _cose
from leeward.engines.mdoc._refused import Reason, Refused
from leeward.engines.mdoc._trust import Signer, Trust

_VERSION = "1.0"
_X5CHAIN = 33  # COSE header label: RFC 9360
_LEAST_RANDOM_BYTES = 16  # ISO/IEC 18013-5, 9.1.2.5


@dataclass(frozen=True)
class Shown:
    """What a wallet showed and an issuer signed.

    `issuer` is the fingerprint of the trusted certificate, `attestation` the SHA-256 of what the issuer signed: the same proof
    shown twice has the same. Neither says who the holder is.
    """

    elements: dict[str, Any]
    issuer: str
    valid_until: datetime
    attestation: str


@dataclass(frozen=True)
class _Signed:
    """What the issuer signed (the mobile security object), as far as it is used."""

    doctype: str
    digests: dict[Any, Any]
    device_key: ec.EllipticCurvePublicKey
    signed_at: datetime
    valid_from: datetime
    valid_until: datetime


def verify(
    response: bytes,
    *,
    transcript: bytes,
    doctype: str,
    namespace: str,
    asked: AbstractSet[str],
    trusted: Trust,
    at: datetime,
    reader_key: ec.EllipticCurvePrivateKey | None = None,
) -> Shown:
    """Return what the wallet shows in answer to one request. Raises `Refused` unless every check holds.

    The answer holds one document of `doctype`, with elements of `namespace` only. Each element was asked for, or is an age statement
    in place of one that was, and there are no more than were asked for. `transcript` is that of the request, as CBOR. `reader_key`
    is the key of the request where a device may answer with a MAC.
    """
    document = _document(response, doctype=doctype)
    issuer_signed = _cbor.mapping(document.get("issuerSigned"))
    header, payload, signature = _cose.parts(issuer_signed.get("issuerAuth"), protected=_cose.ES256)
    payload = _cbor.octets(payload)
    signer = trusted.signer(_cose.certificate(header.get(_X5CHAIN)), at=at)
    if not _cose.is_signed(signer.key, payload=payload, signature=signature):
        raise Refused(Reason.ISSUER_SIGNATURE)
    signed = _signed(payload)
    if signed.doctype != doctype:
        raise Refused(Reason.DOCTYPE)
    _check_times(signed, signer, at=at)
    elements = _elements(issuer_signed, signed, namespace=namespace)
    _check_asked(elements, asked=asked)
    _check_device(document, signed, transcript=transcript, reader_key=reader_key)
    return Shown(
        elements=elements,
        issuer=signer.anchor,
        valid_until=signed.valid_until,
        attestation=hashlib.sha256(payload).hexdigest(),
    )


def _document(response: bytes, *, doctype: str) -> dict[Any, Any]:
    answer = _cbor.mapping(_cbor.read(response))
    if answer.get("version") != _VERSION:
        raise Refused(Reason.VERSION)
    if _cbor.whole(answer.get("status")) != 0:
        raise Refused(Reason.STATUS)
    documents = _cbor.array(answer.get("documents"))
    if len(documents) != 1:
        raise Refused(Reason.DOCUMENTS)
    document = _cbor.mapping(documents[0])
    if _cbor.text(document.get("docType")) != doctype:
        raise Refused(Reason.DOCTYPE)
    return document


def _signed(payload: bytes) -> _Signed:
    fields = _cbor.mapping(_cbor.read(_cbor.embedded(_cbor.read(payload))))
    if fields.get("version") != _VERSION:
        raise Refused(Reason.VERSION)
    if fields.get("digestAlgorithm") != "SHA-256":
        raise Refused(Reason.ALGORITHM)
    validity = _cbor.mapping(fields.get("validityInfo"))
    return _Signed(
        doctype=_cbor.text(fields.get("docType")),
        digests=_cbor.mapping(fields.get("valueDigests")),
        device_key=_cose.public_key(_cbor.mapping(fields.get("deviceKeyInfo")).get("deviceKey")),
        signed_at=_cbor.moment(validity.get("signed")),
        valid_from=_cbor.moment(validity.get("validFrom")),
        valid_until=_cbor.moment(validity.get("validUntil")),
    )


def _check_times(signed: _Signed, signer: Signer, *, at: datetime) -> None:
    if not signer.not_before <= signed.signed_at <= signer.not_after:
        raise Refused(Reason.SIGNER_TIME)
    if max(signed.valid_from, signed.signed_at) > at:
        raise Refused(Reason.NOT_YET)
    if signed.valid_until < at:
        raise Refused(Reason.EXPIRED)


def _elements(issuer_signed: dict[Any, Any], signed: _Signed, *, namespace: str) -> dict[str, Any]:
    """Return the elements shown, each of which is in the namespace asked for and has a digest that the issuer signed."""
    spaces = _cbor.mapping(issuer_signed.get("nameSpaces"))
    if not spaces:
        raise Refused(Reason.NOTHING)
    if any(space not in signed.digests for space in spaces):
        raise Refused(Reason.UNSIGNED)
    if set(spaces) != {namespace}:
        raise Refused(Reason.TOO_MUCH)
    digests = _cbor.mapping(signed.digests[namespace])
    elements: dict[str, Any] = {}
    used: set[int] = set()
    for item in _cbor.array(spaces[namespace]):
        number, name, value = _element(_cbor.embedded(item), digests)
        if number in used or name in elements:
            raise Refused(Reason.STRUCTURE)
        used.add(number)
        elements[name] = value
    return elements


def _element(item: _cbor.Embedded, digests: dict[Any, Any]) -> tuple[int, str, Any]:
    fields = _cbor.mapping(_cbor.read(item))
    number = _cbor.whole(fields.get("digestID"))
    if number not in digests:
        raise Refused(Reason.UNSIGNED)
    digest = hashlib.sha256(_cbor.embed(item)).digest()
    if not hmac.compare_digest(digest, _cbor.octets(digests[number])):
        raise Refused(Reason.DIGEST)
    if len(_cbor.octets(fields.get("random"))) < _LEAST_RANDOM_BYTES or "elementValue" not in fields:
        raise Refused(Reason.STRUCTURE)
    return number, _cbor.text(fields.get("elementIdentifier")), fields["elementValue"]


def _check_asked(elements: dict[str, Any], *, asked: AbstractSet[str]) -> None:
    if not elements:
        raise Refused(Reason.NOTHING)
    asks_ages = any(_ages.age_of(name) is not None for name in asked)
    for name in elements:
        if name not in asked and not (asks_ages and _ages.age_of(name) is not None):
            raise Refused(Reason.TOO_MUCH)
    if len(elements) > len(asked):
        raise Refused(Reason.TOO_MUCH)


def _check_device(
    document: dict[Any, Any],
    signed: _Signed,
    *,
    transcript: bytes,
    reader_key: ec.EllipticCurvePrivateKey | None,
) -> None:
    """Check that the device which the issuer named answers this request. Raises `Refused`."""
    device_signed = _cbor.mapping(document.get("deviceSigned"))
    claims = _cbor.embedded(device_signed.get("nameSpaces"))
    if _cbor.mapping(_cbor.read(claims)):
        raise Refused(Reason.TOO_MUCH)  # What a device says of itself was never asked for and no issuer signed it.
    proofs = _cbor.mapping(device_signed.get("deviceAuth"))
    payload = _device_payload(signed.doctype, transcript=transcript, claims=claims)
    if set(proofs) == {"deviceSignature"}:
        _, detached, signature = _cose.parts(proofs["deviceSignature"], protected=_cose.ES256)
        holds = _cose.is_signed(signed.device_key, payload=payload, signature=signature)
    elif set(proofs) == {"deviceMac"} and reader_key is not None:
        _, detached, tag = _cose.parts(proofs["deviceMac"], protected=_cose.HMAC_256)
        secret = _cose.mac_key(reader_key, signed.device_key, transcript=transcript)
        holds = _cose.is_tagged(secret, payload=payload, tag=tag)
    else:
        raise Refused(Reason.DEVICE_PROOF)
    if detached is not None:
        raise Refused(Reason.STRUCTURE)
    if not holds:
        raise Refused(Reason.DEVICE_PROOF)


def _device_payload(doctype: str, *, transcript: bytes, claims: bytes) -> bytes:
    # An array of four, the second of which is encoded already: the transcript's octets are taken as they are.
    authentication = (
        b"\x84" + _cbor.write("DeviceAuthentication") + transcript + _cbor.write(doctype) + _cbor.embed(claims)
    )
    return _cbor.embed(authentication)
