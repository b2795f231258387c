"""Recognise copies of a text: TLSH, the fingerprint of ThreatExchange's text signal, and the search for near ones.

As there, a text is fingerprinted as it stands, in UTF-8: no case, space or accent is evened out before, so that the
digests of both sides agree. A fingerprint finds copies with small changes. It does not understand: it knows neither
translations nor retellings, and texts under 50 bytes have none.
Source: threatexchange/extensions/tlsh/text_tlsh.py, facebook/ThreatExchange (the rules, not the code).
"""

import re

import numpy as np

from leeward.engines.hashing._text_tlsh import DIGEST_BYTES, DIGEST_LENGTH, PREFIX, digest, distances

__all__ = ["DIGEST_LENGTH", "WITHIN", "BadTextDigest", "TextIndex", "distance", "fingerprint"]

WITHIN = 30  # "TLSH_CONFIDENT_MATCH_THRESHOLD = 30", text_tlsh.py, facebook/ThreatExchange

_WRITTEN = re.compile(rf"{PREFIX}[0-9A-Fa-f]{{{2 * DIGEST_BYTES}}}")
_FIRST_ROWS = 64


class BadTextDigest(ValueError):
    """Tell that a value is no TLSH digest. Take it from `fingerprint`, or ask its sender for it again."""


def fingerprint(text: str) -> str | None:
    """Return the TLSH digest of `text`, `T1` and 70 upper-case hexadecimal digits, or nothing for too little text.

    Too little is less than 50 bytes in UTF-8, or a text that repeats so few letters that nothing tells it from others.
    """
    found = digest(text.encode("utf-8", "surrogatepass"))
    return None if found is None else PREFIX + found.hex().upper()


def distance(a: str, b: str) -> int:
    """Return how far two digests are apart, 0 for equal ones. The lengths of the texts do not count.

    Raises BadTextDigest.
    """
    return int(distances(_row(a), _row(b)[None, :])[0])


class TextIndex:
    """Find the digests near to a digest, exactly, by comparing with all of them: some millions a second on one core.

    Not safe for threads: whoever shares one between threads locks it.
    """

    def __init__(self) -> None:
        self._rows = np.zeros((_FIRST_ROWS, DIGEST_BYTES), dtype=np.uint8)
        self._keys: list[int] = []
        self._places: dict[int, int] = {}

    def __len__(self) -> int:
        """Return the number of keys."""
        return len(self._keys)

    def add(self, key: int, digest: str) -> None:
        """Keep a digest under a key; a digest that it had before is replaced. Raises BadTextDigest."""
        row = _row(digest)
        place = self._places.setdefault(key, len(self._keys))
        if place == len(self._keys):
            self._keys.append(key)
            if place == len(self._rows):
                self._rows = np.concatenate([self._rows, np.zeros_like(self._rows)])
        self._rows[place] = row

    def remove(self, key: int) -> bool:
        """Forget a key, and say whether it was there."""
        place = self._places.pop(key, None)
        if place is None:
            return False
        # The last row takes the free place, so that rows stay together.
        last = self._keys.pop()
        if last != key:
            self._keys[place] = last
            self._places[last] = place
            self._rows[place] = self._rows[len(self._keys)]
        return True

    def near(self, digest: str, *, within: int = WITHIN) -> list[tuple[int, int]]:
        """Return (key, distance) of all digests at most `within` away, nearest first, then lowest key.

        Raises BadTextDigest.
        """
        found = distances(_row(digest), self._rows[: len(self._keys)])
        places = np.flatnonzero(found <= within)
        return sorted(
            ((self._keys[place], int(found[place])) for place in places.tolist()), key=lambda one: (one[1], one[0])
        )


def _row(digest: str) -> np.ndarray[tuple[int], np.dtype[np.uint8]]:
    if not _WRITTEN.fullmatch(digest):
        raise BadTextDigest(f"not «{PREFIX}» and {2 * DIGEST_BYTES} hexadecimal digits; take it from `fingerprint`")
    return np.frombuffer(bytes.fromhex(digest[len(PREFIX) :]), dtype=np.uint8)
