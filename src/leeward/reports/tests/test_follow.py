"""A code opens its report and nothing else does: what was done, what was said, and a form for whatever there is to say."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from django.core import signing
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from leeward.core.models import Blob, Record, User
from leeward.engines.reading import Band
from leeward.reports import acknowledge, dialogue, follow_pages, halves, receipts
from leeward.reports import services as reports
from leeward.reports.models import Attachment, Complaint, Message, Nature, Outcome, Reason, Withdrawal
from leeward.reports.tests.ana import AT, PAGE, Answer, code_of, draft, drawn_picture
from leeward.reports.tests.returning import Returned, forget_wrong_codes, look_up, ticket_on, words_on

pytestmark = pytest.mark.django_db

KEY = "0b1c2d3e-0000-4000-8000-000000000009"
FREE = 5


@pytest.fixture(autouse=True)
def _nobody_was_wrong() -> Iterator[None]:
    forget_wrong_codes()
    yield
    forget_wrong_codes()


@pytest.fixture
def receipt() -> reports.Receipt:
    """Ana's receipt."""
    return reports.receive(draft(words="Only for the desk."), at=AT)


def told(receipt: reports.Receipt, kind: Outcome.Kind, *, why: str = "", decision: str = "1") -> Outcome:
    reports.tell(receipt.report, kind=kind, decision=decision, why=why, at=AT)
    return receipt.report.outcomes.get(kind=kind, decision=decision)


def page_of(answer: Answer, *, typed: str) -> str:
    """Return the page without what differs on every page: the guard against forgery and what was typed."""
    page = re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", answer.content.decode())
    return page.replace(f'value="{typed}"', "")


def wrong_codes(receipt: reports.Receipt) -> list[str]:
    """Return a slip of the finger, a code that nobody has, and what is no code."""
    slip = str((int(receipt.code[0]) + 1) % 10) + receipt.code[1:]
    return [slip, code_of((int(receipt.code[:14]) + 1) % 10**14), "1234", "hello"]


# --- The code ----------------------------------------------------------------------------------------


def test_a_code_shows_its_report_and_that_nothing_is_decided_yet(client: Client, receipt: reports.Receipt) -> None:
    answer = look_up(client, receipts.grouped(receipt.code))

    assert answer.status_code == 200
    assert answer.context["report"] == receipt.report
    assert "no-store" in answer["Cache-Control"]
    assert "Nothing is decided yet." in words_on(answer)
    assert "Only for the desk." not in answer.content.decode()


def test_the_code_is_shown_once_more_at_the_first_return_and_not_again(
    client: Client, receipt: reports.Receipt
) -> None:
    first, again = look_up(client, receipt.code), look_up(client, receipt.code)

    assert receipts.grouped(receipt.code) in words_on(first)
    assert receipts.grouped(receipt.code)[:9] not in words_on(again)


