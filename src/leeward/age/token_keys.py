"""The keys that sign age tokens, as the settings write them."""

from __future__ import annotations

import base64
import binascii
from functools import lru_cache

from cryptography.hazmat.primitives.asymmetric import ec
from joserfc import jwk

from leeward.age.gate import ALGORITHM
from leeward.core.settings import WrongSetting

_KEY_BYTES = 32
_SETTING = "LEEWARD_TOKEN_KEYS"


@lru_cache(maxsize=4)
def parse(text: str) -> jwk.KeySet:
    """Read private keys for P-256, newest first; raise `WrongSetting` that counts to the one at fault."""
    entries = [entry.strip() for entry in text.replace("\n", ",").split(",") if entry.strip()]
    if not entries:
        raise WrongSetting(f"{_SETTING} is empty; make a key with `openssl rand -base64 32`")
    return jwk.KeySet([_key(entry, number=number) for number, entry in enumerate(entries, 1)])


def _key(entry: str, *, number: int) -> jwk.ECKey:
    try:
        secret = base64.b64decode(entry, validate=True)
        private = ec.derive_private_key(int.from_bytes(secret), ec.SECP256R1())
    except (binascii.Error, ValueError):
        secret = b""
    if len(secret) != _KEY_BYTES:
        # The entry is a secret, so it is counted and not shown.
        raise WrongSetting(
            f"{_SETTING}: entry {number} must be 32 bytes in base64; make one with `openssl rand -base64 32`"
        )
    key = jwk.ECKey.import_key(private, {"use": "sig", "alg": ALGORITHM})
    key.ensure_kid()
    return key
