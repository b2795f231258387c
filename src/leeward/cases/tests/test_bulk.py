"""Many cases are decided at once by the rules of one, taken back at once, and what is alike is found."""

from __future__ import annotations

import dataclasses

import pytest

from leeward.cases import bulk
from leeward.cases import services as cases
from leeward.cases.models import Bulk, Case, Decision, Evidence, Measure, Subject
from leeward.cases.states import CaseState, DecisionState
from leeward.cases.tests.desk import (
    AGAINST_TERMS,
    AT,
    ILLEGAL,
    case_of,
    everything,
    in_force,
    new_case,
    reported,
    with_evidence,
)
from leeward.core.models import Organisation, Record, User
from leeward.engines.hashing.tests import drawn
from tests.stage.settling import Settle

pytestmark = pytest.mark.django_db


def some(number: int) -> list[Case]:
    """Return so many open cases."""
    return [new_case(f"https://bad.example/{one}") for one in range(number)]


def states(judged: Bulk) -> list[str]:
    return list(judged.decisions.order_by("pk").values_list("state", flat=True))


def test_many_cases_are_decided_alike_and_each_has_a_decision_of_its_own(cem: User, settle: Settle) -> None:
    chosen = some(3)
    for case in chosen:
        with_evidence(case, case.ref.encode())

    judged = bulk.judge_many(chosen, AGAINST_TERMS, by=cem, at=AT)
    settle()

    assert judged.decided == 3
    assert {decision.case_id for decision in judged.bulk.decisions.all()} == {case.pk for case in chosen}
    assert states(judged.bulk) == [DecisionState.EFFECTIVE] * 3
    assert len(in_force()) == 9
    assert Record.objects.get(kind="cases.ManyJudged").facts == {"bulk_uid": str(judged.bulk.uid), "decided": 3}


def test_one_that_cannot_be_judged_is_named_and_stops_no_other(cem: User, dan: User) -> None:
    free, taken, decided = some(3)
    cases.take(taken, by=dan, at=AT)
    cases.judge(decided, AGAINST_TERMS, by=dan, at=AT)

    judged = bulk.judge_many([taken, decided, free], AGAINST_TERMS, by=cem, at=AT)

    assert [one.problem for one in judged.each] == [cases.TakenByAnother, cases.AlreadyDecided, None]
    assert judged.bulk.decisions.get().case == free


def test_a_judgement_that_cannot_be_taken_decides_nothing(cem: User) -> None:
    chosen = some(2)
    before = everything()

    with pytest.raises(cases.HostCannotBeBlocked):
        bulk.judge_many(chosen, dataclasses.replace(AGAINST_TERMS, block_host="co.uk"), by=cem, at=AT)
    with pytest.raises(cases.MeasuresDoNotFit):
        bulk.judge_many(chosen, dataclasses.replace(AGAINST_TERMS, measures=()), by=cem, at=AT)

    assert everything() == before
    assert not Bulk.objects.exists()


def test_without_a_reviewers_role_nobody_judges_many(eve: User, olga: User) -> None:
    chosen = some(2)
    before = everything()

    for person in (eve, olga):
        with pytest.raises(cases.NotForThisPerson):
            bulk.judge_many(chosen, AGAINST_TERMS, by=person, at=AT)

    assert everything() == before


def test_more_than_a_person_can_wait_for_are_refused(cem: User) -> None:
    [case] = some(1)

    with pytest.raises(bulk.TooMany):
        bulk.judge_many([case] * (bulk.MOST + 1), AGAINST_TERMS, by=cem, at=AT)

    assert not Decision.objects.exists()


def test_many_that_need_a_second_person_wait_for_one_who_agrees_to_all(cem: User, dan: User) -> None:
    judged = bulk.judge_many(some(2), ILLEGAL, by=cem, at=AT)
    waiting = states(judged.bulk)

    with pytest.raises(cases.NeedsAnother):
        bulk.agree(judged.bulk, by=cem, at=AT)
    bulk.agree(judged.bulk, by=dan, at=AT)

    assert waiting == [DecisionState.PROPOSED] * 2
    assert states(judged.bulk) == [DecisionState.EFFECTIVE] * 2
    assert {decision.seconded_by for decision in judged.bulk.decisions.all()} == {dan}


def test_the_person_who_did_it_takes_all_of_it_back(cem: User, settle: Settle) -> None:
    chosen = some(2)
    for case in chosen:
        with_evidence(case, case.ref.encode())
    judged = bulk.judge_many(chosen, AGAINST_TERMS, by=cem, at=AT)
    settle()

    each = bulk.undo(judged.bulk, by=cem, at=AT)
    settle()

    assert [one.problem for one in each] == [None, None]
    assert states(judged.bulk) == [DecisionState.OVERTURNED] * 2
    assert in_force() == set()
    judged.bulk.refresh_from_db()
    assert (judged.bulk.undone_by, judged.bulk.undone_at) == (cem, AT)


