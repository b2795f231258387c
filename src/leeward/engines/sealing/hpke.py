"""HPKE in base mode, one message for each encapsulated key. Source: RFC 9180, sections 4.1, 5.1 and 6.1; suite numbers of section 7.

Written here because the library's own takes no additional data, by which a message is bound to its talk.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from hashlib import sha256

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_BYTES = 32
_NONCE_BYTES, _TAG_BYTES = 12, 16
OVERHEAD_BYTES = KEY_BYTES + _TAG_BYTES

_VERSION = b"HPKE-v1"
_KEM = b"KEM" + (0x0020).to_bytes(2)  # DHKEM(X25519, HKDF-SHA256)
_SUITE = b"HPKE" + (0x0020).to_bytes(2) + (0x0001).to_bytes(2) + (0x0002).to_bytes(2)  # HKDF-SHA256, AES-256-GCM
_BASE = b"\x00"


class NotOpened(Exception):
    """The message was sealed to another key, for another place, or was changed: ask for it again."""


@dataclass(frozen=True)
class Pair:
    """A private key and its public one, 32 octets each."""

    private: bytes
    public: bytes


def new_pair() -> Pair:
    """Return a fresh key pair."""
    return _pair(X25519PrivateKey.generate())


def public_of(private: bytes) -> bytes:
    """Return the public key of a private one."""
    return X25519PrivateKey.from_private_bytes(private).public_key().public_bytes_raw()


def _pair(key: X25519PrivateKey) -> Pair:
    return Pair(key.private_bytes_raw(), key.public_key().public_bytes_raw())


def seal(public: bytes, words: bytes, *, info: bytes, aad: bytes) -> bytes:
    """Return `words` sealed to a public key; raise `ValueError` where that is no key."""
    return seal_with(new_pair(), public, words, info=info, aad=aad)


def seal_with(once: Pair, public: bytes, words: bytes, *, info: bytes, aad: bytes) -> bytes:
    """Seal with a given ephemeral pair, which must never seal a second time. For test vectors."""
    key, nonce = _schedule(_shared(once.private, public, enc=once.public, to=public), info=info)
    return once.public + AESGCM(key).encrypt(nonce, words, aad)


def open_sealed(private: bytes, sealed: bytes, *, info: bytes, aad: bytes) -> bytes:
    """Return the words that were sealed to the public key of `private` with the same `info` and `aad`; raise `NotOpened`."""
    enc, ciphertext = sealed[:KEY_BYTES], sealed[KEY_BYTES:]
    if len(sealed) < OVERHEAD_BYTES:
        raise NotOpened
    try:
        key, nonce = _schedule(_shared(private, enc, enc=enc, to=public_of(private)), info=info)
        return AESGCM(key).decrypt(nonce, ciphertext, aad)
    except (InvalidTag, ValueError):
        # ValueError: the encapsulated key is one of the few points that agree on nothing.
        raise NotOpened from None


def _shared(private: bytes, public: bytes, *, enc: bytes, to: bytes) -> bytes:
    """Return the shared secret of the KEM: ExtractAndExpand of section 4.1."""
    agreed = X25519PrivateKey.from_private_bytes(private).exchange(X25519PublicKey.from_public_bytes(public))
    return _expand(_extract(b"", b"eae_prk", agreed, suite=_KEM), b"shared_secret", enc + to, 32, suite=_KEM)


def _schedule(shared: bytes, *, info: bytes) -> tuple[bytes, bytes]:
    """Return key and first nonce: KeySchedule of section 5.1 in base mode."""
    context = _BASE + _extract(b"", b"psk_id_hash", b"", suite=_SUITE) + _extract(b"", b"info_hash", info, suite=_SUITE)
    secret = _extract(shared, b"secret", b"", suite=_SUITE)
    return (
        _expand(secret, b"key", context, KEY_BYTES, suite=_SUITE),
        _expand(secret, b"base_nonce", context, _NONCE_BYTES, suite=_SUITE),
    )


def _extract(salt: bytes, label: bytes, key: bytes, *, suite: bytes) -> bytes:
    return hmac.digest(salt, _VERSION + suite + label + key, sha256)


def _expand(secret: bytes, label: bytes, info: bytes, length_bytes: int, *, suite: bytes) -> bytes:
    # One block of HKDF is 32 octets, and nobody here asks for more.
    labelled = length_bytes.to_bytes(2) + _VERSION + suite + label + info
    return hmac.digest(secret, labelled + b"\x01", sha256)[:length_bytes]
