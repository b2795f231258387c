"""Keep the processes of one machine running: start each, start it again when it dies, stop all on Ctrl-C.

Each is forked from this process, which has loaded what all need (ADR 0029). On macOS, where frameworks do not
bear that, it is started anew.
"""

from __future__ import annotations

import gc
import logging
import multiprocessing
import os
import signal
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from multiprocessing.context import ForkContext, ForkProcess, SpawnContext, SpawnProcess

from setproctitle import setproctitle

from leeward.site import cli

log = logging.getLogger("leeward.supervisor")
_LOOK_S = 0.2
_STOP_S = 9.0
_LONGEST_WAIT_S = 30.0
_STEADY_S = 60.0
_TOLD_TO_STOP = {signal.SIGTERM, signal.SIGINT}
FORK, SPAWN = multiprocessing.get_context("fork"), multiprocessing.get_context("spawn")


@dataclass
class Child:
    """One process to be kept: the words of the `leeward` command that it runs, of which the first is its role."""

    words: Sequence[str]
    process: ForkProcess | SpawnProcess | None = None
    failures: int = 0
    start_at: float = 0.0
    started_at: float = 0.0

    def tend(self, context: ForkContext | SpawnContext, *, now: float) -> None:
        """Start the process where it is due, and note when it died."""
        if self.process is None:
            if now >= self.start_at:
                self.started_at = now
                self.process = _started(self.words, context)
            return
        code = self.process.exitcode
        if code is not None:
            self.failures = 1 if now - self.started_at > _STEADY_S else self.failures + 1
            self.start_at = now + min(_LONGEST_WAIT_S, 0.25 * 2.0 ** (self.failures - 1))
            self.process = None
            log.error("process ended and is started again", extra={"role": self.words[0], "status": code})


def _started(words: Sequence[str], context: ForkContext | SpawnContext) -> ForkProcess | SpawnProcess:
    process = context.Process(target=_become, args=(tuple(words),), name=words[0])
    # Until the child has forgotten this process's handlers, a signal to it waits.
    signal.pthread_sigmask(signal.SIG_BLOCK, _TOLD_TO_STOP)
    try:
        process.start()
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _TOLD_TO_STOP)
    return process


def _become(words: tuple[str, ...]) -> None:
    """Go on as `leeward WORDS`, in a session of its own: Ctrl-C reaches the supervisor, which stops the children in order."""
    os.setsid()
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _TOLD_TO_STOP)
    sys.argv = ["leeward", *words]
    setproctitle(" ".join(sys.argv))
    cli.main()


@dataclass
class Supervisor:
    """The children of one `leeward serve`."""

    children: list[Child]
    context: ForkContext | SpawnContext = FORK if sys.platform == "linux" else SPAWN

    def run(self, stop: threading.Event) -> None:
        """Keep all running until told to stop; then stop all, web first, and wait for them."""
        # What the collector never walks through stays shared with the children.
        gc.collect()
        gc.freeze()
        try:
            while not stop.is_set():
                for child in self.children:
                    child.tend(self.context, now=time.monotonic())
                stop.wait(_LOOK_S)
        finally:
            self.stop()

    def stop(self) -> None:
        running = [child.process for child in self.children if child.process is not None]
        for process in running:
            process.terminate()
        deadline = time.monotonic() + _STOP_S
        for process in running:
            process.join(max(0.1, deadline - time.monotonic()))
            if process.exitcode is None:
                process.kill()
                process.join()


def everything(*, host: str, port: int, webs: int, with_dns: bool, with_radius: bool) -> Supervisor:
    """Return a supervisor for every role on one machine, with so many web processes on the one port."""
    parent = ["--parent", str(os.getpid())]
    children = [Child([role, *parent]) for role in ("sequencer", "worker", "policy", "index", "exchange")]
    web = ["web", "--host", host, "--port", str(port), *(["--share-port"] if webs > 1 else []), *parent]
    children += [Child(web) for _ in range(webs)]
    if with_dns:
        children.append(Child(["dns", *parent]))
    if with_radius:
        children.append(Child(["radius", *parent]))
    return Supervisor(children)
