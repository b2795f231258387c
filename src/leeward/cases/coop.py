"""Take over from ROOST Coop: open reports come to the desk, decisions and appeals become its history, and nothing is done twice.

What Coop decided is history: no order leaves, no sign is published and nobody is told anew. It stands under an account that
nobody can use, because nobody here took it.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction

from leeward.cases import appeals, events
from leeward.cases.coop_rows import ActionRow, AnswerRow, AppealRow, Item, ReportRow, Row, RowWrong
from leeward.cases.models import OWN_MEASURES, Appeal, Case, Decision, Measure, Subject
from leeward.cases.states import AppealState, CaseState, DecisionState
from leeward.core import facts
from leeward.core.models import Organisation, User
from leeward.indicators.models import Category
from leeward.reports import contexts
from leeward.reports import services as reports
from leeward.reports.models import Channel, Nature, Reason, Report

ACTOR = "import:coop"
USERNAME = "coop-import"
# Rows are known again by numbers made of Coop's own, so a file can be taken over twice.
NAMES = uuid.uuid5(uuid.NAMESPACE_URL, "https://github.com/roostorg/coop")
# Signs are not made of history, so these two have nothing to do them.
MEASURES = tuple(measure for measure in Measure if measure not in OWN_MEASURES)
NATURES = {
    Category.CSAM: Nature.SEXUAL_CHILD,
    Category.SOLICITATION: Nature.SOLICITATION,
    Category.SEXTORTION: Nature.SEXTORTION,
    Category.BULLYING: Nature.BULLYING,
    Category.STALKING: Nature.STALKING,
    Category.VIOLENCE: Nature.VIOLENCE,
    Category.SELF_HARM: Nature.SELF_HARM,
    Category.ADULT: Nature.SEXUAL,
    Category.OTHER: Nature.OTHER,
}


class NotMapped(RowWrong):
    """The action has no measure here: name it with --action ID=MEASURE, or leave it out on purpose."""


@dataclass(frozen=True)
class Way:
    """Whose rows these are, and what Coop's policies and actions, by their ids, are called here."""

    provider: Organisation
    policies: Mapping[str, Category] = field(default_factory=dict)
    measures: Mapping[str, Measure] = field(default_factory=dict)

    def category(self, policies: tuple[str, ...]) -> Category:
        """Return the category of the first policy that has one."""
        return next((self.policies[one] for one in policies if one in self.policies), Category.OTHER)

    def number(self, *parts: str) -> uuid.UUID:
        """Return the number of a row, the same each time."""
        return uuid.uuid5(NAMES, "\0".join((self.provider.slug, *parts)))


def check(row: Row, *, way: Way, at: datetime) -> None:
    """Say what would be wrong with a row before anything is stored; raises `RowWrong`."""
    if row.at is not None and row.at > at:
        raise RowWrong("its time lies in the future; correct it")
    if isinstance(row, ActionRow) and row.action not in way.measures:
        raise NotMapped(f"the action {row.action[:60]} has no measure here; add --action {row.action[:60]}=MEASURE")


@transaction.atomic
def take(row: Row, *, way: Way, at: datetime) -> bool:
    """Take over one row; False where it was taken over before, which changes nothing. Raises `RowWrong`."""
    check(row, way=way, at=at)
    match row:
        case ReportRow():
            return _report(row, way=way)
        case ActionRow():
            return _action(row, way=way, at=at)
        case AppealRow():
            return _appeal(row, way=way, at=at)
        case AnswerRow():
            return _answer(row, way=way, at=at)


def _report(row: ReportRow, *, way: Way) -> bool:
    if row.content:
        content = contexts.Content(row.content, "application/json")
        contexts.add(contexts.Facts(), provider=way.provider, item_id=row.item.id, at=row.at, content=content)
    draft = reports.Draft(
        Reason.NOT_ALLOWED,
        Channel.API if row.is_by_rule else Channel.PARTNER,
        nature=_nature(row, way),
        item=reports.Item(way.provider.slug, row.item.id, row.item.type_id),
        words=row.words,
        idempotency_key=f"coop:{way.provider.slug}:{row.id}",
        sender=way.provider,
    )
    try:
        # It was received when Coop received it: its clocks run since then.
        return not reports.receive(draft, at=row.at).is_repeat
    except reports.OtherBody:
        raise RowWrong("this report came before with other words or options; it was not changed") from None


