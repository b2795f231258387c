"""Eight people close the same thing in the same moment: one does, and everybody who waits is told once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import IntegrityError, OperationalError, connection

from leeward.cases import appeals, reactions, statement_reactions, statements
from leeward.cases import services as cases
from leeward.cases.models import Appeal, Decision, Statement
from leeward.cases.tests.desk import AGAINST_TERMS, AT, MAY_STAY, case_of, new_case, reported
from leeward.core.models import Membership, Organisation, Record, Role, User
from leeward.reports import dialogue
from leeward.reports.models import Outcome

CLOSERS, WAIT_S = 8, 60
# What a step is told where another was first, or where this person may not. A database that is busy is asked again, as a
# worker does.
TOO_LATE = (cases.AlreadyDecided, cases.TakenByAnother, appeals.NotYours, appeals.AppealedAlready, appeals.TookPart)
AGAIN = (OperationalError, IntegrityError)


def at_once(step: Callable[[int], object]) -> int:
    """Let eight threads take the same step, each with a connection of its own; return how many of them did."""
    start = threading.Barrier(CLOSERS)

    def close(number: int) -> bool:
        start.wait(WAIT_S)
        try:
            while True:
                try:
                    step(number)
                except AGAIN:
                    continue
                except TOO_LATE:
                    return False
                return True
        finally:
            connection.close()

    with ThreadPoolExecutor(CLOSERS) as pool:
        return sum(future.result(WAIT_S) for future in [pool.submit(close, number) for number in range(CLOSERS)])


@pytest.fixture
def reviewers(store: None) -> list[User]:
    harbour = Organisation.objects.create(slug="harbour", name="Harbour Photos", kind=Organisation.Kind.PROVIDER)
    people = [User.objects.create_user(username=f"closer-{number}") for number in range(CLOSERS)]
    for person in people:
        Membership.objects.create(user=person, organisation=harbour, role=Role.REVIEWER)
    return people


def test_eight_people_decide_one_case_and_each_reporter_reads_one_outcome(reviewers: list[User]) -> None:
    first, second = reported(item_id="photo-7"), reported(item_id="photo-7")
    case_of(second)
    case = case_of(first)

    winners = at_once(lambda number: cases.judge(case, MAY_STAY, by=reviewers[number], at=AT))
    [decision] = Decision.objects.all()
    at_once(lambda _: reactions.tell_reporters.call(decision_uid=str(decision.uid)))

    assert winners == 1
    assert [report.outcomes.count() for report in (first, second)] == [1, 1]
    assert Record.objects.filter(kind="cases.DecisionConfirmed").count() == 1
    assert Record.objects.filter(kind="reports.ReporterTold").count() == 2


def test_eight_windows_of_one_person_answer_one_appeal_once(reviewers: list[User]) -> None:
    report = reported(item_id="photo-7")
    decision = cases.judge(case_of(report), MAY_STAY, by=reviewers[0], at=AT)
    reactions.tell_reporters.call(decision_uid=str(decision.uid))
    complaint = dialogue.complain(report.outcomes.get(), "It is mean.", at=AT)
    at_once(lambda _: appeals.open_by_reporter(complaint, at=AT))
    [appeal] = Appeal.objects.all()

    taken = at_once(lambda number: appeals.take(appeal, by=reviewers[number], at=AT))
    appeal.refresh_from_db()
    taker = appeal.taken_by
    assert taker is not None
    ended = at_once(lambda number: appeals.uphold(appeal, by=taker, why=f"Reason {number}", at=AT))
    at_once(lambda _: statement_reactions.tell_appellant.call(appeal_uid=str(appeal.uid)))

    assert (taken, ended) == (1, 1)
    assert taker != reviewers[0]
    told = Outcome.objects.filter(decision=f"appeal:{appeal.uid}")
    assert [one.why for one in told] == [Appeal.objects.get().why]


def test_eight_windows_of_the_affected_user_make_one_appeal(reviewers: list[User]) -> None:
    decision = cases.judge(new_case(item_id="photo-7"), AGAINST_TERMS, by=reviewers[0], at=AT)
    at_once(lambda _: statement_reactions.make_statement.call(decision_uid=str(decision.uid)))
    [statement] = Statement.objects.all()

    opened = at_once(lambda _: appeals.open_by_affected(statement, "I drew it.", at=AT))

    assert opened == 1
    assert Appeal.objects.count() == 1
    assert statements.find(statements.code_of(statement)) == statement
