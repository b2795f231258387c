"""`leeward demo`, the first command of a newcomer: it tells the story, can be told again, and leaves nothing behind."""

from __future__ import annotations

import re
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from tests.stage.ages import cookies_of, show_age, written
from tests.stage.ports import LOOPBACK, free_port, is_open
from tests.stage.processes import Process, plain_environment

TOLD_WITHIN_S = 120.0  # "in under two minutes including set-up", issue 2.
STOPPED_WITHIN_S = 150.0
LIMIT_MS = 2000
ROW = re.compile(r"^│ (\S.*?) +│ +([\d,]+) ms │ (\S.*?) +│$", re.MULTILINE)
DOORS = ["upload of a changed copy", "host name at the resolver", "TAXII 2.1 client", "provider's own system"]

CODE = re.compile(r"\b[0-9A-F]{4}(?:-[0-9A-F]{4}){2}\b")

type Start = Callable[..., Process]


@dataclass(frozen=True)
class Place:
    """Where one demo plays: its folder and its three ports."""

    folder: Path
    site: int
    provider: int
    dns: int

    @property
    def words(self) -> list[str]:
        ports = {"--site-port": self.site, "--provider-port": self.provider, "--dns-port": self.dns}
        return [str(word) for pair in ports.items() for word in pair]


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path / "demo", free_port(), free_port(), free_port())


@pytest.fixture
def start(place: Place, tmp_path: Path) -> Iterator[Start]:
    """Start a demo; whatever it left behind is ended with the test."""
    started: list[Process] = []

    def start(*words: str) -> Process:
        own = {"LEEWARD_DATA_DIR": str(place.folder), "COLUMNS": "200", "PYTHONUNBUFFERED": "1"}
        command = [sys.executable, "-m", "leeward", "demo", *place.words, *words]
        log = tmp_path / f"demo-{len(started)}.log"
        started.append(Process("leeward demo", command, env=plain_environment() | own, log=log))
        return started[-1]

    yield start
    for process in started:
        process.stop()


def printed(process: Process) -> str:
    return process.log.read_text(encoding="utf-8")


def descendants(pid: int) -> set[tuple[int, str]]:
    """Return pid and command of everything that a process has started, and that those have started."""
    children: dict[int, list[tuple[int, str]]] = {}
    for own, parent, command in living():
        children.setdefault(parent, []).append((own, command))
    found, to_ask = set(), [pid]
    while to_ask:
        young = children.get(to_ask.pop(), [])
        found |= set(young)
        to_ask += [own for own, _ in young]
    return found


def living() -> list[tuple[int, int, str]]:
    """Return pid, parent and command of every process that has not ended."""
    listed = subprocess.run(["ps", "-A", "-o", "pid=,ppid=,stat=,args="], capture_output=True, text=True, check=True)
    rows = [line.split(maxsplit=3) for line in listed.stdout.splitlines()]
    return [(int(pid), int(parent), rest[0]) for pid, parent, stat, *rest in rows if not stat.startswith("Z") and rest]


def test_it_tells_the_whole_story_twice_in_a_row(start: Start) -> None:
    receipts = set()
    for _ in range(2):
        demo = start("--once")

        assert demo.wait_until_ended(within_s=TOLD_WITHIN_S) == 0, demo.tail()

        rows = ROW.findall(printed(demo))
        assert [name for name, _, _ in rows] == DOORS * 2, "four effects, and the same four lifted"
        assert max(int(ms.replace(",", "")) for _, ms, _ in rows) <= LIMIT_MS
        assert min(int(ms.replace(",", "")) for _, ms, _ in rows) > 0
        assert [what.split()[0] for _, _, what in rows] == [
            *("refused:", "leads", "sees", "signed"),
            *("stored", "no", "withdrawn:", "signed"),
        ]
        assert "was so before" not in printed(demo)
        receipts |= set(re.findall(r"Her receipt: ((?:\d{4} ?){4})", printed(demo)))
    assert len(receipts) == 2, "each time it is a new report and not a text that is printed"


