"""A blind token as it travels: `key.holder.signature.proof`, each in base64url.

The signed message is a public key that the holder drew for this one token. At a site the holder signs the site's origin and its
challenge with it, so a site that was shown a token cannot spend it elsewhere in the holder's name.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, utils

LONGEST = 1000
_PREFIX = b"leeward blind age token 1"
_KID_LETTERS, _POINT_BYTES, _PROOF_BYTES = 43, 65, 64


class Unreadable(Exception):
    """This is no blind token: ask for a new one."""


@dataclass(frozen=True, slots=True)
class Token:
    """A token that was taken apart and not yet believed."""

    kid: str
    holder: bytes
    signature: bytes
    proof: bytes

    @property
    def message(self) -> bytes:
        """What was signed blindly."""
        return message_of(self.holder)

    def is_held(self, *, origin: str, challenge: str) -> bool:
        """True where whoever drew the token meant it for this site and this challenge (ECDSA, P-256, SHA-256)."""
        half = _PROOF_BYTES // 2
        signature = utils.encode_dss_signature(int.from_bytes(self.proof[:half]), int.from_bytes(self.proof[half:]))
        try:
            key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), self.holder)
            key.verify(signature, meant_for(origin, challenge), ec.ECDSA(hashes.SHA256()))
        except (ValueError, InvalidSignature):
            return False
        return True


def message_of(holder: bytes) -> bytes:
    """Return the message of a token whose one-time key is `holder`, an uncompressed point of P-256."""
    return _PREFIX + holder


def meant_for(origin: str, challenge: str) -> bytes:
    """Return what the holder signs to show a token to a site."""
    return _PREFIX + b"\n" + origin.encode() + b"\n" + challenge.encode()


def read(text: str) -> Token:
    """Take a token apart; raises `Unreadable`."""
    parts = text.split(".") if len(text) <= LONGEST else []
    if len(parts) != 4 or len(parts[0]) != _KID_LETTERS:
        raise Unreadable
    holder, signature, proof = (decoded(part) for part in parts[1:])
    if len(holder) != _POINT_BYTES or len(proof) != _PROOF_BYTES:
        raise Unreadable
    return Token(parts[0], holder, signature, proof)


def decoded(text: str) -> bytes:
    """Return the bytes of base64url without padding, written in the one right way; raises `Unreadable`."""
    try:
        found = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise Unreadable from None
    if encoded(found) != text:
        raise Unreadable
    return found


def encoded(octets: bytes) -> str:
    """Return bytes as base64url without padding."""
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()
