"""A row is shown to children only after a named person vouched for it, and not longer than that is fresh."""

from __future__ import annotations

import dataclasses
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError

from leeward.core import never
from leeward.core.models import Record, User
from leeward.helplines.directory import services
from leeward.helplines.directory.drafts import BadFacts, Facts
from leeward.helplines.directory.models import Check, Service
from leeward.helplines.tests.rows import AT, LINE, check, draft, vouched

pytestmark = pytest.mark.django_db
DAYS = timedelta(days=1)


def names_shown(*, days: int = 0) -> list[str]:
    return [row.name for row in services.shown(at=AT + days * DAYS)]


def test_a_draft_is_shown_to_nobody_and_a_checked_row_is(nara: User) -> None:
    row = draft(by=nara)
    before = names_shown()

    check(row, by=nara)

    assert (before, names_shown()) == ([], ["Harbour line"])
    row.refresh_from_db()
    assert (row.checked_by, row.how, row.checked_at) == ("nara", "called", AT)


def test_a_row_is_shown_for_as_many_days_as_the_operator_set_and_no_longer(nara: User) -> None:
    vouched(by=nara)

    assert names_shown(days=180) == ["Harbour line"]
    assert names_shown(days=181) == []


def test_a_row_that_is_too_old_becomes_work_and_comes_back_when_it_is_checked_again(nara: User) -> None:
    row = vouched(by=nara)
    later = AT + 181 * DAYS

    assert services.expire(later) == 1
    assert services.expire(later) == 0
    row.refresh_from_db()
    assert row.state == Service.State.STALE
    assert services.to_check(at=later).first() == row
    check(row, by=nara, at=later)
    assert names_shown(days=181) == ["Harbour line"]


def test_who_changes_a_checked_row_makes_it_a_draft_again(nara: User) -> None:
    row = vouched(by=nara)

    other = dataclasses.replace(LINE, contacts=(("short_number", "109"),))
    services.change(row, other, seen_at=row.changed_at, by=nara, at=AT)

    assert names_shown() == []
    row.refresh_from_db()
    assert (row.state, row.checked_by) == (Service.State.DRAFT, "")


def test_two_people_with_one_row_cannot_both_win(nara: User, oyun: User) -> None:
    row = draft(by=nara)
    seen_at = row.changed_at
    later = AT + timedelta(minutes=1)
    services.check(row, LINE, how=Service.How.CALLED, note="", seen_at=seen_at, by=nara, at=later)

    with pytest.raises(services.ChangedMeanwhile):
        services.retire(row, note="", seen_at=seen_at, by=oyun, at=later)

    assert names_shown() == ["Harbour line"]
    assert [step.name for step in row.checks.all()] == ["nara", "nara"]


def test_the_last_step_can_be_undone_by_whoever_made_it(nara: User, oyun: User) -> None:
    row = draft(by=nara, doubts=("Two numbers are known.",))
    facts = dataclasses.replace(LINE, contacts=(("short_number", "109"),))
    check(row, by=nara, facts=facts)

    with pytest.raises(services.NothingToUndo):
        services.undo(row, by=oyun, at=AT)
    services.undo(row, by=nara, at=AT)

    row.refresh_from_db()
    assert (row.state, row.checked_at, row.doubts) == (Service.State.DRAFT, None, ["Two numbers are known."])
    assert Facts.of(row).contacts == LINE.contacts
    assert [step.step for step in row.checks.all()] == ["changed", "checked", "undone"]
    with pytest.raises(services.NothingToUndo):
        services.undo(row, by=nara, at=AT)


def test_a_step_of_yesterday_is_not_undone(nara: User) -> None:
    row = vouched(by=nara)

    with pytest.raises(services.NothingToUndo):
        services.undo(row, by=nara, at=AT + DAYS)


def test_what_is_put_aside_comes_last(nara: User) -> None:
    first, second = draft(by=nara, name="A line"), draft(by=nara, name="B line")

    services.skip(first, at=AT)

    assert list(services.to_check(at=AT)) == [second, first]


def test_a_retired_row_is_no_work_and_is_not_shown(nara: User) -> None:
    row = vouched(by=nara)

    services.retire(row, note="closed in May", seen_at=row.changed_at, by=nara, at=AT)

    assert names_shown() == []
    assert not services.to_check(at=AT).exists()


def test_the_database_keeps_no_checked_row_without_a_name(nara: User) -> None:
    row = vouched(by=nara)

    with pytest.raises(IntegrityError):
        Service.objects.filter(pk=row.pk).update(checked_by="")


def test_the_records_name_no_number_and_no_person(nara: User) -> None:
    vouched(by=nara)

    records = Record.objects.filter(kind="helplines.ServiceChanged")
    assert records.count() == 2
    assert all(set(record.facts) == {"service_uid"} for record in records)
    assert Check.objects.count() == 2


@pytest.mark.parametrize(
    ("field", "changed"),
    [
        ("country", {"country": "mn"}),
        ("country", {"country": "XX"}),
        ("name", {"name": " "}),
        ("hours", {"hours": "mornings"}),
        ("time_zone", {"hours": "mon 08:00-10:00"}),
        ("time_zone", {"time_zone": "Moon/Base"}),
        ("languages", {"languages": ("Mongolian",)}),
        ("ages", {"ages": "children"}),
        ("contacts", {"contacts": (("phone", "javascript:alert(1)"),)}),
        ("contacts", {"contacts": (("phone", "108; rm"),)}),
        ("contacts", {"contacts": (("web", "javascript:alert(1)"),)}),
        ("contacts", {"contacts": (("web", "https://192.168.1.1/"),)}),
        ("contacts", {"contacts": (("web", "https://"),)}),
        ("contacts", {"contacts": (("mail", "nobody"),)}),
        ("contacts", {"contacts": (("fax", "108"),)}),
        ("contacts", {"contacts": (("phone", "108"), ("phone", "108"))}),
    ],
)
def test_what_cannot_be_used_is_refused_and_nothing_is_stored(nara: User, field: str, changed: dict[str, Any]) -> None:
    with pytest.raises(BadFacts) as refused:
        draft(by=nara, **changed)

    assert refused.value.field == field
    assert not Service.objects.exists()


def test_one_service_is_listed_once(nara: User) -> None:
    draft(by=nara)

    with pytest.raises(services.ListedAlready):
        draft(by=nara)


def test_the_sites_of_checked_and_old_helplines_stay_open_and_no_others(nara: User) -> None:
    row = draft(by=nara)
    as_draft = "harbourline.example" in never.names()
    check(row, by=nara)
    as_checked = "harbourline.example" in never.names()
    services.expire(AT + 181 * DAYS)
    as_stale = "harbourline.example" in never.names()
    row.refresh_from_db()
    services.retire(row, note="", seen_at=row.changed_at, by=nara, at=AT)

    assert (as_draft, as_checked, as_stale) == (False, True, True)
    assert "harbourline.example" not in never.names()


@pytest.mark.parametrize("kind", [Service.Kind.HOTLINE, Service.Kind.POLICE])
def test_the_site_of_a_hotline_is_an_ordinary_one(nara: User, kind: Service.Kind) -> None:
    vouched(by=nara, kind=kind)

    assert "harbourline.example" not in never.names()


@pytest.mark.parametrize(
    "address", ["https://www.tiktok.com/@harbourline", "https://harbour.tiktok.com/", "https://co.uk/"]
)
def test_a_helpline_inside_a_large_service_opens_nothing(nara: User, address: str) -> None:
    before = never.names()

    vouched(by=nara, contacts=(("web", address),))

    assert never.names() == before
