"""Measure the matching engine beside its peers: questions, building, memory, 100 million, and how soon a change holds.

Usage: benchmarks/match.py [--json] [--full] [--n 1000000,10000000]
Questions are asked in turns, ours and a peer's, in one process on one core, in seconds of the processor, and every
answer is compared; building and changes are in seconds of the clock. `--full` builds the peers at every size, which
takes minutes and 5 GB of memory, and adds 100 million hashes, which take 9 GB of disk.
"""

from __future__ import annotations

import argparse
import contextlib
import gc
import importlib.metadata
import itertools
import json
import os
import random
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from leeward.engines import matching

type Hashes = npt.NDArray[np.uint8]

MARK = bytes(32)
NO_KEYS = np.empty(0, dtype=np.int64)
NO_EXACT = np.empty((0, 16), dtype=np.uint8)
GOAL_SINGLE = {1_000_000: 12.0, 10_000_000: 15.0}
GOAL_BATCHED = {1_000_000: 15.0, 10_000_000: 30.0}
GOAL_BYTES = 130.0
GOAL_BUILD_S = 10.0
GOAL_HUGE = 500.0
GOAL_CHANGE_MS = 5.0
HUGE = 100_000_000
PEER_AT_MOST = 1_000_000  # hashes, without --full: at ten million its build alone takes a minute and a half
ROUNDS = 5
CHANGES = 100
# Nobody merges; another process does, and this one takes each new segment into use; this one does in a thread.
MODES = ("idle", "during_merge", "during_own_merge")
LOG = """
CREATE TABLE change (position INTEGER PRIMARY KEY, key INTEGER NOT NULL, value BLOB NOT NULL, op TEXT NOT NULL)
"""


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


def pin() -> None:
    """Stay on one core."""
    if hasattr(os, "sched_setaffinity"):
        core = max(os.sched_getaffinity(0))
        os.sched_setaffinity(0, {core})
        note(f"pinned to core {core}")


def unpin() -> None:
    """Run on any core again."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, range(os.cpu_count() or 1))


def made_up(count: int, *, seed: int) -> Hashes:
    """Return made-up hashes, shape (count, 32)."""
    words = np.random.default_rng(seed).integers(0, 2**64, (count, 4), dtype=np.uint64)
    return words.view(np.uint8)


def questions(values: Hashes, count: int) -> Hashes:
    """Return questions: nine in ten that match nothing, and one in ten that is 0 to 40 bits away from a held hash."""
    chance = np.random.default_rng(2)
    asked = made_up(count, seed=3)
    bits = np.unpackbits(values[chance.choice(len(values), size=count // 10)], axis=1)
    for row in range(len(bits)):
        bits[row, chance.choice(256, size=row % 41, replace=False)] ^= 1
    asked[:: count // (count // 10)][: len(bits)] = np.packbits(bits, axis=1)
    return asked


def label(count: int) -> str:
    """Return 1M for a million."""
    return f"{count // 1_000_000}M" if count >= 1_000_000 else f"{count // 1_000}k"


def build(path: Path, values: Hashes) -> float:
    """Build a segment of `values` and return how many seconds that took, until it was safe on the disk."""
    keys = np.arange(len(values), dtype=np.int64)
    begun = time.perf_counter()
    matching.build(path, keys=keys, values=values, exact_keys=NO_KEYS, exact_values=NO_EXACT, position=1, mark=MARK)
    return time.perf_counter() - begun


def per_question(ask: Callable[[], object], count: int) -> float:
    """Return the seconds of the processor that a question took, which do not count what else the machine does."""
    begun = time.process_time()
    ask()
    return (time.process_time() - begun) / count


@dataclass(frozen=True)
class Peer:
    """One of the field's indexes over the same hashes: what it is asked with, how, and what its answer says."""

    title: str
    formed: Callable[[Hashes], Any]
    ask: Callable[[Any], Any]
    answers: Callable[[Any], list[list[tuple[int, int]]]]


def reference_peer(values: Hashes) -> Peer:
    """Return the field's reference."""
    from threatexchange.signal_type.pdq.pdq_index import PDQIndex  # Only here, because it takes a second.

    index = PDQIndex((value.tobytes().hex(), key) for key, value in enumerate(values))
    return Peer(
        f"threatexchange {importlib.metadata.version('threatexchange')} PDQIndex.query (it has no batch)",
        formed=lambda asked: [one.tobytes().hex() for one in asked],
        ask=lambda texts: [index.query(text) for text in texts],
        answers=lambda found: [[(one.metadata, one.similarity_info.distance) for one in some] for some in found],
    )


