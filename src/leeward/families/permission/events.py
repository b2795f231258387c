"""What permissions and links announce. Together they are the proof: who allowed what when, without a name and without an age."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class PermissionAsked:
    """A child asks its family for something."""

    permission_uid: str
    child_uid: str
    scopes: Sequence[str]


@dataclass(frozen=True)
class PermissionGranted:
    """A guardian allowed some of it until a day, after reading a version of the notice, under some rules.

    Without a guardian, the child is old enough and decided alone.
    """

    permission_uid: str
    guardian_uid: str
    scopes: Sequence[str]
    until: str
    notice: str
    rules: Sequence[str]
    adult_level: int
    relation: str


@dataclass(frozen=True)
class PermissionRefused:
    """A guardian said no."""

    permission_uid: str
    guardian_uid: str


@dataclass(frozen=True)
class PermissionRevoked:
    """What was allowed is allowed no longer: taken back, over, on hold, or the child is old enough to decide."""

    permission_uid: str
    state: str


@dataclass(frozen=True)
class PermissionWithdrawn:
    """A child took its question back, or nobody answered in time."""

    permission_uid: str


@dataclass(frozen=True)
class PermissionEnds:
    """A permission is over soon; child and guardians read it."""

    permission_uid: str


@dataclass(frozen=True)
class LinkStated:
    """Something says that a guardian belongs to a child: whose word it is."""

    link_uid: str
    relation: str


@dataclass(frozen=True)
class LinkFrozen:
    """A link holds no longer until a person has looked at it."""

    link_uid: str
    why: str


@dataclass(frozen=True)
class LinkSettled:
    """A person looked at a link that was on hold: it holds again, or it is over."""

    link_uid: str
    state: str


@dataclass(frozen=True)
class CountryChanged:
    """A family said in which country it lives; what hangs on rules is looked at anew."""

    household_uid: str
