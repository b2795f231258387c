"""Measure how soon a change of policy is in force, and that no answer is stale or torn while changes go on under load.

Usage: benchmarks/filter_change.py [--json] [--changes 10000] [--names 200000]
A name, a pause, an exception of one subscriber change in turn, through the one writer of the tables; the clock runs from
before the store until the first answer that shows it. Meanwhile others ask as fast as they can. An answer is stale when a
question that was sent after the first changed answer is answered as before, and torn when it is neither the one nor the
other. Once for dnsdist, once for the embedded resolver. Linux, two cores.
"""

from __future__ import annotations

import argparse
import os
import random
import socket
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import Enum, auto
from pathlib import Path

import resolver
from dns_servers import HOST, dnsdist, plane_of
from dns_stage import (
    FIRST_ADDRESS,
    Backend,
    Figure,
    Generator,
    Load,
    make_load,
    names,
    note,
    tell,
    warm,
    write_tables,
)

from leeward.engines.policy import mapped
from leeward.engines.policy.family import Own, Profile

SUBSCRIBERS = 10_000
OTHERS = 5_000  # Names that the others ask for, all of them in the cache.
AFTER = 3  # Questions after the first changed answer that must all show the change.
LONGEST_S = 5.0
GOALS = {"dnsdist": 10.0, "embedded": 50.0}
OPEN_TAIL, DOOR_TAIL = bytes((192, 0, 2, 80)), bytes((192, 0, 2, 1))


class Seen(Enum):
    """What came back."""

    OPEN = auto()
    CLOSED = auto()
    TORN = auto()  # An answer that is neither the one nor the other.
    NOTHING = auto()  # The machine is too busy: the question or the answer was lost.


@dataclass
class Found:
    """What was seen."""

    waits_ms: list[float] = field(default_factory=list)
    stale: int = 0
    torn: int = 0
    unanswered: int = 0
    never: int = 0

    def is_seen(self, seen: Seen, *, closes: bool) -> bool:
        """Count what no answer should be, and tell whether this one shows the change."""
        self.torn += seen is Seen.TORN
        self.unanswered += seen is Seen.NOTHING
        return seen is (Seen.CLOSED if closes else Seen.OPEN)


class Asker:
    """One subscriber that asks one name after the other."""

    def __init__(self, port: int, number: int) -> None:
        """Open its socket."""
        self._socket = socket.socket(type=socket.SOCK_DGRAM)
        self._socket.bind((socket.inet_ntoa((FIRST_ADDRESS + number).to_bytes(4)), 0))
        self._socket.connect((HOST, port))
        self._socket.settimeout(1.0)
        self._id = 0

    def ask(self, name: str) -> Seen:
        """Ask for a name once."""
        self._id = (self._id + 1) & 0xFFFF
        head = self._id.to_bytes(2)
        wire = b"".join(bytes((len(label),)) + label.encode() for label in name.split("."))
        self._socket.send(head + b"\1\0\0\1\0\0\0\0\0\0" + wire + b"\0\0\1\0\1")
        while True:
            try:
                answer = self._socket.recv(2048)
            except TimeoutError:
                return Seen.NOTHING
            if answer[:2] == head:  # Else it is late and belongs to a question that was given up.
                break
        if answer[3] & 15 or answer[-4:] not in (OPEN_TAIL, DOOR_TAIL):
            return Seen.TORN
        return Seen.CLOSED if answer[-4:] == DOOR_TAIL else Seen.OPEN

    def close(self) -> None:
        """Let go of the socket."""
        self._socket.close()


def changes(
    writer: mapped.Writer, *, count: int, chance: random.Random
) -> Iterator[tuple[str, Callable[[], None], bool]]:
    """Yield a name, what changes it for the first subscriber, and whether it is closed afterwards."""
    now = datetime.now(UTC)
    plain = Profile(number=1, blocked=1)
    for number in range(count):
        name, kind = f"late-{number // 2}-{chance.getrandbits(16):x}.example", number % 3
        if kind == 0:
            yield name, lambda name=name: writer.put_name(name, 1), True  # type: ignore[misc]  # as below
        elif kind == 1:
            paused = Profile(number=1, blocked=1, paused_until=now + timedelta(hours=1))
            yield name, lambda paused=paused: writer.put_profile(paused, at=now), True  # type: ignore[misc]  # as below
        else:
            yield name, lambda name=name: _own(writer, plain, name, now), True  # type: ignore[misc]  # mypy cannot infer a lambda with a default
        yield from _undo(writer, plain, name, kind, now)


