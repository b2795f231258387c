"""Processes of their own, each with a log file, which end at the latest with the test that started them."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from tests.stage.waiting import NotInTime, until

START_S = 60.0
STOP_S = 20.0
_TAIL_LINES = 25


class EndedEarly(Exception):
    """A process ended while it was waited for. The message holds the last lines of its log."""


def plain_environment() -> dict[str, str]:
    """Return this process's environment without anything that would steer Leeward, Django or PostgreSQL."""
    ours = ("LEEWARD_", "DJANGO_", "PG", "PYTEST_", "PROMETHEUS_")
    return {name: value for name, value in os.environ.items() if not name.startswith(ours)}


def children_of(parent: int) -> list[tuple[int, str]]:
    """Return pid and title of every process that one has started and that has not ended."""
    listed = subprocess.run(["ps", "-A", "-o", "pid=,ppid=,stat=,args="], capture_output=True, text=True, check=True)
    rows = [line.split(maxsplit=3) for line in listed.stdout.splitlines()]
    return [(int(pid), rest[0]) for pid, ppid, stat, *rest in rows if int(ppid) == parent and stat[0] != "Z" and rest]


class Process:
    """One started program. It leads a session of its own, so that `stop` can also end what it has started."""

    def __init__(
        self, name: str, command: Sequence[str], *, env: Mapping[str, str], log: Path, user: str | None = None
    ) -> None:
        self.name, self.log = name, log
        with log.open("ab") as out:
            self._process = subprocess.Popen(
                list(command),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                env=dict(env),
                user=user,
                group=user,
                extra_groups=[] if user else None,
                cwd="/" if user else None,
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def is_alive(self) -> bool:
        return self._process.poll() is None

    @property
    def status(self) -> int | None:
        """How it ended: the exit status, minus the signal's number where one ended it, or None while it runs."""
        return self._process.poll()

    def wait_until(self, predicate: Callable[[], object], *, what: str, within_s: float = START_S) -> None:
        """Wait for `predicate`; raise `EndedEarly` or `NotInTime`, with the end of the log, where it does not come."""

        def holds() -> bool:
            if predicate():
                return True
            if not self.is_alive:
                raise EndedEarly(f"{self.name} ended with {self.status} before {what}\n{self.tail()}")
            return False

        try:
            until(holds, within_s=within_s, what=what)
        except NotInTime as late:
            raise NotInTime(f"{late}\n{self.tail()}") from None

    def wait_until_ended(self, *, within_s: float = STOP_S) -> int:
        """Wait until the process has ended by itself and return its status."""
        until(lambda: not self.is_alive, within_s=within_s, what=f"the end of {self.name}")
        return self._process.wait()

    def kill(self) -> None:
        """End this one process at once with SIGKILL, as a crash would; what it has started lives on."""
        self._process.kill()
        self._process.wait()

    def kill_session(self) -> None:
        """End this process and everything that it has started at once with SIGKILL."""
        os.killpg(self.pid, signal.SIGKILL)
        self._process.wait()

    def ask_to_end(self, number: signal.Signals = signal.SIGTERM) -> None:
        """Send a signal and do not wait."""
        if self.is_alive:
            self._process.send_signal(number)

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Ask the process to end, wait for it, then end everything that it has left behind; return its status."""
        self.ask_to_end(number)
        try:
            self._process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
        with contextlib.suppress(ProcessLookupError, PermissionError):  # Nobody is left; macOS says it the second way.
            os.killpg(self.pid, signal.SIGKILL)
        return self._process.wait()

    def tail(self) -> str:
        """Return the last lines of the log."""
        lines = self.log.read_text(encoding="utf-8", errors="replace").splitlines()
        return "\n".join([f"end of {self.log}:", *lines[-_TAIL_LINES:]])
