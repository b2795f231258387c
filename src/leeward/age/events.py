"""What age assurance announces. Nobody who showed an age stands in any of it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class RequirementMade:
    """An area of a site asks for an age from now on."""

    requirement_uid: str


@dataclass(frozen=True)
class RequirementClosed:
    """An area asks for no age any more: its gate lets nobody in until the proxy stops asking."""

    requirement_uid: str


@dataclass(frozen=True)
class RecordsImported:
    """A list of a school or of an access provider came in."""

    source: str
    count: int
    dropped: int


@dataclass(frozen=True)
class WayClosed:
    """The operator switched a way off: nobody is offered it from now on."""

    method: str


@dataclass(frozen=True)
class WayOpened:
    """The operator switched a way on again."""

    method: str
