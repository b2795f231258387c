"""What the programs that alter files at random have in common: the changes, the confined child, and the parent that counts.

A program gives `main` its originals and what it tries. Each file is tried in a child process, which may take so much memory and so much
processor time and no more; the file of each fault is kept, with what happened as its name.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

SPARE_BYTES = 500_000_000  # of addresses beyond what is stated; a process that needs them dies and is a fault
PROCESSOR_S = 20.0  # for one file

Mutation = Callable[[random.Random, bytearray], None]


@dataclass(frozen=True)
class Subject:
    """What is tried: its name, the files to alter, what a change may add, and how a file is answered, by its name.

    `answer` returns «result» or the reason of a refusal; any other exception is a fault. `memory_bytes` is what it states to need.
    """

    name: str
    originals: Callable[[], dict[str, bytes]]
    mended: Callable[[random.Random, str, bytes], bytes]
    answer: Callable[[random.Random, str, bytes], str]
    memory_bytes: int
    files_a_child: int
    refused_unaltered: frozenset[str] = frozenset()


# --- How files are altered --------------------------------------------------------------------------------------------

NUMBERS = [0, 1, 2, 7, 0x7F, 0x80, 0xFF, 0x7FFF, 0xFFFF, 0x10000, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFE, 0xFFFFFFFF]


def place_in(chance: random.Random, data: bytearray) -> int:
    """Return a place, more often in the first or the last part, where headers and directories are."""
    size = len(data)
    where = chance.random()
    if where < 0.4:
        return chance.randrange(min(size, 1_500))
    if where < 0.7:
        return size - 1 - chance.randrange(min(size, 1_500))
    return chance.randrange(size)


def flip(chance: random.Random, data: bytearray) -> None:
    """Turn one bit over."""
    data[place_in(chance, data)] ^= 1 << chance.randrange(8)


def number(chance: random.Random, data: bytearray) -> None:
    """Write a number at which programs stumble."""
    size = chance.choice([1, 2, 4, 8])
    place = place_in(chance, data)
    value = chance.choice(NUMBERS) & (1 << 8 * size) - 1
    data[place : place + size] = value.to_bytes(size, chance.choice(["big", "little"]))


def noise(chance: random.Random, data: bytearray) -> None:
    """Write some random bytes."""
    place = place_in(chance, data)
    data[place : place + 8] = chance.randbytes(chance.randrange(1, 9))


def leave_out(chance: random.Random, data: bytearray) -> None:
    """Take some bytes away."""
    place = place_in(chance, data)
    del data[place : place + chance.randrange(1, 64)]


def repeat(chance: random.Random, data: bytearray) -> None:
    """Put a piece in twice, at another place."""
    place, size = place_in(chance, data), chance.randrange(4, 400)
    target = place_in(chance, data)
    data[target:target] = data[place : place + size] * chance.choice([1, 1, 2, 20])


def cut(chance: random.Random, data: bytearray) -> None:
    """End the file early."""
    del data[chance.randrange(1, len(data)) :]


MUTATIONS: list[Mutation] = [flip, number, number, number, noise, leave_out, repeat]


def altered(chance: random.Random, data: bytes) -> bytes:
    """Return a file with one to six changes."""
    changed = bytearray(data)
    for _ in range(chance.choice([1, 1, 2, 3, 6])):
        if len(changed) > 16:
            chance.choice(MUTATIONS)(chance, changed)
    if chance.random() < 0.1 and len(changed) > 16:
        cut(chance, changed)
    return bytes(changed)


# --- The child --------------------------------------------------------------------------------------------------------


def memory(key: str) -> int:
    """Return a size from the state of this process in bytes."""
    with Path("/proc/self/status").open() as lines:
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(key))


def child(subject: Subject, seed: int, current: Path) -> None:
    """Try files, one a line: its number, its name and its answer. The file in hand lies in `current`."""
    chance = random.Random(seed)
    files = subject.originals()
    for name, data in files.items():
        for turn in range(8):  # A subject may answer in several ways, as chance has it.
            answer = subject.answer(random.Random(turn), name, data)
            if answer != "result" and name not in subject.refused_unaltered:
                raise SystemExit(f"{name} is refused before anything is altered: {answer}")
    most = memory("VmSize") + subject.memory_bytes + SPARE_BYTES
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    held = memory("VmRSS")
    for turn in range(subject.files_a_child):
        name = chance.choice(list(files))
        data = subject.mended(chance, name, altered(chance, files[name]))
        current.write_bytes(data)
        print(turn, name, end=" ", flush=True)
        # The timer's signal ends the process, also inside a decoder.
        signal.setitimer(signal.ITIMER_PROF, PROCESSOR_S)
        print(subject.answer(chance, name, data), flush=True)
        signal.setitimer(signal.ITIMER_PROF, 0)
        if memory("VmHWM") > held + subject.memory_bytes:
            raise SystemExit("memory over what is stated")


# --- The parent -------------------------------------------------------------------------------------------------------


def fuzz(*, minutes: float, seed: int, keep: Path) -> Iterator[tuple[str, str, int]]:
    """Yield the name of each tried file, its answer, and 1 where that is a fault."""
    until = time.monotonic() + 60 * minutes
    with tempfile.TemporaryDirectory(prefix="leeward-fuzz-") as folder:
        current = Path(folder) / "current"
        while time.monotonic() < until:
            command = [sys.executable, sys.argv[0], "--child", str(current), "--seed", str(seed)]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            lines = [line.split(" ") for line in done.stdout.splitlines()]
            yield from ((line[1], line[2], 0) for line in lines if len(line) == 3 and line[2])
            if done.returncode:
                what = done.stderr.strip().splitlines()[-1] if done.stderr.strip() else f"signal {-done.returncode}"
                name = lines[-1][1] if lines else "start"
                print(f"seed {seed}, {name}: {what}", file=sys.stderr)
                if current.exists():
                    keep.mkdir(parents=True, exist_ok=True)
                    (keep / f"{seed}-{name}").write_bytes(current.read_bytes())
                yield name, what, 1
            seed += 1


def main(subject: Subject, description: str) -> None:
    """Read the command line and try files until the time is over."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=1)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--keep", type=Path, default=Path("fuzz-faults"))
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--child", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        child(subject, options.seed, options.child)
        return
    answers: Counter[tuple[str, str]] = Counter()
    faults = 0
    for name, answer, fault in fuzz(minutes=options.minutes, seed=options.seed, keep=options.keep):
        answers[name.split(".")[0], answer] += 1
        faults += fault
    for (kind, answer), count in sorted(answers.items()):
        print(f"  {kind:8} {answer:40} {count:>8}", file=sys.stderr)
    rows = [("tried", answers.total(), None, True), ("faults", faults, 0, False)]
    for name, value, goal, higher in rows:
        row = {
            "name": f"{subject.name}.{name}",
            "value": value,
            "unit": "files",
            "higher_is_better": higher,
            "goal": goal,
        }
        print(json.dumps(row | {"peer": None, "ratio": None}) if options.json else f"{row['name']:24} {value:>9} files")
    raise SystemExit(1 if faults else 0)