def _own(writer: mapped.Writer, plain: Profile, name: str, now: datetime) -> None:
    writer.put_own(plain.number, Own(name, allows=False, until=now + timedelta(hours=1)))


def _undo(
    writer: mapped.Writer, plain: Profile, name: str, kind: int, now: datetime
) -> Iterator[tuple[str, Callable[[], None], bool]]:
    if kind == 0:
        yield name, lambda: writer.drop_name(name), False
    elif kind == 1:
        yield name, lambda: writer.put_profile(plain, at=now), False
    else:
        yield name, lambda: writer.drop_own(plain.number, name), False


def follow(asker: Asker, writer: mapped.Writer, *, count: int) -> Found:
    """Make changes one after the other and look how soon each is in force."""
    found = Found()
    for name, change, closes in changes(writer, count=count // 2, chance=random.Random(3)):
        found.stale += found.is_seen(asker.ask(name), closes=closes)  # It should not be so yet.
        begun = time.perf_counter()
        change()
        while not found.is_seen(asker.ask(name), closes=closes):
            if time.perf_counter() > begun + LONGEST_S:
                found.never += 1
                break
        found.waits_ms.append((time.perf_counter() - begun) * 1e3)
        before = Seen.OPEN if closes else Seen.CLOSED
        found.stale += sum(asker.ask(name) is before for _ in range(AFTER))
    return found


def under_load(port: int, load: Load, stop: threading.Event) -> Callable[[], int]:
    """Ask as others do until told to stop; the result is how many were answered."""
    total = [0]

    def ask() -> None:
        generator = Generator(port)
        while not stop.is_set():
            total[0] += generator.ask(load, seconds=0.2)[0]
        generator.close()

    thread = threading.Thread(target=ask)
    thread.start()

    def end() -> int:
        thread.join()
        return total[0]

    return end


def one(name: str, port: int, folder: Path, load: Load, *, count: int) -> Iterator[Figure]:
    """Measure one data plane."""
    warm(port, load)
    stop, asker = threading.Event(), Asker(port, 0)
    with mapped.Writer.open(folder / "family") as writer:
        writer.put_profile(Profile(number=1, blocked=1), at=datetime.now(UTC))
        asker.ask("warm.example")
        end, begun = under_load(port, load, stop), time.perf_counter()
        found = follow(asker, writer, count=count)
        took = time.perf_counter() - begun
        stop.set()
        others = end()
    asker.close()
    waits = sorted(found.waits_ms)
    note(f"{name}: {len(waits)} changes while {others / took:,.0f} others a second were answered")
    yield Figure(f"filter_change.{name}.p50", statistics.median(waits), "ms", False)
    yield Figure(f"filter_change.{name}.p95", waits[len(waits) * 95 // 100], "ms", False, GOALS[name])
    yield Figure(f"filter_change.{name}.slowest", waits[-1], "ms", False)
    yield Figure(f"filter_change.{name}.stale", found.stale + found.never, "answers", False, 0.0)
    yield Figure(f"filter_change.{name}.unanswered", found.unanswered, "answers", False)
    yield Figure(f"filter_change.{name}.torn", found.torn, "answers", False, 0.0)


def run(*, count: int, listed: int) -> Iterator[Figure]:
    """Yield the figures of both data planes."""
    cores = sorted(os.sched_getaffinity(0))
    with tempfile.TemporaryDirectory(prefix="leeward-change-") as made:
        folder = Path(made)
        all_names = names(listed, start=0)
        write_tables(folder, listed=all_names, subscribers=SUBSCRIBERS)
        load = make_load(listed=all_names, subscribers=SUBSCRIBERS, others=OTHERS)
        os.sched_setaffinity(0, {cores[-1]})
        backend = Backend()
        server = dnsdist(plane_of(folder, name="policy", backend=backend.port, filters=True), core=cores[0])
        try:
            server.ready()
            yield from one("dnsdist", server.port, folder, load, count=count)
        finally:
            server.stop()
        server = resolver.server("ours", folder, backend=backend.port, core=cores[0])
        try:
            server.ready()
            yield from one("embedded", server.port, folder, load, count=count)
        finally:
            server.stop()
        os.sched_setaffinity(0, set(cores))


def main(argv: list[str]) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--changes", type=int, default=10_000)
    parser.add_argument("--names", type=int, default=200_000)
    options = parser.parse_args(argv)
    tell(run(count=options.changes, listed=options.names), as_json=options.json)


if __name__ == "__main__":
    main(sys.argv[1:])
