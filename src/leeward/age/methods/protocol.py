"""What a method of age assurance must be able to do; the registered ones stand in `leeward.age_methods`."""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol, runtime_checkable

from django.utils.functional import Promise

from leeward.age.levels import Kind, Level
from leeward.age.models import AgeTransaction, Requirement


class State(enum.StrEnum):
    """How an attempt to show an age ended."""

    SATISFIED = "satisfied"
    NOT_SATISFIED = "not_satisfied"
    INCONCLUSIVE = "inconclusive"
    FAILED = "failed"


class Again(Exception):
    """What the visitor sent cannot be read, and may be sent again; `code` is the key of the words that say what to do."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Outcome:
    """What a method found out: only statements «at least so many years», never a birth date.

    `over` holds what was shown, such as {18: False, 16: True}. `reason` is a short code for figures, such as `level_too_low`.
    `holder`, such as `rules.permits.holder(subject)`, is what `attempts.take_back` takes to end the tokens of this attempt.
    """

    state: State
    over: Mapping[int, bool] = field(default_factory=dict)
    level: Level = Level.ASSERTED
    reason: str = ""
    holder: str = ""


@dataclass(frozen=True)
class Step:
    """What the visitor sees next: a template with its values, or an address to go to. `headers` go with the page."""

    template: str = ""
    context: Mapping[str, object] = field(default_factory=dict)
    address: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Example:
    """One harmless answer, and how it must end where the method knows nobody yet; None where the visitor is asked again."""

    form: Mapping[str, str | bytes]
    state: State | None


@runtime_checkable
class Method(Protocol):
    """One way to show an age.

    `id` is its name in addresses and figures. No result of it is above `top_level`. `thresholds` are the only ages it can speak
    of, or None for any. `retention` and `statement` stand in the public practice statement, in English sentences.
    """

    @property
    def id(self) -> str: ...
    @property
    def kind(self) -> Kind: ...
    @property
    def top_level(self) -> Level: ...
    @property
    def thresholds(self) -> tuple[int, ...] | None: ...
    @property
    def retention(self) -> str: ...
    @property
    def statement(self) -> str: ...

    def is_ready(self) -> bool:
        """True where the operator has set up what the method needs, so that it can be offered."""

    def begin(self, transaction: AgeTransaction, *, at: datetime) -> Step:
        """Return what the visitor sees, or where they go. It may be asked for more than once."""

    def answer(self, transaction: AgeTransaction, form: Mapping[str, str | bytes], *, at: datetime) -> Outcome:
        """Judge what the visitor sent; `form` may hold anything. Raises `Again` where the visitor can correct it."""

    def examples(self) -> Sequence[Example]:
        """Return at least one harmless answer; the shared test of the slot runs them."""


@runtime_checkable
class Limited(Protocol):
    """A method that cannot open every area that its level and its ages fit, because of how the operator set it up."""

    def can_open(self, requirement: Requirement) -> bool:
        """True where it is worth offering for an area."""


@dataclass(frozen=True)
class NextStep:
    """What the operator does before a method can be offered. `page` is the name of the address where that is done, if there is one."""

    words: str | Promise
    page: str = ""


@runtime_checkable
class SetUp(Protocol):
    """A method that says what is missing while `is_ready` is false."""

    def next_step(self) -> NextStep:
        """Return what the operator does first."""
