"""Alter drawn pictures of each format at random, and report all that is neither a result nor a named refusal.

Usage: benchmarks/fuzz_pictures.py --minutes 10 [--seed 0] [--keep FOLDER] [--json]
Each file is tried in a child process, which may take so much memory and so much processor time and no more. A fault is
an exception of another kind, a warning, a process that dies, memory over what is stated, or a file that takes too long.
The file of each fault is kept in FOLDER, with what happened as its name.
"""

from __future__ import annotations

import argparse
import io
import json
import random
import resource
import signal
import subprocess
import sys
import tempfile
import time
import warnings
import zlib
from collections import Counter
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

from fuzz_files import altered, memory
from PIL import Image

from leeward.engines import hashing
from leeward.engines.hashing.tests import drawn

LIMITS = hashing.Limits(size_bytes=1_000_000, pixels=4_000_000)
SPARE_BYTES = 500_000_000  # of addresses beyond what is stated; a process that needs them dies and is a fault
PROCESSOR_S = 20.0  # for one file
FILES_A_CHILD = 1_000
WAYS = (hashing.variants, hashing.variants, hashing.banked, partial(hashing.thumbnail, at_least=48))


def originals() -> dict[str, bytes]:
    """Return the files that are altered, by format and kind."""
    found = {f"{name}.plain": drawn.small_file(name) for name in ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "AVIF")}
    found["HEIF.small"], found["HEIF.large"] = drawn.small_file("HEIF"), drawn.file_of_picture_5("HEIF")
    large, small = drawn.picture(3, width=1100, height=1060), drawn.picture(4, width=120, height=90)
    found["JPEG.large"] = drawn.encoded(large, "JPEG", quality=40)
    found["PNG.large"] = drawn.encoded(large)
    for name in ("GIF", "PNG", "WEBP", "TIFF", "AVIF"):
        found[f"{name}.moving"] = drawn.animated(4, file_format=name)
    for name, mode in (("JPEG", "L"), ("JPEG", "CMYK"), ("PNG", "P"), ("PNG", "RGBA"), ("PNG", "LA"), ("PNG", "1")):
        found[f"{name}.{mode}"] = drawn.encoded(
            small.convert("L").convert(mode) if mode == "LA" else small.convert(mode), name
        )
    for mode in ("1", "P", "CMYK", "LAB", "YCbCr", "F", "I"):
        found[f"TIFF.{mode}"] = drawn.encoded(
            small.convert("L").convert(mode) if mode in "FI" else small.convert(mode), "TIFF"
        )
    kinds: list[tuple[str, str, dict[str, Any]]] = [
        ("JPEG", "progressive", {"progressive": True}),
        ("JPEG", "444", {"subsampling": "4:4:4", "icc_profile": bytes(300), "exif": b"Exif\0\0II*\0\x08\0\0\0\0\0"}),
        ("WEBP", "lossless", {"lossless": True}),
        ("TIFF", "group4", {"compression": "group4"}),
    ]
    kinds += [("TIFF", kind, {"compression": kind}) for kind in ("tiff_lzw", "tiff_deflate", "jpeg", "packbits")]
    for name, kind, how in kinds:
        file = io.BytesIO()
        (small.convert("1") if kind == "group4" else small).save(file, name, **how)
        found[f"{name}.{kind}"] = file.getvalue()
    found["TIFF.tile"] = drawn.tiff_with_a_tile(16)
    mpo = io.BytesIO()
    small.save(mpo, "MPO", save_all=True, append_images=[small.transpose(Image.Transpose.ROTATE_180)])
    found["JPEG.mpo"] = mpo.getvalue()
    return found


def sealed(data: bytes) -> bytes:
    """Return a PNG with the sums of its chunks put right, so that what was altered is read and not only refused."""
    out, place = bytearray(data[:8]), 8
    while place + 12 <= len(data):
        length = int.from_bytes(data[place : place + 4], "big")
        chunk = data[place + 4 : place + 8 + length]
        out += data[place : place + 4] + chunk + zlib.crc32(chunk).to_bytes(4, "big")
        place += 12 + length
    return bytes(out)


def tried(data: bytes, *, way: int) -> str:
    """Return how a file was answered: `result` or the reason of the refusal. Any other exception leaves."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            WAYS[way](data, limits=LIMITS)
        except hashing.PictureRefused as refused:
            return str(refused.reason)
    return "result"


def child(seed: int, current: Path) -> None:
    """Try files, one a line: its number, its name and its answer. The file in hand lies in `current`."""
    chance = random.Random(seed)
    files = originals()
    for name, data in files.items():
        for way in range(len(WAYS)):
            if (answer := tried(data, way=way)) != "result":
                raise SystemExit(f"{name} is refused before anything is altered: {answer}")
    most = memory("VmSize") + LIMITS.memory_bytes + SPARE_BYTES
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    held = memory("VmRSS")
    for turn in range(FILES_A_CHILD):
        name = chance.choice(list(files))
        data = altered(chance, files[name])
        if name.startswith("PNG") and chance.random() < 0.7:
            data = sealed(data)
        current.write_bytes(data)
        print(turn, name, end=" ", flush=True)
        # The timer's signal ends the process, also inside a decoder.
        signal.setitimer(signal.ITIMER_PROF, PROCESSOR_S)
        print(tried(data, way=chance.randrange(len(WAYS))), flush=True)
        signal.setitimer(signal.ITIMER_PROF, 0)
        if memory("VmHWM") > held + LIMITS.memory_bytes:
            raise SystemExit("memory over what is stated")


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
                what = done.stderr.strip().splitlines()[-1] if done.returncode > 0 else f"signal {-done.returncode}"
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
        row = {
            "name": f"fuzz_pictures.{name}",
            "value": value,
            "unit": "files",
            "higher_is_better": higher,
            "goal": goal,
        }
        print(json.dumps(row | {"peer": None, "ratio": None}) if options.json else f"{row['name']:24} {value:>9} files")
    raise SystemExit(1 if faults else 0)


if __name__ == "__main__":
    main()
