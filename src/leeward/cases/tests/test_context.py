"""What a provider's own server knows of an item stands on the page of its case, and nowhere else."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from leeward.cases.tests.conftest import SignIn
from leeward.cases.tests.desk import AT, case_of, reported
from leeward.core.models import Organisation, User
from leeward.reports import contexts

KNOWN = contexts.Facts(
    author_id="author-9",
    connections=(contexts.Connection("192.0.2.7", 51234, datetime(2026, 11, 20, 9, 8, 7, tzinfo=UTC), "sign-in"),),
    profile_notes=(contexts.Note("Wrote to eleven children in a day.", high_risk=True),),
)


@pytest.mark.django_db
def test_a_reviewer_reads_connections_to_the_port_and_the_second_and_the_notes(
    cem: User, harbour: Organisation, signed_in: SignIn
) -> None:
    contexts.add(KNOWN, provider=harbour, item_id="7", at=AT)
    case = case_of(reported(item_id="7"))
    other = case_of(reported(item_id="8"))

    page = signed_in(cem).get(f"/desk/cases/{case.uid}/").content.decode()

    assert "192.0.2.7 : 51234" in page
    assert "2026-11-20T09:08:07+00:00" in page
    assert "Wrote to eleven children in a day." in page
    assert "High risk for children" in page
    assert "192.0.2.7" not in signed_in(cem).get(f"/desk/cases/{other.uid}/").content.decode()


@pytest.mark.django_db
def test_what_two_reports_share_stands_there_once(cem: User, harbour: Organisation, signed_in: SignIn) -> None:
    contexts.add(KNOWN, provider=harbour, item_id="7", at=AT)
    case_of(reported(item_id="7"))
    case = case_of(reported(item_id="7"))

    page = signed_in(cem).get(f"/desk/cases/{case.uid}/").content.decode()

    assert page.count("192.0.2.7 : 51234") == 1
