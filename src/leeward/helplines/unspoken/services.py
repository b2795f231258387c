"""Count who comes in a language that no desk speaks, so that the operator learns whom to look for. Nobody is followed for it."""

from __future__ import annotations

import logging
from collections import Counter
from datetime import UTC, date, datetime

from django.db import DatabaseError, transaction
from django.db.models import F

from leeward.core import paces
from leeward.helplines.conversations.models import Desk
from leeward.helplines.unspoken.models import UnspokenDay

log = logging.getLogger("leeward.helplines")

# Of one language. More children than this do not come to a door in a minute; a program may, and is not counted on.
VISITS_A_MINUTE = 60
_visits = paces.Pace()


def came(language: str, *, at: datetime) -> None:
    """Count one visit in a language that no open desk speaks. In any other language, and where there is no desk, nothing is kept.

    A visit and not a child: whoever loads a page twice is counted twice, because telling both apart would need a mark on the
    child. A count that cannot be kept is let go, because the door must open all the same.
    """
    spoken = list(Desk.objects.filter(closed_at=None).values_list("languages", flat=True))
    if not spoken or any(language in languages for languages in spoken):
        return
    try:
        _visits.admit(language, a_minute=VISITS_A_MINUTE, at=at)
        _count(language, day=at.astimezone(UTC).date())
    except paces.TooOften:
        return
    except DatabaseError:
        log.warning("a visit in a language that no desk speaks was not counted")


@transaction.atomic
def _count(language: str, *, day: date) -> None:
    row = UnspokenDay.objects.get_or_create(date=day, language=language)[0]
    UnspokenDay.objects.filter(pk=row.pk).update(visits=F("visits") + 1)


def visits(*, first: date, last: date) -> Counter[str]:
    """Return the visits by language from `first` to `last`, both ends included."""
    found: Counter[str] = Counter()
    rows = UnspokenDay.objects.filter(date__gte=first, date__lte=last)
    for language, count in rows.values_list("language", "visits"):
        found[language] += count
    return found