def test_it_stays_up_until_ctrl_c_and_leaves_no_process_behind(start: Start, place: Place) -> None:
    demo = start()
    demo.wait_until(
        lambda: "Ctrl-C stops everything" in printed(demo), what="the story is told", within_s=TOLD_WITHIN_S
    )
    mine = descendants(demo.pid)
    assert {role for role in ("web", "worker", "sequencer", "policy", "dns") if runs(role, mine)} == {
        *("web", "worker", "sequencer", "policy", "dns")
    }
    for path in ("/", "/report/", "/r/", "/health/ready"):
        assert httpx.get(f"http://localhost:{place.site}{path}", timeout=10).status_code == 200, path
    first_page = httpx.get(f"http://localhost:{place.site}/", timeout=10).text
    assert all(photo in first_page for photo in ("chelsea", "coffee", "hubble", "rocket"))
    old_enough, too_young = CODE.findall(printed(demo))
    assert "We learned «yes» and nothing else" in older_half(place, old_enough)
    assert "You did nothing wrong." in older_half(place, too_young)

    demo.ask_to_end(signal.SIGINT)

    assert demo.wait_until_ended(within_s=STOPPED_WITHIN_S) == 0, demo.tail()
    assert mine & {(pid, command) for pid, _, command in living()} == set()
    assert [is_open(port) for port in (place.site, place.provider, place.dns)] == [False] * 3
    assert "Traceback" not in printed(demo)


def older_half(place: Place, code: str) -> str:
    """Go to the provider's page for those over 16, show the code where it leads, and return what is seen in the end."""
    page = f"http://localhost:{place.provider}/older/"
    led = httpx.get(page, timeout=20)
    assert (led.status_code, "yes" in led.text) == (302, False), "nothing of the page comes before"
    back = show_age(f"http://localhost:{place.site}", led.headers["location"], code)
    if back.status_code != 302:
        return back.text
    came = httpx.get(back.headers["location"], headers={"Cookie": written(cookies_of(led))}, timeout=20)
    return httpx.get(page, headers={"Cookie": written(cookies_of(came))}, timeout=20).text


def runs(role: str, processes: set[tuple[int, str]]) -> bool:
    return any(f"leeward {role} " in command for _, command in processes)


def test_ctrl_c_while_it_still_starts_leaves_no_process_behind(start: Start) -> None:
    demo = start()
    demo.wait_until(lambda: len(descendants(demo.pid)) > 2, what="Leeward's own processes are being started")
    mine = descendants(demo.pid)

    demo.ask_to_end(signal.SIGINT)

    assert demo.wait_until_ended(within_s=STOPPED_WITHIN_S) == 128 + signal.SIGINT
    assert mine & {(pid, command) for pid, _, command in living()} == set()
    assert "Traceback" not in printed(demo)


def test_it_refuses_a_folder_that_it_did_not_make(start: Start, place: Place) -> None:
    place.folder.mkdir()
    (place.folder / "diary.txt").write_text("mine")

    demo = start("--once")

    assert demo.wait_until_ended(within_s=TOLD_WITHIN_S) == 1
    assert f"{place.folder} holds something that the demo did not make" in printed(demo)
    assert [kept.name for kept in place.folder.iterdir()] == ["diary.txt"]


@pytest.mark.parametrize("door", ["site", "provider", "dns"])
def test_it_says_which_port_is_taken_and_how_to_choose_another(door: str, start: Start, place: Place) -> None:
    port: int = getattr(place, door)
    with socket.socket() as other:
        other.bind((LOOPBACK, port))
        other.listen()

        demo = start("--once")

        assert demo.wait_until_ended(within_s=TOLD_WITHIN_S) == 1
    assert f"port {port} is taken" in printed(demo)
    assert f"leeward demo --{door}-port N" in printed(demo)
    assert "Traceback" not in printed(demo)
