"""Measure the embedded resolver's UDP path from a warm cache, with both planes of the policy, beside dnslib and asyncio.

Usage: benchmarks/resolver.py [--json] [--rounds 7] [--slice-s 2] [--names 5000] [--households 1000]
A server runs on one core; the questions come from another one, 64 at a time, from as many addresses as there are
households. Ours, ours without a policy, and the peer take turns. The rate is the clock's, the time a query takes the
server's processor is the system's count, which a busy neighbour disturbs less. The peer is what people write with
dnslib: it parses a question, looks the name and its parents up in a dictionary for the asker, and answers from memory.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import importlib.util
import json
import os
import random
import resource
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import uvloop

from leeward.engines import dns, policy
from leeward.engines.policy import family, mapped
from leeward.site.planes import Planes

HOST = "127.0.0.1"
GOAL_RATE = 60_000.0
GOAL_RATIO = 5.0
LISTED_SHARE = 0.1
IN_FLIGHT = 64
LISTED = 100_000
BY_THE_PROVIDER = 10_000
TTL_S = 3600
SERVER_CORE, LOAD_CORE = 0, 1
WARM_S = 5.0
ZIPF = 1.0


@dataclass(frozen=True)
class Figure:
    """One line of the result."""

    name: str
    value: float
    unit: str
    higher_is_better: bool
    goal: float | None = None
    peer: str | None = None
    ratio: float | None = None


def note(text: str) -> None:
    """Say on standard error what is going on."""
    print(f"  {text}", file=sys.stderr, flush=True)


def address_of(household: int) -> str:
    """Return the loopback address of a household."""
    return f"127.16.{household >> 8 & 255}.{household & 255}"


def host_of(number: int) -> str:
    """Return a name that nobody lists."""
    return f"www.host-{number}.example"


def listed_of(number: int) -> str:
    """Return a name that the family plane lists."""
    return f"play-{number}.example"


def write_tables(folder: Path, households: int) -> None:
    """Write both planes: every household has a profile with marks of its own, windows and an exception."""
    provider = (
        policy.Entry(f"bad-{number}.example", policy.Reason.operator_block, number) for number in range(BY_THE_PROVIDER)
    )
    policy.Writer.create(folder / "policy.tbl", provider, position=1, never_block=frozenset()).close()
    chance = random.Random(6)
    with mapped.Writer.create(folder / "family") as writer:
        writer.swap_names((listed_of(number), 1 << number % 40) for number in range(LISTED))
        at = datetime.now(UTC)
        for household in range(households):
            writer.put_profile(profile_of(household, chance), at=at)
            writer.put_who(b"4" + socket.inet_aton(address_of(household)), household + 1)


def profile_of(household: int, chance: random.Random) -> family.Profile:
    """Return a household's rules."""
    start = chance.randrange(0, 96) * 15
    window = family.Window(frozenset(range(7)), start, (start + 15) % 1440)
    return family.Profile(
        number=household + 1,
        blocked=chance.getrandbits(40),
        homework=(window,),
        homework_blocked=chance.getrandbits(40),
        owns=(family.Own(listed_of(chance.randrange(LISTED)), allows=True),),
    )


def questions(names: int) -> list[bytes]:
    """Return 50,000 questions without their ids: a tenth for listed names, the others by Zipf, four of five for A."""
    chance = random.Random(7)
    weights = [1 / (rank + 1) ** ZIPF for rank in range(names)]
    asked = chance.choices(range(names), weights, k=50_000)
    found = []
    for number in asked:
        name = listed_of(number) if chance.random() < LISTED_SHARE else host_of(number)
        kind = 1 if chance.random() < 0.8 else 28
        found.append(b"\1\0\0\1\0\0\0\0\0\0" + dns.wire_of(name) + kind.to_bytes(2) + b"\0\1")
    return found


# The servers. Each is a process of its own; the last argument says which.


class Open:
    """A policy that keeps nothing away: what the policy costs is what this saves."""

    def knows(self, who: bytes) -> bool:
        return False

    def decide(self, wire: bytes, who: bytes, at_s: int) -> dns.Ruling:
        return dns.OPEN


