"""Receipt codes: 16 digits in groups of four, digits only because random letters spell words. Stored as keyed digests.

Fourteen digits are random (46 bits), two are check digits of ISO 7064 MOD 97-10, so that a slip of the finger is told
from a wrong code without asking the database.
"""

from __future__ import annotations

import re
import secrets

from leeward.core import keys

_RANDOM = 10**14


class SlipOfTheFinger(Exception):
    """The code cannot be right: a digit is missing or wrong. Look at it again and type it once more."""


def new() -> str:
    """Return a fresh code."""
    return _checked(secrets.randbelow(_RANDOM))


def for_key(idempotency_key: str) -> str:
    """Return the code that belongs to an idempotency key, so that a repeated request gets the same one and none is kept."""
    return _checked(int.from_bytes(keys.keyed_digest("receipt of key", idempotency_key)) % _RANDOM)


def _checked(number: int) -> str:
    digits = f"{number:014d}"
    return f"{digits}{98 - int(digits + '00') % 97:02d}"


def grouped(code: str) -> str:
    """Return a code as people read it: four groups of four."""
    return " ".join(code[start : start + 4] for start in range(0, 16, 4))


def read(text: str) -> str:
    """Return the 16 digits of what was typed, in any writing of digits; raise `SlipOfTheFinger`."""
    digits = "".join(str(int(letter)) for letter in re.sub(r"[\s.·-]", "", text) if letter.isdecimal())
    if len(digits) != 16 or int(digits) % 97 != 1:
        raise SlipOfTheFinger
    return digits


def digest(code: str) -> bytes:
    """Return the keyed digest under which a code is stored."""
    return keys.keyed_digest("receipt", code)
