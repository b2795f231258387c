"""Many write into one talk in the same moment: places count without a gap, and what comes twice is kept once.

`tests/test_stores.py` runs this file on PostgreSQL, too.
"""

from __future__ import annotations

import contextlib
import itertools
import secrets
import uuid
from collections.abc import Callable
from datetime import timedelta

import pytest

from leeward.core.models import Membership, Organisation, Role, User
from leeward.core.tests.test_two_at_once import WORKERS, together
from leeward.helplines.conversations import services as talks
from leeward.helplines.conversations.models import Conversation, Desk, DeskKey, Message
from leeward.helplines.tests.conftest import NOW

EACH = 25


@pytest.fixture
def talk(store: None) -> Conversation:
    """A talk that waits, in a database in which commits are real."""
    desk = Desk.objects.create(name="Busy desk", languages=["en"], made_at=NOW)
    DeskKey.objects.create(desk=desk, public=bytes(32), made_at=NOW)
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


@pytest.fixture
def say(talk: Conversation) -> Callable[[uuid.UUID], Message]:
    """Say something under an id, each time a minute later, as nobody types faster.

    Whoever is overtaken by twenty others on the way to the database came too fast by their clock, and says it again as a page does.
    """
    minutes = itertools.count(1)

    def once(client_id: uuid.UUID) -> Message:
        return talks.say(
            talk,
            sender=Message.Sender.CHILD,
            author=None,
            client_id=client_id,
            for_desk=b"sealed",
            for_child=b"sealed",
            at=NOW + timedelta(minutes=next(minutes)),
        )

    def say(client_id: uuid.UUID) -> Message:
        while True:
            with contextlib.suppress(talks.TooFast):
                return once(client_id)

    return say


def test_many_writers_leave_no_gap_and_keep_each_message_once(
    talk: Conversation, say: Callable[[uuid.UUID], Message]
) -> None:
    def write() -> dict[uuid.UUID, int]:
        ids = [uuid.uuid4() for _ in range(EACH)]
        first = {client_id: say(client_id).place for client_id in ids}
        assert {client_id: say(client_id).place for client_id in ids} == first, "what comes again keeps its place"
        return first

    answered: dict[uuid.UUID, int] = {}
    for one in together(write):
        answered |= one

    stored = dict(Message.objects.filter(conversation=talk).values_list("client_id", "place"))
    talk.refresh_from_db()
    assert stored == answered
    assert sorted(stored.values()) == list(range(1, WORKERS * EACH + 1))
    assert talk.message_count == WORKERS * EACH


def test_one_message_that_many_send_at_once_is_kept_once_and_each_is_told_its_place(
    talk: Conversation, say: Callable[[uuid.UUID], Message]
) -> None:
    ids = [uuid.uuid4() for _ in range(EACH)]

    places = together(lambda: [say(client_id).place for client_id in ids])

    assert places == [list(range(1, EACH + 1))] * WORKERS
    assert talk.messages.count() == EACH


def test_many_counsellors_take_one_talk_and_one_has_it(talk: Conversation) -> None:
    quay = Organisation.objects.create(slug="quay", name="Quay", kind=Organisation.Kind.HELPLINE)
    people = [User.objects.create_user(username=f"counsellor-{number}") for number in range(WORKERS)]
    for person in people:
        Membership.objects.create(user=person, organisation=quay, role=Role.COUNSELLOR)
    left = iter(people)

    def take() -> User | None:
        person = next(left)
        try:
            talks.take(talk, by=person, alias=person.username, at=NOW)
        except talks.AlreadyTaken:
            return None
        return person

    winners = [person for person in together(take) if person is not None]

    talk.refresh_from_db()
    assert winners == [talk.counsellor]
