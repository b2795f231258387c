"""Measure what the families' policy costs inside dnsdist: the same dnsdist with it and without, side by side.

Usage: benchmarks/filter.py [--json] [--full] [--names 1000000] [--subscribers 100000] [--slices 20]
Both answer from their warm caches on one core; the questions come from the other one, each from the address of a subscriber
drawn at random, one name in ten of them listed. Slices alternate; the figure is the processor time that a question takes,
from /proc, and the ratio is the median over pairs of slices. `--full` takes 5,000,000 names. Linux, two cores, dnsdist.
"""

from __future__ import annotations

import argparse
import contextlib
import ctypes
import functools
import ipaddress
import json
import os
import shutil
import socket
import statistics
import struct
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numba
import numpy as np
import numpy.typing as npt

from leeward.engines import policy
from leeward.engines.policy import mapped
from leeward.engines.policy.family import Own, Profile, Window
from leeward.engines.policy.mapped import _weeks
from leeward.filtering.dnsdist import config
from leeward.filtering.dnsdist.config import Plane

type Octets = npt.NDArray[np.uint8]
type Words = npt.NDArray[np.uint32]
type Longs = npt.NDArray[np.uint64]

GOALS = {1_000_000: 0.85, 5_000_000: 0.80}
FIRST_ADDRESS = int(ipaddress.IPv4Address("127.16.0.0"))  # Every address of 127.0.0.0/8 is this machine's own.
CATEGORIES = 40
OTHERS = 100_000  # Names that nobody lists, asked for by Zipf's law as people do.
LISTED_ASKED = 20_000
SHARE_LISTED = 0.1
QUESTIONS = 1 << 20
IN_FLIGHT, BATCH = 64, 32
SLICE_S = 1.0
ROW = 96  # Octets kept for a question.
SEED = 42
# What a subscriber has: evening bedtimes, a homework time, a mask of categories, own names.
OWNS_A_SUBSCRIBER = 2


@dataclass(frozen=True)
class Figure:
    """One line of the result."""

    name: str
    value: float
    unit: str
    higher_is_better: bool
    goal: float | None = None


def note(text: str) -> None:
    """Say on standard error what is going on."""
    print(f"  {text}", file=sys.stderr, flush=True)


def names(count: int, *, start: int) -> list[str]:
    """Return made-up host names, two or three labels long, that no two calls with disjoint numbers share."""
    letters = "abcdefghijklmnopqrstuvwxyz"
    made = []
    for number in range(start, start + count):
        mixed, word = number * 2654435761 % 2**32, ""
        for _ in range(5 + mixed % 6):
            word, mixed = word + letters[mixed % 26], mixed // 26 + number
        top = ("com", "net", "org", "example")[number % 4]
        made.append(f"{'www.' if number % 3 == 0 else ''}{word}{number:x}.{top}")
    return made


def write_tables(folder: Path, *, listed: list[str], subscribers: int) -> dict[str, float]:
    """Write the tables of both planes and return how long each part took, in seconds."""
    took = {}
    rng = np.random.default_rng(SEED)
    bits = rng.integers(0, CATEGORIES, len(listed)).tolist()
    with policy.Writer.create(folder / "policy.tbl", [], position=0, never_block=frozenset()):
        pass
    with mapped.Writer.create(folder / "family") as writer:
        begun = time.perf_counter()
        writer.swap_names((name, 1 << bit) for name, bit in zip(listed, bits, strict=True))
        took["names_s"] = time.perf_counter() - begun
        begun = time.perf_counter()
        _subscribers(writer, subscribers, listed=listed, rng=rng)
        took["subscribers_s"] = time.perf_counter() - begun
    return took


