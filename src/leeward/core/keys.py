"""Keys: the master keys that wrap data keys, one derived key for each purpose, and secrets made once and kept with mode 0600."""

from __future__ import annotations

import base64
import hmac
import os
import secrets
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from leeward.core import config
from leeward.core.settings import WrongSetting

KEY_BYTES = 32
_NONCE_BYTES = 12


class NoSuchKey(Exception):
    """A sealed value names a master key that is not configured: put that version back into LEEWARD_MASTER_KEYS."""


class SealBroken(Exception):
    """A sealed value was changed or moved to another row: restore it from a backup."""


@dataclass(frozen=True)
class MasterKey:
    """One version of the key that wraps data keys."""

    version: str
    key: bytes


def parse(text: str) -> tuple[MasterKey, ...]:
    """Read `version:base64` entries, newest first; raise `WrongSetting` that names the version at fault."""
    keys: list[MasterKey] = []
    for entry in text.replace("\n", ",").split(","):
        if not entry.strip():
            continue
        version, colon, encoded = entry.strip().partition(":")
        if not (version and colon):
            # What stands there may be the key itself, so it is not shown.
            raise WrongSetting(f"LEEWARD_MASTER_KEYS: entry {len(keys) + 1} has no version; write it as version:base64")
        if version in {key.version for key in keys}:
            raise WrongSetting(
                f"LEEWARD_MASTER_KEYS: version {version!r} stands there twice; give the newer one another"
            )
        try:
            key = base64.b64decode(encoded, validate=True)
        except ValueError:
            key = b""
        if len(key) != KEY_BYTES:
            raise WrongSetting(
                f"LEEWARD_MASTER_KEYS: version {version!r} must be 32 bytes in base64; make one with `leeward newkey`"
            )
        keys.append(MasterKey(version, key))
    if not keys:
        raise WrongSetting("LEEWARD_MASTER_KEYS is empty; make a key with `leeward newkey`")
    return tuple(keys)


def new_entry(version: str) -> str:
    """Return a fresh `version:base64` entry."""
    return f"{version}:{base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()}"


def kept(path: Path, make: str) -> str:
    """Return the secret in `path`, writing `make` there first if there is none; two processes that race agree on one."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(make)
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(draft, path)
        except FileExistsError:
            pass  # Another process was first; its secret is the one.
        finally:
            draft.unlink()
    return path.read_text(encoding="utf-8").strip()


@lru_cache(maxsize=4)
def _parsed(text: str) -> tuple[MasterKey, ...]:
    return parse(text)


def master_keys() -> tuple[MasterKey, ...]:
    """Return the master keys in force, newest first."""
    return _parsed(config.current().storage.master_keys)


def derived(purpose: str) -> bytes:
    """Return 32 bytes for one purpose, from the oldest master key, so that a rotation does not change what was hashed."""
    return hmac.digest(master_keys()[-1].key, b"leeward derived key: " + purpose.encode(), sha256)


def keyed_digest(purpose: str, value: str) -> bytes:
    """Return the digest under which a code or a key is stored: useless without the master key."""
    return hmac.digest(derived(purpose), value.encode(), sha256)


def wrap(secret: bytes, *, place: str) -> tuple[str, bytes]:
    """Seal a short secret under the newest master key, bound to `place`; return the key's version and the sealed bytes."""
    key = master_keys()[0]
    nonce = secrets.token_bytes(_NONCE_BYTES)
    return key.version, nonce + AESGCM(key.key).encrypt(nonce, secret, place.encode())


def unwrap(version: str, sealed: bytes, *, place: str) -> bytes:
    """Open what `wrap` sealed for the same `place`; raise `NoSuchKey` or `SealBroken`."""
    for key in master_keys():
        if key.version == version:
            try:
                return AESGCM(key.key).decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], place.encode())
            except InvalidTag:
                raise SealBroken(place) from None
    raise NoSuchKey(version)
