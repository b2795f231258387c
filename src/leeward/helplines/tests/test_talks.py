"""Talks: begin, say once, take once, hand over, finish, erase. What chat, mailbox and desk stand on."""

from __future__ import annotations

import secrets
import uuid
from datetime import datetime, timedelta

import pytest

from leeward.core.models import Record, User
from leeward.helplines.conversations import services as talks
from leeward.helplines.conversations.models import Conversation, Desk, DeskKey, Message
from leeward.helplines.tests.conftest import NOW

pytestmark = pytest.mark.django_db
CHILD, COUNSELLOR = Message.Sender.CHILD, Message.Sender.COUNSELLOR
State = Conversation.State


def begin(desk: Desk, *, kind: str = "mailbox", finder: bytes | None = None, at: datetime = NOW) -> Conversation:
    return talks.begin(
        desk,
        kind=Conversation.Kind(kind),
        language="en",
        band="10-12",
        topic="",
        finder=finder or secrets.token_bytes(32),
        child_key=bytes(32),
        at=at,
    )


def say(
    talk: Conversation,
    *,
    author: User | None = None,
    client_id: uuid.UUID | None = None,
    sealed: bytes = b"sealed",
    at: datetime = NOW,
) -> Message:
    return talks.say(
        talk,
        sender=COUNSELLOR if author else CHILD,
        author=author,
        client_id=client_id or uuid.uuid4(),
        for_desk=sealed,
        for_child=sealed,
        at=at,
    )


def test_a_talk_is_found_by_its_finder_and_by_no_other(desk: Desk) -> None:
    finder = secrets.token_bytes(32)
    talk = begin(desk, finder=finder)

    assert talks.find(finder) == talk
    assert talks.find(secrets.token_bytes(32)) is None


def test_the_finder_itself_is_not_stored(desk: Desk) -> None:
    finder = secrets.token_bytes(32)

    talk = begin(desk, finder=finder)

    assert bytes(Conversation.objects.get(pk=talk.pk).finder or b"") not in {finder, b""}


def test_a_talk_is_sealed_to_the_key_in_force(desk: Desk) -> None:
    old = desk.keys.get()
    DeskKey.objects.filter(pk=old.pk).update(retired_at=NOW)
    new = DeskKey.objects.create(desk=desk, public=bytes(32), made_at=NOW)

    assert begin(desk).desk_key == new


def test_a_desk_without_a_key_begins_no_talk(desk: Desk) -> None:
    desk.keys.update(retired_at=NOW)

    with pytest.raises(talks.NoDeskKey):
        begin(desk)


def test_two_talks_never_share_a_code(desk: Desk) -> None:
    begin(desk, finder=bytes(32))

    with pytest.raises(talks.FinderTaken):
        begin(desk, finder=bytes(32))


def test_messages_have_places_without_a_gap(desk: Desk, nara: User) -> None:
    talk = begin(desk)
    say(talk)
    talks.take(talk, by=nara, alias="Nara", at=NOW)
    say(talk, author=nara)
    say(talk)

    assert [message.place for message in talks.since(talk, place=0)] == [1, 2, 3]
    assert [message.place for message in talks.since(talk, place=2)] == [3]


def test_a_message_that_comes_twice_is_kept_once_and_the_first_comes_back(desk: Desk) -> None:
    talk, client_id = begin(desk), uuid.uuid4()
    first = say(talk, client_id=client_id, sealed=b"first")

    again = say(talk, client_id=client_id, sealed=b"other")

    assert (again, bytes(again.for_desk)) == (first, b"first")
    assert talk.messages.count() == 1
    assert say(talk).place == 2


def test_a_message_that_was_kept_comes_back_even_when_the_talk_is_over(desk: Desk) -> None:
    talk, client_id = begin(desk), uuid.uuid4()
    first = say(talk, client_id=client_id)
    talks.finish(talk, how=State.ENDED, at=NOW)

    assert say(talk, client_id=client_id) == first


