"""A network that sends very much shows work before each further report; nobody is ever shut out."""

from __future__ import annotations

import dataclasses
import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leeward.core import config, networks
from leeward.engines import proofs
from leeward.reports import floods
from leeward.reports.tests import knocks
from tests.stage import disk

AT = datetime(2026, 11, 21, 10, tzinfo=UTC)  # The first moment of a minute.
SCHOOL, HOME = "192.0.2.0/24", "198.51.100.0/24"
LIMIT, LEAST_BITS = 4, 3


@pytest.fixture(autouse=True)
def _small_numbers(settings: Any) -> None:
    """A limit that is soon reached and work that is soon done."""
    settings.LEEWARD = limited(LIMIT, LEAST_BITS)


def limited(limit: int, least_bits: int) -> config.Config:
    current = config.current()
    return dataclasses.replace(
        current,
        server=dataclasses.replace(current.server, reports_per_minute=limit),
        intake=dataclasses.replace(current.intake, proof_bits=least_bits),
    )


def sent(count: int, *, network: str = SCHOOL, at: datetime = AT) -> None:
    """Send reports, each with the work that is asked for it."""
    for _ in range(count):
        try:
            floods.admit(network, proof="", at=at)
        except floods.ProofNeeded as needed:
            floods.admit(network, proof=solved(needed), at=at)


def solved(needed: floods.ProofNeeded) -> str:
    return proofs.solve(needed.challenge, bits=needed.bits)


def asked(proof: str = "", *, network: str = SCHOOL, at: datetime = AT) -> floods.ProofNeeded:
    """Send one report that is not let in yet, and return what is asked for it."""
    with pytest.raises(floods.ProofNeeded) as caught:
        floods.admit(network, proof=proof, at=at)
    return caught.value


def is_admitted(proof: str = "", *, network: str = SCHOOL, at: datetime = AT) -> bool:
    try:
        floods.admit(network, proof=proof, at=at)
    except floods.ProofNeeded:
        return False
    return True


def test_up_to_the_limit_nobody_is_asked_for_anything() -> None:
    assert [is_admitted() for _ in range(LIMIT)] == [True] * LIMIT


def test_above_the_limit_each_further_report_needs_work_of_its_own() -> None:
    sent(LIMIT)

    for _ in range(3):
        needed = asked()
        assert needed.bits == LEAST_BITS
        assert is_admitted(solved(needed))


def test_a_solution_is_taken_once() -> None:
    sent(LIMIT)
    solution = solved(asked())

    assert [is_admitted(solution) for _ in range(3)] == [True, False, False]


def test_a_solution_is_taken_once_from_many_threads() -> None:
    sent(LIMIT)
    solution, together = solved(asked()), threading.Barrier(8)

    def send() -> bool:
        together.wait(10)
        return is_admitted(solution)

    with ThreadPoolExecutor(8) as pool:
        answers = [sending.result() for sending in [pool.submit(send) for _ in range(8)]]

    assert sorted(answers) == [False] * 7 + [True]


def test_another_process_counts_the_same_reports_and_knows_what_is_spent() -> None:
    sent(LIMIT)
    solution = solved(asked())

    assert elsewhere(solution) == "True"
    assert elsewhere(solution) == "False"
    assert not is_admitted(solution)


def elsewhere(proof: str) -> str:
    """Return whether another process lets a report of the school in."""
    code = f"""
import django; django.setup()
from datetime import datetime
from leeward.reports import floods
try:
    floods.admit({SCHOOL!r}, proof={proof!r}, at=datetime.fromisoformat({AT.isoformat()!r}))
    print(True)
except floods.ProofNeeded:
    print(False)
"""
    limits = {"LEEWARD_REPORTS_PER_MINUTE": str(LIMIT), "LEEWARD_PROOF_BITS": str(LEAST_BITS)}
    limits["LEEWARD_DATA_DIR"] = str(floods.path().parent)
    command = [sys.executable, "-c", code]
    return subprocess.run(command, env=os.environ | limits, capture_output=True, text=True, check=True).stdout.strip()


def test_a_neighbour_is_asked_for_nothing() -> None:
    sent(LIMIT * 4)

    assert asked()
    assert is_admitted(network=HOME)


def test_the_work_doubles_when_the_flood_doubles() -> None:
    bits = {}
    for count in range(1, LIMIT * 8 + 1):
        sent(1)
        bits[count] = 0 if count < LIMIT else asked().bits

    assert bits[LIMIT - 1] == 0
    assert bits[LIMIT] == bits[LIMIT * 2 - 1] == LEAST_BITS
    assert bits[LIMIT * 2] == bits[LIMIT * 4 - 1] == LEAST_BITS + 1
    assert bits[LIMIT * 4] == bits[LIMIT * 8 - 1] == LEAST_BITS + 2


