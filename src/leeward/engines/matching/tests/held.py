"""What the tests hold: made-up hashes, alone and in flocks."""

from pathlib import Path

import numpy as np
import numpy.typing as npt

from leeward.engines import matching

ZERO = bytes(32)
MARK = bytes(range(32))

NO_KEYS = np.empty(0, dtype=np.int64)
NO_EXACT = np.empty((0, 16), dtype=np.uint8)

type Hashes = npt.NDArray[np.uint8]


def flipped(value: bytes, *bits: int) -> bytes:
    """Return a hash with some of its bits turned over."""
    number = int.from_bytes(value)
    for bit in bits:
        number ^= 1 << bit
    return number.to_bytes(len(value))


def random_hashes(count: int, *, seed: int) -> Hashes:
    """Return hashes that have nothing to do with each other, shape (count, 32)."""
    return np.random.default_rng(seed).integers(0, 256, (count, 32), dtype=np.uint8)


def flocks(count: int, *, each: int, seed: int) -> Hashes:
    """Return `count` flocks of `each` hashes that are 0 to 40 bits away from the first of their flock."""
    chance = np.random.default_rng(seed)
    hashes = np.repeat(random_hashes(count, seed=seed), each, axis=0)
    bits = np.unpackbits(hashes, axis=1)
    for row in range(len(bits)):
        turned = chance.choice(256, size=0 if row % each == 0 else int(chance.integers(0, 41)), replace=False)
        bits[row, turned] ^= 1
    return np.packbits(bits, axis=1)


def segment(path: Path, values: Hashes, *, position: int = 1) -> Path:
    """Build a segment at `path` in which hash i has key i."""
    keys = np.arange(len(values), dtype=np.int64)
    matching.build(
        path, keys=keys, values=values, exact_keys=NO_KEYS, exact_values=NO_EXACT, position=position, mark=MARK
    )
    return path
