"""Learn how often a way is wrong: remember what it said for a while, and compare it with what a surer way says of the same visitor."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet

from leeward.age import levels
from leeward.age.effect import counts
from leeward.age.effect.models import Evidence, OpenAnswer, Side
from leeward.age.levels import Level
from leeward.core.models import User

# As long as a browser is found again at all (`attempts.RENEWED_FOR`). Who was drawn has so long to take a second way.
BROWSER_FOR = timedelta(hours=1)
# People have birthdays: what is shown later than this says little of what was true then.
ACCOUNT_FOR = timedelta(days=60)
_PARTS = 1_000_000


@dataclass(frozen=True)
class Visitor:
    """Who gave an answer: an account, or else a browser by the keyed digest of its secret."""

    user: User | None
    browser: bytes

    def answers(self) -> QuerySet[OpenAnswer]:
        """Return the visitor's open answers."""
        if self.user is not None:
            return OpenAnswer.objects.filter(user=self.user)
        return OpenAnswer.objects.filter(user=None, browser=self.browser)


@dataclass(frozen=True)
class Said:
    """What a way said, and to which question."""

    method: str
    level: Level
    age: int
    side: Side
    was_let_in: bool


def draw(share: float) -> float:
    """Return `share` for that share of calls, else 0, by the operating system's randomness."""
    return share if secrets.randbelow(_PARTS) < share * _PARTS else 0.0


@transaction.atomic
def note(visitor: Visitor, said: Said, *, drawn_share: float, at: datetime) -> None:
    """Remember an answer until a surer way is taken. Whoever gives it again is not drawn again."""
    values = {
        "browser": visitor.browser,
        "level": said.level,
        "was_let_in": said.was_let_in,
        "drawn_share": drawn_share if said.was_let_in else 0,
        "said_at": at,
    }
    which = {"user": visitor.user, "method": said.method, "age": said.age, "side": said.side}
    known = visitor.answers().filter(**which, was_let_in=said.was_let_in)
    if not known.exists():
        visitor.answers().filter(**which).delete()
        # The same browser may do it twice at the same moment; once is enough.
        OpenAnswer.objects.bulk_create([OpenAnswer(**which, **values)], ignore_conflicts=True)


@transaction.atomic
def compare(visitor: Visitor, *, method: str, level: Level, over: Mapping[int, bool], at: datetime) -> None:
    """Count how less sure answers of this visitor turned out, and forget them. `over` is what the surer way showed."""
    less_sure = visitor.answers().filter(level__lt=level).exclude(method=method)
    # In one order, so that two visitors at a time do not wait for each other's counts for ever.
    for answer in less_sure.exclude(_is_over(at)).order_by("method", "age", "side", "was_let_in", "drawn_share"):
        claims = levels.claims(over, answer.age)
        if len(claims) != 1:
            continue
        is_of_age = (True in claims) == (answer.side == Side.OVER)
        _close(answer, found=Evidence.Found.OF_AGE if is_of_age else Evidence.Found.NOT_OF_AGE, at=at)


def is_asked(visitor: Visitor, *, method: str, age: int, side: Side, at: datetime) -> bool:
    """True where this visitor was drawn for a second way after `method`, and has not taken one yet."""
    drawn = visitor.answers().filter(method=method, age=age, side=side, drawn_share__gt=0)
    return drawn.exclude(_is_over(at)).exists()


@transaction.atomic
def forget(at: datetime) -> None:
    """Erase answers that nothing was compared with in time. Of those drawn it is counted that they gave no second one."""
    for answer in OpenAnswer.objects.filter(_is_over(at), drawn_share__gt=0):
        _close(answer, found=Evidence.Found.SILENT, at=at)
    OpenAnswer.objects.filter(_is_over(at)).delete()


def _is_over(at: datetime) -> Q:
    of_browsers = Q(user=None, said_at__lte=at - BROWSER_FOR) | Q(drawn_share__gt=0, said_at__lte=at - BROWSER_FOR)
    return of_browsers | Q(said_at__lte=at - ACCOUNT_FOR)


def _close(answer: OpenAnswer, *, found: Evidence.Found, at: datetime) -> None:
    """Count an answer and erase it. Two that do it at once count it once."""
    if OpenAnswer.objects.filter(pk=answer.pk).delete()[0]:
        counts.evidence(answer, found=found, at=at)
