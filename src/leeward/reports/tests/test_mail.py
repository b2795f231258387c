"""A mail that complains becomes a report and is answered; any other is told what to do; none is answered to a machine."""

from __future__ import annotations

import dataclasses
import email
import json
import re
import smtplib
from email.message import Message
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.db import connection

from leeward.core import config
from leeward.core.models import Blob, Delivery, Record
from leeward.engines import abusemail
from leeward.engines.abusemail.tests import mails
from leeward.reports import contexts, letters, mail, services
from leeward.reports.letters import Silence
from leeward.reports.models import Attachment, Channel, Nature, Reason, Report
from leeward.reports.tests.ana import AT
from tests.stage import disk
from tests.stage.settling import Settle

pytestmark = pytest.mark.django_db
DESK = "reports@leeward.example"
ADDRESS = "ana.the.sender@beacon.example"
FROM = {"From": ADDRESS}


@pytest.fixture(autouse=True)
def _answers(settings: Any) -> None:
    """The operator set an address for answers, and nobody was told anything yet."""
    current = config.current()
    settings.LEEWARD = dataclasses.replace(current, intake=dataclasses.replace(current.intake, mail_from=DESK))
    letters.told().clear()


def sent(mailoutbox: list[EmailMessage], settle: Settle) -> EmailMessage:
    """Do what is owed and return the one answer that went out."""
    settle()
    [answer] = mailoutbox
    return answer


def written(answer: EmailMessage) -> Message:
    """Return an answer as it goes over the wire."""
    return email.message_from_bytes(answer.message().as_bytes())


def test_a_feedback_report_becomes_a_report() -> None:
    taken = mail.take(mails.arf(Reported_URI=[mails.PAGE, "https://bad.example/8"]), at=AT)

    assert taken == mail.Taken(reports=1)
    report = Report.objects.get()
    assert (report.channel, report.page_url, report.sender) == (Channel.MAIL, mails.PAGE, None)
    assert (report.reason, report.nature, report.received_at) == (Reason.NOT_ALLOWED, Nature.OTHER, AT)
    assert mails.WORDS in report.words
    assert "also: https://bad.example/8" in report.words


@pytest.mark.parametrize(
    ("fields", "reason", "nature"),
    [
        ({}, Reason.NOT_ALLOWED, Nature.SEXUAL_CHILD),
        ({"type": "csem", "exploitation_type": "grooming"}, Reason.DANGER, Nature.SOLICITATION),
        ({"type": "csem", "exploitation_type": "sextortion"}, Reason.DANGER, Nature.SEXTORTION),
        ({"type": "csem", "exploitation_type": "trafficking"}, Reason.DANGER, Nature.OTHER),
        ({"type": "csem", "exploitation_type": "distribution"}, Reason.NOT_ALLOWED, Nature.SEXUAL_CHILD),
        ({"type": "csem"}, Reason.NOT_ALLOWED, Nature.SEXUAL_CHILD),
        ({"type": "phishing"}, Reason.NOT_ALLOWED, Nature.FRAUD),
        ({"type": "malware"}, Reason.NOT_ALLOWED, Nature.OTHER),
        ({"type": "a new one"}, Reason.NOT_ALLOWED, Nature.OTHER),
    ],
)
def test_what_a_xarf_document_complains_of_is_known(fields: dict[str, Any], reason: Reason, nature: Nature) -> None:
    mail.take(mails.xarf(**fields), at=AT)

    report = Report.objects.get()
    assert (report.reason, report.nature) == (reason, nature)


def test_digests_are_kept_with_the_words_and_nothing_that_was_attached() -> None:
    mail.take(mails.xarf(evidence=mails.evidence()), at=AT)

    report = Report.objects.get()
    assert f"sha256:{mails.SHA256}" in report.words
    assert "1 files came with it and were not kept" in report.words
    assert Attachment.objects.count() == 0


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("data", [mails.xarf(evidence=mails.evidence(), headers=FROM), mails.arf(headers=FROM)])
def test_neither_what_was_attached_nor_the_senders_address_is_found_on_disk(data: bytes) -> None:
    mail.take(data, at=AT)

    database = Path(str(connection.settings_dict["NAME"]))
    sealed = Path(django_settings.STORAGES["sealed"]["OPTIONS"]["location"])
    files = [*database.parent.glob(f"{database.name}*"), *(path for path in sealed.rglob("*") if path.is_file())]
    on_disk = disk.octets(files)
    assert Report.objects.get().uid.hex.encode() in on_disk  # So the place that is searched is the right one.
    for secret in (
        mails.WORDS.encode(),
        mails.CANARY,
        mails.evidence()[0]["payload"].encode(),
        ADDRESS.encode(),
        b"192.0.2.7",
    ):
        assert secret not in on_disk