def test_arabic_indic_digits_open_the_same_report(client: Client, receipt: reports.Receipt) -> None:
    answer = look_up(client, receipt.code.translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")))

    assert answer.status_code == 200


def test_a_slip_and_a_code_that_nobody_has_are_answered_alike(client: Client, receipt: reports.Receipt) -> None:
    answers = {typed: look_up(client, typed) for typed in wrong_codes(receipt)}

    assert {answer.status_code for answer in answers.values()} == {422}
    assert len({page_of(answer, typed=typed) for typed, answer in answers.items()}) == 1
    assert all("We do not know this code" in answer.content.decode() for answer in answers.values())


def test_no_code_asks_for_one_and_is_no_try(client: Client, receipt: reports.Receipt) -> None:
    answers = [look_up(client, "") for _ in range(FREE + 3)]

    assert {answer.status_code for answer in answers} == {422}
    assert "Type the 16 numbers" in answers[0].content.decode()
    assert look_up(client, receipt.code).status_code == 200


def test_after_five_wrong_codes_the_page_says_how_long_to_wait(client: Client, receipt: reports.Receipt) -> None:
    for typed in [*wrong_codes(receipt), "4321"]:
        assert look_up(client, typed).status_code == 422

    answer = look_up(client, "5678")

    assert answer.status_code == 429
    assert 1 <= int(answer["Retry-After"]) <= 2
    assert re.search(r"Wait \d seconds?\. Then try again\.", words_on(answer))
    assert 'value="5678"' in answer.content.decode()


def test_who_must_wait_is_told_the_same_for_every_code_and_none_is_looked_up(
    client: Client, receipt: reports.Receipt
) -> None:
    for _ in range(FREE):
        look_up(client, "1234")

    pages, looked_up = set(), []
    for typed in (receipt.code, *wrong_codes(receipt)):
        with CaptureQueriesContext(connection) as queries:
            answer = look_up(client, typed)
        assert answer.status_code == 429
        pages.add(re.sub(r"Wait \d", "Wait", page_of(answer, typed=typed)))
        looked_up += [query["sql"] for query in queries if "reports_" in query["sql"]]

    assert len({page.replace("seconds", "second") for page in pages}) == 1
    assert looked_up == []


def test_another_network_does_not_wait(client: Client, receipt: reports.Receipt) -> None:
    for _ in range(FREE):
        look_up(client, "1234")

    assert client.post("/r/", {"code": receipt.code}, REMOTE_ADDR="198.51.100.7").status_code == 200


def test_a_code_is_not_taken_from_the_address_line(client: Client, receipt: reports.Receipt) -> None:
    answer = client.get("/r/", {"code": receipt.code})

    assert "report" not in answer.context
    assert answer.context["form"]["code"].value() is None


def test_a_report_that_was_only_begun_can_be_gone_on_with(client: Client) -> None:
    from django.utils import timezone

    code = halves.keep(None, halves.Answers(reason=Reason.SCARES, page_url=PAGE), at=timezone.now())

    answer = look_up(client, code)

    assert answer.status_code == 200
    assert "You did not send it yet" in words_on(answer)
    fields = dict(re.findall(r'<input type="hidden" name="(ticket|step)" value="([^"]+)"', answer.content.decode()))
    assert PAGE in client.post("/report/", fields | {"go": "check"}).content.decode()


# --- The ticket --------------------------------------------------------------------------------------


def test_after_the_code_was_typed_no_form_carries_it_and_no_address_does(
    client: Client, receipt: reports.Receipt
) -> None:
    look_up(client, receipt.code)

    answer = look_up(client, receipt.code)

    page = answer.content.decode()
    assert not any(part in page for part in (receipt.code, receipt.code[:4] + " " + receipt.code[4:8]))
    assert set(re.findall(r'action="([^"]*)"', page)) == {"/r/"}


def test_no_cookie_but_the_forms_own_guard_is_set(client: Client, receipt: reports.Receipt) -> None:
    ana = Returned(client, receipt.code)
    ana.say("More.")
    ana.send("proof")

    assert set(client.cookies) <= {"csrftoken"}


def test_every_answer_behind_the_code_is_not_kept_by_the_browser(client: Client, receipt: reports.Receipt) -> None:
    ana = Returned(client, receipt.code)

    answers = [ana.answer, ana.say("More."), ana.say(""), ana.complain("No."), ana.send("withdraw"), ana.send("proof")]

    assert all("no-store" in answer["Cache-Control"] for answer in answers)


def test_a_forged_ticket_opens_nothing(client: Client, receipt: reports.Receipt) -> None:
    real = ticket_on(look_up(client, receipt.code))
    forged = ["", "x", str(receipt.report.uid), real[:-1], real.swapcase(), signing.dumps(str(receipt.report.uid))]

    for ticket in forged:
        answer = client.post("/r/", {"ticket": ticket, "do": "withdraw"})

        assert answer.status_code == 422
        assert "report" not in answer.context

    assert Withdrawal.objects.count() == 0


class AgedSigner(signing.TimestampSigner):
    """Signs as our page did a little more than two hours ago."""

    def timestamp(self) -> str:
        return signing.b62_encode(int(time.time()) - follow_pages.TICKET_S - 5)


def test_a_ticket_ends_after_two_hours_and_the_words_are_kept(client: Client, receipt: reports.Receipt) -> None:
    old = AgedSigner(salt=follow_pages._SALT).sign_object(str(receipt.report.uid))

    asked = client.post("/r/", {"ticket": old, "do": "say", "text": 'A "long" story.', "key": KEY})
    kept = re.search(r'name="kept" value="([^"]+)"', asked.content.decode())
    assert kept is not None
    again = client.post("/r/", {"code": receipt.code, "kept": kept[1].replace("&quot;", '"')})

    assert asked.status_code == 422
    assert "Your words are not lost." in words_on(asked)
    assert again.context["say"]["text"].value() == 'A "long" story.'
    assert Message.objects.count() == 0


def test_a_ticket_opens_its_own_report_and_no_outcome_of_another(client: Client, receipt: reports.Receipt) -> None:
    other = reports.receive(draft(), at=AT)
    foreign = told(other, Outcome.Kind.KEPT)
    told(receipt, Outcome.Kind.KEPT)
    ana = Returned(client, receipt.code)

    for outcome in (str(foreign.pk), "", "0", "x"):
        ana.send("complain", text="No.", outcome=outcome)

    assert Complaint.objects.count() == 0


# --- What was done -----------------------------------------------------------------------------------


def test_a_code_shows_every_outcome_in_order_with_why_and_who(client: Client, receipt: reports.Receipt) -> None:
    told(receipt, Outcome.Kind.LOOKED_AT, decision="case:1")
    told(receipt, Outcome.Kind.SENT_ON, why="The police of Harbour")
    told(receipt, Outcome.Kind.REMOVED, why="It hurts a child.")
    told(receipt, Outcome.Kind.RESTORED)

    words = words_on(look_up(client, receipt.code))

    told_in_order = [
        "We have it.",
        "A person is looking at it.",
        "We sent it to people who can act on it. Who? The police of Harbour",
        "It was taken away. Why? It hurts a child.",
        "The decision was changed. It is back.",
    ]
    places = [words.index(sentence) for sentence in told_in_order]
    assert places == sorted(places)
    assert "Nothing is decided yet." not in words


def test_what_is_not_ours_says_whose_it_is(client: Client, receipt: reports.Receipt) -> None:
    told(receipt, Outcome.Kind.NOT_OURS, why="The bank's own help desk")

    assert "Others must look at this. Who? The bank&#x27;s own help desk" in words_on(look_up(client, receipt.code))


def test_what_was_taken_away_without_words_of_the_desk_still_says_why(client: Client, receipt: reports.Receipt) -> None:
    told(receipt, Outcome.Kind.REMOVED)

    assert "It was taken away. Why? It broke the rules." in words_on(look_up(client, receipt.code))


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("Asia/Ulaanbaatar", "17:30 ( Asia/Ulaanbaatar )"),
        ("../../etc/passwd", "09:30 ( UTC )"),
        ("", "09:30 ( UTC )"),
    ],
)
def test_times_are_those_of_the_reporter_and_name_their_zone(client: Client, sent: str, shown: str) -> None:
    at = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
    receipt = reports.receive(replace(draft(), surroundings={"time_zone": sent} if sent else {}), at=at)

    assert shown in words_on(look_up(client, receipt.code))


