"""A hand inside a Leeward: a process that calls its services, one line of JSON at a time, where a page would be too slow to start."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from typing import Any, Self

from tests.stage.leeward import Leeward

# What every line of code finds. `at` is the present; `said` is what the line answers; `done_ns` is by the clock that does not jump.
_LOOP = """
import json, sys, time
from django.utils import timezone
found = {}
for line in sys.stdin:
    at, said = timezone.now(), None
    found |= {"at": at, "said": None}
    exec(json.loads(line), found)
    print("hand:" + json.dumps([found["said"], time.monotonic_ns()]), flush=True)
"""


class Hand:
    """Runs code inside a Leeward. What one line defines, the next one finds."""

    def __init__(self, leeward: Leeward) -> None:
        self.done_ns = 0
        self._process = subprocess.Popen(
            [sys.executable, "-m", "leeward", "shell", "--verbosity=0", "--command", _LOOP],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=leeward.env,
            text=True,
        )

    def run(self, code: str) -> Any:
        """Run some lines, and return what they left in `said`."""
        if self._process.stdin is None or self._process.stdout is None:
            raise BrokenPipeError
        print(json.dumps(code), file=self._process.stdin, flush=True)
        for line in self._process.stdout:
            if line.startswith("hand:"):
                said, self.done_ns = json.loads(line.removeprefix("hand:"))
                return said
        raise RuntimeError(f"the hand ended with {self._process.wait()}")

    def since_ms(self) -> float:
        """Return the milliseconds since the last line was done."""
        return (time.monotonic_ns() - self.done_ns) / 1e6

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._process.stdin is not None:
            self._process.stdin.close()
        if self._process.stdout is not None:
            self._process.stdout.close()
        self._process.wait(20)