def test_who_was_behind_the_address_is_sealed_and_opened_for_the_desk() -> None:
    mail.take(mails.xarf(perpetrator_indicators={"account_id": "user-7"}), at=AT)

    report = Report.objects.get()
    [known] = contexts.of(report)
    [seen] = known.facts.connections
    assert (seen.ip, seen.port, seen.at.isoformat()) == ("192.0.2.7", 4711, "2026-11-22T08:30:00+00:00")
    assert known.facts.author_id == "user-7"
    assert "Beacon Hotline" in known.facts.profile_notes[0].text
    assert "192.0.2.7" not in report.words


def test_the_answer_brings_the_code_and_the_acknowledgement(mailoutbox: list[EmailMessage], settle: Settle) -> None:
    mail.take(mails.arf(headers=FROM), at=AT)

    answer = sent(mailoutbox, settle)
    code = re.search(r"code: ([0-9 ]{19})", str(answer.body))
    assert code is not None
    report = services.follow(code[1])
    assert report == Report.objects.get()
    assert (answer.to, answer.from_email) == ([ADDRESS], DESK)
    [part] = [part for part in written(answer).walk() if part.get_content_type() == "application/jwt"]
    assert str(part.get_payload(decode=True), "ascii").count(".") == 2  # type: ignore[arg-type]


def test_no_robot_answers_the_answer(mailoutbox: list[EmailMessage], settle: Settle) -> None:
    mail.take(mails.arf(headers=FROM), at=AT)

    headers = written(sent(mailoutbox, settle))

    assert headers["Auto-Submitted"] == "auto-replied"
    assert headers["In-Reply-To"] == headers["References"] == "<1@beacon.example>"
    assert abusemail.read(headers.as_bytes()).is_automatic


def test_the_same_mail_again_is_one_report_and_one_answer(mailoutbox: list[EmailMessage], settle: Settle) -> None:
    first = mail.take(mails.arf(headers=FROM), at=AT)
    again = mail.take(b"Received: from somewhere else\r\n" + mails.arf(headers=FROM), at=AT)

    assert (first.reports, again) == (1, mail.Taken(repeats=1, silence=Silence.BEFORE))
    assert Report.objects.count() == 1
    sent(mailoutbox, settle)


def test_another_mail_under_the_same_message_id_is_not_lost() -> None:
    mail.take(mails.arf(), at=AT)

    taken = mail.take(mails.arf(Reported_URI="https://bad.example/8"), at=AT)

    assert taken.reports == 1
    assert Report.objects.count() == 2


def test_whoever_copies_a_mail_is_not_sent_the_code_of_its_writer() -> None:
    mail.take(mails.arf(headers=FROM), at=AT)

    taken = mail.take(mails.arf(headers={"From": "eve@bad.example"}), at=AT)

    assert taken.reports == 1
    assert len({bytes(digest) for digest in Report.objects.values_list("receipt", flat=True)}) == 2


def test_each_document_of_a_mail_gets_a_code_of_its_own(mailoutbox: list[EmailMessage], settle: Settle) -> None:
    texts = [json.dumps(mails.document(url=f"https://bad.example/{number}")) for number in range(3)]

    mail.take(mails.mail_with(*texts, headers=FROM), at=AT)

    answer = sent(mailoutbox, settle)
    codes = re.findall(r"code: ([0-9 ]{19})", str(answer.body))
    assert {services.follow(code) for code in codes} == set(Report.objects.all())
    assert (len(codes), len(answer.attachments)) == (3, 3)


