"""Which facts the tables of the families follow."""

from __future__ import annotations

from leeward.core import facts
from leeward.families import events as families
from leeward.filtering import events
from leeward.limits import events as limits

LIMITS = facts.kind_of(limits.LimitsChanged)
LIST = facts.kind_of(events.ListChanged)
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
KINDS = (LIMITS, LIST, *HOMES)
