"""The door says the truth: from the hours, from who is really there, and from who waits."""

from __future__ import annotations

import asyncio
import secrets
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest

from leeward.core.models import User
from leeward.helplines.chat import board, door, lines, presence, services, states
from leeward.helplines.chat.door import Kind
from leeward.helplines.conversations import services as talks
from leeward.helplines.conversations.models import Conversation, Desk
from leeward.helplines.shifts.models import Seat, Shift
from leeward.helplines.tests.conftest import NOW

pytestmark = pytest.mark.django_db
NOON, EVENING = 12 * 60, 18 * 60


@pytest.fixture
def seat(desk: Desk, nara: User) -> Seat:
    """Nara's seat, for one chat at a time, in the afternoon of each day; she says that she is here."""
    for weekday in range(7):
        Shift.objects.create(desk=desk, weekday=weekday, start=NOON, end=EVENING)
    return Seat.objects.create(desk=desk, person=nara, alias="Nara", most_chats=1, here_since_at=NOW)


def arrive(person: User, *, at: datetime = NOW) -> UUID:
    line = uuid4()
    presence.here(person, line=line, at=at)
    return line


def begun(desk: Desk, *, at: datetime = NOW, risk: str = "none") -> Conversation:
    talk = talks.begin(
        desk,
        kind=Conversation.Kind.CHAT,
        language="en",
        band="",
        topic="",
        finder=secrets.token_bytes(32),
        child_key=bytes(32),
        at=at,
    )
    Conversation.objects.filter(pk=talk.pk).update(risk=risk)
    return talk


def test_outside_the_hours_it_is_closed_and_says_until_when(desk: Desk, seat: Seat, nara: User) -> None:
    arrive(nara)

    found = door.state(desk, at=NOW.replace(hour=20))

    assert (found.kind, found.opens_at) == (Kind.CLOSED, (NOW + timedelta(days=1)).replace(hour=12))


def test_somebody_who_is_planned_but_not_there_opens_nothing(desk: Desk, seat: Seat) -> None:
    assert door.state(desk, at=NOW).kind == Kind.OFFLINE


def test_it_opens_when_a_counsellor_is_there_and_closes_with_the_line(desk: Desk, seat: Seat, nara: User) -> None:
    line = arrive(nara)
    opened = door.state(desk, at=NOW).kind
    presence.gone(line=line)

    assert (opened, door.state(desk, at=NOW).kind) == (Kind.AVAILABLE, Kind.OFFLINE)


def test_one_of_two_lines_may_close(desk: Desk, seat: Seat, nara: User) -> None:
    arrive(nara)
    presence.gone(line=arrive(nara))

    assert door.state(desk, at=NOW).kind == Kind.AVAILABLE


def test_a_silent_line_counts_no_more(desk: Desk, seat: Seat, nara: User) -> None:
    arrive(nara)

    assert door.state(desk, at=NOW + presence.GONE_AFTER).kind == Kind.OFFLINE


def test_a_break_closes_the_door_though_the_line_is_open(desk: Desk, seat: Seat, nara: User) -> None:
    arrive(nara)
    Seat.objects.update(here_since_at=None)

    assert door.state(desk, at=NOW).kind == Kind.OFFLINE


def test_where_all_are_talking_it_says_the_place_in_the_line(desk: Desk, seat: Seat, nara: User) -> None:
    arrive(nara)
    talks.take(begun(desk), by=nara, alias="Nara", at=NOW)
    begun(desk)

    found = door.state(desk, at=NOW)

    assert (found.kind, found.position, found.wait_s) == (Kind.BUSY, 2, None)


def test_the_wait_is_a_guess_from_the_last_talks_and_said_only_where_there_were_some(
    desk: Desk, seat: Seat, nara: User
) -> None:
    arrive(nara)
    for _ in range(5):
        talk = begun(desk, at=NOW - timedelta(hours=2))
        talks.take(talk, by=nara, alias="Nara", at=NOW - timedelta(hours=2))
        talks.finish(talk, how=Conversation.State.ENDED, at=NOW - timedelta(hours=1))
    talks.take(begun(desk), by=nara, alias="Nara", at=NOW)

    assert door.state(desk, at=NOW).wait_s == timedelta(hours=1).total_seconds()
    begun(desk)
    assert door.state(desk, at=NOW).wait_s == timedelta(hours=2).total_seconds()


