"""Which attempts give blind tokens, and what these say."""

from __future__ import annotations

from datetime import datetime

from leeward.age import attempts
from leeward.age.blind import statements
from leeward.age.blind.statements import Statement
from leeward.age.levels import Level
from leeward.age.models import AgeTransaction


class GivesNone(Exception):
    """An attempt gives no blind tokens: show the age again, without an account."""


def statement_of(attempt: AgeTransaction, *, at: datetime) -> Statement:
    """Return what tokens of an attempt say; raises `GivesNone`.

    It gives none where it did not show the age just now, where it goes on with an older result, and where its tokens could be
    taken back: a blind token never can.
    """
    is_shown = attempt.state == AgeTransaction.State.SATISFIED and attempt.begun_at > at - attempts.OPEN_FOR
    # `attempts.renew` begins an attempt after the result that it copies.
    is_own = attempt.ended_at is not None and attempt.begun_at <= attempt.ended_at
    could_be_taken_back = bool(attempt.holder) or attempt.user is not None
    if not is_shown or not is_own or could_be_taken_back:
        raise GivesNone
    asked = attempt.requirement
    found = statements.rounded(over=asked.age_over, under=asked.age_under, level=Level(attempt.level or 0))
    if found is None:
        raise GivesNone
    return found


def gives(attempt: AgeTransaction, *, at: datetime) -> bool:
    """True where an attempt gives blind tokens."""
    try:
        statement_of(attempt, at=at)
    except GivesNone:
        return False
    return True
