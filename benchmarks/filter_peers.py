"""Compare dnsdist with our policy to Unbound, BIND (both with a response policy zone) and dnsmasq with the same names.

Usage: benchmarks/filter_peers.py [--json] [--full] [--names 200000] [--slices 5]
Each has one core and answers from its warm cache, one name in ten listed; the others close every listed name for everybody,
ours decides for each of 100,000 subscribers. For each: the processor time a question takes, questions a second, memory,
seconds from the start to the first closed answer, and from one more name to the first answer that shows it (without a
reload where the product needs none; dnsmasq is started anew). `--full` takes 1,000,000 names. Linux, two cores.
"""

from __future__ import annotations

import argparse
import os
import socket
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from dns_servers import HOST, LONGEST_S, NotReady, Peer, Server, dnsdist, peers, plane_of
from dns_stage import (
    FIRST_ADDRESS,
    SLICE_S,
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

SUBSCRIBERS = 100_000
LATE = "first-late-name.example"
ALL = (1 << 40) - 1


def closed_after_s(port: int, name: str, *, since: float, source: str) -> float:
    """Return the seconds from `since` until the name is answered otherwise than with the address behind the cache."""
    question = b"\x12\x34\1\0\0\1\0\0\0\0\0\0" + _wire(name) + b"\0\1\0\1"
    with socket.socket(type=socket.SOCK_DGRAM) as asker:
        asker.bind((source, 0))
        asker.settimeout(0.2)
        while time.perf_counter() < since + LONGEST_S:
            try:
                asker.sendto(question, (HOST, port))
                answer = asker.recv(2048)
            except (TimeoutError, ConnectionRefusedError):
                continue
            if not answer.endswith(bytes((192, 0, 2, 80))) and answer[3] & 15 in (0, 3):
                return time.perf_counter() - since
    raise NotReady(f"{name} stayed open for {LONGEST_S:g} s")


def _wire(name: str) -> bytes:
    return b"".join(bytes((len(label),)) + label.encode() for label in name.split(".")) + b"\0"


def rates(server: Server, load: Load, *, slices: int) -> tuple[float, float]:
    """Return the microseconds of a question and the questions a second, medians of slices."""
    warm(server.port, load)
    generator, found = Generator(server.port), []
    for _ in range(slices + 1):
        used, begun = server.processor_s(), time.perf_counter()
        got, lost = generator.ask(load, seconds=SLICE_S)
        found.append(((server.processor_s() - used) / got * 1e6, got / (time.perf_counter() - begun)))
        if lost > got / 100:
            note(f"{lost} of {got} answers did not come")
    generator.close()
    return statistics.median(one[0] for one in found[1:]), statistics.median(one[1] for one in found[1:])


def lines(name: str, *, us: float, rate: float, memory: float, start_s: float, change_s: float) -> Iterator[Figure]:
    """Yield the figures of one product."""
    yield Figure(f"filter_peers.{name}.processor", us, "us/query", False)
    yield Figure(f"filter_peers.{name}.rate", rate, "queries/s", True)
    yield Figure(f"filter_peers.{name}.memory", memory, "MiB", False)
    yield Figure(f"filter_peers.{name}.start", start_s, "s", False)
    yield Figure(f"filter_peers.{name}.change", change_s, "s", False)


def ours(folder: Path, load: Load, *, backend: Backend, core: int, first: str, slices: int) -> Iterator[Figure]:
    """Measure dnsdist with our tables."""
    asker = socket.inet_ntoa((FIRST_ADDRESS + 1).to_bytes(4))
    with mapped.Writer.open(folder / "family") as writer:
        writer.put_name(first, ALL)
        server = dnsdist(plane_of(folder, name="policy", backend=backend.port, filters=True), core=core)
        try:
            start_s = closed_after_s(server.port, first, since=server.began, source=asker)
            us, rate = rates(server, load, slices=slices)
            memory, begun = server.memory_mib(), time.perf_counter()
            writer.put_name(LATE, ALL)
            change_s = closed_after_s(server.port, LATE, since=begun, source=asker)
        finally:
            server.stop()
    yield from lines("leeward", us=us, rate=rate, memory=memory, start_s=start_s, change_s=change_s)


def theirs(peer: Peer, load: Load, *, first: str, slices: int) -> Iterator[Figure]:
    """Measure another product."""
    server = peer.start()
    try:
        start_s = closed_after_s(server.port, first, since=server.began, source=HOST)
        us, rate = rates(server, load, slices=slices)
        memory, begun = server.memory_mib(), time.perf_counter()
        with peer.names.open("a", encoding="ascii") as file:
            file.write(peer.row.format(name=LATE))
        if peer.reloads:
            server.reload()
        else:
            server.stop()
            server = peer.start()
        change_s = closed_after_s(server.port, LATE, since=begun, source=HOST)
    finally:
        server.stop()
    yield from lines(peer.name, us=us, rate=rate, memory=memory, start_s=start_s, change_s=change_s)


def run(*, count: int, slices: int) -> Iterator[Figure]:
    """Yield the figures of every product, ours first and with the others' processor time as the peer."""
    cores = sorted(os.sched_getaffinity(0))
    with tempfile.TemporaryDirectory(prefix="leeward-peers-") as made:
        folder = Path(made)
        listed = names(count, start=0)
        write_tables(folder, listed=listed, subscribers=SUBSCRIBERS)
        load = make_load(listed=listed, subscribers=SUBSCRIBERS)
        os.sched_setaffinity(0, {cores[-1]})
        backend = Backend()
        first = next(name for name in listed if not name.startswith("www."))
        works: list[tuple[str, Callable[[], Iterator[Figure]]]] = [
            ("leeward", lambda: ours(folder, load, backend=backend, core=cores[0], first=first, slices=slices))
        ]
        found = list(peers(folder, listed=listed, backend=backend.port, core=cores[0]))
        works += [(peer.name, lambda peer=peer: theirs(peer, load, first=first, slices=slices)) for peer in found]  # type: ignore[misc]  # mypy cannot infer a lambda with a default
        for name, work in works:
            note(f"{name} …")
            try:
                yield from work()
            except NotReady as late:
                note(f"{name}: {late}")
        os.sched_setaffinity(0, set(cores))


def main(argv: list[str]) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--full", action="store_true", help="1,000,000 names")
    parser.add_argument("--names", type=int, default=200_000)
    parser.add_argument("--slices", type=int, default=5)
    options = parser.parse_args(argv)
    tell(run(count=1_000_000 if options.full else options.names, slices=options.slices), as_json=options.json)


if __name__ == "__main__":
    main(sys.argv[1:])
