"""The compiled questions: from a name on the wire and an identity to a rule, without a Python object on the way.

Everything stands in one file, because what the compiler keeps on the disk is made again only when its own file changes.
All numbers are signed and of 8 octets; words are widened as they are read.
"""

from collections.abc import Callable
from typing import Any, Final, cast

import numba
import numpy as np
import numpy.typing as npt
from llvmlite import ir
from numba.core import cgutils
from numba.extending import intrinsic
from numba.np.arrayobj import make_array

from ._layout import Words

type Number = Any  # An int where Python runs it, and a signed number of 8 octets where it is compiled.
type Numbers = npt.NDArray[np.int64]
type Octets = npt.NDArray[np.uint8]
type Asked = bytes | Octets
type Answer = tuple[Number, Number, Number, Number, Number, Number, Number]

# The rows of the precedence table as numbers, in the order of `family.Rule`.
NEVER, LAW, OPERATOR, STRANGER, PAUSE, BEDTIME, OWN_OPEN, OWN_CLOSED, HOMEWORK, CATEGORY, SAFE, OPEN = range(12)
MALFORMED: Final = -1  # The octets are no name: cut off, with a pointer, or too long.

_MOST_LABELS: Final = 127
_RULES_FROM: Final = 128  # `counted.RULES_FROM`.
_RESET, _NEVER, _SAFE_BITS = 1 << 29, 1 << 30, 0x0F000000  # In the second word of the marks.
_ALL: Final = 0xFFFFFFFF


def _crc_table() -> npt.NDArray[np.int64]:
    table = np.zeros(256, dtype=np.int64)
    for number in range(256):
        word = number
        for _ in range(8):
            word = word >> 1 ^ (0xEDB88320 if word & 1 else 0)
        table[number] = word
    return table


CRC: Final = _crc_table()


def compiled[Function: Callable[..., Any]](function: Function) -> Function:
    """Compile `function` at its first call and keep the result on the disk, where there is a folder to keep it in."""
    try:
        return cast(Function, numba.njit(function, nogil=True, cache=True))
    except RuntimeError:  # numba finds neither its own folder nor the user's writable.
        return cast(Function, numba.njit(function, nogil=True))


def _fresh(_context: Any, array: Any, _place: Any) -> Any:
    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        start = make_array(signature.args[0])(context, builder, arguments[0]).data  # type: ignore[no-untyped-call]
        pointer = builder.bitcast(builder.gep(start, [arguments[1]]), cgutils.int32_t.as_pointer())
        word = builder.load_atomic(pointer, ordering="acquire", align=4)
        return builder.zext(word, ir.IntType(64))

    return numba.types.int64(array, numba.types.int64), code


# Load a word from memory even where it was loaded before: another process may have stored it anew.
fresh: Callable[[Words, Number], Number] = cast(Any, intrinsic(_fresh))


@compiled
def name_keys(packet: Asked, name_at: Number, starts: Numbers, keys: Numbers, lowered: Octets) -> Number:
    """Fill in where each suffix starts, its key, and the name in lower case; return the number of labels.

    `starts` gets one entry more: the length without the closing zero octet. Returns `MALFORMED` for what is no name.
    """
    labels: Number = 0
    total: Number = 0
    while True:
        if name_at + total >= len(packet):
            return MALFORMED
        length = np.int64(packet[name_at + total])
        if length == 0:
            break
        if length > 63 or total + length + 1 > 254 or name_at + total + length >= len(packet):
            return MALFORMED
        starts[labels] = total
        labels += 1
        total += length + 1
    starts[labels] = total
    state, at = np.int64(_ALL), total - 1
    for label in range(labels - 1, -1, -1):
        while at >= starts[label]:
            octet = np.int64(packet[name_at + at])
            if 65 <= octet <= 90:
                octet += 32
            lowered[at] = octet
            state = CRC[(state ^ octet) & 255] ^ (state >> 8)
            at -= 1
        keys[label] = state ^ _ALL
    return labels


