"""`leeward serve` keeps its processes, however they are started, and shares with them what it has loaded."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import pytest

from tests.stage.leeward import Leeward, Role
from tests.stage.ports import free_port, is_open
from tests.stage.processes import Process, children_of, plain_environment
from tests.stage.waiting import until

KEEP_A_RESOLVER = """
import os, sys
from leeward.core import roles
from leeward.site import supervisor
if __name__ == "__main__":
    dns = supervisor.Child(["dns", "--port", sys.argv[2], "--parent", str(os.getpid())])
    roles.run(supervisor.Supervisor([dns], getattr(supervisor, sys.argv[1])).run, parent=None)
"""


@pytest.mark.parametrize(
    "way", [pytest.param("FORK", marks=pytest.mark.skipif(sys.platform != "linux", reason="Linux")), "SPAWN"]
)
def test_who_is_killed_is_started_again_and_who_is_told_to_stop_ends_all(way: str, tmp_path: Path) -> None:
    program, port = tmp_path / "keep.py", free_port()
    program.write_text(KEEP_A_RESOLVER)
    env = plain_environment() | {"LEEWARD_DATA_DIR": str(tmp_path)}
    keeper = Process("keeper", [sys.executable, str(program), way, str(port)], env=env, log=tmp_path / "log")
    try:
        keeper.wait_until(lambda: is_open(port), what="it resolves")
        (first,) = titled("leeward dns ", keeper.pid)

        os.kill(first, signal.SIGKILL)

        until(lambda: titled("leeward dns ", keeper.pid) not in ([], [first]), within_s=30, what="another one runs")
        keeper.wait_until(lambda: is_open(port), what="it resolves again")
        (second,) = titled("leeward dns ", keeper.pid)
        keeper.ask_to_end()
        assert keeper.wait_until_ended(within_s=15) == 0
        with pytest.raises(ProcessLookupError):
            os.kill(second, 0)
    finally:
        keeper.stop()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells who shares what")
def test_processes_share_what_was_loaded(embedded: Leeward) -> None:
    embedded.start(Role.SERVE)

    own = {role: shares(embedded.pid(role)) for role in (Role.SEQUENCER, Role.POLICY, Role.EXCHANGE)}

    # Started each by itself, 90 of their 120 MB were their own.
    assert all(part < 0.5 for part in own.values()), own


def shares(pid: int) -> float:
    """Return what part of its memory a process would free by ending."""
    rows = [line.split() for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]]
    kib = {row[0]: int(row[1]) for row in rows}
    return (kib["Private_Clean:"] + kib["Private_Dirty:"]) / kib["Rss:"]


def titled(words: str, parent: int) -> list[int]:
    return [pid for pid, title in children_of(parent) if title.startswith(words)]
