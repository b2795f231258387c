"""Measure the embedded resolver's UDP path from a warm cache, with both planes of the policy, beside dnslib and asyncio.

Usage: benchmarks/resolver.py [--json] [--slices 7] [--names 100000] [--subscribers 100000]
A server runs on one core; the questions come from another one, 64 at a time, each from the address of a subscriber drawn at
random. Ours, ours without a policy, and the peer take turns. The rate is the clock's, the time a query takes the server's
processor is the system's count, which a busy neighbour disturbs less. The peer is what people write with dnslib: it parses
a question, looks the name and its parents up in a dictionary for the asker, and answers from memory. Linux, two cores.
"""

from __future__ import annotations

import argparse
import asyncio
import ipaddress
import os
import statistics
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import uvloop
from dns_servers import HOST, Server
from dns_stage import (
    FIRST_ADDRESS,
    Backend,
    Figure,
    free_port,
    make_load,
    measure,
    names,
    note,
    tell,
    warm,
    write_tables,
)

from leeward.engines import dns
from leeward.site.planes import Planes

GOAL_RATE = 60_000.0
GOAL_RATIO = 5.0
OPEN, DOOR = bytes((192, 0, 2, 80)), bytes((192, 0, 2, 1))


# The servers. Each is a process of its own; `--serve` says which.


class Open:
    """A policy that keeps nothing away: what the policy costs is what this saves."""

    def knows(self, who: bytes) -> bool:
        """Know nobody."""
        return False

    def decide(self, wire: bytes, who: bytes, at_s: int) -> dns.Ruling:
        """Leave everything open."""
        return dns.OPEN


async def serve_ours(folder: Path, *, port: int, backend: int, with_policy: bool) -> None:
    """Serve as `leeward dns` does, until killed."""
    planes: dns.Policy = Planes(folder / "policy.tbl", family=folder / "family") if with_policy else Open()
    resolver = dns.Resolver(planes, upstreams=((HOST, backend),), page=dns.Page(v4="192.0.2.1"))
    await resolver.start(HOST, port)
    await asyncio.Event().wait()


