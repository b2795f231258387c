"""A profile as the 64 words that lie in the table."""

import math
from datetime import UTC, datetime

import numpy as np
import numpy.typing as npt

from leeward.engines.policy.family.values import Own, Profile

from . import _keys, _weeks
from ._layout import (
    BAKED_FROM,
    BAKED_UNTIL,
    BEDTIME_MAP,
    BLOCKED,
    ENTRIES_USED,
    EXTRA,
    FLAGS,
    FOREVER,
    HALF_WORDS,
    HAS_BEDTIME,
    HAS_HOMEWORK,
    HAS_OWNS,
    HAS_WINDOWS,
    HOMEWORK_BLOCKED,
    HOMEWORK_MAP,
    IN_FORCE,
    NUMBER,
    OWN_BLOOM,
    PAUSED,
    RECORDS_AT,
    SHOWS_NAMES,
    Words,
)

_WORD = 0xFFFFFFFF
_MAP_WORDS = 21
_SAFE_SHIFT = 32  # The marks of safe search stand in the flags where they stand in the second word of the marks.


def seconds(moment: datetime | None) -> int:
    """Return whole seconds since 1970, rounded up so that nothing ends early; zero for no moment or one before."""
    if moment is None:
        return 0
    return min(max(0, math.ceil(moment.timestamp())), FOREVER - 1)


def moment(at_s: int) -> datetime:
    """Return the aware moment of a number of seconds."""
    return datetime.fromtimestamp(at_s, UTC)


def until_s(own: Own) -> int:
    """Return until when an exception is in force; it is for good where it names no moment."""
    return FOREVER if own.until is None else seconds(own.until)


def untils(profile: Profile, tail: bytes) -> tuple[int, int]:
    """Return until when the profile opens a name and until when it closes it, zero where it does not."""
    here = [own for own in profile.owns if _keys.tail_of(own.name) == tail]
    opened = max((until_s(own) for own in here if own.allows), default=0)
    closed = max((until_s(own) for own in here if not own.allows), default=0)
    return opened, closed


def own_bits(tail: bytes) -> tuple[int, int]:
    """Return the word of the profile's filter of own names, from 0 to 3, and the bits of a name in it."""
    key = _keys.key_of(tail)
    return key >> 30, 1 << (key >> 25 & 31) | 1 << (key >> 20 & 31)


def half_of(profile: Profile, *, at: datetime) -> list[int]:
    """Return the words of a profile with its windows baked for seven days from `at`."""
    weeks = _weeks.bake(profile, at=at)
    half = [0] * HALF_WORDS
    half[PAUSED], half[EXTRA] = seconds(profile.paused_until), seconds(profile.extra_until)
    half[NUMBER], half[BAKED_FROM], half[BAKED_UNTIL] = profile.number, weeks.baked_from_s, weeks.baked_until_s
    half[FLAGS] = _flags(profile, weeks)
    for start, bits, count in (
        (BLOCKED, profile.blocked, 4),
        (HOMEWORK_BLOCKED, profile.homework_blocked, 4),
        (BEDTIME_MAP, weeks.bedtime, _MAP_WORDS),
        (HOMEWORK_MAP, weeks.homework, _MAP_WORDS),
    ):
        half[start : start + count] = [bits >> 32 * word & _WORD for word in range(count)]
    for own in profile.owns:
        word, mask = own_bits(_keys.tail_of(own.name))
        half[OWN_BLOOM + word] |= mask
    return half


def with_windows(profiles: Words, word: int) -> npt.NDArray[np.int64]:
    """Return one word of each profile that is in force and has windows, and its number: two rows."""
    start, used = int(profiles[RECORDS_AT]) * 2, int(profiles[ENTRIES_USED])
    rows = profiles[start : start + used * 2 * HALF_WORDS].reshape(-1, 2, HALF_WORDS)
    row, half = np.arange(used), rows[:, 0, 0] & 1
    wanted = IN_FORCE | HAS_WINDOWS
    found = rows[row, half, FLAGS] & wanted == wanted
    return np.stack([rows[row, half, word][found], rows[row, half, NUMBER][found]]).astype(np.int64)


def nobody(number: int) -> list[int]:
    """Return the words of a profile that is not in force."""
    half = [0] * HALF_WORDS
    half[NUMBER] = number
    return half


def _flags(profile: Profile, weeks: _weeks.Weeks) -> int:
    flags = IN_FORCE | profile.safe >> _SAFE_SHIFT
    flags |= HAS_BEDTIME if weeks.bedtime else 0
    flags |= HAS_HOMEWORK if weeks.homework else 0
    flags |= HAS_OWNS if profile.owns else 0
    flags |= SHOWS_NAMES if profile.shows_names else 0
    return flags | (HAS_WINDOWS if profile.bedtime or profile.homework else 0)
