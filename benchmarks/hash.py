"""Measure hashing of pictures beside `threatexchange`: speed, distance to its hash, and what is found after an edit.

Usage: benchmarks/hash.py [--json] [--full] [--pictures FOLDER]
Photographs are the honest corpus: the wallpapers of Debian's packages where they are installed, or the folder given.
Without either, drawn pictures stand in; which it was is said on standard error.
"""

from __future__ import annotations

import argparse
import io
import itertools
import json
import os
import statistics
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

# One core for both sides, and before NumPy starts as many threads as it sees cores.
if hasattr(os, "sched_setaffinity"):
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageOps
from threatexchange.signal_type.pdq.pdq_hasher import pdq_from_bytes
from threatexchange.signal_type.pdq.signal import PdqSignal

from leeward.engines import hashing
from leeward.engines.hashing._scaled import Scaled, _jpeg, scaled_lumas
from leeward.engines.hashing._spectrum import bits, spectrum
from leeward.engines.hashing.tests import drawn

WALLPAPERS = Path("/usr/share/backgrounds")  # Debian: mate-, gnome-, lomiri-backgrounds and ukui-wallpapers
KINDS = (".jpg", ".jpeg", ".png", ".webp")  # photographs are most often the first, and textures the last
REFERENCE = Path(__file__).parents[2] / "shared" / "data" / "matching" / "pdq"
WITHIN_BITS = 31  # of 256. "Distance threshold: <=31", pdq/README.md, facebook/ThreatExchange
QUALITY = 50  # "drop quality <= 49", the same
SURE_QUALITY = 80  # from here the same file asks two routes to agree within 10 bits
AGREE_BITS = 10
EDITED_SIDE = 1024  # pixels. The longer side of the pictures that are edited

Figure = dict[str, object]


def figure(name: str, value: float, unit: str, *, higher: bool = True, goal: float | None = None) -> Figure:
    """Return one figure without a peer."""
    row: Figure = {
        "name": f"hash.{name}",
        "value": round(value, 3),
        "unit": unit,
        "higher_is_better": higher,
        "goal": goal,
    }
    return row | {"peer": None, "ratio": None}


def beside(name: str, ours: float, peer: float, unit: str, *, goal: float | None = None) -> Figure:
    """Return one figure beside the peer's. `goal` is in the unit of the figure."""
    row = figure(name, ours, unit, goal=None if goal is None else round(goal, 3))
    return row | {"peer": round(peer, 3), "ratio": round(ours / peer, 2) if peer else None}


def corpus(folder: Path | None) -> list[Path]:
    """Return the files of the corpus, photographs first, and say on standard error which it is. Nothing means: draw."""
    place = folder or WALLPAPERS
    found = (path for path in place.rglob("*") if path.suffix.lower() in KINDS)
    files = sorted(found, key=lambda path: (KINDS.index(path.suffix.lower()), path.name))
    print(f"pictures: {len(files)} files of {place}" if files else "pictures: drawn ones", file=sys.stderr)
    return files


