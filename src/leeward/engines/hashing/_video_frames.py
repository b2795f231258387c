"""Hold the hashes of a video's frames, and leave out those that say nothing new."""

import itertools
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

PDQ_BYTES = 32
PRUNED_BITS = 8  # of 256. Frames of one scene are nearer to each other; the match radius of 31 leaves room for it
# Two hashes at most 8 bits apart are equal in at least one of nine parts: eight bits cannot touch all of them.
_CUTS = [256 * part // 9 for part in range(10)]
_PARTS = tuple((low, (1 << high - low) - 1) for low, high in itertools.pairwise(_CUTS))


@dataclass(frozen=True, slots=True, eq=False)
class Frames:
    """Hold n frames in the order of time: `hashes` (n, 32), `quality` (n,) 0..100, `at_s` (n,) since the start."""

    hashes: npt.NDArray[np.uint8]
    quality: npt.NDArray[np.uint8]
    at_s: npt.NDArray[np.float64]

    def __post_init__(self) -> None:
        count = len(self.hashes)
        if self.hashes.shape != (count, PDQ_BYTES) or self.quality.shape != (count,) or self.at_s.shape != (count,):
            raise ValueError(f"Frames: hashes (n, {PDQ_BYTES}), quality (n,) and at_s (n,) belong together; pass all")

    def __len__(self) -> int:
        return len(self.hashes)

    @classmethod
    def of(cls, frames: Iterable[tuple[bytes, int, float]]) -> Self:
        """Return the frames whose hash, quality and time are given."""
        hashes, qualities, times = zip(*frames, strict=True) if (frames := list(frames)) else ((), (), ())
        return cls(
            hashes=np.frombuffer(b"".join(hashes), dtype=np.uint8).reshape(-1, PDQ_BYTES),
            quality=np.array(qualities, dtype=np.uint8),
            at_s=np.array(times, dtype=np.float64),
        )


def pruned(hashes: Iterable[bytes], *, within_bits: int = PRUNED_BITS) -> list[int]:
    """Return the places of the hashes to keep: each that is more than `within_bits` from all that were kept before.

    Exact. A hash is compared only with those that share one of nine parts with it, and with the last one first,
    because neighbours in time are neighbours in bits. `within_bits` is at most 8.
    """
    if not 0 <= within_bits <= PRUNED_BITS:
        raise ValueError(f"pruned: within_bits is 0 to {PRUNED_BITS}; pass less")
    kept: list[int] = []
    last = None
    holders: list[dict[int, list[int]]] = [{} for _ in _PARTS]
    for place, pdq in enumerate(hashes):
        value = int.from_bytes(pdq, "big")
        if last is not None and (value ^ last).bit_count() <= within_bits:
            continue
        parts = [value >> shift & mask for shift, mask in _PARTS]
        near = (other for holder, part in zip(holders, parts, strict=True) for other in holder.get(part, ()))
        if any((value ^ other).bit_count() <= within_bits for other in near):
            continue
        kept.append(place)
        last = value
        for holder, part in zip(holders, parts, strict=True):
            holder.setdefault(part, []).append(value)
    return kept
