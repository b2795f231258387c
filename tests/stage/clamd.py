"""A clamd of our own: a new folder, a free port of 127.0.0.1, and one signature that the test writes, so nothing is downloaded."""

from __future__ import annotations

from pathlib import Path

from tests.stage import folders, machine
from tests.stage.ports import LOOPBACK, free_port, is_open
from tests.stage.processes import Process, plain_environment

CLAMAV = "sudo apt-get install clamav-daemon (Debian, Ubuntu) or brew install clamav (macOS)"
_SBIN = (Path("/usr/sbin"), Path("/opt/homebrew/sbin"), Path("/usr/local/sbin"))
_SETTINGS = """\
Foreground yes
DatabaseDirectory {folder}/signatures
TemporaryDirectory {folder}
TCPAddr {loopback}
TCPSocket {port}
LocalSocket {folder}/socket
StreamMaxLength {stream_bytes}
SelfCheck 86400
"""
STREAM_BYTES = 4_000_000


class Clamd:
    """A running scanner that finds one thing only. `process.kill()` and `start` again to see what its loss does."""

    def __init__(self, binary: Path, *, finds: bytes) -> None:
        self._binary = binary
        self.folder = folders.make("clamd")
        self.port = free_port()
        self.process: Process | None = None
        signatures = self.folder / "signatures"
        signatures.mkdir()
        # Name, any kind of file, anywhere in it: https://docs.clamav.net/manual/Signatures/ExtendedSignatures.html
        (signatures / "tests.ndb").write_text(f"Made.Up.Name:0:*:{finds.hex()}\n", encoding="ascii")
        settings = _SETTINGS.format(folder=self.folder, loopback=LOOPBACK, port=self.port, stream_bytes=STREAM_BYTES)
        (self.folder / "clamd.conf").write_text(settings, encoding="utf-8")

    @property
    def tcp(self) -> str:
        return f"{LOOPBACK}:{self.port}"

    @property
    def unix(self) -> str:
        return f"unix:{self.folder}/socket"

    def start(self) -> None:
        """Start the scanner and wait until it answers."""
        folder = folders.must_be_ours(self.folder)
        command = [str(self._binary), f"--config-file={folder}/clamd.conf"]
        self.process = Process("clamd", command, env=plain_environment(), log=folder / "server.log")
        self.process.wait_until(lambda: is_open(self.port), what="clamd answers")

    def close(self) -> None:
        """Stop the scanner and remove its folder."""
        if self.process is not None:
            self.process.stop()
        folders.remove(self.folder)


def started(*, finds: bytes) -> Clamd:
    """Start a new scanner; skip or fail the test where clamd is not installed."""
    binary = machine.program("clamd", beside=_SBIN)
    if binary is None:
        machine.missing("clamd", install=CLAMAV)
    scanner = Clamd(binary, finds=finds)
    scanner.start()
    return scanner
