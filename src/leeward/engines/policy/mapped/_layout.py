"""Where everything lies in a table. `FORMAT.md` tells the same octet by octet; the two change together."""

import mmap
import pathlib
import struct
import zlib
from dataclasses import astuple, dataclass
from enum import IntEnum
from typing import Final

import numpy as np
import numpy.typing as npt

from leeward.engines.policy._table import BadTable, TableMissing

type Words = npt.NDArray[np.uint32]

MAGIC: Final = 0x4D41464C  # "LFAM" as little-endian text.
VERSION: Final = 1
HEADER_OCTETS: Final = 4096
HEADER_WORDS: Final = HEADER_OCTETS // 4
LINE_OCTETS: Final = 64  # A cache line; every section starts on such a border.
ROW_OCTETS: Final = 512  # Two halves of a profile, one in force and one to be filled.
HALF_WORDS: Final = 64
MAX_LOAD: Final = 0.65  # Of the slots. Linear probing then looks at about two slots for a name that is there.
NAMES_A_LINE: Final = 48  # With three bits each, a quarter of the line's bits are set at most.
FOREVER: Final = 0xFFFFFFFF
OWNER_FACTOR: Final = 461_845  # Odd and below 2**19, so that LuaJIT's doubles hold the product exactly.
ADDRESS_FACTOR: Final = 400_521  # The same.

# Word numbers of the header, in the order of `FORMAT.md`.
SLOTS_AT, SLOT_MASK, SECOND_AT, SECOND_MASK, SHIFT, MARKS_AT, MARKS_ROOM, RECORDS_AT, ROWS_ROOM = range(5, 14)
SLOTS_USED, RECORDS_END, ENTRIES_USED, SECOND_USED, KINDS_SEEN = range(16, 21)
IDENTITY_KINDS: Final = b"46tpe"

# Word numbers of half a profile.
VERSION_WORD, FLAGS, PAUSED, EXTRA, BLOCKED, HOMEWORK_BLOCKED, OWN_BLOOM = 0, 1, 2, 3, 4, 8, 12
BEDTIME_MAP, HOMEWORK_MAP, NUMBER, BAKED_FROM, BAKED_UNTIL = 16, 37, 58, 59, 60
IN_FORCE, HAS_BEDTIME, HAS_HOMEWORK, HAS_OWNS, HAS_WINDOWS, SHOWS_NAMES = 1, 2, 4, 8, 16, 32
QUARTER_S: Final = 900
WEEK_QUARTERS: Final = 672

_HEAD: Final = struct.Struct("<15I")
_CHECKSUM: Final = struct.Struct("<I")


class Kind(IntEnum):
    """Which of the four tables a file is."""

    NAMES = 1
    PROFILES = 2
    OWNS = 3
    WHO = 4

    @property
    def file_name(self) -> str:
        """Where the table lies in its folder."""
        return f"{self.name.lower()}.tbl"

    @property
    def head_words(self) -> int:
        """How many words a record has before the length and the octets."""
        return 3 if self is Kind.OWNS else 1


@dataclass(frozen=True, slots=True)
class Header:
    """The part of a header that never changes in a file. Places are counted in units of 8 octets."""

    kind: Kind
    generation: int = 0
    size: int = HEADER_OCTETS // 8
    slots_at: int = 0
    slot_mask: int = 0
    second_at: int = 0
    second_mask: int = 0
    shift: int = 0
    marks_at: int = 0
    marks_room: int = 0
    records_at: int = 0
    rows_room: int = 0

    def packed(self) -> bytes:
        """Return the first 64 octets of the file."""
        head = _HEAD.pack(MAGIC, VERSION, *astuple(self), 0)
        return head + _CHECKSUM.pack(zlib.crc32(head))


def read_header(octets: bytes | memoryview | mmap.mmap, *, kind: Kind) -> Header:
    """Return the checked header of a whole file. Raises `BadTable`."""
    if len(octets) < HEADER_OCTETS:
        raise BadTable(f"{kind.file_name}, header: the file is cut off; write the family's tables again")
    magic, version, its_kind, *places, _ = _HEAD.unpack_from(octets)
    if (magic, version, its_kind) != (MAGIC, VERSION, kind):
        raise BadTable(f"{kind.file_name}, header: not such a table of this version; write the family's tables again")
    if _CHECKSUM.unpack_from(octets, _HEAD.size)[0] != zlib.crc32(octets[: _HEAD.size]):
        raise BadTable(f"{kind.file_name}, header: the checksum is wrong; write the family's tables again")
    header = Header(kind, *places)
    if header.size * 8 != len(octets):
        raise BadTable(f"{kind.file_name}, header: the size does not fit the file; write the family's tables again")
    return header


def map_file(folder: pathlib.Path, *, kind: Kind, access: int) -> mmap.mmap:
    """Map a table whose header is whole; `access` is one of mmap's constants. Raises `TableMissing` or `BadTable`."""
    path = folder / kind.file_name
    try:
        with path.open("rb" if access == mmap.ACCESS_READ else "r+b") as file:
            memory = mmap.mmap(file.fileno(), 0, access=access)
    except FileNotFoundError:
        raise TableMissing(f"{path.name}: there is no such table; write the family's tables first") from None
    except (OSError, ValueError) as error:  # mmap refuses an empty file with ValueError.
        raise BadTable(f"{path.name}: cannot be mapped ({type(error).__name__}); write the tables again") from None
    try:
        read_header(memory, kind=kind)
    except BadTable:
        memory.close()
        raise
    return memory


def words_of(memory: mmap.mmap | bytearray) -> Words:
    """Return the words of a mapped file without copying them; they keep the mapping alive."""
    return np.frombuffer(memory, dtype="<u4")


def slots_for(entries: int) -> int:
    """Return how many slots, a power of two, hold `entries` without being too full."""
    return 1 << max(6, int(entries / MAX_LOAD).bit_length())


def on_a_line(octets: int) -> int:
    """Return the next border of a cache line, in octets."""
    return -(-octets // LINE_OCTETS) * LINE_OCTETS


def control_base(folder: pathlib.Path) -> pathlib.Path:
    """Return the path beside which the control file lies."""
    return folder / "tables"