def _subscribers(writer: mapped.Writer, count: int, *, listed: list[str], rng: np.random.Generator) -> None:
    now = datetime.now(UTC)
    days = frozenset(range(7))
    # A provider bakes each line's windows when it changes; here a few windows stand for many, so each is baked once.
    vars(_weeks)["_map"] = functools.cache(_weeks._map)
    # Windows of this hour would close every door; these lie in other hours of the day.
    hour = now.hour
    late, school = ((hour + 8) % 24) * 60, ((hour + 4) % 24) * 60
    bedtimes = [(Window(days, (late + 15 * step) % 1440, (late + 15 * step + 120) % 1440),) for step in range(8)]
    homework = (Window(days, school, (school + 120) % 1440),)
    masks = rng.integers(0, 1 << CATEGORIES, count).tolist()
    picks = rng.integers(0, len(listed), (count, OWNS_A_SUBSCRIBER)).tolist()
    for number in range(count):
        owns = tuple(Own(listed[pick], allows=place % 2 == 0) for place, pick in enumerate(sorted(set(picks[number]))))
        profile = Profile(
            number=number + 1,
            blocked=masks[number],
            bedtime=bedtimes[number % len(bedtimes)],
            homework=homework,
            homework_blocked=masks[-number],
            owns=owns,
            extra_until=now + timedelta(minutes=30) if number % 50 == 0 else None,
        )
        writer.put_profile(profile, at=now)
        writer.put_who(b"4" + (FIRST_ADDRESS + number).to_bytes(4), number + 1)


@dataclass(frozen=True)
class Load:
    """The questions: their octets, and in which order they are asked by whom."""

    packets: Octets
    lengths: Words
    order: npt.NDArray[np.int32]
    sources: Words


def make_load(*, listed: list[str], subscribers: int) -> Load:
    """Draw the questions: one in ten about a listed name, the others by Zipf's law, a fifth of them for IPv6."""
    rng = np.random.default_rng(SEED + 1)
    asked = [*names(OTHERS, start=1 << 40), *(listed[at] for at in rng.integers(0, len(listed), LISTED_ASKED))]
    packets = np.zeros((2 * len(asked), ROW), dtype=np.uint8)
    lengths = np.zeros(2 * len(asked), dtype=np.uint32)
    for number, name in enumerate(asked):
        labels = b"".join(bytes((len(label),)) + label.encode() for label in name.split("."))
        for place, kind in enumerate((1, 28)):
            octets = struct.pack("!HHHHHH", 0, 0x0100, 1, 0, 0, 1) + labels + struct.pack("!BHH", 0, kind, 1)
            octets += struct.pack("!BHHIH", 0, 41, 1232, 0, 0)
            packets[2 * number + place, : len(octets)] = np.frombuffer(octets, dtype=np.uint8)
            lengths[2 * number + place] = len(octets)
    weights = 1 / np.arange(1, OTHERS + 1)
    other = rng.choice(OTHERS, QUESTIONS, p=weights / weights.sum())
    of_list = OTHERS + rng.integers(0, LISTED_ASKED, QUESTIONS)
    which = np.where(rng.random(QUESTIONS) < SHARE_LISTED, of_list, other)
    order = (2 * which + (rng.random(QUESTIONS) < 0.2)).astype(np.int32)
    addresses = (FIRST_ADDRESS + rng.integers(0, subscribers, QUESTIONS)).astype(">u4").view(np.uint32)
    return Load(packets, lengths, order, addresses)


_libc = ctypes.CDLL(None, use_errno=True)
_sendmmsg, _recvmmsg = _libc.sendmmsg, _libc.recvmmsg
for _call in (_sendmmsg, _recvmmsg):
    _call.restype = ctypes.c_int
_sendmmsg.argtypes = [ctypes.c_int, ctypes.c_size_t, ctypes.c_uint, ctypes.c_int]
_recvmmsg.argtypes = [ctypes.c_int, ctypes.c_size_t, ctypes.c_uint, ctypes.c_int, ctypes.c_size_t]
_clock = _libc.clock_gettime
_clock.restype, _clock.argtypes = ctypes.c_int, [ctypes.c_int, ctypes.c_size_t]