class Peer(asyncio.DatagramProtocol):
    """A forwarder with dnslib: parse, look up, answer from memory."""

    def __init__(self, marks: dict[str, int], masks: dict[str, int]) -> None:
        """Take what is listed, and what is kept away from whom."""
        self._marks = marks
        self._masks = masks
        self._cache: dict[tuple[str, int], Any] = {}

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the way out."""
        self._transport: Any = transport

    def datagram_received(self, data: bytes, addr: tuple[str | int, ...]) -> None:
        """Answer one question."""
        import dnslib  # The peer's process alone needs it.

        request = dnslib.DNSRecord.parse(data)
        name, kind = str(request.q.qname).lower().rstrip("."), request.q.qtype
        labels = name.split(".")
        marks = 0
        for first in range(len(labels)):
            marks |= self._marks.get(".".join(labels[first:]), 0)
        reply = request.reply()
        if marks & self._masks.get(str(addr[0]), 0):
            reply.add_answer(dnslib.RR(request.q.qname, kind, rdata=dnslib.A("192.0.2.1"), ttl=5))
        else:
            data_of = self._cache.get((name, kind))
            if data_of is None:
                data_of = dnslib.A("192.0.2.80") if kind == 1 else dnslib.AAAA("::")
                self._cache[name, kind] = data_of
            reply.add_answer(dnslib.RR(request.q.qname, kind, rdata=data_of, ttl=3600))
        self._transport.sendto(reply.pack(), addr)


async def serve_peer(folder: Path, *, port: int) -> None:
    """Serve with dnslib, until killed."""
    marks: dict[str, int] = {}
    masks: dict[str, int] = {}
    for line in (folder / "peer.txt").read_text().splitlines():
        name, _, mask = line.partition(" ")
        (masks if name[0].isdigit() else marks)[name] = int(mask)
    loop = asyncio.get_running_loop()
    await loop.create_datagram_endpoint(lambda: Peer(marks, masks), local_addr=(HOST, port))
    await asyncio.Event().wait()


def server(kind: str, folder: Path, *, backend: int, core: int) -> Server:
    """Start a server on its core."""
    port = free_port()
    command = [sys.executable, __file__, "--serve", kind, "--folder", str(folder)]
    return Server(
        [*command, "--port", str(port), "--backend", str(backend)], port=port, core=core, log=folder / f"{kind}.log"
    )


def run(*, count: int, subscribers: int, slices: int) -> Iterator[Figure]:
    """Let the servers take turns and yield the figures."""
    cores = sorted(os.sched_getaffinity(0))
    with tempfile.TemporaryDirectory(prefix="leeward-resolver-") as made:
        folder = Path(made)
        listed = names(count, start=0)
        tables = write_tables(folder, listed=listed, subscribers=subscribers)
        rows = [f"{name} {1 << bit}" for name, bit in zip(listed, tables.bits, strict=True)]
        first = ipaddress.IPv4Address(FIRST_ADDRESS)
        rows += [f"{first + number} {mask}" for number, mask in enumerate(tables.masks)]
        (folder / "peer.txt").write_text("\n".join(rows))
        load = make_load(listed=listed, subscribers=subscribers, others=20_000)
        os.sched_setaffinity(0, {cores[-1]})
        backend, servers = Backend(), {}
        try:
            for kind in ("ours", "open", "peer"):
                servers[kind] = server(kind, folder, backend=backend.port, core=cores[0])
                servers[kind].ready()
                note(f"{kind}: warm after {warm(servers[kind].port, load):.0f} s")
            measure(servers, load, slices=1)
            yield from figures(measure(servers, load, slices=slices))
        finally:
            for one in servers.values():
                one.stop()
        os.sched_setaffinity(0, set(cores))


def figures(found: dict[str, list[tuple[float, float]]]) -> Iterator[Figure]:
    """Yield the medians, and those of the quotients of slices that follow each other."""
    us = {kind: statistics.median(one[0] for one in slices) for kind, slices in found.items()}
    rates = {kind: statistics.median(one[1] for one in slices) for kind, slices in found.items()}
    pairs = list(zip(found["ours"], found["peer"], strict=True))
    times = statistics.median(ours[1] / peer[1] for ours, peer in pairs)
    by_processor = statistics.median(peer[0] / ours[0] for ours, peer in pairs)
    yield Figure("resolver.rate", rates["ours"], "queries/s", True, GOAL_RATE, "dnslib + asyncio", times)
    yield Figure("resolver.rate.best", max(one[1] for one in found["ours"]), "queries/s", True)
    yield Figure("resolver.times_peer", times, "times", True, GOAL_RATIO, "dnslib + asyncio", times)
    yield Figure(
        "resolver.times_peer.processor", by_processor, "times", True, GOAL_RATIO, "dnslib + asyncio", by_processor
    )
    yield Figure("resolver.rate.no_policy", rates["open"], "queries/s", True)
    yield Figure("resolver.rate.peer", rates["peer"], "queries/s", True)
    for kind in found:
        yield Figure(f"resolver.processor.{kind}", us[kind], "us/query", False)


def main() -> None:
    """Measure, or serve."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--slices", type=int, default=7)
    parser.add_argument("--names", type=int, default=100_000)
    parser.add_argument("--subscribers", type=int, default=100_000)
    parser.add_argument("--serve", choices=["ours", "open", "peer"])
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--port", type=int)
    parser.add_argument("--backend", type=int)
    options = parser.parse_args()
    if options.serve:
        work = (
            serve_peer(options.folder, port=options.port)
            if options.serve == "peer"
            else serve_ours(
                options.folder, port=options.port, backend=options.backend, with_policy=options.serve == "ours"
            )
        )
        asyncio.run(work, loop_factory=uvloop.new_event_loop)
        return
    tell(run(count=options.names, subscribers=options.subscribers, slices=options.slices), as_json=options.json)


if __name__ == "__main__":
    main()
