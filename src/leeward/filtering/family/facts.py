"""Which facts the tables of the families follow."""

from __future__ import annotations

from leeward.core import facts
from leeward.families import events as families
from leeward.filtering import events
from leeward.helplines import events as helplines
from leeward.limits import events as limits

LIMITS = facts.kind_of(limits.LimitsChanged)
# What is said of names, by a list or by the directory of helplines.
NAMES = (facts.kind_of(events.ListChanged), facts.kind_of(helplines.ServiceChanged))
# After these, everything about the household is read anew.
HOMES = tuple(
    facts.kind_of(fact)
    for fact in (
        families.ChildAdded,
        families.ChildRemoved,
        families.DeviceAdded,
        families.DeviceJoined,
        families.DeviceChanged,
        families.DeviceRemoved,
        families.GuardianJoined,
        families.GuardianLeft,
        events.LineLinked,
        events.LineUnlinked,
    )
)
KINDS = (LIMITS, *NAMES, *HOMES)