def test_a_language_that_nobody_speaks_finds_no_door(desk: Desk, seat: Seat, nara: User) -> None:
    arrive(nara)

    spoken, unspoken = (door.for_language(language, at=NOW) for language in ("mn", "fr"))

    assert (spoken.kind, spoken.desk) == (Kind.AVAILABLE, desk)
    assert (unspoken.kind, unspoken.desk) == (Kind.OFFLINE, None)


@pytest.mark.django_db(transaction=True)
def test_a_hundred_who_ask_at_once_are_answered_by_one_reading() -> None:
    async def ask() -> list[lines.Frame]:
        one = board.Board()
        return await asyncio.gather(*(one.door("mn") for _ in range(100)))

    frames = asyncio.run(ask())

    assert frames[0]["kind"] == Kind.OFFLINE
    assert all(frame is frames[0] for frame in frames)


def test_a_desk_without_a_key_has_no_door(desk: Desk, seat: Seat, nara: User) -> None:
    arrive(nara)
    desk.keys.update(retired_at=NOW)

    assert door.for_language("en", at=NOW).desk is None


def test_a_chat_begins_only_at_an_open_door(desk: Desk, seat: Seat, nara: User) -> None:
    finder, child_key = secrets.token_bytes(32), bytes(32)
    with pytest.raises(services.DoorIsClosed):
        services.begin(language="en", band="", topic="", finder=finder, child_key=child_key, at=NOW)
    arrive(nara)

    talk = services.begin(language="en", band="", topic="", finder=finder, child_key=child_key, at=NOW)

    assert talk.state == Conversation.State.WAITING


def test_a_beginning_that_comes_twice_is_one_chat(desk: Desk, seat: Seat, nara: User) -> None:
    arrive(nara)
    finder = secrets.token_bytes(32)

    first, again = (
        services.begin(language="en", band="", topic="", finder=finder, child_key=bytes(32), at=NOW) for _ in range(2)
    )

    assert first == again
    with pytest.raises(talks.FinderTaken):
        services.begin(language="en", band="", topic="", finder=finder, child_key=bytes(31) + b"1", at=NOW)


def test_the_urgent_ones_are_first_in_the_queue_and_each_is_told_the_true_place(
    desk: Desk, seat: Seat, nara: User
) -> None:
    arrive(nara)
    early = begun(desk, at=NOW - timedelta(minutes=5))
    urgent = begun(desk, risk="urgent")

    seen = board.look(str(desk.uid), at=NOW)

    assert [row["uid"] for row in seen.waiting] == [str(urgent.uid), str(early.uid)]
    early.refresh_from_db()
    assert states.frame(early, at=NOW)["position"] == 2


def test_leaving_is_abandoned_before_somebody_came_and_left_safely_after(desk: Desk, nara: User) -> None:
    waits, talking = begun(desk), begun(desk)
    talks.take(talking, by=nara, alias="Nara", at=NOW)

    for talk in (waits, talking, waits):
        services.leave(talk, at=NOW + timedelta(seconds=70))

    waits.refresh_from_db()
    talking.refresh_from_db()
    assert (waits.state, talking.state) == (Conversation.State.ABANDONED, Conversation.State.LEFT)
    assert waits.closed_at is not None
    assert waits.closed_at - waits.opened_at == timedelta(seconds=70)


def test_who_waits_and_falls_silent_is_given_up_as_of_the_last_sign(desk: Desk) -> None:
    silent, there = begun(desk), begun(desk)
    talks.seen(there, at=NOW + services.WAITS_SILENT)

    services.give_up(NOW + services.WAITS_SILENT)

    silent.refresh_from_db()
    there.refresh_from_db()
    assert (silent.state, silent.closed_at) == (Conversation.State.ABANDONED, NOW)
    assert there.state == Conversation.State.WAITING
