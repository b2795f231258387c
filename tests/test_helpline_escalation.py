"""What a counsellor chose becomes a case; nothing else goes from helplines to the case desk, and nothing back."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from leeward.cases.models import Case
from leeward.core.models import Membership, Organisation, Record, Role, User
from leeward.helplines.conversations import services as talks
from leeward.helplines.conversations.models import Conversation, Desk, DeskKey
from leeward.helplines.desk import escalations, services
from leeward.helplines.desk.models import WORDS_MAX, Escalation
from leeward.helplines.shifts import services as shifts
from leeward.helplines.tests import desks
from leeward.reports.models import Channel, Report
from leeward.site import escalations as glue
from tests.stage.settling import Settle

NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)


@pytest.fixture
def nara(harbour: Organisation) -> User:
    """A counsellor."""
    person = User.objects.create_user(username="nara")
    Membership.objects.create(user=person, organisation=harbour, role=Role.COUNSELLOR)
    return person


@pytest.fixture
def talk(nara: User) -> Conversation:
    """A talk of Nara's with three messages of the child."""
    desk = Desk.objects.create(name="Harbour desk", languages=["en"], made_at=NOW)
    DeskKey.objects.create(desk=desk, public=bytes(32), made_at=NOW)
    shifts.give_seat(desk, to=nara, alias="Nara", most_chats=1)
    begun = desks.talk(desk)
    for _ in range(3):
        desks.say(begun)
    services.take(begun, by=nara, at=NOW)
    begun.refresh_from_db()
    return begun


def give(talk: Conversation, nara: User, *, words: str = "He comes tonight", place: int = 2, **how: str) -> Escalation:
    agreed = Escalation.Agreed(how.get("agreed", "yes"))
    chosen = [escalations.Chosen(place, words)]
    return escalations.escalate(talk, chosen=chosen, agreed=agreed, reason=how.get("reason", ""), by=nara, at=NOW)


def test_the_case_desk_has_the_chosen_words_and_the_helpline_forgets_them(
    talk: Conversation, nara: User, settle: Settle
) -> None:
    made = give(talk, nara)

    settle(at=NOW)

    report = Report.objects.get()
    made.refresh_from_db()
    assert report.channel == Channel.HELPLINE
    assert report.words.endswith("Child: He comes tonight")
    assert "agreed" in report.words
    assert (report.band, report.language) == (talk.band, talk.language)
    assert Case.objects.count() == 1
    assert (made.words, made.reason, made.given_at is not None) == ("", "", True)


def test_where_duty_forces_it_the_case_desk_reads_why(talk: Conversation, nara: User, settle: Settle) -> None:
    give(talk, nara, agreed="duty", reason="Somebody is about to be hurt.")

    settle(at=NOW)

    assert "Somebody is about to be hurt." in Report.objects.get().words


def test_twice_is_as_good_as_once(talk: Conversation, nara: User, settle: Settle) -> None:
    made = give(talk, nara)
    settle(at=NOW)

    glue.open_case.call(escalation_uid=str(made.uid))

    assert Report.objects.count() == Case.objects.count() == 1


def test_two_escalations_are_two_cases(talk: Conversation, nara: User, settle: Settle) -> None:
    give(talk, nara)
    give(talk, nara, place=3)

    settle(at=NOW)

    assert Case.objects.count() == 2


def test_the_longest_words_and_reason_arrive_whole(talk: Conversation, nara: User, settle: Settle) -> None:
    longest = "ж" * (WORDS_MAX - len("Child: "))
    give(talk, nara, words=longest, agreed="duty", reason="r" * 600)

    settle(at=NOW)

    assert longest in Report.objects.get().words


def test_no_record_holds_a_word(talk: Conversation, nara: User, settle: Settle) -> None:
    give(talk, nara)

    settle(at=NOW)

    assert not any("tonight" in str(record.facts) for record in Record.objects.all())
    assert Record.objects.filter(kind="helplines.EscalationMade").count() == 1


def test_nobody_gives_what_they_may_not_read(talk: Conversation, cem: User) -> None:
    with pytest.raises(talks.NotYours):
        give(talk, cem)

    assert not Escalation.objects.exists()


def test_an_escalation_does_not_keep_a_child_from_erasing(talk: Conversation, nara: User, settle: Settle) -> None:
    give(talk, nara)
    settle(at=NOW)

    talks.erase(talk, at=NOW)

    assert not talk.messages.exists()
    assert Case.objects.count() == 1
