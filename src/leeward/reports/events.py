"""What reports announce."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ReportReceived:
    """A report was stored and its receipt can be handed out."""

    report_uid: str
    reason: str
    channel: str


@dataclass(frozen=True)
class ReporterTold:
    """The reporter can read an outcome with the receipt code."""

    report_uid: str
    outcome: str
