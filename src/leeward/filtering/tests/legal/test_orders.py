"""Legal orders: entered whole or not at all, lifted, looked at again, undone; every step is kept, and no name leaves."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import date, timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from leeward.core.logs import JsonFormatter
from leeward.core.models import Record, User
from leeward.filtering.legal import names as legal_names
from leeward.filtering.legal import services
from leeward.filtering.legal.models import LegalName, LegalOrder, LegalStep
from leeward.filtering.tests.signs import AT, SCHOOL

pytestmark = pytest.mark.django_db

COURT = services.Draft(
    kind=LegalOrder.Kind.COURT,
    authority="District Court",
    reference="12/2026",
    date=date(2026, 11, 20),
    review_date=date(2027, 5, 20),
    reason="A shop that sells what nobody may sell.",
    shows_names=True,
)


def entered(names: Sequence[str], *, by: User, draft: services.Draft = COURT) -> LegalOrder:
    """Enter an order."""
    return services.enter(draft, names, by=by, at=AT)


def kinds() -> list[str]:
    """Return what was announced, in order."""
    return list(Record.objects.order_by("pk").values_list("kind", flat=True))


def test_an_order_is_entered_with_its_names_and_announced_without_them(olga: User) -> None:
    order = entered(["shop.example", "mirror.example"], by=olga)

    assert (order.state, order.name_count) == ("in_force", 2)
    assert services.names_of(order) == ("mirror.example", "shop.example")
    record = Record.objects.get()
    assert (record.kind, record.actor) == ("filtering.LegalOrderEntered", f"user:{olga.pk}")
    assert record.facts == {"order_uid": str(order.uid), "count": 2}


def test_the_names_lie_sealed_in_the_database(olga: User) -> None:
    entered(["shop.example"], by=olga)

    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM filtering_legalname")
        [(stored,)] = cursor.fetchall()
    assert "shop" not in stored


def test_an_order_without_names_is_refused(olga: User) -> None:
    with pytest.raises(services.NoNames):
        entered([], by=olga)

    assert not LegalOrder.objects.exists()


def test_an_order_is_lifted_once(olga: User) -> None:
    order = entered(["shop.example"], by=olga)

    services.lift(order, reason="The court took it back.", by=olga, at=AT)

    order.refresh_from_db()
    assert (order.state, order.lifted_at) == ("lifted", AT)
    with pytest.raises(services.NotInForce):
        services.lift(order, reason="Again.", by=olga, at=AT)
    assert kinds() == ["filtering.LegalOrderEntered", "filtering.LegalOrderLifted"]
    assert [step.kind for step in order.steps.all()] == ["entered", "lifted"]


def test_a_review_moves_to_a_later_day_only(olga: User) -> None:
    order = entered(["shop.example"], by=olga)

    services.extend_review(order, until=date(2027, 11, 20), by=olga, at=AT)

    order.refresh_from_db()
    assert order.review_date == date(2027, 11, 20)
    with pytest.raises(services.NotLater):
        services.extend_review(order, until=date(2027, 11, 20), by=olga, at=AT)
    services.lift(order, reason="Over.", by=olga, at=AT)
    with pytest.raises(services.NotInForce):
        services.extend_review(order, until=date(2028, 1, 1), by=olga, at=AT)


def test_two_who_move_the_same_review_do_not_both_win(olga: User) -> None:
    order = entered(["shop.example"], by=olga)
    seen_by_another = LegalOrder.objects.get(pk=order.pk)
    services.extend_review(order, until=date(2027, 11, 20), by=olga, at=AT)

    with pytest.raises(services.NotInForce):
        services.extend_review(seen_by_another, until=date(2027, 6, 1), by=olga, at=AT)


def test_the_last_step_is_undone_within_half_an_hour_and_once(olga: User) -> None:
    order = entered(["shop.example"], by=olga)
    services.lift(order, reason="A slip of the finger.", by=olga, at=AT)

    services.undo(order, by=olga, at=AT + timedelta(minutes=29))

    order.refresh_from_db()
    assert (order.state, order.lifted_at) == ("in_force", None)
    with pytest.raises(services.NothingToUndo):
        services.undo(order, by=olga, at=AT + timedelta(minutes=29))
    assert kinds()[-1] == "filtering.LegalStepUndone"


def test_undoing_the_entry_lifts_and_undoing_a_review_brings_the_day_back(olga: User) -> None:
    wrong, right = entered(["shop.example"], by=olga), entered(["other.example"], by=olga)
    services.extend_review(right, until=date(2028, 1, 1), by=olga, at=AT)

    services.undo(wrong, by=olga, at=AT)
    services.undo(right, by=olga, at=AT)

    wrong.refresh_from_db()
    right.refresh_from_db()
    assert wrong.state == "lifted"
    assert (right.state, right.review_date) == ("in_force", COURT.review_date)


def test_after_half_an_hour_nothing_is_undone(olga: User) -> None:
    order = entered(["shop.example"], by=olga)

    with pytest.raises(services.NothingToUndo):
        services.undo(order, by=olga, at=AT + services.UNDO_WITHIN)


def test_a_near_review_is_announced_once_and_again_after_it_moved(olga: User) -> None:
    order = entered(["shop.example"], by=olga)
    near = AT + timedelta(days=170)

    services.note_reviews(AT)
    assert "filtering.LegalReviewNear" not in kinds()
    services.note_reviews(near)
    services.note_reviews(near)
    assert kinds().count("filtering.LegalReviewNear") == 1
    assert list(services.reviews_near(at=near)) == [order]

    services.extend_review(order, until=date(2027, 8, 1), by=olga, at=near)
    services.note_reviews(near)
    services.note_reviews(near + timedelta(days=80))
    assert kinds().count("filtering.LegalReviewNear") == 2


def test_the_names_of_a_hotline_can_never_be_marked_as_public(olga: User) -> None:
    draft = services.Draft(
        kind=LegalOrder.Kind.HOTLINE,
        authority="Hotline",
        reference="list 1",
        date=COURT.date,
        review_date=COURT.review_date,
        reason="Places where children are harmed.",
        shows_names=True,
    )

    with pytest.raises(IntegrityError), transaction.atomic():
        entered(["worst.example"], by=olga, draft=draft)


def test_an_order_is_found_by_a_name_below_one_of_its_names(olga: User) -> None:
    order = entered(["shop.example"], by=olga)
    gone = entered(["shop.example"], by=olga)
    services.lift(gone, reason="Over.", by=olga, at=AT)

    assert services.covering("www.shop.example") == [order]
    assert services.covering("example") == []
    assert services.covering("notshop.example") == []


def test_names_are_read_one_a_line_and_each_once() -> None:
    read = legal_names.read("\ufeffShop.example\r\n\n# a remark\n  *.mirror.example  \nshop.example\n".encode())

    assert read.names == ("shop.example", "mirror.example")
    assert read.faults == ()


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        (b"shop.example\nex ample.example", 2, 3),
        (b"shop.example\n*.com", 2, 3),
        (b"co.uk", 1, 1),
        (b"shop.example\n\n192.0.2.7", 3, 1),
        (b"shop.example\n\xff\xfe", 2, 1),
        (b"\x00\x01", 1, 1),
        (f"shop.example\n  {SCHOOL}".encode(), 2, 3),
        (b"x" * 10_000, 1, 8193),
    ],
)
def test_a_line_that_cannot_be_taken_is_named_by_line_and_column(text: bytes, line: int, column: int) -> None:
    [fault] = legal_names.read(text).faults

    assert (fault.line, fault.column) == (line, column)


def test_a_name_that_nobody_may_close_raises_an_alarm_that_does_not_name_it(caplog: pytest.LogCaptureFixture) -> None:
    read = legal_names.read(f"shop.example\n{SCHOOL}\n".encode())

    assert read.protected_count == 1
    assert "help must stay within reach" in read.faults[0].what
    [line] = [record for record in caplog.records if record.levelno >= logging.ERROR]
    assert SCHOOL not in JsonFormatter().format(line)


def test_a_text_without_end_of_faults_is_not_read_to_its_end() -> None:
    assert len(legal_names.read(b"two words\n" * 100_000).faults) == legal_names.FAULTS_SHOWN


def test_nothing_of_an_order_can_be_deleted_by_deleting_who_entered_it(olga: User) -> None:
    entered(["shop.example"], by=olga)

    assert LegalStep.objects.get().by == olga
    assert LegalName.objects.count() == 1
