"""What people must know of a classifier before they use it: what it sees, how often it errs, what it is not for."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class Error(StrEnum):
    """Say in which of two ways a classifier is wrong."""

    FALSE_LEAD = "false lead"  # It points to a picture in which there is nothing to see.
    MISS = "miss"  # It passes over a picture that it should point to.


@dataclass(frozen=True, slots=True)
class Measured:
    """State how often a classifier was wrong in one way on one named set. `wrong` is None where nobody knows."""

    error: Error
    pictures_of: str
    pictures: int
    at_threshold: float
    wrong: int | None
    on_date: date
    how: str

    def __post_init__(self) -> None:
        if not 0 <= (self.wrong or 0) <= self.pictures:
            raise ValueError(f"Measured: wrong must be 0 to {self.pictures}, the number of pictures; count again")

    @property
    def share(self) -> float | None:
        """Return which share of the pictures it got wrong, 0 to 1; None where nobody knows."""
        return self.wrong / self.pictures if self.wrong is not None and self.pictures else None


@dataclass(frozen=True, slots=True)
class ModelCard:
    """Describe a classifier for those who decide whether to use it.

    `threshold` is the score, 0 to 1, from which on a picture is a lead. `measured` needs a row for each kind of error,
    also where the answer is that nobody knows.
    """

    name: str
    version: str
    licence: str
    source: str
    sees: str
    measured: tuple[Measured, ...]
    not_for: tuple[str, ...]
    threshold: float

    def __post_init__(self) -> None:
        if not 0 < self.threshold <= 1:
            raise ValueError(f"ModelCard {self.name}: threshold must be above 0 and at most 1")
        if {row.error for row in self.measured} != set(Error):
            raise ValueError(f"ModelCard {self.name}: state false leads and misses in `measured`, or that nobody knows")
        if not all((self.name, self.version, self.licence, self.source, self.sees, self.not_for)):
            raise ValueError(f"ModelCard {self.name}: fill in every field; people decide by them")
