"""What cases announce."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class CaseOpened:
    """A case was opened for something that no open case was about; `is_item` where a provider holds it."""

    case_uid: str
    is_item: bool


@dataclass(frozen=True)
class EvidenceAdded:
    """Evidence was sealed into a case."""

    case_uid: str
    sha256: str


@dataclass(frozen=True)
class DecisionProposed:
    """One person judged, and a second one must agree before anything follows."""

    case_uid: str
    decision_uid: str


@dataclass(frozen=True)
class DecisionDeclined:
    """The second person did not agree; the case is open again and nothing followed."""

    case_uid: str
    decision_uid: str


@dataclass(frozen=True)
class DecisionConfirmed:
    """A decision is in effect."""

    case_uid: str
    decision_uid: str
    outcome: str


@dataclass(frozen=True)
class DecisionReversed:
    """A decision was taken back and everything that followed from it is lifted."""

    case_uid: str
    decision_uid: str


@dataclass(frozen=True)
class MeasuresEnded:
    """The measures of a decision ended by themselves, as it said from the beginning."""

    case_uid: str
    decision_uid: str


@dataclass(frozen=True)
class ActionDelivered:
    """The provider's own system, or a plug-in, took an order."""

    case_uid: str
    action_uid: str


@dataclass(frozen=True)
class ActionAnswered:
    """A system or a person said how an order ended."""

    case_uid: str
    action_uid: str
    is_done: bool


@dataclass(frozen=True)
class ActionOwedAgain:
    """A person asked that an order which could not be carried out is tried again."""

    case_uid: str
    action_uid: str


@dataclass(frozen=True)
class ManyJudged:
    """One person decided several cases at once."""

    bulk_uid: str
    decided: int


@dataclass(frozen=True)
class ManyUndone:
    """What one person decided at once was taken back together."""

    bulk_uid: str
    undone: int


@dataclass(frozen=True)
class ApprovalAsked:
    """Somebody asks for what two people must allow."""

    case_uid: str
    approval_uid: str
    kind: str


@dataclass(frozen=True)
class ApprovalAnswered:
    """A second person allowed it, or did not."""

    case_uid: str
    approval_uid: str
    kind: str
    is_allowed: bool


@dataclass(frozen=True)
class ApprovalUsed:
    """What two people had allowed was done, once."""

    case_uid: str
    approval_uid: str
    kind: str


@dataclass(frozen=True)
class EvidenceDescribed:
    """The frames of a video were hashed, so that copies of it can be recognised."""

    case_uid: str
    sha256: str


@dataclass(frozen=True)
class LegMoved:
    """A leg was made in a state, or came into it: `held`, `owed`, `sent`, `accepted`, `declined`, `done`, `recalled`."""

    case_uid: str
    leg_uid: str
    state: str


@dataclass(frozen=True)
class LegBreached:
    """The time of a leg ran out before its body answered."""

    case_uid: str
    leg_uid: str


@dataclass(frozen=True)
class CaseHandedOver:
    """Others must decide the whole case; it comes back if they say that it is not theirs either."""

    case_uid: str
    leg_uid: str


@dataclass(frozen=True)
class CaseUnroutable:
    """Nobody is known who is responsible, so the case is back in triage and a person must find out."""

    case_uid: str


@dataclass(frozen=True)
class RulesWentLive:
    """Other routing rules are in force: how many, and the SHA-256 of them all in order."""

    rule_set: str
    rules: int
    sha256: str


@dataclass(frozen=True)
class BodyChanged:
    """A body was confirmed, or its contacts were changed; `change` says which."""

    body: str
    change: str


@dataclass(frozen=True)
class EvidenceViewed:
    """Somebody opened a piece of evidence, covered or clear; for what is sealed beside it."""

    case_uid: str
    sha256: str
    form: str


@dataclass(frozen=True)
class EvidenceErased:
    """Everything sealed of a case was erased because its time was over; the digests stay."""

    case_uid: str
    count: int


@dataclass(frozen=True)
class HoldPlaced:
    """Nothing of a case may be erased until then."""

    case_uid: str
    hold_id: int
    until: str


@dataclass(frozen=True)
class HoldReleased:
    """A hold was ended before its time."""

    case_uid: str
    hold_id: int


@dataclass(frozen=True)
class CaseExported:
    """A case was exported for the person concerned; `concerned` is `affected` or `report:UID`."""

    case_uid: str
    concerned: str


@dataclass(frozen=True)
class TakenOver:
    """Something that another desk's software had decided became history here: `decision`, or `answer` to an appeal. Nothing follows."""

    case_uid: str
    decision_uid: str
    what: str


@dataclass(frozen=True)
class NoteAdded:
    """Somebody at the desk left a note for colleagues at a case."""

    case_uid: str


@dataclass(frozen=True)
class StatementMade:
    """The affected user can read why, with the code that the provider passes on."""

    case_uid: str
    decision_uid: str
    statement_uid: str


@dataclass(frozen=True)
class StatementsSubmitted:
    """The EU's database answered: so many statements are stored there, so many were refused and wait for a person."""

    stored: int
    refused: int


@dataclass(frozen=True)
class StatementOwedAgain:
    """A person asked that a refused statement is made anew from its decision and submitted again."""

    case_uid: str
    statement_uid: str


@dataclass(frozen=True)
class AppealOpened:
    """Somebody does not agree with a decision: `affected` or `reporter`."""

    case_uid: str
    appeal_uid: str
    by: str


@dataclass(frozen=True)
class AppealTaken:
    """Somebody who had no part in the decision looks at an appeal."""

    case_uid: str
    appeal_uid: str


@dataclass(frozen=True)
class AppealPutBack:
    """Whoever looked at an appeal left it to somebody else."""

    case_uid: str
    appeal_uid: str


@dataclass(frozen=True)
class AppealAnswered:
    """An appeal ended: `upheld`, `overturned` or `inadmissible`."""

    case_uid: str
    appeal_uid: str
    state: str


@dataclass(frozen=True)
class DeadlineBreached:
    """A clock of a case ran out before it was met."""

    case_uid: str
    clock: str


@dataclass(frozen=True)
class SecondLookTaken:
    """Somebody judged a decision of the sample again without having seen it; `is_same` where both came to the same."""

    case_uid: str
    decision_uid: str
    is_same: bool


@dataclass(frozen=True)
class TargetsChanged:
    """A queue has other targets or another calendar, from now on."""

    queue: str
    calendar: str


@dataclass(frozen=True)
class CalendarChanged:
    """A calendar has other hours or holidays, from now on."""

    calendar: str