def faiss_peer(values: Hashes, *, title: str, index: Any) -> Peer:
    """Return an index of faiss, which is asked in batches."""
    index.add(values)
    return Peer(
        title,
        formed=lambda asked: asked,
        ask=lambda asked: index.range_search(asked, matching.WITHIN_BITS + 1),
        answers=lambda found: [
            list(zip(found[2][start:end].tolist(), map(int, found[1][start:end]), strict=True))
            for start, end in itertools.pairwise(found[0])
        ],
    )


def peer_called(name: str, values: Hashes) -> Peer:
    """Build a peer."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        import faiss  # Only here, because it takes a second and leaves warnings.
    faiss.omp_set_num_threads(1)
    if name == "reference":
        return reference_peer(values)
    if name == "flat":
        return faiss_peer(values, title="faiss IndexBinaryFlat", index=faiss.IndexBinaryFlat(256))
    multi = faiss.IndexBinaryMultiHash(256, 16, 16)
    multi.nflip = 1
    return faiss_peer(values, title="faiss IndexBinaryMultiHash 16x16", index=multi)


def beside(name: str, path: Path, count: int) -> Iterator[Figure]:
    """Yield how ours and one peer answer in turns. In a process of its own: a second peer halves the first one's rate."""
    values = made_up(count, seed=1)
    begun = time.perf_counter()
    peer = peer_called(name, values)
    seconds = time.perf_counter() - begun
    index = matching.Index.open(path)
    asked = questions(values, 1_000)
    few = asked[:100]
    ours = [sorted((match.key, match.distance_bits) for match in one) for one in index.near_many(few)]
    if ours != [sorted(one) for one in peer.answers(peer.ask(peer.formed(few)))]:
        raise SystemExit(f"the answers differ from those of {peer.title}")
    note(
        f"{peer.title}: built in {seconds:.1f} s, equal answers, {sum(map(len, ours))} matches of {len(few)} questions"
    )
    octets = [one.tobytes() for one in asked]
    formed = peer.formed(few)
    taken: dict[str, list[float]] = {"single": [], "batched": [], name: []}
    for _ in range(ROUNDS):
        taken["single"].append(per_question(lambda: [index.near(one) for one in octets], len(octets)))
        taken["batched"].append(per_question(lambda: index.near_many(asked), len(asked)))
        taken[name].append(per_question(lambda: peer.ask(formed), len(few)))
    start = f"match.{label(count)}"
    for who, each in taken.items():
        rate = 1 / statistics.median(each)
        yield Figure(f"{start}.beside_{name}.{who}", round(rate, 1), "questions/s", higher_is_better=True)
    for way, goals in (("single", GOAL_SINGLE), ("batched", GOAL_BATCHED)):
        ratio = round(statistics.median(b / a for a, b in zip(taken[way], taken[name], strict=True)), 1)
        goal = goals.get(count) if name == "reference" else None
        yield Figure(f"{start}.{way}.vs_{name}", ratio, "times", True, goal, peer.title, ratio)
    yield Figure(f"{start}.build.{name}", round(seconds, 1), "s", higher_is_better=False)


def size_figures(folder: Path, count: int, *, peers: list[str]) -> Iterator[Figure]:
    """Yield everything about `count` hashes; leave the segment in the folder for what follows."""
    name = f"match.{label(count)}"
    values = made_up(count, seed=1)
    asked = questions(values, 960)
    path = folder / label(count)
    seconds = [build(path, values) for _ in range(2)]
    del values
    yield Figure(f"{name}.build", round(min(seconds), 2), "s", False, GOAL_BUILD_S if count == 10_000_000 else None)
    yield Figure(f"{name}.bytes_a_sign", round(path.stat().st_size / count, 1), "bytes", False, GOAL_BYTES)
    for peer in peers:
        command = [sys.executable, __file__, "--beside", peer, str(path), str(count)]
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
        yield from (Figure(**json.loads(line)) for line in done.stdout.splitlines())
    index = matching.Index.open(path)
    sixteens = [asked[start : start + 16] for start in range(0, len(asked), 16)]
    taken = per_question(lambda: [index.near_many(sixteen) for sixteen in sixteens], len(sixteens))
    yield Figure(f"{name}.sixteen_variants", round(1_000 * taken, 3), "ms", False)
    yield from other_process_figures(path, name=name)


def other_process_figures(path: Path, *, name: str) -> Iterator[Figure]:
    """Yield what one more process costs, while this one has the segment mapped and read as well."""
    done = subprocess.run([sys.executable, __file__, "--ask", str(path)], stdout=subprocess.PIPE, text=True, check=True)
    seen = json.loads(done.stdout)
    yield Figure(f"{name}.private_memory", seen["private_mb"], "MB", False)
    yield Figure(f"{name}.shared_memory", seen["shared_mb"], "MB", False)
    yield Figure(f"{name}.start_to_first_answer", seen["start_s"], "s", False)


