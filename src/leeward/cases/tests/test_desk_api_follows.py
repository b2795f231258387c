"""The desk for programs: evidence, holds, approvals, appeals, orders and other bodies, with the same permission as on the pages."""

from __future__ import annotations

import io
import zipfile
from datetime import date, timedelta

import pytest
from django.utils import timezone
from PIL import Image, ImageDraw

from leeward.cases import appeals, services, statements
from leeward.cases.models import (
    Action,
    Appeal,
    Approval,
    Body,
    Case,
    Decision,
    Evidence,
    Exposure,
    Hold,
    Leg,
    View,
)
from leeward.cases.states import ActionState, AppealState, CaseState, DecisionState, LegState
from leeward.cases.tests.desk import AGAINST_TERMS, AT, Answer, found_illegal, new_case
from leeward.cases.tests.programs import of
from leeward.core.models import Organisation, User
from leeward.reports.models import Nature
from tests.stage.settling import Settle

pytestmark = pytest.mark.django_db


def detail(answer: Answer) -> str:
    assert answer["Content-Type"] == "application/problem+json"
    return str(answer.json()["detail"])


def drawn() -> bytes:
    """Draw a lighthouse."""
    image = Image.new("RGB", (320, 240), "navy")
    ImageDraw.Draw(image).polygon([(140, 220), (180, 220), (170, 60), (150, 60)], fill="white")
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


@pytest.fixture
def piece(harbour: Organisation) -> Evidence:
    """A picture that the provider sealed into the case of its item."""
    case, kind = new_case(item_id="photo-7"), Evidence.Kind.ITEM
    return services.add_evidence(case, drawn(), kind=kind, media_type="image/png", by="partner:harbour", at=AT)


def view(piece: Evidence, *, by: User, **body: object) -> Answer:
    return of(by).post(f"cases/{piece.case.uid}/evidence/{piece.sha256}/view", {"purpose": "To judge it", **body})


def test_evidence_opens_for_a_purpose_and_each_view_is_noted(piece: Evidence, cem: User) -> None:
    covered, clear = view(piece, by=cem), view(piece, by=cem, form="clear")

    assert (covered.status_code, clear.status_code) == (200, 200)
    with Image.open(io.BytesIO(covered.content)) as small, Image.open(io.BytesIO(clear.content)) as whole:
        assert max(small.size) < max(whole.size) == 320
    assert clear["Cache-Control"] == "no-store"
    assert [(one.by, one.form, one.purpose) for one in View.objects.all()] == [
        (cem, "covered", "To judge it"),
        (cem, "clear", "To judge it"),
    ]
    assert Exposure.objects.get(person=cem).seconds == 30


@pytest.mark.parametrize("body", [{"purpose": ""}, {"purpose": "   "}, {"form": "exported"}, {"purpose": None}])
def test_nothing_opens_without_a_purpose_or_in_another_form(
    body: dict[str, object], piece: Evidence, cem: User
) -> None:
    answer = view(piece, by=cem, **body)

    assert (answer.status_code, View.objects.count()) == (422, 0)
    detail(answer)


def test_whoever_has_a_break_opens_nothing(piece: Evidence, cem: User) -> None:
    until = timezone.now() + timedelta(minutes=5)
    Exposure.objects.create(person=cem, day_date=timezone.localdate(), break_until=until)

    answer = view(piece, by=cem)

    assert (answer.status_code, View.objects.count()) == (409, 0)
    assert "break until" in detail(answer)


def test_what_may_show_a_child_needs_somebody_who_is_sure(piece: Evidence, cem: User) -> None:
    Case.objects.update(nature=Nature.SEXUAL_CHILD)

    assert (view(piece, by=cem).status_code, View.objects.count()) == (409, 0)
    assert view(piece, by=cem, is_sure=True).status_code == 200


def test_what_is_known_already_is_never_shown(piece: Evidence, cem: User) -> None:
    Evidence.objects.update(kind=Evidence.Kind.KNOWN)

    answer = view(piece, by=cem)

    assert (answer.status_code, View.objects.count()) == (403, 0)
    assert "never shown" in detail(answer)


def test_a_hold_is_placed_by_a_reviewer_and_released_by_a_senior(cem: User, sam: User) -> None:
    case, until = new_case(), timezone.now() + timedelta(days=30)

    placed = of(cem).post(f"cases/{case.uid}/holds", {"basis": "A court asks", "until": until.isoformat()})
    early = of(cem).post(f"cases/{case.uid}/holds", {"basis": "A court asks", "until": AT.isoformat()})
    by_reviewer = of(cem).post(f"holds/{placed.json()['id']}/release")
    by_senior = of(sam).post(f"holds/{placed.json()['id']}/release")
    again = of(sam).post(f"holds/{placed.json()['id']}/release")

    assert [one.status_code for one in (placed, early, by_reviewer, by_senior, again)] == [201, 422, 403, 200, 409]
    assert (placed.json()["placed_by"], by_senior.json()["released_by"]) == ("cem", "sam")
    assert Hold.objects.count() == 1


def test_an_export_needs_a_colleague_and_is_made_once(cem: User, dan: User) -> None:
    case = new_case()
    found_illegal(case, by=cem, and_by=dan)

    early = of(cem).post(f"cases/{case.uid}/export", {})
    asked = of(cem).post(f"cases/{case.uid}/approvals", {"kind": "export", "why": "She asked for it"})
    alone = of(cem).post(f"approvals/{asked.json()['uid']}/agree")
    agreed = of(dan).post(f"approvals/{asked.json()['uid']}/agree")
    made, again = (of(cem).post(f"cases/{case.uid}/export", {}) for _ in range(2))

    assert [one.status_code for one in (early, asked, alone, agreed, made, again)] == [403, 201, 403, 200, 200, 403]
    with zipfile.ZipFile(io.BytesIO(made.content)) as packed:
        assert "case.json" in packed.namelist()
    assert Approval.objects.get().used_at is not None


