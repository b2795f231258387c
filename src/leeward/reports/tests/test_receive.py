"""A report that got a receipt is stored, once, and nobody can tell from it who reported."""

from __future__ import annotations

import dataclasses
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import IntegrityError, connection, connections

from leeward.core.models import Organisation, Record
from leeward.reports import receipts
from leeward.reports import services as reports
from leeward.reports.models import Report
from leeward.reports.tests.ana import AT, PAGE, draft, stored

KEY = "0b1c2d3e-0000-4000-8000-000000000001"
RECEIVED = "reports.ReportReceived"


def announced() -> Record:
    """Return what was announced of the one report."""
    return Record.objects.get(kind=RECEIVED)


@pytest.mark.django_db
def test_a_received_report_is_stored_and_announced() -> None:
    receipt = reports.receive(draft(words="It scares me."), at=AT)

    report = Report.objects.get()
    assert (report.page_url, report.words, report.received_at) == (PAGE, "It scares me.", AT)
    assert report == receipt.report
    assert not receipt.is_repeat
    assert announced().facts == {
        "report_uid": str(report.uid),
        "reason": "scares",
        "channel": "button",
        "pictures": 0,
    }


@pytest.mark.django_db
def test_nothing_that_is_kept_names_the_reporter_or_the_code() -> None:
    receipt = reports.receive(draft(), at=AT)

    kept = {field.name for field in Report._meta.concrete_fields}
    about_the_thing = {"reason", "nature", "page_url", "provider", "item_id", "item_kind", "author_id"}
    about_the_thing |= {"conversation_id", "words", "known_as", "surroundings"}
    about_the_request = {"id", "uid", "channel", "language", "received_at", "receipt", "request_key", "body_digest"}
    about_the_request |= {"band", "sender", "place", "is_doubted", "shown_again_at"}
    assert kept == about_the_thing | about_the_request
    values = [str(value) for value in Report.objects.values().get().values()]
    assert not any(receipt.code in value for value in values)
    assert announced().actor == "reporter"


@pytest.mark.django_db
def test_the_code_of_a_receipt_finds_its_report_and_no_other() -> None:
    first, second = reports.receive(draft(), at=AT), reports.receive(draft(), at=AT)

    assert first.code != second.code
    assert reports.follow(receipts.grouped(first.code)) == first.report
    assert reports.follow(second.code) == second.report


@pytest.mark.django_db
def test_the_same_key_gives_the_same_receipt_and_stores_nothing_twice() -> None:
    first = reports.receive(draft(key=KEY), at=AT)

    again = reports.receive(draft(key=KEY), at=AT)

    assert again.is_repeat
    assert (again.code, again.report) == (first.code, first.report)
    assert stored() == len(Record.objects.filter(kind=RECEIVED)) == 1


@pytest.mark.django_db
@pytest.mark.parametrize("field", ["page_url", "words", "pictures", "reason"])
def test_the_same_key_with_another_body_is_refused(field: str) -> None:
    other: dict[str, Any] = {
        "page_url": "https://other.example/",
        "words": "Something else.",
        "pictures": [reports.Picture(b"bytes", "image/png")],
        "reason": "danger",
    }
    first = draft(key=KEY)
    reports.receive(first, at=AT)

    with pytest.raises(reports.OtherBody):
        reports.receive(dataclasses.replace(first, **{field: other[field]}), at=AT)

    assert stored() == 1


@pytest.mark.django_db(transaction=True)
def test_the_same_request_at_the_same_time_is_one_report_with_one_receipt() -> None:
    together = threading.Barrier(6)

    def send() -> reports.Receipt:
        try:
            together.wait(10)
            return reports.receive(draft(key=KEY), at=AT)
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        receipts_given = [sent.result() for sent in [pool.submit(send) for _ in range(6)]]
    connections.close_all()

    assert len({receipt.code for receipt in receipts_given}) == 1
    assert sorted(receipt.is_repeat for receipt in receipts_given) == [False] + [True] * 5
    assert stored() == len(Record.objects.filter(kind=RECEIVED)) == 1


@pytest.mark.django_db
def test_an_item_is_about_the_item_even_where_an_address_came_with_it(harbour: Organisation) -> None:
    item = reports.Item("harbour", "photo-7", "photo", "author-3")

    receipt = reports.receive(dataclasses.replace(draft(), item=item), at=AT)

    assert receipt.report.subject == "item:harbour/photo-7"
    assert (receipt.report.item_kind, receipt.report.author_id) == ("photo", "author-3")


@pytest.mark.django_db
def test_two_spellings_of_an_address_are_one_subject() -> None:
    one = reports.receive(draft("HTTPS://Bad.Example:443/a/../photos/7#top"), at=AT)
    other = reports.receive(draft(PAGE), at=AT)

    assert one.report.subject == other.report.subject


@pytest.mark.django_db
def test_a_report_about_nothing_is_refused() -> None:
    with pytest.raises(reports.NotAboutAnything):
        reports.receive(draft(""), at=AT)

    assert stored() == Record.objects.count() == 0


@pytest.mark.django_db
@pytest.mark.parametrize("slug", ["nobody", "quay"])
def test_an_item_of_somebody_who_is_no_provider_here_is_refused(slug: str) -> None:
    Organisation.objects.create(slug="quay", name="Quay Helpline", kind=Organisation.Kind.HELPLINE)

    with pytest.raises(reports.UnknownProvider):
        reports.receive(dataclasses.replace(draft(), item=reports.Item(slug, "1")), at=AT)

    assert stored() == 0


@pytest.mark.django_db
def test_the_database_itself_refuses_a_report_about_nothing() -> None:
    report = reports.receive(draft(), at=AT).report

    with pytest.raises(IntegrityError, match="report_says_what"):
        Report.objects.filter(pk=report.pk).update(page_url="")
