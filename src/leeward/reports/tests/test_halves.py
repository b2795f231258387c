"""What is half filled in is kept for a day under the reporter's code; then it becomes a report, or is forgotten."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from leeward.core import keys
from leeward.core.models import Organisation
from leeward.engines.reading import Band
from leeward.reports import halves, receipts, services
from leeward.reports.halves import Answers
from leeward.reports.models import Attachment, Channel, HalfReport, Nature, Reason, Report
from leeward.reports.services import Item, Picture
from leeward.reports.tests.ana import AT, PAGE, code_of, drawn_picture

pytestmark = pytest.mark.django_db

ENOUGH = Answers(reason=Reason.SCARES, page_url=PAGE)
A_DAY = AT + timedelta(hours=24)


def everything(data: bytes = b"picture") -> Answers:
    return Answers(
        reason=Reason.BOTHERS,
        nature=Nature.BULLYING,
        band=Band.SMALL,
        page_url=PAGE,
        item=Item("harbour", "photo-7", "photo", "author-3", "talk-1"),
        words="They write:\n«go away» مرحبا",
        picture=Picture(data, "image/png", Attachment.Kind.CAPTURE),
        language="ar",
        channel=Channel.BUTTON,
    )


def test_what_was_kept_is_read_again_under_its_code() -> None:
    picture = b"\x00\n{}\n\xff" + drawn_picture()

    code = halves.keep(None, everything(picture), at=AT)

    assert receipts.read(code) == code
    assert halves.read(code, at=AT) == everything(picture)


def test_a_later_answer_stands_in_place_of_the_earlier_one_under_the_same_code() -> None:
    code = halves.keep(None, ENOUGH, at=AT)

    again = halves.keep(code, replace(ENOUGH, words="And I am afraid."), at=AT + timedelta(minutes=5))

    assert again == code
    assert halves.read(code, at=AT) == replace(ENOUGH, words="And I am afraid.")
    assert HalfReport.objects.count() == 1


def test_a_code_that_nobody_has_reads_nothing() -> None:
    halves.keep(None, ENOUGH, at=AT)

    assert halves.read(code_of(7), at=AT) is None


def test_neither_code_nor_answers_stand_in_the_database_in_the_open() -> None:
    code = halves.keep(None, everything(b"canary of the picture"), at=AT)

    row = HalfReport.objects.values_list().get()
    stored = b"".join(bytes(value) if isinstance(value, bytes | memoryview) else str(value).encode() for value in row)
    for secret in (code, "go away", PAGE, "photo-7", "author-3", "canary", "bullying"):
        assert secret.encode() not in stored


def test_answers_cannot_be_moved_to_the_row_of_another() -> None:
    mine, theirs = halves.keep(None, everything(), at=AT), halves.keep(None, ENOUGH, at=AT)
    sealed = HalfReport.objects.get(receipt=receipts.digest(mine)).sealed_answers
    HalfReport.objects.filter(receipt=receipts.digest(theirs)).update(sealed_answers=sealed)

    with pytest.raises(keys.SealBroken):
        halves.read(theirs, at=AT)


def test_the_day_begins_with_the_first_answer() -> None:
    code = halves.keep(None, ENOUGH, at=AT)
    halves.keep(code, ENOUGH, at=AT + timedelta(hours=23))

    assert halves.read(code, at=A_DAY - timedelta(seconds=1)) == ENOUGH
    assert halves.read(code, at=A_DAY) is None


def test_a_picture_is_not_kept_where_the_nature_forbids_one() -> None:
    code = halves.keep(None, everything(), at=AT)

    halves.change(code, lambda kept: replace(kept, nature=Nature.SEXUAL_CHILD), at=AT)

    assert halves.read(code, at=AT) == replace(everything(), nature=Nature.SEXUAL_CHILD, picture=None)


def test_finishing_makes_the_report_under_the_code_that_the_reporter_has(harbour: Organisation) -> None:
    code = halves.keep(None, everything(drawn_picture()), at=AT)

    receipt = halves.finish(code, at=AT, network="192.0.2.0/24")

    report = Report.objects.get()
    assert (receipt.code, receipt.report, receipt.is_repeat) == (code, report, False)
    assert services.follow(code) == report
    assert (report.reason, report.nature, report.band, report.language) == ("bothers", "bullying", "6-9", "ar")
    assert (report.subject, report.author_id, report.conversation_id) == ("item:harbour/photo-7", "author-3", "talk-1")
    assert (report.words, report.channel, report.place is None) == (everything().words, Channel.BUTTON, False)
    assert Attachment.objects.get().kind == Attachment.Kind.CAPTURE
    assert not HalfReport.objects.exists()


def test_finishing_twice_gives_the_same_receipt_and_no_second_report() -> None:
    code = halves.keep(None, ENOUGH, at=AT)

    first, again = halves.finish(code, at=AT), halves.finish(code, at=AT)

    assert (again.code, again.report, again.is_repeat) == (first.code, first.report, True)
    assert Report.objects.count() == 1


def test_what_was_never_begun_cannot_be_finished() -> None:
    with pytest.raises(halves.NoSuchHalf):
        halves.finish(code_of(7), at=AT)


@pytest.mark.parametrize(
    "answers",
    [Answers(), Answers(reason=Reason.SCARES), Answers(page_url=PAGE), replace(ENOUGH, page_url="http://127.0.0.1/")],
    ids=["nothing", "not where", "not what", "nowhere public"],
)
def test_what_does_not_say_enough_is_not_finished_and_stays_kept(answers: Answers) -> None:
    code = halves.keep(None, answers, at=AT)

    with pytest.raises((services.NotAboutAnything, services.AddressRefused)):
        halves.finish(code, at=AT)

    assert halves.read(code, at=AT) == answers
    assert not Report.objects.exists()


def test_nothing_is_kept_any_more_under_the_code_of_a_sent_report() -> None:
    code = halves.keep(None, ENOUGH, at=AT)
    halves.finish(code, at=AT)

    with pytest.raises(halves.SentAlready):
        halves.keep(code, replace(ENOUGH, words="Too late."), at=AT)

    assert not HalfReport.objects.exists()


def test_one_that_was_sent_whole_by_another_door_under_its_code_ends_without_a_second_report() -> None:
    code = halves.keep(None, ENOUGH, at=AT)
    services.receive(services.Draft(Reason.SCARES, Channel.BUTTON, page_url=PAGE, code=code), at=AT)

    halves.end_old(A_DAY)

    assert Report.objects.count() == 1
    assert not HalfReport.objects.exists()


def test_after_a_day_what_says_where_becomes_a_report_with_the_same_receipt_and_the_rest_is_forgotten(
    harbour: Organisation,
) -> None:
    known = [
        halves.keep(None, ENOUGH, at=AT),
        halves.keep(None, Answers(reason=Reason.DANGER, item=Item("harbour", "photo-7")), at=AT),
    ]
    for unknown in (
        Answers(reason=Reason.DANGER, words="Help."),
        Answers(page_url=PAGE),
        replace(ENOUGH, page_url="?"),
    ):
        halves.keep(None, unknown, at=AT)
    halves.keep(None, Answers(reason=Reason.SCARES, item=Item("nobody", "photo-7")), at=AT)

    halves.end_old(A_DAY)

    assert [services.follow(code) for code in known] == list(Report.objects.order_by("received_at", "pk"))
    assert all(services.follow(code) is not None for code in known)
    assert Report.objects.count() == 2
    assert not HalfReport.objects.exists()


def test_before_the_day_is_over_nothing_ends() -> None:
    code = halves.keep(None, ENOUGH, at=AT)

    halves.end_old(A_DAY - timedelta(seconds=1))

    assert not Report.objects.exists()
    assert halves.read(code, at=AT) == ENOUGH


def test_ending_twice_is_one_report() -> None:
    halves.keep(None, ENOUGH, at=AT)

    halves.end_old(A_DAY)
    halves.end_old(A_DAY)

    assert Report.objects.count() == 1


def test_one_that_cannot_be_opened_stays_and_holds_up_nobody() -> None:
    broken = halves.keep(None, ENOUGH, at=AT)
    HalfReport.objects.update(key_version="lost")
    halves.keep(None, ENOUGH, at=AT + timedelta(seconds=1))

    halves.end_old(A_DAY + timedelta(minutes=5))

    assert Report.objects.count() == 1
    assert [bytes(row.receipt) for row in HalfReport.objects.all()] == [receipts.digest(broken)]


def test_the_picture_of_a_half_report_comes_with_it_after_a_day() -> None:
    data = drawn_picture()
    halves.keep(None, replace(ENOUGH, picture=Picture(data, "image/png")), at=AT)

    halves.end_old(A_DAY)

    assert Attachment.objects.get().blob.size_bytes == len(data)


def test_a_picture_under_a_nature_that_forbids_one_never_becomes_evidence() -> None:
    answers = replace(ENOUGH, nature=Nature.SEXUAL_CHILD, picture=Picture(drawn_picture(), "image/png"))
    code = halves.keep(None, answers, at=AT)

    halves.finish(code, at=AT)

    assert not Attachment.objects.exists()
    assert Report.objects.get().nature == Nature.SEXUAL_CHILD
