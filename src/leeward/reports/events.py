"""What reports announce."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ReportReceived:
    """A report was stored and its receipt can be handed out."""

    report_uid: str
    reason: str
    channel: str
    pictures: int


@dataclass(frozen=True)
class ReporterTold:
    """The reporter can read an outcome with the receipt code."""

    report_uid: str
    outcome: str


@dataclass(frozen=True)
class ReporterSaid:
    """The reporter wrote something, with or without a picture."""

    report_uid: str
    message_uid: str
    pictures: int


@dataclass(frozen=True)
class ReporterAsked:
    """The desk wrote to the reporter."""

    report_uid: str
    message_uid: str


@dataclass(frozen=True)
class ReporterComplained:
    """The reporter does not agree with an outcome; somebody else must look at it."""

    report_uid: str
    outcome: str
    decision: str


@dataclass(frozen=True)
class ReportWithdrawn:
    """The reporter took the report back."""

    report_uid: str


@dataclass(frozen=True)
class MessagesRead:
    """One side read what the other had written."""

    report_uid: str
    count: int


@dataclass(frozen=True)
class MisuseNoted:
    """A reviewer found that the button was misused; the place that it came from is forgotten with this."""

    report_uid: str


@dataclass(frozen=True)
class ContextAdded:
    """A provider's server added what it knows of an item; it lies sealed."""

    context_uid: str
