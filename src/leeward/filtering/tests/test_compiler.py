"""The compiled table follows the signs of host names, goes on where it stopped, and never blocks what must be reachable."""

from __future__ import annotations

import dataclasses
import logging
from datetime import timedelta
from typing import Any

import pytest

from leeward.core import config, sequencer
from leeward.core.logs import JsonFormatter
from leeward.engines import policy
from leeward.filtering import compiler, reading
from leeward.filtering.tests.signs import AT, SCHOOL, blocked, published, taken_back
from leeward.indicators import services as indicators
from leeward.indicators.models import Category, Kind

pytestmark = pytest.mark.django_db


def sha256(number: int) -> indicators.Sign:
    return indicators.Sign(Kind.SHA256, f"{number:064x}", Category.OTHER)


def test_a_published_name_and_every_name_below_it_is_blocked(compiling: compiler.Compiler) -> None:
    published("bad.example")

    assert compiling.catch_up() == 1
    assert blocked("bad.example", "www.bad.example", "BAD.example.", "good.example", "notbad.example") == [
        True,
        True,
        True,
        False,
        False,
    ]


def test_a_name_that_is_taken_back_is_open_again(compiling: compiler.Compiler) -> None:
    published("bad.example")
    compiling.catch_up()

    taken_back()
    compiling.catch_up()

    assert blocked("bad.example") == [False]


def test_a_name_that_two_sources_published_stays_blocked_until_both_took_it_back(
    compiling: compiler.Compiler,
) -> None:
    published("bad.example", source="decision:1")
    published("bad.example", source="decision:2")
    compiling.catch_up()

    taken_back("decision:1")
    compiling.catch_up()
    after_one = blocked("bad.example")
    taken_back("decision:2")
    compiling.catch_up()

    assert (after_one, blocked("bad.example")) == ([True], [False])


def test_an_expired_name_is_open_again(compiling: compiler.Compiler) -> None:
    published("bad.example", valid_until=AT + timedelta(seconds=1))
    compiling.catch_up()

    indicators.expire(AT + timedelta(seconds=1))
    sequencer.stamp(at=AT)
    compiling.catch_up()

    assert blocked("bad.example") == [False]


def test_a_name_published_and_taken_back_before_it_was_read_is_never_blocked(compiling: compiler.Compiler) -> None:
    published("bad.example")
    taken_back()

    compiling.catch_up()

    assert blocked("bad.example") == [False]


def test_a_name_that_is_not_stamped_yet_is_not_blocked_yet(compiling: compiler.Compiler) -> None:
    sign = indicators.Sign(Kind.DOMAIN, "bad.example", Category.OTHER)
    indicators.publish([sign], source="decision:1", actor="user:1", at=AT)

    assert compiling.catch_up() == 0
    assert blocked("bad.example") == [False]


def test_more_names_than_one_page_of_the_log_holds_are_all_blocked(compiling: compiler.Compiler) -> None:
    names = [f"bad-{number}.example" for number in range(indicators.BATCH + 5)]
    published(*names)

    assert compiling.catch_up() == len(names)
    assert all(blocked(*names))


def test_a_restart_goes_on_at_the_stored_position() -> None:
    first = compiler.Compiler(reading.table_path())
    published("bad.example")
    first.catch_up()
    first.close()
    published("worse.example", source="decision:2")
    taken_back("decision:1")

    second = compiler.Compiler(reading.table_path())
    stored, read = second.position, second.catch_up()
    second.close()

    assert (stored, read) == (1, 2)
    assert blocked("bad.example", "worse.example") == [False, True]


def test_the_first_start_compiles_what_is_in_force_already() -> None:
    published("bad.example", "worse.example")
    published("gone.example", source="decision:2")
    taken_back("decision:2")

    newcomer = compiler.Compiler(reading.table_path())
    newcomer.close()

    assert newcomer.catch_up() == 0
    assert blocked("bad.example", "worse.example", "gone.example") == [True, True, False]


def test_a_table_that_cannot_be_read_is_compiled_anew() -> None:
    published("bad.example")
    reading.table_path().write_bytes(b"not a table")

    newcomer = compiler.Compiler(reading.table_path())
    newcomer.close()

    assert blocked("bad.example") == [True]


def test_only_one_process_compiles(compiling: compiler.Compiler) -> None:
    with pytest.raises(policy.TableBusy):
        compiler.Compiler(reading.table_path())


@pytest.mark.parametrize("start", ["following", "first start"])
@pytest.mark.parametrize("name", [SCHOOL, "example", "co.uk"])
def test_what_must_stay_reachable_is_not_blocked_and_the_log_does_not_name_it(
    caplog: pytest.LogCaptureFixture, start: str, name: str
) -> None:
    if start == "following":
        running = compiler.Compiler(reading.table_path())
        published(name, "bad.example")
        running.catch_up()
    else:
        published(name, "bad.example")
        running = compiler.Compiler(reading.table_path())
    running.close()

    assert blocked(name, f"www.{name}", "bad.example") == [False, False, True]
    [line] = [record for record in caplog.records if record.levelno >= logging.ERROR]
    assert line.getMessage() == "name not blocked"
    written = JsonFormatter().format(line)
    assert name not in written.replace("leeward.example", "")
    assert '"position"' in written


def test_signs_of_pictures_are_passed_over_and_do_not_move_the_table(compiling: compiler.Compiler) -> None:
    published("bad.example")
    compiling.catch_up()
    indicators.publish([sha256(1), sha256(2)], source="import:a", actor="user:1", at=AT)
    sequencer.stamp(at=AT)

    assert compiling.catch_up() == 0
    assert compiling.position == 1


def test_a_name_that_the_operator_protects_later_is_open_after_the_next_start(settings: Any) -> None:
    first = compiler.Compiler(reading.table_path())
    published("library.example", "bad.example")
    first.catch_up()
    first.close()
    assert blocked("library.example") == [True]

    network = dataclasses.replace(config.current().network, never_block=("www.library.example",))
    settings.LEEWARD = dataclasses.replace(config.current(), network=network)
    compiler.Compiler(reading.table_path()).close()

    assert blocked("library.example", "www.library.example", "bad.example") == [False, False, True]