def memory_mb() -> tuple[float, float]:
    """Return the private and the shared memory of this process."""
    fields = {"Private_Clean": 0, "Private_Dirty": 0, "Shared_Clean": 0, "Shared_Dirty": 0}
    with contextlib.suppress(FileNotFoundError):  # Only Linux has it.
        for line in Path("/proc/self/smaps_rollup").read_text().splitlines()[1:]:
            field, _, rest = line.partition(":")
            if field in fields:
                fields[field] = int(rest.split()[0])
    private, shared = fields["Private_Clean"] + fields["Private_Dirty"], fields["Shared_Clean"] + fields["Shared_Dirty"]
    return private / 1_024, shared / 1_024


def ask_and_tell(path: Path) -> None:
    """Open a segment in a process of its own, ask, and print what that took. Memory is counted from after the imports."""
    matching.Index.empty()
    private, shared = memory_mb()
    index = matching.Index.open(path)
    index.near(bytes(32))
    started = time.clock_gettime(time.CLOCK_BOOTTIME) - born() if hasattr(time, "CLOCK_BOOTTIME") else 0.0
    index.near_many(made_up(2_000, seed=9))
    now_private, now_shared = memory_mb()
    print(
        json.dumps(
            {
                "private_mb": round(now_private - private, 1),
                "shared_mb": round(now_shared - shared, 1),
                "start_s": round(started, 2),
            }
        )
    )


def born() -> float:
    """Return when this process began, in seconds since the machine was started."""
    ticks = int(Path("/proc/self/stat").read_text().rpartition(")")[2].split()[19])
    return ticks / os.sysconf("SC_CLK_TCK")


def sign(number: int) -> bytes:
    """Return the hash of the sign with this number."""
    return random.Random(number).randbytes(32)


def next_of(path: Path) -> Path:
    """Return where the next segment is put."""
    return path.with_name(f"{path.name}.next")


def merge(index: matching.Index, path: Path, *, until: Callable[[], bool]) -> None:
    """Write the next segment again and again, at the lowest priority: on Linux a thread has one of its own."""
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), 19)
    while not until():
        index.write(next_of(path), mark=MARK)


class Follower:
    """Follow the change log by position as screening does, and the segment by its file."""

    def __init__(self, path: Path, log: Path) -> None:
        self.index = matching.Index.open(path)
        self._segment = next_of(path)
        self._number = 0
        self._database = sqlite3.connect(log, isolation_level=None)

    def catch_up(self) -> None:
        """Take in what is new."""
        with contextlib.suppress(FileNotFoundError):
            number = self._segment.stat().st_ino
            if number != self._number:
                self.index.rebase(self._segment)
                self._number = number
        head = self._database.execute("SELECT max(position) FROM change").fetchone()[0]
        if head is None or head <= self.index.position:
            return
        after = "SELECT position, key, value, op FROM change WHERE position > ? ORDER BY position"
        for position, changed, octets, op in self._database.execute(after, (self.index.position,)):
            if op == "publish":
                self.index.publish(changed, near=[octets], position=position)
            else:
                self.index.withdraw(changed, position=position)


def follow(path: Path, log: Path, *, mode: str) -> None:
    """Ask for the next change in a loop, and tell when it holds; in the last mode merge in a thread meanwhile."""
    follower = Follower(path, log)
    stopped = threading.Event()
    merger = threading.Thread(target=lambda: merge(follower.index, path, until=stopped.is_set))
    if mode == MODES[2]:
        merger.start()
    slowest = 0.0
    print("ready", flush=True)
    for number in range(2 * CHANGES):
        key, is_published = 1_000_000_000 + number // 2, number % 2 == 0
        value = sign(key)
        is_found = not is_published
        while is_found != is_published:
            begun = time.monotonic()
            follower.catch_up()
            is_found = bool(follower.index.near(value))
            slowest = max(slowest, time.monotonic() - begun)
        print(time.monotonic(), flush=True)
    stopped.set()
    if mode == MODES[2]:
        merger.join()
    print(slowest, flush=True)


