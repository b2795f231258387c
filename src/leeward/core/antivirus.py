"""Ask a clamd whether a file is harmful: its INSTREAM command, over TCP or a Unix socket.

Source: clamd(8), section COMMANDS. The bytes go over the connection and are never named, so that clamd writes no path down.
"""

from __future__ import annotations

import contextlib
import socket
import struct
from collections.abc import Iterator
from enum import StrEnum

from leeward.core import config
from leeward.core.settings import WrongSetting

_CHUNK_BYTES = 1 << 16
_ANSWER_BYTES = 4096
# Each wait for the connection, for a chunk to be taken and for the answer; a scan of some megabytes takes well under a second.
TIMEOUT_S = 30.0
_UNIX = "unix:"


class Verdict(StrEnum):
    """What is known of a file: nothing, because no scanner is set up; nothing was found in it; or it is harmful."""

    NOT_SCANNED = ""
    CLEAN = "clean"
    INFECTED = "infected"


class ScannerAway(Exception):
    """The scanner that is set up gave no verdict: see that clamd runs at LEEWARD_CLAMAV, and try again."""


def scan(data: bytes) -> Verdict:
    """Return what clamd says of `data`, or `NOT_SCANNED` where LEEWARD_CLAMAV is empty.

    Raises `ScannerAway`, which is no verdict: keep the file closed and ask again.
    """
    place = config.current().intake.clamav
    if not place:
        return Verdict.NOT_SCANNED
    try:
        with _connected(place) as connection:
            return _verdict(_asked(connection, data))
    except OSError as error:
        raise ScannerAway(f"clamd at LEEWARD_CLAMAV: {type(error).__name__}; is it running there?") from None


@contextlib.contextmanager
def _connected(place: str) -> Iterator[socket.socket]:
    if place.startswith(_UNIX):
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(TIMEOUT_S)
            connection.connect(place.removeprefix(_UNIX))
            yield connection
        return
    host, colon, port = place.rpartition(":")
    if not (host and colon and port.isascii() and port.isdecimal() and 0 < int(port) < 1 << 16):
        raise WrongSetting("LEEWARD_CLAMAV must be host:port or unix:/path; correct it and start again")
    with socket.create_connection((host.strip("[]"), int(port)), timeout=TIMEOUT_S) as connection:
        yield connection


def _asked(connection: socket.socket, data: bytes) -> bytes:
    # Where clamd has enough before the end, it answers and closes; its answer then says more than the broken connection.
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):
        connection.sendall(b"zINSTREAM\0")
        for start in range(0, len(data), _CHUNK_BYTES):
            chunk = data[start : start + _CHUNK_BYTES]
            connection.sendall(struct.pack(">I", len(chunk)) + chunk)
        connection.sendall(struct.pack(">I", 0))
    answer = b""
    while b"\0" not in answer and len(answer) < _ANSWER_BYTES and (part := connection.recv(_ANSWER_BYTES)):
        answer += part
    return answer


def _verdict(answer: bytes) -> Verdict:
    if answer == b"stream: OK\0":
        return Verdict.CLEAN
    # Before it stands the name of the signature, which may say what the file shows, so it goes no further.
    if answer.endswith(b" FOUND\0"):
        return Verdict.INFECTED
    if b"size limit exceeded" in answer:
        raise ScannerAway("clamd takes no file of this size; raise StreamMaxLength in clamd.conf")
    raise ScannerAway("clamd gave no verdict; look into its log")
