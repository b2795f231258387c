"""What standards print as examples verifies to the last octet, at the time at which it held."""

from __future__ import annotations

import base64
import datetime as dt
import json

import cbor2
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from leeward.engines import mdoc
from leeward.engines.mdoc import _cbor
from leeward.engines.mdoc.tests.published import Pinned, needs_examples, octets

EU = "eu.europa.ec.av.1"
ELEMENTS = {"family_name", "issue_date", "expiry_date", "document_number", "portrait", "driving_privileges"}
# ISO/IEC 18013-5, annex D.3: the reader's key of the example session.
READER = ec.derive_private_key(0xDE3B4B9E5F72DD9B58406AE3091434DA48A6F9FD010D88FCB0958E2CEBEC947C, ec.SECP256R1())
# RFC 7638 thumbprint of the key in OpenID4VP 1.0, appendix B.2.6.
THUMBPRINT = bytes.fromhex("4283ec927ae0f208daaa2d026a814f2b22dca52cf85ffa8f3f8626c6bd669047")
NONCE = "exc7gBkxjx1rdc9udRrveKvSsJIq80avlXeLHhGwqtA"


def licence(*, reader: ec.EllipticCurvePrivateKey | None, response: bytes | None = None) -> mdoc.Shown:
    transcript = _cbor.embedded(_cbor.read(octets("iso18013_5_annexD_5_1_session_transcript.hex")))
    return mdoc.verify(
        response or octets("iso18013_5_annexD_4_1_2_device_response.hex"),
        transcript=bytes(transcript),
        doctype="org.iso.18013.5.1.mDL",
        namespace="org.iso.18013.5.1",
        asked=ELEMENTS,
        trusted=Pinned(),
        at=dt.datetime(2021, 1, 1, tzinfo=dt.UTC),
        reader_key=reader,
    )


def proof(response: bytes, *, trusted: mdoc.Trust, at: dt.datetime, transcript: bytes = b"\xf6") -> mdoc.Shown:
    return mdoc.verify(
        response, transcript=transcript, doctype=EU, namespace=EU, asked={"age_over_18"}, trusted=trusted, at=at
    )


@needs_examples
def test_the_driving_licence_of_iso_18013_5_verifies_with_its_six_digests_and_the_mac_of_its_device() -> None:
    shown = licence(reader=READER)

    assert set(shown.elements) == ELEMENTS
    assert shown.elements["document_number"] == "123456789"
    assert shown.valid_until == dt.datetime(2021, 10, 1, 13, 30, 2, tzinfo=dt.UTC)


@needs_examples
@pytest.mark.parametrize("reader", [None, ec.generate_private_key(ec.SECP256R1())], ids=["without", "with another"])
def test_its_mac_is_refused_without_the_key_of_the_reader(reader: ec.EllipticCurvePrivateKey | None) -> None:
    with pytest.raises(mdoc.Refused, match=mdoc.Reason.DEVICE_PROOF):
        licence(reader=reader)


@needs_examples
def test_its_mac_is_refused_where_one_bit_of_it_differs() -> None:
    # As it stands in a library's tests: everything but the tag is the published example.
    response = octets("iso18013_5_annexD_4_1_2_device_response.hex")
    tag = bytes.fromhex("e99521a85ad7891b806a07f8b5388a332d92c189a7bf293ee1f543405ae6824d")
    assert tag in response

    with pytest.raises(mdoc.Refused, match=mdoc.Reason.DEVICE_PROOF):
        licence(reader=READER, response=response.replace(tag, tag[:-1] + bytes([tag[-1] ^ 1])))


