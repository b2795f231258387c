"""How often an estimate from a face lets somebody in who is too young, by the error that its authors state. Plain arithmetic."""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist

# Mean absolute error in years for faces of 9 to 18, as stated for the age model of face-api 1.7.15. Not measured here.
STATED_ERROR_YEARS = 4.82
# The standard deviation of an error that is spread normally around nothing, for a mean absolute error of one year.
_SPREAD = math.sqrt(math.pi / 2)
_PEOPLE, _IN_A_ROW = 100, 10


def let_in_of_100(age: int, *, line: int) -> int:
    """Return how many of a hundred people of an age look at least as old as a line, both in years."""
    spread = NormalDist(0, STATED_ERROR_YEARS * _SPREAD)
    return round(_PEOPLE * (1 - spread.cdf(line - age)))


@dataclass(frozen=True)
class Crowd:
    """A hundred people of one age before a line, as a picture shows them: those who are let in wrongly first."""

    line: int
    let_in: int

    @property
    def people(self) -> list[tuple[int, int, bool]]:
        """Column, row and «let in» of each of them."""
        return [(at % _IN_A_ROW, at // _IN_A_ROW, at < self.let_in) for at in range(_PEOPLE)]


def crowds(age: int, *, wanted: int, buffer_years: int) -> list[Crowd]:
    """Return the same hundred before the line of the area, and before ours, which lies higher."""
    return [Crowd(line, let_in_of_100(age, line=line)) for line in (wanted, wanted + buffer_years)]
