"""At the desk: take, hand over, note, flag, join, end. Only people with a seat, and only with their own talks."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest

from leeward.core.models import Membership, Organisation, Role, User
from leeward.helplines.conversations import services as talks
from leeward.helplines.conversations.models import Conversation, Desk
from leeward.helplines.desk import queue, reactions, services
from leeward.helplines.desk.models import Call, Draft, Note
from leeward.helplines.shifts import services as shifts
from leeward.helplines.shifts.models import Seat
from leeward.helplines.tests import desks
from leeward.helplines.tests.conftest import NOW

Risk, State = Conversation.Risk, Conversation.State


@pytest.fixture
def taken(desk: Desk, nara: User) -> Conversation:
    """A chat that Nara has."""
    desks.seat(desk, nara)
    talk = desks.talk(desk)
    services.take(talk, by=nara, at=NOW)
    talk.refresh_from_db()
    return talk


def draft(words: bytes = desks.SEALED) -> services.Typed:
    return services.Typed(uuid.uuid4(), words)


# --- Who waits


def test_the_greatest_danger_comes_first_and_then_the_longest_wait(desk: Desk) -> None:
    late, early, urgent, watched = (desks.talk(desk, at=NOW + timedelta(minutes=m)) for m in (2, 1, 4, 3))
    Conversation.objects.filter(pk=urgent.pk).update(risk=Risk.URGENT)
    Conversation.objects.filter(pk=watched.pk).update(risk=Risk.WATCH)

    found = [row.talk for row in queue.waiting(desk, at=NOW + timedelta(minutes=5))]

    assert found == [urgent, watched, early, late]


def test_a_mailbox_waits_since_the_last_words_of_the_child(desk: Desk, nara: User) -> None:
    desks.seat(desk, nara)
    letter = desks.talk(desk, kind=Conversation.Kind.MAILBOX)
    desks.say(letter)
    services.take(letter, by=nara, at=NOW)
    desks.say(letter, by=nara, at=NOW + timedelta(hours=1))
    desks.say(letter, at=NOW + timedelta(hours=5))

    [row] = queue.waiting(desk, at=NOW + timedelta(hours=5, minutes=7))

    assert row.minutes == 7


def test_nobody_waits_at_another_desk_because_of_this_one(desk: Desk) -> None:
    desks.talk(desk)
    other = Desk.objects.create(name="Other desk", made_at=NOW)

    assert queue.waiting(other, at=NOW) == []


def test_who_is_here_has_said_so_and_has_a_line(desk: Desk, nara: User, oyun: User, tuul: User) -> None:
    desks.seat(desk, nara, is_here=True)
    desks.seat(desk, oyun)
    desks.seat(desk, tuul, is_here=True)
    shifts.pause(tuul)

    assert {one.seat.alias: one.is_here for one in queue.colleagues(desk, at=NOW)} == {
        "Nara": True,
        "Oyun": False,
        "Tuul": False,
    }
    assert not any(one.is_here for one in queue.colleagues(desk, at=NOW + timedelta(minutes=1)))


def test_after_an_hour_and_a_half_a_break_is_due(desk: Desk, nara: User) -> None:
    seat = desks.seat(desk, nara, is_here=True)

    assert queue.needs_break(seat, at=NOW + timedelta(minutes=89)) is None
    assert queue.needs_break(seat, at=NOW + timedelta(minutes=91)) == 91

    shifts.pause(nara)
    seat.refresh_from_db()

    assert queue.needs_break(seat, at=NOW + timedelta(minutes=91)) is None


# --- Take


def test_whoever_takes_a_talk_has_it_under_the_name_that_children_read(taken: Conversation, nara: User) -> None:
    assert (taken.state, taken.counsellor, taken.alias) == (State.TALKING, nara, "Nara")


def test_a_talk_is_taken_once(taken: Conversation, desk: Desk, oyun: User) -> None:
    desks.seat(desk, oyun)

    with pytest.raises(talks.AlreadyTaken):
        services.take(taken, by=oyun, at=NOW)


def test_nobody_takes_more_chats_than_their_seat_allows(desk: Desk, nara: User) -> None:
    desks.seat(desk, nara, most_chats=1)
    services.take(desks.talk(desk), by=nara, at=NOW)

    with pytest.raises(services.TooManyChats):
        services.take(desks.talk(desk), by=nara, at=NOW)


def test_a_letter_is_no_chat_and_can_always_be_taken(desk: Desk, nara: User) -> None:
    desks.seat(desk, nara, most_chats=1)
    services.take(desks.talk(desk), by=nara, at=NOW)

    services.take(desks.talk(desk, kind=Conversation.Kind.MAILBOX), by=nara, at=NOW)

    assert Conversation.objects.filter(counsellor=nara).count() == 2


def test_without_a_seat_nothing_is_taken(desk: Desk, oyun: User) -> None:
    talk = desks.talk(desk)

    with pytest.raises(shifts.NotAtThisDesk):
        services.take(talk, by=oyun, at=NOW)

    talk.refresh_from_db()
    assert talk.state == State.WAITING


def test_a_seat_without_the_role_takes_nothing(desk: Desk, nara: User, harbour: Organisation) -> None:
    desks.seat(desk, nara)
    Membership.objects.filter(user=nara).delete()
    Membership.objects.create(user=nara, organisation=harbour, role=Role.GUARDIAN)
    nara_again = User.objects.get(pk=nara.pk)

    with pytest.raises(shifts.NotAtThisDesk):
        services.take(desks.talk(desk), by=nara_again, at=NOW)


# --- Who may read


def test_a_talk_is_read_by_whoever_has_it_and_by_supervisors_of_its_desk(
    taken: Conversation, desk: Desk, nara: User, oyun: User, tuul: User
) -> None:
    desks.seat(desk, oyun)

    assert shifts.may_read(nara, taken)
    assert not shifts.may_read(oyun, taken)
    assert not shifts.may_read(tuul, taken), "no seat at this desk"

    desks.seat(desk, tuul)

    assert shifts.may_read(tuul, taken)


# --- Hand over


def test_a_handed_over_talk_has_the_other_name_the_notes_and_the_draft(
    taken: Conversation, desk: Desk, nara: User, oyun: User
) -> None:
    other, typed = desks.seat(desk, oyun), draft(b"d" * 60)
    services.note(taken, sealed=desks.SEALED, client_id=uuid.uuid4(), by=nara, at=NOW)
    messages_before = taken.messages.count()

    services.hand_over(taken, by=nara, to=other, draft=typed, at=NOW)

    taken.refresh_from_db()
    assert (taken.counsellor, taken.alias, taken.state) == (oyun, "Oyun", State.TALKING)
    assert bytes(Draft.objects.get(conversation=taken).sealed) == typed.sealed
    assert taken.notes.count() == 1
    assert taken.messages.count() == messages_before, "no greeting of its own"


def test_whoever_handed_over_reads_no_more(taken: Conversation, desk: Desk, nara: User, oyun: User) -> None:
    services.hand_over(taken, by=nara, to=desks.seat(desk, oyun), draft=None, at=NOW)
    taken.refresh_from_db()

    assert not shifts.may_read(nara, taken)
    with pytest.raises(talks.NotYours):
        services.note(taken, sealed=desks.SEALED, client_id=uuid.uuid4(), by=nara, at=NOW)
    with pytest.raises(talks.NotYours):
        services.keep_draft(taken, draft=draft(), by=nara, at=NOW)


def test_a_talk_goes_to_nobody_at_another_desk(taken: Conversation, nara: User, oyun: User) -> None:
    other = Desk.objects.create(name="Other desk", made_at=NOW)

    with pytest.raises(shifts.NotAtThisDesk):
        services.hand_over(taken, by=nara, to=desks.seat(other, oyun), draft=None, at=NOW)


def test_nobody_hands_over_what_is_not_theirs(taken: Conversation, desk: Desk, oyun: User) -> None:
    mine = desks.seat(desk, oyun)

    with pytest.raises(talks.NotYours):
        services.hand_over(taken, by=oyun, to=mine, draft=None, at=NOW)


def test_a_supervisor_takes_over_for_herself(taken: Conversation, desk: Desk, tuul: User) -> None:
    services.hand_over(taken, by=tuul, to=desks.seat(desk, tuul), draft=None, at=NOW)

    taken.refresh_from_db()
    assert taken.counsellor == tuul


# --- Notes and drafts


def test_a_note_that_comes_twice_is_kept_once(taken: Conversation, nara: User) -> None:
    client_id = uuid.uuid4()

    first = services.note(taken, sealed=desks.SEALED, client_id=client_id, by=nara, at=NOW)
    second = services.note(taken, sealed=desks.SEALED, client_id=client_id, by=nara, at=NOW)

    assert first == second
    assert Note.objects.count() == 1


def test_too_long_and_too_many_notes_are_refused(
    taken: Conversation, nara: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(talks.TooLong):
        services.note(taken, sealed=b"x" * 8193, client_id=uuid.uuid4(), by=nara, at=NOW)

    monkeypatch.setattr(services, "MOST_NOTES", 1)
    services.note(taken, sealed=desks.SEALED, client_id=uuid.uuid4(), by=nara, at=NOW)
    with pytest.raises(services.TooManyNotes):
        services.note(taken, sealed=desks.SEALED, client_id=uuid.uuid4(), by=nara, at=NOW)

    assert Note.objects.count() == 1


def test_a_draft_is_overwritten_and_taken_away(taken: Conversation, nara: User) -> None:
    services.keep_draft(taken, draft=draft(b"1" * 60), by=nara, at=NOW)
    services.keep_draft(taken, draft=draft(b"2" * 60), by=nara, at=NOW)

    assert bytes(Draft.objects.get().sealed) == b"2" * 60

    services.keep_draft(taken, draft=None, by=nara, at=NOW)

    assert not Draft.objects.exists()


def test_notes_and_drafts_go_when_the_words_of_the_child_go(taken: Conversation, nara: User) -> None:
    services.note(taken, sealed=desks.SEALED, client_id=uuid.uuid4(), by=nara, at=NOW)
    services.keep_draft(taken, draft=draft(), by=nara, at=NOW)
    talks.erase(taken, at=NOW)

    reactions.forget.call(conversation_uid=str(taken.uid))

    assert not Note.objects.exists()
    assert not Draft.objects.exists()
    with pytest.raises(talks.TalkEnded):
        services.note(taken, sealed=desks.SEALED, client_id=uuid.uuid4(), by=nara, at=NOW)


# --- Danger


def test_urgent_calls_a_supervisor_until_one_joins(taken: Conversation, desk: Desk, nara: User, tuul: User) -> None:
    desks.seat(desk, tuul)
    services.flag(taken, risk=Risk.URGENT, by=nara, at=NOW)

    assert [call.conversation for call in queue.calls(desk)] == [taken]

    services.join(taken, by=tuul, at=NOW)

    assert queue.calls(desk) == []
    assert Call.objects.get().supervisor == tuul
    with pytest.raises(services.NobodyCalls):
        services.join(taken, by=tuul, at=NOW)


def test_a_flag_that_is_taken_back_calls_nobody(taken: Conversation, desk: Desk, nara: User) -> None:
    services.flag(taken, risk=Risk.URGENT, by=nara, at=NOW)
    services.flag(taken, risk=Risk.WATCH, by=nara, at=NOW)

    assert queue.calls(desk) == []


def test_only_a_supervisor_of_the_desk_joins(taken: Conversation, desk: Desk, nara: User, tuul: User) -> None:
    services.flag(taken, risk=Risk.URGENT, by=nara, at=NOW)

    with pytest.raises(services.OnlySupervisors):
        services.join(taken, by=nara, at=NOW)
    with pytest.raises(shifts.NotAtThisDesk):
        services.join(taken, by=tuul, at=NOW)


def test_nobody_flags_what_is_not_theirs(taken: Conversation, desk: Desk, oyun: User) -> None:
    desks.seat(desk, oyun)

    with pytest.raises(talks.NotYours):
        services.flag(taken, risk=Risk.URGENT, by=oyun, at=NOW)

    assert not Call.objects.exists()


# --- End


def test_whoever_has_a_talk_ends_it_and_has_room_again(taken: Conversation, nara: User) -> None:
    services.end(taken, by=nara, at=NOW)

    taken.refresh_from_db()
    assert taken.state == State.ENDED
    assert services.chats_of(nara) == 0


def test_nobody_else_ends_it(taken: Conversation, desk: Desk, oyun: User, tuul: User) -> None:
    for person in (oyun, tuul):
        desks.seat(desk, person)

        with pytest.raises(talks.NotYours):
            services.end(taken, by=person, at=NOW)


# --- Seats


def test_a_seat_is_for_counsellors_and_supervisors_only(desk: Desk, bea: User, eve: User) -> None:
    for person in (bea, eve):
        with pytest.raises(shifts.NoCounsellor):
            desks.seat(desk, person)


def test_one_name_means_one_person_at_a_desk(desk: Desk, nara: User, oyun: User) -> None:
    desks.seat(desk, nara)

    with pytest.raises(shifts.NameIsTaken):
        shifts.give_seat(desk, to=oyun, alias="Nara", most_chats=1)
    with pytest.raises(shifts.NameIsTaken):
        shifts.give_seat(desk, to=nara, alias="Other", most_chats=1)

    assert Seat.objects.count() == 1


def test_a_closed_desk_has_nobody(desk: Desk, nara: User) -> None:
    desks.seat(desk, nara)
    Desk.objects.update(closed_at=NOW)

    assert not shifts.desks_of(nara).exists()
