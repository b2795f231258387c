"""A small issuer and a small wallet, for tests and benchmarks: made-up people, keys made anew for each."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import cbor2
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite
from cryptography.hazmat.primitives.serialization import Encoding

from leeward.engines import mdoc

DOCTYPE = "eu.europa.ec.av.1"
NOW = dt.datetime(2026, 11, 20, 12, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)
MDL_DS = "1.0.18013.5.1.2"

Change = Callable[[dict[Any, Any]], None]


def _as_is(_fields: dict[Any, Any]) -> None:
    return


def sign(key: ec.EllipticCurvePrivateKey, payload: bytes) -> bytes:
    """Return the ES256 signature of a COSE_Sign1 with this payload."""
    to_sign = cbor2.dumps(["Signature1", b"\xa1\x01\x26", b"", payload])
    r, s = utils.decode_dss_signature(key.sign(to_sign, ec.ECDSA(hashes.SHA256())))
    return r.to_bytes(32) + s.to_bytes(32)


def embedded(content: bytes) -> cbor2.CBORTag:
    return cbor2.CBORTag(24, content)


def cose_key(key: ec.EllipticCurvePublicKey) -> dict[int, Any]:
    numbers = key.public_numbers()
    return {1: 2, -1: 1, -2: numbers.x.to_bytes(32), -3: numbers.y.to_bytes(32)}


def certificate(
    subject: str,
    key: ec.EllipticCurvePublicKey,
    *,
    issuer: str,
    issuer_key: ec.EllipticCurvePrivateKey,
    is_issuer: bool,
    usage: str | None = None,
    not_before: dt.datetime,
    not_after: dt.datetime,
) -> x509.Certificate:
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name.from_rfc4514_string(f"CN={subject}"))
        .issuer_name(x509.Name.from_rfc4514_string(f"CN={issuer}"))
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(not_before)
        .not_valid_after(not_after)
        .add_extension(x509.BasicConstraints(ca=is_issuer, path_length=0 if is_issuer else None), critical=True)
        .add_extension(
            x509.KeyUsage(
                digital_signature=not is_issuer,
                key_cert_sign=is_issuer,
                crl_sign=is_issuer,
                content_commitment=False,
                key_encipherment=False,
                data_encipherment=False,
                key_agreement=False,
                encipher_only=False,
                decipher_only=False,
            ),
            critical=True,
        )
    )
    if usage is not None:
        builder = builder.add_extension(x509.ExtendedKeyUsage([x509.ObjectIdentifier(usage)]), critical=True)
    return builder.sign(issuer_key, hashes.SHA256())


@dataclass
class Issuer:
    """Somebody who attests ages: a root, and a signer whose certificate the root signed."""

    name: str = "Ages of Examplia"
    usage: str | None = MDL_DS
    now: dt.datetime = NOW
    not_before: dt.datetime | None = None
    not_after: dt.datetime | None = None
    root_key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    def __post_init__(self) -> None:
        self.root = certificate(
            self.name,
            self.root_key.public_key(),
            issuer=self.name,
            issuer_key=self.root_key,
            is_issuer=True,
            not_before=self.now - 100 * DAY,
            not_after=self.now + 300 * DAY,
        )
        self.signer = certificate(
            f"{self.name} 1",
            self.key.public_key(),
            issuer=self.name,
            issuer_key=self.root_key,
            is_issuer=False,
            usage=self.usage,
            not_before=self.not_before or self.now - 100 * DAY,
            not_after=self.not_after or self.now + 300 * DAY,
        )

    @property
    def anchor(self) -> bytes:
        return self.root.public_bytes(Encoding.DER)

    def issue(
        self,
        ages: Mapping[int, bool],
        *,
        others: Mapping[str, Any] | None = None,
        at: dt.datetime | None = None,
        until: dt.datetime | None = None,
        change: Change = _as_is,
    ) -> Wallet:
        """Return a wallet that holds one attestation. `change` may spoil what is signed."""
        at, until = at or self.now - DAY, until or self.now + 60 * DAY
        elements = {f"age_over_{age:02d}": is_over for age, is_over in ages.items()} | dict(others or {})
        items = {
            name: cbor2.dumps(
                {
                    "digestID": number,
                    "random": hashlib.sha256(name.encode()).digest(),
                    "elementIdentifier": name,
                    "elementValue": value,
                }
            )
            for number, (name, value) in enumerate(elements.items())
        }
        device = ec.generate_private_key(ec.SECP256R1())
        signed: dict[Any, Any] = {
            "version": "1.0",
            "digestAlgorithm": "SHA-256",
            "docType": DOCTYPE,
            "valueDigests": {
                DOCTYPE: {
                    number: hashlib.sha256(cbor2.dumps(embedded(item))).digest()
                    for number, item in enumerate(items.values())
                }
            },
            "deviceKeyInfo": {"deviceKey": cose_key(device.public_key())},
            "validityInfo": {
                "signed": cbor2.CBORTag(0, f"{at:%Y-%m-%dT%H:%M:%SZ}"),
                "validFrom": cbor2.CBORTag(0, f"{at:%Y-%m-%dT%H:%M:%SZ}"),
                "validUntil": cbor2.CBORTag(0, f"{until:%Y-%m-%dT%H:%M:%SZ}"),
            },
        }
        change(signed)
        payload = cbor2.dumps(embedded(cbor2.dumps(signed)))
        chain = self.signer.public_bytes(Encoding.DER)
        auth = [b"\xa1\x01\x26", {33: chain}, payload, sign(self.key, payload)]
        return Wallet(items=items, auth=auth, device=device)

    def zk_answer(
        self, proof: bytes, *, made_at: dt.datetime, name: str = "age_over_18", change: Change = _as_is
    ) -> bytes:
        """Return the answer that carries a zero-knowledge proof in place of a document. `change` may spoil what stands beside it."""
        data: dict[Any, Any] = {
            "zkSystemId": mdoc.CIRCUIT.digest,
            "docType": DOCTYPE,
            "timestamp": cbor2.CBORTag(0, f"{made_at:%Y-%m-%dT%H:%M:%SZ}"),
            "issuerSigned": {DOCTYPE: [{"elementIdentifier": name, "elementValue": True}]},
            "deviceSigned": {},
            "msoX5chain": self.signer.public_bytes(Encoding.DER),
        }
        change(data)
        document = {"proof": proof, "documentData": embedded(cbor2.dumps(data))}
        return cbor2.dumps({"version": "1.1", "zkDocuments": [document], "status": 0})


@dataclass
class Wallet:
    """A device with one attestation."""

    items: dict[str, bytes]
    auth: list[Any]
    device: ec.EllipticCurvePrivateKey

    def show(self, *names: str, transcript: bytes, change: Change = _as_is) -> bytes:
        """Return the answer that shows these elements for the request of `transcript`. `change` may spoil it."""
        claims = embedded(cbor2.dumps({}))
        to_sign = ["DeviceAuthentication", cbor2.loads(transcript), DOCTYPE, claims]
        payload = cbor2.dumps(embedded(cbor2.dumps(to_sign)))
        answer: dict[Any, Any] = {
            "version": "1.0",
            "documents": [
                {
                    "docType": DOCTYPE,
                    "issuerSigned": {
                        "nameSpaces": {DOCTYPE: [embedded(self.items[name]) for name in names]},
                        "issuerAuth": list(self.auth),
                    },
                    "deviceSigned": {
                        "nameSpaces": claims,
                        "deviceAuth": {"deviceSignature": [b"\xa1\x01\x26", {}, None, sign(self.device, payload)]},
                    },
                }
            ],
            "status": 0,
        }
        change(answer)
        return cbor2.dumps(answer)


def seal(answer: bytes, *, encryption_info: bytes, transcript: bytes) -> bytes:
    """Seal an answer as a wallet does that was asked through the browser."""
    recipient = cbor2.loads(encryption_info)[1]["recipientPublicKey"]
    key = ec.EllipticCurvePublicNumbers(
        int.from_bytes(recipient[-2]), int.from_bytes(recipient[-3]), ec.SECP256R1()
    ).public_key()
    sealed = Suite(KEM.P256, KDF.HKDF_SHA256, AEAD.AES_128_GCM).encrypt(answer, key, info=transcript)
    return cbor2.dumps(["dcapi", {"enc": sealed[:65], "cipherText": sealed[65:]}])
