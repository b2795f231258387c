"""The statement of reasons of a decision, as Article 17 of the Digital Services Act asks: made once, read with a code.

What the affected user reads is composed anew each time from the decision's recorded facts, in the reader's language and
for the reader's age; see `reasons`. What may be submitted to the EU's database is kept as it was built.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from django.db import transaction

from leeward.cases import events
from leeward.cases.models import CaseReport, Decision, Evidence, Measure, Statement
from leeward.cases.states import DecisionState
from leeward.core import config, facts, keys, texts
from leeward.engines import statements as engine
from leeward.reports import receipts

ACTOR = "system"
# What is told to the affected user. That something is kept for the police or that a sign was published is not theirs to know.
TOLD = (
    Measure.REMOVE,
    Measure.DISABLE,
    Measure.AGE_RESTRICT,
    Measure.LABEL,
    Measure.DEMOTE,
    Measure.LIMIT_INTERACTION,
    Measure.SUSPEND,
    Measure.TERMINATE,
    Measure.WARN,
)
# What came from the provider is the content itself; a reporter's picture of it is not.
CONTENT_KINDS = (Evidence.Kind.ITEM, Evidence.Kind.CONTENT, Evidence.Kind.UPLOAD, Evidence.Kind.KNOWN)


def told_measures(decision: Decision) -> list[Measure]:
    """Return the measures that the affected user is told, in the order of the table."""
    return [measure for measure in TOLD if measure in decision.measures]


@transaction.atomic
def make(decision: Decision, *, at: datetime) -> Statement | None:
    """Make the statement of a decision in effect, once; None where nobody is affected: no provider, or no measure to tell.

    A second time returns the same statement. A decision that was taken back meanwhile gets none.
    """
    # The lock puts this before or after a reversal.
    standing = Decision.objects.select_for_update(of=("self",)).select_related("case__subject__provider")
    decision = standing.get(pk=decision.pk)
    made = Statement.objects.filter(decision=decision).first()
    if made is not None:
        return made
    is_owed = (
        decision.state == DecisionState.EFFECTIVE and decision.case.subject.provider_id and told_measures(decision)
    )
    if not is_owed:
        return None
    statement = Statement(decision=decision, language=_language(decision), made_at=at)
    statement.code = digest_of(code_of(statement))
    if is_submitting():
        statement.payload = payload_of(statement)
    if statement.payload:
        statement.submission = Statement.Submission.OWED
    statement.save()
    fact = events.StatementMade(str(decision.case.uid), str(decision.uid), str(statement.uid))
    facts.announce(fact, actor=ACTOR, at=at)
    return statement


def is_submitting() -> bool:
    """True where the operator named the EU's database and a token for it."""
    desk = config.current().desk
    return bool(desk.sor_url and desk.sor_token)


def code_of(statement: Statement) -> str:
    """Return the code with which the affected user reads the statement: 16 digits that follow from its id and our key.

    So a webhook that is sent twice names the same code, and none is kept.
    """
    return receipts.for_key(keys.keyed_digest("code of statement", str(statement.uid)).hex())


def digest_of(code: str) -> bytes:
    """Return the keyed digest under which the code of a statement is stored; a reporter's code has another one."""
    return keys.keyed_digest("statement", code)


def find(typed: str) -> Statement | None:
    """Return the statement of a code as it was typed, or None; raises `receipts.SlipOfTheFinger`."""
    found = Statement.objects.select_related("decision__case__subject__provider")
    return found.filter(code=digest_of(receipts.read(typed))).first()


def payload_of(statement: Statement) -> dict[str, Any]:
    """Return what the EU's database is given: recorded facts and the ground, without personal data. Empty for a warning."""
    decision = statement.decision
    measures = [one for one in engine.Measure if one.value in decision.measures]
    if not measures:
        return {}
    effective_at = decision.effective_at or statement.made_at
    return engine.build(
        engine.Decided(
            puid=str(statement.uid),
            measures=tuple(measures),
            is_illegal=decision.outcome == Decision.Outcome.ILLEGAL,
            ground=decision.ground,
            harm=engine.Harm(decision.category),
            found=engine.Found(decision.found_by),
            is_detected_by_machine=decision.is_detected_by_machine,
            automation=engine.Automation(decision.automation),
            contents=_contents(decision),
            content_date=_known_since(decision),
            application_date=_day(effective_at),
            end_date=_day(decision.ends_at) if decision.ends_at else None,
        )
    )


def _day(at: datetime) -> date:
    return at.astimezone(UTC).date()


def _known_since(decision: Decision) -> date:
    """Return the first day on which somebody saw it here: when it was put there is the provider's to know."""
    first = CaseReport.objects.filter(case=decision.case).order_by("report__received_at").first()
    return _day(first.report.received_at if first else decision.case.opened_at)


def _contents(decision: Decision) -> tuple[engine.Content, ...]:
    sealed = decision.case.evidence.filter(kind__in=CONTENT_KINDS, blob__isnull=False).order_by("pk")
    families = [media_type.partition("/")[0] for media_type in sealed.values_list("blob__media_type", flat=True)]
    return tuple(content for content in engine.Content if content.value in families) or (engine.Content.OTHER,)


def _language(decision: Decision) -> str:
    """Return the best guess of the affected user's language: that of the first report, as both are guests of one place."""
    first = CaseReport.objects.filter(case=decision.case).order_by("pk").select_related("report").first()
    language = first.report.language.lower().replace("_", "-").split("-")[0] if first else ""
    return language if language in texts.languages() else texts.ENGLISH
