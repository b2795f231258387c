"""What a reporter and the desk say to each other is stored once, recorded without content, and only theirs to say."""

from __future__ import annotations

import threading
import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection

from leeward.core import blobs
from leeward.core.models import Blob, Membership, Organisation, Record, Role, User
from leeward.reports import dialogue
from leeward.reports import services as reports
from leeward.reports.models import (
    Attachment,
    Complaint,
    Message,
    Misuse,
    Nature,
    Outcome,
    Report,
    Withdrawal,
)
from leeward.reports.tests.ana import AT, draft, drawn_picture

LATER = AT + timedelta(hours=1)
KEY = str(uuid.UUID(int=7))
SECRET = "my own made-up words"
DECISIONS = [Outcome.Kind.REMOVED, Outcome.Kind.KEPT, Outcome.Kind.RESTORED, Outcome.Kind.NOT_OURS]


def received(*, nature: Nature | None = None, network: str = "") -> Report:
    return reports.receive(replace(draft(), nature=nature, network=network), at=AT).report


def told(report: Report, kind: Outcome.Kind = Outcome.Kind.KEPT, *, decision: str = "1") -> Outcome:
    reports.tell(report, kind=kind, decision=decision, at=AT)
    return report.outcomes.get(kind=kind, decision=decision)


def picture() -> reports.Picture:
    return reports.Picture(drawn_picture(), "image/png")


def recorded(kind: str) -> list[dict[str, object]]:
    return list(Record.objects.filter(kind=f"reports.{kind}").values_list("facts", flat=True))


@pytest.mark.django_db
def test_what_the_reporter_says_is_stored_and_announced() -> None:
    report = received()

    message = dialogue.say(report, SECRET, key=KEY, at=LATER)

    assert (message.text, message.at, message.asked_by) == (SECRET, LATER, None)
    names = {"report_uid": str(report.uid), "message_uid": str(message.uid)}
    assert recorded("ReporterSaid") == [names | {"pictures": 0}]


@pytest.mark.django_db
def test_sending_the_same_words_twice_is_one_message() -> None:
    report = received()

    first = dialogue.say(report, SECRET, key=KEY, pictures=[picture()], at=AT)
    again = dialogue.say(report, SECRET, key=KEY, pictures=[picture()], at=LATER)

    assert first == again
    assert (Message.objects.count(), Attachment.objects.count(), len(recorded("ReporterSaid"))) == (1, 1, 1)


@pytest.mark.django_db
def test_other_words_under_the_same_key_are_not_lost() -> None:
    report = received()

    dialogue.say(report, "First.", key=KEY, at=AT)
    dialogue.say(report, "First, and second.", key=KEY, at=LATER)

    assert list(report.messages.values_list("text", flat=True)) == ["First.", "First, and second."]


@pytest.mark.django_db
def test_the_same_words_under_the_same_key_about_another_report_are_another_message() -> None:
    for report in (received(), received()):
        dialogue.say(report, SECRET, key=KEY, at=AT)

        assert report.messages.count() == 1


@pytest.mark.django_db
def test_a_picture_is_sealed_with_its_message() -> None:
    report = received()

    message = dialogue.say(report, "", key=KEY, pictures=[picture()], at=AT)

    [attachment] = message.attachments.all()
    assert attachment.report == report
    assert blobs.unseal(attachment.blob) == drawn_picture()


@pytest.mark.django_db
def test_where_the_report_is_about_sexual_content_of_a_child_no_picture_is_ever_stored() -> None:
    report = received(nature=Nature.SEXUAL_CHILD)

    with pytest.raises(reports.NeverCaptured):
        dialogue.say(report, SECRET, key=KEY, pictures=[picture()], at=AT)

    assert (Message.objects.count(), Attachment.objects.count(), Blob.objects.count()) == (0, 0, 0)
    dialogue.say(report, SECRET, key=KEY, at=AT)


