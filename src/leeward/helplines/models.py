"""What helplines remember; Django looks for models here."""

from __future__ import annotations

from leeward.helplines.chat.models import Presence
from leeward.helplines.conversations.models import Conversation, Desk, DeskKey, Message
from leeward.helplines.custody.models import KeyCopy, KeyShare, PersonKey
from leeward.helplines.desk.models import Call, CannedReply, Draft, Escalation, Note
from leeward.helplines.directory.models import Check, Contact, Service
from leeward.helplines.figures.models import DoorDay, TalkDay
from leeward.helplines.shifts.models import Seat, Shift, SpecialDay
from leeward.helplines.unspoken.models import UnspokenDay

__all__ = [
    "Call",
    "CannedReply",
    "Check",
    "Contact",
    "Conversation",
    "Desk",
    "DeskKey",
    "DoorDay",
    "Draft",
    "Escalation",
    "KeyCopy",
    "KeyShare",
    "Message",
    "Note",
    "PersonKey",
    "Presence",
    "Seat",
    "Service",
    "Shift",
    "SpecialDay",
    "TalkDay",
    "UnspokenDay",
]