def test_a_small_child_reads_words_for_small_children(client: Client) -> None:
    receipt = reports.receive(replace(draft(), band=Band.SMALL), at=AT)
    told(receipt, Outcome.Kind.REMOVED)

    assert "It is gone." in words_on(look_up(client, receipt.code))


def test_telling_twice_adds_nothing(receipt: reports.Receipt) -> None:
    first = reports.tell(receipt.report, kind=Outcome.Kind.KEPT, decision="1", at=AT)
    again = reports.tell(receipt.report, kind=Outcome.Kind.KEPT, decision="1", at=AT)

    assert (first, again) == (True, False)
    assert receipt.report.outcomes.count() == 1
    assert Record.objects.filter(kind="reports.ReporterTold").count() == 1


# --- What is said ------------------------------------------------------------------------------------


def test_a_question_of_the_desk_is_answered_on_the_page(client: Client, receipt: reports.Receipt, cem: User) -> None:
    question = dialogue.ask(receipt.report, "Which <b>name</b> was it?", by=cem, key=KEY, at=AT)
    ana = Returned(client, receipt.code)

    answer = ana.say("It was Kappa.")

    assert "We have a question for you" in words_on(ana.answer)
    assert "Which &lt;b&gt;name&lt;/b&gt; was it?" in ana.answer.content.decode()
    assert "We have a question for you" not in words_on(answer)
    assert list(receipt.report.messages.values_list("text", flat=True)) == [question.text, "It was Kappa."]
    question.refresh_from_db()
    assert question.read_at is not None


def test_the_reporter_does_not_read_who_at_the_desk_wrote(client: Client, receipt: reports.Receipt, cem: User) -> None:
    dialogue.ask(receipt.report, "Which name was it?", by=cem, key=KEY, at=AT)

    assert cem.username not in words_on(look_up(client, receipt.code)).lower()


def test_a_page_that_is_loaded_again_sends_nothing_twice(client: Client, receipt: reports.Receipt) -> None:
    ana = Returned(client, receipt.code)

    for _ in range(3):
        assert ana.say("More.", key=KEY).status_code == 200

    assert Message.objects.count() == 1