@numba.njit(nogil=True)
def _drive(
    fd: int,
    packets: Octets,
    lengths: Words,
    order: npt.NDArray[np.int32],
    sources: Words,
    start: int,
    seconds: float,
    heads: Longs,
    vectors: Longs,
    controls: Words,
    inbox: Longs,
) -> tuple[int, int, int]:
    """Ask with a fixed number of questions in flight for some seconds; return answered, not answered, and the place."""
    got = lost = flying = idle = turns = 0
    at = start
    now = np.zeros(2, dtype=np.int64)
    _clock(1, now.ctypes.data)
    stop = now[0] * 1_000_000_000 + now[1] + int(seconds * 1e9)
    mask = len(order) - 1
    while True:
        turns += 1
        if turns & 15 == 0:
            _clock(1, now.ctypes.data)
            if now[0] * 1_000_000_000 + now[1] > stop:
                break
        room = min(IN_FLIGHT - flying, BATCH)
        if room > 0:
            for slot in range(room):
                row = order[at & mask]
                vectors[slot, 0] = packets[row].ctypes.data
                vectors[slot, 1] = lengths[row]
                controls[slot, 5] = sources[at & mask]
                at += 1
            sent = _sendmmsg(fd, heads.ctypes.data, room, 0x40)
            sent = max(sent, 0)
            at -= room - sent
            flying += sent
        came = _recvmmsg(fd, inbox.ctypes.data, BATCH, 0x40, 0)
        if came > 0:
            flying -= came
            got += came
            idle = 0
        else:
            idle += 1
            if idle > 200_000:
                lost += flying
                flying = idle = 0
    return got, lost, at


class Generator:
    """One socket that asks a port from many addresses, and its buffers."""

    def __init__(self, port: int) -> None:
        self._socket = socket.socket(type=socket.SOCK_DGRAM)
        for size in (socket.SO_RCVBUF, socket.SO_SNDBUF):
            self._socket.setsockopt(socket.SOL_SOCKET, size, 1 << 21)
        self._socket.bind(("0.0.0.0", 0))
        target = struct.pack("=H", socket.AF_INET) + struct.pack("!H", port) + socket.inet_aton("127.0.0.1") + bytes(8)
        self._target = np.frombuffer(target, dtype=np.uint8).copy()
        self._heads, self._inbox = np.zeros((BATCH, 8), dtype=np.uint64), np.zeros((BATCH, 8), dtype=np.uint64)
        self._vectors, self._in_vectors = (
            np.zeros((BATCH, 2), dtype=np.uint64),
            np.zeros((BATCH, 2), dtype=np.uint64),
        )
        self._answers = np.zeros((BATCH, 2048), dtype=np.uint8)
        # One control message each: length, level IP, type IP_PKTINFO, interface, the address to ask from, unused.
        self._controls = np.zeros((BATCH, 8), dtype=np.uint32)
        self._controls[:, 0], self._controls[:, 3] = 28, 8
        self._controls[:, 5] = np.frombuffer(socket.inet_aton("127.0.0.1"), dtype=np.uint32)[0]
        for slot in range(BATCH):
            self._heads[slot, :6] = (
                self._target.ctypes.data,
                16,
                self._vectors[slot].ctypes.data,
                1,
                self._controls[slot].ctypes.data,
                32,
            )
            self._in_vectors[slot] = (self._answers[slot].ctypes.data, 2048)
            self._inbox[slot, 2], self._inbox[slot, 3] = self._in_vectors[slot].ctypes.data, 1
        self._at = 0

    def ask(self, load: Load, *, seconds: float) -> tuple[int, int]:
        """Ask for some seconds and return how many answers came and how many did not."""
        got, lost, self._at = _drive(
            self._socket.fileno(),
            load.packets,
            load.lengths,
            load.order,
            load.sources,
            self._at,
            seconds,
            self._heads,
            self._vectors,
            self._controls,
            self._inbox,
        )
        return got, lost

    def close(self) -> None:
        """Let go of the socket."""
        self._socket.close()


