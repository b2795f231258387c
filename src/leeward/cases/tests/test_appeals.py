"""Appeals: by the affected user and by a reporter, answered once and never by whoever decided; overturning lifts everything."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leeward.cases import appeals, conversations, statement_reactions, statements
from leeward.cases import services as cases
from leeward.cases.models import Appeal, Case, Decision, Statement
from leeward.cases.states import AppealState, CaseState
from leeward.cases.tests.desk import (
    AGAINST_TERMS,
    AT,
    ILLEGAL,
    MAY_STAY,
    UNDONE,
    case_of,
    in_force,
    reported,
    undone,
    with_evidence,
)
from leeward.cases.tests.systems import ProviderSystem, provider_system
from leeward.core.models import Organisation, Record, Role, User
from leeward.reports import dialogue
from leeward.reports.models import Complaint, Outcome, Report
from tests.stage.settling import Settle

pytestmark = pytest.mark.django_db
LATER = AT + timedelta(hours=1)
WHY = "It is a drawing of a boat."
NAMES = ["take", "put_back", "uphold", "overturn", "refuse", "reverse"]
STEPS = st.lists(st.tuples(st.sampled_from(NAMES), st.integers(0, 3)), max_size=8)


@pytest.fixture
def system(harbour: Organisation) -> Iterator[ProviderSystem]:
    with provider_system(harbour) as system:
        yield system


@pytest.fixture
def report(harbour: Organisation) -> Report:
    return reported(item_id="photo-7")


def decided(report: Report, judgement: cases.Judgement = AGAINST_TERMS, *, by: User) -> Decision:
    return cases.judge(case_of(report), judgement, by=by, at=AT)


def appealed(decision: Decision) -> Appeal:
    """Return the appeal of the affected user against a decision."""
    statement = statements.make(decision, at=AT)
    assert statement is not None
    return appeals.open_by_affected(statement, "I drew it myself.", at=LATER)


def complained(report: Report, decision: Decision, *, text: str = "It is still mean.") -> Complaint:
    """Return the complaint of a reporter about what was told of a decision."""
    [outcome] = report.outcomes.filter(decision=str(decision.uid))
    return dialogue.complain(outcome, text, at=LATER)


def answered(appeal: Appeal, *, by: User, state: AppealState = AppealState.UPHELD, why: str = WHY) -> Appeal:
    appeals.take(appeal, by=by, at=LATER)
    ends = {"upheld": appeals.uphold, "overturned": appeals.overturn, "inadmissible": appeals.refuse}
    ends[state](appeal, by=by, why=why, at=LATER)
    appeal.refresh_from_db()
    return appeal


# --- Opening -----------------------------------------------------------------------------------------


def test_the_affected_user_appeals_once_while_it_waits(report: Report, cem: User, dan: User) -> None:
    decision = decided(report, by=cem)
    appeal = appealed(decision)

    with pytest.raises(appeals.AppealedAlready):
        appealed(decision)

    assert Record.objects.filter(kind="cases.AppealOpened").count() == 1
    answered(appeal, by=dan)
    assert appealed(decision).state == AppealState.OPEN


@pytest.mark.parametrize(
    ("decided_at", "last"),
    [
        (datetime.fromisoformat("2026-11-21T10:00Z"), datetime.fromisoformat("2027-05-21T10:00Z")),
        (datetime.fromisoformat("2026-08-31T10:00Z"), datetime.fromisoformat("2027-02-28T10:00Z")),
    ],
)
def test_there_are_six_months_to_appeal(decided_at: datetime, last: datetime, report: Report, cem: User) -> None:
    decision = cases.judge(case_of(report), AGAINST_TERMS, by=cem, at=decided_at)
    statement = statements.make(decision, at=decided_at)
    assert statement is not None

    with pytest.raises(appeals.TooLate):
        appeals.open_by_affected(statement, "Late.", at=last + timedelta(days=2))

    assert appeals.open_by_affected(statement, "In time.", at=last)


def test_nothing_is_said_or_there_is_nothing_to_appeal(report: Report, cem: User, sam: User) -> None:
    decision = decided(report, by=cem)
    statement = statements.make(decision, at=AT)
    assert statement is not None
    with pytest.raises(appeals.SaysNothing):
        appeals.open_by_affected(statement, "  ", at=AT)
    cases.reverse(decision, by=sam, at=AT)

    with pytest.raises(appeals.NothingToAppeal):
        appeals.open_by_affected(statement, "I drew it.", at=AT)


def test_a_complaint_of_a_reporter_becomes_an_appeal_once(report: Report, cem: User, settle: Settle) -> None:
    decision = decided(report, MAY_STAY, by=cem)
    settle()
    complaint = complained(report, decision)
    settle()
    again = appeals.open_by_reporter(complaint, at=LATER)

    [appeal] = Appeal.objects.all()
    assert appeal == again
    assert (appeal.by, appeal.decision, appeal.text) == (Appeal.By.REPORTER, decision, "It is still mean.")
    assert appeals.is_open(decision.case)


@pytest.mark.parametrize(
    "named", ["case:of-nobody", "leg:0b1c2d3e-0000-4000-8000-000000000009", "appeal:nonsense", "?"]
)
def test_a_complaint_about_no_decision_of_ours_is_no_appeal_and_still_waits(named: str, report: Report) -> None:
    case_of(report)
    outcome = Outcome.objects.create(report=report, kind=Outcome.Kind.NOT_OURS, decision=named, at=AT)

    complaint = dialogue.complain(outcome, "It is yours.", at=LATER)

    assert appeals.open_by_reporter(complaint, at=LATER) is None
    assert list(appeals.waiting_complaints()) == [complaint]


# --- Who may answer ----------------------------------------------------------------------------------


def test_whoever_proposed_or_seconded_never_gets_the_appeal(report: Report, cem: User, dan: User, sam: User) -> None:
    proposed = decided(report, replace(ILLEGAL, block_host=""), by=cem)
    cases.agree(proposed, by=dan, at=AT)
    proposed.refresh_from_db()
    appeal = appealed(proposed)

    for person in (cem, dan):
        with pytest.raises(appeals.TookPart):
            appeals.take(appeal, by=person, at=LATER)

    assert answered(appeal, by=sam).answered_by == sam


def test_an_appeal_that_was_handed_to_its_decider_by_force_is_not_answered_by_them(report: Report, cem: User) -> None:
    appeal = appealed(decided(report, by=cem))
    Appeal.objects.filter(pk=appeal.pk).update(state=AppealState.IN_REVIEW, taken_by=cem)

    for end in (appeals.uphold, appeals.overturn, appeals.refuse):
        with pytest.raises(appeals.TookPart):
            end(appeal, by=cem, why=WHY, at=LATER)


def test_who_answered_before_does_not_answer_again(
    report: Report, cem: User, dan: User, sam: User, settle: Settle
) -> None:
    decision = decided(report, MAY_STAY, by=cem)
    settle()
    first = appeals.open_by_reporter(complained(report, decision), at=LATER)
    assert first is not None
    answered(first, by=dan)
    settle()
    [told] = report.outcomes.filter(decision=f"appeal:{first.uid}")
    second = appeals.open_by_reporter(dialogue.complain(told, "Still.", at=LATER), at=LATER)

    assert second is not None
    assert second.decision == decision
    with pytest.raises(appeals.TookPart):
        appeals.take(second, by=dan, at=LATER)
    assert answered(second, by=sam).state == AppealState.UPHELD


def test_nobody_without_a_role_answers(report: Report, cem: User, eve: User, olga: User) -> None:
    appeal = appealed(decided(report, by=cem))

    for person in (eve, olga):
        with pytest.raises(cases.NotForThisPerson):
            appeals.take(appeal, by=person, at=LATER)


def test_one_person_has_it_until_it_is_put_back(report: Report, cem: User, dan: User, sam: User) -> None:
    appeal = appealed(decided(report, by=cem))
    appeals.take(appeal, by=dan, at=LATER)
    appeals.take(appeal, by=dan, at=LATER)
    with pytest.raises(appeals.NotYours):
        appeals.take(appeal, by=sam, at=LATER)
    with pytest.raises(appeals.NotYours):
        appeals.uphold(appeal, by=sam, why=WHY, at=LATER)
    with pytest.raises(cases.NotForThisPerson):
        appeals.put_back(appeal, by=cem, at=LATER)

    appeals.put_back(appeal, by=sam, at=LATER)

    assert answered(appeal, by=sam).answered_by == sam


def test_an_appeal_that_nobody_took_cannot_be_answered(report: Report, cem: User, dan: User) -> None:
    appeal = appealed(decided(report, by=cem))

    with pytest.raises(appeals.NotYours):
        appeals.uphold(appeal, by=dan, why=WHY, at=LATER)


def test_an_answer_says_why(report: Report, cem: User, dan: User) -> None:
    appeal = appealed(decided(report, by=cem))

    with pytest.raises(appeals.SaysNothing):
        answered(appeal, by=dan, why=" ")


@settings(max_examples=30, suppress_health_check=UNDONE)
@given(steps=STEPS)
def test_whatever_people_try_an_appeal_is_never_answered_by_who_decided(
    steps: list[tuple[str, int]], report: Report, cem: User, dan: User, sam: User, eve: User
) -> None:
    people = [cem, dan, sam, eve]
    refusals = (
        appeals.TookPart, appeals.NotYours, appeals.SaysNothing, cases.NotForThisPerson, cases.AlreadyDecided,
        cases.TakenByAnother,
    )  # fmt: skip
    with undone():
        decision = decided(report, replace(ILLEGAL, block_host=""), by=cem)
        cases.agree(decision, by=dan, at=AT)
        decision.refresh_from_db()
        appeal = appealed(decision)
        for name, number in steps:
            try:
                if name == "reverse":
                    cases.reverse(decision, by=people[number], at=LATER)
                elif name in {"take", "put_back"}:
                    getattr(appeals, name)(appeal, by=people[number], at=LATER)
                else:
                    getattr(appeals, name)(appeal, by=people[number], why=WHY, at=LATER)
            except refusals:
                continue
            appeal.refresh_from_db()
            assert appeal.taken_by_id not in {cem.pk, dan.pk, eve.pk}
            assert appeal.answered_by_id not in {cem.pk, dan.pk, eve.pk}


# --- How it ends -------------------------------------------------------------------------------------


def test_overturning_lifts_everything_although_the_person_is_no_senior(
    system: ProviderSystem, report: Report, cem: User, dan: User, sam: User, settle: Settle
) -> None:
    case = case_of(report)
    with_evidence(case)
    decision = cases.judge(case, replace(AGAINST_TERMS, is_for_partners=False), by=cem, at=AT)
    settle()
    assert in_force()
    assert Role.SENIOR_REVIEWER not in dan.roles

    appeal = answered(appealed(decision), by=dan, state=AppealState.OVERTURNED)
    settle()

    case.refresh_from_db()
    assert (appeal.state, case.state) == (AppealState.OVERTURNED, CaseState.REVERSED)
    assert not in_force()
    assert system.orders() == ["remove", "restore"]
    assert list(report.outcomes.values_list("kind", flat=True)) == ["removed", "restored"]
    told = {one["type"]: one for one in system.taken}
    assert "We took it back." in told["appeal.answered"]["data"]["texts"]["en"]
    assert WHY in told["appeal.answered"]["data"]["texts"]["en"]
    assert told["statement.withdrawn"]["data"]["is_in_effect"] is False
    assert sam.pk not in {appeal.taken_by_id, appeal.answered_by_id}


def test_what_was_kept_is_judged_again_by_whoever_overturned_it(
    report: Report, cem: User, dan: User, settle: Settle
) -> None:
    decision = decided(report, MAY_STAY, by=cem)
    settle()
    appeal = appeals.open_by_reporter(complained(report, decision), at=LATER)
    assert appeal is not None

    answered(appeal, by=dan, state=AppealState.OVERTURNED)
    settle()

    case = Case.objects.get(pk=decision.case_id)
    assert (case.state, case.taken_by) == (CaseState.OPEN, dan)
    [told] = report.outcomes.filter(decision=f"appeal:{appeal.uid}")
    assert (told.kind, told.why) == (Outcome.Kind.LOOKED_AT, WHY)
    assert not appeals.waiting_complaints().exists()


@pytest.mark.parametrize("state", [AppealState.UPHELD, AppealState.INADMISSIBLE])
def test_a_reporter_reads_why_the_decision_stands(
    state: AppealState, report: Report, cem: User, dan: User, settle: Settle
) -> None:
    decision = decided(report, MAY_STAY, by=cem)
    settle()
    complained(report, decision)
    settle()
    [appeal] = Appeal.objects.all()

    answered(appeal, by=dan, state=state)
    statement_reactions.tell_appellant.call(appeal_uid=str(appeal.uid))
    settle()

    [told] = report.outcomes.filter(decision=f"appeal:{appeal.uid}")
    assert (told.kind, told.why) == (Outcome.Kind.KEPT, WHY)
    assert not appeals.is_open(decision.case)


def test_the_affected_user_is_told_why_the_decision_stands(
    system: ProviderSystem, report: Report, cem: User, dan: User, settle: Settle
) -> None:
    decision = decided(report, by=cem)
    settle()
    answered(appeals.open_by_affected(Statement.objects.get(), "I drew it.", at=LATER), by=dan)
    settle()

    [message] = [one for one in system.taken if one["type"] == "appeal.answered"]
    assert "A new person looked. It stays as it is." in message["data"]["texts"]["en"]
    assert WHY in message["data"]["texts"]["en"]
    assert Decision.objects.get(pk=decision.pk).state == "effective"


def test_a_reversal_ends_every_appeal_about_the_decision(
    report: Report, cem: User, dan: User, sam: User, settle: Settle
) -> None:
    decision = decided(report, by=cem)
    settle()
    complained(report, decision)
    settle()
    taken = appealed(decision)
    appeals.take(taken, by=dan, at=LATER)

    cases.reverse(decision, by=sam, at=LATER)
    settle()

    assert list(Appeal.objects.values_list("state", flat=True)) == ["overturned"] * 2
    assert not Appeal.objects.filter(answered_by__isnull=False).exists()
    with pytest.raises(appeals.NotYours):
        appeals.uphold(taken, by=dan, why=WHY, at=LATER)


def test_a_reversal_that_a_reporter_complains_about_can_be_answered_but_not_reversed_again(
    report: Report, cem: User, dan: User, sam: User, settle: Settle
) -> None:
    decision = decided(report, by=cem)
    settle()
    cases.reverse(decision, by=sam, at=AT)
    settle()
    [restored] = report.outcomes.filter(kind=Outcome.Kind.RESTORED)
    dialogue.complain(restored, "It is back and still mean.", at=LATER)
    settle()
    [appeal] = Appeal.objects.all()
    with pytest.raises(appeals.TookPart):
        appeals.take(appeal, by=sam, at=LATER)
    appeals.take(appeal, by=dan, at=LATER)

    with pytest.raises(cases.AlreadyDecided):
        appeals.overturn(appeal, by=dan, why=WHY, at=LATER)

    appeal.refresh_from_db()
    assert appeal.state == AppealState.IN_REVIEW
    appeals.uphold(appeal, by=dan, why=WHY, at=LATER)


# --- The conversation with a reporter ----------------------------------------------------------------


def test_words_from_the_desk_do_not_answer_an_appeal(report: Report, cem: User, dan: User, settle: Settle) -> None:
    decision = decided(report, MAY_STAY, by=cem)
    settle()
    complained(report, decision)
    settle()
    with pytest.raises(conversations.DecidedByThisPerson):
        conversations.ask(decision.case, report, "It is fine.", by=cem, key="1", at=LATER)

    conversations.ask(decision.case, report, "Which name was it?", by=dan, key="2", at=LATER + timedelta(hours=1))

    assert appeals.is_open(decision.case)
    assert [thread.has_waiting_complaint for thread in conversations.threads(decision.case)] == [True]
