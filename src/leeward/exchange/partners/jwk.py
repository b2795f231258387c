"""Public keys as partners hand them over: one JWK, or a JWK set. Only Ed25519. Sources: RFC 7517, RFC 7638, RFC 8037."""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from leeward.core import signing

KEY_BYTES = 32  # RFC 8032, 5.1.5
_KID_MAX = 100
_GROUP = 4
# Enough of the thumbprint to compare by telephone: 96 bits in six groups of four digits are no feat to read aloud.
_GROUPS = 6


class NotAKey(Exception):
    """This is no public Ed25519 key in the form of a JWK; the text says what is wrong and never shows the key."""


@dataclass(frozen=True)
class Key:
    """A public key: its name `kid`, which is its RFC 7638 thumbprint where nobody gave it another, and `x` in base64url."""

    kid: str
    x: str
    thumbprint: str


def parse(jwk: Mapping[str, object]) -> Key:
    """Read one JWK. Raises `NotAKey`, also for a private key, which no partner may hand over."""
    if jwk.get("kty") != "OKP" or jwk.get("crv") != "Ed25519":
        raise NotAKey("«kty» must be OKP and «crv» must be Ed25519; ask the partner for such a key")
    if "d" in jwk:
        raise NotAKey("this is the private key; ask the partner to make a new one and to send only the public half")
    x = jwk.get("x")
    if not isinstance(x, str) or len(octets(x)) != KEY_BYTES:
        raise NotAKey("«x» must be 32 bytes in base64url; copy the key again")
    x = base64.urlsafe_b64encode(octets(x)).rstrip(b"=").decode()
    own = thumbprint(x)
    kid = jwk.get("kid", own)
    if not isinstance(kid, str) or not 0 < len(kid) <= _KID_MAX or not kid.isprintable():
        raise NotAKey(f"«kid» must be a text of at most {_KID_MAX} characters; leave it out if the key has no name")
    return Key(kid=kid, x=x, thumbprint=own)


def parse_all(known: object) -> list[dict[str, object]]:
    """Return the JWKs of what was pasted, one key or a set, each of them readable. Raises `NotAKey`."""
    if not isinstance(known, dict):
        raise NotAKey("this is no JWK and no JWK set; copy it with its curly brackets")
    found = known.get("keys", [known])
    if not isinstance(found, list) or not found or not all(isinstance(one, dict) for one in found):
        raise NotAKey("«keys» must be a list of keys; copy the whole set")
    for one in found:
        parse(one)
    return found


def octets(x: str) -> bytes:
    """Return the bytes of base64url without padding; none where it is something else."""
    try:
        return base64.b64decode(x + "=" * (-len(x) % 4), altchars=b"-_", validate=True)
    except (ValueError, binascii.Error):
        return b""


def thumbprint(x: str) -> str:
    """Return the RFC 7638 thumbprint of an Ed25519 key."""
    return base64.urlsafe_b64encode(_digest(x)).rstrip(b"=").decode()


def fingerprint(x: str) -> str:
    """Return what two people read to each other: the beginning of the thumbprint's digest in groups of four hex digits."""
    digits = _digest(x).hex().upper()[: _GROUP * _GROUPS]
    return " ".join(digits[start : start + _GROUP] for start in range(0, len(digits), _GROUP))


def _digest(x: str) -> bytes:
    return hashlib.sha256(signing.canonical({"crv": "Ed25519", "kty": "OKP", "x": x})).digest()