@compiled
def find(words: Words, head: Number, key: Number, owner: Number, tail: Asked, first: Number, end: Number) -> Number:
    """Return the word at which the record of `tail[first:end]` begins, or zero. `head` is how many words it has before.

    `owner` is compared with the first word where there are three (own names). A record outside the file is no record.
    """
    slots, mask = np.int64(words[5]) * 2, np.int64(words[6])
    octets, length = words.view(np.uint8), end - first
    slot = key & mask
    for _ in range(mask + 1):
        record = np.int64(words[slots + 2 * slot + 1]) * 2
        if record == 0:
            return 0
        at = (record + head) * 4
        if (
            np.int64(words[slots + 2 * slot]) == key
            and at + 1 + length <= len(octets)
            and np.int64(octets[at]) == length
            and (head != 3 or np.int64(words[record]) == owner)
        ):
            same = 0
            while same < length and octets[at + 1 + same] == tail[first + same]:
                same += 1
            if same == length:
                return record
        slot = (slot + 1) & mask
    return 0


@compiled
def bloom_mask(key: Number) -> Number:
    """Return the bits of a key in its word of the names' filter."""
    one, two = key >> 23, key >> 18
    return (1 << (one & 31) | 1 << (two & 31) | 1 << ((one + 2 * two + 7) & 31)) & 0x7FFFFFFF


@compiled
def bloom_line(names: Words, key2: Number, key3: Number) -> Number:
    """Return the word at which the line of a suffix begins; `key3` is -1 for a suffix of two labels."""
    start, mask = np.int64(names[7]) * 2, np.int64(names[8])
    line = start + (key2 & mask) * 16
    if key3 >= 0 and np.int64(names[line]) >= 0x80000000:
        line = start + (key3 & mask) * 16
    return line


@compiled
def marks_of(names: Words, labels: Number, starts: Numbers, keys: Numbers, lowered: Octets, marks: Numbers) -> Number:
    """OR the marks of the listed suffixes into the four words of `marks`; return the longest's label number, or -1."""
    longest, is_reset = -1, False
    if labels < 2:
        return -1
    home = bloom_line(names, keys[labels - 2], -1)
    below = bloom_line(names, keys[labels - 2], keys[labels - 3]) if labels > 2 else home
    table, room = np.int64(names[10]) * 2, np.int64(names[11])
    for label in range(labels - 1):
        key = keys[label]
        mask = bloom_mask(key)
        line = home if label == labels - 2 else below
        if np.int64(names[line + (key >> 28)]) & mask != mask:
            continue
        record = find(names, 1, key, 0, lowered, starts[label], starts[labels])
        entry = np.int64(names[record]) if record else 0
        if entry == 0 or entry >= room:
            continue
        if longest < 0:
            longest = label
        at = table + entry * 4
        if is_reset:
            marks[1] |= np.int64(names[at + 1]) & _NEVER
            continue
        for word in range(4):
            marks[word] |= np.int64(names[at + word])
        is_reset = marks[1] & _RESET != 0
    return longest


@compiled
def row_of(who: Words, identity: Asked) -> Number:
    """Return the row of an identity, or zero."""
    if len(identity) == 5 and identity[0] == 52:
        return _row_of_address(who, identity)
    state = np.int64(_ALL)
    for at in range(len(identity)):
        state = CRC[(state ^ np.int64(identity[at])) & 255] ^ (state >> 8)
    record = find(who, 1, state ^ _ALL, 0, identity, 0, len(identity))
    return np.int64(who[record]) if record else 0


@compiled
def _row_of_address(who: Words, identity: Asked) -> Number:
    address = np.int64(0)
    for at in range(4):
        address |= np.int64(identity[1 + at]) << 8 * at
    slots, mask = np.int64(who[7]) * 2, np.int64(who[8])
    slot = (address * 400_521 & _ALL) >> np.int64(who[9])
    for _ in range(mask + 1):
        found = np.int64(who[slots + 2 * slot])
        if found == 0:
            return 0
        if found == address:
            return np.int64(who[slots + 2 * slot + 1])
        slot = (slot + 1) & mask
    return 0


