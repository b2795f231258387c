"""How we prove who we are without a secret: a short text that we sign for one service, and the key that checks it.

Sources: OpenID Connect Core 1.0, section 9 (`private_key_jwt`); RFC 7523, section 3; RFC 10070, which made the issuer the only
audience and gave the text a type of its own. With the address of a door as its audience, a service that names the door of
another one in its discovery would get from us what opens that one (CVE-2025-27370).
"""

from __future__ import annotations

import secrets
from datetime import datetime
from functools import lru_cache

from cryptography.hazmat.primitives.asymmetric import ec
from joserfc import jwk, jwt

from leeward.core import keys

ALGORITHM, TYPE = "ES256", "client-authentication+jwt"
KIND = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
GOOD_FOR_S = 60
_PURPOSE = "sign-in at services that are asked"
_JTI_BYTES = 16
_P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551  # FIPS 186-5; SP 800-186, 3.2.1.3


def written(client_id: str, *, issuer: str, at: datetime) -> str:
    """Return a text that is good once, for a minute, at one service."""
    now_s, signing = int(at.timestamp()), key()
    claims: dict[str, object] = {
        "iss": client_id,
        "sub": client_id,
        "aud": issuer,
        "jti": secrets.token_urlsafe(_JTI_BYTES),
        "iat": now_s,
        "exp": now_s + GOOD_FOR_S,
    }
    return jwt.encode({"alg": ALGORITHM, "typ": TYPE, "kid": signing.kid}, claims, signing)


def jwks() -> dict[str, list[object]]:
    """Return the public key as a JWK set, for services that fetch it or have it pasted."""
    return {"keys": [key().as_dict(private=False)]}


def key() -> jwk.ECKey:
    """Return our key with its private half: one for an installation, from the oldest master key."""
    return _made(keys.derived(f"{_PURPOSE} 1") + keys.derived(f"{_PURPOSE} 2"))


@lru_cache(maxsize=4)
def _made(seed: bytes) -> jwk.ECKey:
    # More bits than the order has, so that no number comes up more often than another: FIPS 186-5, A.2.1.
    number = int.from_bytes(seed) % (_P256_ORDER - 1) + 1
    key = jwk.ECKey.import_key(ec.derive_private_key(number, ec.SECP256R1()), {"use": "sig", "alg": ALGORITHM})
    key.ensure_kid()
    return key
