"""Talks, seats and presence, made in a line each. Nothing here is really sealed."""

from __future__ import annotations

import uuid
from datetime import datetime

from django.test import Client

from leeward.core.models import User
from leeward.helplines.chat import presence
from leeward.helplines.conversations import services as talks
from leeward.helplines.conversations.models import Conversation, Desk, Message
from leeward.helplines.shifts import services as shifts
from leeward.helplines.shifts.models import Seat
from leeward.helplines.tests.conftest import HOST, NOW

SEALED = b"s" * 80


def seat(desk: Desk, person: User, *, most_chats: int = 2, is_here: bool = False, at: datetime = NOW) -> Seat:
    """Give somebody a seat, and a line where they are here."""
    made = shifts.give_seat(desk, to=person, alias=person.username.title(), most_chats=most_chats)
    if is_here:
        shifts.come(person, at=at)
        presence.here(person, line=uuid.uuid4(), at=at)
        made.refresh_from_db()
    return made


def talk(
    desk: Desk, *, kind: Conversation.Kind = Conversation.Kind.CHAT, at: datetime = NOW, language: str = "en"
) -> Conversation:
    """Begin a talk that waits."""
    finder, key = uuid.uuid4().bytes * 2, uuid.uuid4().bytes * 2
    return talks.begin(desk, kind=kind, language=language, band="10-12", topic="", finder=finder, child_key=key, at=at)


def say(conversation: Conversation, *, by: User | None = None, at: datetime = NOW) -> Message:
    """Say something as the child, or as a counsellor."""
    return talks.say(
        conversation,
        sender=Message.Sender.COUNSELLOR if by else Message.Sender.CHILD,
        author=by,
        client_id=uuid.uuid4(),
        for_desk=SEALED,
        for_child=SEALED,
        at=at,
    )


def browser_of(person: User) -> Client:
    """Return a browser in which a person is signed in."""
    browser = Client(headers={"host": HOST})
    browser.force_login(person, backend="allauth.account.auth_backends.AuthenticationBackend")
    return browser