def test_another_reviewer_does_not_take_it_back_and_a_senior_one_does(cem: User, dan: User, sam: User) -> None:
    judged = bulk.judge_many(some(2), AGAINST_TERMS, by=cem, at=AT)
    before = everything()

    with pytest.raises(cases.NotForThisPerson):
        bulk.undo(judged.bulk, by=dan, at=AT)
    unchanged = everything() == before
    bulk.undo(judged.bulk, by=sam, at=AT)

    assert unchanged
    assert states(judged.bulk) == [DecisionState.OVERTURNED] * 2


def test_what_two_people_decided_is_not_taken_back_by_one_of_them(cem: User, dan: User, sam: User) -> None:
    judged = bulk.judge_many(some(1), ILLEGAL, by=cem, at=AT)
    bulk.agree(judged.bulk, by=dan, at=AT)

    refused = bulk.undo(judged.bulk, by=cem, at=AT)
    after_one = states(judged.bulk)
    bulk.undo(judged.bulk, by=sam, at=AT)

    assert [one.problem for one in refused] == [cases.NotForThisPerson]
    assert after_one == [DecisionState.EFFECTIVE]
    assert states(judged.bulk) == [DecisionState.OVERTURNED]


def test_proposals_that_nobody_agreed_to_are_taken_back_too(cem: User) -> None:
    [case] = some(1)
    judged = bulk.judge_many([case], ILLEGAL, by=cem, at=AT)

    bulk.undo(judged.bulk, by=cem, at=AT)

    assert states(judged.bulk) == [DecisionState.DECLINED]
    assert Case.objects.get(pk=case.pk).state == CaseState.OPEN


def test_what_was_reversed_already_is_left_as_it_is(cem: User, sam: User) -> None:
    judged = bulk.judge_many(some(2), AGAINST_TERMS, by=cem, at=AT)
    first, _ = judged.bulk.decisions.order_by("pk")
    cases.reverse(first, by=sam, at=AT)

    each = bulk.undo(judged.bulk, by=cem, at=AT)

    assert len(each) == 1
    with pytest.raises(cases.AlreadyDecided):
        bulk.undo(judged.bulk, by=cem, at=AT)


# What is alike


def holding(data: bytes, *, item_id: str, kind: Evidence.Kind = Evidence.Kind.ITEM) -> Case:
    """Return an open case about an item with a file in it."""
    case = new_case(item_id=item_id)
    cases.add_evidence(case, data, kind=kind, media_type="image/png", by="partner:harbour", at=AT)
    return case


def test_the_same_file_a_changed_copy_and_the_same_author_are_found_with_why(harbour: Organisation) -> None:
    picture = drawn.picture(1)
    case = holding(drawn.encoded(picture), item_id="photo-1")
    same = holding(drawn.encoded(picture), item_id="photo-2")
    smaller = holding(drawn.encoded(picture.resize((picture.width // 2, picture.height // 2))), item_id="photo-3")
    by_author = holding(drawn.encoded(drawn.picture(2)), item_id="photo-4")
    holding(drawn.encoded(drawn.picture(3)), item_id="photo-5")
    Subject.objects.filter(item_id__in=["photo-1", "photo-4"]).update(author_id="author-3")
    case = Case.objects.get(pk=case.pk)

    found = {one.case.pk: (one.has_same_file, one.looks_alike, one.is_by_same_author) for one in bulk.alike(case)}

    assert found == {
        same.pk: (True, True, False),
        smaller.pk: (False, True, False),
        by_author.pk: (False, False, True),
    }
    assert {one.pk for one in bulk.similar(case)} == set(found)


def test_what_is_decided_or_came_from_a_reporter_is_not_alike(cem: User) -> None:
    data = drawn.encoded(drawn.picture(1))
    case = holding(data, item_id="photo-1")
    decided = holding(data, item_id="photo-2")
    cases.judge(decided, dataclasses.replace(AGAINST_TERMS, measures=(Measure.WARN,)), by=cem, at=AT)
    holding(data, item_id="photo-3", kind=Evidence.Kind.ATTACHMENT)

    assert not bulk.similar(case).exists()


def test_cases_without_an_author_are_not_alike_for_that() -> None:
    first, _ = some(2)

    assert not bulk.similar(first).exists()


def test_authors_of_two_providers_are_two_people(harbour: Organisation) -> None:
    Organisation.objects.create(slug="meadow", name="Meadow", kind=Organisation.Kind.PROVIDER)
    one = new_case(item_id="photo-1")
    case_of(reported(item_id="photo-1", provider="meadow"))
    Subject.objects.update(author_id="author-3")

    assert not bulk.similar(Case.objects.get(pk=one.pk)).exists()
