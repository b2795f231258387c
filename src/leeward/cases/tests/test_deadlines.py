"""The clocks of a case: each starts when it should, is met by what should meet it, and is counted where it ran out."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from leeward.cases import clock_reactions, clock_table, deadlines
from leeward.cases import queue as queues
from leeward.cases import services as cases
from leeward.cases.models import Action, Calendar, Case, Deadline, Decision, Measure, Queue
from leeward.cases.states import ActionState, CaseState, DecisionState
from leeward.cases.tests.conftest import SignIn
from leeward.cases.tests.desk import AGAINST_TERMS, AT, ILLEGAL, MAY_STAY, new_case
from leeward.core.models import Organisation, Record, User

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)
WEEK = [["09:00", "17:00"]] * 5 + [[], []]
SATURDAY = datetime(2026, 11, 21, 10, tzinfo=UTC)


def a_case(
    *, severity: int = 2, nature: str = "", queue: str = Queue.TRIAGE, page: str = "7", item_id: str = ""
) -> Case:
    """Return a case that was opened at `AT` and whose clocks have not started yet."""
    case = new_case(f"https://bad.example/{page}", item_id=item_id)
    Deadline.objects.filter(case=case).delete()
    Case.objects.filter(pk=case.pk).update(severity=severity, nature=nature, queue=queue, opened_at=AT)
    case.refresh_from_db()
    return case


def started(case: Case) -> Case:
    deadlines.start_for(case, at=AT)
    case.refresh_from_db()
    return case


def clock(case: Case, name: str) -> Deadline:
    return Deadline.objects.get(case=case, clock=name)


def under_law_of(settings: Any, country: str) -> None:
    settings.LEEWARD = replace(settings.LEEWARD, desk=replace(settings.LEEWARD.desk, jurisdiction=country))


def breaches() -> list[tuple[str, str]]:
    found = Record.objects.filter(kind="cases.DeadlineBreached").order_by("pk").values_list("facts", flat=True)
    return [(facts["case_uid"], facts["clock"]) for facts in found]


@pytest.mark.parametrize(("severity", "hours"), [(0, 1), (1, 4), (2, 24), (3, 72)])
def test_human_eyes_are_due_by_severity_and_danger_within_the_hour(severity: int, hours: int) -> None:
    case = started(a_case(severity=severity))

    assert clock(case, "human_eyes").due_at == case.due_at == AT + hours * HOUR
    assert deadlines.due_for(severity, Queue.TRIAGE, AT) == AT + hours * HOUR


def test_asking_when_it_is_due_asks_the_database_nothing_for_triage_and_for_danger(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    with django_assert_num_queries(0):
        deadlines.due_for(2, Queue.TRIAGE, AT)
        deadlines.due_for(0, "images", AT)


def test_a_queue_has_targets_and_hours_of_its_own() -> None:
    Calendar.objects.create(slug="office", zone="UTC", hours=WEEK, holidays=["2026-11-23"])
    Queue.objects.create(slug="images", title="Images", calendar="office", targets={"2": 120, "3": 60})

    case = started(a_case(queue="images"))

    assert clock(case, "human_eyes").due_at == datetime(2026, 11, 24, 11, tzinfo=UTC)
    assert deadlines.due_for(3, "images", AT) == datetime(2026, 11, 24, 10, tzinfo=UTC)


@pytest.mark.parametrize(("target", "minutes"), [(600, 60), (15, 15)])
def test_a_child_in_danger_waits_for_no_office_hours_and_no_slower_queue(target: int, minutes: int) -> None:
    Calendar.objects.create(slug="office", zone="UTC", hours=WEEK, holidays=[])
    Queue.objects.create(slug="images", title="Images", calendar="office", targets={"0": target})

    case = started(a_case(severity=0, queue="images"))

    assert clock(case, "human_eyes").due_at == SATURDAY + timedelta(minutes=minutes)


def test_a_calendar_that_is_gone_makes_nothing_late() -> None:
    Queue.objects.create(slug="images", title="Images", calendar="gone", targets={})

    assert deadlines.due_for(2, "images", AT) == AT + 24 * HOUR


@pytest.mark.parametrize(
    ("nature", "country", "item_id", "runs"),
    [
        ("sexual", "US", "p-7", True),
        ("sexual_child", "US", "p-7", True),
        ("sextortion", "US", "p-7", True),
        ("bullying", "US", "p-7", False),
        ("sexual", "MN", "p-7", False),
        ("sexual", "", "p-7", False),
        ("sexual", "US", "", False),
    ],
)
def test_take_it_down_runs_for_intimate_content_under_the_law_of_the_us_where_we_hold_it(
    settings: Any, harbour: Organisation, nature: str, country: str, item_id: str, runs: bool
) -> None:
    under_law_of(settings, country)

    case = started(a_case(nature=nature, item_id=item_id))

    found = Deadline.objects.filter(case=case, clock="take_it_down").values_list("due_at", flat=True)
    assert list(found) == ([AT + 48 * HOUR] if runs else [])


def test_starting_twice_changes_nothing_and_what_is_more_urgent_only_brings_it_forward() -> None:
    case = started(a_case())
    deadlines.start_for(case, at=AT + HOUR)
    assert clock(case, "human_eyes").due_at == AT + 24 * HOUR

    Case.objects.filter(pk=case.pk).update(severity=0)
    deadlines.start_for(case, at=AT + 2 * HOUR)
    case.refresh_from_db()
    assert clock(case, "human_eyes").due_at == case.due_at == AT + 3 * HOUR

    Case.objects.filter(pk=case.pk).update(severity=3)
    deadlines.start_for(case, at=AT + 2 * HOUR)
    assert clock(case, "human_eyes").due_at == AT + 3 * HOUR


def test_who_takes_it_first_meets_human_eyes_and_starts_the_clock_of_the_decision() -> None:
    case = started(a_case(severity=0))

    assert deadlines.met(case, "human_eyes", at=AT + timedelta(minutes=10))
    assert not deadlines.met(case, "human_eyes", at=AT + timedelta(minutes=30))

    case.refresh_from_db()
    assert clock(case, "human_eyes").met_at == AT + timedelta(minutes=10)
    assert clock(case, "decision").due_at == case.due_at == AT + timedelta(minutes=70)
    assert breaches() == []


def test_a_case_that_is_taken_before_its_clocks_started_was_looked_at_all_the_same() -> None:
    case = a_case()

    assert deadlines.met(case, "human_eyes", at=AT + HOUR)
    started(case)

    assert clock(case, "human_eyes").met_at == AT + HOUR
    assert clock(case, "decision").due_at == case.due_at == AT + 25 * HOUR


def test_a_case_that_became_danger_while_somebody_had_it_is_decided_sooner() -> None:
    case = started(a_case())
    deadlines.met(case, "human_eyes", at=AT + HOUR)

    Case.objects.filter(pk=case.pk).update(severity=0)
    deadlines.start_for(case, at=AT + 2 * HOUR)

    assert clock(case, "decision").due_at == AT + 3 * HOUR


def test_a_decision_in_effect_meets_its_clocks_and_a_proposed_one_does_not(cem: User, dan: User) -> None:
    case = started(a_case())
    decision = cases.judge(case, ILLEGAL, by=cem, at=AT + HOUR)

    clock_reactions.meet_clocks.call(decision_uid=str(decision.uid))
    assert not Deadline.objects.filter(case=case, clock="decision", met_at__isnull=False).exists()

    cases.agree(decision, by=dan, at=AT + 2 * HOUR)
    for _again in range(2):
        clock_reactions.meet_clocks.call(decision_uid=str(decision.uid))
    assert clock(case, "decision").met_at == AT + 2 * HOUR
    assert clock(case, "human_eyes").met_at == AT + HOUR, "whoever proposed it has looked"


@pytest.fixture
def intimate(settings: Any, harbour: Organisation) -> Case:
    """A case of the harbour's under the TAKE IT DOWN Act."""
    under_law_of(settings, "US")
    return started(a_case(nature="sexual", item_id="p-7"))


