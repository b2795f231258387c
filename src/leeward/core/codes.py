"""Codes that people carry: 16 digits in groups of four, digits only because random letters spell words.

Fourteen digits are random (46 bits), two are check digits of ISO 7064 MOD 97-10, so that a slip of the finger is told
from a wrong code without asking the database.
"""

from __future__ import annotations

import re
import secrets

RANDOM = 10**14


class SlipOfTheFinger(Exception):
    """The code cannot be right: a digit is missing or wrong. Look at it again and type it once more."""


def new() -> str:
    """Return a fresh code."""
    return checked(secrets.randbelow(RANDOM))


def checked(number: int) -> str:
    """Return the code of a number below `RANDOM`: its digits, and the two that check them."""
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
