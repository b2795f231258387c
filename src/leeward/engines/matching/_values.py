"""What the tables hold: hashes with their bits mixed, and exact values."""

import hashlib
from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from leeward.engines.matching import _plan, _sorting

HASH_BYTES: Final = _plan.HASH_BITS // 8
EXACT_BYTES: Final = _plan.EXACT_BITS // 8

# Neighbouring bits of a perceptual hash say almost the same, so bands of neighbours would put very many hashes together.
# The bits of a band lie 87 apart instead: five lines and seven columns of the square of 16 by 16 that the hash is.
_STEP: Final = 87


def _mixing() -> npt.NDArray[np.uint64]:
    """Return what each value of each octet of a hash gives, shape (32, 256, 4)."""
    goes_to = np.empty(_plan.HASH_BITS, dtype=np.int64)
    goes_to[np.arange(_plan.HASH_BITS) * _STEP % _plan.HASH_BITS] = np.arange(_plan.HASH_BITS)
    table = np.zeros((HASH_BYTES, 256, _plan.HASH_BITS // 64), dtype=np.uint64)
    values = np.arange(256, dtype=np.uint64)
    for bit, place in enumerate(goes_to.tolist()):
        table[bit // 8, :, place // 64] |= (values >> np.uint64(bit % 8) & np.uint64(1)) << np.uint64(place % 64)
    return table


_MIXING: Final = _mixing()


def mixed(values: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint64]:
    """Return hashes of shape (n, 32) as words of shape (n, 4), mixed. Distances stay the same."""
    if values.ndim != 2 or values.shape[1] != HASH_BYTES or values.dtype != np.uint8:
        raise ValueError(f"hashes are {values.dtype} of shape {values.shape}; pass uint8 of shape (n, {HASH_BYTES})")
    return _sorting.mixed(readable(values), _MIXING)


def exact_words(values: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint64]:
    """Return exact values of shape (n, 16) as words of shape (n, 2)."""
    if values.ndim != 2 or values.shape[1] != EXACT_BYTES or values.dtype != np.uint8:
        raise ValueError(
            f"exact values are {values.dtype} of shape {values.shape}; pass uint8 of shape (n, {EXACT_BYTES})"
        )
    return np.ascontiguousarray(values).view(np.uint64)


def stacked(values: Sequence[bytes], *, size: int) -> npt.NDArray[np.uint8]:
    """Return values of `size` octets as an array, one a line. Raises ValueError for another length."""
    for value in values:
        if len(value) != size:
            raise ValueError(f"a value has {size} octets, this has {len(value)}; pass the octets, not their hex text")
    return np.frombuffer(b"".join(values), dtype=np.uint8).reshape(len(values), size)


def exact_value(kind: str, value: str) -> bytes:
    """Return the 16 octets under which the `value` of a `kind` is held: the same only for the same two.

    Bring the value to its one form first. `kind` has at most 64 octets. Source: BLAKE2b with a key, RFC 7693.
    """
    return hashlib.blake2b(value.encode(), digest_size=EXACT_BYTES, key=kind.encode()).digest()


def readable[Kind: np.generic](array: npt.NDArray[Kind]) -> npt.NDArray[Kind]:
    """Return a view that nobody writes through: the loops are compiled once, for such arrays."""
    view = np.ascontiguousarray(array).view()
    view.setflags(write=False)
    return view