def ordered(decision: Decision, state: ActionState, *, kind: Measure = Measure.REMOVE, target: str = "task") -> Action:
    at = AT + 3 * HOUR if state in {ActionState.DELIVERED, ActionState.CONFIRMED} else None
    return Action.objects.create(
        decision=decision, target=target, kind=kind, state=state, ordered_at=AT, delivered_at=at
    )


def test_what_must_go_is_gone_when_every_order_was_carried_out_and_not_before(intimate: Case, cem: User) -> None:
    decision = cases.judge(intimate, AGAINST_TERMS, by=cem, at=AT + HOUR)
    clock_reactions.meet_clocks.call(decision_uid=str(decision.uid))
    assert clock(intimate, "take_it_down").met_at is None

    first, second = (ordered(decision, ActionState.OWED, target=name) for name in ("plugin:a", "plugin:b"))
    Action.objects.filter(pk=first.pk).update(state=ActionState.DELIVERED, delivered_at=AT + 2 * HOUR)
    clock_reactions.meet_removal.call(action_uid=str(first.uid))
    assert clock(intimate, "take_it_down").met_at is None

    Action.objects.filter(pk=second.pk).update(state=ActionState.CONFIRMED, answered_at=AT + 3 * HOUR)
    clock_reactions.meet_removal.call(action_uid=str(second.uid))
    assert clock(intimate, "take_it_down").met_at == AT + 3 * HOUR