def test_the_same_id_of_the_other_side_is_another_message(desk: Desk, nara: User) -> None:
    talk, client_id = begin(desk), uuid.uuid4()
    talks.take(talk, by=nara, alias="Nara", at=NOW)

    places = [say(talk, client_id=client_id).place, say(talk, author=nara, client_id=client_id).place]

    assert places == [1, 2]


@pytest.mark.parametrize("which", ["for_desk", "for_child"])
def test_a_message_over_eight_kib_is_refused_and_one_of_just_that_is_not(desk: Desk, which: str) -> None:
    talk = begin(desk)
    sealed = {"for_desk": b"s", "for_child": b"s", which: bytes(talks.SEALED_MAX_BYTES)}
    say(talk, sealed=bytes(talks.SEALED_MAX_BYTES))
    sealed[which] += b"x"

    with pytest.raises(talks.TooLong):
        talks.say(talk, sender=CHILD, author=None, client_id=uuid.uuid4(), at=NOW, **sealed)

    assert talk.messages.count() == 1


def test_a_program_that_sends_a_hundred_a_second_is_slowed_and_a_replay_of_it_is_not(desk: Desk) -> None:
    talk, ids = begin(desk), [uuid.uuid4() for _ in range(100)]
    kept = 0
    for number, client_id in enumerate(ids):
        try:
            say(talk, client_id=client_id, at=NOW + timedelta(milliseconds=10 * number))
            kept += 1
        except talks.TooFast:
            pass

    assert kept == talks.FAST_COUNT
    assert say(talk, client_id=ids[0], at=NOW + timedelta(seconds=1)).place == 1
    assert say(talk, at=NOW + talks.FAST_WITHIN).place == kept + 1


def test_a_fast_talk_does_not_slow_another(desk: Desk) -> None:
    fast, other = begin(desk), begin(desk)
    for _ in range(talks.FAST_COUNT):
        say(fast)

    assert say(other).place == 1


def test_one_counsellor_takes_a_talk_and_the_second_is_told(desk: Desk, nara: User, oyun: User) -> None:
    talk = begin(desk, kind="chat")
    talks.take(talk, by=nara, alias="Nara", at=NOW)

    with pytest.raises(talks.AlreadyTaken):
        talks.take(talk, by=oyun, alias="Oyun", at=NOW)

    talk.refresh_from_db()
    assert (talk.counsellor, talk.alias, talk.taken_at) == (nara, "Nara", NOW)


def test_a_clock_that_is_behind_takes_no_talk_before_it_began(desk: Desk, nara: User) -> None:
    talk = begin(desk, kind="chat")

    talks.take(talk, by=nara, alias="Nara", at=NOW - timedelta(seconds=3))

    talk.refresh_from_db()
    assert (talk.state, talk.taken_at) == (State.TALKING, talk.opened_at)


def test_a_talk_is_taken_when_the_clock_says(desk: Desk, nara: User) -> None:
    talk = begin(desk, kind="chat")

    talks.take(talk, by=nara, alias="Nara", at=NOW + timedelta(seconds=3))

    talk.refresh_from_db()
    assert talk.taken_at == NOW + timedelta(seconds=3)


def test_nobody_speaks_in_a_talk_of_somebody_else(desk: Desk, nara: User, oyun: User) -> None:
    talk = begin(desk, kind="chat")
    talks.take(talk, by=nara, alias="Nara", at=NOW)

    with pytest.raises(talks.NotYours):
        say(talk, author=oyun)
    with pytest.raises(talks.NotYours):
        talks.say(
            talk,
            sender=COUNSELLOR,
            author=None,
            client_id=uuid.uuid4(),
            for_desk=b"s",
            for_child=b"s",
            at=NOW,
        )

    assert not talk.messages.exists()


