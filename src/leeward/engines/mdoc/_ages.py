"""Statements about ages: `age_over_NN` is true or false, and the nearest statement answers for another age."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from leeward.engines.mdoc._refused import Reason, Refused

_STATEMENT = re.compile(r"age_over_(\d\d)", re.ASCII)  # Two digits: ISO/IEC 18013-5, 7.2.5.


def element(age: int) -> str:
    """Return the name of the statement that somebody is at least `age` years old, from 0 to 99."""
    if not 0 <= age <= 99:
        raise ValueError("An age statement has two digits.")
    return f"age_over_{age:02d}"


def age_of(name: str) -> int | None:
    """Return the age in the name of an age statement, or none where it is another element."""
    found = _STATEMENT.fullmatch(name)
    return int(found[1]) if found else None


def statements(elements: Mapping[str, Any]) -> dict[int, bool]:
    """Return the age statements among `elements`. Raises `Refused` where one is neither true nor false, or they contradict."""
    over: dict[int, bool] = {}
    for name, value in elements.items():
        age = age_of(name)
        if age is None:
            continue
        if type(value) is not bool:
            raise Refused(Reason.STRUCTURE)
        over[age] = value
    _agree(over)
    return over


def nearest(over: Mapping[int, bool], wanted: int) -> bool | None:
    """Say whether somebody is at least `wanted` years old, or none where the statements leave it open.

    Over 18 is over 16 as well, and not over 16 is not over 18 either; nothing else follows. Raises `Refused` on a contradiction.
    Source: ISO/IEC 18013-5, 7.2.5.
    """
    _agree(over)
    if any(is_over and age >= wanted for age, is_over in over.items()):
        return True
    if any(not is_over and age <= wanted for age, is_over in over.items()):
        return False
    return None


def _agree(over: Mapping[int, bool]) -> None:
    reached = [age for age, is_over in over.items() if is_over]
    not_reached = [age for age, is_over in over.items() if not is_over]
    if reached and not_reached and max(reached) >= min(not_reached):
        raise Refused(Reason.CONTRADICTION)
