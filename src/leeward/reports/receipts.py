"""Receipt codes: the codes of `core/codes`, made from an idempotency key where there is one, stored as keyed digests."""

from __future__ import annotations

from leeward.core import codes, keys
from leeward.core.codes import SlipOfTheFinger, grouped, new, read

__all__ = ["SlipOfTheFinger", "digest", "for_key", "grouped", "new", "read"]


def for_key(idempotency_key: str) -> str:
    """Return the code that belongs to an idempotency key, so that a repeated request gets the same one and none is kept."""
    return codes.checked(int.from_bytes(keys.keyed_digest("receipt of key", idempotency_key)) % codes.RANDOM)


def digest(code: str) -> bytes:
    """Return the keyed digest under which a code is stored."""
    return keys.keyed_digest("receipt", code)
