"""Measure a re-scan: two workers against one, Dask against plain processes, and new signs against what was seen.

Usage: benchmarks/rescan.py [--json] [--files 1000] [--rounds 5] [--seen 1000000] [--new 10000]
The engines take turns over the same files, round by round, and the fastest round of each counts, because others may use
the machine meanwhile; the medians are printed beside it. The page cache is warm. The peer of two workers is what the
machine itself gives two processes that only count, in the same rounds: 2 where nobody else is there. The seconds of
processor that a picture takes, in workers and here, do not depend on the others; `two_workers.by_processor` is made of them.
What is timed is what workers do (read, look, compare with 100,000 signs) and what it takes to bring it to them and back.
"""

from __future__ import annotations

import argparse
import io
import json
import multiprocessing
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from leeward.screening.rescan.engines import Engine
    from leeward.screening.rescan.items import Batch
    from leeward.screening.rescan.work import Order

GOAL_TWO = 1.8  # times one worker
SIGNS = 100_000
COUNT = 10_000_000  # About half a second.
COUNTED = {"count of one": "one", "count of two": "two"}
GONE = 10  # Of the new signs so many point at a file that was seen.
SIZES = ((820, 615), (1160, 870), (1633, 1225))  # 0.5, 1 and 2 megapixels


def figure(name: str, value: float, unit: str, **more: object) -> dict[str, object]:
    """Return one line of the result."""
    row: dict[str, object] = {"name": f"rescan.{name}", "value": value, "unit": unit, "higher_is_better": False}
    return row | {"goal": None, "peer": None, "ratio": None} | more