def test_fields_that_are_wrong_are_named_in_the_answer(mailoutbox: list[EmailMessage], settle: Settle) -> None:
    mail.take(mails.xarf(headers=FROM, classification=None), at=AT)

    assert "classification" in str(sent(mailoutbox, settle).body)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (mails.plain(headers=FROM), "We found no report in your mail"),
        (mails.arf(headers=FROM, Reported_URI="mailto:eve@bad.example"), "It names no address of a page"),
        (mails.xarf(headers=FROM, url="http://192.168.0.7/private"), "We could not take this"),
    ],
)
def test_a_mail_that_is_no_report_is_told_what_to_do(
    mailoutbox: list[EmailMessage], settle: Settle, data: bytes, words: str
) -> None:
    taken = mail.take(data, at=AT)

    assert (taken.reports, taken.is_answered) == (0, True)
    answer = sent(mailoutbox, settle)
    assert words in str(answer.body)
    assert "http://localhost:8000/report/" in str(answer.body)
    assert Report.objects.count() == Blob.objects.count() == 0


def test_whoever_sends_no_report_again_and_again_is_told_once_a_day() -> None:
    silences = [mail.take(mails.plain(f"Hello {number}", headers=FROM), at=AT).silence for number in range(3)]

    assert silences == [None, Silence.TOLD, Silence.TOLD]
    assert mail.take(mails.arf(headers=FROM), at=AT).is_answered


@pytest.mark.parametrize(
    "header",
    [
        {"Auto-Submitted": "auto-generated"},
        {"Precedence": "bulk"},
        {"List-Id": "<news.beacon.example>"},
        {"Return-Path": "<>"},
        {"From": "mailer-daemon@beacon.example"},
        {"From": DESK.upper()},
        {"From": "ana@beacon.example, bea@beacon.example"},
    ],
)
@pytest.mark.parametrize("data", [mails.plain, mails.arf])
def test_a_machine_a_list_and_ourselves_are_not_answered_and_the_log_says_why(
    data: Any, header: dict[str, str]
) -> None:
    taken = mail.take(data(headers=header), at=AT)

    ours = {DESK.upper(): Silence.OURSELVES, "ana@beacon.example, bea@beacon.example": Silence.NOBODY}
    assert taken.silence == ours.get(header.get("From", ""), Silence.AUTOMATIC)
    assert not Delivery.objects.filter(task=letters.send.module_path).exists()
    assert taken.reports == Report.objects.count() == (1 if data is mails.arf else 0)


def test_without_an_address_of_ours_mails_are_taken_and_not_answered(settings: Any) -> None:
    current = config.current()
    settings.LEEWARD = dataclasses.replace(current, intake=dataclasses.replace(current.intake, mail_from=""))

    taken = [mail.take(data(headers=FROM), at=AT) for data in (mails.arf, mails.plain)]

    assert [(one.reports, one.silence) for one in taken] == [(1, Silence.NO_SENDER), (0, Silence.NO_SENDER)]


def test_bytes_that_are_no_mail_at_all_are_refused() -> None:
    with pytest.raises(abusemail.Unreadable, match="as a new mail"):
        mail.take(bytes(range(256)) * 4, at=AT)


def test_neither_records_nor_what_is_owed_name_the_sender_or_the_code() -> None:
    mail.take(mails.arf(headers=FROM), at=AT)

    rows = str([*Record.objects.values(), *Delivery.objects.values()])
    assert ADDRESS not in rows
    [owed] = Delivery.objects.filter(task=letters.send.module_path)
    assert owed.arguments.keys() == {"letter_uid", "sealed"}


class Refusing(BaseEmailBackend):
    """A mail server that does not know the recipient."""

    def send_messages(self, email_messages: Any) -> int:
        raise smtplib.SMTPRecipientsRefused({ADDRESS: (550, b"no such mailbox")})


def test_an_address_that_nobody_has_does_not_stay_on_the_desk(settings: Any, settle: Settle) -> None:
    settings.MAILERS = {"default": {"BACKEND": f"{__name__}.Refusing"}}
    mail.take(mails.arf(headers=FROM), at=AT)

    settle()

    assert Delivery.objects.get(task=letters.send.module_path).state == Delivery.State.DONE


def test_the_longest_words_leave_room_for_the_facts() -> None:
    mail.take(mails.xarf(human="a" * 50_000, description="b" * 5_000), at=AT)

    words = Report.objects.get().words
    assert len(words) <= 4000
    assert words.endswith(f"sha256:{mails.SHA256}")
