"""What a judgement may ask, when a second person is needed, and which facts are taken from the case itself."""

from __future__ import annotations

import dataclasses
from datetime import timedelta
from typing import Any

import pytest

from leeward.cases import services as cases
from leeward.cases.models import Case, CaseReport, Decision, Measure
from leeward.cases.states import CaseState, DecisionState
from leeward.cases.tests.desk import (
    AGAINST_TERMS,
    AT,
    ILLEGAL,
    MAY_STAY,
    case_of,
    everything,
    in_force,
    new_case,
    reported,
    with_evidence,
)
from leeward.core.models import User
from leeward.indicators.models import Category, Indicator, Tlp
from leeward.reports.models import Channel, Outcome, Report
from tests.stage.settling import Settle

pytestmark = pytest.mark.django_db
INSUFFICIENT = cases.Judgement(Decision.Outcome.INSUFFICIENT, Category.OTHER, "")
CLOSED = dataclasses.replace(AGAINST_TERMS, measures=(Measure.TERMINATE,))
FOR_PARTNERS = dataclasses.replace(AGAINST_TERMS, is_for_partners=True)
Found, Automation = Decision.Found, Decision.Automation


# Two people


@pytest.mark.parametrize("judgement", [ILLEGAL, CLOSED, FOR_PARTNERS], ids=["illegal", "closing", "for partners"])
def test_what_needs_two_people_does_nothing_before_the_second_one_agrees(
    cem: User, dan: User, settle: Settle, judgement: cases.Judgement
) -> None:
    case = new_case(item_id="photo-7")
    with_evidence(case)

    decision = cases.judge(case, judgement, by=cem, at=AT)
    settle()
    before = (decision.state, in_force(), decision.actions.count())
    cases.agree(decision, by=dan, at=AT)
    settle()

    assert cases.needs_second(judgement)
    assert before == (DecisionState.PROPOSED, set(), 0)
    assert decision.actions.exists()


@pytest.mark.parametrize("measure", [one for one in Measure if one != Measure.TERMINATE])
def test_what_is_against_the_terms_takes_effect_with_one_person(cem: User, measure: Measure) -> None:
    judgement = dataclasses.replace(AGAINST_TERMS, measures=(measure,), block_host="bad.example")

    decision = cases.judge(new_case(), judgement, by=cem, at=AT)

    assert cases.needs_second(judgement) is None
    assert decision.state == DecisionState.EFFECTIVE


def test_signs_of_one_person_stay_here_and_those_of_two_are_for_partners(cem: User, dan: User, settle: Settle) -> None:
    alone, together = new_case("https://bad.example/1"), new_case("https://bad.example/2")
    with_evidence(alone, b"decided alone")
    with_evidence(together, b"decided by two")

    one = cases.judge(alone, AGAINST_TERMS, by=cem, at=AT)
    two = cases.judge(together, FOR_PARTNERS, by=cem, at=AT)
    cases.agree(two, by=dan, at=AT)
    settle()

    def marked(decision: Decision) -> set[tuple[str, int]]:
        return set(Indicator.objects.filter(source=decision.source).values_list("tlp", "reviews"))

    assert marked(one) == {(Tlp.RED, 1)}
    assert marked(two) == {(Tlp.AMBER, 2)}


# Measures


def test_without_a_choice_a_violation_is_taken_away_and_its_signs_are_published(cem: User) -> None:
    plain = cases.judge(new_case("https://bad.example/1"), AGAINST_TERMS, by=cem, at=AT)
    blocking = dataclasses.replace(AGAINST_TERMS, block_host="bad.example")
    blocked = cases.judge(new_case("https://bad.example/2"), blocking, by=cem, at=AT)
    kept = cases.judge(new_case("https://bad.example/3"), MAY_STAY, by=cem, at=AT)

    assert plain.measures == ["remove", "publish_hash"]
    assert blocked.measures == ["remove", "publish_hash", "block_address"]
    assert kept.measures == []