class Upstream(asyncio.DatagramProtocol):
    """Answers every question with one address, so that the cache gets warm."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport: Any = transport

    def datagram_received(self, data: bytes, addr: tuple[str | int, ...]) -> None:
        end = data.index(b"\0", 12) + 5
        kind = data[end - 4 : end - 2]
        octets = bytes(4) if kind == b"\0\1" else bytes(16)
        record = b"\xc0\x0c" + kind + b"\0\1" + TTL_S.to_bytes(4) + len(octets).to_bytes(2) + octets
        self._transport.sendto(data[:2] + b"\x81\x80\0\1\0\1\0\0\0\0" + data[12:end] + record, addr)


async def upstream() -> tuple[str, int]:
    """Answer on a free port of this process."""
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(Upstream, local_addr=(HOST, 0))
    return HOST, transport.get_extra_info("sockname")[1]


async def serve_ours(folder: Path, *, with_policy: bool) -> None:
    """Serve as `leeward dns` does, until killed."""
    planes: dns.Policy = Planes(folder / "policy.tbl", family=folder / "family") if with_policy else Open()
    resolver = dns.Resolver(planes, upstreams=(await upstream(),), page=dns.Page(v4="192.0.2.80"))
    print(await resolver.start(HOST, 0), flush=True)
    await asyncio.Event().wait()


class Peer(asyncio.DatagramProtocol):
    """A forwarder with dnslib: parse, look up, answer from memory."""

    def __init__(self, marks: dict[str, int], profiles: dict[str, int]) -> None:
        self._marks = marks
        self._profiles = profiles
        self._cache: dict[tuple[str, int], Any] = {}

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport: Any = transport

    def datagram_received(self, data: bytes, addr: tuple[str | int, ...]) -> None:
        import dnslib  # The peer's process alone needs it.

        request = dnslib.DNSRecord.parse(data)
        name, kind = str(request.q.qname).lower().rstrip("."), request.q.qtype
        labels = name.split(".")
        marks = 0
        for first in range(len(labels)):
            marks |= self._marks.get(".".join(labels[first:]), 0)
        reply = request.reply()
        if marks & self._profiles.get(str(addr[0]), 0):
            reply.add_answer(dnslib.RR(request.q.qname, kind, rdata=dnslib.A("192.0.2.80"), ttl=5))
        else:
            data_of = self._cache.get((name, kind))
            if data_of is None:
                data_of = dnslib.A("0.0.0.0") if kind == 1 else dnslib.AAAA("::")
                self._cache[name, kind] = data_of
            reply.add_answer(dnslib.RR(request.q.qname, kind, rdata=data_of, ttl=TTL_S))
        self._transport.sendto(reply.pack(), addr)


async def serve_peer(households: int) -> None:
    """Serve with dnslib, until killed."""
    marks = {listed_of(number): 1 << number % 40 for number in range(LISTED)}
    chance = random.Random(6)
    profiles = {address_of(number): profile_of(number, chance).blocked for number in range(households)}
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(lambda: Peer(marks, profiles), local_addr=(HOST, 0))
    print(transport.get_extra_info("sockname")[1], flush=True)
    await asyncio.Event().wait()


@dataclass(frozen=True)
class Slice:
    """What a server did in one slice."""

    rate: float
    processor_us: float


class Load:
    """The askers: one socket for each household, so many questions under way at a time."""

    def __init__(self, asked: list[bytes], *, port: int, households: int) -> None:
        """Open the sockets."""
        self._asked = asked
        self._sockets = []
        for household in range(households):
            one = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            one.bind((address_of(household), 0))
            one.connect((HOST, port))
            one.settimeout(1.0)
            self._sockets.append(one)
        self._at = 0

    def warm(self) -> None:
        """Ask everything once, one after the other, and go on as in a slice, so that what can be remembered is."""
        one = self._sockets[0]
        for question in dict.fromkeys(self._asked):
            self._ask(one, question)
        self.run(WARM_S)

    def run(self, seconds: float) -> int:
        """Ask for so long and return how many answers came."""
        sockets, asked, count = self._sockets, self._asked, len(self._sockets)
        wanted, answers, at = len(asked), 0, self._at
        width = min(IN_FLIGHT, count)
        for ahead in range(width):
            sockets[(at + ahead) % count].send(b"\x12\x34" + asked[(at + ahead) % wanted])
        end = time.perf_counter() + seconds
        while time.perf_counter() < end:
            for _ in range(256):
                try:
                    answer = sockets[at % count].recv(2048)
                except TimeoutError:
                    raise SystemExit("an answer did not come; the server or this machine is too busy") from None
                if answer[:2] != b"\x12\x34" or not answer[2] & 0x80 or answer[3] & 15:
                    raise SystemExit(f"a wrong answer: {answer[:12].hex()}")
                ahead = at + width
                sockets[ahead % count].send(b"\x12\x34" + asked[ahead % wanted])
                at += 1
                answers += 1
        for ahead in range(width):
            sockets[(at + ahead) % count].recv(2048)
        self._at = at + width
        return answers

    def _ask(self, one: socket.socket, question: bytes) -> None:
        one.send(b"\x12\x34" + question)
        one.recv(2048)


@contextlib.contextmanager
def server(kind: str, folder: Path, households: int) -> Iterator[tuple[int, int]]:
    """Run a server on its core and give its process id and port."""
    command = [sys.executable, __file__, "--serve", kind, "--folder", str(folder), "--households", str(households)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield process.pid, int(process.stdout.readline())
    finally:
        process.kill()
        process.wait()


def processor_s(pid: int) -> float:
    """Return the seconds of the processor that a process has had."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def measure(kinds: list[str], options: argparse.Namespace) -> dict[str, list[Slice]]:
    """Let the servers take turns."""
    found: dict[str, list[Slice]] = {kind: [] for kind in kinds}
    asked = questions(options.names)
    with tempfile.TemporaryDirectory() as text, contextlib.ExitStack() as stack:
        folder = Path(text)
        write_tables(folder, options.households)
        pin(LOAD_CORE)
        ready = {}
        for kind in kinds:
            pid, port = stack.enter_context(server(kind, folder, options.households))
            load = Load(asked, port=port, households=options.households)
            load.warm()
            ready[kind] = pid, load
            note(f"{kind} is warm")
        for _ in range(options.rounds):
            for kind, (pid, load) in ready.items():
                before, start = processor_s(pid), time.perf_counter()
                answers = load.run(options.slice_s)
                seconds = time.perf_counter() - start
                found[kind].append(Slice(answers / seconds, (processor_s(pid) - before) / answers * 1e6))
                note(f"{kind}: {found[kind][-1].rate:,.0f}/s, {found[kind][-1].processor_us:.1f} us of the processor")
    return found


