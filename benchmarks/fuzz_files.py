"""Alter drawn videos and archives at random, and report all that is neither a result nor a named refusal.

Usage: benchmarks/fuzz_files.py --minutes 10 [--seed 0] [--keep FOLDER] [--json]
Each file is tried in a child process, which may take so much memory and so much processor time and no more. A fault is
an exception of another kind, a process that dies, memory over what is stated, or a file that takes too long. The file of
each fault is kept in FOLDER, with what happened as its name.
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
from pathlib import Path

from leeward.engines import unpacking
from leeward.engines.hashing import video
from leeward.engines.hashing.tests import clips
from leeward.engines.unpacking.tests import packed

VIDEO_LIMITS = video.VideoLimits(pixels=640 * 480, packets=100_000, frames=3_000, decoded_pixels=500_000_000)
ARCHIVE_LIMITS = unpacking.ArchiveLimits(member_bytes=5_000_000, unpacked_bytes=50_000_000, members=2_000)
ARCHIVE_BYTES = 100_000_000  # three members of 5 MB, and 80 MB for the largest dictionary of xz
SPARE_BYTES = 500_000_000  # of addresses beyond what is stated; a process that needs them dies and is a fault
PROCESSOR_S = 20.0  # for one file
FILES_A_CHILD = 400
QUIET = {"x265-params": "log-level=none"}

Mutation = Callable[[random.Random, bytearray], None]


def originals() -> dict[str, bytes]:
    """Return the files that are altered, by name."""
    found = {f"video.{container}": clips.clip(container, seconds=1) for container in clips.CONTAINERS}
    found["video.mp4-fragmented"] = clips.encoded(clips.frames(2, 12), options={"movflags": "frag_keyframe"})
    found["video.avi-mjpeg"] = clips.encoded(clips.frames(2, 6), container="avi", codec="mjpeg", pixels="yuvj420p")
    found["video.ts-h264"] = clips.encoded(clips.frames(3, 12), container="ts", codec="libx264")
    found["video.mkv-hevc"] = clips.encoded(clips.frames(3, 8), container="mkv", codec="libx265", options=QUIET)
    found["video.webm-vp9"] = clips.encoded(clips.frames(3, 8), container="webm", codec="libvpx-vp9")
    found["video.mp4-av1"] = clips.encoded(clips.frames(3, 8), codec="libsvtav1")
    found["archive.zip"] = packed.zipped()
    found["archive.zip-bzip2"] = packed.zipped(method=12)
    found["archive.zip-nested"] = packed.nested(3)
    for mode in ("w", "w:gz", "w:bz2", "w:xz"):
        found[f"archive.tar-{mode}"] = packed.tarred(mode=mode)
    found["archive.tar-special"] = packed.with_special_files()
    return found


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


def tried(name: str, data: bytes) -> str:
    """Return how a file was answered: `result` or the reason of the refusal. Any other exception leaves."""
    try:
        if name.startswith("video"):
            video.ask(data, limits=VIDEO_LIMITS)
            if len(data) % 4 == 0:  # Every frame takes longer, so only some files are banked.
                video.bank(data, limits=VIDEO_LIMITS)
        else:
            for _ in unpacking.members(data, limits=ARCHIVE_LIMITS):
                pass
    except (video.VideoRefused, unpacking.ArchiveRefused) as refused:
        return str(refused.reason)
    return "result"


def memory(key: str) -> int:
    """Return a size from the state of this process in bytes."""
    with Path("/proc/self/status").open() as lines:
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(key))


def child(seed: int, current: Path) -> None:
    """Try files, one a line: its number, its name and its answer. The file in hand lies in `current`."""
    chance = random.Random(seed)
    files = originals()
    for name, data in files.items():
        if name != "archive.zip-nested" and tried(name, data) != "result":
            raise SystemExit(f"{name} is refused before anything is altered")
    stated = max(VIDEO_LIMITS.memory_bytes, ARCHIVE_BYTES)
    most = memory("VmSize") + stated + SPARE_BYTES
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    held = memory("VmRSS")
    for turn in range(FILES_A_CHILD):
        name = chance.choice(list(files))
        data = altered(chance, files[name])
        current.write_bytes(data)
        print(turn, name, end=" ", flush=True)
        # The timer's signal ends the process, also inside a decoder.
        signal.setitimer(signal.ITIMER_PROF, PROCESSOR_S)
        print(tried(name, data), flush=True)
        signal.setitimer(signal.ITIMER_PROF, 0)
        if memory("VmHWM") > held + stated:
            raise SystemExit("memory over what is stated")


# --- The parent -------------------------------------------------------------------------------------------------------


def fuzz(*, minutes: float, seed: int, keep: Path) -> Iterator[tuple[str, str, int]]:
    """Yield the name of each tried file, its answer, and 1 where that is a fault."""
    until = time.monotonic() + 60 * minutes
    with tempfile.TemporaryDirectory(prefix="leeward-fuzz-") as folder:
        current = Path(folder) / "current"
        while time.monotonic() < until:
            command = [sys.executable, __file__, "--child", str(current), "--seed", str(seed)]
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


def main() -> None:
    """Read the command line and try files until the time is over."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=1)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--keep", type=Path, default=Path("fuzz-faults"))
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--child", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        child(options.seed, options.child)
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
        row = {"name": f"fuzz_files.{name}", "value": value, "unit": "files", "higher_is_better": higher, "goal": goal}
        print(json.dumps(row | {"peer": None, "ratio": None}) if options.json else f"{row['name']:24} {value:>9} files")
    raise SystemExit(1 if faults else 0)


if __name__ == "__main__":
    main()