@contextlib.contextmanager
def running(*arguments: object) -> Iterator[subprocess.Popen[str]]:
    """Run this file in another process, on any core, until the end of the block."""
    command = [sys.executable, __file__, *map(str, arguments)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def change_figures(path: Path, *, count: int, mode: str) -> Iterator[Figure]:
    """Yield the time from the commit of a change until another process, which asks in a loop, answers by it."""
    log = path.with_name(f"{path.name}.{mode}.sqlite3")
    database = sqlite3.connect(log, isolation_level=None)
    database.execute("PRAGMA journal_mode=WAL")
    database.execute("PRAGMA synchronous=FULL")
    database.execute(LOG)
    taken: dict[str, list[float]] = {"publish": [], "withdraw": []}
    with contextlib.ExitStack() as stack:
        follower = stack.enter_context(running("--follow", path, log, mode))
        assert follower.stdout is not None
        follower.stdout.readline()
        if mode == MODES[1]:
            stack.enter_context(running("--merge", path))
        for number in range(2 * CHANGES):
            key, op = 1_000_000_000 + number // 2, "withdraw" if number % 2 else "publish"
            time.sleep(random.Random(number).random() / 25)  # so that changes come at any moment of a merge
            row = (number + 2, key, sign(key), op)
            database.execute("INSERT INTO change (position, key, value, op) VALUES (?, ?, ?, ?)", row)
            committed = time.monotonic()
            taken[op].append(1_000 * (float(follower.stdout.readline()) - committed))
        slowest = 1_000 * float(follower.stdout.readline())
    database.close()
    next_of(path).unlink(missing_ok=True)
    name = f"match.{label(count)}.{mode}"
    for op, values in taken.items():
        p95 = sorted(values)[-(-len(values) * 95 // 100) - 1]
        yield Figure(f"{name}.{op}.median", round(statistics.median(values), 2), "ms", False)
        yield Figure(f"{name}.{op}.p95", round(p95, 2), "ms", False, GOAL_CHANGE_MS)
        yield Figure(f"{name}.{op}.max", round(max(values), 2), "ms", False)
    yield Figure(f"{name}.slowest_question", round(slowest, 2), "ms", False)


def huge_figures(folder: Path) -> Iterator[Figure]:
    """Yield what 100 million hashes take."""
    path = folder / "huge"
    values = made_up(HUGE, seed=1)
    asked = questions(values, 500)
    seconds = build(path, values)
    planted = values[:: HUGE // 20].copy()
    del values
    gc.collect()
    yield Figure("match.100M.build", round(seconds, 1), "s", False)
    yield Figure("match.100M.bytes_a_sign", round(path.stat().st_size / HUGE, 1), "bytes", False, GOAL_BYTES)
    index = matching.Index.open(path)
    for number, found in enumerate(index.near_many(planted)):
        if [(match.key, match.distance_bits) for match in found] != [(number * (HUGE // 20), 0)]:
            raise SystemExit("100M: a planted hash is not found")
    index.near_many(asked)
    for way, ask in (
        ("single", lambda: [index.near(one.tobytes()) for one in asked]),
        ("batched", lambda: index.near_many(asked)),
    ):
        rate = 1 / statistics.median(per_question(ask, len(asked)) for _ in range(ROUNDS))
        yield Figure(f"match.100M.{way}", round(rate, 1), "questions/s", True, GOAL_HUGE)


def figures(folder: Path, sizes: list[int], *, full: bool) -> Iterator[Figure]:
    """Yield everything."""
    build(folder / "warm", made_up(30_000, seed=1))  # compiles
    for count in sizes:
        note(f"{count:,} hashes")
        peers = ["reference", "flat", "multi"] if full or count <= PEER_AT_MOST else ["flat"]
        yield from size_figures(folder, count, peers=peers)
        for mode in MODES:
            yield from change_figures(folder / label(count), count=count, mode=mode)
        (folder / label(count)).unlink()
    if full:
        note(f"{HUGE:,} hashes")
        yield from huge_figures(folder)


def shown(figure: Figure) -> str:
    """Return a figure as a line of a table."""
    sign = ">=" if figure.higher_is_better else "<="
    goal = "" if figure.goal is None else f"{sign} {figure.goal:g}"
    return f"{figure.name:44} {figure.value:>12,} {figure.unit:12} {goal:8} {figure.peer or ''}"


def main() -> None:
    """Read the command line and measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--full", action="store_true", help="peers at every size, and 100 million hashes")
    parser.add_argument("--n", default="1000000,10000000", help="sizes, separated by commas")
    parser.add_argument("--ask", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--beside", nargs=3, help=argparse.SUPPRESS)
    parser.add_argument("--follow", nargs=3, help=argparse.SUPPRESS)
    parser.add_argument("--merge", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.ask:
        ask_and_tell(options.ask)
        return
    if options.beside:
        name, path, count = options.beside
        for figure in beside(name, Path(path), int(count)):
            print(json.dumps(vars(figure)), flush=True)
        return
    if options.follow:
        unpin()
        path, log, mode = options.follow
        follow(Path(path), Path(log), mode=mode)
        return
    if options.merge:
        unpin()
        merge(matching.Index.open(options.merge), options.merge, until=lambda: False)
        return
    pin()
    sizes = [int(size) for size in options.n.split(",")]
    with tempfile.TemporaryDirectory(prefix="leeward-match-") as name:
        for figure in figures(Path(name), sizes, full=options.full):
            print(json.dumps(vars(figure)) if options.json else shown(figure), flush=True)


if __name__ == "__main__":
    main()
