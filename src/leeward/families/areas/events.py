"""What children-only areas announce: numbers only."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class AreaOpened:
    """The operator opened an area for children only."""

    area_uid: str


@dataclass(frozen=True)
class MemberAdmitted:
    """A child came into an area, and what shows that it is no grown-up."""

    member_uid: str
    basis: str


@dataclass(frozen=True)
class MemberMoved:
    """A child grew into the next room of an area."""

    member_uid: str


@dataclass(frozen=True)
class MemberLeft:
    """A child is in an area no more: it left, grew up, or nothing shows any longer that it is no grown-up."""

    member_uid: str


@dataclass(frozen=True)
class ModeratorProposed:
    """One operator looked at a check of somebody who wants to moderate."""

    moderator_uid: str


@dataclass(frozen=True)
class ModeratorApproved:
    """A second operator looked, too: from now on this person may moderate."""

    moderator_uid: str


@dataclass(frozen=True)
class ModeratorEnded:
    """Somebody may moderate no longer."""

    moderator_uid: str