@pytest.mark.django_db
def test_neither_words_nor_a_picture_is_nothing_to_store(cem: User) -> None:
    report = received()
    outcome = told(report)

    with pytest.raises(dialogue.SaidNothing):
        dialogue.say(report, "", key=KEY, at=AT)
    with pytest.raises(dialogue.SaidNothing):
        dialogue.ask(report, "", by=cem, key=KEY, at=AT)
    with pytest.raises(dialogue.SaidNothing):
        dialogue.complain(outcome, "", at=AT)

    assert Message.objects.count() + Complaint.objects.count() == 0


@pytest.mark.django_db
def test_the_desk_asks_once_and_has_read_what_came_before(cem: User) -> None:
    report = received()
    said = dialogue.say(report, "Please look.", key=KEY, at=AT)

    first = dialogue.ask(report, "Which name was it?", by=cem, key=KEY, at=LATER)
    again = dialogue.ask(report, "Which name was it?", by=cem, key=KEY, at=LATER)

    said.refresh_from_db()
    assert first == again
    assert (first.asked_by, said.read_at) == (cem, LATER)
    assert recorded("ReporterAsked") == [{"report_uid": str(report.uid), "message_uid": str(first.uid)}]
    assert Record.objects.get(kind="reports.ReporterAsked").actor == f"user:{cem.pk}"


@pytest.mark.django_db
def test_nobody_without_a_reviewers_role_speaks_or_acts_for_the_desk(
    bea: User, eve: User, olga: User, harbour: Organisation
) -> None:
    others = [bea, eve, olga]
    for role in (Role.COUNSELLOR, Role.PARTNER):
        person = User.objects.create_user(username=role.value)
        Membership.objects.create(user=person, organisation=harbour, role=role)
        others.append(person)
    report = received(network="192.0.2.0/24")
    dialogue.say(report, SECRET, key=KEY, at=AT)

    for person in others:
        with pytest.raises(dialogue.NotAtTheDesk):
            dialogue.ask(report, "Who are you?", by=person, key=KEY, at=AT)
        with pytest.raises(dialogue.NotAtTheDesk):
            dialogue.note_read(report, by=person, at=AT)
        with pytest.raises(dialogue.NotAtTheDesk):
            dialogue.note_misuse(report, by=person, at=AT)

    assert report.messages.filter(asked_by=None, read_at=None).count() == Message.objects.count() == 1
    assert Misuse.objects.count() == 0


@pytest.mark.django_db
def test_each_side_reads_what_the_other_wrote_and_not_its_own(cem: User) -> None:
    report = received()
    dialogue.ask(report, "Which name was it?", by=cem, key=KEY, at=AT)
    dialogue.say(report, "It was Kappa.", key=KEY, at=AT)

    by_desk, by_reporter = dialogue.note_read(report, by=cem, at=LATER), dialogue.note_read(report, by=None, at=LATER)
    again = dialogue.note_read(report, by=cem, at=LATER)

    assert (by_desk, by_reporter, again) == (1, 1, 0)
    assert not report.messages.filter(read_at=None).exists()
    actors = Record.objects.filter(kind="reports.MessagesRead").values_list("actor", flat=True)
    assert sorted(actors) == ["reporter", f"user:{cem.pk}"]


@pytest.mark.django_db
@pytest.mark.parametrize("kind", DECISIONS)
def test_a_reporter_complains_about_an_outcome_once(kind: Outcome.Kind) -> None:
    report = received()
    outcome = told(report, kind, decision="77")

    first = dialogue.complain(outcome, SECRET, at=AT)
    again = dialogue.complain(outcome, SECRET, at=LATER)
    with pytest.raises(dialogue.ComplainedAlready):
        dialogue.complain(outcome, "Something else.", at=LATER)

    assert first == again
    assert recorded("ReporterComplained") == [{"report_uid": str(report.uid), "outcome": kind, "decision": "77"}]


@pytest.mark.django_db
def test_another_outcome_can_be_complained_about_again() -> None:
    report = received()

    dialogue.complain(told(report, Outcome.Kind.REMOVED), SECRET, at=AT)
    dialogue.complain(told(report, Outcome.Kind.RESTORED), SECRET, at=AT)

    assert report.complaints.count() == 2


