"""What the law closes is closed in the table, whatever else is there and whatever happened to the process that compiles."""

from __future__ import annotations

import dataclasses
import logging
from datetime import datetime
from typing import Any

import pytest

from leeward.core import config, sequencer
from leeward.core.models import User
from leeward.engines import policy
from leeward.engines.policy import Reason
from leeward.filtering import compiler, reading
from leeward.filtering.legal import services
from leeward.filtering.legal.models import LegalName, LegalOrder
from leeward.filtering.legal.plane import FIRST_SIGN
from leeward.filtering.reading import reader
from leeward.filtering.tests.legal.test_orders import COURT
from leeward.filtering.tests.signs import AT, blocked, published, taken_back

pytestmark = pytest.mark.django_db


def entered(*names: str, by: User, at: datetime = AT) -> LegalOrder:
    order = services.enter(COURT, names, by=by, at=at)
    sequencer.stamp(at=at)
    return order


def lifted(order: LegalOrder, *, by: User) -> None:
    services.lift(order, reason="Over.", by=by, at=AT)
    sequencer.stamp(at=AT)


def reason(name: str) -> Reason | None:
    return reader().decide(name).reason


def test_an_order_closes_its_names_and_lifting_it_opens_them(compiling: compiler.Compiler, olga: User) -> None:
    order = entered("shop.example", "mirror.example", by=olga)
    assert compiling.catch_up() == 1
    assert blocked("shop.example", "www.mirror.example", "example.example") == [True, True, False]
    assert reason("www.shop.example") is Reason.censored

    lifted(order, by=olga)
    compiling.catch_up()

    assert blocked("shop.example", "mirror.example") == [False, False]


def test_undoing_closes_again(compiling: compiler.Compiler, olga: User) -> None:
    order = entered("shop.example", by=olga)
    lifted(order, by=olga)
    compiling.catch_up()

    services.undo(order, by=olga, at=AT)
    sequencer.stamp(at=AT)
    compiling.catch_up()

    assert blocked("shop.example") == [True]


def test_a_name_of_two_orders_stays_closed_until_both_are_lifted(compiling: compiler.Compiler, olga: User) -> None:
    first, second = entered("shop.example", by=olga), entered("shop.example", by=olga)
    compiling.catch_up()

    lifted(first, by=olga)
    compiling.catch_up()
    assert blocked("shop.example") == [True]

    lifted(second, by=olga)
    compiling.catch_up()
    assert blocked("shop.example") == [False]


@pytest.mark.parametrize("first", ["law", "desk"])
def test_where_both_close_a_name_the_law_answers_and_either_alone_keeps_it_closed(
    compiling: compiler.Compiler, olga: User, first: str
) -> None:
    for who in ("law", "desk") if first == "law" else ("desk", "law"):
        if who == "law":
            entered("shop.example", by=olga)
        else:
            published("shop.example")
        compiling.catch_up()
    assert reason("shop.example") is Reason.censored

    lifted(LegalOrder.objects.get(), by=olga)
    compiling.catch_up()
    assert reason("shop.example") is Reason.operator_block

    taken_back()
    compiling.catch_up()
    assert blocked("shop.example") == [False]


def test_the_signs_of_names_are_not_the_keys_of_indicators(compiling: compiler.Compiler, olga: User) -> None:
    published("bad.example")
    entered("shop.example", by=olga)
    compiling.catch_up()

    name = LegalName.objects.get()
    sign = reader().decide("shop.example").sign
    assert sign == FIRST_SIGN + name.pk
    # The greatest key that a database gives is one less.
    assert FIRST_SIGN > 2**63 - 1
    taken_back()
    compiling.catch_up()
    assert blocked("shop.example", "bad.example") == [True, False]


def test_a_table_that_is_compiled_anew_has_the_orders_from_its_first_moment(
    olga: User,
) -> None:
    published("shop.example")
    entered("shop.example", "other.example", by=olga)
    lifted(entered("gone.example", by=olga), by=olga)
    reading.table_path().write_bytes(b"not a table")

    compiler._compiled(reading.table_path()).close()

    assert blocked("shop.example", "other.example", "gone.example") == [True, True, False]
    assert reason("shop.example") is Reason.censored


def test_a_compiler_that_died_is_followed_by_one_that_makes_good(olga: User) -> None:
    first = compiler.Compiler(reading.table_path())
    gone = entered("gone.example", by=olga)
    first.catch_up()
    # What it did not see any more: one lifted, one entered.
    first.close()
    lifted(gone, by=olga)
    entered("shop.example", by=olga)

    compiler.Compiler(reading.table_path()).close()

    assert blocked("gone.example", "shop.example") == [False, True]


def test_one_that_dies_in_the_middle_of_an_order_leaves_nothing_half(
    olga: User,
) -> None:
    first = compiler.Compiler(reading.table_path())
    entered("one.example", "two.example", by=olga)
    names = LegalName.objects.order_by("pk")
    # As if it had died between the two names.
    entry = policy.Entry(names[0].name, Reason.censored, FIRST_SIGN + names[0].pk)
    first.close()
    with policy.Writer.open(reading.table_path()) as half:
        half.block(entry, never_block=frozenset())

    compiler.Compiler(reading.table_path()).close()

    assert blocked("one.example", "two.example") == [True, True]


def test_a_name_that_is_protected_later_is_open_and_the_rest_of_its_order_closed(
    olga: User, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    first = compiler.Compiler(reading.table_path())
    entered("library.example", "shop.example", by=olga)
    first.catch_up()
    first.close()

    network = dataclasses.replace(config.current().network, never_block=("library.example",))
    settings.LEEWARD = dataclasses.replace(config.current(), network=network)
    compiler.Compiler(reading.table_path()).close()

    assert blocked("library.example", "shop.example") == [False, True]
    messages = [record.getMessage() for record in caplog.records if record.levelno >= logging.ERROR]
    assert "names of a legal order stay open" in messages
    assert "library" not in caplog.text
