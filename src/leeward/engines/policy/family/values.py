"""What a family decided, and what comes out of asking: marks, windows, exceptions, profiles, rules and decisions."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from leeward.engines.policy import _names

# The marks of a name are one unsigned 128-bit integer: bits 0-47 categories, 48-55 ways around, 56-59 safe search,
# 60 and 63 reserved, 64-127 services. `catalogue.toml` gives each bit its words.
MARKS_BITS: Final = 128
CATEGORIES: Final = (1 << 48) - 1
BYPASSES: Final = 0xFF << 48
SAFE_SEARCHES: Final = 0xF << 56
RESET: Final = 1 << 61  # A white-list entry: the marks of shorter names do not count.
NEVER: Final = 1 << 62  # Helplines, emergency, our own pages: never kept away by anybody.
SERVICES: Final = (1 << MARKS_BITS) - (1 << 64)
BLOCKABLE: Final = CATEGORIES | BYPASSES | SERVICES  # What a family may keep away.

MOST_NUMBER: Final = 2**31 - 1  # The number of a profile is stored as a signed 32-bit word.
DAY_MINUTES: Final = 24 * 60
SLOT_MINUTES: Final = 15  # The compiled week holds one bit for each quarter of an hour.
_WEEKDAYS: Final = frozenset(range(7))


class ProfileRefused(ValueError):
    """A part of a profile cannot be used. The message names the field and what to write there, and nothing personal."""


@dataclass(frozen=True, slots=True)
class Window:
    """A time of the week in local minutes of the day, on quarters of an hour; 0 = Monday, the day on which it begins.

    From `start` until before `end`. An `end` that is not later than `start` is on the next day; 1440 is midnight at the
    end of the first day. Raises `ProfileRefused`.
    """

    days: frozenset[int]
    start: int
    end: int

    def __post_init__(self) -> None:
        """Refuse what no page offers and the compiled week cannot hold."""
        if not self.days or not self.days <= _WEEKDAYS:
            raise ProfileRefused("window, days: give one day at least, each from 0 (Monday) to 6 (Sunday)")
        if not 0 <= self.start < DAY_MINUTES or not 0 <= self.end <= DAY_MINUTES:
            raise ProfileRefused("window, start and end: give minutes of the day, 0-1439 and 0-1440")
        if self.start % SLOT_MINUTES or self.end % SLOT_MINUTES:
            raise ProfileRefused("window, start and end: give full quarters of an hour")

    @property
    def runs_past_midnight(self) -> bool:
        """True where it ends on the day after the one on which it begins."""
        return self.end <= self.start


@dataclass(frozen=True, slots=True)
class Own:
    """A profile's own exception for the normalised `name` and all below it, until an aware moment or for good.

    The longest name wins; where both are given for one name, allowed wins. Raises `ProfileRefused`.
    """

    name: str
    allows: bool
    until: datetime | None = None

    def __post_init__(self) -> None:
        """Refuse a name that would never match, and a moment without a zone."""
        if not _is_normalised(self.name):
            raise ProfileRefused("exception, name: not a normalised host name; pass it through policy.normalise")
        _refuse_naive(self.until, place="exception, until")


@dataclass(frozen=True, slots=True)
class Profile:
    """What is kept away from one child, device or line, when, and what is answered in a safe form.

    Masks are marks; moments are aware. Raises `ProfileRefused`.
    """

    number: int
    blocked: int = 0
    bedtime: tuple[Window, ...] = ()
    homework: tuple[Window, ...] = ()
    homework_blocked: int = 0
    free_days: frozenset[date] = frozenset()
    zone: str = "UTC"
    paused_until: datetime | None = None
    extra_until: datetime | None = None
    safe: int = 0
    owns: tuple[Own, ...] = ()
    shows_names: bool = False  # Names that are kept away are kept for the guardians. It changes no answer.

    def __post_init__(self) -> None:
        """Refuse what could not be compiled or would be passed over in silence."""
        if not 1 <= self.number <= MOST_NUMBER:
            raise ProfileRefused("profile, number: give one from 1 to 2**31 - 1")
        _refuse_other_marks(self.blocked, allowed=BLOCKABLE, place="profile, blocked")
        _refuse_other_marks(self.homework_blocked, allowed=BLOCKABLE, place="profile, homework_blocked")
        _refuse_other_marks(self.safe, allowed=SAFE_SEARCHES, place="profile, safe")
        _refuse_naive(self.paused_until, place="profile, paused_until")
        _refuse_naive(self.extra_until, place="profile, extra_until")
        if not _is_zone(self.zone):
            raise ProfileRefused("profile, zone: no such time zone; give one of the IANA list, such as Europe/Berlin")


class Rule(StrEnum):
    """The rows of the precedence table, in order; the first that fits decides. `decide` says what each needs."""

    NEVER = "never"
    LAW = "law"
    OPERATOR = "operator"
    STRANGER = "stranger"
    PAUSE = "pause"
    BEDTIME = "bedtime"
    OWN_OPEN = "own open"
    OWN_CLOSED = "own closed"
    HOMEWORK = "homework"
    CATEGORY = "category"
    SAFE = "safe"
    OPEN = "open"


_OPEN: Final = frozenset({Rule.NEVER, Rule.STRANGER, Rule.OWN_OPEN, Rule.SAFE, Rule.OPEN})


@dataclass(frozen=True, slots=True)
class Decision:
    """Which rule decided about a name, by which listed or own name and marks, and until when that holds at least.

    `until` is when the same question may be answered otherwise by time alone; None where time alone changes nothing.
    """

    rule: Rule
    name: str = ""
    marks: int = 0
    until: datetime | None = None

    @property
    def is_open(self) -> bool:
        """True where the name is answered, be it in its safe form."""
        return self.rule in _OPEN


def _refuse_other_marks(marks: int, *, allowed: int, place: str) -> None:
    if marks < 0 or marks & ~allowed:
        raise ProfileRefused(f"{place}: it has marks of another kind; take them from the catalogue")


def _refuse_naive(moment: datetime | None, *, place: str) -> None:
    if moment is not None and moment.utcoffset() is None:
        raise ProfileRefused(f"{place}: the moment has no time zone; give one with a zone, such as UTC")


def _is_normalised(name: str) -> bool:
    try:
        return _names.normalise(name) == name
    except _names.NotAHostName:
        return False


@lru_cache(maxsize=1024)
def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True
