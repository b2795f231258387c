"""The compiled loops that bring rows in order together and keep each different hash once."""

import numpy as np

from leeward.engines.matching._compiling import Flags, Halves, Number, Numbers, Words, compiled
from leeward.engines.matching._shape import (
    AT_EXTRA,
    AT_HASH_COUNT,
    AT_HASHES,
    AT_KEYS,
    AT_REPEAT_COUNT,
    AT_REPEATS,
    AT_ROW_COUNT,
    AT_WIDTH,
    TableArrays,
)


@compiled
def _compared(words: Words, at: Number, others: Words, other: Number) -> Number:
    """Return -1, 0 or 1 as the hash that begins at `at` of `words` is below, equal to or above a row of `others`."""
    for word in range(others.shape[1] - 1, -1, -1):
        if words[at + word] != others[other, word]:
            return -1 if words[at + word] < others[other, word] else 1
    return 0


@compiled
def merged(table: TableArrays, gone: Flags, words: Words, keys: Numbers) -> tuple[Words, Numbers, bool]:
    """Return the rows of a table that are not `gone` and further rows, which are in order, all in order.

    `gone` has a place for each row or none at all. The last value is False where the table leads outside of itself.
    """
    held, halves, shape, _ = table
    rows = shape[AT_ROW_COUNT]
    out_words = np.empty((rows + len(keys), words.shape[1]), np.uint64)
    out_keys = np.empty(rows + len(keys), np.int64)
    out, taken, place, repeat = 0, 0, 0, 0
    for row in range(shape[AT_HASH_COUNT]):
        at = shape[AT_HASHES] + shape[AT_WIDTH] * row
        several: Number = 0
        if repeat < shape[AT_REPEAT_COUNT] and np.int64(halves[shape[AT_REPEATS] + repeat]) == row:
            extra = shape[AT_EXTRA] + repeat
            several = np.int64(halves[extra + 1]) - np.int64(halves[extra])
            repeat += 1
        after = place + 1 + several
        if not place < after <= rows:
            return out_words[:0], out_keys[:0], False
        while place < after:
            key = np.int64(held[shape[AT_KEYS] + place])
            if taken < len(keys):
                order = _compared(held, at, words, taken)
                if order > 0 or (order == 0 and keys[taken] < key):
                    out_words[out] = words[taken]
                    out_keys[out] = keys[taken]
                    out += 1
                    taken += 1
                    continue
            if len(gone) == 0 or not gone[place]:
                for word in range(words.shape[1]):
                    out_words[out, word] = held[at + word]
                out_keys[out] = key
                out += 1
            place += 1
    out_words[out : out + len(keys) - taken] = words[taken:]
    out_keys[out : out + len(keys) - taken] = keys[taken:]
    out += len(keys) - taken
    return out_words[:out], out_keys[:out], place == rows and repeat == shape[AT_REPEAT_COUNT]


@compiled
def _is_same(words: Words, row: Number, other: Number) -> bool:
    apart = np.uint64(0)
    for word in range(words.shape[1]):
        apart |= words[row, word] ^ words[other, word]
    return bool(apart == 0)


@compiled
def compacted(words: Words, keys: Numbers) -> tuple[Words, Numbers, Halves, Halves]:
    """Keep each hash once, and each key once for a hash, of rows in order; it moves them up in their own memory.

    Returns the hashes, the keys, which hashes have several keys, and before each of these how many keys more there are
    than hashes, with the sum at the end.
    """
    repeats, extra = np.empty(len(keys), np.uint32), np.empty(len(keys) + 1, np.uint32)
    hashes, rows, several = 0, 0, 0
    for row in range(len(keys)):
        is_new = hashes == 0 or not _is_same(words, row, hashes - 1)
        if is_new:
            words[hashes] = words[row]
            hashes += 1
        elif keys[row] == keys[rows - 1]:
            continue
        elif several == 0 or np.int64(repeats[several - 1]) != hashes - 1:
            repeats[several] = hashes - 1
            extra[several] = rows - hashes
            several += 1
        keys[rows] = keys[row]
        rows += 1
    extra[several] = rows - hashes
    return words[:hashes], keys[:rows], repeats[:several].copy(), extra[: several + 1].copy()
