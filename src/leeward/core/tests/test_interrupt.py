"""Ctrl-C during the demo is never lost."""

from __future__ import annotations

import subprocess
import sys

LOST_IN_A_DESTRUCTOR = """
import os, signal
from leeward.core import interrupt

class Pressed:
    def __del__(self):
        os.kill(os.getpid(), signal.SIGINT)
        sum(range(1000))  # a place for Python to call the handler while it is still here

interrupt.listen()
interrupt.heed()
Pressed()
print("went on", flush=True)
try:
    interrupt.heed()
except KeyboardInterrupt:
    print("heeded")
"""


def test_ctrl_c_that_a_destructor_swallowed_is_heeded_at_the_next_turn() -> None:
    done = subprocess.run(
        [sys.executable, "-c", LOST_IN_A_DESTRUCTOR], check=False, capture_output=True, text=True, timeout=60
    )

    assert done.stdout.split("\n")[:2] == ["went on", "heeded"], done.stderr