def test_after_a_hand_over_the_other_one_speaks_and_the_first_does_not(desk: Desk, nara: User, oyun: User) -> None:
    talk = begin(desk, kind="chat")
    talks.take(talk, by=nara, alias="Nara", at=NOW)
    talks.hand_over(talk, by=nara, to=oyun, alias="Oyun")

    assert say(talk, author=oyun).author == oyun
    with pytest.raises(talks.NotYours):
        say(talk, author=nara)


def test_only_who_has_a_talk_or_a_supervisor_hands_it_over_and_flags_it(
    desk: Desk, nara: User, oyun: User, tuul: User, eve: User
) -> None:
    talk = begin(desk, kind="chat")
    talks.take(talk, by=nara, alias="Nara", at=NOW)

    for stranger in (oyun, eve):
        with pytest.raises(talks.NotYours):
            talks.hand_over(talk, by=stranger, to=oyun, alias="Oyun")
        with pytest.raises(talks.NotYours):
            talks.set_risk(talk, risk=Conversation.Risk.URGENT, by=stranger)
    talks.set_risk(talk, risk=Conversation.Risk.URGENT, by=nara)
    talks.hand_over(talk, by=tuul, to=oyun, alias="Oyun")

    talk.refresh_from_db()
    assert (talk.risk, talk.counsellor) == (Conversation.Risk.URGENT, oyun)


def test_a_mailbox_is_answered_and_waits_again_when_the_child_writes(desk: Desk, nara: User) -> None:
    talk = begin(desk)
    states = []
    for step in (
        lambda: say(talk),
        lambda: talks.take(talk, by=nara, alias="Nara", at=NOW),
        lambda: say(talk, author=nara),
        lambda: say(talk),
    ):
        step()
        talk.refresh_from_db()
        states.append(talk.state)

    assert states == [State.WAITING, State.TALKING, State.ANSWERED, State.WAITING]
    assert talk.first_answer_at == NOW


@pytest.mark.parametrize("how", list(talks.CLOSED))
def test_a_finished_talk_takes_no_word_and_ends_once(desk: Desk, how: State) -> None:
    talk = begin(desk, kind="chat")
    talks.finish(talk, how=how, at=NOW)

    with pytest.raises(talks.TalkEnded):
        say(talk)
    with pytest.raises(talks.TalkEnded):
        talks.finish(talk, how=State.ENDED, at=NOW)

    talk.refresh_from_db()
    assert talk.state == how


@pytest.mark.parametrize("how", [State.WAITING, State.TALKING, State.ERASED])
def test_a_talk_does_not_finish_as_something_that_is_no_end(desk: Desk, how: State) -> None:
    with pytest.raises(ValueError, match="does not finish"):
        talks.finish(begin(desk), how=how, at=NOW)


def test_erasing_takes_the_words_and_what_opens_them_and_is_announced_once(desk: Desk) -> None:
    finder = secrets.token_bytes(32)
    talk = begin(desk, finder=finder)
    say(talk)

    talks.erase(talk, at=NOW)
    talks.erase(talk, at=NOW)

    talk.refresh_from_db()
    assert (talk.state, talk.finder, talk.child_key) == (State.ERASED, None, None)
    assert (talk.messages.count(), talks.find(finder)) == (0, None)
    assert Record.objects.filter(kind="helplines.TalkErased").count() == 1


def test_what_its_child_did_not_look_at_for_ninety_days_is_erased_and_nothing_else(desk: Desk) -> None:
    old, seen = begin(desk), begin(desk)
    talks.seen(seen, at=NOW + timedelta(days=1))

    talks.erase_old(NOW + timedelta(days=90, seconds=1))

    old.refresh_from_db()
    seen.refresh_from_db()
    assert (old.state, seen.state) == (State.ERASED, State.WAITING)


def test_the_code_is_shown_again_once(desk: Desk) -> None:
    talk = begin(desk)

    assert [talks.show_code_again(talk) for _ in range(3)] == [True, False, False]
