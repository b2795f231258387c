"""What a mail complains of, in ARF and in XARF, and that everything else is told apart."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from leeward.engines import abusemail
from leeward.engines.abusemail import Complaint, Format, Source
from leeward.engines.abusemail.tests import mails

AT = datetime(2026, 11, 22, 7, 30, tzinfo=UTC)


def only(mail: bytes) -> Complaint:
    """Return the one complaint of a mail."""
    [complaint] = abusemail.read(mail).complaints
    return complaint


def test_a_feedback_report_says_where_what_and_from_whom() -> None:
    mail = abusemail.read(mails.arf(Source_Port="4711"))

    assert (mail.message_id, mail.answer_to, mail.is_automatic) == ("<1@beacon.example>", mails.SENDER, False)
    [complaint] = mail.complaints
    assert (complaint.format, complaint.about, complaint.addresses) == (Format.ARF, "abuse", (mails.PAGE,))
    assert (complaint.words, complaint.sent_by) == (mails.WORDS, "Beacon/1.0")
    assert complaint.source == Source("192.0.2.7", 4711, AT)


def test_the_mail_that_a_feedback_report_brings_along_is_left_out_and_counted() -> None:
    complaint = only(mails.arf())

    assert mails.CANARY.decode() not in repr(complaint)
    assert complaint.left_out == 1


def test_several_addresses_are_kept_in_order_and_addresses_of_mails_are_not() -> None:
    uris = ["mailto:eve@bad.example", mails.PAGE, "http://bad.example/8"]

    assert only(mails.arf(Reported_URI=uris)).addresses == (mails.PAGE, "http://bad.example/8")


def test_a_domain_counts_where_there_is_no_address() -> None:
    assert only(mails.arf(Reported_URI="", Reported_Domain="bad.example")).addresses == ("https://bad.example/",)


@pytest.mark.parametrize("kind", ["not-spam", "opt-out", "auth-failure", ""])
def test_feedback_that_complains_of_no_harm_is_no_complaint(kind: str) -> None:
    assert abusemail.read(mails.arf(Feedback_Type=kind)).complaints == ()


@pytest.mark.parametrize(
    ("fields", "source"),
    [
        ({"Source_IP": "not an address"}, None),
        ({"Source_IP": "2001:DB8::7"}, Source("2001:db8::7", None, AT)),
        ({"Source_Port": "70000"}, Source("192.0.2.7", None, AT)),
        ({"Source_Port": "9" * 5000}, Source("192.0.2.7", None, AT)),
        ({"Arrival_Date": "soon"}, Source("192.0.2.7")),
        ({"Arrival_Date": "Sun, 22 Nov 2026 08:30:00 -0000"}, Source("192.0.2.7")),
    ],
)
def test_a_source_is_taken_as_far_as_it_can_be_read(fields: dict[str, Any], source: Source | None) -> None:
    assert only(mails.arf(**fields)).source == source


def test_a_xarf_document_says_where_what_and_by_which_digests() -> None:
    complaint = only(mails.xarf(description="Found by a crawler."))

    assert (complaint.format, complaint.about, complaint.addresses) == (Format.XARF, "content/csam", (mails.PAGE,))
    assert complaint.words == f"{mails.WORDS}\nFound by a crawler."
    assert complaint.details == ("classification: A1", "found by: hash_match")
    assert complaint.digests == (f"sha256:{mails.SHA256}",)
    assert complaint.source == Source("192.0.2.7", 4711, datetime(2026, 11, 22, 8, 30, tzinfo=UTC))
    assert (complaint.sent_by, complaint.remarks) == ("Beacon Hotline", ())


def test_the_kind_of_exploitation_and_the_account_are_read() -> None:
    fields: dict[str, Any] = {
        "type": "csem",
        "exploitation_type": "grooming",
        "perpetrator_indicators": {"account_id": "user-7"},
    }

    complaint = only(mails.xarf(**fields))

    assert (complaint.about, complaint.account_id) == ("content/csem/grooming", "user-7")


def test_what_a_xarf_document_embeds_is_never_handed_out() -> None:
    complaint = only(mails.xarf(evidence=mails.evidence()))

    assert complaint.left_out == 1
    assert mails.CANARY.decode() not in repr(complaint)
    assert mails.evidence()[0]["payload"] not in repr(complaint)


def test_fields_that_are_wrong_are_named_and_the_complaint_counts_all_the_same() -> None:
    sender = {"org": "Beacon Hotline", "contact": mails.SENDER}

    complaint = only(mails.xarf(classification="worst", detection_method=None, sender=sender))

    assert complaint.addresses == (mails.PAGE,)
    assert set(complaint.remarks) == {"classification", "detection_method", "sender.domain"}


@pytest.mark.parametrize(
    "wrong",
    [
        {"url": 7},
        {"url": ["https://bad.example/"]},
        {"url": "javascript:alert(1)"},
        {"hash_values": "none"},
        {"hash_values": {"sha256": "zz"}},
        {"perpetrator_indicators": [1]},
        {"reporter": None},
        {"source_port": True},
        {"source_port": "4711"},
        {"timestamp": 1.5},
        {"category": {}, "type": None},
        {"description": "\ud800 half a character"},
        {"evidence": 7},
    ],
)
def test_a_field_of_the_wrong_kind_breaks_nothing(wrong: dict[str, Any]) -> None:
    repr(only(mails.xarf(**wrong))).encode()  # Halves of characters could not be stored.


def test_a_mail_may_bring_several_documents() -> None:
    texts = [json.dumps(mails.document(url=f"https://bad.example/{number}")) for number in range(3)]

    found = abusemail.read(mails.mail_with(*texts)).complaints

    assert [one.addresses[0] for one in found] == [
        "https://bad.example/0",
        "https://bad.example/1",
        "https://bad.example/2",
    ]


def test_a_document_that_is_the_text_of_the_mail_is_read() -> None:
    complaint = only(mails.plain(json.dumps(mails.document())))

    assert (complaint.addresses, complaint.words) == ((mails.PAGE,), "")


@pytest.mark.parametrize(
    "text", ["{", "[]", '"xarf_version"', '{"xarf_version": "3"}', '{"xarf_version": ' + "[" * 50_000]
)
def test_json_that_is_no_document_is_no_complaint(text: str) -> None:
    assert abusemail.read(mails.mail_with(text)).complaints == ()


def test_a_mail_of_a_person_is_no_complaint() -> None:
    mail = abusemail.read(mails.plain())

    assert (mail.complaints, mail.answer_to, mail.is_automatic) == ((), mails.SENDER, False)


@pytest.mark.parametrize(
    "header",
    [
        {"Auto-Submitted": "auto-replied"},
        {"Auto-Submitted": "Auto-Generated; type=vacation"},
        {"Precedence": "bulk"},
        {"List-Id": "<news.beacon.example>"},
        {"List-Unsubscribe": "<mailto:leave@beacon.example>"},
        {"Return-Path": "<>"},
        {"X-Auto-Response-Suppress": "All"},
        {"From": "MAILER-DAEMON@beacon.example"},
        {"From": "no-reply@beacon.example"},
    ],
)
def test_what_a_machine_sent_is_known(header: dict[str, str]) -> None:
    assert abusemail.read(mails.plain(headers=header)).is_automatic


def test_a_bounce_is_known() -> None:
    bounce = b"From: post@beacon.example\r\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n--b--\r\n"

    assert abusemail.read(bounce).is_automatic


@pytest.mark.parametrize("header", [{"Auto-Submitted": "no"}, {"Return-Path": "<ana@beacon.example>"}])
def test_what_a_person_sent_is_known(header: dict[str, str]) -> None:
    assert not abusemail.read(mails.plain(headers=header)).is_automatic


@pytest.mark.parametrize(
    ("headers", "answer_to"),
    [
        ({"From": "Ana <ana@beacon.example>"}, "ana@beacon.example"),
        ({"Reply-To": "team@beacon.example"}, "team@beacon.example"),
        ({"From": "ana@beacon.example, bea@beacon.example"}, ""),
        ({"From": ""}, ""),
        ({"From": "nobody"}, ""),
        ({"From": '"a b"@beacon.example'}, ""),
        ({"From": "=?utf-8?q?ana=40beacon=2Eexample=0D=0ABcc=3A_eve=40bad=2Eexample?="}, ""),
        ({"From": "ana@beacon.example\r\n\tBcc: eve@bad.example"}, ""),
        ({"From": "ана@beacon.example"}, ""),
        ({"From": "a" * 65 + "@beacon.example"}, ""),
    ],
)
def test_only_one_plain_address_is_answered(headers: dict[str, str], answer_to: str) -> None:
    assert abusemail.read(mails.plain(headers=headers)).answer_to == answer_to


@pytest.mark.parametrize(
    "number", ["", "no brackets", "<a b@beacon.example>", "<" + "a" * 300 + ">", "<é@beacon.example>"]
)
def test_a_message_id_that_could_not_be_written_into_a_header_is_none(number: str) -> None:
    assert abusemail.read(mails.plain(headers={"Message-ID": number})).message_id in {"", "<@beacon.example>"}
