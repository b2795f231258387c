"""Every report gets a case: the open one about the same thing, the one that removed it, or a new one."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from leeward.cases import reactions
from leeward.cases import services as cases
from leeward.cases.models import Case, CaseReport, Measure, Subject
from leeward.cases.tests.desk import AGAINST_TERMS, AT, ILLEGAL, MAY_STAY, case_of, new_case, reported
from leeward.core import blobs
from leeward.core.models import Delivery, Organisation, Record, User
from leeward.reports.models import Reason
from tests.stage.settling import Settle


@pytest.mark.django_db
def test_a_report_opens_a_case_with_a_deadline() -> None:
    report = reported(reason=Reason.SCARES)

    case = case_of(report)

    assert (case.severity, case.due_at) == (2, AT + timedelta(hours=24))
    assert str(case.subject) == report.page_url
    assert (
        Record.objects.filter(kind="cases.CaseOpened", facts={"case_uid": str(case.uid), "is_item": False}).count() == 1
    )


@pytest.mark.django_db
def test_danger_is_due_within_an_hour() -> None:
    case = case_of(reported(reason=Reason.DANGER))

    assert (case.severity, case.due_at) == (0, AT + timedelta(hours=1))


@pytest.mark.django_db
def test_a_second_report_of_the_same_thing_joins_the_open_case() -> None:
    first = new_case()

    second = new_case()

    assert first == second
    assert CaseReport.objects.filter(case=first).count() == 2
    assert Record.objects.filter(kind="cases.CaseOpened").count() == 1


@pytest.mark.django_db
def test_a_second_report_joins_while_the_second_person_is_waited_for(cem: User) -> None:
    first = new_case()
    cases.judge(first, ILLEGAL, by=cem, at=AT)

    assert new_case() == first


@pytest.mark.django_db
def test_a_more_urgent_report_makes_the_case_more_urgent_and_a_calmer_one_does_not_calm_it() -> None:
    case_of(reported(reason=Reason.SCARES))

    case_of(reported(reason=Reason.DANGER))
    case = case_of(reported(reason=Reason.NOT_ALLOWED))

    assert (case.severity, case.due_at) == (0, AT + timedelta(hours=1))


@pytest.mark.django_db
def test_items_of_the_same_name_at_two_providers_are_two_subjects(harbour: Organisation) -> None:
    Organisation.objects.create(slug="quay", name="Quay Forum", kind=Organisation.Kind.PROVIDER)
    here = new_case(item_id="7")

    there = case_of(reported(item_id="7", provider="quay"))

    assert there != here


@pytest.mark.django_db
def test_joining_twice_changes_nothing() -> None:
    report = reported()
    case_of(report)
    owed, recorded = Delivery.objects.count(), Record.objects.count()

    reactions.open_or_join_case.call(report_uid=str(report.uid))

    assert (Case.objects.count(), CaseReport.objects.count()) == (1, 1)
    assert (Delivery.objects.count(), Record.objects.count()) == (owed, recorded)


@pytest.mark.django_db
def test_a_picture_of_the_reporter_becomes_evidence_of_the_case() -> None:
    case = case_of(reported(pictures=(b"the first", b"the second")))

    assert {blobs.unseal(piece.sealed) for piece in case.evidence.all()} == {b"the first", b"the second"}
    assert {piece.kind for piece in case.evidence.all()} == {"attachment"}


@pytest.mark.django_db(transaction=True)
def test_reports_that_race_open_one_case() -> None:
    reports, together = [reported() for _ in range(5)], threading.Barrier(5)

    def open_or_join(uid: str) -> None:
        try:
            together.wait(10)
            reactions.open_or_join_case.call(report_uid=uid)
        finally:
            connection.close()

    with ThreadPoolExecutor(5) as pool:
        for running in [pool.submit(open_or_join, str(report.uid)) for report in reports]:
            running.result()

    assert Case.objects.count() == Subject.objects.count() == 1
    assert CaseReport.objects.count() == 5
    assert Record.objects.filter(kind="cases.CaseOpened").count() == 1


@pytest.mark.django_db
def test_the_database_itself_refuses_a_second_open_case_about_one_subject() -> None:
    case = new_case()

    with pytest.raises(IntegrityError), transaction.atomic():
        Case.objects.create(subject=case.subject, opened_at=AT, due_at=AT)


@pytest.mark.django_db
def test_a_later_report_of_something_removed_joins_and_is_told(cem: User, settle: Settle) -> None:
    case = new_case(item_id="photo-7")
    cases.judge(case, AGAINST_TERMS, by=cem, at=AT)
    settle()

    late = reported(item_id="photo-7")
    settle()

    assert Case.objects.get(reports__report=late) == case
    assert [outcome.kind for outcome in late.outcomes.all()] == ["removed"]
    assert Case.objects.count() == 1


@pytest.mark.django_db
def test_a_later_report_of_something_that_may_stay_opens_a_new_case(cem: User, settle: Settle) -> None:
    case = new_case()
    cases.judge(case, MAY_STAY, by=cem, at=AT)
    settle()

    late = reported()
    settle()

    assert Case.objects.get(reports__report=late) != case
    assert not late.outcomes.exists()


@pytest.mark.django_db
def test_a_later_report_after_a_reversal_opens_a_new_case(cem: User, sam: User, settle: Settle) -> None:
    case = new_case()
    cases.reverse(cases.judge(case, AGAINST_TERMS, by=cem, at=AT), by=sam, at=AT)
    settle()

    late = reported()
    settle()

    assert Case.objects.get(reports__report=late) != case


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("item_id", "measures"),
    [("", (Measure.REMOVE,)), ("photo-7", (Measure.WARN,))],
    ids=["elsewhere", "only a warning"],
)
def test_nobody_reads_that_it_is_gone_where_nobody_takes_it_away(
    item_id: str, measures: tuple[Measure, ...], cem: User, sam: User, settle: Settle
) -> None:
    report = reported(item_id=item_id)
    decision = cases.judge(case_of(report), replace(AGAINST_TERMS, measures=measures), by=cem, at=AT)
    settle()
    cases.reverse(decision, by=sam, at=AT)
    settle()

    assert [outcome.kind for outcome in report.outcomes.all()] == ["acted", "lifted"]
