"""A Redis server of our own: a new folder, a free port of 127.0.0.1, nothing written to disk."""

from __future__ import annotations

from pathlib import Path

from tests.stage import folders, machine
from tests.stage.ports import LOOPBACK, free_port, is_open
from tests.stage.processes import Process, plain_environment


class Redis:
    """A running server. `process.kill()` and `start` again to see what its loss does."""

    def __init__(self, binary: Path) -> None:
        self._binary = binary
        self.folder = folders.make("redis")
        self.port = free_port()
        self.process: Process | None = None

    @property
    def url(self) -> str:
        return f"redis://{LOOPBACK}:{self.port}/0"

    def start(self) -> None:
        """Start the server, empty, and wait until it answers."""
        folder = folders.must_be_ours(self.folder)
        command = [str(self._binary), "--port", str(self.port), "--bind", LOOPBACK, "--dir", str(folder)]
        command += ["--save", "", "--appendonly", "no"]
        self.process = Process("Redis", command, env=plain_environment(), log=folder / "server.log")
        self.process.wait_until(lambda: is_open(self.port), what="Redis answers")

    def close(self) -> None:
        """Stop the server and remove its folder."""
        if self.process is not None:
            self.process.stop()
        folders.remove(self.folder)


def started() -> Redis:
    """Start a new server; skip or fail the test where Redis is not installed."""
    binary = machine.program("redis-server")
    if binary is None:
        machine.missing("Redis", install=machine.REDIS)
    server = Redis(binary)
    server.start()
    return server