class Backend:
    """A resolver that answers everything at once: it only fills the caches."""

    def __init__(self) -> None:
        self._socket = socket.socket(type=socket.SOCK_DGRAM)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
        self._socket.bind(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        self.asked = 0
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            octets, client = self._socket.recvfrom(4096)
            self.asked += 1
            end = octets.index(0, 12) + 5
            kind = octets[end - 3]
            data = bytes((192, 0, 2, 80)) if kind == 1 else bytes(16)
            head = octets[:2] + b"\x81\x80\0\1\0\1\0\0\0\0" + octets[12:end]
            record = struct.pack("!HHHIH", 0xC00C, kind, 1, 86_400, len(data)) + data
            self._socket.sendto(head + record, client)


class Server:
    """One dnsdist on the first core."""

    def __init__(self, plane: Plane, *, core: int) -> None:
        plane.folder.mkdir(parents=True)
        (plane.folder / "policy.lua").write_text(config.script(), encoding="utf-8")
        path = plane.folder / "dnsdist.conf"
        # Answers that live for a minute would be asked for again under way; here both answer from their caches alone.
        text = config.text(plane).replace(f"maxTTL={config.MOST_TTL_S}", "maxTTL=86400")
        path.write_text(text.replace(f"math.min(ttl, {config.MOST_TTL_S})", "86400"), encoding="utf-8")
        self._log = (plane.folder / "log").open("wb")
        command = ["taskset", "-c", str(core), "dnsdist", "-C", str(path), "--supervised", "--disable-syslog"]
        self._process = subprocess.Popen(command, stdout=self._log, stderr=self._log)
        self.port = int(plane.listen[0].rpartition(":")[2])

    def processor_s(self) -> float:
        """Return the seconds of the processor that all its threads have used."""
        total = 0
        for path in Path(f"/proc/{self._process.pid}/task").glob("*/schedstat"):
            with contextlib.suppress(OSError):  # A thread that ended meanwhile.
                total += int(path.read_text().split()[0])
        return total / 1e9

    def memory_mib(self) -> float:
        """Return the memory in use, the mapped tables included."""
        line = next(one for one in Path(f"/proc/{self._process.pid}/status").read_text().splitlines() if "VmRSS" in one)
        return int(line.split()[1]) / 1024

    def stop(self) -> None:
        """End it."""
        self._process.terminate()
        self._process.wait(timeout=10)
        self._log.close()


def free_port() -> int:
    """Return a port that nobody uses."""
    with socket.socket(type=socket.SOCK_DGRAM) as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


@contextlib.contextmanager
def servers(folder: Path, *, backend: Backend, cores: list[int]) -> Iterator[dict[str, Server]]:
    """Run dnsdist with the policy and without."""
    made = {}
    try:
        for name, filters in (("unfiltered", False), ("policy", True)):
            plane = Plane(
                data_dir=folder,
                folder=folder / name,
                listen=(f"127.0.0.1:{free_port()}",),
                backends=(f"127.0.0.1:{backend.port}",),
                door_v4="192.0.2.1",
                clients=("127.0.0.0/8",),
                cache=400_000,
                filters=filters,
            )
            made[name] = Server(plane, core=cores[0])
        time.sleep(2)
        yield made
    finally:
        for server in made.values():
            server.stop()


def warm(server: Server, load: Load) -> None:
    """Ask every question once from an address without a profile, so that every answer is in the cache."""
    rows = len(load.packets)
    size = 1 << (rows - 1).bit_length()
    order = (np.arange(size) % rows).astype(np.int32)
    nobody = np.frombuffer(socket.inet_aton("127.0.0.1"), dtype=np.uint32)
    everything = Load(load.packets, load.lengths, order, np.repeat(nobody, size))
    generator = Generator(server.port)
    answered = 0
    while answered < 2 * rows:
        got, _ = generator.ask(everything, seconds=0.5)
        answered += got
    generator.close()


def measure(made: dict[str, Server], load: Load, *, slices: int) -> dict[str, list[tuple[float, float]]]:
    """Ask in turns and return for each server, for each slice, the microseconds of a question and the questions a second."""
    generators = {name: Generator(server.port) for name, server in made.items()}
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in made}
    for number in range(slices):
        turns = list(made.items())
        for name, server in turns if number % 2 == 0 else reversed(turns):
            used, begun = server.processor_s(), time.perf_counter()
            got, lost = generators[name].ask(load, seconds=SLICE_S)
            took = time.perf_counter() - begun
            if lost > got / 100:
                note(f"{name}: {lost} of {got} answers did not come")
            found[name].append(((server.processor_s() - used) / got * 1e6, got / took))
    for generator in generators.values():
        generator.close()
    return found


