"""The compiled loops that answer questions. They work on plain arrays and let other threads run."""

import numpy as np

from leeward.engines.matching._compiling import Halves, Number, Numbers, Words, band_value, compiled, popcount, prefetch
from leeward.engines.matching._shape import (
    AT_HASH_COUNT,
    AT_HASHES,
    AT_WIDTH,
    TableArrays,
    keep,
    with_room,
)

type FreshArrays = tuple[Words, Numbers, Numbers, int, int]


_ROOM = 4_096  # candidates that are fetched before they are compared
_AHEAD = 64  # candidates; fetching them from memory takes about as long as comparing this many (measured)
_BLOCK_ROWS = 512  # The distances of a block stay in the nearest cache.
_TAG = 40  # Below this bit is a place or a row, from it on the number of the band.
_PLACE = (1 << _TAG) - 1


@compiled
def _bits_between(words: Words, at: Number, query: Words) -> Number:
    bits = np.uint64(0)
    for word in range(len(query)):
        bits += popcount(words[at + word] ^ query[word])
    return np.int64(bits)


@compiled
def _probe(halves: Halves, bands: Numbers, radii: Numbers, query: Words, slots: Numbers) -> int:
    """List the places of the offsets to look at: each band's own value, and those within its radius."""
    count = 0
    for band in range(len(radii)):
        radius = radii[band]
        if radius < 0:
            continue
        width = bands[band, 1]
        value = band_value(query, 0, bands[band, 0], width)
        first = bands[band, 2]
        tag = band << _TAG
        slots[count] = tag | (first + value)
        prefetch(halves, first + value)
        count += 1
        for high in range(width if radius > 0 else 0):
            one = value ^ (1 << high)
            slots[count] = tag | (first + one)
            prefetch(halves, first + one)
            count += 1
            for low in range(high if radius > 1 else 0):
                two = one ^ (1 << low)
                slots[count] = tag | (first + two)
                prefetch(halves, first + two)
                count += 1
                for lowest in range(low if radius > 2 else 0):
                    three = two ^ (1 << lowest)
                    slots[count] = tag | (first + three)
                    prefetch(halves, first + three)
                    count += 1
    return count


@compiled
def _probe_count(bands: Numbers, radii: Numbers) -> Number:
    """Return how many places `_probe` lists."""
    count = 0
    for band in range(len(radii)):
        some = 1 if radii[band] >= 0 else 0
        for apart in range(radii[band] + 1):
            count += some
            some = some * (bands[band, 1] - apart) // (apart + 1)
    return count


@compiled
def _compare(
    words: Words,
    halves: Halves,
    shape: Numbers,
    bands: Numbers,
    radii: Numbers,
    within: Number,
    query: Words,
    number: Number,
    candidates: Numbers,
    count: Number,
    found: Numbers,
    hits: Number,
) -> tuple[Numbers, Number]:
    """Compare with each candidate, and keep what is near. A hash that several bands lead to is kept for the first."""
    size = shape[AT_WIDTH]
    for ahead in range(_AHEAD):
        candidates[count + ahead] = 0
    for place in range(count):
        prefetch(words, shape[AT_HASHES] + size * (candidates[place + _AHEAD] & _PLACE))
        row = candidates[place] & _PLACE
        at = shape[AT_HASHES] + size * row
        bits = _bits_between(words, at, query)
        if bits > within:
            continue
        is_first = True
        for band in range(candidates[place] >> _TAG):
            shift, width = bands[band, 0], bands[band, 1]
            apart = band_value(words, at, shift, width) ^ band_value(query, 0, shift, width)
            is_first = is_first and np.int64(popcount(np.uint64(apart))) > radii[band]
        if is_first:
            found, hits = keep(words, halves, shape, row, number, bits, found, hits)
            if hits < 0:
                break
    return found, hits


