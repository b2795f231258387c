"""What needs two people and is no decision is asked by one, allowed by another, and done once within a day."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from leeward.cases import approvals
from leeward.cases import services as cases
from leeward.cases.models import Approval, Case
from leeward.cases.states import ApprovalState
from leeward.cases.tests.desk import AT, new_case
from leeward.core.models import Record, User

pytestmark = pytest.mark.django_db
EXPORT, IDENTITY = Approval.Kind.EXPORT, Approval.Kind.IDENTITY
WHY = "A court asks for it."


def asked(case: Case, *, by: User) -> Approval:
    return approvals.ask(case, kind=EXPORT, why=WHY, by=by, at=AT)


def test_what_a_colleague_allowed_is_done_once(cem: User, dan: User) -> None:
    case = new_case()
    approvals.agree(asked(case, by=cem), by=dan, at=AT)

    used = approvals.use(case, kind=EXPORT, by=cem, at=AT)
    with pytest.raises(approvals.NotApproved):
        approvals.use(case, kind=EXPORT, by=cem, at=AT)

    assert Approval.objects.get().used_at == used.used_at == AT
    kinds = Record.objects.filter(kind__startswith="cases.Approval").order_by("pk").values_list("kind", flat=True)
    assert list(kinds) == ["cases.ApprovalAsked", "cases.ApprovalAnswered", "cases.ApprovalUsed"]


def test_why_it_is_asked_stays_out_of_the_record(cem: User) -> None:
    asked(new_case(), by=cem)

    assert WHY not in str(Record.objects.get(kind="cases.ApprovalAsked").facts)


def test_nobody_allows_what_they_asked_for_themselves(cem: User) -> None:
    case = new_case()
    approval = asked(case, by=cem)

    for answer in (approvals.agree, approvals.refuse):
        with pytest.raises(cases.NeedsAnother):
            answer(approval, by=cem, at=AT)
    with pytest.raises(approvals.NotApproved):
        approvals.use(case, kind=EXPORT, by=cem, at=AT)

    assert Approval.objects.get().state == ApprovalState.ASKED


def test_the_database_itself_refuses_one_person_twice(cem: User) -> None:
    approval = asked(new_case(), by=cem)

    with pytest.raises(IntegrityError), transaction.atomic():
        Approval.objects.filter(pk=approval.pk).update(state=ApprovalState.AGREED, answered_by=cem, answered_at=AT)


def test_what_was_refused_is_not_done_and_not_allowed_afterwards(cem: User, dan: User, sam: User) -> None:
    case = new_case()
    approval = asked(case, by=cem)
    approvals.refuse(approval, by=dan, at=AT)

    with pytest.raises(cases.AlreadyDecided):
        approvals.agree(approval, by=sam, at=AT)
    with pytest.raises(approvals.NotApproved):
        approvals.use(case, kind=EXPORT, by=cem, at=AT)


def test_it_is_good_for_a_day(cem: User, dan: User) -> None:
    case = new_case()
    approvals.agree(asked(case, by=cem), by=dan, at=AT)

    with pytest.raises(approvals.NotApproved):
        approvals.use(case, kind=EXPORT, by=cem, at=AT + approvals.GOOD_FOR)

    approvals.use(case, kind=EXPORT, by=cem, at=AT + approvals.GOOD_FOR - timedelta(seconds=1))


def test_it_is_good_for_one_thing_of_one_case_and_one_person(cem: User, dan: User, sam: User) -> None:
    case, other = new_case("https://bad.example/1"), new_case("https://bad.example/2")
    approvals.agree(asked(case, by=cem), by=dan, at=AT)

    with pytest.raises(approvals.NotApproved):
        approvals.use(case, kind=IDENTITY, by=cem, at=AT)
    with pytest.raises(approvals.NotApproved):
        approvals.use(other, kind=EXPORT, by=cem, at=AT)
    with pytest.raises(approvals.NotApproved):
        approvals.use(case, kind=EXPORT, by=sam, at=AT)


def test_asking_twice_is_one_question(cem: User) -> None:
    case = new_case()

    assert asked(case, by=cem) == asked(case, by=cem)


def test_without_a_reviewers_role_nobody_asks_allows_or_uses(cem: User, eve: User, olga: User) -> None:
    case = new_case()
    approval = asked(case, by=cem)

    for person in (eve, olga):
        with pytest.raises(cases.NotForThisPerson):
            asked(case, by=person)
        with pytest.raises(cases.NotForThisPerson):
            approvals.agree(approval, by=person, at=AT)
        with pytest.raises(cases.NotForThisPerson):
            approvals.use(case, kind=EXPORT, by=person, at=AT)
