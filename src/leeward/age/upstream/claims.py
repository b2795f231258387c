"""What a claim says of an age. A birth date is counted with and forgotten here; nothing but «over so many years» leaves."""

from __future__ import annotations

import calendar
import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from leeward.age.levels import THRESHOLDS
from leeward.age.upstream.choices import Reading
from leeward.age.upstream.refusing import Refused

# Stands in the name of a claim for the age that is asked, such as age_over_{age}.
ANY_AGE = "{age}"
_ONE_AGE = re.compile(r"[A-Za-z0-9_.:/-]*?(\d{1,2})", re.ASCII)
_DATE = re.compile(r"(\d{4})(?:-(\d{2})-(\d{2}))?", re.ASCII)
_OLDEST = 120


def name(claim: str, *, wanted: int) -> str:
    """Return the name of the claim to look for."""
    return claim.replace(ANY_AGE, str(wanted))


def age_of(claim: str) -> int | None:
    """Return the one age that a yes-or-no claim speaks of, or None where it can be any, or where its name holds none."""
    found = _ONE_AGE.fullmatch(claim)
    return int(found[1]) if found else None


def over(claims: Mapping[str, Any], claim: str, reading: Reading, *, wanted: int, today: date) -> dict[int, bool]:
    """Return the ages that a claim shows. Raises `Refused` where it is missing or says nothing of the kind."""
    said = claims.get(name(claim, wanted=wanted))
    if said is None:
        raise Refused("upstream_no_claim")
    match reading, said:
        case Reading.YES_NO, bool():
            age = wanted if ANY_AGE in claim else age_of(claim)
            return {age: said} if age is not None else {}
        case Reading.YEARS, int() if not isinstance(said, bool) and 0 <= said <= _OLDEST:
            return {age: said >= age for age in {*THRESHOLDS, wanted}}
        case Reading.BIRTH_DATE, str():
            return _of_birth(said, {*THRESHOLDS, wanted}, today=today)
    raise Refused("upstream_odd_claim")


def _of_birth(said: str, ages: set[int], *, today: date) -> dict[int, bool]:
    """Of a year alone, which OpenID Connect allows, nothing follows for the age that is reached in this year."""
    found = _DATE.fullmatch(said)
    if found is None or not today.year - _OLDEST <= int(found[1]) <= today.year:
        raise Refused("upstream_odd_claim")
    year = int(found[1])
    if found[2] is None:
        return {age: today.year - year > age for age in ages if today.year - year != age}
    month, day = int(found[2]), int(found[3])
    if not 1 <= month <= 12 or not 1 <= day <= calendar.monthrange(year, month)[1]:
        raise Refused("upstream_odd_claim")
    # Who was born on 29 February is a year older on 1 March where there is no such day.
    years = today.year - year - ((today.month, today.day) < (month, day))
    if years < 0:
        raise Refused("upstream_odd_claim")
    return {age: years >= age for age in ages}