def test_an_order_that_failed_after_all_lets_the_clock_run_again(intimate: Case, cem: User) -> None:
    decision = cases.judge(intimate, AGAINST_TERMS, by=cem, at=AT + HOUR)
    order = ordered(decision, ActionState.DELIVERED)
    clock_reactions.meet_removal.call(action_uid=str(order.uid))
    assert clock(intimate, "take_it_down").met_at == AT + 3 * HOUR

    Action.objects.filter(pk=order.pk).update(state=ActionState.FAILED)
    clock_reactions.meet_removal.call(action_uid=str(order.uid))

    assert clock(intimate, "take_it_down").met_at is None


def test_what_may_stay_need_not_go(intimate: Case, cem: User) -> None:
    decision = cases.judge(intimate, MAY_STAY, by=cem, at=AT + HOUR)

    clock_reactions.meet_clocks.call(decision_uid=str(decision.uid))

    assert clock(intimate, "take_it_down").met_at == AT + HOUR


def test_each_clock_that_ran_out_is_counted_once() -> None:
    late, waiting = started(a_case(severity=0)), started(a_case(page="8"))

    assert [deadlines.note_breaches(at=AT + 2 * HOUR) for _again in range(2)] == [1, 0]

    assert clock(late, "human_eyes").breached_at == AT + 2 * HOUR
    assert clock(waiting, "human_eyes").breached_at is None
    assert breaches() == [(str(late.uid), "human_eyes")]


def test_what_is_due_in_this_moment_is_not_late_yet() -> None:
    started(a_case(severity=0))

    assert deadlines.note_breaches(at=AT + HOUR) == 0
    assert deadlines.note_breaches(at=AT + HOUR + timedelta(seconds=1)) == 1


def test_what_is_met_late_is_a_breach_although_nobody_had_noted_it() -> None:
    case = started(a_case(severity=0))

    deadlines.met(case, "human_eyes", at=AT + 2 * HOUR)

    assert breaches() == [(str(case.uid), "human_eyes")]
    assert clock(case, "human_eyes").breached_at is not None


def test_what_was_met_in_time_and_noted_late_is_no_breach(cem: User) -> None:
    case = started(a_case())
    decision = cases.judge(case, MAY_STAY, by=cem, at=AT + HOUR)
    deadlines.note_breaches(at=AT + 30 * HOUR)

    clock_reactions.meet_clocks.call(decision_uid=str(decision.uid))

    assert clock(case, "human_eyes").breached_at is None


def test_a_great_backlog_is_noted_in_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deadlines, "BATCH", 2)
    monkeypatch.setattr(deadlines, "BATCHES", 2)
    for number in range(5):
        started(a_case(severity=0, page=str(number)))

    assert [deadlines.note_breaches(at=AT + 2 * HOUR) for _run in range(3)] == [4, 1, 0]


def test_what_was_handed_over_waits_for_others_and_is_first_when_it_comes_back() -> None:
    case = started(a_case(severity=0))
    Case.objects.filter(pk=case.pk).update(state=CaseState.REFERRED)
    assert deadlines.note_breaches(at=AT + 2 * HOUR) == 0

    Case.objects.filter(pk=case.pk).update(state=CaseState.OPEN)

    assert deadlines.pressing(queues.undecided(), at=AT + 2 * HOUR, most=5) == [case]
    assert deadlines.note_breaches(at=AT + 2 * HOUR) == 1


