"""Tell the open pages what changed: the child's, and those of the desk."""

from __future__ import annotations

from datetime import datetime

from leeward.helplines.chat import lines, states
from leeward.helplines.conversations.models import Conversation, Desk


def state_changed(talk: Conversation, *, at: datetime) -> None:
    """Tell both sides of a talk how it stands now, and the desk to look again."""
    talk.refresh_from_db()
    lines.tell(str(talk.uid), states.frame(talk, at=at))
    desk_changed(talk)


def desk_changed(talk: Conversation) -> None:
    """Tell the desk of a talk to look again. A child hears nothing."""
    desk_looks_again(talk.desk)


def desk_looks_again(desk: Desk) -> None:
    """Tell everybody at a desk, and whoever waits at its door, to look again."""
    lines.tell_desk(str(desk.uid), lines.CHANGED)
