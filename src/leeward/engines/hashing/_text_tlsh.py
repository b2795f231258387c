"""TLSH: 35 bytes that are near to each other for texts that are near to each other.

This is the variant with 128 buckets and a checksum of one byte, written with the prefix `T1`, as `tlsh.hash` of the
authors' library has it. The tests compare every part with that library.
Sources: Oliver, Cheng, Chen, TLSH - A Locality Sensitive Hash, CTC 2013 (buckets, quartiles, header, distances);
P. K. Pearson, Fast Hashing of Variable-Length Text Strings, CACM 33(6), 1990 (the table).
"""

import math

import numpy as np
import numpy.typing as npt

PREFIX = "T1"
DIGEST_BYTES = 35  # checksum, length, two ratios, 128 buckets of two bits
DIGEST_LENGTH = len(PREFIX) + 2 * DIGEST_BYTES
SHORTEST_BYTES = 50  # "at least 50 bytes", the authors' README
BUCKETS = 128
_WINDOW = 5
_CHUNK_BYTES = 1_000_000
_ROWS_AT_ONCE = 16_384  # keeps the working memory of a search at a few megabytes

# fmt: off
_PEARSON = np.array([
    1, 87, 49, 12, 176, 178, 102, 166, 121, 193, 6, 84, 249, 230, 44, 163, 14, 197, 213, 181, 161, 85, 218, 80, 64, 239,
    24, 226, 236, 142, 38, 200, 110, 177, 104, 103, 141, 253, 255, 50, 77, 101, 81, 18, 45, 96, 31, 222, 25, 107, 190,
    70, 86, 237, 240, 34, 72, 242, 20, 214, 244, 227, 149, 235, 97, 234, 57, 22, 60, 250, 82, 175, 208, 5, 127, 199,
    111, 62, 135, 248, 174, 169, 211, 58, 66, 154, 106, 195, 245, 171, 17, 187, 182, 179, 0, 243, 132, 56, 148, 75, 128,
    133, 158, 100, 130, 126, 91, 13, 153, 246, 216, 219, 119, 68, 223, 78, 83, 88, 201, 99, 122, 11, 92, 32, 136, 114,
    52, 10, 138, 30, 48, 183, 156, 35, 61, 26, 143, 74, 251, 94, 129, 162, 63, 152, 170, 7, 115, 167, 241, 206, 3, 150,
    55, 59, 151, 220, 90, 53, 23, 131, 125, 173, 15, 238, 79, 95, 89, 16, 105, 137, 225, 224, 217, 160, 37, 123, 118,
    73, 2, 157, 46, 116, 9, 145, 134, 228, 207, 212, 202, 215, 69, 229, 27, 188, 67, 124, 168, 252, 42, 4, 29, 108, 21,
    247, 19, 205, 39, 203, 233, 40, 186, 147, 198, 192, 155, 33, 164, 191, 98, 204, 165, 180, 117, 76, 140, 36, 210,
    172, 41, 54, 159, 8, 185, 232, 113, 196, 231, 47, 146, 120, 51, 65, 28, 144, 254, 221, 93, 189, 194, 139, 112, 43,
    71, 109, 184, 209,
], dtype=np.uint8)
# fmt: on

# Each triplet of the five bytes in the window: the salt of its hash, and how far back its two other bytes lie.
_TRIPLETS = ((2, 1, 2), (3, 1, 3), (5, 2, 3), (7, 2, 4), (11, 1, 4), (13, 3, 4))

Bytes = npt.NDArray[np.uint8]


