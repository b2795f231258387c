"""The desk and those who reported: who may write to whom, what waits for an answer, and what each side sees of the other."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from leeward.cases import conversations, reactions
from leeward.cases import services as cases
from leeward.cases.models import Case, Decision
from leeward.cases.tests.conftest import SignIn
from leeward.cases.tests.desk import AT, MAY_STAY, PAGE, Answer, case_of, everything, new_case, reported
from leeward.core.models import Record, User
from leeward.reports import dialogue
from leeward.reports import services as reports
from leeward.reports.models import Attachment, Channel, Message, Misuse, Outcome, Reason, Report

pytestmark = pytest.mark.django_db

LATER = AT + timedelta(hours=1)
KEY = "0b1c2d3e-0000-4000-8000-000000000009"
QUESTION = "Which name was it?"


def case_with_two() -> tuple[Case, Report, Report]:
    """Return one case that two people reported."""
    first, second = reported(), reported()
    case_of(second)
    return case_of(first), first, second


def from_network(network: str = "192.0.2.0/24") -> Report:
    draft = reports.Draft(Reason.SCARES, Channel.BUTTON, page_url=PAGE, network=network)
    return reports.receive(draft, at=AT).report


def kept(case: Case, *, by: User, report: Report) -> Decision:
    """Return a decision that it may stay, of which the reporter read."""
    decision = cases.judge(case, MAY_STAY, by=by, at=AT)
    reactions.tell_reporters.call(decision_uid=str(decision.uid))
    Outcome.objects.filter(report=report).update(at=AT)
    return decision


def complained(report: Report, *, at: datetime = LATER) -> None:
    [outcome] = report.outcomes.filter(kind=Outcome.Kind.KEPT)
    dialogue.complain(outcome, "It is still mean.", at=at)


def door(case: Case, report: Report, name: str) -> str:
    return f"/desk/cases/{case.uid}/reports/{report.uid}/{name}"


def page_of(browser: Client, case: Case) -> str:
    return str(browser.get(f"/desk/cases/{case.uid}/").content.decode())


def ask(browser: Client, case: Case, report: Report, text: str = QUESTION) -> Answer:
    return browser.post(door(case, report, "ask"), {"text": text, "key": KEY})


# --- Looked at ---------------------------------------------------------------------------------------


def test_the_first_time_a_case_is_taken_everyone_who_reported_it_reads_so_once(cem: User, dan: User) -> None:
    case, first, second = case_with_two()

    cases.take(case, by=cem, at=AT)
    cases.take(case, by=cem, at=LATER)
    cases.take(case, by=dan, at=LATER + cases.LEASE)

    told = [list(report.outcomes.values_list("kind", "at")) for report in (first, second)]
    assert told == [[("looked_at", AT)], [("looked_at", AT)]]
    assert Record.objects.filter(kind="reports.ReporterTold").count() == 2


def test_who_reports_it_later_reads_so_when_the_lease_is_renewed(cem: User) -> None:
    case = new_case()
    cases.take(case, by=cem, at=AT)
    late = reported()
    case_of(late)

    cases.take(case, by=cem, at=LATER)

    assert late.outcomes.get().kind == Outcome.Kind.LOOKED_AT


def test_who_is_not_given_the_case_tells_nobody(cem: User, eve: User) -> None:
    report = reported()
    case = case_of(report)

    with pytest.raises(cases.NotForThisPerson):
        cases.take(case, by=eve, at=AT)

    assert not report.outcomes.exists()


def test_a_case_is_taken_on_its_page(cem: User, dan: User, signed_in: SignIn) -> None:
    case = new_case()
    at_cem, at_dan = signed_in(cem), signed_in(dan)

    at_cem.post(f"/desk/cases/{case.uid}/take")
    refused = at_dan.post(f"/desk/cases/{case.uid}/take", follow=True)

    assert Case.objects.get(pk=case.pk).taken_by == cem
    assert "A colleague has this case now." in refused.content.decode()
    assert "Keep this case for longer</button>" in page_of(at_cem, case)
    assert "Take this case</button>" not in page_of(at_dan, case)


# --- Writing -----------------------------------------------------------------------------------------


def test_a_reviewer_with_the_lease_asks_a_reporter(cem: User, signed_in: SignIn) -> None:
    case, report, other = case_with_two()
    browser = signed_in(cem)
    browser.post(f"/desk/cases/{case.uid}/take")

    ask(browser, case, report)
    ask(browser, case, report)

    message = Message.objects.get()
    assert (message.report, message.asked_by, message.text) == (report, cem, QUESTION)
    assert not other.messages.exists()
    assert "Not read yet" in page_of(browser, case)


def test_without_the_lease_nobody_writes_and_the_words_are_kept(cem: User, dan: User, signed_in: SignIn) -> None:
    report = reported()
    case = case_of(report)
    cases.take(case, by=dan, at=timezone.now())

    answer = ask(signed_in(cem), case, report)

    assert answer.status_code == 422
    assert "Take this case first." in answer.content.decode()
    assert answer.context["asking"]["text"].value() == QUESTION
    assert Message.objects.count() == 0


def test_a_lease_that_ended_is_none(cem: User) -> None:
    report = reported()
    case = case_of(report)
    cases.take(case, by=cem, at=AT)

    with pytest.raises(conversations.NotTaken):
        conversations.ask(case, report, QUESTION, by=cem, key=KEY, at=AT + cases.LEASE)

    conversations.ask(case, report, QUESTION, by=cem, key=KEY, at=AT + cases.LEASE - timedelta(seconds=1))


def test_nothing_written_is_explained(cem: User, signed_in: SignIn) -> None:
    report = reported()
    case = case_of(report)
    browser = signed_in(cem)
    browser.post(f"/desk/cases/{case.uid}/take")

    answer = ask(browser, case, report, text=" ")

    assert answer.status_code == 422
    assert "Write something first." in answer.content.decode()


def test_a_report_of_another_case_is_not_found_here(cem: User, signed_in: SignIn) -> None:
    case, foreign = new_case(), reported("https://other.example/")
    case_of(foreign)
    before = everything(), Message.objects.count(), Misuse.objects.count()

    for name in ("ask", "read", "misuse"):
        assert signed_in(cem).post(door(case, foreign, name), {"text": "x", "key": KEY}).status_code == 404

    assert (everything(), Message.objects.count(), Misuse.objects.count()) == before


def test_to_what_screening_filed_nobody_writes(cem: User, signed_in: SignIn) -> None:
    report = reports.receive(reports.Draft(Reason.NOT_ALLOWED, Channel.SCREENING, page_url=PAGE), at=AT).report
    case = case_of(report)
    browser = signed_in(cem)
    browser.post(f"/desk/cases/{case.uid}/take")

    assert "Send to the reporter" not in page_of(browser, case)


# --- What waits --------------------------------------------------------------------------------------


def test_new_words_of_a_reporter_are_marked_until_somebody_has_read_them(cem: User, signed_in: SignIn) -> None:
    report = reported()
    case, browser = case_of(report), signed_in(cem)
    dialogue.say(report, "It was <i>Kappa</i>.", key=KEY, at=AT)

    before = browser.get("/desk/").content.decode()
    looked_at = page_of(browser, case), browser.get("/desk/").content.decode()
    browser.post(door(case, report, "read"))
    after = browser.get("/desk/").content.decode()

    assert ["New message" in page for page in (before, looked_at[1], after)] == [True, True, False]
    assert "It was &lt;i&gt;Kappa&lt;/i&gt;." in looked_at[0]
    assert "I have read this" in looked_at[0]


def test_a_picture_that_came_with_a_message_is_named_and_not_shown(cem: User, signed_in: SignIn) -> None:
    report = reported()
    case = case_of(report)
    dialogue.say(report, "", key=KEY, pictures=[reports.Picture(b"the bytes of a drawn shape", "image/png")], at=AT)

    page = page_of(signed_in(cem), case)

    assert "Picture: Sealed" in page
    assert str(Attachment.objects.get().blob.uid) not in page


def test_a_complaint_about_a_decided_case_comes_back_to_the_desk(cem: User, dan: User, signed_in: SignIn) -> None:
    report = reported()
    case = case_of(report)
    kept(case, by=cem, report=report)
    browser = signed_in(dan)
    calm = browser.get("/desk/").context["spoken"]
    complained(report)

    queue = browser.get("/desk/")
    ask(browser, case, report, text="I looked again. It stays.")

    assert list(calm) == []
    assert [waiting.pk for waiting in queue.context["spoken"]] == [case.pk]
    assert "Complaint" in queue.content.decode()
    assert "It is still mean." in page_of(browser, case)
    assert list(browser.get("/desk/").context["spoken"]) == []


def test_who_decided_does_not_answer_a_complaint_about_it(cem: User, dan: User, signed_in: SignIn) -> None:
    report = reported()
    case = case_of(report)
    kept(case, by=cem, report=report)
    complained(report)

    refused = ask(signed_in(cem), case, report, text="No.")
    answered = ask(signed_in(dan), case, report, text="I looked again. It stays.")

    assert refused.status_code == 422
    assert "a colleague must answer the complaint" in refused.content.decode()
    assert answered.status_code == 302
    assert Message.objects.get().asked_by == dan


def test_a_report_that_was_taken_back_says_so_and_its_case_stays(cem: User, signed_in: SignIn) -> None:
    report = reported(reason=Reason.DANGER)
    case = case_of(report)
    dialogue.withdraw(report, at=AT)
    browser = signed_in(cem)

    page = page_of(browser, case)

    assert "The reporter took this report back" in page
    assert [waiting.pk for waiting in browser.get("/desk/").context["cases"]] == [case.pk]


# --- Misuse ------------------------------------------------------------------------------------------


def test_misuse_is_noted_once_on_the_page(cem: User, dan: User, signed_in: SignIn) -> None:
    report = from_network()
    case = case_of(report)
    at_cem, at_dan = signed_in(cem), signed_in(dan)
    offered = page_of(at_cem, case)

    at_cem.post(door(case, report, "misuse"))
    again = at_dan.post(door(case, report, "misuse"), follow=True)

    assert "This was misuse of the button" in offered
    assert "Nothing changed" in again.content.decode()
    assert "Noted as misuse of the button." in page_of(at_cem, case)
    assert "This was misuse of the button" not in page_of(at_cem, case)
    assert Misuse.objects.get().count == 1


def test_where_the_place_is_not_known_misuse_is_not_offered(cem: User, signed_in: SignIn) -> None:
    case = new_case()

    page = page_of(signed_in(cem), case)

    assert "isuse of the button" not in page


def test_a_doubted_report_is_marked(cem: User, signed_in: SignIn) -> None:
    report = reported()
    Report.objects.filter(pk=report.pk).update(is_doubted=True)

    assert "Doubted" in page_of(signed_in(cem), case_of(report))


# --- Both directions ---------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["bea", "carla", "pat", "eve", "olga"])
def test_without_a_reviewers_role_nothing_of_a_conversation_is_seen_or_said(
    request: pytest.FixtureRequest, signed_in: SignIn, cem: User, name: str
) -> None:
    report = from_network()
    case, browser = case_of(report), signed_in(request.getfixturevalue(name))
    dialogue.say(report, "Secret words.", key=KEY, at=AT)
    before = everything(), list(Message.objects.values())

    answers = [browser.get(f"/desk/cases/{case.uid}/"), browser.get("/desk/")]
    answers += [browser.post(door(case, report, one), {"text": "x", "key": KEY}) for one in ("ask", "read", "misuse")]

    assert {answer.status_code for answer in answers} == {403}
    assert not any("Secret words." in answer.content.decode() for answer in answers)
    assert (everything(), list(Message.objects.values())) == before


def test_what_the_desk_notes_is_not_seen_with_the_code(client: Client, cem: User, dan: User) -> None:
    draft = reports.Draft(Reason.SCARES, Channel.BUTTON, page_url=PAGE, network="192.0.2.0/24", words="My own words.")
    receipt = reports.receive(replace(draft, code=""), at=AT)
    case = case_of(receipt.report)
    other = reported()
    case_of(other)
    dialogue.say(other, "Of another reporter.", key=str(uuid.uuid4()), at=AT)
    cases.take(case, by=cem, at=AT)
    dialogue.note_misuse(receipt.report, by=cem, at=AT)
    cases.judge(case, MAY_STAY, by=cem, at=AT)

    page = client.post("/r/", {"code": receipt.code}).content.decode()

    hidden = ("isuse", "Of another reporter.", case.ref, "cem", "Terms 4.2", "My own words.", "192.0.2")
    assert [words for words in hidden if words in page] == []