@compiled
def _own(
    owns: Words,
    profiles: Words,
    half: Number,
    owner: Number,
    labels: Number,
    starts: Numbers,
    keys: Numbers,
    lowered: Octets,
    at_s: Number,
) -> tuple[Number, Number]:
    """Return the rule of the longest own name in force and its label number, or -1 and -1."""
    for label in range(labels - 1):
        key = keys[label]
        mask = 1 << (key >> 25 & 31) | 1 << (key >> 20 & 31)
        if np.int64(profiles[half + 12 + (key >> 30)]) & mask != mask:
            continue
        mixed = key ^ (owner * 461_845 & _ALL)
        record = find(owns, 3, mixed, owner, lowered, starts[label], starts[labels])
        if record and np.int64(owns[record + 1]) > at_s:
            return OWN_OPEN, label
        if record and np.int64(owns[record + 2]) > at_s:
            return OWN_CLOSED, label
    return -1, -1


@compiled
def _is_in(profiles: Words, half: Number, map_at: Number, at_s: Number) -> Number:
    quarter = at_s // 900 % 672
    return np.int64(profiles[half + map_at + (quarter >> 5)]) >> (quarter & 31) & 1


@compiled
def _masked(marks: Numbers, profiles: Words, at: Number) -> Number:
    """Keep of `marks` what the four words at a place have too; tell whether anything is left."""
    left = np.int64(0)
    for word in range(4):
        left |= marks[word] & np.int64(profiles[at + word])
    if left:
        for word in range(4):
            marks[word] &= np.int64(profiles[at + word])
    return left


@compiled
def _of_profile(
    profiles: Words,
    owns: Words,
    row: Number,
    labels: Number,
    starts: Numbers,
    keys: Numbers,
    lowered: Octets,
    marks: Numbers,
    longest: Number,
    at_s: Number,
) -> tuple[Number, Number]:
    """Return the first fitting rule from PAUSE on, and the deciding label; `marks` keeps what decided."""
    base = np.int64(profiles[12]) * 2 + row * 128
    version = fresh(profiles, base)
    half = base + (version & 1) * 64
    flags = np.int64(profiles[half + 1])
    if flags & 1 == 0:
        return STRANGER, -1
    if np.int64(profiles[half + 2]) > at_s:
        return PAUSE, -1
    may_rest = np.int64(profiles[half + 3]) <= at_s
    if flags & 2 and may_rest and _is_in(profiles, half, 16, at_s):
        return BEDTIME, -1
    if flags & 8:
        rule, label = _own(owns, profiles, half, row * 2 + (version & 1), labels, starts, keys, lowered, at_s)
        if rule >= 0:
            return rule, label
    if flags & 4 and may_rest and _is_in(profiles, half, 37, at_s) and _masked(marks, profiles, half + 8):
        return HOMEWORK, longest
    if _masked(marks, profiles, half + 4):
        return CATEGORY, longest
    if marks[1] & flags & _SAFE_BITS:
        marks[0], marks[1], marks[2], marks[3] = 0, marks[1] & flags & _SAFE_BITS, 0, 0
        return SAFE, longest
    return OPEN, -1


