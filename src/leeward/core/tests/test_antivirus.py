"""Files go to a clamd as its manual says, and whatever is no clear answer is no verdict."""

from __future__ import annotations

import dataclasses
import socket
import struct
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from leeward.core import antivirus, config
from leeward.core.antivirus import Verdict
from leeward.core.settings import WrongSetting

HARMFUL = b"a word that this scanner calls harmful"
TAKES_BYTES = 1 << 20


class Scanner(threading.Thread):
    """A scanner that speaks clamd's INSTREAM, after clamd(8), and keeps what it was sent. One connection at a time."""

    def __init__(self, listening: socket.socket) -> None:
        super().__init__(daemon=True)
        self.listening, self.seen = listening, list[bytes]()

    def run(self) -> None:
        while True:
            try:
                connection, _ = self.listening.accept()
            except OSError:
                return
            with connection, connection.makefile("rb") as stream:
                connection.sendall(self.answer(stream) + b"\0")

    def answer(self, stream: Any) -> bytes:
        if stream.read(10) != b"zINSTREAM\0":
            return b"UNKNOWN COMMAND"
        data = b""
        while length := struct.unpack(">I", stream.read(4))[0]:
            if len(data) + length > TAKES_BYTES:
                return b"INSTREAM size limit exceeded. ERROR"
            data += stream.read(length)
        self.seen.append(data)
        return b"stream: Made.Up.Name FOUND" if HARMFUL in data else b"stream: OK"


@contextmanager
def listening(at: Any = ("127.0.0.1", 0), *, family: int = socket.AF_INET) -> Iterator[socket.socket]:
    with socket.socket(family) as place:
        place.bind(at)
        place.listen()
        yield place
        # Wakes the thread that waits for the next connection, which closing alone does not.
        place.shutdown(socket.SHUT_RDWR)


def address_of(place: socket.socket) -> str:
    return f"127.0.0.1:{place.getsockname()[1]}"


@pytest.fixture
def scanner(set_up: Callable[[str], None]) -> Iterator[Scanner]:
    """A scanner over TCP, which is set up."""
    with listening() as place:
        scanner = Scanner(place)
        scanner.start()
        set_up(address_of(place))
        yield scanner
    scanner.join(10)


@pytest.fixture
def set_up(settings: Any) -> Callable[[str], None]:
    """Set LEEWARD_CLAMAV."""

    def to(place: str) -> None:
        current = config.current()
        settings.LEEWARD = dataclasses.replace(current, intake=dataclasses.replace(current.intake, clamav=place))

    return to


def test_without_a_scanner_nothing_is_scanned_and_nothing_is_called_clean() -> None:
    assert antivirus.scan(HARMFUL) == Verdict.NOT_SCANNED


@pytest.mark.parametrize("size_bytes", [0, 1, 65_535, 65_536, 65_537, 300_000])
def test_every_byte_arrives_and_a_file_in_which_nothing_is_found_is_clean(scanner: Scanner, size_bytes: int) -> None:
    data = bytes(number % 251 for number in range(size_bytes))

    assert antivirus.scan(data) == Verdict.CLEAN
    assert scanner.seen == [data]


def test_a_file_in_which_something_is_found_is_infected(scanner: Scanner) -> None:
    assert antivirus.scan(bytes(100_000) + HARMFUL) == Verdict.INFECTED


def test_a_unix_socket_does_as_well(set_up: Callable[[str], None]) -> None:
    with tempfile.TemporaryDirectory() as folder:  # Its name is short, as that of a socket must be.
        path = Path(folder) / "clamd"
        with listening(str(path), family=socket.AF_UNIX) as place:
            Scanner(place).start()
            set_up(f"unix:{path}")

            assert [antivirus.scan(data) for data in (b"words", HARMFUL)] == [Verdict.CLEAN, Verdict.INFECTED]


@pytest.mark.parametrize("size_bytes", [TAKES_BYTES + 1, TAKES_BYTES * 20])
def test_a_file_that_is_too_large_for_the_scanner_is_not_called_clean(scanner: Scanner, size_bytes: int) -> None:
    with pytest.raises(antivirus.ScannerAway, match=r"StreamMaxLength|ConnectionReset"):
        antivirus.scan(bytes(size_bytes))


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"\0",
        b"UNKNOWN COMMAND\0",
        b"stream: Can't allocate memory ERROR\0",
        b"stream: OK",
        b"stream: OKAY\0",
        b"stream: Made.Up.Name FOUND",
        b"FOUND\0",
        b"x" * 100_000,
    ],
)
def test_what_is_no_whole_answer_is_no_verdict(answer: bytes, set_up: Callable[[str], None]) -> None:
    with listening() as place:
        set_up(address_of(place))
        answering = threading.Thread(target=answers, args=(place, answer))
        answering.start()

        with pytest.raises(antivirus.ScannerAway):
            antivirus.scan(b"words")
        answering.join(10)


def answers(place: socket.socket, answer: bytes) -> None:
    """Read one request to its end and say what the test wants to hear said."""
    connection, _ = place.accept()
    with connection, connection.makefile("rb") as stream:
        assert stream.read(len(b"zINSTREAM\0") + 4 + len(b"words") + 4)
        connection.sendall(answer)


def hangs_up(place: socket.socket) -> None:
    connection, _ = place.accept()
    connection.close()


def test_a_scanner_that_hangs_up_at_once_is_away(set_up: Callable[[str], None]) -> None:
    with listening() as place:
        set_up(address_of(place))
        hanging_up = threading.Thread(target=hangs_up, args=(place,))
        hanging_up.start()

        with pytest.raises(antivirus.ScannerAway):
            antivirus.scan(bytes(5_000_000))
        hanging_up.join(10)


def test_a_scanner_that_never_answers_is_away(set_up: Callable[[str], None], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(antivirus, "TIMEOUT_S", 0.05)
    with listening() as place:
        set_up(address_of(place))

        with pytest.raises(antivirus.ScannerAway, match="TimeoutError"):
            antivirus.scan(b"words")


def test_where_nobody_listens_the_scanner_is_away_and_the_error_says_where_to_look(
    set_up: Callable[[str], None],
) -> None:
    with listening() as place:
        address = address_of(place)
    set_up(address)

    with pytest.raises(antivirus.ScannerAway, match="LEEWARD_CLAMAV") as caught:
        antivirus.scan(b"words")
    assert "words" not in str(caught.value)


def test_no_socket_file_is_a_scanner_that_is_away(set_up: Callable[[str], None], tmp_path: Path) -> None:
    set_up(f"unix:{tmp_path}/clamd")

    with pytest.raises(antivirus.ScannerAway, match="LEEWARD_CLAMAV"):
        antivirus.scan(b"words")


@pytest.mark.parametrize(
    "place", ["clamd", "127.0.0.1", "127.0.0.1:", ":3310", "127.0.0.1:0", "127.0.0.1:66000", "a:b"]
)
def test_a_place_that_cannot_be_one_is_a_wrong_setting(place: str, set_up: Callable[[str], None]) -> None:
    set_up(place)

    with pytest.raises(WrongSetting, match="LEEWARD_CLAMAV must be host:port or unix:/path"):
        antivirus.scan(b"words")


def test_an_address_of_ipv6_stands_in_brackets(set_up: Callable[[str], None]) -> None:
    with listening(("::1", 0), family=socket.AF_INET6) as place:
        Scanner(place).start()
        set_up(f"[::1]:{place.getsockname()[1]}")

        assert antivirus.scan(b"words") == Verdict.CLEAN
