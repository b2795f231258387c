"""What a mailbox can be asked beside what every talk can: to be written to for the first time, sealed here or by the browser."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from django.db import transaction

from leeward.engines import sealing
from leeward.helplines.conversations import services as talks
from leeward.helplines.conversations.models import Conversation, Desk, Message

CHILD = Message.Sender.CHILD


class KeyChanged(Exception):
    """The desk has another key than the words were sealed to: seal them again to the key in force."""


@dataclass(frozen=True)
class About:
    """What a child says beside its words: each may be empty but the language."""

    language: str
    band: str
    topic: str


@dataclass(frozen=True)
class Sealed:
    """A message as it is stored: sealed twice, with the number by which a second sending is known."""

    client_id: UUID
    for_desk: bytes
    for_child: bytes


@dataclass(frozen=True)
class Letter:
    """A first message that the browser sealed, with what the code of its talk gave there."""

    uid: UUID
    finder: bytes
    child_key: bytes
    desk_key: bytes
    sealed: Sealed


@transaction.atomic
def begin(desk: Desk, letter: Letter, *, about: About, at: datetime) -> Conversation:
    """Begin a mailbox with its first message; the same letter sent again changes nothing.

    Raises `KeyChanged`, and what `talks.begin` and `talks.say` raise.
    """
    talk = talks.find(letter.finder)
    if talk is None:
        talk = talks.begin(
            desk,
            kind=Conversation.Kind.MAILBOX,
            language=about.language,
            band=about.band,
            topic=about.topic,
            finder=letter.finder,
            child_key=letter.child_key,
            uid=letter.uid,
            at=at,
        )
    elif talk.uid != letter.uid:
        raise talks.FinderTaken
    if bytes(talk.desk_key.public) != letter.desk_key:
        raise KeyChanged
    keep(talk, letter.sealed, at=at)
    return talk


def keep(talk: Conversation, sealed: Sealed, *, at: datetime) -> Message:
    """Keep a sealed message of the child; raises what `talks.say` raises."""
    return talks.say(
        talk,
        sender=CHILD,
        author=None,
        client_id=sealed.client_id,
        for_desk=sealed.for_desk,
        for_child=sealed.for_child,
        at=at,
    )


@transaction.atomic
def begin_open(
    desk: Desk, words: str, *, opening: sealing.Opening, client_id: UUID, about: About, at: datetime
) -> Conversation:
    """Begin a mailbox with words that came in the clear, and seal them before anything is stored; twice is once.

    Raises what `talks.begin` and `talks.say` raise.
    """
    talk = talks.find(opening.finder) or talks.begin(
        desk,
        kind=Conversation.Kind.MAILBOX,
        language=about.language,
        band=about.band,
        topic=about.topic,
        finder=opening.finder,
        child_key=opening.public,
        at=at,
    )
    keep(talk, seal(talk, words, opening=opening, client_id=client_id), at=at)
    return talk


def seal(talk: Conversation, words: str, *, opening: sealing.Opening, client_id: UUID | None = None) -> Sealed:
    """Seal words of the child that came in the clear."""
    client_id = client_id or uuid4()
    bound, plain = sealing.aad(talk.uid, CHILD, client_id), words.encode()
    return Sealed(
        client_id,
        for_desk=sealing.seal(bytes(talk.desk_key.public), plain, info=sealing.INFO, aad=bound),
        for_child=sealing.seal(opening.public, plain, info=sealing.INFO, aad=bound),
    )


def opened(talk: Conversation, message: Message, *, opening: sealing.Opening) -> str | None:
    """Return the words of a message, or None where it was not sealed to this code."""
    bound = sealing.aad(talk.uid, message.sender, message.client_id)
    try:
        words = sealing.open_sealed(opening.private, bytes(message.for_child), info=sealing.INFO, aad=bound)
    except sealing.NotOpened:
        return None
    return words.decode(errors="replace")