def test_only_what_was_chosen_is_done(cem: User, settle: Settle) -> None:
    case = new_case(item_id="photo-7")
    with_evidence(case)

    decision = cases.judge(case, dataclasses.replace(AGAINST_TERMS, measures=(Measure.WARN,)), by=cem, at=AT)
    settle()

    assert in_force() == set()
    assert [action.kind for action in decision.actions.all()] == ["warn"]


@pytest.mark.parametrize(
    ("judgement", "why"),
    [
        (dataclasses.replace(MAY_STAY, measures=(Measure.REMOVE,)), "nothing is done"),
        (dataclasses.replace(INSUFFICIENT, is_for_partners=True), "nothing is done"),
        (dataclasses.replace(MAY_STAY, ends_at=AT + timedelta(days=1)), "nothing is done"),
        (dataclasses.replace(AGAINST_TERMS, measures=()), "something must follow"),
        (dataclasses.replace(AGAINST_TERMS, measures=(Measure.BLOCK_ADDRESS,)), "write which one"),
        (dataclasses.replace(FOR_PARTNERS, measures=(Measure.WARN,)), "partners are told signs"),
        (dataclasses.replace(AGAINST_TERMS, ends_at=AT), "choose a later time"),
        (dataclasses.replace(CLOSED, ends_at=AT + timedelta(days=1)), "suspend it instead"),
    ],
)
def test_measures_that_do_not_fit_are_refused_with_the_reason(cem: User, judgement: cases.Judgement, why: str) -> None:
    case = new_case()
    before = everything()

    with pytest.raises(cases.MeasuresDoNotFit, match=why):
        cases.judge(case, judgement, by=cem, at=AT)

    assert everything() == before


# Facts of the moment


def case_from(*channels: Channel, known_as: str = "") -> Case:
    """Return a case of reports that came by these doors, one after the other."""
    found = None
    for channel in channels:
        report = reported(item_id="photo-7")
        Report.objects.filter(pk=report.pk).update(channel=channel, known_as=known_as)
        found = case_of(report)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("channels", "found_by", "is_by_machine"),
    [
        ([Channel.BUTTON], Found.NOTICE, False),
        ([Channel.FORM], Found.NOTICE, False),
        ([Channel.MAIL], Found.OTHER_NOTICE, False),
        ([Channel.PARTNER], Found.OTHER_NOTICE, False),
        ([Channel.API], Found.OTHER_NOTICE, False),
        ([Channel.FLAGGER], Found.FLAGGER, False),
        ([Channel.SCREENING], Found.OWN, True),
        ([Channel.BUTTON, Channel.SCREENING], Found.NOTICE, False),
        ([Channel.SCREENING, Channel.BUTTON], Found.OWN, True),
        ([Channel.BUTTON, Channel.FLAGGER], Found.FLAGGER, False),
        ([Channel.SCREENING, Channel.FLAGGER], Found.FLAGGER, True),
    ],
)
def test_how_it_was_found_is_taken_from_the_reports(
    cem: User, channels: list[Channel], found_by: Decision.Found, is_by_machine: bool
) -> None:
    decision = cases.judge(case_from(*channels), AGAINST_TERMS, by=cem, at=AT)

    assert (decision.found_by, decision.is_detected_by_machine) == (found_by, is_by_machine)


def test_a_machine_had_a_part_in_it_where_it_pointed_at_it_or_knew_it(cem: User) -> None:
    said = {
        "a person": case_from(Channel.BUTTON),
    }
    decisions = {name: cases.judge(case, AGAINST_TERMS, by=cem, at=AT) for name, case in said.items()}
    Case.objects.all().update(state=CaseState.REVERSED)
    decisions["a match"] = cases.judge(case_from(Channel.SCREENING), AGAINST_TERMS, by=cem, at=AT)
    Case.objects.all().update(state=CaseState.REVERSED)
    known = case_from(Channel.API, known_as="0b1c2d3e-0000-4000-8000-000000000001")
    decisions["known"] = cases.judge(known, AGAINST_TERMS, by=cem, at=AT)

    assert {name: decision.automation for name, decision in decisions.items()} == {
        "a person": Automation.NOT,
        "a match": Automation.PARTIALLY,
        "known": Automation.PARTIALLY,
    }


