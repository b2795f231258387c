"""From a report of screening a reviewer comes to its case, and nobody else does."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime

import pytest
from django.test import Client
from django.urls import reverse

from leeward.cases import reactions as cases
from leeward.cases.models import Case, CaseReport
from leeward.core.models import Organisation, User
from leeward.reports import services as reports
from leeward.reports.models import Channel, Reason, Report

pytestmark = pytest.mark.django_db
AT = datetime(2026, 11, 21, 10, tzinfo=UTC)


@pytest.fixture
def report(harbour: Organisation) -> Report:
    """What screening has filed for an upload."""
    item = reports.Item("harbour", "upload-1", "upload")
    return reports.receive(reports.Draft(Reason.NOT_ALLOWED, Channel.SCREENING, item=item), at=AT).report


def browser_of(person: User) -> Client:
    browser = Client(headers={"host": "localhost:8000"})
    browser.force_login(person, backend="allauth.account.auth_backends.AuthenticationBackend")
    return browser


def way(uid: uuid.UUID) -> str:
    return reverse("case_of_report", args=[uid])


def test_a_report_leads_to_its_case(cem: User, sam: User, report: Report) -> None:
    cases.open_or_join_case.call(report_uid=str(report.uid))
    place = reverse("cases:case", args=[Case.objects.get().uid])

    assert [browser_of(person).get(way(report.uid))["Location"] for person in (cem, sam)] == [place, place]


def test_a_report_whose_case_is_not_open_yet_leads_to_the_desk_and_says_so(cem: User, report: Report) -> None:
    CaseReport.objects.all().delete()  # As it is where opening it at once failed and is owed.

    answer = browser_of(cem).get(way(report.uid), follow=True)

    assert answer.redirect_chain == [("/desk/", 302)]
    assert "Its case is being opened." in answer.content.decode()


def test_a_report_that_does_not_exist_leads_nowhere(cem: User) -> None:
    assert browser_of(cem).get(way(uuid.uuid4())).status_code == 404


@pytest.mark.parametrize("name", ["olga", "bea", "eve"])
def test_who_is_no_reviewer_is_not_led(request: pytest.FixtureRequest, name: str, report: Report) -> None:
    assert browser_of(request.getfixturevalue(name)).get(way(report.uid)).status_code == 403
