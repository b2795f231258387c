"""What a body is given of a case: the fields that its leg names and nothing else, and never media."""

from __future__ import annotations

import base64
import dataclasses
import json

import pytest
import xarf
from django.core import mail
from django.core.mail import EmailMessage
from django.test import override_settings
from hypothesis import given, settings
from hypothesis import strategies as st

from leeward.cases import leg_making, leg_papers, legs, responsible
from leeward.cases.leg_papers import Notice
from leeward.cases.models import Leg
from leeward.cases.tests.desk import AT, UNDONE, found_illegal, new_case, undone, with_evidence
from leeward.cases.tests.legs import body, case_about, in_force, referred, rule, senior
from leeward.core import config
from leeward.core.models import Organisation, User
from leeward.engines import routing as engine
from leeward.reports import contexts, receipts
from leeward.reports.models import Nature
from tests.stage.settling import Settle

pytestmark = pytest.mark.django_db

SENDER, TO = "desk@leeward.example", "desk@hotline.example"
PICTURE = b"the bytes of a drawn shape"
WORDS = "canary words of Ana"
EVERYTHING = tuple(engine.Field)


def with_sender() -> override_settings:
    """Give the desk an address to send from."""
    whole = config.current()
    return override_settings(
        LEEWARD=dataclasses.replace(whole, intake=dataclasses.replace(whole.intake, mail_from=SENDER))
    )


def leg_of(cem: User, fields: tuple[str, ...] = EVERYTHING, nature: Nature = Nature.SEXTORTION) -> Leg:
    case = case_about(nature, words=WORDS)
    with_evidence(case, PICTURE)
    return referred(case, body("hotline", "hotline"), by=cem, fields=fields)


def letter(leg: Leg, *, is_xarf: bool = False, notice: Notice = Notice.MADE) -> EmailMessage:
    return leg_papers.letter(leg, notice, to=TO, is_xarf=is_xarf, at=AT)


@settings(max_examples=25, suppress_health_check=UNDONE)
@given(st.sets(st.sampled_from(EVERYTHING)))
def test_only_the_fields_that_a_leg_names_leave(cem: User, fields: set[engine.Field]) -> None:
    with undone():
        leg = leg_of(cem, tuple(fields))

        assert set(leg_papers.message(leg, Notice.MADE)["case"]) <= fields


def test_every_field_that_may_leave_can_be_read(cem: User, dan: User) -> None:
    leg = leg_of(cem)
    found_illegal(leg.case, by=cem, and_by=dan)

    given_ = leg_papers.values(leg)

    assert given_["digests"] == [leg.case.evidence.get().sha256]
    assert (given_["matter"], given_["ground"]) == ("sextortion", "Penal code 7")
    # Nobody knows these here, or nobody keeps them.
    unknown = {"host_country", "suspect_country", "reporter_contact", "summary", "provider", "item_id", "item_kind"}
    assert set(EVERYTHING) - set(given_) == unknown | {"author_id", "connection_records"}


def test_connection_records_leave_with_the_port_and_the_time(cem: User, harbour: Organisation) -> None:
    connection = contexts.Connection("192.0.2.7", 51000, AT, "upload")
    contexts.add(contexts.Facts(connections=[connection]), provider=harbour, item_id="photo-7", at=AT)
    case = new_case(item_id="photo-7")

    leg = referred(case, body("police-like", "hotline"), by=cem, fields=("provider", "item_id", "connection_records"))

    assert leg_papers.values(leg) == {
        "provider": "harbour",
        "item_id": "photo-7",
        "connection_records": [{"ip": "192.0.2.7", "port": 51000, "at": AT.isoformat(), "event": "upload"}],
    }


@pytest.mark.parametrize("notice", list(Notice))
def test_no_byte_of_the_evidence_leaves_by_any_way(notice: Notice, cem: User) -> None:
    leg = leg_of(cem)

    with with_sender():
        webhook = json.dumps(leg_papers.message(leg, notice))
        mails = [letter(leg, is_xarf=is_xarf, notice=notice).message().as_string() for is_xarf in (False, True)]

    for sent in (webhook, *mails):
        assert PICTURE.decode() not in sent
        assert base64.b64encode(PICTURE).decode() not in sent


def test_a_letter_never_holds_what_shows_who_somebody_is(cem: User) -> None:
    with with_sender():
        written = letter(leg_of(cem)).body

    assert WORDS not in written
    assert "Not in a mail, ask us for a safe way: reporter_words, reporter_contact, connection_records" in written


def test_a_letter_says_why_what_and_where_to_answer(cem: User) -> None:
    leg = leg_of(cem, ("case_ref", "digests"))

    with with_sender():
        written = letter(leg)

    assert (written.to, written.from_email) == ([TO], SENDER)
    assert leg.why in written.body
    assert leg.case.ref in written.body
    assert receipts.grouped(leg_making.code_of(leg)) in written.body
    assert "http://localhost:8000/legs/" in written.body


@pytest.mark.parametrize(
    ("nature", "kind"),
    [(Nature.SEXTORTION, "sextortion"), (Nature.SOLICITATION, "grooming"), (Nature.SEXUAL_CHILD, "distribution")],
)
def test_the_xarf_document_is_valid_and_has_no_evidence_inside(nature: Nature, kind: str, cem: User) -> None:
    leg = leg_of(cem, nature=nature)

    with with_sender():
        document = leg_papers.xarf_of(leg, at=AT)

    assert xarf.parse(document).errors == []
    assert document["exploitation_type"] == kind
    assert "evidence" not in document
    assert WORDS not in json.dumps(document)


def test_what_xarf_has_no_words_for_goes_as_a_plain_letter(cem: User) -> None:
    leg = leg_of(cem, nature=Nature.BULLYING)

    with with_sender():
        assert letter(leg, is_xarf=True).attachments == []
        with pytest.raises(leg_papers.NoXarf):
            leg_papers.xarf_of(leg, at=AT)


def test_a_letter_goes_by_itself_where_the_body_is_confirmed_and_we_have_an_address(settle: Settle) -> None:
    with with_sender():
        hotline = body("hotline", "hotline")
        responsible.add_mail(hotline, mail=TO, is_xarf=True, natures=(), by=senior(), at=AT)
        responsible.confirm(hotline, by=senior(), at=AT)
        in_force(rule("to-hotline", "hotline"))
        case_about(Nature.SEXTORTION)

        settle()

    [sent] = mail.outbox
    assert sent.to == [TO]
    assert [name for name, _data, _type in sent.attachments] == ["xarf.json"]
    assert Leg.objects.get().state == "sent"


def test_without_an_address_to_send_from_a_person_hands_it_over(settle: Settle) -> None:
    hotline = body("hotline", "hotline")
    responsible.add_mail(hotline, mail=TO, is_xarf=False, natures=(), by=senior(), at=AT)
    responsible.confirm(hotline, by=senior(), at=AT)
    in_force(rule("to-hotline", "hotline"))
    case_about(Nature.SEXTORTION)

    settle()

    assert (Leg.objects.get().state, mail.outbox) == ("held", [])


def test_whoever_is_told_of_a_recall_is_told_nothing_else(cem: User) -> None:
    leg = leg_of(cem)
    legs.take_back(leg, by=cem, why="Asked by the family.", at=AT)

    with with_sender():
        written = letter(leg, notice=Notice.RECALLED).body

    assert str(leg.uid) in written
    assert leg.case.ref not in written
    assert "family" not in written
