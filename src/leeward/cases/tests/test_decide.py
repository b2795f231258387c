"""A case is decided once, by people who may, and illegal content by two different people."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import IntegrityError, connection, transaction

from leeward.cases import services as cases
from leeward.cases.models import Case, Decision
from leeward.cases.states import CaseState, DecisionState
from leeward.cases.tests.desk import AGAINST_TERMS, AT, ILLEGAL, MAY_STAY, everything, found_illegal, new_case
from leeward.core.models import Delivery, Record, User


@pytest.mark.django_db
def test_a_case_is_decided_once(cem: User, dan: User) -> None:
    case = new_case()
    cases.judge(case, AGAINST_TERMS, by=cem, at=AT)
    before = everything()

    with pytest.raises(cases.AlreadyDecided):
        cases.judge(case, MAY_STAY, by=dan, at=AT)

    assert everything() == before


@pytest.mark.django_db
def test_a_case_that_waits_for_a_second_person_cannot_be_judged_past_that_person(cem: User, dan: User) -> None:
    case = new_case()
    cases.judge(case, ILLEGAL, by=cem, at=AT)
    before = everything()

    for judgement in (MAY_STAY, AGAINST_TERMS, ILLEGAL):
        with pytest.raises(cases.AlreadyDecided):
            cases.judge(case, judgement, by=dan, at=AT)

    assert everything() == before


@pytest.mark.django_db(transaction=True)
def test_of_reviewers_who_decide_at_the_same_time_one_wins(cem: User, dan: User) -> None:
    case, together = new_case(), threading.Barrier(4)

    def decide(person: User, judgement: cases.Judgement) -> bool:
        try:
            together.wait(10)
            cases.judge(case, judgement, by=person, at=AT)
        except cases.AlreadyDecided:
            return False
        finally:
            connection.close()
        return True

    tries = [(cem, AGAINST_TERMS), (dan, MAY_STAY), (cem, ILLEGAL), (dan, AGAINST_TERMS)]
    with ThreadPoolExecutor(4) as pool:
        won = [running.result() for running in [pool.submit(decide, *one) for one in tries]]

    assert won.count(True) == 1
    assert Decision.objects.count() == 1
    assert Record.objects.filter(kind__startswith="cases.Decision").count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize("judgement", [MAY_STAY, AGAINST_TERMS])
def test_what_is_not_illegal_takes_effect_with_one_person(cem: User, judgement: cases.Judgement) -> None:
    case = new_case()

    decision = cases.judge(case, judgement, by=cem, at=AT)

    assert (decision.state, decision.effective_at, decision.seconded_by) == (DecisionState.EFFECTIVE, AT, None)
    assert Record.objects.latest("pk").kind == "cases.DecisionConfirmed"
    assert Record.objects.latest("pk").actor == f"user:{cem.pk}"


@pytest.mark.django_db
def test_nothing_follows_from_illegal_content_before_a_second_person_agrees(cem: User, dan: User) -> None:
    case = new_case()
    owed = Delivery.objects.count()

    decision = cases.judge(case, ILLEGAL, by=cem, at=AT)
    after_one = Delivery.objects.count()
    cases.agree(decision, by=dan, at=AT)

    assert after_one == owed
    assert Delivery.objects.count() > owed
    decision.refresh_from_db()
    assert (decision.proposed_by, decision.seconded_by, decision.effective_at) == (cem, dan, AT)


@pytest.mark.django_db
def test_whoever_proposed_can_neither_agree_nor_decline(cem: User, sam: User) -> None:
    decision = cases.judge(new_case(), ILLEGAL, by=cem, at=AT)
    before = everything()

    for step in (cases.agree, cases.decline):
        with pytest.raises(cases.NeedsAnother):
            step(decision, by=cem, at=AT)

    assert everything() == before
    cases.agree(decision, by=sam, at=AT)


@pytest.mark.django_db
def test_the_database_itself_refuses_illegal_with_one_person(cem: User) -> None:
    decision = cases.judge(new_case(), ILLEGAL, by=cem, at=AT)

    with pytest.raises(IntegrityError, match="illegal_needs_two"), transaction.atomic():
        Decision.objects.filter(pk=decision.pk).update(state=DecisionState.EFFECTIVE)


@pytest.mark.django_db
def test_the_database_itself_refuses_the_same_person_twice(cem: User) -> None:
    decision = cases.judge(new_case(), ILLEGAL, by=cem, at=AT)

    with pytest.raises(IntegrityError, match="two_different_people"), transaction.atomic():
        Decision.objects.filter(pk=decision.pk).update(state=DecisionState.EFFECTIVE, seconded_by=cem)


@pytest.mark.django_db
def test_the_database_itself_refuses_two_decisions_in_effect(cem: User, dan: User) -> None:
    decision = found_illegal(new_case(), by=cem, and_by=dan)
    decision.pk, decision.uid = None, Case._meta.get_field("uid").get_default()

    with pytest.raises(IntegrityError), transaction.atomic():
        decision.save(force_insert=True)


@pytest.mark.django_db
def test_people_without_the_role_cannot_judge_agree_or_reverse(
    bea: User, olga: User, eve: User, cem: User, dan: User
) -> None:
    proposed = cases.judge(new_case("https://a.example/"), ILLEGAL, by=cem, at=AT)
    decided = found_illegal(new_case("https://b.example/"), by=cem, and_by=dan)
    waiting = new_case("https://c.example/")
    before = everything()

    for person in (bea, olga, eve):
        with pytest.raises(cases.NotForThisPerson):
            cases.take(waiting, by=person, at=AT)
        with pytest.raises(cases.NotForThisPerson):
            cases.judge(waiting, MAY_STAY, by=person, at=AT)
        with pytest.raises(cases.NotForThisPerson):
            cases.agree(proposed, by=person, at=AT)
        with pytest.raises(cases.NotForThisPerson):
            cases.decline(proposed, by=person, at=AT)
        with pytest.raises(cases.NotForThisPerson):
            cases.reverse(decided, by=person, at=AT)

    assert everything() == before


@pytest.mark.django_db
def test_only_a_senior_reviewer_reverses(cem: User, dan: User, sam: User) -> None:
    case = new_case()
    decision = found_illegal(case, by=cem, and_by=dan)

    with pytest.raises(cases.NotForThisPerson):
        cases.reverse(decision, by=dan, at=AT)
    cases.reverse(decision, by=sam, at=AT)

    decision.refresh_from_db()
    assert (decision.state, decision.reversed_by, decision.reversed_at) == (DecisionState.OVERTURNED, sam, AT)
    assert Case.objects.get(pk=case.pk).state == CaseState.REVERSED


@pytest.mark.django_db
def test_a_reviewer_who_was_switched_off_cannot_judge(cem: User) -> None:
    case = new_case()
    cem.is_active = False

    with pytest.raises(cases.NotForThisPerson):
        cases.judge(case, MAY_STAY, by=cem, at=AT)