def test_a_picture_is_sealed_with_what_is_said(client: Client, receipt: reports.Receipt) -> None:
    ana = Returned(client, receipt.code)

    answer = ana.say("", picture=SimpleUploadedFile("page.png", drawn_picture(), content_type="text/html"))

    assert answer.status_code == 200
    [attachment] = Message.objects.get().attachments.all()
    assert attachment.blob.media_type == "image/png"
    assert "A picture is with it." in words_on(answer)


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({}, "Write something first."),
        ({"text": "a\x1bb"}, "There is a sign in it that we cannot read."),
        ({"text": "x" * 4001}, "This is too long."),
        ({"text": "x", "picture": SimpleUploadedFile("a.png", b"no picture")}, "We cannot open this file."),
        ({"text": "x", "picture": SimpleUploadedFile("a.png", b"")}, "We cannot open this file."),
    ],
    ids=["nothing", "control sign", "too long", "no picture", "empty file"],
)
def test_what_cannot_be_taken_is_explained_and_the_words_stay(
    client: Client, receipt: reports.Receipt, fields: dict[str, object], sentence: str
) -> None:
    ana = Returned(client, receipt.code)

    answer = ana.send("say", key=KEY, **fields)

    assert answer.status_code == 422
    assert sentence in words_on(answer)
    assert answer.context["say"]["text"].value() == fields.get("text")
    assert Message.objects.count() + Blob.objects.count() == 0


def test_where_nothing_may_be_captured_the_page_takes_no_picture(client: Client) -> None:
    receipt = reports.receive(replace(draft(), nature=Nature.SEXUAL_CHILD), at=AT)
    ana = Returned(client, receipt.code)

    answer = ana.say("See.", picture=SimpleUploadedFile("page.png", drawn_picture()))

    assert 'type="file"' not in ana.answer.content.decode()
    assert answer.status_code == 422
    assert "Do not copy it and do not send it to anyone." in words_on(answer)
    assert Message.objects.count() + Attachment.objects.count() + Blob.objects.count() == 0


def test_a_complaint_is_taken_once_and_then_shown(client: Client, receipt: reports.Receipt) -> None:
    told(receipt, Outcome.Kind.KEPT)
    ana = Returned(client, receipt.code)

    first, again, other = ana.complain("It is still mean."), ana.complain("It is still mean."), ana.complain("More!")

    assert "I do not agree" in words_on(ana.answer)
    assert "You told us that you do not agree." in words_on(first)
    assert (first.status_code, again.status_code) == (200, 200)
    assert "You told us that already." in words_on(other)
    assert other.context["say"]["text"].value() == "More!"
    assert Complaint.objects.get().text == "It is still mean."


def test_before_a_decision_there_is_nothing_to_complain_about(client: Client, receipt: reports.Receipt) -> None:
    told(receipt, Outcome.Kind.LOOKED_AT)

    assert "I do not agree" not in words_on(look_up(client, receipt.code))


def test_a_report_is_taken_back_and_can_still_be_added_to(client: Client, receipt: reports.Receipt) -> None:
    ana = Returned(client, receipt.code)

    answer = ana.send("withdraw")
    later = ana.say("I was wrong: please look at it.")

    assert "You took your report back." in words_on(answer)
    assert "Yes, take it back" not in words_on(answer)
    assert Withdrawal.objects.get().report == receipt.report
    assert later.status_code == 200
    assert Message.objects.count() == 1


def test_what_was_decided_meanwhile_is_not_taken_back(client: Client, receipt: reports.Receipt) -> None:
    ana = Returned(client, receipt.code)
    told(receipt, Outcome.Kind.REMOVED)

    answer = ana.send("withdraw")

    assert "It is decided already." in words_on(answer)
    assert Withdrawal.objects.count() == 0


def test_the_proof_is_a_file_with_the_signed_acknowledgement(client: Client, receipt: reports.Receipt) -> None:
    answer = Returned(client, receipt.code).send("proof")

    assert answer.content.decode() == acknowledge.acknowledgement(receipt.report)
    assert answer["Content-Disposition"].startswith("attachment")


def test_a_form_without_the_guard_against_forgery_changes_nothing(client: Client, receipt: reports.Receipt) -> None:
    ticket = ticket_on(look_up(client, receipt.code))
    strict = Client(headers={"host": "localhost:8000"}, enforce_csrf_checks=True)

    answer = strict.post("/r/", {"ticket": ticket, "do": "withdraw"})

    assert answer.status_code == 403
    assert Withdrawal.objects.count() == 0


@pytest.mark.parametrize("name", ["bea", "cem", "olga"])
def test_an_account_opens_nothing_here(
    request: pytest.FixtureRequest, client: Client, receipt: reports.Receipt, name: str
) -> None:
    person: User = request.getfixturevalue(name)
    client.force_login(person, backend="allauth.account.auth_backends.AuthenticationBackend")

    for fields in ({"code": "1234"}, {"ticket": str(receipt.report.uid), "do": "say"}):
        answer = client.post("/r/", fields)

        assert answer.status_code == 422
        assert "report" not in answer.context
