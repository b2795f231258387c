"""Sign what people show elsewhere, so that anybody can check it: compact JWS with Ed25519, the public keys as a JWK set.

Sources: RFC 7515 (JWS), RFC 8037 (EdDSA in JOSE), RFC 7517 and 7638 (JWK, its thumbprint).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from leeward.core import config
from leeward.core.settings import WrongSetting

SEED_BYTES = 32
ALGORITHM = "EdDSA"


@dataclass(frozen=True)
class SigningKey:
    """One key. `kid` is the RFC 7638 thumbprint of its public half `x`, so that nobody has to name keys."""

    private: Ed25519PrivateKey
    x: str
    kid: str


def new_entry() -> str:
    """Return a fresh entry for LEEWARD_SIGNING_KEYS: 32 bytes in base64."""
    return base64.b64encode(secrets.token_bytes(SEED_BYTES)).decode()


def parse(text: str) -> tuple[SigningKey, ...]:
    """Read base64 entries, newest first, between commas or line ends; raise `WrongSetting` that counts to the one at fault."""
    entries = [entry.strip() for entry in text.replace("\n", ",").split(",") if entry.strip()]
    if not entries:
        raise WrongSetting("LEEWARD_SIGNING_KEYS is empty; make a key with `openssl rand -base64 32`")
    return tuple(_key(entry, number=number) for number, entry in enumerate(entries, 1))


def _key(entry: str, *, number: int) -> SigningKey:
    try:
        seed = base64.b64decode(entry, validate=True)
    except binascii.Error:
        seed = b""
    if len(seed) != SEED_BYTES:
        # The entry is a secret, so it is counted and not shown.
        raise WrongSetting(
            f"LEEWARD_SIGNING_KEYS: entry {number} must be 32 bytes in base64; make one with `openssl rand -base64 32`"
        )
    private = Ed25519PrivateKey.from_private_bytes(seed)
    raw = private.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    x = _base64url(raw)
    thumbprint = hashlib.sha256(canonical({"crv": "Ed25519", "kty": "OKP", "x": x})).digest()
    return SigningKey(private, x, _base64url(thumbprint))


@lru_cache(maxsize=4)
def _parsed(text: str) -> tuple[SigningKey, ...]:
    return parse(text)


def signing_keys() -> tuple[SigningKey, ...]:
    """Return the keys in force: the first one signs, all of them stand in the JWK set."""
    return _parsed(config.current().storage.signing_keys)


def sign(claims: Mapping[str, object]) -> str:
    """Return `claims` as a compact JWS under the newest key. The same claims and key give the same text."""
    key = signing_keys()[0]
    header = {"alg": ALGORITHM, "kid": key.kid, "typ": "JWT"}
    signed = f"{_base64url(canonical(header))}.{_base64url(canonical(claims))}"
    return f"{signed}.{_base64url(key.private.sign(signed.encode()))}"


def jwks() -> dict[str, list[dict[str, str]]]:
    """Return the public keys as a JWK set. What an older key signed stays good as long as that key is listed."""
    return {
        "keys": [
            {"kty": "OKP", "crv": "Ed25519", "x": key.x, "kid": key.kid, "use": "sig", "alg": ALGORITHM}
            for key in signing_keys()
        ]
    }


def canonical(value: object) -> bytes:
    """Return the one spelling of a JSON value: sorted keys, no spaces, UTF-8. For texts, lists and objects that is RFC 8785."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
