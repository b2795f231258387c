"""Lines that ask for much and never read it: they hold little memory, and nobody else's chat waits for them."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest
from websockets.exceptions import ConnectionClosed

from tests.stage import helpline
from tests.stage.child import LINE, Child
from tests.stage.helpline import Helpline, text_of
from tests.stage.leeward import Blank, Leeward, Role
from tests.stage.ports import LOOPBACK

pytestmark = pytest.mark.browser

DEAF = 5
LONG_WORDS, MESSAGES = b"x" * 8_000, 15
# What a deaf child asks for within the first second is some 7 MB a line; without a bound all of it would be in memory.
HELD_MB = 60
CUT_WITHIN_S = 90.0
ANSWERED_WITHIN_S = 1.0


@pytest.fixture(scope="module")
def desk(blank: Blank, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Helpline]:
    """A running Leeward with a desk, behind one proxy, so that each child has a network of its own."""
    data_dir = tmp_path_factory.mktemp("deaf")
    blank.copy_to(data_dir)
    leeward = Leeward(data_dir, env={"LEEWARD_TRUSTED_PROXIES": "1"})
    try:
        opened = helpline.opened(leeward)
        leeward.start(Role.WEB)
        yield opened
    finally:
        leeward.stop()


class DeafChild(Child):
    """A child whose computer takes in a few kilobytes and then nothing more."""

    def go_deaf(self) -> None:
        """Fill the talk with long words, and open it again on a line that will not be read."""
        self.begin()
        for _ in range(MESSAGES):
            self.ask(self.message(LONG_WORDS), answer="kept")
        self.socket.close()
        small = socket.socket()
        small.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        small.connect((LOOPBACK, self.desk.leeward.port))
        headers = {"Origin": self.desk.origin, "X-Forwarded-For": self.network}
        self.socket = self.desk.line(LINE, headers=headers, over=small)
        self.socket.send(json.dumps({"type": "open", "finder": text_of(self.finder)}))

    def asks_on(self) -> bool:
        """Ask for the whole talk once more; False where the line is cut."""
        try:
            self.socket.send(json.dumps({"type": "since", "place": 0}))
        except (ConnectionClosed, OSError):
            return False
        return True


def memory_mb(desk: Helpline) -> float:
    pid = str(desk.leeward.pid(Role.WEB))
    listed = subprocess.run(["ps", "-o", "rss=", "-p", pid], capture_output=True, text=True, check=True)
    return int(listed.stdout) / 1024


def answered_after_s(ana: Child) -> float:
    begun = time.perf_counter()
    ana.ask(ana.message(), answer="kept")
    return time.perf_counter() - begun


def test_who_never_reads_holds_little_memory_and_nobody_else_waits(desk: Helpline) -> None:
    with desk.counsellor() as nara:
        nara.wait_for(lambda frame: frame["type"] == "queue")
        ana, deaf = Child(desk), [DeafChild(desk) for _ in range(DEAF)]
        ana.begin()
        for child in deaf:
            child.go_deaf()
        before_mb, most_mb, times_s = memory_mb(desk), 0.0, list[float]()
        deadline, still = time.monotonic() + CUT_WITHIN_S, deaf
        while still and time.monotonic() < deadline:
            still = [child for child in still if child.asks_on()]
            if len(times_s) < MESSAGES:
                times_s.append(answered_after_s(ana))
            most_mb = max(most_mb, memory_mb(desk))

        assert still == [] or sys.platform != "linux"
        assert most_mb - before_mb < HELD_MB
        assert max(times_s) < ANSWERED_WITHIN_S
        assert answered_after_s(ana) < ANSWERED_WITHIN_S
        # Nobody is banned: with the code the talk is there, whole.
        back = deaf[0].come_back()
        assert len(back["messages"]) == MESSAGES
