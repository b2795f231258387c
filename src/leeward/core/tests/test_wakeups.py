"""Who waits is woken by the commit of another process, and by nothing else before the time is over."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Iterator

import pytest
from django.db import connection, transaction

from leeward.core import wakeups
from leeward.core.models import Chore
from leeward.core.tests.lamps import AT

LONG_S, SHORT_S = 20.0, 0.2
# Far below LONG_S, and far above what a busy machine needs.
SOON_S = 10.0
COMMIT = """
import sqlite3, sys
store = sqlite3.connect(sys.argv[1], timeout=20)
store.execute("INSERT INTO core_chore (name, next_at) VALUES ('from another process', '2026-03-01')")
store.commit()
store.close()
"""


def waited_s(bell: wakeups.Bell, timeout_s: float) -> float:
    begun = time.monotonic()
    bell.wait(timeout_s)
    return time.monotonic() - begun


@pytest.fixture
def bell(store: None) -> Iterator[wakeups.Bell]:
    with wakeups.bell() as one:
        yield one


def write() -> None:
    with transaction.atomic():
        Chore.objects.create(name=f"chore {Chore.objects.count()}", next_at=AT)
        wakeups.ring()


def test_without_a_commit_the_wait_ends_at_its_time(bell: wakeups.Bell) -> None:
    assert SHORT_S <= waited_s(bell, SHORT_S) < SHORT_S + SOON_S


def test_a_commit_before_the_wait_is_not_missed(bell: wakeups.Bell) -> None:
    write()

    assert waited_s(bell, LONG_S) < SOON_S


def test_one_commit_wakes_once(bell: wakeups.Bell) -> None:
    write()
    bell.wait(LONG_S)

    assert waited_s(bell, SHORT_S) >= SHORT_S


def test_what_is_rolled_back_wakes_nobody(bell: wakeups.Bell) -> None:
    with transaction.atomic():
        Chore.objects.create(name="never", next_at=AT)
        wakeups.ring()
        transaction.set_rollback(True)

    assert waited_s(bell, SHORT_S) >= SHORT_S


def test_a_commit_on_another_connection_wakes_who_waits(bell: wakeups.Bell) -> None:
    is_waiting, woken_after = threading.Event(), []

    def wait() -> None:
        is_waiting.set()
        woken_after.append(waited_s(bell, LONG_S))

    waiting = threading.Thread(target=wait)
    waiting.start()
    is_waiting.wait(LONG_S)
    write()
    waiting.join(LONG_S)

    assert woken_after[0] < SOON_S


def test_a_commit_of_another_process_wakes_who_waits(bell: wakeups.Bell) -> None:
    if connection.vendor != "sqlite":
        pytest.skip("the other process of this test speaks SQLite")
    path = str(connection.settings_dict["NAME"])

    with subprocess.Popen([sys.executable, "-c", COMMIT, path]) as other:
        woken_after = waited_s(bell, LONG_S)

    assert other.returncode == 0
    assert woken_after < SOON_S
    assert Chore.objects.filter(name="from another process").exists()


def test_between_two_wake_ups_lies_a_rest_and_nothing_is_missed(store: None) -> None:
    with wakeups.bell(rest_s=SHORT_S) as bell:
        write()
        bell.wait(LONG_S)
        write()
        write()

        assert SHORT_S * 0.9 <= waited_s(bell, LONG_S) < SOON_S
        assert waited_s(bell, SHORT_S) >= SHORT_S * 0.9, "two commits during the rest wake once"


def test_whoever_waited_longer_than_the_rest_is_woken_at_once(store: None) -> None:
    with wakeups.bell(rest_s=LONG_S) as bell:
        bell.wait(SHORT_S)
        write()

        assert waited_s(bell, LONG_S) < SOON_S, "a wait in vain is followed by no rest"