@pytest.mark.django_db
@pytest.mark.parametrize("kind", [Outcome.Kind.LOOKED_AT, Outcome.Kind.SENT_ON])
def test_what_ends_nothing_cannot_be_complained_about(kind: Outcome.Kind) -> None:
    outcome = told(received(), kind)

    with pytest.raises(dialogue.NotDecided):
        dialogue.complain(outcome, SECRET, at=AT)

    assert Complaint.objects.count() == 0


@pytest.mark.django_db
def test_a_complaint_waits_until_an_outcome_or_words_of_the_desk_follow(cem: User) -> None:
    with_outcome, with_words, with_nothing = received(), received(), received()
    for report in (with_outcome, with_words, with_nothing):
        dialogue.complain(told(report), SECRET, at=AT)
        dialogue.say(report, "And another thing.", key=KEY, at=LATER)

    reports.tell(with_outcome, kind=Outcome.Kind.REMOVED, decision="2", at=LATER)
    dialogue.ask(with_words, "We looked again. It stays.", by=cem, key=KEY, at=LATER)

    assert [complaint.report for complaint in dialogue.waiting_complaints()] == [with_nothing]


@pytest.mark.django_db
def test_a_report_is_withdrawn_once_and_not_after_it_was_decided() -> None:
    report, decided = received(), received()
    told(decided)

    first, again = dialogue.withdraw(report, at=AT), dialogue.withdraw(report, at=LATER)
    with pytest.raises(dialogue.DecidedAlready):
        dialogue.withdraw(decided, at=AT)

    assert first == again
    assert first.at == AT
    assert [withdrawal.report for withdrawal in Withdrawal.objects.all()] == [report]
    assert recorded("ReportWithdrawn") == [{"report_uid": str(report.uid)}]


@pytest.mark.django_db
def test_a_report_that_a_person_looks_at_can_still_be_withdrawn() -> None:
    report = received()
    told(report, Outcome.Kind.LOOKED_AT)

    assert dialogue.withdraw(report, at=AT).report == report


@pytest.mark.django_db
def test_misuse_is_counted_once_a_report_and_its_place_is_forgotten(cem: User, dan: User) -> None:
    report = received(network="192.0.2.0/24")

    counted = [dialogue.note_misuse(report, by=person, at=AT) for person in (cem, dan)]

    report.refresh_from_db()
    assert counted == [True, False]
    assert Misuse.objects.get().count == 1
    assert report.place is None
    assert recorded("MisuseNoted") == [{"report_uid": str(report.uid)}]


@pytest.mark.django_db
def test_a_report_from_nowhere_counts_for_no_place(cem: User) -> None:
    assert not dialogue.note_misuse(received(), by=cem, at=AT)
    assert Misuse.objects.count() + len(recorded("MisuseNoted")) == 0


@pytest.mark.django_db
def test_the_code_is_shown_again_at_the_first_return_only() -> None:
    report = received()

    assert [dialogue.show_code_again(report, at=at) for at in (AT, AT, LATER)] == [True, False, False]


@pytest.mark.django_db
def test_nothing_that_was_said_stands_in_the_record(cem: User) -> None:
    report = received(network="192.0.2.0/24")
    dialogue.say(report, SECRET, key=KEY, pictures=[picture()], at=AT)
    dialogue.ask(report, SECRET, by=cem, key=KEY, at=AT)
    dialogue.note_misuse(report, by=cem, at=AT)
    dialogue.withdraw(report, at=AT)
    dialogue.complain(told(report), SECRET, at=AT)

    assert Record.objects.filter(kind__startswith="reports.").count() >= 7
    assert SECRET not in repr(list(Record.objects.values()))
    assert "192.0.2" not in repr(list(Record.objects.values()))


@pytest.mark.django_db(transaction=True)
def test_the_same_words_sent_by_many_hands_at_once_are_one_message() -> None:
    report, hands = received(), 6
    start = threading.Barrier(hands)

    def send(_: int) -> int:
        start.wait(20)
        try:
            return dialogue.say(report, SECRET, key=KEY, pictures=[picture()], at=AT).pk
        finally:
            connection.close()

    with ThreadPoolExecutor(hands) as pool:
        sent = set(pool.map(send, range(hands)))

    assert len(sent) == 1
    assert (Message.objects.count(), Attachment.objects.count(), len(recorded("ReporterSaid"))) == (1, 1, 1)
