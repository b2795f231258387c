"""The three lines of COSE (RFC 9052) that mobile documents use: ES256 signatures, and a MAC over keys that two sides agree on."""

from __future__ import annotations

import hashlib
import hmac
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from leeward.engines.mdoc import _cbor
from leeward.engines.mdoc._refused import Reason, Refused

# The protected headers that are taken, octet by octet: the algorithm and nothing else. What is not read cannot be misread.
ES256 = bytes.fromhex("a10126")
HMAC_256 = bytes.fromhex("a10105")

_HALF_BYTES = 32
_ES256 = ec.ECDSA(hashes.SHA256())


def parts(value: Any, *, protected: bytes) -> tuple[dict[Any, Any], Any, bytes]:
    """Return the unprotected header, the payload and the signature or tag. Raises `Refused`."""
    items = _cbor.array(value)
    if len(items) != 4:
        raise Refused(Reason.STRUCTURE)
    if _cbor.octets(items[0]) != protected:
        raise Refused(Reason.ALGORITHM)
    return _cbor.mapping(items[1]), items[2], _cbor.octets(items[3])


def certificate(chain: Any) -> bytes:
    """Return the one certificate in an x5chain (RFC 9360). Raises `Refused` for more: trusted issuers sign for their signers directly."""
    if type(chain) is list and len(chain) == 1:
        chain = chain[0]
    return _cbor.octets(chain)


def is_signed(key: ec.EllipticCurvePublicKey, *, payload: bytes, signature: bytes) -> bool:
    """Say whether `signature` (r and s, 32 octets each) is that of `key` under `payload`, by ES256."""
    if len(signature) != 2 * _HALF_BYTES:
        return False
    r = int.from_bytes(signature[:_HALF_BYTES])
    s = int.from_bytes(signature[_HALF_BYTES:])
    try:
        key.verify(utils.encode_dss_signature(r, s), _to_sign(b"\x6aSignature1", ES256, payload), _ES256)
    except InvalidSignature:
        return False
    return True


def is_tagged(secret: bytes, *, payload: bytes, tag: bytes) -> bool:
    """Say whether `tag` is the HMAC 256/256 of `payload` under `secret`."""
    wanted = hmac.digest(secret, _to_sign(b"\x64MAC0", HMAC_256, payload), hashlib.sha256)
    return hmac.compare_digest(wanted, tag)


def mac_key(reader: ec.EllipticCurvePrivateKey, device: ec.EllipticCurvePublicKey, *, transcript: bytes) -> bytes:
    """Return the key that reader and device agree on for one session: ISO/IEC 18013-5, 9.1.3.5."""
    salt = hashlib.sha256(_cbor.embed(transcript)).digest()
    derive = HKDF(algorithm=hashes.SHA256(), length=32, salt=salt, info=b"EMacKey")
    return derive.derive(reader.exchange(ec.ECDH(), device))


def public_key(value: Any) -> ec.EllipticCurvePublicKey:
    """Return the key of a COSE_Key, which must be one on the curve P-256. Raises `Refused`."""
    fields = _cbor.mapping(value)
    if fields.get(1) != 2 or fields.get(-1) != 1:
        raise Refused(Reason.DEVICE_KEY)
    x, y = fields.get(-2), fields.get(-3)
    if type(x) is not bytes or type(y) is not bytes or len(x) != _HALF_BYTES or len(y) != _HALF_BYTES:
        raise Refused(Reason.DEVICE_KEY)
    try:
        return ec.EllipticCurvePublicNumbers(int.from_bytes(x), int.from_bytes(y), ec.SECP256R1()).public_key()
    except ValueError:
        raise Refused(Reason.DEVICE_KEY) from None


def _to_sign(context: bytes, protected: bytes, payload: bytes) -> bytes:
    # An array of four: the context, the protected header, no further data, the payload.
    return b"\x84" + context + _cbor.write(protected) + b"\x40" + _cbor.write(payload)
