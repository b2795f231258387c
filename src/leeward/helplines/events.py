"""What helplines announce: ids only. What a child said stands in no record."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class EscalationMade:
    """A counsellor or supervisor gave the case desk what they selected of a conversation."""

    escalation_uid: str


@dataclass(frozen=True)
class ServiceChanged:
    """A row of the directory was added, changed, checked or retired, or became stale."""

    service_uid: str


@dataclass(frozen=True)
class TalkErased:
    """A talk lost its words and its code for good. Whoever keeps something about it erases that, too."""

    conversation_uid: str


@dataclass(frozen=True)
class DeskKeyMoved:
    """A key of a desk was begun, given, taken away, or a share of it lent. `step` says which, `person` is whose it is now or was."""

    desk_uid: str
    step: str
    person: int