def test_a_case_that_a_reversal_opened_again_has_its_clocks_anew(cem: User, sam: User) -> None:
    case = started(a_case())
    decision = cases.judge(case, MAY_STAY, by=cem, at=AT + HOUR)
    clock_reactions.meet_clocks.call(decision_uid=str(decision.uid))
    cases.reverse(decision, by=sam, at=AT + 50 * HOUR)

    clock_reactions.restart_clocks.call(decision_uid=str(decision.uid))
    case.refresh_from_db()
    assert [(row.clock, row.met_at) for row in case.deadlines.all()] == [("human_eyes", None)]
    assert case.due_at == AT + 74 * HOUR

    deadlines.met(case, "human_eyes", at=AT + 51 * HOUR)
    clock_reactions.restart_clocks.call(decision_uid=str(decision.uid))
    assert clock(case, "human_eyes").met_at == AT + 51 * HOUR


def test_what_was_taken_away_and_given_back_has_no_clock_again(cem: User, sam: User) -> None:
    case = started(a_case())
    decision = cases.judge(case, AGAINST_TERMS, by=cem, at=AT + HOUR)
    clock_reactions.meet_clocks.call(decision_uid=str(decision.uid))
    cases.reverse(decision, by=sam, at=AT + 50 * HOUR)

    clock_reactions.restart_clocks.call(decision_uid=str(decision.uid))

    assert Decision.objects.get().state == DecisionState.OVERTURNED
    assert not Deadline.objects.filter(met_at=None).exists()


def test_what_is_about_to_be_late_comes_before_what_a_trusted_flagger_sent() -> None:
    flagged, danger, doubted, later = (a_case(page=str(number)) for number in range(4))
    for case, priority, hours in ((flagged, 1, 5), (danger, 0, 0.5), (doubted, -1, 0.2), (later, 0, 3)):
        Case.objects.filter(pk=case.pk).update(priority=priority, due_at=AT + hours * HOUR)

    assert deadlines.pressing(queues.undecided(), at=AT, most=5) == [doubted, danger]
    assert deadlines.pressing(queues.undecided(), at=AT, most=1) == [doubted]
    assert list(deadlines.ranked(queues.undecided())) == [flagged, danger, later, doubted]


def test_whoever_is_affected_has_six_months_to_complain() -> None:
    assert deadlines.appeal_until(datetime(2026, 8, 31, 13, tzinfo=UTC)) == datetime(2027, 3, 1, 13, tzinfo=UTC)


def test_the_page_of_a_case_shows_its_clocks_and_the_receipt(signed_in: SignIn, cem: User) -> None:
    case = started(a_case(severity=0))
    deadlines.met(case, "human_eyes", at=AT + 2 * HOUR)

    page = signed_in(cem).get(f"/desk/cases/{case.uid}/").content.decode()

    assert "Somebody looks at it" in page
    assert "done, 1\xa0hour late" in page
    assert "It is decided" in page
    assert "The reporter had a receipt at once" in page


def test_the_shipped_table_says_for_each_clock_where_it_comes_from() -> None:
    assert set(clock_table.clocks()) == {"human_eyes", "decision", "take_it_down", "receipt", "appeal"}
    assert all(one.source and one.as_of for one in clock_table.clocks().values())


ROW = 'slug = "a"\nstarts = "reported"\nmet_by = "taken"\nsource = "x"\nas_of = 2026-11-22\n'


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (ROW + "minuets = 5", "'minuets' is no field"),
        (ROW.replace('source = "x"\n', "") + "minutes = 5", "'source' is missing"),
        (ROW, "write `minutes` or `months`"),
        (ROW + "minutes = 5\nmonths = 1", "write `minutes` or `months`"),
        (ROW + "minutes = { 0 = 5 }", "minutes: write one"),
        (ROW + "minutes = -1", "minutes: write one"),
        (ROW + 'minutes = 5\nnatures = ["boats"]', "natures: 'boats' is none"),
        (ROW.replace('"taken"', '"tea"') + "minutes = 5", "'tea' is not a valid"),
        (ROW + "minutes = 5", "'appeal' is missing"),
    ],
)
def test_a_wrong_row_is_refused_by_its_place(row: str, words: str) -> None:
    with pytest.raises(clock_table.ClockTableWrong) as refused:
        clock_table.read(f"[[clock]]\n{row}")

    assert words in str(refused.value)


def test_a_clock_stands_in_the_table_once() -> None:
    with pytest.raises(clock_table.ClockTableWrong, match="same slug"):
        clock_table.read(2 * f"[[clock]]\n{ROW}minutes = 5\n")
