"""Whole new tables: from a stream of listed names, or from what is still in force in a table that is full."""

import itertools
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import numpy.typing as npt

from . import _compile
from ._keys import NotListable
from ._layout import (
    ENTRIES_USED,
    HEADER_OCTETS,
    HEADER_WORDS,
    LINE_OCTETS,
    NAMES_A_LINE,
    RECORDS_END,
    ROW_OCTETS,
    SECOND_MASK,
    SECOND_USED,
    SLOTS_USED,
    Header,
    Kind,
    Words,
    on_a_line,
    slots_for,
)

MARKS_MOST: Final = 1 << 128
_CHUNK: Final = 1 << 16  # Names that are taken from the stream at once.
_SPARE: Final = 1024  # Entries that even an empty table has room for.
_SPARE_RECORD_OCTETS: Final = 40
_CROWDED: Final = 64  # Names below the two-label suffixes of one line: more would spoil the line for all of them.
_FIRST_ROWS: Final = 128
_FIRST_ADDRESSES: Final = 2048

type Keys = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Records:
    """Records in a row, where each begins (in words), and its key."""

    words: Words
    starts: Keys
    keys: Keys


class Marks:
    """Every set of marks once, each with its number."""

    def __init__(self, sets: Iterable[int] = (0,)) -> None:
        """Begin with the sets of a table, the empty one first."""
        self.numbers = {marks: number for number, marks in enumerate(sets)}

    def number(self, marks: int) -> int:
        """Return the number of a set of marks, a new one where it is new."""
        found = self.numbers.get(marks)
        if found is None:
            if not 0 <= marks < MARKS_MOST:
                raise NotListable("marks: not an unsigned number of 128 bits; take them from the catalogue")
            found = self.numbers[marks] = len(self.numbers)
        return found

    def words(self) -> Words:
        """Return the entries as they lie in the file, with room for as many again."""
        octets = b"".join(marks.to_bytes(16, "little") for marks in self.numbers)
        room = on_a_line(2 * len(octets) + 16 * _SPARE)
        return np.frombuffer(octets.ljust(room, b"\0"), dtype="<u4")