@compiled
def answer(
    names: Words,
    profiles: Words,
    owns: Words,
    row: Number,
    packet: Asked,
    name_at: Number,
    at_s: Number,
) -> Answer:
    """Return (rule, where the deciding name starts in the name or -1, four words of marks, version of the row)."""
    starts, keys = np.empty(_MOST_LABELS + 1, dtype=np.int64), np.empty(_MOST_LABELS + 1, dtype=np.int64)
    lowered, marks = np.empty(256, dtype=np.uint8), np.zeros(4, dtype=np.int64)
    labels = name_keys(packet, name_at, starts, keys, lowered)
    if labels < 0:
        return MALFORMED, -1, 0, 0, 0, 0, 0
    longest = marks_of(names, labels, starts, keys, lowered, marks)
    first = starts[longest] if longest >= 0 else -1
    if marks[1] & _NEVER:
        return NEVER, first, 0, _NEVER, 0, 0, 0
    if row <= 0 or row >= np.int64(profiles[13]):
        return STRANGER, -1, 0, 0, 0, 0, 0
    at = np.int64(profiles[12]) * 2 + row * 128
    rule, label, version = OPEN, -1, np.int64(0)
    kept = marks.copy()
    # A profile that changed meanwhile is asked again. It cannot change so fast that this goes on.
    for _ in range(8):
        version = fresh(profiles, at)
        marks[:] = kept
        rule, label = _of_profile(profiles, owns, row, labels, starts, keys, lowered, marks, longest, at_s)
        if fresh(profiles, at) == version:
            break
    first = starts[label] if label >= 0 else -1
    if rule < HOMEWORK or rule == OPEN:
        marks[:] = 0
    return rule, first, marks[0], marks[1], marks[2], marks[3], version


@compiled
def _code(
    names: Words, profiles: Words, owns: Words, row: Number, packet: Asked, name_at: Number, at_s: Number
) -> Number:
    rule, _, _, second, _, _, _ = answer(names, profiles, owns, row, packet, name_at, at_s)
    return rule | (second >> 24 & 15) << 8 if rule == SAFE else rule


@compiled
def code_of(
    names: Words, profiles: Words, owns: Words, who: Words, packet: Asked, name_at: Number, asker: Asked, at_s: Number
) -> Number:
    """Return the rule's number, with the four bits of safe search that decided from bit 8 on; or `MALFORMED`."""
    return _code(names, profiles, owns, row_of(who, asker), packet, name_at, at_s)


@compiled
def codes_of(
    names: Words, profiles: Words, owns: Words, who: Words, octets: Octets, lengths: Numbers, at_s: Number
) -> Numbers:
    """Return `code_of` for many questions. `octets` are their names, one after the other, and then their identities."""
    count = len(lengths) // 2
    codes, rows = np.empty(count, dtype=np.int64), np.empty(count, dtype=np.int64)
    at: Number = lengths[:count].sum()
    for place in range(count):
        rows[place] = row_of(who, octets[at : at + lengths[count + place]])
        at += lengths[count + place]
    # Profiles seldom lie in the cache. Here the memory fetches all of them at once, below it would one after the other.
    for step in range(2):
        for row in rows:
            if 0 < row < np.int64(profiles[13]):
                base = np.int64(profiles[12]) * 2 + row * 128
                half = base + (fresh(profiles, base) & 1) * 64
                if step:
                    for line in range(0, 64, 16):
                        fresh(profiles, half + line)
    at = 0
    for place in range(count):
        codes[place] = _code(names, profiles, owns, rows[place], octets[at : at + lengths[place]], 0, at_s)
        at += lengths[place]
    return codes


@compiled
def counted_of(
    names: Words, profiles: Words, owns: Words, who: Words, packet: Asked, name_at: Number, asker: Asked, at_s: Number
) -> Number:
    """Return how a closed or safe answer is counted: number << 9 | 256 where names are kept | kind; -1 for an open one."""
    row = row_of(who, asker)
    rule, _, one, two, three, four, _ = answer(names, profiles, owns, row, packet, name_at, at_s)
    if rule < PAUSE or rule in (OWN_OPEN, OPEN):
        return -1
    kind = _RULES_FROM + rule
    if rule == CATEGORY:
        kind, word = 0, one
        if one == 0:
            kind, word = 32, two
        if one | two == 0:
            kind, word = 64, three
        if one | two | three == 0:
            kind, word = 96, four
        while word & 1 == 0 and kind & 31 != 31:
            word >>= 1
            kind += 1
    base = np.int64(profiles[12]) * 2 + row * 128
    half = base + (fresh(profiles, base) & 1) * 64
    return np.int64(profiles[half + 58]) << 9 | (np.int64(profiles[half + 1]) & 32) << 3 | kind
