"""How the compiled loops see a table, and how they find the keys of a hash and the rows of a key in it.

A table is described by `shape`, whose places are the `AT_` names below, and by `bands`, one line of four a band:
shift and width of its bits, then where in `halves` its offsets and its rows begin (-1: rows are in the order of the
band themselves). `words` and `halves` show the same memory as numbers of 8 and of 4 octets.
"""

import numpy as np

from leeward.engines.matching._compiling import Flags, Halves, Number, Numbers, Words, compiled

type TableArrays = tuple[Words, Halves, Numbers, Numbers]

AT_WIDTH, AT_HASHES, AT_HASH_COUNT, AT_ROW_COUNT, AT_KEYS, AT_BY_KEY, AT_REPEAT_COUNT, AT_REPEATS, AT_EXTRA = range(9)
SHAPE_PLACES = 9


@compiled
def first_key(halves: Halves, shape: Numbers, row: Number) -> tuple[Number, Number]:
    """Return the places of the first key of a hash and of the one after its last."""
    low, high = 0, shape[AT_REPEAT_COUNT]
    while low < high:
        middle = (low + high) >> 1
        if np.int64(halves[shape[AT_REPEATS] + middle]) < row:
            low = middle + 1
        else:
            high = middle
    extra = shape[AT_EXTRA] + low
    first = row + np.int64(halves[extra])
    after = first + 1
    if low < shape[AT_REPEAT_COUNT] and np.int64(halves[shape[AT_REPEATS] + low]) == row:
        after += np.int64(halves[extra + 1]) - np.int64(halves[extra])
    return first, after


@compiled
def with_room(found: Numbers, hits: Number, more: Number) -> Numbers:
    if hits + more <= len(found):
        return found
    larger = np.empty((max(2 * len(found), hits + more), 4), np.int64)
    larger[:hits] = found[:hits]
    return larger


@compiled
def keep(
    words: Words,
    halves: Halves,
    shape: Numbers,
    row: Number,
    number: Number,
    bits: Number,
    found: Numbers,
    hits: Number,
) -> tuple[Numbers, Number]:
    """Write a line for each key of a hash; returns -1 hits where the table leads outside of itself."""
    first, after = first_key(halves, shape, row)
    if not 0 <= first < after <= shape[AT_ROW_COUNT]:
        return found, -1
    found = with_room(found, hits, after - first)
    for place in range(first, after):
        found[hits, 0] = number
        found[hits, 1] = 0
        found[hits, 2] = bits
        found[hits, 3] = np.int64(words[shape[AT_KEYS] + place])
        hits += 1
    return found, hits


@compiled
def rows_of(table: TableArrays, keys: Numbers, rows: Numbers, gone: Flags) -> bool:
    """Count the rows of each of `keys` into `rows`, and mark them in `gone` where that has a place for each row.

    Returns False where the table leads outside of itself.
    """
    words, halves, shape, _ = table
    total = shape[AT_ROW_COUNT]
    for number in range(len(keys)):
        low, high = 0, total
        while low < high:
            middle = (low + high) >> 1
            place = np.int64(halves[shape[AT_BY_KEY] + middle])
            if place >= total:
                return False
            if np.int64(words[shape[AT_KEYS] + place]) < keys[number]:
                low = middle + 1
            else:
                high = middle
        rows[number] = 0
        while low < total:
            place = np.int64(halves[shape[AT_BY_KEY] + low])
            if place >= total:
                return False
            if np.int64(words[shape[AT_KEYS] + place]) != keys[number]:
                break
            if len(gone):
                gone[place] = True
            rows[number] += 1
            low += 1
    return True
