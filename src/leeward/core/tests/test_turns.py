"""Writers on SQLite take turns: one at a time, the next one at once, and a turn is never lost with whoever had it."""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.db import OperationalError, connection, connections, transaction

from leeward.core.models import Organisation

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif("not __import__('django').db.connection.vendor == 'sqlite'", reason="PostgreSQL has no turns"),
]
HOLDER = "import fcntl, sys, time; file = open(sys.argv[1], 'w'); fcntl.flock(file, fcntl.LOCK_EX); print(flush=True); time.sleep(60)"


def turn_file() -> Path:
    return Path(f"{connection.settings_dict['NAME']}-turn")


def is_free() -> bool:
    with turn_file().open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
    return True


def write(slug: str) -> None:
    try:
        Organisation.objects.create(slug=slug, name=slug, kind=Organisation.Kind.PROVIDER)
    finally:
        connection.close()


@contextmanager
def another_process_writes() -> Iterator[subprocess.Popen[bytes]]:
    holder = subprocess.Popen([sys.executable, "-c", HOLDER, str(turn_file())], stdout=subprocess.PIPE)
    assert holder.stdout is not None
    holder.stdout.readline()
    try:
        yield holder
    finally:
        holder.kill()
        holder.wait()
        holder.stdout.close()


def test_a_writer_has_the_turn_while_its_transaction_lasts() -> None:
    with transaction.atomic():
        Organisation.objects.create(slug="quay", name="Quay", kind=Organisation.Kind.PROVIDER)
        assert not is_free()

    assert is_free()


def test_a_transaction_that_is_taken_back_gives_the_turn_back() -> None:
    with pytest.raises(KeyError), transaction.atomic():
        raise KeyError

    assert is_free()


def test_a_transaction_that_could_not_begin_gives_the_turn_back() -> None:
    transaction.set_autocommit(True)
    connection.ensure_connection()
    cursor = connection.connection.cursor()
    cursor.execute("BEGIN IMMEDIATE")  # Behind Django's back, so that its own BEGIN is refused.

    with pytest.raises(OperationalError), transaction.atomic():
        pass
    cursor.execute("ROLLBACK")

    assert is_free()


def test_whoever_comes_meanwhile_writes_after_it(tmp_path: Path) -> None:
    with ThreadPoolExecutor(1) as pool, another_process_writes() as holder:
        later = pool.submit(write, "later")
        assert not later.done()
        os.kill(holder.pid, signal.SIGKILL)  # Its turn ends with it.

        later.result(timeout=30)
    connections.close_all()

    assert Organisation.objects.get().slug == "later"


def test_reading_needs_no_turn() -> None:
    with another_process_writes():
        assert Organisation.objects.count() == 0


def test_one_statement_outside_of_a_transaction_takes_a_turn_too() -> None:
    begun = threading.Event()

    def end() -> None:
        begun.set()
        write("quay")

    with another_process_writes() as holder:
        thread = threading.Thread(target=end)
        thread.start()
        begun.wait(10)
        thread.join(0.2)
        assert thread.is_alive()
        holder.kill()
        thread.join(30)

    assert Organisation.objects.count() == 1
