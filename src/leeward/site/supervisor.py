"""Keep the processes of one machine running: start each, start it again when it dies, stop all on Ctrl-C."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

log = logging.getLogger("leeward.supervisor")
_LOOK_S = 0.2
_STOP_S = 9.0
_LONGEST_WAIT_S = 30.0
_STEADY_S = 60.0


@dataclass
class Child:
    """One process to be kept: its role and the command that starts it."""

    role: str
    command: Sequence[str]
    process: subprocess.Popen[bytes] | None = None
    failures: int = 0
    start_at: float = 0.0
    started_at: float = 0.0

    def tend(self, *, now: float) -> None:
        """Start the process where it is due, and note when it died."""
        if self.process is None:
            if now >= self.start_at:
                self.started_at = now
                # A session of its own: Ctrl-C reaches the supervisor, which stops the children in order.
                self.process = subprocess.Popen(self.command, start_new_session=True)  # noqa: S603  # our own commands
            return
        code = self.process.poll()
        if code is not None:
            self.failures = 1 if now - self.started_at > _STEADY_S else self.failures + 1
            self.start_at = now + min(_LONGEST_WAIT_S, 0.25 * 2.0 ** (self.failures - 1))
            self.process = None
            log.error("process ended and is started again", extra={"role": self.role, "status": code})


@dataclass
class Supervisor:
    """The children of one `leeward serve`."""

    children: list[Child] = field(default_factory=list)

    def run(self, stop: threading.Event) -> None:
        """Keep all running until told to stop; then stop all, web first, and wait for them."""
        try:
            while not stop.is_set():
                for child in self.children:
                    child.tend(now=time.monotonic())
                stop.wait(_LOOK_S)
        finally:
            self.stop()

    def stop(self) -> None:
        running = [child.process for child in self.children if child.process is not None]
        for process in running:
            process.send_signal(signal.SIGTERM)
        deadline = time.monotonic() + _STOP_S
        for process in running:
            try:
                process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def leeward(*words: str) -> list[str]:
    """Return the command line of a `leeward` command run by this Python."""
    return [sys.executable, "-m", "leeward", *words]


def everything(*, host: str, port: int, webs: int, with_dns: bool, with_radius: bool) -> Supervisor:
    """Return a supervisor for every role on one machine, with so many web processes on the one port."""
    parent = ["--parent", str(os.getpid())]
    children = [
        Child("sequencer", leeward("sequencer", *parent)),
        Child("worker", leeward("worker", *parent)),
        Child("policy", leeward("policy", *parent)),
        Child("index", leeward("index", *parent)),
        Child("exchange", leeward("exchange", *parent)),
    ]
    web = leeward("web", "--host", host, "--port", str(port), *(["--share-port"] if webs > 1 else []), *parent)
    children += [Child("web", web) for _ in range(webs)]
    if with_dns:
        children.append(Child("dns", leeward("dns", *parent)))
    if with_radius:
        children.append(Child("radius", leeward("radius", *parent)))
    return Supervisor(children)