def test_what_becomes_known_after_the_decision_does_not_change_its_facts(cem: User) -> None:
    case = case_from(Channel.BUTTON)
    decision = cases.judge(case, AGAINST_TERMS, by=cem, at=AT)

    case_from(Channel.FLAGGER)

    decision.refresh_from_db()
    assert CaseReport.objects.filter(case=case).count() == 2
    assert decision.found_by == Found.NOTICE


# Times, and what a reversal does


def test_a_case_knows_when_it_was_decided_and_how_long_it_was_in_hand(cem: User, dan: User) -> None:
    case, minute = new_case(), timedelta(minutes=1)
    cases.take(case, by=cem, at=AT)
    cases.take(case, by=cem, at=AT + minute)

    decision = cases.judge(case, ILLEGAL, by=cem, at=AT + 2 * minute)
    proposed = Case.objects.get(pk=case.pk)
    cases.agree(decision, by=dan, at=AT + 3 * minute)

    decided = Case.objects.get(pk=case.pk)
    assert (proposed.taken_at, proposed.decided_at) == (AT, None)
    assert (decided.taken_at, decided.decided_at) == (AT, AT + 3 * minute)


@pytest.mark.parametrize(("judgement", "first_told"), [(MAY_STAY, "kept"), (INSUFFICIENT, "unclear")])
def test_what_was_kept_is_judged_again_when_that_is_reversed(
    cem: User, sam: User, judgement: cases.Judgement, first_told: str, settle: Settle
) -> None:
    case = new_case()
    decision = cases.judge(case, judgement, by=cem, at=AT)
    settle()

    cases.reverse(decision, by=sam, at=AT)
    settle()
    again = cases.judge(Case.objects.get(pk=case.pk), AGAINST_TERMS, by=sam, at=AT)

    assert again.state == DecisionState.EFFECTIVE
    told = Report.objects.get().outcomes.values_list("kind", flat=True)
    assert list(told) == [first_told, "looked_at"]


def test_what_was_kept_is_not_opened_beside_another_open_case(cem: User, sam: User) -> None:
    case = new_case()
    decision = cases.judge(case, MAY_STAY, by=cem, at=AT)
    other = new_case()

    cases.reverse(decision, by=sam, at=AT)

    assert other.pk != case.pk
    assert Case.objects.get(pk=case.pk).state == CaseState.REVERSED
    assert Case.objects.get(pk=other.pk).state == CaseState.OPEN


def test_a_reporter_reads_that_there_was_too_little_to_judge(cem: User, settle: Settle) -> None:
    case = new_case()

    cases.judge(case, INSUFFICIENT, by=cem, at=AT)
    settle()

    [outcome] = case.reports.get().report.outcomes.all()
    assert outcome.kind == Outcome.Kind.UNCLEAR


def test_a_proposal_is_taken_back_by_the_one_who_made_it_or_a_senior_reviewer(cem: User, dan: User, sam: User) -> None:
    def proposed(number: int) -> Any:
        return cases.judge(new_case(f"https://bad.example/{number}"), ILLEGAL, by=cem, at=AT)

    mine, of_another, stays = (proposed(number) for number in range(3))

    cases.withdraw(mine, by=cem, at=AT)
    cases.withdraw(of_another, by=sam, at=AT)
    with pytest.raises(cases.NotForThisPerson):
        cases.withdraw(stays, by=dan, at=AT)

    states = [Decision.objects.get(pk=one.pk).state for one in (mine, of_another, stays)]
    assert states == [DecisionState.DECLINED, DecisionState.DECLINED, DecisionState.PROPOSED]
    assert Case.objects.get(pk=mine.case_id).state == CaseState.OPEN
