"""The slow and obvious way to do what `NearIndex` does. For tests and for reading, not for use."""

from leeward.engines.matching._near import WITHIN_BITS, Match


class SlowIndex:
    """Hold hashes as whole numbers and compare with every one of them."""

    def __init__(self) -> None:
        self._hashes: dict[int, int] = {}

    def __len__(self) -> int:
        """Return the number of keys held."""
        return len(self._hashes)

    def add(self, key: int, value: bytes) -> None:
        """Hold `value` under `key`."""
        self._hashes[key] = int.from_bytes(value, "big")

    def remove(self, key: int) -> bool:
        """Let go of `key`, and return whether it was held."""
        return self._hashes.pop(key, None) is not None

    def near(self, value: bytes, *, within_bits: int = WITHIN_BITS) -> list[Match]:
        """Return every held hash at most `within_bits` away from `value`, nearest first, then lowest key."""
        asked = int.from_bytes(value, "big")
        distances = {key: (held ^ asked).bit_count() for key, held in self._hashes.items()}
        found = [Match(key=key, distance_bits=bits) for key, bits in distances.items() if bits <= within_bits]
        return sorted(found, key=lambda match: (match.distance_bits, match.key))