def run(*, count: int, subscribers: int, slices: int) -> list[Figure]:
    """Return the figures for one size."""
    cores = sorted(os.sched_getaffinity(0))
    with tempfile.TemporaryDirectory(prefix="leeward-filter-") as made_folder:
        folder = Path(made_folder)
        listed = names(count, start=0)
        took = write_tables(folder, listed=listed, subscribers=subscribers)
        note(f"{count:,} names in {took['names_s']:.1f} s, {subscribers:,} profiles in {took['subscribers_s']:.1f} s")
        load = make_load(listed=listed, subscribers=subscribers)
        octets = (folder / "family" / "names.tbl").stat().st_size / count
        del listed
        os.sched_setaffinity(0, {cores[-1]})
        backend = Backend()
        with servers(folder, backend=backend, cores=cores) as made:
            for name, server in made.items():
                begun = time.perf_counter()
                warm(server, load)
                note(f"{name}: cache warm after {time.perf_counter() - begun:.0f} s")
            measure(made, load, slices=2)
            before = backend.asked
            found = measure(made, load, slices=slices)
            note(f"{backend.asked - before} questions went past the caches while measuring")
            memory = {name: server.memory_mib() for name, server in made.items()}
        os.sched_setaffinity(0, set(cores))
    pairs = zip(found["unfiltered"], found["policy"], strict=True)
    ratios = sorted(plain[0] / filtered[0] for plain, filtered in pairs)
    label = f"{count // 1_000_000}m" if count >= 1_000_000 else str(count)
    note("ratios of the pairs: " + " ".join(f"{ratio:.2f}" for ratio in ratios))
    return [
        Figure(f"filter.ratio_{label}", statistics.median(ratios), "policy/unfiltered", True, GOALS.get(count)),
        *(
            Figure(f"filter.{name}_us_{label}", statistics.median(one[0] for one in found[name]), "us/query", False)
            for name in found
        ),
        *(
            Figure(f"filter.{name}_rate_{label}", statistics.median(one[1] for one in found[name]), "queries/s", True)
            for name in found
        ),
        Figure(f"filter.policy_memory_{label}", memory["policy"], "MiB", False),
        Figure(f"filter.unfiltered_memory_{label}", memory["unfiltered"], "MiB", False),
        Figure(f"filter.compile_{label}", took["names_s"], "s", False, 30.0 if count == 5_000_000 else None),
        Figure(f"filter.octets_a_name_{label}", octets, "octets", False, 80.0),
    ]


def main(argv: list[str]) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--full", action="store_true", help="5,000,000 names")
    parser.add_argument("--names", type=int, default=1_000_000)
    parser.add_argument("--subscribers", type=int, default=100_000)
    parser.add_argument("--slices", type=int, default=20, help="pairs of slices of a second")
    options = parser.parse_args(argv)
    for program in ("dnsdist", "taskset"):
        if shutil.which(program) is None:
            sys.exit(f"{program} is missing; sudo apt-get install dnsdist util-linux")
    if len(os.sched_getaffinity(0)) < 2:
        sys.exit("two cores are needed: one for dnsdist, one for the questions")
    count = 5_000_000 if options.full else options.names
    figures = run(count=count, subscribers=options.subscribers, slices=options.slices)
    if options.json:
        rows: list[dict[str, Any]] = [vars(figure) for figure in figures]
        print(json.dumps(rows, indent=1))
        return
    for figure in figures:
        goal = "" if figure.goal is None else f"   goal {figure.goal:g}"
        print(f"{figure.name:34} {figure.value:14.3f} {figure.unit}{goal}")


if __name__ == "__main__":
    main(sys.argv[1:])