def figures(found: dict[str, list[Slice]]) -> list[Figure]:
    """Return the medians, and those of the quotients of slices that follow each other."""
    rates = {kind: statistics.median(one.rate for one in slices) for kind, slices in found.items()}
    times = {kind: statistics.median(one.processor_us for one in slices) for kind, slices in found.items()}
    ratio = None
    if "peer" in found:
        pairs = zip(found["ours"], found["peer"], strict=True)
        ratio = statistics.median(ours.rate / peer.rate for ours, peer in pairs)
    best = max(one.rate for one in found["ours"])
    result = [
        Figure("resolver.rate", rates["ours"], "queries/s", True, GOAL_RATE, "dnslib + asyncio", ratio),
        Figure("resolver.rate.best", best, "queries/s", True),
        Figure("resolver.processor", times["ours"], "us/query", False),
        Figure("resolver.rate.no_policy", rates["open"], "queries/s", True),
        Figure("resolver.processor.no_policy", times["open"], "us/query", False),
    ]
    if ratio is not None:
        result += [
            Figure("resolver.times_peer", ratio, "times", True, GOAL_RATIO, "dnslib + asyncio"),
            Figure("resolver.rate.peer", rates["peer"], "queries/s", True),
            Figure("resolver.processor.peer", times["peer"], "us/query", False),
        ]
    return result


def pin(core: int) -> None:
    """Stay on one core, where the system has two and lets us."""
    if hasattr(os, "sched_setaffinity") and (os.cpu_count() or 1) > 1:
        os.sched_setaffinity(0, {core})


def main() -> None:
    """Measure, or serve."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--slice-s", type=float, default=2.0)
    parser.add_argument("--names", type=int, default=5000)
    parser.add_argument("--households", type=int, default=1000)
    parser.add_argument("--serve", choices=["ours", "open", "peer"])
    parser.add_argument("--folder", type=Path)
    options = parser.parse_args()
    if options.serve:
        pin(SERVER_CORE)
        ours = serve_ours(options.folder, with_policy=options.serve == "ours") if options.serve != "peer" else None
        asyncio.run(ours or serve_peer(options.households), loop_factory=uvloop.new_event_loop)
        return
    files = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(files, 3 * options.households + 200), files))
    kinds = ["ours", "open"] + (["peer"] if importlib.util.find_spec("dnslib") else [])
    found = figures(measure(kinds, options))
    for one in found:
        print(json.dumps(vars(one)) if options.json else f"{one.name:32} {one.value:14,.1f} {one.unit}")


if __name__ == "__main__":
    main()
