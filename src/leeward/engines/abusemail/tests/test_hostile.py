"""Mails that were made to harm whoever reads them are refused in words, and quickly."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leeward.engines import abusemail
from leeward.engines.abusemail import Fault, Unreadable
from leeward.engines.abusemail.tests import mails

FAULTS = [
    (b"", Fault.EMPTY),
    (b" \r\n\r\n", Fault.EMPTY),
    (b"x" * (abusemail.MAIL_BYTES + 1), Fault.TOO_LARGE),
    (b"x\n" * 400_001, Fault.TOO_LARGE),
    (mails.nested(31), Fault.TOO_DEEP),
    (b"Content-Type: message/rfc822\r\n\r\n" * 31, Fault.TOO_DEEP),
    (b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n' + b"--b\r\n\r\nx\r\n" * 300, Fault.TOO_MANY_PARTS),
    (mails.mail_with(*['{"xarf_version": "4.2.0"}'] * 51), Fault.TOO_MANY_PARTS),
]


@pytest.mark.parametrize(("mail", "fault"), FAULTS, ids=range(len(FAULTS)))
def test_a_mail_over_a_limit_is_refused_with_the_next_step(mail: bytes, fault: Fault) -> None:
    with pytest.raises(Unreadable) as refused:
        abusemail.read(mail)

    assert refused.value.fault == fault
    assert "Send" in str(refused.value)


def test_a_mail_just_below_the_depth_is_read() -> None:
    assert abusemail.read(mails.nested(29)).complaints == ()


def test_a_document_that_is_wrong_in_a_million_places_is_not_checked_in_each() -> None:
    [complaint] = abusemail.read(mails.xarf(tags=[1] * 1_000_000)).complaints

    assert (complaint.addresses, complaint.remarks) == ((mails.PAGE,), ("length",))


@pytest.mark.parametrize(
    "head",
    [
        b"Content-Type: multipart/mixed" + b";a=b" * 1_000_000,
        b"Content-Type: " + b"x" * 5_000_000,
        b"From: " + b"(" * 1_000_000,
        b"From: " + b"<a@b.example>," * 300_000,
        b"From:" + b"\r\n a" * 100_000,
        b"Content-Type: text/plain; charset*0*=x; charset*=y; charset*9999999999999=z",
        b"Content-Type: text/plain; charset=punycode",
        b"Content-Type: text/plain; charset=\x00",
        b"Content-Type: text/plain; charset=hex",
        b"Content-Transfer-Encoding: base64\r\nContent-Type: application/json; name*0*=%ff; name*1=\xff",
        b"Content-Type: multipart/report",
        b"\xff\xfe: \x00",
    ],
)
def test_a_header_that_was_made_to_be_wrong_ends_in_a_mail_or_in_a_refusal(head: bytes) -> None:
    with contextlib.suppress(Unreadable):
        assert abusemail.read(head + b"\r\n\r\nwords\xff\xfe").complaints == ()


_LINES = st.sampled_from(
    [
        b"Content-Type: multipart/report; report-type=feedback-report; boundary=b",
        b"Content-Type: message/feedback-report",
        b"Content-Type: message/rfc822",
        b"Content-Type: application/json; name*0*=x; name*=y",
        b"Content-Transfer-Encoding: base64",
        b"Content-Transfer-Encoding: x-uuencode",
        b"Content-Transfer-Encoding: quoted-printable",
        b"Feedback-Type: abuse",
        b"Reported-URI: https://bad.example/",
        b"Source-IP: 192.0.2.7",
        b"Arrival-Date: Sun, 99 Nov 99999 99:99:99 +9999",
        b"From: =?utf-8?b?////?= <ana@beacon.example>",
        b'{"xarf_version": "4.2.0", "url": "https://bad.example/", "evidence": [{}]}',
        b"--b",
        b"--b--",
        b"begin 644 x",
        b"",
        b" ",
        b"=FF=",
    ]
)


@given(st.lists(st.one_of(_LINES, st.binary(max_size=30)), max_size=40))
def test_any_mixture_of_lines_is_read_or_refused(lines: list[bytes]) -> None:
    with contextlib.suppress(Unreadable):
        mail = abusemail.read(b"\r\n".join(lines))

        assert "\n" not in mail.answer_to + mail.message_id
        repr(mail).encode()