@compiled
def _search(
    words: Words,
    halves: Halves,
    shape: Numbers,
    bands: Numbers,
    radii: Numbers,
    within: Number,
    query: Words,
    number: Number,
    scratch: tuple[Numbers, Numbers, Numbers, Numbers],
    found: Numbers,
    hits: Number,
) -> tuple[Numbers, Number]:
    """Look where the bands of `query` lead. First all offsets are asked for, then all rows, then all hashes."""
    slots, lows, highs, candidates = scratch
    ranges = 0
    for probe in range(_probe(halves, bands, radii, query, slots)):
        band, place = slots[probe] >> _TAG, slots[probe] & _PLACE
        low, high = np.int64(halves[place]), np.int64(halves[place + 1])
        if low > high or high > shape[AT_HASH_COUNT]:
            return found, -1
        if low < high:
            rows = max(bands[band, 3], 0)
            lows[ranges] = (band << _TAG) | (rows + low)
            highs[ranges] = rows + high
            prefetch(halves, rows + low)
            ranges += 1
    count = 0
    for index in range(ranges):
        band, place = lows[index] >> _TAG, lows[index] & _PLACE
        while place < highs[index]:
            end = min(highs[index], place + _ROOM - count)
            for one in range(place, end):
                row = np.int64(halves[one]) if bands[band, 3] >= 0 else one
                if row >= shape[AT_HASH_COUNT]:
                    return found, -1
                candidates[count] = (band << _TAG) | row
                count += 1
            place = end
            if count == _ROOM:
                found, hits = _compare(
                    words, halves, shape, bands, radii, within, query, number, candidates, count, found, hits
                )
                count = 0
                if hits < 0:
                    return found, hits
    return _compare(words, halves, shape, bands, radii, within, query, number, candidates, count, found, hits)


@compiled
def _scan(
    words: Words,
    halves: Halves,
    shape: Numbers,
    within: Number,
    query: Words,
    number: Number,
    found: Numbers,
    hits: Number,
) -> tuple[Numbers, Number]:
    """Compare with every hash of the table."""
    for row in range(shape[AT_HASH_COUNT]):
        bits = _bits_between(words, shape[AT_HASHES] + shape[AT_WIDTH] * row, query)
        if bits <= within:
            found, hits = keep(words, halves, shape, row, number, bits, found, hits)
            if hits < 0:
                break
    return found, hits


@compiled
def _scan_fresh(
    words: Words,
    keys: Numbers,
    gone_at: Numbers,
    count: Number,
    version: Number,
    within: Number,
    query: Words,
    number: Number,
    found: Numbers,
    hits: Number,
) -> tuple[Numbers, Number]:
    """Compare with every row that came after the table; `words` is one column a word, so this runs many at a time."""
    bits = np.empty(_BLOCK_ROWS, np.uint64)
    limit = np.uint64(within)
    for start in range(0, count, _BLOCK_ROWS):
        rows = min(_BLOCK_ROWS, count - start)
        bits[:] = 0
        for word in range(len(query)):
            for row in range(rows):
                bits[row] += popcount(words[word, start + row] ^ query[word])
        near = 0
        for row in range(rows):
            near += 1 if bits[row] <= limit else 0
        if near == 0:
            continue
        found = with_room(found, hits, near)
        for row in range(rows):
            if bits[row] <= limit and gone_at[start + row] > version:
                found[hits, 0] = number
                found[hits, 1] = 1
                found[hits, 2] = np.int64(bits[row])
                found[hits, 3] = keys[start + row]
                hits += 1
    return found, hits


@compiled
def ask(table: TableArrays, fresh: FreshArrays, radii: Numbers, within: Number, queries: Words) -> tuple[Numbers, bool]:
    """Return a line (question, 0 table or 1 fresh rows, bits, key) for each row within reach, and whether all is well.

    `table` is (words, halves, shape, bands), `fresh` is (words, keys, gone_at, count, version). No radii: look at all.
    """
    words, halves, shape, bands = table
    fresh_words, keys, gone_at, count, version = fresh
    probes = _probe_count(bands, radii)
    scratch = (
        np.empty(probes, np.int64),
        np.empty(probes, np.int64),
        np.empty(probes, np.int64),
        np.empty(_ROOM + _AHEAD, np.int64),
    )
    found = np.empty((64, 4), np.int64)
    hits = 0
    for number in range(len(queries)):
        query = queries[number]
        if len(radii):
            found, hits = _search(words, halves, shape, bands, radii, within, query, number, scratch, found, hits)
        else:
            found, hits = _scan(words, halves, shape, within, query, number, found, hits)
        if hits < 0:
            return found[:0], False
        found, hits = _scan_fresh(fresh_words, keys, gone_at, count, version, within, query, number, found, hits)
    return found[:hits], True
