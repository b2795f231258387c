"""What lines write goes to the disk together; one that is refused undoes itself and nothing else."""

from __future__ import annotations

import asyncio
import secrets
import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connections

from leeward.helplines.chat.store import Busy, Store
from leeward.helplines.conversations import services as talks
from leeward.helplines.conversations.models import Conversation, Desk, Message
from leeward.helplines.tests.conftest import NOW

pytestmark = pytest.mark.django_db(transaction=True)
MESSAGES = 60


@pytest.fixture
def talk(desk: Desk) -> Conversation:
    """A talk that waits."""
    return talks.begin(
        desk,
        kind=Conversation.Kind.CHAT,
        language="en",
        band="",
        topic="",
        finder=secrets.token_bytes(32),
        child_key=bytes(32),
        at=NOW,
    )


def saying(talk: Conversation, *, minute: int, size_bytes: int = 10) -> Callable[[], Message]:
    """Return the work of keeping one message, as a line hands it over."""
    sealed = bytes(size_bytes)
    return lambda: talks.say(
        talk,
        sender=Message.Sender.CHILD,
        author=None,
        client_id=uuid.uuid4(),
        for_desk=sealed,
        for_child=sealed,
        at=NOW + timedelta(minutes=minute),
    )


def written(*works: Callable[[], Any]) -> list[Any]:
    """Hand all works to one store in the same moment and return what became of each, in their order."""

    async def run() -> list[Any]:
        store = Store()
        outcomes = await asyncio.gather(*(store.write(work, order=0) for work in works), return_exceptions=True)
        # The thread lives as long as the process; its connection ends with the test.
        await store.write(connections["default"].close_if_unusable_or_obsolete, order=0)
        return outcomes

    return asyncio.run(run())


def test_what_comes_together_is_kept_in_places_without_a_gap(talk: Conversation) -> None:
    kept = written(*(saying(talk, minute=minute) for minute in range(MESSAGES)))

    assert sorted(message.place for message in kept) == list(range(1, MESSAGES + 1))
    assert talk.messages.count() == MESSAGES


def test_one_that_is_refused_is_told_so_and_its_neighbours_are_kept(talk: Conversation) -> None:
    long = talks.SEALED_MAX_BYTES + 1

    first, refused, last = written(
        saying(talk, minute=1), saying(talk, minute=2, size_bytes=long), saying(talk, minute=3)
    )

    assert isinstance(refused, talks.TooLong)
    assert {first.place, last.place} == {1, 2}
    assert talk.messages.count() == 2


def test_where_the_database_fails_everybody_is_told_to_send_again_and_nothing_is_half_kept(talk: Conversation) -> None:
    def fail() -> None:
        raise DatabaseError("as from a full disk")

    outcomes = written(saying(talk, minute=1), fail, saying(talk, minute=2))

    told = [outcome for outcome in outcomes if isinstance(outcome, Busy)]
    assert outcomes[1] in told
    assert talk.messages.count() == len(outcomes) - len(told)
