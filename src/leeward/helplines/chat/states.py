"""How a talk stands, as both its sides are told."""

from __future__ import annotations

from datetime import datetime, timedelta
from math import ceil

from leeward.helplines.chat import board, presence
from leeward.helplines.chat.board import Look
from leeward.helplines.chat.lines import Frame
from leeward.helplines.conversations.models import Conversation

# As for counsellors: two heartbeats that did not come, and a little.
_CHILD_GONE_AFTER = timedelta(seconds=45)


def frame(conversation: Conversation, *, at: datetime, seen: Look | None = None) -> Frame:
    """Return the state of a talk that was just read; `seen` is a look at its desk where one was taken already."""
    uid, state = str(conversation.uid), conversation.state
    found = waiting(uid) | {"state": state, "alias": conversation.alias, "risk": conversation.risk}
    found["place"] = conversation.message_count
    found["is_child_here"] = conversation.child_seen_at > at - _CHILD_GONE_AFTER
    if state == Conversation.State.WAITING:
        found |= place(uid, seen or board.look(str(conversation.desk.uid), at=at))
    elif state == Conversation.State.TALKING:
        found["is_paused"] = not presence.is_there(conversation.counsellor_id, at=at)
    return found


def waiting(conversation_uid: str) -> Frame:
    """Return the state of a talk of which nothing is known but that it waits."""
    state: Frame = {"type": "state", "conversation": conversation_uid, "state": "waiting", "alias": ""}
    return state | {"position": None, "wait_s": None, "is_paused": False}


def place(conversation_uid: str, seen: Look) -> Frame:
    """Return the place of a waiting chat in the line, and how long it will about take."""
    position = seen.positions.get(conversation_uid)
    if position is None:
        return {"position": None, "wait_s": None}
    ahead = max(0, position - seen.free)
    if not ahead:
        return {"position": position, "wait_s": 0}
    is_known = seen.length_s is not None and seen.places
    return {"position": position, "wait_s": ceil(seen.length_s / seen.places * ahead) if is_known else None}  # type: ignore[operator]  # asked the line before