def test_a_colleague_can_refuse_what_was_asked_for(cem: User, dan: User) -> None:
    asked = of(cem).post(f"cases/{new_case().uid}/approvals", {"kind": "identity", "why": "The police ask"})

    assert of(dan).post(f"approvals/{asked.json()['uid']}/refuse").json()["state"] == "refused"


@pytest.fixture
def appeal(cem: User, harbour: Organisation) -> Appeal:
    """The affected user does not agree with what Cem decided alone."""
    decision = services.judge(new_case(item_id="photo-7"), AGAINST_TERMS, by=cem, at=timezone.now())
    statement = statements.make(decision, at=timezone.now())
    assert statement is not None
    return appeals.open_by_affected(statement, "It was a joke.", at=timezone.now())


def test_an_appeal_never_opens_to_its_decider_and_overturning_lifts_the_decision(
    appeal: Appeal, cem: User, dan: User
) -> None:
    place = f"appeals/{appeal.uid}"
    answer = {"answer": "overturn", "why": "It was a joke."}

    listed = of(dan).get("appeals").json()
    by_decider = of(cem).post(f"{place}/take"), of(cem).post(f"{place}/answer", answer)
    untaken = of(dan).post(f"{place}/answer", answer)
    taken, answered, again = (
        of(dan).post(f"{place}/take"),
        of(dan).post(f"{place}/answer", answer),
        of(dan).post(f"{place}/take"),
    )

    assert [(one["uid"], one["text"]) for one in listed] == [(str(appeal.uid), "It was a joke.")]
    assert [one.status_code for one in by_decider] == [403, 403]
    assert [one.status_code for one in (untaken, taken, answered, again)] == [409, 200, 200, 403]
    assert (answered.json()["state"], answered.json()["answered_by"]) == (AppealState.OVERTURNED, "dan")
    assert Decision.objects.get().state == DecisionState.OVERTURNED


def test_an_appeal_is_put_back_and_upheld_by_another(appeal: Appeal, dan: User, sam: User) -> None:
    place = f"appeals/{appeal.uid}"
    of(dan).post(f"{place}/take")

    back, taken = of(dan).post(f"{place}/put-back"), of(sam).post(f"{place}/take")
    upheld = of(sam).post(f"{place}/answer", {"answer": "uphold", "why": "The words were meant."})

    assert [one.status_code for one in (back, taken, upheld)] == [200, 200, 200]
    assert Appeal.objects.get().state == AppealState.UPHELD


def test_an_order_without_a_system_is_answered_by_whoever_did_it(
    harbour: Organisation, cem: User, settle: Settle
) -> None:
    services.judge(new_case(item_id="photo-7"), AGAINST_TERMS, by=cem, at=timezone.now())
    settle()
    order = Action.objects.get(kind="remove")

    done = of(cem).post(f"actions/{order.uid}/answer", {"done": True})
    retried = of(cem).post(f"actions/{order.uid}/retry")

    assert (order.target, done.json()["state"], done.json()["done_by"]) == (Action.TASK, ActionState.CONFIRMED, "cem")
    assert (retried.status_code, Action.objects.get(pk=order.pk).state) == (409, ActionState.CONFIRMED)


def body(slug: str, kind: Body.Kind) -> Body:
    words = {"name": slug.title(), "jurisdiction": "any", "source": "Made up", "as_of_date": date(2026, 11, 1)}
    return Body.objects.create(slug=slug, kind=kind, responsible_for=["other"], **words)


def test_a_case_is_handed_over_answered_and_comes_back(cem: User, settle: Settle) -> None:
    body("beacon", Body.Kind.HOTLINE)
    case = new_case()

    given = of(cem).post(f"cases/{case.uid}/hand-over", {"body": "beacon", "why": "It is theirs."})
    place = f"legs/{given.json()['uid']}"
    handed = of(cem).post(f"{place}/handed")
    silent = of(cem).post(f"{place}/answer", {"said": "declined"})
    declined = of(cem).post(f"{place}/answer", {"said": "declined", "words": "Not in our country."})

    assert [one.status_code for one in (given, handed, silent, declined)] == [201, 200, 422, 200]
    assert (given.json()["body"], declined.json()["state"]) == ("beacon", LegState.DECLINED)
    assert Case.objects.get(pk=case.pk).state == CaseState.OPEN


def test_police_get_nothing_that_was_not_found_illegal(cem: User) -> None:
    body("harbour-police", Body.Kind.POLICE)
    case = new_case()

    answer = of(cem).post(f"cases/{case.uid}/legs", {"body": "harbour-police", "why": "To be sure."})

    assert (answer.status_code, Leg.objects.count()) == (422, 0)
    assert len(detail(answer).split()) > 3


def test_only_listed_fields_leave_and_a_leg_can_be_taken_back(cem: User) -> None:
    body("beacon", Body.Kind.HOTLINE)
    case = new_case()
    words = {"body": "beacon", "why": "They know it."}

    unlisted = of(cem).post(f"cases/{case.uid}/legs", {**words, "fields": ["the reporter's name"]})
    given = of(cem).post(f"cases/{case.uid}/legs", words)
    twice = of(cem).post(f"cases/{case.uid}/legs", words)
    recalled = of(cem).post(f"legs/{given.json()['uid']}/recall", {"why": "Sent by mistake."})

    assert [one.status_code for one in (unlisted, given, twice, recalled)] == [422, 201, 409, 200]
    assert Leg.objects.get().state == LegState.RECALLED
