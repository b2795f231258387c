"""What was known before: other cases about the same thing, the same author or the same bytes, and the signs that it met."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from leeward.cases.models import Case, Decision, Evidence, Subject
from leeward.cases.states import DecisionState
from leeward.core.models import User
from leeward.indicators.models import Indicator

# On the page of a case; the page of the history shows more.
SHOWN = 3
SHOWN_ON_PAGE = 100
# Grounds that are offered to whoever decides: the most frequent ones among the last decisions.
GROUNDS, GROUNDS_AMONG = 20, 300
_STANDING = (DecisionState.PROPOSED, DecisionState.EFFECTIVE, DecisionState.OVERTURNED)


@dataclass(frozen=True)
class Earlier:
    """Another case, and the last decision about it; None where there is none."""

    case: Case
    decision: Decision | None


@dataclass(frozen=True)
class Known:
    """A sign that a report met, and who confirmed it: a partner by its name, or nobody where it was this desk."""

    sign: Indicator
    partner: str

    @property
    def is_in_force(self) -> bool:
        """True where nobody took it back and its time is not over."""
        return self.sign.state == Indicator.State.ACTIVE


def panel(case: Case, *, person: User, at: datetime) -> dict[str, Any]:
    """Return what `_history.html` shows."""
    same, author, copies = (
        earlier(cases, most=SHOWN + 1) for cases in (same_thing(case), same_author(case), copies_of(case))
    )
    return {
        "history_case": case,
        "history_same": same[:SHOWN],
        "history_author": author[:SHOWN],
        "history_copies": copies[:SHOWN],
        "history_is_more": any(len(found) > SHOWN for found in (same, author, copies)),
        "history_signs": signs(case),
    }


def same_thing(case: Case) -> QuerySet[Case]:
    """Return the other cases about the same item or address."""
    return Case.objects.filter(subject=case.subject_id).exclude(pk=case.pk)


def same_author(case: Case) -> QuerySet[Case]:
    """Return the cases about other things of the same account; none where nobody said whose it is."""
    subject = case.subject
    if not subject.author_id or subject.provider_id is None:
        return Case.objects.none()
    of_author = Subject.objects.filter(provider=subject.provider_id, author_id=subject.author_id).exclude(author_id="")
    return Case.objects.filter(subject__in=of_author).exclude(subject=case.subject_id)


def copies_of(case: Case) -> QuerySet[Case]:
    """Return the cases about other things in which the very same bytes were sealed."""
    digests = list(case.evidence.values_list("sha256", flat=True))
    if not digests:
        return Case.objects.none()
    return Case.objects.filter(pk__in=Evidence.objects.filter(sha256__in=digests).values("case")).exclude(
        subject=case.subject_id
    )


def earlier(cases: QuerySet[Case], *, most: int) -> list[Earlier]:
    """Return cases with the last decision about each, the newest case first."""
    found = cases.select_related("subject__provider").prefetch_related("decisions").order_by("-pk")[:most]
    return [Earlier(case, _last(case.decisions.all())) for case in found]


def _last(decisions: Sequence[Decision] | QuerySet[Decision]) -> Decision | None:
    standing = [decision for decision in decisions if decision.state in _STANDING]
    return max(standing, key=lambda decision: decision.pk, default=None)


def signs(case: Case) -> list[Known]:
    """Return the signs by which screening knew what was reported, each once."""
    met = {uid for uid in case.reports.values_list("report__known_as", flat=True) if uid}
    found = Indicator.objects.filter(uid__in=met).order_by("pk")
    return [
        Known(sign, sign.source.removeprefix("partner:") if sign.source.startswith("partner:") else "")
        for sign in found
    ]


def grounds() -> list[tuple[str, str]]:
    """Return the grounds that were written most among the last decisions, each with the word «Law» or «Terms»."""
    last = Decision.objects.exclude(ground="").order_by("-proposed_at").values_list("ground", "outcome")[:GROUNDS_AMONG]
    words: dict[str, str] = {Decision.Outcome.ILLEGAL: "Law", Decision.Outcome.AGAINST_TERMS: "Terms"}
    named = Counter((ground, words[outcome]) for ground, outcome in last if outcome in words)
    return [pair for pair, _ in named.most_common(GROUNDS)]