@given(sent=st.floats(0, 1e12), limit=st.integers(0, 10_000), least=st.integers(0, 60), more=st.floats(1, 1000))
def test_the_work_never_falls_while_a_flood_grows_and_never_takes_an_old_phone_too_long(
    sent: float, limit: int, least: int, more: float
) -> None:
    before = floods.bits_for(sent, limit=limit, least=least)

    assert before <= floods.bits_for(sent * more, limit=limit, least=least) <= floods.MOST_BITS


def test_a_flood_that_shows_no_work_makes_it_no_harder_for_those_who_do() -> None:
    sent(LIMIT)

    assert {asked("no proof").bits for _ in range(200)} == {LEAST_BITS}
    assert is_admitted(solved(asked()))


def test_two_calm_minutes_later_everything_is_forgotten() -> None:
    sent(LIMIT * 4)

    assert is_admitted(at=AT + timedelta(minutes=2))


def test_the_minute_before_counts_for_what_is_left_of_it() -> None:
    sent(LIMIT * 2)

    assert asked(at=AT + timedelta(seconds=61)).bits == LEAST_BITS
    assert asked(at=AT + timedelta(seconds=90)).bits == LEAST_BITS
    assert is_admitted(at=AT + timedelta(seconds=91))


def test_what_was_solved_while_the_flood_doubled_once_still_counts() -> None:
    sent(LIMIT)
    early = solved(asked())

    sent(LIMIT)

    assert asked().bits == LEAST_BITS + 1
    assert is_admitted(early)


def test_what_was_kept_back_from_a_calmer_time_does_not_count() -> None:
    sent(LIMIT)
    early = solved(asked())

    sent(LIMIT * 3)

    assert asked(early).bits == LEAST_BITS + 2


def test_a_solution_counts_from_another_network_because_it_names_none() -> None:
    sent(LIMIT)
    sent(LIMIT, network=HOME)

    assert is_admitted(solved(asked(network=HOME)))


@pytest.mark.parametrize("proof", ["x", "x:1", "a" * 44 + ":0", "é" * 44 + ":0", ":", "x" * 100_000])
def test_what_is_no_solution_gets_a_challenge(proof: str) -> None:
    sent(LIMIT)

    assert is_admitted(solved(asked(proof)))


def test_a_solution_that_came_too_late_gets_a_new_challenge() -> None:
    sent(LIMIT)
    early, later = solved(asked()), AT + timedelta(minutes=11)
    sent(LIMIT, at=later)

    assert is_admitted(solved(asked(early, at=later)), at=later)


def test_a_limit_of_0_asks_for_work_each_time_and_0_bits_turn_that_off(settings: Any) -> None:
    settings.LEEWARD = limited(0, LEAST_BITS)
    assert is_admitted(solved(asked()))

    settings.LEEWARD = limited(0, 0)
    assert is_admitted()


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.77", "192.0.2.0/24"),
        ("::ffff:192.0.2.77", "192.0.2.0/24"),
        ("2001:db8:7:8:9::1", "2001:db8:7::/48"),
        ("fe80::1%eth0", "fe80::/48"),
        ("", ""),
        ("unix:", ""),
        ("192.0.2.77, 10.0.0.1", ""),
    ],
)
def test_a_network_is_what_neighbours_share(address: str, network: str) -> None:
    assert networks.of(address) == network


def test_what_is_not_an_address_is_counted_together() -> None:
    sent(LIMIT, network=networks.of("unix:"))

    assert asked(network=networks.of(""))


def test_nothing_on_disk_names_a_network_and_nobody_else_may_read_it() -> None:
    sent(LIMIT)

    files = list(floods.path().parent.glob("floods.sqlite3*"))
    assert files
    assert b"192.0.2" not in disk.octets(files)
    assert {file.stat().st_mode & 0o077 for file in files} == {0}


def test_an_old_count_does_not_stay_in_the_file() -> None:
    sent(LIMIT + 1)
    before = knocks.kept()

    sent(1, network=HOME, at=AT + timedelta(minutes=20))

    assert (before, knocks.kept()) == ((1, 1), (1, 0))


@pytest.mark.parametrize("damage", ["not a database", "a folder"])
def test_without_a_place_to_count_every_report_is_let_in_and_the_log_says_so(
    damage: str, settings: Any, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    settings.LEEWARD = dataclasses.replace(
        config.current(), server=dataclasses.replace(config.current().server, data_dir=tmp_path)
    )
    if damage == "a folder":
        floods.path().mkdir()
    else:
        floods.path().write_bytes(b"these are no rows " * 500)

    assert [is_admitted() for _ in range(LIMIT + 1)] == [True] * (LIMIT + 1)

    assert [record.getMessage() for record in caplog.records] == [
        "reports are not counted; look at the data folder"
    ] * (LIMIT + 1)
