"""Have a zero-knowledge proof checked by a process of its own, which ends with the check: one at a time, few that wait, and a time limit.

Nothing of the library runs in the process that asks: it is experimental, takes half a gigabyte, and reads what strangers send.
"""

from __future__ import annotations

import importlib.util
import json
import logging
import platform
import subprocess
import sys
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from leeward.age.zk import child

if TYPE_CHECKING:  # The settings of every process ask `is_possible`, and need no documents.
    from leeward.engines.mdoc import Claim

log = logging.getLogger("leeward.age")

# Isolated, so that neither a variable nor a file in the working folder decides what it imports.
_PROGRAM = (sys.executable, "-I", child.__file__)


class Busy(Exception):
    """As many proofs as may wait are waiting: take another way, or come back in a minute."""


class NotChecked(Exception):
    """The check ended without an answer: too slow, too large, or the library broke. Nothing is said of the proof; do not take it."""


@dataclass(frozen=True)
class Checker:
    """Who checks. It runs `command` for each proof, for `longest_s` at most; of those who wait, each waits `wait_s` at most.

    `waiting` counts who may wait beside the one that is checked. Each of them holds one thread of the web process.
    """

    command: tuple[str, ...] = _PROGRAM
    longest_s: float = 15.0
    wait_s: float = 5.0
    waiting: int = 2
    _turn: threading.Lock = field(default_factory=threading.Lock, init=False)
    _places: threading.BoundedSemaphore = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_places", threading.BoundedSemaphore(1 + self.waiting))

    def holds(self, claim: Claim, *, doctype: str, namespace: str, transcript: bytes) -> bool:
        """Say whether the proof of a claim holds for the request of `transcript`. Raises `Busy` and `NotChecked`."""
        order = {
            "doctype": doctype,
            "namespace": namespace,
            "element": claim.element,
            "signer": claim.signer.hex(),
            "made_at": claim.made_at.isoformat(),
            "transcript": transcript.hex(),
        }
        if not self._places.acquire(blocking=False):
            raise Busy
        try:
            return self._in_turn(json.dumps(order).encode() + b"\n" + claim.proof)
        finally:
            self._places.release()

    def _in_turn(self, sent: bytes) -> bool:
        if not self._turn.acquire(timeout=self.wait_s):
            raise Busy
        try:
            return self._answer(sent)
        finally:
            self._turn.release()

    def _answer(self, sent: bytes) -> bool:
        try:
            ended = subprocess.run(  # noqa: S603  # our own program; what strangers sent is its input
                self.command,
                input=sent,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                # No secret of ours stands in its environment.
                env={},
                cwd="/",
                timeout=self.longest_s,
                check=False,
            )
        except (subprocess.TimeoutExpired, OSError) as problem:
            raise _no_answer(type(problem).__name__) from None
        if ended.returncode not in set(child.Answer):
            raise _no_answer(f"status {ended.returncode}")
        return ended.returncode == child.Answer.HOLDS


def _no_answer(error: str) -> NotChecked:
    log.warning("zero-knowledge proof not checked", extra={"task": "zk", "error": error})
    return NotChecked()


checker = Checker()


def is_possible() -> bool:
    """True where the library is installed, which there is for Linux on x86-64 only."""
    fits = sys.platform == "linux" and platform.machine() == "x86_64"
    return fits and importlib.util.find_spec("pylongfellow") is not None
