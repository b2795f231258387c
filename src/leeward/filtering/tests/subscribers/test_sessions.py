"""Which line has an address: the session that began last, in whatever order and how often its events come."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from leeward.filtering.subscribers import chores, holders, sessions
from leeward.filtering.subscribers.identities import Identities, of_network
from leeward.filtering.subscribers.models import Session, Subscriber
from leeward.filtering.subscribers.sessions import Event, Restart, Word

AT = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
NAS, OTHER_NAS = b"nas one", b"nas two"
HOME = of_network("192.0.2.7")
PREFIX = of_network("2001:db8:1:a0::/62")
INSIDE = of_network("2001:db8:1:a2::/64")
BESIDE = of_network("2001:db8:1:b0::/64")
NETWORKS = (HOME, PREFIX, INSIDE, BESIDE)


def minute(number: int) -> datetime:
    return AT + timedelta(minutes=number)


def begins(key: bytes, at: int, *held: Identities, line: str = "", origin: bytes = NAS) -> Event:
    return Event(Word.START, key, origin, minute(at), minute(at), line or f"line of {key.decode()}", held or (HOME,))


def lives(key: bytes, at: int, *held: Identities, begun: int | None = None) -> Event:
    began = None if begun is None else minute(begun)
    return Event(Word.ALIVE, key, NAS, minute(at), began, f"line of {key.decode()}", held or (HOME,))


def ends(key: bytes, at: int, *, begun: int | None = None) -> Event:
    return Event(Word.STOP, key, NAS, minute(at), None if begun is None else minute(begun))


def told(*events: Event | Restart, at: int = 1000) -> None:
    names = {NAS: "access", OTHER_NAS: "access"}
    sessions.take(events, kind=Session.Kind.RADIUS, names=names, at=minute(at))


def who_has(network: Identities) -> str | None:
    line = holders.holders([network.place]).get(network.first)
    return Subscriber.objects.get(pk=line).reference if line is not None else None


@pytest.mark.django_db
def test_the_newest_session_of_an_address_has_it() -> None:
    told(begins(b"a", 1))
    told(begins(b"b", 2))

    assert who_has(HOME) == "line of b"


@pytest.mark.django_db
def test_the_end_of_an_old_session_does_not_end_the_new_one() -> None:
    told(begins(b"a", 1), begins(b"b", 2))
    told(ends(b"a", 3))

    assert who_has(HOME) == "line of b"


@pytest.mark.django_db
def test_an_old_session_that_still_speaks_does_not_take_the_address_back() -> None:
    told(begins(b"a", 1), begins(b"b", 2))
    told(lives(b"a", 5, begun=1))

    assert who_has(HOME) == "line of b"


@pytest.mark.django_db
def test_when_the_new_session_ends_the_old_one_whose_end_was_lost_does_not_come_back() -> None:
    told(begins(b"a", 1), begins(b"b", 2), ends(b"b", 3))

    assert who_has(HOME) is None


@pytest.mark.django_db
def test_an_end_that_comes_before_its_beginning_counts() -> None:
    told(ends(b"a", 3))
    told(begins(b"a", 1))

    assert who_has(HOME) is None


@pytest.mark.django_db
def test_a_beginning_that_comes_twice_does_not_open_what_has_ended() -> None:
    told(begins(b"a", 1), ends(b"a", 3))
    told(begins(b"a", 1))

    assert who_has(HOME) is None


@pytest.mark.django_db
def test_a_session_whose_beginning_was_lost_is_known_by_its_next_word() -> None:
    told(lives(b"a", 5, begun=1))

    assert who_has(HOME) == "line of a"


@pytest.mark.django_db
def test_a_session_of_which_nobody_knows_the_beginning_yields_to_every_other_one() -> None:
    told(begins(b"b", 2))
    told(lives(b"a", 5))

    assert who_has(HOME) == "line of b"


@pytest.mark.django_db
def test_a_number_that_is_used_again_is_a_new_session_without_the_addresses_of_the_old_one() -> None:
    told(begins(b"a", 1, HOME, line="Ana"), ends(b"a", 2))
    told(begins(b"a", 10, BESIDE, line="Ben"))
    told(begins(b"a", 1, HOME, line="Ana"))  # Late.

    assert who_has(HOME) is None
    assert who_has(BESIDE) == "Ben"


@pytest.mark.django_db
def test_a_restart_ends_what_began_before_and_nothing_else() -> None:
    told(begins(b"a", 1), begins(b"b", 1, BESIDE, origin=OTHER_NAS), begins(b"c", 9, INSIDE))
    told(Restart(NAS, minute(5)))
    told(begins(b"d", 4, PREFIX))  # Late: it was over before it came.

    assert [who_has(network) for network in (HOME, BESIDE, INSIDE, PREFIX)] == [None, "line of b", "line of c", None]


@pytest.mark.django_db
def test_a_prefix_that_began_later_takes_only_its_own_part_of_a_longer_one() -> None:
    told(begins(b"a", 1, PREFIX), begins(b"b", 2, INSIDE))

    assert who_has(PREFIX) == "line of a"
    assert who_has(INSIDE) == "line of b"


@pytest.mark.django_db
def test_a_sign_of_life_moves_nothing_that_the_planes_must_learn() -> None:
    told(begins(b"a", 1), at=100)
    told(lives(b"a", 5, begun=1), at=200)

    session = Session.objects.get()
    assert (session.moved_at, session.alive_at) == (minute(100), minute(5))


@pytest.mark.django_db
def test_an_address_that_comes_later_moves_the_session() -> None:
    told(begins(b"a", 1), at=100)
    told(lives(b"a", 5, HOME, INSIDE, begun=1), at=200)

    assert Session.objects.get().moved_at == minute(200)
    assert who_has(INSIDE) == "line of a"


class Story:
    """Some sessions, each with its beginning, its addresses, its signs of life and perhaps its end."""

    def __init__(self, events: Sequence[Event]) -> None:
        self.events = events

    def holder(self, identity: bytes) -> str | None:
        """Say by the whole story who has an identity: slow, and in the words of the rule."""
        claims: dict[bytes, list[Event]] = {}
        for event in self.events:
            claims.setdefault(event.key, []).append(event)
        ranked = [
            (max((event.begun_at for event in of_one if event.begun_at), default=datetime.min.replace(tzinfo=UTC)), key)
            for key, of_one in claims.items()
            if any(identity in held.each() for event in of_one for held in event.identities)
        ]
        if not ranked:
            return None
        newest = claims[max(ranked)[1]]
        alive = [event.at for event in newest if event.word is not Word.STOP]
        stopped = [event.at for event in newest if event.word is Word.STOP]
        is_over = bool(stopped) and max(stopped) >= max(alive)
        return None if is_over else next(event.reference for event in newest if event.reference)


@st.composite
def stories(draw: st.DrawFn) -> Story:
    events: list[Event] = []
    for name in draw(st.lists(st.sampled_from("abcde"), unique=True, min_size=1)):
        key, begun = name.encode(), draw(st.integers(0, 30))
        held = tuple(draw(st.sets(st.sampled_from(NETWORKS), min_size=1)))
        if draw(st.booleans()):
            events.append(begins(key, begun, *held))
        knows = draw(st.booleans())
        for at in draw(st.lists(st.integers(begun, 60), max_size=3)):
            events.append(lives(key, at, *held, begun=begun if knows else None))
        for at in draw(st.lists(st.integers(begun, 60), max_size=1)):
            events.append(ends(key, at, begun=begun))
    return Story(events)


class AnyOrder(TestCase):
    """Hypothesis against the slow reference."""

    @settings(max_examples=120)
    @given(story=stories(), data=st.data())
    def test_whatever_comes_late_twice_and_in_any_parcels_the_same_line_has_each_address(
        self, story: Story, data: st.DataObject
    ) -> None:
        twice = data.draw(st.lists(st.sampled_from(story.events), max_size=4)) if story.events else []
        waiting = data.draw(st.permutations([*story.events, *twice]))
        while waiting:
            size = data.draw(st.integers(1, len(waiting)))
            told(*waiting[:size])
            waiting = waiting[size:]

        networks = [Identities(one.place, identity) for one in NETWORKS for identity in one.each()]

        assert [who_has(network) for network in networks] == [story.holder(network.first) for network in networks]

    @settings(max_examples=60)
    @given(story=stories())
    def test_forgetting_takes_nobodys_address_and_gives_nobody_one(self, story: Story) -> None:
        told(*story.events)
        networks = [Identities(one.place, identity) for one in NETWORKS for identity in one.each()]
        before = [who_has(network) for network in networks]

        chores.forget(minute(1001) + chores.KEPT)

        assert [who_has(network) for network in networks] == before
