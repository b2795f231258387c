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
class ActionDelivered:
    """The provider's own system took an order."""

    case_uid: str
    action_uid: str


@dataclass(frozen=True)
class EvidenceDescribed:
    """The frames of a video were hashed, so that copies of it can be recognised."""

    case_uid: str
    sha256: str
