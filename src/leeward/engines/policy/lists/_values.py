"""What comes out of a list, and what one line of it can say."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple, Protocol


class Format(StrEnum):
    """How a list is written."""

    HOSTS = "hosts"
    DOMAINS = "domains"
    ADBLOCK = "adblock"
    DNSMASQ = "dnsmasq"
    RPZ = "rpz"


# A tuple and no dataclass: a list has millions of these, and a frozen dataclass takes three times as long to make.
class Row(NamedTuple):
    """One normalised name of a list. `resets`: an exception, for which the marks of shorter names do not count."""

    name: str
    resets: bool = False


@dataclass(frozen=True, slots=True)
class Fault:
    """Where a list is wrong, counted from 1 in lines and characters, and in a whole sentence what to do about it."""

    line: int
    column: int
    what: str


@dataclass(frozen=True, slots=True)
class Written:
    """A name as it stands in a line, from which column on, and whether the line makes an exception of it."""

    text: str
    column: int = 1
    resets: bool = False


class Refused(Exception):
    """A line, or one name of it, cannot be taken. Show `what` beside the column; it says what to do."""

    def __init__(self, column: int, what: str) -> None:
        super().__init__(what)
        self.column, self.what = column, what


class NotAboutNames(Exception):
    """A line is right but says something that cannot be said of a name alone. Count it, and show it as left out."""

    def __init__(self, column: int, what: str) -> None:
        super().__init__(what)
        self.column, self.what = column, what


class Grammar(Protocol):
    """What the lines of one format say."""

    # Finds `name` in the many lines that hold one plain name and nothing else; these take no further look.
    plain: str

    def names(self, line: str) -> Iterator[Written]:
        """Yield the names of one line. Raises `Refused` and `NotAboutNames`."""
        ...

    @property
    def is_plain_now(self) -> bool:
        """Say whether a plain line means what it says, after the lines before it."""
        ...
