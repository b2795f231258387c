"""The two ways to show an age at another service, as plug-ins of age assurance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from leeward.age import attempts
from leeward.age.levels import Kind, Level
from leeward.age.methods.protocol import Again, Example, NextStep, Outcome, State, Step
from leeward.age.models import AgeTransaction, Requirement
from leeward.age.upstream import claims, memory, services
from leeward.age.upstream.choices import Reading, Service
from leeward.age.upstream.models import Provider

_KEPT = (
    "Nothing of what the other service said. Whether an age is passed is kept sealed until the visitor goes on, for half an "
    "hour at most."
)


@dataclass(frozen=True)
class UpstreamMethod:
    """The visitor goes to another service, and comes back with its word."""

    service: Service
    top_level: Level
    statement: str
    kind: Kind = Kind.VERIFICATION
    thresholds: tuple[int, ...] | None = None
    retention: str = _KEPT

    @property
    def id(self) -> str:
        """The name of the service."""
        return self.service.value

    def is_ready(self) -> bool:
        """True where the operator set the service up and switched it on."""
        return self._provider() is not None

    def next_step(self) -> NextStep:
        """Name the page of services."""
        return NextStep(_("Set the service up, and switch it on."), "age_upstream:overview")

    def can_open(self, requirement: Requirement) -> bool:
        """True where what the operator said of the service is enough for an area."""
        provider = self._provider()
        if provider is None or provider.level < requirement.level:
            return False
        if provider.reading != Reading.YES_NO or claims.ANY_AGE in provider.claim:
            return True
        age, wanted = claims.age_of(provider.claim) or 0, attempts.wanted(requirement)
        return age >= wanted if requirement.age_over is not None else age <= wanted

    def _provider(self) -> Provider | None:
        return Provider.objects.filter(service=self.service, is_open=True).first()

    def begin(self, transaction: AgeTransaction, *, at: datetime) -> Step:
        """Show where the visitor goes, and what is asked there."""
        provider = self._provider()
        link = services.link(provider, transaction) if provider is not None else ""
        return Step("age/upstream/go.html", {"provider": provider, "link": link, "way": self.id})

    def answer(self, transaction: AgeTransaction, form: Mapping[str, str | bytes], *, at: datetime) -> Outcome:
        """Take what the service said when the visitor came back; `form` says nothing that counts."""
        visit = memory.of(transaction)
        if visit is None:
            return Outcome(State.INCONCLUSIVE, reason="upstream_not_asked")
        if visit.refused:
            return Outcome(State.INCONCLUSIVE, reason=visit.refused)
        if not visit.over:
            raise Again("upstream_waits")
        over = {int(age): is_over for age, is_over in visit.over.items()}
        return Outcome(State.SATISFIED, over, Level(visit.level))

    def examples(self) -> Sequence[Example]:
        """Return an answer of nobody: whatever a visitor writes into the form, only the service's word counts."""
        return [Example({"age_over_18": "true"}, State.INCONCLUSIVE)]


def upstream() -> UpstreamMethod:
    """Return the identity service that the operator named."""
    return UpstreamMethod(
        service=Service.UPSTREAM,
        top_level=Level.ENHANCED,
        statement=(
            "The visitor signs in at an identity service that the operator chose. It says whether an age is passed; where it "
            "can only say a birth date, that is counted with in memory and thrown away. The service learns that its customer "
            "came to us, and not which page asks."
        ),
    )


def carrier() -> UpstreamMethod:
    """Return the company of the telephone line."""
    return UpstreamMethod(
        service=Service.CARRIER,
        top_level=Level.STANDARD,
        statement=(
            "The telephone company recognises the line and says whether the holder of the contract is of that age. A line with "
            "a lock for children, or under a parent's control, never counts as a grown-up's. The company learns that its "
            "customer came to us, and not which page asks. We do not learn the number."
        ),
    )