def sources(files: list[Path], *, megapixels: float, most: int) -> list[Image.Image]:
    """Return up to `most` pictures of a size, scaled down only: what is scaled up is smoother than a photograph."""
    wanted = megapixels * 1e6
    found: list[Image.Image] = []
    for path in files:
        with Image.open(path) as image:
            if len(found) < most and image.width * image.height >= 0.9 * wanted:
                share = min(1.0, (wanted / (image.width * image.height)) ** 0.5)
                size = round(image.width * share), round(image.height * share)
                found.append(image.convert("RGB").resize(size, Image.Resampling.LANCZOS))
    if not found:
        width = round((wanted * 4 / 3) ** 0.5)
        found = [drawn.picture(seed, width=width, height=width * 3 // 4) for seed in range(most)]
    return found


def encoded(image: Image.Image, kind: str, quality: int = 90) -> bytes:
    """Return the bytes of a picture as a file."""
    file = io.BytesIO()
    image.save(file, kind, quality=quality)
    return file.getvalue()


def distance(one: bytes, other: bytes) -> int:
    """Return in how many bits two hashes differ."""
    return (int.from_bytes(one) ^ int.from_bytes(other)).bit_count()


# --- Speed ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Race:
    """Say what is timed, and by how much ours should be faster."""

    kind: str
    megapixels: float
    goal: float | None
    pictures: int


RACES = (
    Race("JPEG", 0.5, None, 12),
    Race("JPEG", 2, 10, 12),
    Race("JPEG", 12, 12, 5),
    Race("PNG", 2, 2, 8),
    Race("WEBP", 2, 2.5, 8),
    Race("AVIF", 2, 5, 8),
)


def speed(files: list[Path], *, rounds: int) -> Iterator[Figure]:
    """Yield pictures a second, ours beside the peer's own way from bytes to hash, in turns."""
    for race in RACES:
        ours, peer, alone = [], [], []
        for image in sources(files, megapixels=race.megapixels, most=race.pictures):
            data = encoded(image, race.kind, 80 if race.kind == "WEBP" else 90 if race.kind == "JPEG" else 75)
            laps = [[_seconds(way, data) for way in WAYS] for _ in range(rounds)]
            best = [min(lap) for lap in zip(*laps, strict=True)]
            ours.append(best[0])
            peer.append(best[1])
            alone.append(best[2])
        ratio = statistics.median(theirs / mine for mine, theirs in zip(ours, peer, strict=True))
        floor = statistics.median(theirs / mine for mine, theirs in zip(alone, peer, strict=True))
        rate = 1 / statistics.mean(ours)
        name = f"{race.kind.lower()}.{race.megapixels:g}mp"
        yield beside(f"speed.{name}", rate, rate / ratio, "1/s", goal=race.goal and race.goal * rate / ratio)
        yield figure(f"speed.{name}.decoding_alone", floor, "times peer")


def _decode(data: bytes) -> object:
    return next(scaled_lumas(data, limits=hashing.DEFAULT_LIMITS))


WAYS: tuple[Callable[[bytes], object], ...] = (hashing.variants, PdqSignal.hash_from_bytes, _decode)


def _seconds(way: Callable[[bytes], object], data: bytes) -> float:
    """Return seconds of the processor: whatever else runs on the machine takes its own."""
    begun = time.process_time()
    way(data)
    return time.process_time() - begun


# --- Distance to the reference ----------------------------------------------------------------------------------------


def distances(files: list[Path], *, most: int) -> Iterator[Figure]:
    """Yield how far the fast route is from the peer's hash, over JPEG files as they are and at two sizes."""
    datas = [path.read_bytes() for path in files if path.suffix.lower() in (".jpg", ".jpeg")]
    datas += [path.read_bytes() for path in sorted(REFERENCE.rglob("*.jpg")) if "CMYK" not in path.name]
    for megapixels, quality in ((2.0, 90), (0.5, 75)):
        images = sources(files, megapixels=megapixels, most=most)
        datas += [encoded(image, "JPEG", quality) for image in images]
    far: list[int] = []
    sure_far = decoder_far = 0
    for data in datas:
        text, quality = pdq_from_bytes(data)
        if quality < QUALITY:
            continue
        reference = bytes.fromhex(text)
        far.append(distance(hashing.variants(data)[0].pdq, reference))
        if quality >= SURE_QUALITY and far[-1] > AGREE_BITS:
            sure_far += 1
            decoder_far += distance(_full_size_grey(data), reference) > AGREE_BITS
    far.sort()
    print(f"distances: {len(far)} JPEG files of quality {QUALITY} or more", file=sys.stderr)
    yield figure("distance.median", statistics.median(far), "bits", higher=False, goal=0)
    yield figure("distance.p95", far[-(-len(far) * 95 // 100) - 1], "bits", higher=False, goal=5)
    yield figure("distance.max", far[-1], "bits", higher=False)
    yield figure("distance.over_10_at_quality_80", sure_far, "files", higher=False)
    yield figure("distance.of_these_full_size_grey_is_near", sure_far - decoder_far, "files", higher=False, goal=0)


def _full_size_grey(data: bytes) -> bytes:
    """Return the hash over a grey decode that leaves nothing out: how far the decoder alone is from colour."""
    with Image.open(io.BytesIO(data)) as image:
        size = image.size
    grey = _jpeg(data, size=size, colours="GRAY", factor=1)
    if grey is None:
        return hashing.hash_picture(data).pdq
    return bits(spectrum(next(iter(Scaled(grey[..., 0].astype(np.float32), 1, *size).grids().values()))))


# --- Recall after an edit ---------------------------------------------------------------------------------------------

Edit = Callable[[Image.Image], Image.Image]


def _scaled(share: float) -> Edit:
    return lambda image: image.resize(
        (round(image.width * share), round(image.height * share)), Image.Resampling.BICUBIC
    )


def _cut(left: float, top: float, right: float, bottom: float) -> Edit:
    def cut(image: Image.Image) -> Image.Image:
        width, height = image.size
        box = round(left * width), round(top * height), round((1 - right) * width), round((1 - bottom) * height)
        return image.crop(box)

    return cut


def _framed(across: float, down: float, colour: str) -> Edit:
    def framed(image: Image.Image) -> Image.Image:
        left, top = round(across * image.width), round(down * image.height)
        frame = Image.new("RGB", (image.width + 2 * left, image.height + 2 * top), colour)
        frame.paste(image, (left, top))
        return frame

    return framed


def _turned(by: int) -> Edit:
    return lambda image: image.rotate(by, expand=True)


def _blurred(radius: float) -> Edit:
    return lambda image: image.filter(ImageFilter.GaussianBlur(radius))


def _with_logo(image: Image.Image) -> Image.Image:
    copy, side = image.copy(), round(0.15 * image.width)
    pen = ImageDraw.Draw(copy)
    pen.ellipse((image.width - side - 20, image.height - side - 20, image.width - 20, image.height - 20), fill="orange")
    return copy


def _as_screenshot(image: Image.Image) -> Image.Image:
    """Show the picture in a window: a bar above, a grey side, lines of text below."""
    width, height = image.size
    screen = Image.new("RGB", (round(width * 1.25), round(height * 1.3)), "#e8e8ec")
    pen = ImageDraw.Draw(screen)
    pen.rectangle((0, 0, screen.width, round(height * 0.1)), fill="#30343c")
    for place in range(3):
        pen.rectangle(
            (30, round(height * 1.14) + 30 * place, width // 2, round(height * 1.14) + 30 * place + 12), fill="#555"
        )
    screen.paste(image, (round(width * 0.05), round(height * 0.12)))
    return screen


def _centred(*shares: float) -> list[tuple[Edit, int]]:
    return [(_cut(share, share, share, share), 85) for share in shares]


# Name of the transformation, the share that should be found, and its edits with the JPEG quality they are saved in.
EDITS: dict[str, tuple[float | None, list[tuple[Edit, int]]]] = {
    "re-encoding": (0.95, [(lambda image: image, quality) for quality in (30, 40, 50, 60, 70, 85, 95)]),
    "scale": (0.95, [(_scaled(share), 85) for share in (0.25, 0.33, 0.5, 0.75, 1.25, 1.5, 2.0)]),
    "grey": (0.95, [(lambda image: image.convert("L"), 85)]),
    "blur": (0.95, [(_blurred(radius), 85) for radius in (0.8, 1.5)]),
    "mirror": (1.0, [(ImageOps.mirror, 85), (ImageOps.flip, 60)]),
    "quarter_turns": (1.0, [(_turned(by), 80) for by in (90, 180, 270)]),
    "border": (
        0.9,
        [(_framed(0.03, 0.03, "white"), 85), (_framed(0.06, 0.06, "black"), 60), (_framed(0.1, 0.1, "#345"), 75)],
    ),
    "letterbox": (0.9, [(_framed(0, 0.12, "black"), 70), (_framed(0.2, 0, "black"), 85)]),
    "crop_at_steps": (0.9, _centred(0.025, 0.05, 0.075, 0.1)),
    "crop_between": (0.6, _centred(0.012, 0.02, 0.0375, 0.0625, 0.0875)),
    "crop_one_side": (None, [(_cut(0.05, 0, 0, 0), 85), (_cut(0, 0, 0, 0.1), 85)]),
    "logo": (None, [(_with_logo, 85)]),
    "screenshot": (None, [(_as_screenshot, 85)]),
}


@dataclass(frozen=True)
class Kept:
    """Hold every banked hash as bits, and of which picture it is; the first of a picture is the plain one."""

    hashes: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]
    owners: np.ndarray[tuple[int, ...], np.dtype[np.int_]]
    is_plain: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]

    def matched(self, asked: bytes, *, only_plain: bool) -> set[int]:
        """Return the pictures within the radius of a hash."""
        near = np.bitwise_count(self.hashes ^ np.frombuffer(asked, dtype=np.uint8)).sum(axis=1) <= WITHIN_BITS
        return set(self.owners[near & (self.is_plain | (not only_plain))].tolist())


def different(files: list[Path], *, most: int) -> dict[str, Image.Image]:
    """Return pictures with enough structure by their names, each one different from all others by plain PDQ.

    Within twice the radius they are no different pictures: both may be copies of a third.
    """
    images: dict[str, Image.Image] = {}
    plain: list[bytes] = []
    left_out = 0
    # What ends in -d is the night of what ends in -l: one picture in two shades.
    names = [path for path in files if not path.stem.endswith("-d")] or [Path(f"drawn-{seed}") for seed in range(most)]
    for number, path in enumerate(names):
        image = Image.open(path).convert("RGB") if files else drawn.picture(number, width=1024, height=768)
        image.thumbnail((EDITED_SIDE, EDITED_SIDE), Image.Resampling.LANCZOS)
        found = hashing.hash_picture(encoded(image, "PNG"))
        if found.quality < QUALITY or any(distance(found.pdq, other) <= 2 * WITHIN_BITS for other in plain):
            left_out += 1
        elif len(images) < most:
            images[path.name] = image
            plain.append(found.pdq)
    print(f"edits: {len(images)} pictures; {left_out} left out, flat or a copy of another one", file=sys.stderr)
    return images


def keep(images: list[Image.Image]) -> Kept:
    """Keep every picture as it is kept when it was confirmed."""
    rows = [(number, one) for number, image in enumerate(images) for one in hashing.banked(encoded(image, "JPEG"))]
    hashes = np.array([np.frombuffer(one.pdq, dtype=np.uint8) for _, one in rows])
    is_plain = np.array([one.crop is hashing.Crop.WHOLE for _, one in rows])
    return Kept(hashes, np.array([number for number, _ in rows]), is_plain)


def recall(files: list[Path], *, most: int) -> Iterator[Figure]:
    """Yield for each transformation the share of copies found, ours beside plain PDQ's, and the false pairs."""
    images = different(files, most=most)
    names = list(images)
    kept = keep(list(images.values()))
    false: tuple[set[tuple[int, int]], set[tuple[int, int]]] = (set(), set())
    missed: Counter[str] = Counter()
    copies = 0
    for kind, (goal, edits) in EDITS.items():
        hits = [0, 0]
        for number, name in enumerate(names):
            for edit, quality in edits:
                found = _asked(encoded(edit(images[name]), "JPEG", quality), kept)
                for side in (0, 1):
                    hits[side] += number in found[side]
                    false[side].update((number, other) for other in found[side] if other != number)
                missed[name] += goal is not None and number not in found[0]
        tried = len(names) * len(edits)
        copies += tried
        yield beside(f"recall.{kind}", hits[0] / tried, hits[1] / tried, "share", goal=goal)
    worst = ", ".join(f"{name} {count}" for name, count in missed.most_common(6) if count)
    print(f"edits: {copies} re-encodings; missed most often, of those with a goal: {worst or 'none'}", file=sys.stderr)
    for one, other in false[0]:
        print(f"false pair: {names[one]} and {names[other]}", file=sys.stderr)
    row = figure("false_pairs", len(false[0]), "pairs", higher=False, goal=0)
    yield row | {"peer": len(false[1])}


def _asked(data: bytes, kept: Kept) -> tuple[set[int], set[int]]:
    """Return which pictures are found our way, and by plain PDQ, which is the peer's (bit for bit, as is tested)."""
    ours: set[int] = set()
    for variant in hashing.variants(data):
        if variant.quality >= QUALITY:
            ours |= kept.matched(variant.pdq, only_plain=False)
    plain = hashing.hash_picture(data)
    return ours, kept.matched(plain.pdq, only_plain=True) if plain.quality >= QUALITY else set()


def table(rows: list[Figure]) -> None:
    """Print what was measured as a table."""
    print(f"{'figure':44} {'value':>10} {'unit':10} {'peer':>9} {'ratio':>7}   goal")
    for row in rows:
        sign = ">=" if row["higher_is_better"] else "<="
        goal = f"{sign} {row['goal']:g}" if row["goal"] is not None else ""
        peer, ratio = ("" if row[key] is None else f"{row[key]:g}" for key in ("peer", "ratio"))
        print(f"{row['name']!s:44} {row['value']:>10} {row['unit']!s:10} {peer:>9} {ratio:>7}   {goal}")


def main() -> None:
    """Read the command line and measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--full", action="store_true", help="every picture, not the first 50, and more rounds")
    parser.add_argument("--pictures", type=Path, help="a folder of photographs")
    options = parser.parse_args()
    cores = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else "all"
    print(f"pinned to core {cores}", file=sys.stderr)
    files = corpus(options.pictures)
    rows = []
    most, rounds = (1_000, 9) if options.full else (50, 3)
    for row in itertools.chain(speed(files, rounds=rounds), distances(files, most=most), recall(files, most=most)):
        rows.append(row)
        if options.json:
            print(json.dumps(row), flush=True)
    if not options.json:
        table(rows)


if __name__ == "__main__":
    main()
