"""What a page shows of somebody's limits at one moment: whose they are, how things stand, what can be done about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from leeward.families.choices import Use
from leeward.families.models import Device, Household
from leeward.limits import profiles, services, standing
from leeward.limits.choices import Whose
from leeward.limits.models import Limits
from leeward.limits.standing import Now, Standing

_USES = {Whose.SHARED: Use.SHARED, Whose.GUEST: Use.GUEST}


@dataclass(frozen=True)
class Card:
    """One child, or devices that several people use, and how things stand for them."""

    limits: Limits
    standing: Standing
    words: str
    devices: Sequence[Device]
    can_wait: bool  # Whether an hour more would change anything now.

    @property
    def title(self) -> str:
        """The nickname of the child, or whose devices they are."""
        return title(self.limits)

    @property
    def is_paused(self) -> bool:
        """True where everything is paused now."""
        return self.standing.now == Now.PAUSED

    @property
    def has_more_time(self) -> bool:
        """True where more time was given and is not over."""
        return self.standing.now == Now.EXTRA

    @property
    def joined(self) -> Device | None:
        """The first device that has joined, or None; the limits hold on it when it is set up."""
        return next((device for device in self.devices if device.joined_at), None)


def title(limits: Limits) -> str:
    """Return whose limits they are, as a heading says it."""
    return limits.child.nickname if limits.child else limits.get_whose_display()


def of(limits: Limits, devices: Sequence[Device], *, at: datetime) -> Card:
    """Return the card of some limits."""
    profile = profiles.profile(limits, at=at)
    stands = standing.of(profile, at=at)
    words = standing.said(stands, at=at, zone=profile.zone)
    return Card(limits, stands, words, devices, standing.can_wait(profile, at=at))


def of_children(household: Household, *, at: datetime) -> list[Card]:
    """Return the cards of the children in the order in which they came."""
    children = household.children.filter(removed_at=None)
    devices = household.devices.filter(removed_at=None)
    by_child = [(child, [device for device in devices if device.child_id == child.pk]) for child in children]
    return [of(services.of_child(child, at=at), theirs, at=at) for child, theirs in by_child]


def of_everybody(household: Household, *, at: datetime) -> list[Card]:
    """Return the cards of devices that everybody uses, of guests, and of the line of the home."""
    devices = household.devices.filter(removed_at=None, child=None)
    by_whose = [
        (whose, [device for device in devices if device.use == _USES.get(whose)])
        for whose in (Whose.SHARED, Whose.GUEST, Whose.LINE)
    ]
    return [of(services.of_household(household, whose, at=at), theirs, at=at) for whose, theirs in by_whose]
