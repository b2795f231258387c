"""What helplines remember; Django looks for models here."""

from __future__ import annotations

from leeward.helplines.conversations.models import Conversation, Desk, DeskKey, Message

__all__ = ["Conversation", "Desk", "DeskKey", "Message"]
