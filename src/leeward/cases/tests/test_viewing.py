"""Evidence is opened by a person with the role, for a purpose, with a record first; what is known is never shown again."""

from __future__ import annotations

from datetime import timedelta

import pytest

from leeward.cases import evidence_copies, viewing, wellbeing
from leeward.cases import services as cases
from leeward.cases.models import Appeal, Case, Evidence, View
from leeward.cases.states import AppealState
from leeward.cases.tests.desk import AGAINST_TERMS, AT, case_of, found_illegal, new_case, reported, with_evidence
from leeward.core.models import Record, User
from leeward.engines.hashing.tests import drawn
from leeward.indicators import services as indicators
from leeward.indicators.models import Category, Kind
from leeward.reports.models import Attachment, Nature
from tests.stage.settling import Settle

pytestmark = pytest.mark.django_db
COVERED, CLEAR = View.Form.COVERED, View.Form.CLEAR
PURPOSE = "Is it the same person as in the report"
PICTURE = drawn.encoded(drawn.picture(1))


@pytest.fixture
def piece(harbour: object) -> Evidence:
    return with_evidence(new_case(), PICTURE)


def opened(
    piece: Evidence, *, by: User, form: View.Form = COVERED, purpose: str = PURPOSE, sure: bool = False
) -> bytes:
    return viewing.open_evidence(piece, by=by, purpose=purpose, form=form, at=AT, is_sure=sure)


def left_nothing() -> bool:
    return not View.objects.exists() and not Record.objects.filter(kind="cases.EvidenceViewed").exists()


def test_a_view_says_who_looked_when_what_for_and_how(piece: Evidence, cem: User) -> None:
    opened(piece, by=cem, form=CLEAR, purpose=f"  {PURPOSE} ")

    view = View.objects.get()
    assert (view.evidence, view.by, view.purpose, view.form, view.at) == (piece, cem, PURPOSE, "clear", AT)


def test_the_record_holds_digests_and_never_the_purpose(piece: Evidence, cem: User) -> None:
    opened(piece, by=cem)

    record = Record.objects.get(kind="cases.EvidenceViewed")
    assert record.actor == f"user:{cem.pk}"
    assert record.facts == {"case_uid": str(piece.case.uid), "sha256": piece.sha256, "form": "covered"}


@pytest.mark.parametrize("name", ["eve", "bea", "olga", "carla", "pat"])
def test_nobody_without_a_reviewers_role_opens_anything(
    request: pytest.FixtureRequest, piece: Evidence, name: str
) -> None:
    with pytest.raises(cases.NotForThisPerson):
        opened(piece, by=request.getfixturevalue(name))

    assert left_nothing()


@pytest.mark.parametrize("purpose", ["", "   ", "x"])
def test_nothing_is_opened_for_no_purpose(piece: Evidence, cem: User, purpose: str) -> None:
    with pytest.raises(viewing.NeedsPurpose):
        opened(piece, by=cem, purpose=purpose)

    assert left_nothing()


def test_somebody_on_a_break_sees_nothing_until_it_ends(piece: Evidence, cem: User) -> None:
    while wellbeing.on_break(cem, at=AT) is None:
        wellbeing.seen(cem, seconds=600, at=AT)

    with pytest.raises(wellbeing.OnBreak) as refused:
        opened(piece, by=cem)

    assert refused.value.until > AT
    assert left_nothing()


def test_what_was_known_when_it_came_is_never_shown(cem: User) -> None:
    case = new_case()
    known = cases.add_evidence(case, PICTURE, kind=Evidence.Kind.KNOWN, media_type="image/png", by="system", at=AT)

    with pytest.raises(viewing.NeverShown) as refused:
        opened(known, by=cem)

    assert refused.value.hidden.why == viewing.Why.KNOWN
    assert left_nothing()


@pytest.mark.parametrize("kind", [Kind.SHA256, Kind.SHA1, Kind.MD5, Kind.PDQ])
def test_what_became_known_since_is_never_shown_and_it_is_said_what_it_is(
    piece: Evidence, sam: User, kind: Kind
) -> None:
    sign = indicators.Sign(kind, getattr(piece, kind.value), Category.CSAM, reviews=2)
    indicators.publish([sign], source="partner:beacon", actor="partner:beacon", at=AT)

    with pytest.raises(viewing.NeverShown) as refused:
        opened(piece, by=sam, sure=True)

    assert refused.value.hidden == viewing.Hidden(viewing.Why.SIGN, Category.CSAM, 2)
    assert left_nothing()


def test_a_sign_that_was_taken_back_hides_nothing(piece: Evidence, cem: User) -> None:
    sign = indicators.Sign(Kind.SHA256, piece.sha256, Category.CSAM)
    indicators.publish([sign], source="partner:beacon", actor="partner:beacon", at=AT)
    indicators.revoke(source="partner:beacon", actor="partner:beacon", at=AT)

    assert opened(piece, by=cem)


