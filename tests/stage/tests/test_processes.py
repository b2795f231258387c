"""A process is waited for by what it does, and what it said is shown when it does not do it."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import pytest

from tests.stage.processes import EndedEarly, Process, plain_environment
from tests.stage.waiting import NotInTime, until

_PARENT = "import subprocess; child = subprocess.Popen(['sleep', '60']); print(child.pid, flush=True); child.wait()"


def _python(code: str, *, folder: Path) -> Process:
    return Process("the program", [sys.executable, "-c", code], env=plain_environment(), log=folder / "log")


def test_a_program_that_ends_before_it_answers_is_shown_with_its_last_words(tmp_path: Path) -> None:
    process = _python("raise SystemExit('the lamp is broken')", folder=tmp_path)

    with pytest.raises(EndedEarly, match="the lamp is broken"):
        process.wait_until(lambda: False, what="it answers")


def test_what_does_not_happen_in_time_is_named() -> None:
    with pytest.raises(NotInTime, match="the tide"):
        until(lambda: False, within_s=0.05, what="the tide")


def test_a_killed_process_ends_by_the_signal(tmp_path: Path) -> None:
    process = _python("import time; time.sleep(60)", folder=tmp_path)

    process.kill()

    assert process.status == -signal.SIGKILL


def test_stopping_ends_also_what_the_process_has_started(tmp_path: Path) -> None:
    process = _python(_PARENT, folder=tmp_path)
    process.wait_until(lambda: process.log.read_text().endswith("\n"), what="its child runs")
    child = int(process.log.read_text())

    process.stop()

    until(lambda: _is_gone(child), within_s=10, what="the end of the child")


def _is_gone(pid: int) -> bool:
    """True where no process has this id, or where only its unread exit status is left."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    status = Path(f"/proc/{pid}/stat")
    return status.exists() and status.read_text().rpartition(") ")[2].startswith("Z")
