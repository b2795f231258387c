"""What the doors of machines take in a field."""

from __future__ import annotations

import base64
import binascii
from typing import Annotated

from pydantic import StringConstraints

from leeward.core import problems

# No control characters but line ends: they have no place in words, names or addresses.
LINE = r"^[^\x00-\x1f\x7f]*$"
WORDS = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*$"
type Line = Annotated[str, StringConstraints(max_length=200, pattern=LINE, strip_whitespace=True)]


def base64_length(size_bytes: int) -> int:
    """Return how long so many bytes are in base64."""
    return 4 * -(-size_bytes // 3)


def decoded(text: str, *, field: str) -> bytes:
    """Return the bytes of a base64 text; refuse with 422 that names the field."""
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        words = "This is not base64; encode the bytes as RFC 4648 says, without line ends."
        raise refused(422, field, words) from None


def refused(status: int, field: str, words: str) -> problems.Refused:
    """Return a refusal that names one field."""
    return problems.Refused(status, words, errors=[{"field": field, "problem": words}])
