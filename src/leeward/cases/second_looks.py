"""Quality: a random share of what one person decided alone is judged again by somebody who does not see how, and compared."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from leeward.cases import events, services
from leeward.cases.models import Decision, SecondLook
from leeward.cases.states import DecisionState
from leeward.core import config, facts, keys
from leeward.core.models import User
from leeward.indicators.models import Category

# A decision can be drawn for so long, so that a worker that stood still for a day makes good what it missed.
DRAWN_WITHIN = timedelta(days=2)
_PLACE = "second look"
_PARTS = 1 << 32


@dataclass(frozen=True)
class Agreement:
    """Of how many decisions judged twice both came to the same outcome, and to the same kind of harm as well."""

    count: int
    same_outcome: int
    same_all: int

    @property
    def outcome_percent(self) -> int:
        """The share with the same outcome; 0 where nothing was judged twice."""
        return round(100 * self.same_outcome / self.count) if self.count else 0

    @property
    def all_percent(self) -> int:
        """The share in which the kind of harm is the same, too."""
        return round(100 * self.same_all / self.count) if self.count else 0


def is_drawn(decision: Decision, *, percent: int) -> bool:
    """True for that share of decisions. A keyed digest of its number is the lot: nobody can foresee or choose it.

    So a run that comes twice draws the same ones, and each decision has the same chance whoever took it.
    """
    lot = int.from_bytes(keys.keyed_digest(_PLACE, str(decision.uid))[:4])
    return lot * 100 < percent * _PARTS


def draw(at: datetime) -> int:
    """Draw the share of the decisions that one person took alone lately; return how many were new. A chore."""
    percent = config.current().desk.second_look_percent
    lately = Decision.objects.filter(state=DecisionState.EFFECTIVE, proposed_at__gt=at - DRAWN_WITHIN)
    # What two people took was looked at twice already, and nobody has to see it a third time.
    missing = lately.filter(second_look=None, seconded_by=None).only("pk", "uid")
    drawn = [SecondLook(decision=one, drawn_at=at) for one in missing.iterator() if is_drawn(one, percent=percent)]
    SecondLook.objects.bulk_create(drawn, ignore_conflicts=True)
    return len(drawn)


def waiting(person: User) -> QuerySet[SecondLook]:
    """Return what waits for a second look of this person: nothing of a case in which the person judged."""
    own = _judged_by(person).filter(case=OuterRef("decision__case"))
    looks = SecondLook.objects.filter(at=None).exclude(Exists(own))
    return looks.select_related("decision__case__subject__provider").order_by("drawn_at", "pk")


def _judged_by(person: User) -> QuerySet[Decision]:
    return Decision.objects.filter(Q(proposed_by=person) | Q(seconded_by=person))


@transaction.atomic
def judge_again(look: SecondLook, *, outcome: Decision.Outcome, category: Category, by: User, at: datetime) -> None:
    """Write down what a second person thinks; it changes nothing else. Raises `NeedsAnother` for whoever judged the case.

    Raises `services.NotForThisPerson` or, where a colleague was faster, `services.AlreadyDecided`.
    """
    services.require(by, services.JUDGES)
    if _judged_by(by).filter(case=look.decision.case).exists():
        raise services.NeedsAnother
    given = {"outcome": outcome, "category": category, "by": by, "at": at}
    if not SecondLook.objects.filter(pk=look.pk, at=None).update(**given):
        raise services.AlreadyDecided
    decision = look.decision
    is_same = (decision.outcome, decision.category) == (outcome, category)
    fact = events.SecondLookTaken(str(decision.case.uid), str(decision.uid), is_same)
    facts.announce(fact, actor=services.actor(by), at=at)


def taken() -> QuerySet[SecondLook]:
    """Return the second looks that were taken, the newest first."""
    return SecondLook.objects.filter(at__isnull=False).select_related("decision__case", "by").order_by("-at", "-pk")


def differing() -> QuerySet[SecondLook]:
    """Return those in which the two did not agree, the newest first."""
    same = Q(outcome=F("decision__outcome"), category=F("decision__category"))
    return taken().exclude(same)


def agreement(*, since: datetime) -> Agreement:
    """Compare what was judged twice since then."""
    looks = taken().filter(at__gte=since)
    same_outcome = looks.filter(outcome=F("decision__outcome"))
    same_all = same_outcome.filter(category=F("decision__category"))
    return Agreement(looks.count(), same_outcome.count(), same_all.count())