def _nature(row: ReportRow, way: Way) -> Nature | None:
    if row.is_csam:
        return Nature.SEXUAL_CHILD
    return NATURES[way.policies[row.policy]] if row.policy in way.policies else None


def _subject(item: Item, *, way: Way, author_id: str = "") -> Subject:
    known = Report(provider=way.provider, item_id=item.id)
    fields = {"provider": way.provider, "item_id": item.id, "item_kind": item.type_id, "author_id": author_id}
    return Subject.objects.get_or_create(digest=Subject.digest_of(known.subject), defaults=fields)[0]


def _nobody() -> User:
    """Return the account under which Coop's decisions stand: without a role, without a password, switched off."""
    person, is_new = User.objects.get_or_create(username=USERNAME, defaults={"is_active": False})
    if is_new:
        person.set_unusable_password()
        person.save(update_fields=["password"])
    return person


def _action(row: ActionRow, *, way: Way, at: datetime) -> bool:
    number, measure = way.number("decision", row.item.id), way.measures[row.action]
    known = Decision.objects.select_for_update().filter(uid=number).first()
    if known is not None:
        if measure in known.measures:
            return False
        # Several actions on one item are one decision with several measures.
        Decision.objects.filter(pk=known.pk).update(measures=[*known.measures, measure])
        return True
    when, names = row.at or at, ", ".join(name for name in row.policy_names if name)
    case = Case.objects.create(
        subject=_subject(row.item, way=way, author_id=row.author_id),
        state=CaseState.DECIDED,
        opened_at=when,
        due_at=when,
        decided_at=when,
    )
    decision = Decision.objects.create(
        uid=number,
        case=case,
        outcome=Decision.Outcome.AGAINST_TERMS,
        category=way.category(row.policies),
        ground=f"Coop: {names or 'terms'}"[:300],
        measures=[measure],
        state=DecisionState.EFFECTIVE,
        found_by=Decision.Found.OWN if row.is_by_rule else Decision.Found.NOTICE,
        is_detected_by_machine=row.is_by_rule,
        automation=Decision.Automation.FULLY if row.is_by_rule else Decision.Automation.NOT,
        proposed_by=_nobody(),
        proposed_at=when,
        effective_at=when,
    )
    _announce(decision, "decision", at=at)
    return True


def _announce(decision: Decision, what: str, *, at: datetime) -> None:
    facts.announce(events.TakenOver(str(decision.case.uid), str(decision.uid), what), actor=ACTOR, at=at)


def _appeal(row: AppealRow, *, way: Way, at: datetime) -> bool:
    number = way.number("appeal", row.id)
    if Appeal.objects.filter(uid=number).exists():
        return False
    decision = Decision.objects.filter(uid=way.number("decision", row.item.id)).select_related("case").first()
    if decision is None:
        raise RowWrong("no action on this item was taken over; put its action into the file, too")
    if decision.appeals.filter(state__in=appeals.WAITING).exists():
        raise RowWrong("another appeal about this item is open; one is enough for it to be looked at")
    by, due_at = Appeal.By.AFFECTED, row.at + appeals.ANSWER_IN
    Appeal.objects.create(uid=number, decision=decision, by=by, text=row.words, at=row.at, due_at=due_at)
    facts.announce(events.AppealOpened(str(decision.case.uid), str(number), by), actor=ACTOR, at=at)
    return True


def _answer(row: AnswerRow, *, way: Way, at: datetime) -> bool:
    appeal = Appeal.objects.filter(uid=way.number("appeal", row.appeal)).select_related("decision__case").first()
    if appeal is None:
        raise RowWrong("the appeal was not taken over; put it into the file, too")
    state, when = AppealState.OVERTURNED if row.is_granted else AppealState.UPHELD, row.at or at
    fields = {"state": state, "answered_by": _nobody(), "answered_at": when, "why": "Decided in Coop."}
    if not Appeal.objects.filter(pk=appeal.pk, state=AppealState.OPEN).update(**fields):
        return False
    if row.is_granted:
        standing = Decision.objects.filter(pk=appeal.decision_id, state=DecisionState.EFFECTIVE)
        standing.update(state=DecisionState.OVERTURNED, reversed_by=_nobody(), reversed_at=when)
        Case.objects.filter(pk=appeal.decision.case_id, state=CaseState.DECIDED).update(state=CaseState.REVERSED)
    _announce(appeal.decision, "answer", at=at)
    return True