def digest(data: bytes) -> bytes | None:
    """Return the 35 bytes of the digest in the order in which they are written, or nothing where there is too little.

    Too little are fewer than 50 bytes, and bytes so uniform that half of the buckets stay empty.
    """
    if len(data) < SHORTEST_BYTES:
        return None
    counts = _counts(np.frombuffer(data, dtype=np.uint8))
    if np.count_nonzero(counts) <= BUCKETS // 2:
        return None
    ranked = np.sort(counts)
    q1, q2, q3 = (int(ranked[BUCKETS * quarter // 4 - 1]) for quarter in (1, 2, 3))
    if not q3:
        return None
    header = bytes((_checksum(data), _length_step(len(data)), q2 * 100 // q3 % 16 << 4 | q1 * 100 // q3 % 16))
    swapped = bytes((byte & 15) << 4 | byte >> 4 for byte in header)
    levels = (counts > q1).astype(np.uint8) + (counts > q2) + (counts > q3)
    body = (levels.reshape(-1, 4) << np.array([0, 2, 4, 6], dtype=np.uint8)).sum(axis=1).astype(np.uint8)
    return swapped + body[::-1].tobytes()


def _counts(data: Bytes) -> npt.NDArray[np.int64]:
    """Return how often each bucket is hit by the triplets of every window of five bytes."""
    counts = np.zeros(256, dtype=np.int64)
    for start in range(0, len(data) - _WINDOW + 1, _CHUNK_BYTES):
        part = data[start : start + _CHUNK_BYTES + _WINDOW - 1]
        back = [part[_WINDOW - 1 - steps : len(part) - steps] for steps in range(_WINDOW)]
        for salt, second, third in _TRIPLETS:
            first = _PEARSON[_PEARSON[salt] ^ back[0]]
            hit = _PEARSON[_PEARSON[first ^ back[second]] ^ back[third]]
            counts += np.bincount(hit, minlength=256)
    return counts[:BUCKETS]


def _checksum(data: bytes) -> int:
    """Return the Pearson hash that goes through all pairs of neighbours, from the fifth byte on."""
    table = _PEARSON.tolist()
    sum_so_far = 0
    salted = table[0]
    for before, byte in zip(data[_WINDOW - 2 :], data[_WINDOW - 1 :], strict=False):
        sum_so_far = table[table[table[salted ^ byte] ^ before] ^ sum_so_far]
    return sum_so_far


def _length_step(length: int) -> int:
    """Return the length on the paper's scale: a logarithm whose base gets smaller as texts get longer.

    Above 190,000 bytes the authors' library changes the step a byte earlier or later for some lengths, because its
    table was rounded in another way. No distance counts that.
    """
    if length <= 656:
        step = math.log(length) / math.log(1.5)
    elif length <= 3_199:
        step = math.log(length) / math.log(1.3) - 8.72777
    else:
        step = math.log(length) / math.log(1.1) - 62.5472
    return math.floor(step) & 0xFF


def _body_distances() -> npt.NDArray[np.uint8]:
    """Return the distance of two bytes that hold four levels each: steps apart, and six for the two extremes."""
    levels = np.arange(256)[:, None] >> np.array([0, 2, 4, 6]) & 3
    apart = np.abs(levels[:, None, :] - levels[None, :, :])
    distances: Bytes = np.where(apart == 3, 6, apart).sum(axis=2).astype(np.uint8)
    return distances


def _ratio_distances() -> npt.NDArray[np.uint8]:
    """Return the distance of two bytes that hold two ratios each: 1 for one step, 12 for each further one."""
    digits = np.arange(16)
    apart = np.abs(digits[:, None] - digits[None, :])
    apart = np.minimum(apart, 16 - apart)
    one = np.where(apart <= 1, apart, (apart - 1) * 12)
    both = np.arange(256)
    high, low = both >> 4, both & 15
    distances: Bytes = (one[high[:, None], high[None, :]] + one[low[:, None], low[None, :]]).astype(np.uint8)
    return distances


_BODY = _body_distances()
_RATIOS = _ratio_distances()


def distances(one: Bytes, others: Bytes) -> npt.NDArray[np.int64]:
    """Return the distance of a digest (35,) from each of `others` (n, 35). The lengths of the texts do not count.

    That is `diffxlen` of the authors' library, which ThreatExchange uses for its text signal.
    """
    found: npt.NDArray[np.int64] = (others[:, 0] != one[0]).astype(np.int64)
    found += _RATIOS[one[2]][others[:, 2]]
    for start in range(0, len(others), _ROWS_AT_ONCE):
        rows = slice(start, start + _ROWS_AT_ONCE)
        found[rows] += _BODY[one[3:][None, :], others[rows, 3:]].sum(axis=1, dtype=np.int64)
    return found
