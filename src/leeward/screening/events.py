"""What screening announces. An upload that matched nothing is counted and not recorded."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class UploadMatched:
    """An upload met a sign; the bytes were not kept, or sealed into a report where the rule opens a case."""

    match_id: int
    indicator_uid: str
    distance_bits: int


@dataclass(frozen=True)
class UploadHeld:
    """An upload waits for a person."""

    hold_uid: str
    reason: str


@dataclass(frozen=True)
class HoldEnded:
    """A person released a held upload or refused it; the provider is to be told."""

    hold_uid: str
    state: str


@dataclass(frozen=True)
class RulesChanged:
    """The operator put other rules in force."""

    count: int
