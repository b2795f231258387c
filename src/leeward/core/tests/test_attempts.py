"""Wrong codes: some are free, then each one doubles the wait of its network, in every process and thread alike."""

from __future__ import annotations

import dataclasses
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leeward.core import attempts, config

AT = datetime(2026, 11, 21, 10, tzinfo=UTC)
SCHOOL, HOME = "192.0.2.0/24", "198.51.100.0/24"
FREE = 5
# What a web process does with a wrong code. Prints how long each try had to wait.
PROCESS = """
import datetime, json
from leeward.core import attempts
at, waits = datetime.datetime(2026, 11, 21, 10, tzinfo=datetime.UTC), []
for _ in range(5):
    try:
        with attempts.one("192.0.2.0/24", at=at) as attempt:
            attempt.was_wrong()
        waits.append(0)
    except attempts.WaitFirst as wait:
        waits.append(wait.seconds)
print(json.dumps(waits))
"""


def forget_wrong_codes() -> None:
    shutil.rmtree(config.current().server.data_dir / "wrong-codes", ignore_errors=True)


@pytest.fixture(autouse=True)
def _nobody_was_wrong() -> Iterator[None]:
    forget_wrong_codes()
    yield
    forget_wrong_codes()


def wrong(network: str = SCHOOL, *, at: datetime = AT) -> None:
    """Type one wrong code."""
    with attempts.one(network, at=at) as attempt:
        attempt.was_wrong()


def right(network: str = SCHOOL, *, at: datetime = AT) -> None:
    """Type a code that somebody has."""
    with attempts.one(network, at=at):
        pass


def must_wait_s(network: str = SCHOOL, *, at: datetime = AT) -> int:
    try:
        right(network, at=at)
    except attempts.WaitFirst as wait:
        return wait.seconds
    return 0


def test_five_wrong_codes_are_free() -> None:
    for _ in range(FREE):
        wrong()

    with pytest.raises(attempts.WaitFirst):
        wrong()


def test_the_wait_doubles_with_each_further_wrong_code_up_to_five_minutes() -> None:
    at, waits = AT, []
    for _ in range(FREE + 12):
        wrong(at=at)
        waits.append(must_wait_s(at=at))
        at += timedelta(seconds=waits[-1])

    assert waits == [0, 0, 0, 0, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300, 300, 300]


def test_a_try_during_the_wait_counts_nothing_and_says_how_long_is_left() -> None:
    for _ in range(FREE + 4):
        wrong(at=AT - timedelta(minutes=30) + timedelta(minutes=_))
    last_at = AT - timedelta(minutes=30 - FREE - 3)

    left = [must_wait_s(at=last_at + timedelta(seconds=seconds)) for seconds in (0, 10, 31.5, 32)]

    assert left == [32, 22, 1, 0]


def test_a_right_code_neither_counts_nor_forgives() -> None:
    for _ in range(20):
        right()
    for _ in range(FREE - 1):
        wrong()
        right()
    wrong()

    assert must_wait_s() == 2


def test_one_network_does_not_wait_for_another() -> None:
    for _ in range(FREE):
        wrong(SCHOOL)

    assert (must_wait_s(SCHOOL), must_wait_s(HOME)) == (2, 0)


def test_after_an_hour_without_a_wrong_code_everything_is_free_again() -> None:
    for _ in range(FREE):
        wrong()

    wrong(at=AT + attempts.REMEMBERED)

    assert must_wait_s(at=AT + attempts.REMEMBERED) == 0


def test_how_many_are_free_can_be_set(settings: Any) -> None:
    intake = dataclasses.replace(settings.LEEWARD.intake, code_tries=2)
    settings.LEEWARD = dataclasses.replace(settings.LEEWARD, intake=intake)

    assert [attempts.wait_s(count) for count in (0, 1, 2, 3)] == [0, 0, 2, 4]


@given(count=st.integers(0, 10**6))
def test_the_wait_never_shrinks_and_never_exceeds_five_minutes(count: int) -> None:
    assert 0 <= attempts.wait_s(count) <= attempts.wait_s(count + 1) <= attempts.LONGEST_S


def test_many_tries_at_once_count_as_many() -> None:
    def type_wrong(_: int) -> bool:
        try:
            wrong()
        except attempts.WaitFirst:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        let_in = sum(pool.map(type_wrong, range(40)))

    assert let_in == FREE


def waits_in_another_process() -> list[int]:
    """Type five wrong codes in a process of its own over the same data folder; return how long each had to wait."""
    own = {"LEEWARD_DATA_DIR": str(config.current().server.data_dir), "DJANGO_SETTINGS_MODULE": "leeward.site.settings"}
    ran = subprocess.run(
        [sys.executable, "-c", PROCESS], env=os.environ | own, capture_output=True, text=True, check=True
    )
    waits: list[int] = json.loads(ran.stdout)
    return waits


def test_every_web_process_counts_in_the_same_place() -> None:
    first, second = waits_in_another_process(), waits_in_another_process()

    assert first == [0, 0, 0, 0, 0]
    assert min(second) > 0
    assert must_wait_s() > 0


def test_no_file_holds_the_network_or_is_open_to_others() -> None:
    wrong("192.0.2.0/24")

    folder = Path(config.current().server.data_dir) / "wrong-codes"
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert files
    assert all(b"192.0.2" not in path.read_bytes() and "192.0.2" not in path.name for path in files)
    assert all(path.stat().st_mode & 0o077 == 0 for path in files)


def test_whoever_must_wait_is_told_before_any_work_is_done() -> None:
    for _ in range(FREE):
        wrong()

    with pytest.raises(attempts.WaitFirst):
        attempts.check(SCHOOL, at=AT)
    attempts.check(HOME, at=AT)
