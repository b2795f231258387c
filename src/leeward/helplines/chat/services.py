"""What a live chat can be asked beside what every talk can: to begin at an open door, to be left, and to be given up for gone."""

from __future__ import annotations

import contextlib
from datetime import datetime, timedelta

from leeward.helplines.chat import door, presence
from leeward.helplines.conversations import services as conversations
from leeward.helplines.conversations.models import Conversation

State = Conversation.State

# Two heartbeats that did not come, and time to find the way back after a fault or a reload.
WAITS_SILENT = timedelta(seconds=60)
# A child whose telephone died comes back with the code or the open tab; then the counsellor is free again.
TALKS_SILENT = timedelta(minutes=15)


class DoorIsClosed(Exception):
    """Nobody can answer now: the door says when it opens, and the mailbox is open always."""


def begin(*, language: str, band: str, topic: str, finder: bytes, child_key: bytes, at: datetime) -> Conversation:
    """Begin a chat at the best open door of a language, or return the one that the same child began with the same code.

    Raises `DoorIsClosed`, and what `conversations.begin` raises.
    """
    known = conversations.find(finder)
    if known is not None and known.child_key is not None and bytes(known.child_key) == child_key:
        return known
    which = door.for_language(language, at=at)
    if which.desk is None or not which.is_open:
        raise DoorIsClosed
    return conversations.begin(
        which.desk,
        kind=Conversation.Kind.CHAT,
        language=language,
        band=band,
        topic=topic,
        finder=finder,
        child_key=child_key,
        at=at,
    )


def leave(conversation: Conversation, *, at: datetime) -> None:
    """End a chat because its child used the exit: gone before anybody came, or left safely. Harmless where it is over."""
    if conversation.kind != Conversation.Kind.CHAT:
        return
    for state, how in ((State.WAITING, State.ABANDONED), (State.TALKING, State.LEFT)):
        if Conversation.objects.filter(pk=conversation.pk, state=state).exists():
            with contextlib.suppress(conversations.TalkEnded):
                conversations.finish(conversation, how=how, at=at)
            return


def give_up(at: datetime) -> None:
    """End the chats whose children have been silent for too long, as of their last sign, and forget silent lines of counsellors."""
    presence.forget_silent(at=at)
    chats = Conversation.objects.filter(kind=Conversation.Kind.CHAT)
    silent = chats.filter(state=State.WAITING, child_seen_at__lte=at - WAITS_SILENT)
    silent |= chats.filter(state=State.TALKING, child_seen_at__lte=at - TALKS_SILENT)
    for chat in silent:
        how = State.ABANDONED if chat.state == State.WAITING else State.LEFT
        with contextlib.suppress(conversations.TalkEnded):
            conversations.finish(chat, how=how, at=chat.child_seen_at)
