"""What a blind token can say: one of four ages and one of four levels, so that many people say the same."""

from __future__ import annotations

from dataclasses import dataclass

from leeward.age.levels import THRESHOLDS, Level


@dataclass(frozen=True, slots=True)
class Statement:
    """At least so many years, or less than so many, and how sure that is."""

    is_over: bool
    age: int
    level: Level

    @property
    def claims(self) -> dict[str, object]:
        """The words for it in JSON: `age_over` or `age_under`, and `acr`."""
        return {"age_over" if self.is_over else "age_under": self.age, "acr": self.level.acr}

    def is_enough(self, *, over: int | None, under: int | None, level: Level) -> bool:
        """True where this opens an area that asks for an age and a level. Who is over 18 is over 16, too."""
        if over is not None:
            return self.is_over and self.age >= over and self.level >= level
        return under is not None and not self.is_over and self.age <= under and self.level >= level


def rounded(*, over: int | None, under: int | None, level: Level) -> Statement | None:
    """Return what follows from a result and is said by many: the next of the four ages; None where nothing follows.

    A token lies in a browser for days, so it is never strict, which means: shown anew each time.
    """
    shown = min(level, Level.ENHANCED)
    if over is not None:
        ages = [age for age in THRESHOLDS if age <= over]
        return Statement(True, ages[-1], shown) if ages else None
    ages = [age for age in THRESHOLDS if under is not None and age >= under]
    return Statement(False, ages[0], shown) if ages else None
