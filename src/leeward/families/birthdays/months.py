"""From which month on a child counts as old enough, without a date of birth. Plain values in and out.

The month and the year of birth come in once and are forgotten. What is kept is the first of the month after the one in which
the child turns the next age. So a child never counts as older than it is, and is late by a month at most.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from leeward.engines.reading import Band

# Bands of a child's pages begin at 10 and 13; laws name 13 to 16; 18 ends all of it.
THRESHOLDS = (10, 13, 14, 15, 16, 18)
# The last place on Earth where a day begins is at UTC-12, so that it has begun for everybody.
_EVERYWHERE = timedelta(hours=12)
_MONTHS = 12
_YEAR = timedelta(days=365)
# A child counts as older up to a month after its birthday, and the clock may see that late: so much earlier it may be older again.
_MARGIN = timedelta(days=62)
_YOUNGEST = {Band.SMALL: 6, Band.MIDDLE: 10, Band.TEEN: 13}
_ENDS = (10, 13, 18)  # At one of these each band ends.


class NotAChild(Exception):
    """Nobody born then is a child of 6 to 17 years: look at the month again."""


@dataclass(frozen=True, order=True)
class Month:
    """A month of a year."""

    year: int
    number: int

    def later(self, *, months: int) -> Month:
        """Return the month so many months later."""
        count = self.year * _MONTHS + self.number - 1 + months
        return Month(count // _MONTHS, count % _MONTHS + 1)

    @property
    def begins_at(self) -> datetime:
        """When the first of the month has begun everywhere on Earth."""
        return datetime(self.year, self.number, 1, tzinfo=UTC) + _EVERYWHERE

    def __str__(self) -> str:
        return f"{self.year:04}-{self.number:02}"

    @classmethod
    def read(cls, text: str) -> Month:
        """Read what `str` wrote."""
        year, _hyphen, number = text.partition("-")
        return cls(int(year), int(number))


@dataclass(frozen=True)
class Next:
    """The oldest threshold that a child has come to, 0 for none, and the next one with the month from which it counts."""

    reached: int
    age: int
    month: Month


def next_threshold(born: Month, *, at: datetime) -> Next:
    """Return to which threshold a child born in a month comes next. Raises `NotAChild`."""
    counts_from = {age: Month(born.year + age, born.number).later(months=1) for age in THRESHOLDS}
    coming = [age for age, month in counts_from.items() if month.begins_at > at]
    if not coming or Month(born.year + _YOUNGEST[Band.SMALL], born.number).begins_at > at + timedelta(days=31):
        raise NotAChild
    reached = max((age for age in THRESHOLDS if age not in coming), default=0)
    return Next(reached, coming[0], counts_from[coming[0]])


def over(
    band: Band, *, reached: int | None, following: int | None, since: timedelta | None = None
) -> Mapping[int, bool]:
    """Return of which ages it is known that a child is over or under them; an age that is missing is not known.

    `reached` and `following` are the two thresholds between which the child is; without them its band alone speaks.
    `since` is how long ago it came to `reached`, where nobody said yet what follows.
    """
    low = _YOUNGEST[band] if reached is None else reached
    high = min((end for end in _ENDS if end > low), default=low + 1) if following is None else following

    def is_under(age: int) -> bool:
        return age >= high or (since is not None and since < (age - low) * _YEAR - _MARGIN)

    return {age: age <= low for age in range(1, THRESHOLDS[-1] + 1) if age <= low or is_under(age)}


def band_from(age: int) -> Band | None:
    """Return the band that begins at an age, or None where none does."""
    return {10: Band.MIDDLE, 13: Band.TEEN}.get(age)


def least_years(known: Mapping[int, bool]) -> int:
    """Return the age that a child has at least, as far as it is known: where it is not, the child counts as younger."""
    return max((age for age, is_over in known.items() if is_over), default=0)
