"""What the desk's API answers: the facts of a case that its page shows. Evidence is told of by digests, never by content."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from ninja import Field, Schema
from pydantic import BeforeValidator

from leeward.cases import conversations
from leeward.cases.models import Case, Subject


def _named(value: object) -> str | None:
    return None if value is None else str(value)


def _short(value: object) -> object:
    return getattr(value, "slug", value)


type Person = Annotated[str | None, BeforeValidator(_named)]
type Slug = Annotated[str | None, BeforeValidator(_short)]


class AboutOut(Schema):
    """What a case is about: an item of a provider, or an address."""

    provider: Slug
    item_id: str
    item_kind: str
    author_id: str
    page_url: str


class RowOut(Schema):
    """One case as the queue shows it."""

    uid: UUID
    ref: str
    about: AboutOut
    state: str
    severity: int = Field(description="0: a child is in danger now. 3: it can wait for a day.")
    priority: int
    nature: str
    queue: str
    report_count: int
    is_unroutable: bool
    opened_at: datetime
    due_at: datetime
    decided_at: datetime | None
    taken_by: Person
    taken_until: datetime | None
    has_complaint: bool
    has_message: bool

    @staticmethod
    def resolve_about(case: Case) -> Subject:
        return case.subject


class QueueOut(Schema):
    """One page of the queue, most urgent first."""

    cases: list[RowOut]
    next: str | None = Field(description="The `after` of the next page; null where this was the last.")


class FoundOut(Schema):
    """Some cases, the first hundred of them where there are more."""

    cases: list[RowOut]
    is_more: bool


class SaidOut(Schema):
    """One message of the conversation with a reporter; `asked_by` is null where the reporter wrote it."""

    uid: UUID
    asked_by: Person
    text: str
    at: datetime
    read_at: datetime | None


class ComplaintOut(Schema):
    """A reporter does not agree with an outcome."""

    outcome: str
    text: str
    at: datetime

    @staticmethod
    def resolve_outcome(complaint: Any) -> str:
        return str(complaint.outcome.kind)


class ReportOut(Schema):
    """One report of a case."""

    uid: UUID
    reason: str
    nature: str
    channel: str
    words: str
    language: str
    band: str
    page_url: str
    sender: Slug
    author_id: str
    conversation_id: str
    surroundings: dict[str, Any]
    received_at: datetime
    is_doubted: bool

    @staticmethod
    def resolve_surroundings(report: Any) -> dict[str, Any]:
        # What else stands there are numbers of sealed things, which are no business of the desk.
        shown = ("time_zone", "browser", "seen_at", "actions")
        return {name: report.surroundings[name] for name in shown if name in report.surroundings}


class ThreadOut(Schema):
    """One report with everything that was said about it. `waits`: the reporter waits for the desk."""

    report: ReportOut
    messages: list[SaidOut]
    complaints: list[ComplaintOut]
    waits: bool
    is_misuse: bool
    is_withdrawn: bool

    @staticmethod
    def resolve_is_withdrawn(thread: conversations.Thread) -> bool:
        return hasattr(thread.report, "withdrawal")


class ConnectionOut(Schema):
    """One line of a provider's log."""

    ip: str
    port: int | None
    at: datetime
    event: str


class ProfileNoteOut(Schema):
    """One thing that a provider noted about a profile."""

    text: str
    high_risk: bool


class FactsOut(Schema):
    """What the provider's own server told about the item."""

    author_id: str
    conversation_id: str
    connections: list[ConnectionOut]
    profile_notes: list[ProfileNoteOut]


class KnownOut(Schema):
    """What the provider's own server told, and when."""

    added_at: datetime
    facts: FactsOut


class PieceOut(Schema):
    """One sealed thing, by its digests. To see it, ask the viewing door with a purpose."""

    kind: str
    sha256: str
    sha1: str
    md5: str
    pdq: str
    pdq_quality: int | None
    media_type: str | None = Field(None, alias="blob.media_type")
    size_bytes: int | None = Field(None, alias="blob.size_bytes")
    added_at: datetime
    erased_at: datetime | None


class ActionOut(Schema):
    """One order that follows from a decision, and how it ended."""

    uid: UUID
    kind: str
    target: str
    state: str
    ordered_at: datetime
    delivered_at: datetime | None
    answered_at: datetime | None
    done_by: Person


class DecisionOut(Schema):
    """One decision: what, by whom, on which ground, and what was ordered because of it."""

    uid: UUID
    outcome: str
    category: str
    ground: str
    facts: str
    measures: list[str]
    ends_at: datetime | None
    block_host: str
    state: str = Field(description="«proposed» waits for a second person; nothing follows before.")
    found_by: str
    is_detected_by_machine: bool
    automation: str
    proposed_by: Person
    proposed_at: datetime
    seconded_by: Person
    effective_at: datetime | None
    reversed_by: Person
    reversed_at: datetime | None
    actions: list[ActionOut]


class DeliveryOut(Schema):
    """One thing that follows by itself: owed, running, done, or parked after its last try."""

    task: str
    state: str
    attempts: int
    due_at: datetime
    finished_at: datetime | None


class NoteOut(Schema):
    """What a colleague left at the case."""

    by: Person
    text: str
    at: datetime


class LegOut(Schema):
    """One hand-over to a body that may be responsible, with its own clock."""

    uid: UUID
    body: Slug
    name: str
    state: str
    given_by: str
    why: str
    legal_basis: str
    fields: list[str]
    hop: int
    made_at: datetime
    due_at: datetime
    sent_at: datetime | None
    answered_at: datetime | None
    is_breached: bool
    answer: str


class ClockOut(Schema):
    """One clock of a case."""

    clock: str
    starts_at: datetime
    due_at: datetime
    met_at: datetime | None
    breached_at: datetime | None


class HoldOut(Schema):
    """Until then nothing of the case is erased."""

    id: int
    basis: str
    until: datetime
    placed_by: Person
    placed_at: datetime
    released_by: Person
    released_at: datetime | None


class ApprovalOut(Schema):
    """Something that needs a second person and is no decision."""

    uid: UUID
    kind: str
    why: str
    state: str
    asked_by: Person
    asked_at: datetime
    answered_by: Person
    answered_at: datetime | None
    used_at: datetime | None


class AppealOut(Schema):
    """Somebody does not agree with a decision."""

    uid: UUID
    decision: UUID = Field(alias="decision.uid")
    case: UUID = Field(alias="decision.case.uid")
    by: str
    text: str
    at: datetime
    due_at: datetime
    state: str
    taken_by: Person
    answered_by: Person
    answered_at: datetime | None
    why: str


class CaseOut(Schema):
    """One case: what it is, what is known, what was decided, and what follows."""

    case: RowOut
    may_take: bool
    may_write: bool
    reports: list[ThreadOut]
    known: list[KnownOut]
    evidence: list[PieceOut]
    decisions: list[DecisionOut]
    follows: list[DeliveryOut]
    notes: list[NoteOut]
    legs: list[LegOut]
    clocks: list[ClockOut]
    holds: list[HoldOut]
    approvals: list[ApprovalOut]
    appeals: list[AppealOut]


class OneOut(Schema):
    """How it went with one of many cases; `problem` is null where it was done."""

    case: UUID = Field(alias="case.uid")
    decision: UUID | None = Field(None, alias="decision.uid")
    problem: str | None

    @staticmethod
    def resolve_problem(one: Any) -> str | None:
        return one.problem.__name__ if one.problem else None


class BulkOut(Schema):
    """Many decisions of one person at once; `uid` is what undoes them together."""

    uid: UUID
    each: list[OneOut]