def draw(folder: Path, files: int) -> None:
    """Draw JPEGs of 0.5 to 2 megapixels with as much detail as photographs have, each different."""
    import numpy as np
    from PIL import Image

    for number in range(files):
        chance = np.random.default_rng(number)
        coarse = Image.fromarray(chance.integers(0, 255, size=(48, 64, 3), dtype=np.uint8))
        size = SIZES[number % len(SIZES)]
        fine = Image.fromarray(chance.integers(0, 24, size=(size[1] // 2, size[0] // 2), dtype=np.uint8)).resize(size)
        smooth = coarse.resize(size, Image.Resampling.BICUBIC)
        out = io.BytesIO()
        Image.blend(smooth, fine.convert("RGB"), 0.15).save(out, "JPEG", quality=85)
        (folder / f"{number}.jpg").write_bytes(out.getvalue())


def an_order(folder: Path) -> Order:
    """Return an order with random signs in a file."""
    import numpy as np

    from leeward.engines import matching
    from leeward.screening.rescan.reading import Reach
    from leeward.screening.rescan.work import Order, Signs

    chance, path = np.random.default_rng(0), folder / "signs.seg"
    matching.build(
        path,
        keys=np.arange(SIGNS, dtype=np.int64),
        values=chance.integers(0, 256, (SIGNS, 32), dtype=np.uint8),
        exact_keys=np.arange(SIGNS, dtype=np.int64),
        exact_values=chance.integers(0, 256, (SIGNS, 16), dtype=np.uint8),
        position=1,
        mark=bytes(32),
    )
    path.with_suffix(".texts").touch()
    return Order(Signs(str(path), 50, 30), Reach())


def swept(engine: Engine, order: Order, batches: list[Batch]) -> float:
    """Return how many seconds an engine takes for these batches."""
    from leeward.screening.rescan import engines

    begun = time.perf_counter()
    done = sum(len(found) for _, found in engines.examined(engine, order, batches, pace=engines.Pace()))
    seconds = time.perf_counter() - begun
    if done != sum(len(batch.items) for batch in batches):
        raise SystemExit("an engine lost files; see leeward.screening.rescan.engines")
    return seconds


def count(turns: int) -> int:
    """Do nothing but count."""
    total = 0
    for number in range(turns):
        total += number
    return total


def counted(engine: Engine) -> float:
    """Return how many seconds the workers of an engine take to count, each as far as the others."""
    begun = time.perf_counter()
    for done in [engine.executor().submit(count, COUNT) for _ in range(engine.width)]:
        done.result()
    return (time.perf_counter() - begun) / engine.width


def processor_s() -> float:
    """Return the seconds of processor that this process and those it has started have used so far. Linux."""
    used = 0
    for pid in (os.getpid(), *(child.pid for child in multiprocessing.active_children())):
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        used += int(fields[11]) + int(fields[12])
    return used / os.sysconf("SC_CLK_TCK")


def engines_compared(*, files: int, rounds: int) -> Iterator[dict[str, object]]:
    """Yield what one and two processes and two Dask workers take for the same pictures."""
    from leeward.screening.rescan import sources
    from leeward.screening.rescan.engines import Dask, Local

    with tempfile.TemporaryDirectory(prefix="leeward-bench-") as name:
        folder = Path(name) / "corpus"
        folder.mkdir()
        draw(folder, files)
        batches = list(sources.batches(sources.Folder(folder, 1), after=""))
        order = an_order(Path(name))
        size = sum(item.size_bytes for batch in batches for item in batch.items) / files
        print(f"  {files} JPEGs of {size / 1000:,.0f} kB on average; nothing pinned", file=sys.stderr)
        running: dict[str, Engine] = {"one": Local(1), "two": Local(2), "dask": Dask(2, "")}
        try:
            for engine in running.values():
                swept(engine, order, batches[:8])  # Loads everything in every worker, and the files into the cache.
            taken: dict[str, list[float]] = {which: [] for which in (*running, *COUNTED)}
            used: dict[str, list[float]] = {which: [] for which in running}
            for number in range(rounds):
                for which in running if number % 2 else reversed(running):
                    before = processor_s()
                    taken[which].append(swept(running[which], order, batches))
                    used[which].append(processor_s() - before)
                for which, of in COUNTED.items():
                    taken[which].append(counted(running[of]))
                print(
                    "  " + "  ".join(f"{which} {values[-1]:.2f} s" for which, values in taken.items()), file=sys.stderr
                )
        finally:
            for engine in running.values():
                engine.close()
    yield from _compared(taken, files)
    yield from _used(used, files)


def _compared(taken: dict[str, list[float]], files: int) -> Iterator[dict[str, object]]:
    best = {which: min(values) for which, values in taken.items()}
    middle = {which: statistics.median(values) for which, values in taken.items()}
    for which in ("one", "two", "dask"):
        yield figure(f"{which}.rate", round(files / best[which], 1), "files/s", higher_is_better=True)
    for name, of in (("fastest", best), ("medians", middle)):
        two, given = of["one"] / of["two"], of["count of one"] / of["count of two"]
        print(
            f"  by {name}: two workers {two:.2f} times one, where counting gets {given:.2f}; ", end="", file=sys.stderr
        )
        print(f"dask {of['dask'] / of['two']:.2f} times as long", file=sys.stderr)
    two, given = best["one"] / best["two"], best["count of one"] / best["count of two"]
    yield figure("machine", round(given, 2), "times", higher_is_better=True, peer="one process that counts")
    yield figure(
        "two_workers",
        round(two, 2),
        "times",
        higher_is_better=True,
        goal=GOAL_TWO,
        peer="two processes that count",
        ratio=round(two / given, 2),
    )
    more = (best["dask"] - best["two"]) / files * 1e3
    slower = round(best["dask"] / best["two"], 2)
    yield figure("dask.overhead_per_picture", round(more, 3), "ms", peer="two processes", ratio=slower)


def _used(used: dict[str, list[float]], files: int) -> Iterator[dict[str, object]]:
    each = {which: statistics.median(values) / files * 1e3 for which, values in used.items()}
    for which, milliseconds in each.items():
        yield figure(f"{which}.processor_per_picture", round(milliseconds, 2), "ms")
    two = round(2 * each["one"] / each["two"], 2)
    yield figure(
        "two_workers.by_processor", two, "times", higher_is_better=True, goal=GOAL_TWO, peer="one worker", ratio=two
    )


def new_signs(*, seen_files: int, new: int) -> Iterator[dict[str, object]]:
    """Yield what it takes to ask new signs of files that were seen, as `leeward rescan --new-signs` does it."""
    import django

    django.setup()
    import numpy as np
    from django.utils import timezone

    from leeward.core import sequencer
    from leeward.indicators import services as indicators
    from leeward.indicators.models import Category, Kind
    from leeward.screening.rescan import seen, services
    from leeward.screening.rescan.engines import Here, Pace
    from leeward.screening.rescan.reading import Reach
    from leeward.screening.rescan.seen import Asked, Seen
    from leeward.screening.rescan.services import Way
    from leeward.site.management.commands.serve import prepare

    prepare()
    store = Seen.open(seen.folder())
    hashes = np.random.default_rng(1).integers(0, 256, (seen_files, 4, 32), dtype=np.uint8)
    fill(store, hashes.reshape(seen_files, 128), asked=Asked(0, sequencer.mark(0)))
    values = np.random.default_rng(2).integers(0, 256, (new, 32), dtype=np.uint8)
    values[:GONE] = hashes[:GONE, 0]
    signs = (indicators.Sign(Kind.PDQ, value.tobytes().hex(), Category.OTHER) for value in values)
    indicators.import_signs(signs, source="import:benchmark", actor="system", at=timezone.now())
    while sequencer.stamp(at=timezone.now()):
        pass
    begun = time.perf_counter()
    store.index()
    built = time.perf_counter() - begun
    begun = time.perf_counter()
    way = Way(Here(), Reach(), Pace(), timezone.now)
    asking, sweep = services.ask_new_signs(store, start=lambda _: way, at=timezone.now())
    asked = time.perf_counter() - begun
    if (asking.signs, asking.pointed_at, sweep.unreadable) != (new, GONE, {"gone": GONE}):
        raise SystemExit("not every new sign was asked; see leeward.screening.rescan.newly")
    size = sum(file.stat().st_size for file in seen.folder().iterdir())
    store.close()
    print(f"  {new:,} new signs, {seen_files:,} files seen in four orientations", file=sys.stderr)
    yield figure("new_signs", round(asked, 2), "s")
    yield figure("new_signs.segment_built", round(built, 2), "s")
    yield figure("seen.size_per_file", round(size / seen_files), "bytes")


def fill(store: object, hashes: object, *, asked: object) -> None:
    """Let a store have seen files with these hashes, shape (n, 128)."""
    import numpy as np

    from leeward.screening.rescan.items import Item, Place
    from leeward.screening.rescan.seen import Asked, Seen
    from leeward.screening.rescan.work import Finding, Traits

    if not (isinstance(store, Seen) and isinstance(asked, Asked) and isinstance(hashes, np.ndarray)):
        raise TypeError("give a store, an array and a position")
    begun, digests = time.perf_counter(), np.random.default_rng(3)
    for start in range(0, len(hashes), 20_000):
        rows = hashes[start : start + 20_000]
        exact = digests.integers(0, 256, (len(rows), 48), dtype=np.uint8)
        store.add(
            [
                Finding(
                    Item(Place.FILE, f"/nowhere/{start + at}.jpg", str(start + at), 1),
                    Traits(row.tobytes(), one.tobytes()),
                )
                for at, (row, one) in enumerate(zip(rows, exact, strict=True))
            ],
            asked=asked,
        )
    print(f"  the store was filled in {time.perf_counter() - begun:.1f} s", file=sys.stderr)


def in_a_new_folder(options: argparse.Namespace) -> list[dict[str, object]]:
    """Measure the new signs in a process with an empty data folder, because settings are read once."""
    with tempfile.TemporaryDirectory(prefix="leeward-bench-") as name:
        environ = {key: value for key, value in os.environ.items() if not key.startswith("LEEWARD_")}
        environ |= {"DJANGO_SETTINGS_MODULE": "leeward.site.settings", "LEEWARD_DATA_DIR": str(Path(name) / "data")}
        command = [sys.executable, __file__, "--inner", "--seen", str(options.seen), "--new", str(options.new)]
        done = subprocess.run(command, env=environ, stdout=subprocess.PIPE, text=True, check=False)
        if done.returncode:
            raise SystemExit(done.returncode)
        return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]


def main() -> None:
    """Read the command line and measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--full", action="store_true", help="2,000 files in 9 rounds, and 10,000,000 files seen")
    parser.add_argument("--files", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seen", type=int, default=1_000_000)
    parser.add_argument("--new", type=int, default=10_000)
    parser.add_argument("--only", choices=["engines", "new-signs"])
    parser.add_argument("--inner", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.full:
        options.files, options.rounds, options.seen = 2000, 9, 10_000_000
    if options.inner:
        for row in new_signs(seen_files=options.seen, new=options.new):
            print(json.dumps(row))
        return
    rows: list[dict[str, object]] = []
    if options.only != "new-signs":
        rows += engine_rows(options)
    if options.only != "engines":
        rows += in_a_new_folder(options)
    for row in rows:
        if options.json:
            print(json.dumps(row))
        else:
            goal = f"goal {row['goal']}" if row["goal"] else ""
            print(f"{row['name']!s:36} {row['value']:>10} {row['unit']!s:8} {goal}")


def engine_rows(options: argparse.Namespace) -> list[dict[str, object]]:
    """Compare the engines, with settings in a folder of their own."""
    import django

    with tempfile.TemporaryDirectory(prefix="leeward-bench-") as name:
        os.environ |= {"DJANGO_SETTINGS_MODULE": "leeward.site.settings", "LEEWARD_DATA_DIR": name}
        django.setup()
        return list(engines_compared(files=options.files, rounds=options.rounds))


if __name__ == "__main__":
    main()
