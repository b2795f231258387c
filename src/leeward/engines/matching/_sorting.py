"""The compiled loops that put rows in order for a new segment."""

import numpy as np
import numpy.typing as npt

from leeward.engines.matching._compiling import Halves, Number, Numbers, Words, band_value, compiled, prefetch

_DIGIT_BITS = 11
_AHEAD = 16  # rows


@compiled
def order_by(numbers: Words, bits: Number) -> Halves:
    """Return the order, as row numbers, that sorts unsigned `numbers` by their lowest `bits`; equal ones keep theirs."""
    count = len(numbers)
    order, next_order = np.empty(count, np.uint32), np.empty(count, np.uint32)
    sorted_now, sorted_next = numbers.copy(), np.empty(count, np.uint64)
    starts = np.empty((1 << _DIGIT_BITS) + 1, np.int64)
    for row in range(count):
        order[row] = row
    for shift in range(0, bits, _DIGIT_BITS):
        starts[:] = 0
        for row in range(count):
            digit = np.int64((sorted_now[row] >> np.uint64(shift)) & np.uint64((1 << _DIGIT_BITS) - 1))
            starts[digit + 1] += 1
        for after in range(1, len(starts)):
            starts[after] += starts[after - 1]
        for row in range(count):
            wanted = np.int64((sorted_now[row] >> np.uint64(shift)) & np.uint64((1 << _DIGIT_BITS) - 1))
            place = starts[wanted]
            starts[wanted] = place + 1
            sorted_next[place] = sorted_now[row]
            next_order[place] = order[row]
        order, next_order = next_order, order
        sorted_now, sorted_next = sorted_next, sorted_now
    return order


@compiled
def gather(rows: Words, keys: Numbers, order: Halves, sorted_rows: Words, sorted_keys: Numbers) -> None:
    """Copy rows and their keys into `sorted_rows` and `sorted_keys` in the given order."""
    count, size = rows.shape
    flat = rows.reshape(count * size)
    for place in range(count):
        ahead = np.int64(order[min(place + _AHEAD, count - 1)])
        prefetch(flat, ahead * size)
        prefetch(keys, ahead)
        row = np.int64(order[place])
        for word in range(size):
            sorted_rows[place, word] = rows[row, word]
        sorted_keys[place] = keys[row]


@compiled
def fill_prefix(rows: Words, width: Number, offsets: Halves) -> None:
    """Write where the rows of each value of the highest `width` bits begin; rows are in that order, shape (n, words).

    `offsets` has one place more than there are values.
    """
    offsets[:] = 0
    last = rows.shape[1] - 1
    for row in range(len(rows)):
        offsets[np.int64(rows[row, last] >> np.uint64(64 - width)) + 1] += np.uint32(1)
    for value in range(1, len(offsets)):
        offsets[value] += offsets[value - 1]


@compiled
def fill_band(rows: Words, shift: Number, width: Number, offsets: Halves, numbers: Halves) -> None:
    """Write where the rows of each value of a band begin, and the numbers of the rows in that order.

    First the rows are parted by the highest bits of the value, so that what follows stays in the cache part by part.
    """
    count, size = rows.shape
    flat = rows.reshape(count * size)
    low_bits = width - min(width, _DIGIT_BITS)
    ends = np.zeros((1 << (width - low_bits)) + 1, np.int64)
    for row in range(count):
        ends[(band_value(flat, row * size, shift, width) >> low_bits) + 1] += 1
    for part in range(1, len(ends)):
        ends[part] += ends[part - 1]
    parted = np.empty(count, np.uint64)
    for row in range(count):
        value = band_value(flat, row * size, shift, width)
        part = value >> low_bits
        parted[ends[part]] = np.uint64((value << 32) | row)
        ends[part] += 1
    begin = 0
    for part in range(len(ends) - 1):
        _fill_part(parted[begin : ends[part]], begin, part << low_bits, (part + 1) << low_bits, offsets, numbers)
        begin = ends[part]
    offsets[len(offsets) - 1] = count


@compiled
def _fill_part(pairs: Words, begin: Number, first: Number, after: Number, offsets: Halves, numbers: Halves) -> None:
    """Do it for the values from `first` to before `after`; `pairs` are value and row, and begin at `begin` of all."""
    for value in range(first, after):
        offsets[value] = 0
    for pair in pairs:
        offsets[np.int64(pair >> np.uint64(32))] += np.uint32(1)
    place = begin
    for value in range(first, after):
        rows = np.int64(offsets[value])
        offsets[value] = place
        place += rows
    for pair in pairs:
        found = np.int64(pair >> np.uint64(32))
        numbers[offsets[found]] = np.uint32(pair & np.uint64(0xFFFFFFFF))
        offsets[found] += np.uint32(1)
    # Each place has become the start of the next value, so all of them move up by one.
    for value in range(after - 1, first, -1):
        offsets[value] = offsets[value - 1]
    offsets[first] = begin


@compiled
def mixed(values: npt.NDArray[np.uint8], table: Words) -> Words:
    """Return hashes of shape (n, 32) as words of shape (n, 4), with their bits in the order that `table` says.

    `table` has shape (32, 256, 4): what each value of each octet gives.
    """
    result = np.empty((len(values), 4), np.uint64)
    for row in range(len(values)):
        first = second = third = fourth = np.uint64(0)
        for octet in range(values.shape[1]):
            value = values[row, octet]
            first |= table[octet, value, 0]
            second |= table[octet, value, 1]
            third |= table[octet, value, 2]
            fourth |= table[octet, value, 3]
        result[row, 0] = first
        result[row, 1] = second
        result[row, 2] = third
        result[row, 3] = fourth
    return result
