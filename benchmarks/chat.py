"""Measure live talk: how soon a stored, sealed message is on the other side, what a restart loses, how soon the door is true.

Usage: benchmarks/chat.py [--json] [--full] [--seconds 60] [--only one,two,restart,door,neighbours]
Each side of each chat says 300 bytes every ten seconds, sealed to both ahead of time; load and server share the machine.
one: 250 chats, one process. two: 1,000 chats, two processes and Redis. restart: 250 chats, the process killed and, later, stopped
in the middle. door: a counsellor's line closes and opens. neighbours: `one` again beside floods, 1 MB messages, lines that never
read and wrong codes. --full: ten minutes with the restart.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import secrets
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from chat_load import Chats, base64url
from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException

ROOT = Path(__file__).parents[1]
CHATS, GOAL_MS = {"one": 250, "two": 1000}, {"one": 40.0, "two": 50.0}
DOOR_TURNS, DOOR_GOAL_S = 20, 1.0
FLOODS, FLOOD_PER_S, DEAF, HUGE, GUESSERS = 10, 100, 10, 5, 5
HUGE_BYTES = 1_000_000

type Figure = dict[str, object]


def figure(name: str, value: float, unit: str, *, goal: float | None) -> Figure:
    """Return one figure as every benchmark here prints it."""
    known = {"name": f"chat.{name}", "value": round(value, 3), "unit": unit, "higher_is_better": False}
    return known | {"goal": goal, "peer": None, "ratio": None}


class Site:
    """A Leeward with a helpline, served by one web process or by several on one port."""

    def __init__(self, folder: Path, *, chats: int, processes: int = 1, layer: str = "") -> None:
        from tests.stage.ports import free_port
        from tests.stage.processes import plain_environment

        self.port, self._folder, self._processes = free_port(), folder, processes
        self.base_url = f"http://127.0.0.1:{self.port}"
        self.environ = plain_environment() | {
            "DJANGO_SETTINGS_MODULE": "leeward.site.settings",
            "LEEWARD_DATA_DIR": str(folder / "data"),
            "LEEWARD_SITE_URL": self.base_url,
            "LEEWARD_TRUSTED_PROXIES": "1",
            "LEEWARD_CHAT_LAYER": layer,
            "LEEWARD_WEB_PROCESSES": str(processes),
            "PYTHONPATH": str(ROOT),
        }
        self._run(
            "-c", "import django; django.setup(); from leeward.site.management.commands import serve; serve.prepare()"
        )
        self.stage: dict[str, Any] = json.loads(self._run(str(ROOT / "benchmarks" / "chat_stage.py"), str(chats)))
        self.webs: list[Any] = []

    def _run(self, *words: str) -> str:
        done = subprocess.run([sys.executable, *words], env=self.environ, stdout=subprocess.PIPE, text=True, check=True)
        return done.stdout

    def start(self) -> None:
        """Start the web processes and wait until they answer."""
        from tests.stage.ports import is_open
        from tests.stage.processes import Process

        words = ["-m", "leeward", "web", "--port", str(self.port), *(["--share-port"] if self._processes > 1 else [])]
        for number in range(self._processes):
            log = self._folder / f"web-{number}.log"
            self.webs.append(Process("web", [sys.executable, *words], env=self.environ, log=log))
        for web in self.webs:
            web.wait_until(lambda: is_open(self.port), what="a web process answers")

    def end(self, *, number: signal.Signals = signal.SIGTERM) -> None:
        """End the web processes."""
        for web in self.webs:
            web.kill() if number == signal.SIGKILL else web.stop()
        self.webs = []

    def messages(self) -> int:
        """Return how many messages are stored."""
        code = "import django; django.setup(); from leeward.helplines.models import Message; print(Message.objects.count())"
        return int(self._run("-c", code))


@contextlib.contextmanager
def site(*, chats: int, processes: int = 1, layer: str = "") -> Iterator[Site]:
    """Yield a running site, and end it."""
    with tempfile.TemporaryDirectory(prefix="leeward-bench-") as name:
        running = Site(Path(name), chats=chats, processes=processes, layer=layer)
        running.start()
        try:
            yield running
        finally:
            running.end()


def latencies(name: str, tally: Any, *, goal_ms: float | None) -> Iterator[Figure]:
    """Say how soon messages were on the other side."""
    times = sorted(tally.late_s)
    yield figure(f"{name}.p50", statistics.median(times) * 1000, "ms", goal=None)
    yield figure(f"{name}.p95", times[int(len(times) * 0.95)] * 1000, "ms", goal=goal_ms)
    yield figure(f"{name}.p99", times[int(len(times) * 0.99)] * 1000, "ms", goal=None)
    yield figure(f"{name}.lost", tally.lost, f"of {len(tally.sent_at)}", goal=0)
    yield figure(f"{name}.doubled", tally.doubled, "messages", goal=0)
    yield figure(f"{name}.refused", tally.refused, "messages", goal=0)


async def plain(running: Site, *, seconds: float) -> Any:
    """Let everybody talk and nothing else."""
    chats = Chats(running.stage, base_url=running.base_url)
    tally = await chats.talk(seconds=seconds)
    await chats.close()
    return tally


async def restarted(running: Site, *, seconds: float) -> Any:
    """Kill the process after a third of the time, and stop it in order after two thirds; each time it is started again."""

    async def faults() -> None:
        for number in (signal.SIGKILL, signal.SIGTERM):
            await asyncio.sleep(seconds / 3)
            await asyncio.to_thread(running.end, number=number)
            await asyncio.to_thread(running.start)

    chats = Chats(running.stage, base_url=running.base_url)
    tally = await chats.talk(seconds=seconds, meanwhile=faults)
    await chats.close()
    return tally


async def door(running: Site) -> list[float]:
    """Return how long after a counsellor came or went the door said so, in seconds."""
    chats, times = Chats(running.stage, base_url=running.base_url), []
    ws = running.base_url.replace("http", "ws", 1)
    headers = chats.headers(0)
    signed_in = headers | {"Cookie": running.stage["sessions"][0]}
    async with connect(f"{ws}/h/line/", additional_headers=headers, compression=None) as watching:
        await watching.send(json.dumps({"type": "door", "language": "en"}))

        async def says(*kinds: str) -> float:
            while True:
                frame = json.loads(await asyncio.wait_for(watching.recv(), 30))
                if frame.get("kind") in kinds:
                    return time.perf_counter()

        await says("offline")
        for _ in range(DOOR_TURNS):
            begun = time.perf_counter()
            desk = await connect(f"{ws}/helpline/line/", additional_headers=signed_in, compression=None)
            times.append(await says("available", "busy") - begun)
            begun = time.perf_counter()
            desk.transport.abort()  # As a computer that is switched off.
            times.append(await says("offline") - begun)
    return times


async def beside_bad_neighbours(running: Site, *, seconds: float) -> tuple[Any, int]:
    """Let everybody talk while others flood, send 1 MB, never read and guess codes; return the tally and refusals of those."""
    chats = Chats(running.stage, base_url=running.base_url)
    ws, refused = running.base_url.replace("http", "ws", 1), 0

    def headers(number: int) -> dict[str, str]:
        return {"Origin": running.base_url, "X-Forwarded-For": f"172.16.{number}.9"}

    async def bad(number: int, every_s: float, text: str, *, reads: bool) -> None:
        nonlocal refused
        while True:
            try:
                async with connect(f"{ws}/h/line/", additional_headers=headers(number), compression=None) as socket:
                    while True:
                        await socket.send(text)
                        with contextlib.suppress(TimeoutError):
                            if reads:
                                refused += "refused" in str(await asyncio.wait_for(socket.recv(), 0.001))
                        await asyncio.sleep(every_s)
            except (OSError, WebSocketException):
                refused += 1
                await asyncio.sleep(0.1)

    door_question = json.dumps({"type": "door", "language": "en"})
    wrong = json.dumps({"type": "open", "finder": base64url(secrets.token_bytes(32))})
    kinds = [(FLOODS, 1 / FLOOD_PER_S, json.dumps({"type": "say", "x": "y" * 500}), True)]
    kinds += [(HUGE, 0.5, "x" * HUGE_BYTES, True), (GUESSERS, 1 / FLOOD_PER_S, wrong, True)]
    kinds += [(DEAF, 1 / FLOOD_PER_S, door_question, False)]
    tasks, number = [], 0
    for count, every_s, text, reads in kinds:
        for _ in range(count):
            number += 1
            tasks.append(asyncio.create_task(bad(number, every_s, text, reads=reads)))
    tally = await chats.talk(seconds=seconds)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await chats.close()
    return tally, refused


def measure(which: str, *, seconds: float) -> Iterator[Figure]:
    """Measure one part."""
    from tests.stage import redis

    if which == "two":
        server = redis.started()
        try:
            with site(chats=CHATS["two"], processes=2, layer=server.url) as running:
                tally = asyncio.run(plain(running, seconds=seconds))
                yield from latencies("two", tally, goal_ms=GOAL_MS["two"])
        finally:
            server.close()
        return
    with site(chats=0 if which == "door" else CHATS["one"]) as running:
        if which == "one":
            yield from latencies("one", asyncio.run(plain(running, seconds=seconds)), goal_ms=GOAL_MS["one"])
        elif which == "restart":
            tally = asyncio.run(restarted(running, seconds=seconds))
            yield from latencies("restart", tally, goal_ms=None)
            yield figure("restart.stored_twice", running.messages() - len(tally.sent_at), "messages", goal=0)
        elif which == "door":
            times = sorted(asyncio.run(door(running)))
            yield figure("door.p50", statistics.median(times), "s", goal=None)
            yield figure("door.longest", times[-1], "s", goal=DOOR_GOAL_S)
        else:
            tally, refused = asyncio.run(beside_bad_neighbours(running, seconds=seconds))
            yield from latencies("neighbours", tally, goal_ms=GOAL_MS["one"])
            yield figure("neighbours.turned_away", refused, "frames and lines", goal=None)
            yield figure("neighbours.stored", running.messages() - len(tally.sent_at), "messages", goal=0)


def main() -> None:
    """Read the command line and measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--full", action="store_true", help="the restart within ten minutes")
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--only", default="one,two,restart,door,neighbours")
    options = parser.parse_args()
    sys.path[:0] = [str(ROOT), str(ROOT / "src")]
    os.environ.pop("LEEWARD_DATA_DIR", None)
    for which in options.only.split(","):
        for row in measure(which, seconds=600.0 if options.full and which == "restart" else options.seconds):
            if options.json:
                print(json.dumps(row), flush=True)
            else:
                goal = "" if row["goal"] is None else f"<= {row['goal']:,}"
                print(f"{row['name']!s:32} {row['value']:>12,} {row['unit']!s:18} {goal}", flush=True)


if __name__ == "__main__":
    main()
