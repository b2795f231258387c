"""Codes that people carry: the address by which a device joins, and the code of an invitation.

Each is made of a random number of its row with a key of ours. So it can be shown again while it is good, and a copy of the
database opens nothing: there stands only its keyed digest.
"""

from __future__ import annotations

import re
import uuid

from leeward.core import keys

# Without i, l, o and u, which are misread or make words (Crockford's base 32).
_LETTERS = "0123456789abcdefghjkmnpqrstvwxyz"
_MISREAD = str.maketrans("iloILO", "110110")
TOKEN_LETTERS = 12  # 60 bits; an address is good for two days, so nobody comes in by trying.
DNS_TOKEN_LETTERS = (
    16  # 80 bits: it is good for as long as the device, and nobody waits between two tries at a resolver.
)
CODE_DIGITS = 16  # 53 bits.
_GROUP = 4


def device_token(token_uid: uuid.UUID) -> str:
    """Return the token of a device's address, 12 letters and digits: whoever holds it lets the device join, once."""
    return _letters(_number("family device token", token_uid), TOKEN_LETTERS)


def dns_token(token_uid: uuid.UUID) -> str:
    """Return the token by which a device shows the resolver who asks, 16 letters and digits.

    It stands in plain sight in TLS names, so it has a key of its own: the token of the address is not found from it.
    """
    return _letters(_number("family dns token", token_uid), DNS_TOKEN_LETTERS)


def _letters(number: int, count: int) -> str:
    return "".join(_LETTERS[number >> (5 * place) & 31] for place in range(count))


def invitation_code(uid: uuid.UUID) -> str:
    """Return the code of an invitation, 16 digits."""
    return f"{_number('family invitation', uid) % 10**CODE_DIGITS:0{CODE_DIGITS}d}"


def _number(purpose: str, uid: uuid.UUID) -> int:
    return int.from_bytes(keys.keyed_digest(purpose, str(uid)))


def grouped(code: str, *, between: str) -> str:
    """Return a code as people read it, in groups of four."""
    return between.join(code[start : start + _GROUP] for start in range(0, len(code), _GROUP))


def read_token(typed: str) -> str:
    """Return the letters of a token as somebody typed them, without hyphens and with misread letters put right."""
    return re.sub(r"[\s-]", "", typed).translate(_MISREAD).lower()


def read_code(typed: str) -> str:
    """Return the digits of what was typed, in any writing of digits."""
    return "".join(str(int(letter)) for letter in typed if letter.isdecimal())


def token_digest(token: str) -> bytes:
    """Return the keyed digest under which a token stands."""
    return keys.keyed_digest("family device token digest", token)


def code_digest(code: str) -> bytes:
    """Return the keyed digest under which an invitation stands."""
    return keys.keyed_digest("family invitation digest", code)
