"""What is held, by whom and by which rule, and what every erasing is told when it asks."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from leeward.cases import deadlines, retention
from leeward.cases import services as cases
from leeward.cases.models import Appeal, Case, Decision, Hold
from leeward.cases.retention import Kept
from leeward.cases.states import AppealState
from leeward.cases.tests.desk import AGAINST_TERMS, AT, ILLEGAL, MAY_STAY, case_of, found_illegal, new_case, reported
from leeward.core.models import Record, User
from leeward.reports import dialogue
from leeward.reports import services as reports
from leeward.reports.models import Outcome

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
YEAR = 365 * DAY
LONG_AFTER = AT + 1000 * DAY


def judged(judgement: cases.Judgement, *, by: User, page: str = "https://bad.example/judged") -> Case:
    case = new_case(page)
    cases.judge(case, judgement, by=by, at=AT)
    case.reports.update(joined_at=AT)
    return Case.objects.get(pk=case.pk)


def keeps(case: Case, *, at: datetime) -> Kept | None:
    return retention.kept_because(Case.objects.get(pk=case.pk), at=at)


def test_a_hold_keeps_a_case_until_it_ends(cem: User) -> None:
    case = judged(MAY_STAY, by=cem)

    retention.hold(case, basis="Preservation order 17", until=LONG_AFTER, by=cem, at=AT)

    assert keeps(case, at=LONG_AFTER - DAY) == Kept.HOLD
    assert keeps(case, at=LONG_AFTER) is None


def test_a_hold_stands_in_the_record_without_its_words(cem: User) -> None:
    case = new_case()

    placed = retention.hold(case, basis="Preservation order 17", until=LONG_AFTER, by=cem, at=AT)

    record = Record.objects.get(kind="cases.HoldPlaced")
    assert record.actor == f"user:{cem.pk}"
    assert record.facts == {"case_uid": str(case.uid), "hold_id": placed.pk, "until": LONG_AFTER.isoformat()}


def test_a_hold_that_ends_before_it_begins_is_refused(cem: User) -> None:
    with pytest.raises(retention.EndsTooEarly):
        retention.hold(new_case(), basis="Order 17", until=AT, by=cem, at=AT)

    assert not Hold.objects.exists()


@pytest.mark.parametrize("name", ["eve", "bea", "olga"])
def test_nobody_without_a_reviewers_role_holds_or_releases(
    request: pytest.FixtureRequest, cem: User, name: str
) -> None:
    person, case = request.getfixturevalue(name), new_case()
    placed = retention.hold(case, basis="Order 17", until=LONG_AFTER, by=cem, at=AT)

    with pytest.raises(cases.NotForThisPerson):
        retention.hold(case, basis="Order 18", until=LONG_AFTER, by=person, at=AT)
    with pytest.raises(cases.NotForThisPerson):
        retention.release(placed, by=person, at=AT)

    assert Hold.objects.get().released_at is None


def test_a_senior_releases_what_a_person_held_once_and_a_reviewer_does_not(cem: User, sam: User) -> None:
    case = judged(MAY_STAY, by=cem)
    placed = retention.hold(case, basis="Order 17", until=LONG_AFTER, by=cem, at=AT)

    with pytest.raises(cases.NotForThisPerson):
        retention.release(placed, by=cem, at=AT)
    retention.release(placed, by=sam, at=AT)
    with pytest.raises(retention.ReleasedAlready):
        retention.release(placed, by=sam, at=AT)

    assert keeps(case, at=LONG_AFTER - DAY) is None
    assert Record.objects.filter(kind="cases.HoldReleased").count() == 1


# Holds by rule.


def by_rule(case: Case) -> dict[str, datetime]:
    for decision in case.decisions.all():
        retention.hold_as_rules_say(decision, at=AT)
    return {hold.basis.partition(":")[0]: hold.until for hold in case.holds.filter(placed_by=None)}


def test_what_is_illegal_is_preserved_for_a_year_and_every_decision_for_as_long_as_one_may_complain(
    cem: User, dan: User
) -> None:
    illegal, kept = new_case(), judged(MAY_STAY, by=cem)
    found_illegal(illegal, by=cem, and_by=dan)

    assert by_rule(illegal) == {
        "Preservation of what was found illegal": AT + YEAR,
        "Time to complain about the decision": deadlines.appeal_until(AT),
    }
    assert by_rule(kept) == {"Time to complain about the decision": deadlines.appeal_until(AT)}


def test_a_rule_holds_once_however_often_it_is_asked(cem: User) -> None:
    case = judged(AGAINST_TERMS, by=cem)

    assert by_rule(case) == by_rule(case)

    assert case.holds.count() == 1


def test_what_was_only_proposed_sets_no_hold(cem: User) -> None:
    case = new_case()
    cases.judge(case, ILLEGAL, by=cem, at=AT)

    assert by_rule(case) == {}


def test_what_a_rule_holds_is_released_only_after_a_reversal(cem: User, sam: User) -> None:
    case = judged(AGAINST_TERMS, by=cem)
    by_rule(case)

    with pytest.raises(retention.SetByRule):
        retention.release(case.holds.get(), by=sam, at=AT)
    cases.reverse(case.decisions.get(), by=sam, at=AT)
    retention.release(case.holds.get(), by=sam, at=AT)

    assert case.holds.get().released_by == sam


# The question that every erasing asks.


def test_a_case_that_is_not_decided_is_kept_for_ever(cem: User) -> None:
    waiting, proposed = new_case(), new_case("https://bad.example/proposed")
    cases.judge(proposed, ILLEGAL, by=cem, at=AT)

    assert {keeps(waiting, at=LONG_AFTER), keeps(proposed, at=LONG_AFTER)} == {Kept.NOT_DECIDED}


@pytest.mark.parametrize("judgement", [MAY_STAY, AGAINST_TERMS, ILLEGAL])
def test_each_outcome_is_kept_for_its_days_and_no_day_longer(judgement: cases.Judgement, cem: User, dan: User) -> None:
    case = new_case()
    case.reports.update(joined_at=AT)
    decision = cases.judge(case, judgement, by=cem, at=AT)
    if judgement is ILLEGAL:
        cases.agree(decision, by=dan, at=AT)
    days = retention.rules().keep[judgement.outcome].days

    assert keeps(case, at=AT + days * DAY - timedelta(seconds=1)) == Kept.NOT_YET
    assert keeps(case, at=AT + days * DAY) is None


def test_the_days_begin_again_with_a_reversal_and_with_what_joins_later(cem: User, sam: User) -> None:
    case, days = judged(AGAINST_TERMS, by=cem), retention.rules().keep[AGAINST_TERMS.outcome].days
    cases.reverse(case.decisions.get(), by=sam, at=AT + 50 * DAY)

    assert retention.erasable_at(Case.objects.get(pk=case.pk)) == AT + (50 + days) * DAY
    case.reports.update(joined_at=AT + 90 * DAY)
    assert retention.erasable_at(Case.objects.get(pk=case.pk)) == AT + (90 + days) * DAY


@pytest.mark.parametrize("state", [AppealState.OPEN, AppealState.IN_REVIEW])
def test_an_open_appeal_keeps_a_case(state: AppealState, cem: User) -> None:
    case = judged(AGAINST_TERMS, by=cem)
    Appeal.objects.create(decision=case.decisions.get(), by="affected", at=AT, due_at=AT, state=state)

    assert keeps(case, at=LONG_AFTER) == Kept.APPEAL
    Appeal.objects.update(state=AppealState.UPHELD, answered_by=cem, answered_at=AT)
    assert keeps(case, at=LONG_AFTER) is None


def test_a_complaint_that_nobody_answered_keeps_a_case(cem: User) -> None:
    report = reported()
    case = case_of(report)
    cases.judge(case, MAY_STAY, by=cem, at=AT)
    reports.tell(report, kind=Outcome.Kind.KEPT, decision="decision", at=AT)
    dialogue.complain(report.outcomes.get(kind=Outcome.Kind.KEPT), "I do not agree.", at=AT)

    assert keeps(case, at=LONG_AFTER) == Kept.COMPLAINT


# The table of rules.


def test_every_rule_that_is_shipped_says_where_it_comes_from() -> None:
    rules = retention.rules()

    assert set(rules.keep) == set(Decision.Outcome)
    assert all(row.source and row.as_of for row in rules.keep.values())
    assert all(row.source and row.as_of for row in rules.holds)


def test_nothing_is_kept_shorter_than_its_own_holds() -> None:
    rules, to_complain = retention.rules(), deadlines.appeal_until(AT) - AT

    assert all(rules.keep[outcome].days >= rule.days for rule in rules.holds for outcome in rule.outcomes)
    assert rules.shortest >= to_complain


def row(**changed: object) -> dict[str, Any]:
    return {"outcome": "illegal", "days": 400, "source": "a law", "as_of": AT.date()} | changed


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ({"keep": [row(outcome="odd")]}, "keep: «outcome» is not one of"),
        ({"keep": [row(days=0)]}, "keep illegal: «days»"),
        ({"keep": [row(days="400")]}, "keep illegal: «days»"),
        ({"keep": [row(source="")]}, "keep illegal: «source»"),
        ({"keep": [row(as_of="2026")]}, "keep illegal: «as_of»"),
        ({"keep": [row()]}, "no row for"),
        ({"hold": [{"outcomes": ["odd"], "name": "one"}]}, "hold: «outcome» is not one of"),
        ({"hold": [{"outcomes": ["illegal"], "days": 1, "source": "s", "as_of": AT.date()}]}, "hold .*: «name»"),
    ],
)
def test_a_wrong_row_names_itself(table: dict[str, Any], words: str) -> None:
    with pytest.raises(retention.BadRule, match=words):
        retention.read(table)