def test_after_the_decision_only_the_person_who_answers_the_appeal_may_look(
    piece: Evidence, cem: User, dan: User, sam: User, settle: Settle
) -> None:
    decision = found_illegal(piece.case, by=cem, and_by=dan)
    settle()
    appeal = Appeal.objects.create(decision=decision, by="affected", at=AT, due_at=AT)

    for person in (cem, dan, sam):
        with pytest.raises(viewing.NeverShown):
            opened(piece, by=person)
    Appeal.objects.filter(pk=appeal.pk).update(state=AppealState.IN_REVIEW, taken_by=sam)

    assert opened(piece, by=sam)
    with pytest.raises(viewing.NeverShown):
        opened(piece, by=dan)


def test_an_appeal_does_not_open_what_others_have_published_too(
    piece: Evidence, cem: User, sam: User, settle: Settle
) -> None:
    decision = cases.judge(piece.case, AGAINST_TERMS, by=cem, at=AT)
    settle()
    Appeal.objects.create(decision=decision, by="affected", at=AT, due_at=AT, state=AppealState.IN_REVIEW, taken_by=sam)
    sign = indicators.Sign(Kind.SHA256, piece.sha256, Category.CSAM)
    indicators.publish([sign], source="partner:beacon", actor="partner:beacon", at=AT)

    with pytest.raises(viewing.NeverShown):
        opened(piece, by=sam)


def test_what_was_reported_as_showing_a_child_needs_a_senior_or_somebody_who_is_sure(
    piece: Evidence, cem: User, sam: User
) -> None:
    Case.objects.filter(pk=piece.case.pk).update(nature=Nature.SEXUAL_CHILD)
    piece.refresh_from_db()

    with pytest.raises(viewing.NotSure):
        opened(piece, by=cem)
    assert left_nothing()

    assert opened(piece, by=cem, sure=True)
    assert opened(piece, by=sam)


def test_one_report_of_a_child_is_enough_even_where_the_first_one_said_something_else(
    piece: Evidence, cem: User
) -> None:
    joined = piece.case.reports.get().report
    type(joined).objects.filter(pk=joined.pk).update(nature=Nature.SEXUAL_CHILD)

    with pytest.raises(viewing.NotSure):
        opened(piece, by=cem)


def test_what_a_scanner_calls_harmful_is_never_opened(cem: User) -> None:
    report = reported(pictures=(PICTURE,))
    Attachment.objects.update(scan=Attachment.Scan.INFECTED)
    piece = case_of(report).evidence.get()

    with pytest.raises(viewing.NeverShown) as refused:
        opened(piece, by=cem)

    assert refused.value.hidden.why == viewing.Why.HARMFUL


def test_what_was_erased_is_named_as_erased(piece: Evidence, cem: User) -> None:
    Evidence.objects.update(blob=None, erased_at=AT)
    piece.refresh_from_db()

    with pytest.raises(viewing.NeverShown) as refused:
        opened(piece, by=cem)

    assert refused.value.hidden.why == viewing.Why.ERASED


def test_what_cannot_be_shown_leaves_no_record_of_having_been_seen(cem: User) -> None:
    piece = with_evidence(new_case(), b"neither a picture nor a text")

    with pytest.raises(evidence_copies.CannotBeShown):
        opened(piece, by=cem)

    assert left_nothing()


# Tickets: what a page holds to fetch the copies that it was opened for.


def test_a_ticket_gives_back_what_was_said(piece: Evidence, cem: User) -> None:
    intent = viewing.Intent(PURPOSE, is_sure=True)

    text = viewing.ticket(piece, intent, by=cem, at=AT)

    assert viewing.read_ticket(text, piece, by=cem, at=AT) == intent
    assert PURPOSE not in text


def test_a_ticket_is_good_for_one_person_one_piece_and_a_quarter_of_an_hour(
    piece: Evidence, cem: User, dan: User
) -> None:
    other = with_evidence(new_case("https://other.example/"), PICTURE)
    text = viewing.ticket(piece, viewing.Intent(PURPOSE), by=cem, at=AT)

    assert viewing.read_ticket(text, piece, by=cem, at=AT + viewing.TICKET_FOR) is not None
    assert viewing.read_ticket(text, piece, by=cem, at=AT + viewing.TICKET_FOR + timedelta(seconds=1)) is None
    assert viewing.read_ticket(text, piece, by=dan, at=AT) is None
    assert viewing.read_ticket(text, other, by=cem, at=AT) is None


@pytest.mark.parametrize("text", ["", ":", "1:", "1:AAAA", "nobody:AAAA", "1:ä", "1"])
def test_what_we_did_not_write_is_no_ticket(piece: Evidence, cem: User, text: str) -> None:
    assert viewing.read_ticket(text, piece, by=cem, at=AT) is None