def marks_in(names: Words) -> Marks:
    """Return the sets of marks of a mapped table."""
    start, used = int(names[10]) * 8, int(names[ENTRIES_USED])
    octets = names[start // 4 : start // 4 + 4 * used].tobytes()
    return Marks(int.from_bytes(octets[at : at + 16], "little") for at in range(0, len(octets), 16))


def names_image(listed: Iterable[tuple[str, int]], *, generation: int) -> bytearray:
    """Return a new table of names. A name that comes twice gets the marks of both. Raises `NotListable`."""
    marks = Marks()
    chunks = list(_packed(listed, marks))
    words = np.concatenate([words for words, _ in chunks]) if chunks else np.zeros(0, dtype=np.uint32)
    ends = np.cumsum([0, *(len(words) for words, _ in chunks)])
    begun = (some + end for (_, some), end in zip(chunks, ends, strict=False))
    starts = np.concatenate([np.zeros(0, dtype=np.int64), *begun])
    chunks.clear()
    return _names_image(words, starts, marks, generation=generation, spare=len(starts) // 10 + _SPARE)


def names_again(names: Words, *, generation: int) -> bytearray:
    """Return a larger table of what is still listed in a full one."""
    kept = _live(names, kind=Kind.NAMES)
    return _names_image(
        kept.words, kept.starts, marks_in(names), generation=generation, spare=len(kept.starts) // 4 + _SPARE
    )


def owns_image(owns: Words | None = None, *, generation: int) -> bytearray:
    """Return a table of own names: an empty one, or a larger one of what is still in force in a full one."""
    kept = _nothing() if owns is None else _live(owns, kind=Kind.OWNS)
    header = Header(Kind.OWNS, generation=generation)
    return _image(header, kept, _none(), _none(), spare=len(kept.starts) // 2 + _SPARE)


def who_image(who: Words | None = None, *, generation: int) -> bytearray:
    """Return a table of identities: an empty one, or a larger one of those that still belong to somebody."""
    kept = _nothing() if who is None else _live(who, kind=Kind.WHO)
    addresses, used = _none(), 0
    room = _FIRST_ADDRESSES
    if who is not None:
        start = int(who[7]) * 2
        addresses = who[start : start + 2 * (int(who[SECOND_MASK]) + 1)].reshape(-1, 2)
        addresses = addresses[addresses[:, 1] != 0]
        used = len(addresses)
        while room < 4 * used:
            room *= 2
    slots = np.zeros(2 * room, dtype=np.uint32)
    shift = 32 - (room.bit_length() - 1)
    _compile.publish_addresses(slots, addresses.reshape(-1, 2).astype(np.int64), shift)
    header = Header(Kind.WHO, generation=generation, second_mask=room - 1, shift=shift)
    octets = _image(header, kept, slots, _none(), spare=len(kept.starts) // 2 + _SPARE)
    words = np.frombuffer(octets, dtype="<u4")
    words[SECOND_USED] = used
    if who is not None:
        words[SECOND_USED + 1 : SECOND_USED + 6] = who[SECOND_USED + 1 : SECOND_USED + 6]
    return octets


def profiles_image(profiles: Words | None = None, *, generation: int) -> bytearray:
    """Return a table of profiles: an empty one, or one with the same rows and room for as many again."""
    used = 1 if profiles is None else int(profiles[ENTRIES_USED])
    room = max(_FIRST_ROWS, 2 * used)
    header = Header(
        Kind.PROFILES,
        generation=generation,
        size=(HEADER_OCTETS + room * ROW_OCTETS) // 8,
        records_at=HEADER_OCTETS // 8,
        rows_room=room,
    )
    octets = bytearray(header.size * 8)
    words = np.frombuffer(octets, dtype="<u4")
    if profiles is not None:
        end = HEADER_WORDS + used * ROW_OCTETS // 4
        words[:end] = profiles[:end]
    octets[:LINE_OCTETS] = header.packed()
    words[ENTRIES_USED] = used
    return octets


def _nothing() -> Records:
    none = np.zeros(0, dtype=np.int64)
    return Records(_none(), none, none)


def _none() -> Words:
    return np.zeros(0, dtype=np.uint32)


def _packed(listed: Iterable[tuple[str, int]], marks: Marks) -> Iterable[tuple[Words, Keys]]:
    """Yield the records of some names at a time, and where each begins."""
    before = 0
    for chunk in itertools.batched(listed, _CHUNK):
        numbers = np.fromiter((marks.number(of_name) for _, of_name in chunk), dtype=np.int64, count=len(chunk))
        try:
            text = "\n".join([name for name, _ in chunk]).encode("ascii")
        except UnicodeEncodeError:
            at = next(at for at, (name, _) in enumerate(chunk) if not name.isascii())
            raise _refused(before + at) from None
        words = np.zeros((len(text) + 18 * len(chunk)) // 4 + 2, dtype=np.uint32)
        starts = np.zeros(len(chunk), dtype=np.int64)
        used = _compile.pack(np.frombuffer(text, dtype=np.uint8), numbers, words, starts)
        if used < 0:
            raise _refused(before - used - 1)
        yield words[:used].copy(), starts
        before += len(chunk)


def _refused(at: int) -> NotListable:
    return NotListable(
        f"name number {at + 1}: not a host name of two labels at least; pass it through policy.normalise"
    )


def _live(words: Words, *, kind: Kind) -> Records:
    """Return the records that slots name and that still say something."""
    used = int(words[SLOTS_USED])
    kept = np.zeros(int(words[RECORDS_END] - words[12]) * 2, dtype=np.uint32)
    starts, keys = np.zeros(used, dtype=np.int64), np.zeros(used, dtype=np.int64)
    count, end = _compile.live(words, kind.head_words, kept, starts, keys)
    return Records(kept[:end], starts[:count], keys[:count])


def _names_image(words: Words, starts: Keys, marks: Marks, *, generation: int, spare: int) -> bytearray:
    keys = np.zeros((3, len(starts)), dtype=np.int64)
    _compile.name_keys_of(words, starts, keys)
    lines = 1 << ((len(starts) + spare) // NAMES_A_LINE).bit_length()
    bloom = np.zeros(lines * (LINE_OCTETS // 4), dtype=np.uint32)
    _compile.fill_bloom(bloom, keys, np.zeros(lines, dtype=np.int64), _CROWDED)
    header = Header(Kind.NAMES, generation=generation, second_mask=lines - 1)
    return _image(header, Records(words, starts, keys[0]), bloom, _none(), spare=spare, marks=marks)


def _image(
    header: Header, records: Records, second: Words, entries: Words, *, spare: int, marks: Marks | None = None
) -> bytearray:
    """Return the octets of a table: header, second part (filter or addresses), slots, marks, records."""
    count = slots_for(len(records.starts) + spare)
    slots = np.zeros(2 * count, dtype=np.uint32)
    used = _published(slots, records, head=header.kind.head_words, marks=marks)
    if marks is not None:
        entries = marks.words()
    second_at = HEADER_OCTETS
    slots_at = on_a_line(second_at + second.nbytes)
    marks_at = on_a_line(slots_at + slots.nbytes)
    records_at = on_a_line(marks_at + entries.nbytes)
    end = records_at + records.words.nbytes
    whole = replace(
        header,
        size=on_a_line(end + spare * _SPARE_RECORD_OCTETS) // 8,
        slots_at=slots_at // 8,
        slot_mask=count - 1,
        second_at=second_at // 8 if second.size else 0,
        marks_at=marks_at // 8 if entries.size else 0,
        marks_room=entries.size // 4,
        records_at=records_at // 8,
    )
    octets = bytearray(whole.size * 8)
    words = np.frombuffer(octets, dtype="<u4")
    octets[:LINE_OCTETS] = whole.packed()
    slots[1::2] += (slots[1::2] != 0).astype(np.uint32) * np.uint32(records_at // 8 - 1)
    for at, section in ((second_at, second), (slots_at, slots), (marks_at, entries), (records_at, records.words)):
        words[at // 4 : at // 4 + section.size] = section
    words[SLOTS_USED], words[RECORDS_END] = used, end // 8
    words[ENTRIES_USED] = len(marks.numbers) if marks is not None else 0
    return octets


def _published(slots: Words, records: Records, *, head: int, marks: Marks | None) -> int:
    """Fill the slots with places counted from the first record, plus one; return how many are in use."""
    twice = np.zeros((2, len(records.starts)), dtype=np.int64)
    used, again = _compile.publish(slots, records.words, records.starts, records.keys, head, marks is not None, twice)
    if marks is not None and again:
        sets = list(marks.numbers)
        for record, number in twice[:, :again].T.tolist():
            merged = marks.number(sets[int(records.words[record])] | sets[number])
            records.words[record] = merged
            if merged == len(sets):
                sets.append(next(reversed(marks.numbers)))
    return int(used)
