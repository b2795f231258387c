"""What the benchmarks of filtering share: names, tables, questions, those who ask them, and who answers behind a cache.

The questions come from one socket that sends and receives many datagrams with one call, each from the address of a
subscriber drawn at random, so that looking the subscriber up is as cold as at a provider. Linux.
"""

from __future__ import annotations

import ctypes
import ipaddress
import json
import socket
import struct
import sys
import threading
import time
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol

import numba
import numpy as np
import numpy.typing as npt

from leeward.engines import policy
from leeward.engines.policy import mapped
from leeward.engines.policy.family import Own, Profile, Window

type Octets = npt.NDArray[np.uint8]
type Words = npt.NDArray[np.uint32]
type Longs = npt.NDArray[np.uint64]

FIRST_ADDRESS = int(ipaddress.IPv4Address("127.16.0.0"))  # Every address of 127.0.0.0/8 is this machine's own.
CATEGORIES = 40
OTHERS = 100_000  # Names that nobody lists, asked for by Zipf's law as people do.
LISTED_ASKED = 20_000  # At most; a fifth of the other names.
SHARE_LISTED = 0.1
QUESTIONS = 1 << 20
IN_FLIGHT, BATCH = 64, 32
SLICE_S = 1.0
ROW = 96  # Octets kept for a question.
SEED = 42
# What a subscriber has: evening bedtimes, a homework time, a mask of categories, own names.
OWNS_A_SUBSCRIBER = 2


type Slices = dict[
    str, list[tuple[float, float]]
]  # For each server, of each slice, microseconds and questions a second.


class Measured(Protocol):
    """A server with a port, whose use of the processor can be read."""

    port: int

    def processor_s(self) -> float:
        """Return the seconds of the processor that it has used."""


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


def tell(figures: Iterable[Figure], *, as_json: bool) -> None:
    """Print the figures, one on a line."""
    for figure in figures:
        if as_json:
            print(json.dumps(asdict(figure)), flush=True)
            continue
        goal = "" if figure.goal is None else f"   goal {figure.goal:g}"
        print(f"{figure.name:38} {figure.value:14,.3f} {figure.unit}{goal}", flush=True)


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


@dataclass(frozen=True)
class Tables:
    """What was written: how long it took, the category of each name and the mask of each subscriber."""

    names_s: float
    subscribers_s: float
    bits: list[int]
    masks: list[int]


def write_tables(folder: Path, *, listed: list[str], subscribers: int) -> Tables:
    """Write the tables of both planes."""
    rng = np.random.default_rng(SEED)
    bits: list[int] = rng.integers(0, CATEGORIES, len(listed)).tolist()
    masks: list[int] = rng.integers(0, 1 << CATEGORIES, subscribers).tolist()
    with policy.Writer.create(folder / "policy.tbl", [], position=0, never_block=frozenset()):
        pass
    with mapped.Writer.create(folder / "family") as writer:
        begun = time.perf_counter()
        writer.swap_names((name, 1 << bit) for name, bit in zip(listed, bits, strict=True))
        names_s = time.perf_counter() - begun
        begun = time.perf_counter()
        _subscribers(writer, masks, listed=listed, rng=rng)
        return Tables(names_s, time.perf_counter() - begun, bits, masks)


def _subscribers(writer: mapped.Writer, masks: list[int], *, listed: list[str], rng: np.random.Generator) -> None:
    count, now = len(masks), datetime.now(UTC)
    days = frozenset(range(7))
    # Windows of this hour would close every door; these lie in other hours of the day.
    hour = now.hour
    late, school = ((hour + 8) % 24) * 60, ((hour + 4) % 24) * 60
    bedtimes = [(Window(days, (late + 15 * step) % 1440, (late + 15 * step + 120) % 1440),) for step in range(8)]
    homework = (Window(days, school, (school + 120) % 1440),)
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


def make_load(*, listed: list[str], subscribers: int, others: int = OTHERS) -> Load:
    """Draw the questions: one in ten about a listed name, the others by Zipf's law, a fifth of them for IPv6."""
    rng = np.random.default_rng(SEED + 1)
    of_lists = min(LISTED_ASKED, others // 5)
    asked = [*names(others, start=1 << 40), *(listed[at] for at in rng.integers(0, len(listed), of_lists))]
    packets = np.zeros((2 * len(asked), ROW), dtype=np.uint8)
    lengths = np.zeros(2 * len(asked), dtype=np.uint32)
    for number, name in enumerate(asked):
        labels = b"".join(bytes((len(label),)) + label.encode() for label in name.split("."))
        for place, kind in enumerate((1, 28)):
            octets = struct.pack("!HHHHHH", 0, 0x0100, 1, 0, 0, 1) + labels + struct.pack("!BHH", 0, kind, 1)
            octets += struct.pack("!BHHIH", 0, 41, 1232, 0, 0)
            packets[2 * number + place, : len(octets)] = np.frombuffer(octets, dtype=np.uint8)
            lengths[2 * number + place] = len(octets)
    weights = 1 / np.arange(1, others + 1)
    other = rng.choice(others, QUESTIONS, p=weights / weights.sum())
    of_list = others + rng.integers(0, of_lists, QUESTIONS)
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
    is_over = False
    while flying > 0 or not is_over:  # What is in flight at the end is waited for, or the next call would add to it.
        turns += 1
        if turns & 15 == 0:
            _clock(1, now.ctypes.data)
            is_over = now[0] * 1_000_000_000 + now[1] > stop
        room = 0 if is_over else min(IN_FLIGHT - flying, BATCH)
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

    def __init__(self, address: str = "192.0.2.80") -> None:
        """Answer with this address whoever asks for one."""
        self._address = socket.inet_aton(address)
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
            data = self._address if kind == 1 else bytes(16)
            head = octets[:2] + b"\x81\x80\0\1\0\1\0\0\0\0" + octets[12:end]
            record = struct.pack("!HHHIH", 0xC00C, kind, 1, 86_400, len(data)) + data
            self._socket.sendto(head + record, client)


def free_port() -> int:
    """Return a port that nobody uses."""
    with socket.socket(type=socket.SOCK_DGRAM) as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


def warm(port: int, load: Load) -> float:
    """Ask every question twice from an address without a profile, so that every answer is cached; return the seconds."""
    begun = time.perf_counter()
    rows = len(load.packets)
    size = 1 << (rows - 1).bit_length()
    order = (np.arange(size) % rows).astype(np.int32)
    nobody = np.frombuffer(socket.inet_aton("127.0.0.1"), dtype=np.uint32)
    everything = Load(load.packets, load.lengths, order, np.repeat(nobody, size))
    generator = Generator(port)
    answered = 0
    while answered < 2 * rows:
        got, _ = generator.ask(everything, seconds=0.5)
        answered += got
    generator.close()
    return time.perf_counter() - begun


def measure(made: Mapping[str, Measured], load: Load, *, slices: int) -> Slices:
    """Ask in turns and return for each server, for each slice, the microseconds of a question and the questions a second."""
    generators = {name: Generator(server.port) for name, server in made.items()}
    found: Slices = {name: [] for name in made}
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