@needs_examples
def test_a_constructed_proof_of_age_verifies_from_its_root_down_to_the_signature_of_its_device() -> None:
    example = json.loads(octets("longfellow_av-over-18_presentation.json"))
    root = x509.load_pem_x509_certificate(octets("iaca-longfellow-vectors-2026-2036.pem"))
    response, transcript = bytes.fromhex(example["mdoc"]), bytes.fromhex(example["transcript"])
    at = dt.datetime(2026, 11, 1, tzinfo=dt.UTC)
    any_use = mdoc.Trust([root.public_bytes(Encoding.DER)], usages=frozenset())

    shown = proof(response, trusted=any_use, at=at, transcript=transcript)

    assert shown.elements == {"age_over_18": True}
    # Its signer's certificate names no use, which is refused unless the operator asks for none.
    with pytest.raises(mdoc.Refused, match=mdoc.Reason.SIGNER):
        proof(response, trusted=mdoc.Trust([root.public_bytes(Encoding.DER)]), at=at, transcript=transcript)


@needs_examples
def test_the_eu_issuers_example_holds_up_to_its_device_whose_request_was_never_published() -> None:
    response = octets("eu_av_annexA_device_response.cbor")

    with pytest.raises(mdoc.Refused, match=mdoc.Reason.DEVICE_PROOF):
        proof(response, trusted=Pinned(), at=dt.datetime(2025, 12, 1, tzinfo=dt.UTC))
    with pytest.raises(mdoc.Refused, match=mdoc.Reason.EXPIRED):
        proof(response, trusted=Pinned(), at=dt.datetime(2026, 2, 1, tzinfo=dt.UTC))


@needs_examples
def test_the_eu_issuers_first_example_holds_up_to_its_device_and_has_expired_since() -> None:
    issuer_signed = cbor2.loads(octets("eu_av_annexA_issuer_signed.cbor"))
    device_signed = {
        "nameSpaces": cbor2.CBORTag(24, b"\xa0"),
        "deviceAuth": {"deviceSignature": [b"\xa1\x01\x26", {}, None, bytes(64)]},
    }
    document = {"docType": EU, "issuerSigned": issuer_signed, "deviceSigned": device_signed}
    response = cbor2.dumps({"version": "1.0", "documents": [document], "status": 0})

    with pytest.raises(mdoc.Refused, match=mdoc.Reason.DEVICE_PROOF):
        proof(response, trusted=Pinned(), at=dt.datetime(2025, 7, 1, tzinfo=dt.UTC))
    with pytest.raises(mdoc.Refused, match=mdoc.Reason.EXPIRED):
        proof(response, trusted=Pinned(), at=dt.datetime(2026, 7, 1, tzinfo=dt.UTC))


def test_the_transcript_of_a_request_by_link_is_that_of_openid4vp() -> None:
    transcript = mdoc.transcript_openid4vp(
        client_id="x509_san_dns:example.com",
        nonce=NONCE,
        response_uri="https://example.com/response",
        thumbprint=THUMBPRINT,
    )

    assert transcript.hex() == (
        "83f6f682714f70656e494434565048616e646f7665725820048bc053c00442af9b8eed494cefdd9d95240d254b046b11b68013722aad38ac"
    )


def test_the_transcript_of_a_request_through_the_browser_is_that_of_openid4vp() -> None:
    transcript = mdoc.transcript_dc_api(origin="https://example.com", nonce=NONCE, thumbprint=THUMBPRINT)

    assert transcript.hex() == (
        "83f6f682764f70656e4944345650444341504948616e646f7665725820fbece366f4212f9762c74cfdbf83b8c69e371d5d68cea09cb4c48ca6daab761a"
    )


@needs_examples
def test_our_request_through_the_browser_is_the_eus_octet_for_octet() -> None:
    def published(name: str) -> bytes:
        text = octets(name).decode().strip()
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))

    request, info = published("eu_av_annexA_device_request.b64u"), published("eu_av_annexA_encryption_info.b64u")
    fields = cbor2.loads(info)[1]
    key = ec.EllipticCurvePublicNumbers(
        int.from_bytes(fields["recipientPublicKey"][-2]),
        int.from_bytes(fields["recipientPublicKey"][-3]),
        ec.SECP256R1(),
    ).public_key()

    assert mdoc.device_request(doctype=EU, namespace=EU, elements=["age_over_18"]) == request
    assert mdoc.encryption_info(nonce=fields["nonce"], key=key) == info
