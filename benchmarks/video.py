"""Measure videos: how fast an unknown one is asked beside `vpdq`, what is found of changed copies, and how near the hashes are.

Usage: benchmarks/video.py [--json] [--full]
The clips are those of ThreatExchange where they lie beside the repository (shared/data/matching/vpdq), else drawn ones.
`vpdq` has no wheel: build it into a folder of its own (it needs a compiler and the libav*-dev packages) and name that
folder in PYTHONPATH. Where it cannot be imported its figures are left out, and standard error says so.
"""

from __future__ import annotations

import argparse
import importlib
import io
import itertools
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Protocol

# One core for both sides, and before NumPy starts as many threads as it sees cores.
if hasattr(os, "sched_setaffinity"):
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    print(f"pinned to core {min(os.sched_getaffinity(0))}", file=sys.stderr)

import av
import numpy as np
import numpy.typing as npt
from av.video.stream import VideoStream

from leeward.engines.hashing import video
from leeward.engines.hashing._video_decode import Hashed, Pass, Spent, Wanted
from leeward.engines.hashing.tests import clips as drawn

CLIPS = Path(__file__).parents[2] / "shared" / "data" / "matching" / "vpdq"
WITHIN_BITS = 31  # of 256. VPDQ_DISTANCE_THRESHOLD, threatexchange/extensions/vpdq/vpdq_util.py
KNOWN_SHARE = 0.8  # of the asked frames. VPDQ_QUERY_MATCH_THRESHOLD_PERCENT, the same
GOAL_SPEED = 5.0  # times `vpdq`
GOAL_P95_BITS = 4.0  # between a frame's hash and the reference's

Figure = dict[str, object]
Hashes = npt.NDArray[np.uint8]


class Feature(Protocol):
    """Hold what `vpdq` says of one frame."""

    quality: int
    hex: str


class Vpdq(Protocol):
    """Name what this benchmark asks of the package `vpdq`."""

    def computeHash(  # noqa: N802  # its own name
        self, input_video_filename: str, *, seconds_per_hash: float, thread_count: int
    ) -> list[Feature]:
        """Return the features of a video."""


def peer() -> Vpdq | None:
    """Return `vpdq` where it is installed."""
    try:
        found: Vpdq = importlib.import_module("vpdq")
    except ImportError:
        print("vpdq is absent (see --help): only our own figures follow, and no ratio is claimed", file=sys.stderr)
        return None
    return found


def figure(name: str, value: float, unit: str, *, higher: bool = True, goal: float | None = None) -> Figure:
    """Return one figure without a peer."""
    row: Figure = {"name": f"video.{name}", "value": round(value, 3), "unit": unit, "higher_is_better": higher}
    return row | {"goal": goal, "peer": None, "ratio": None}


def beside(name: str, ours: float, theirs: float | None, unit: str, *, goal_ratio: float | None = None) -> Figure:
    """Return one figure beside the peer's, where there is one. The goal is in the unit of the figure."""
    row = figure(name, ours, unit)
    if theirs is None:
        return row
    goal = None if goal_ratio is None else round(goal_ratio * theirs, 3)
    return row | {"goal": goal, "peer": round(theirs, 3), "ratio": round(ours / theirs, 2)}


# --- The clips --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Clip:
    """Hold a clip, and the family of clips that show the same."""

    name: str
    family: str
    path: Path

    @property
    def data(self) -> bytes:
        """Return its bytes."""
        return self.path.read_bytes()


def clips(folder: Path) -> list[Clip]:
    """Return the clips of the reference, or as many drawn ones."""
    if CLIPS.is_dir():
        return [Clip(path.stem, path.stem.split("-")[0], path) for path in sorted(CLIPS.glob("*.mp4"))]
    print("no clips beside the repository: drawn ones stand in", file=sys.stderr)
    made = []
    for seed in range(4):
        path = folder / f"drawn-{seed}.mp4"
        pictures = drawn.frames(seed, 7 * drawn.RATE, width=1280, height=720)
        path.write_bytes(drawn.encoded(pictures, key_every=2 * drawn.RATE))
        made.append(Clip(path.stem, path.stem, path))
    return made


def has_key_frames(clip: Clip) -> bool:
    """Say whether a clip has at least two key frames, so that it is asked by them."""
    with av.open(str(clip.path)) as file:
        return sum(packet.is_keyframe for packet in file.demux(file.streams.video[0])) > 1


@dataclass(frozen=True)
class Change:
    """Say how a copy differs: what is cut from its start, its width, its quality, and the share of frames kept."""

    cut_s: float
    width: int
    crf: int
    every: int = 1
    container: str = "mp4"
    codec: str = "libx264"

    def apply(self, data: bytes) -> bytes:
        """Return the changed copy."""
        out = io.BytesIO()
        with av.open(io.BytesIO(data), "r") as source, av.open(out, "w", format=self.container) as file:
            frames = source.decode(source.streams.video[0])
            kept = itertools.dropwhile(lambda frame: frame.time < self.cut_s, frames)
            stream: VideoStream | None = None
            for number, frame in enumerate(itertools.islice(kept, 0, None, self.every)):
                if stream is None:
                    stream = self._stream(file, frame)
                scaled = frame.reformat(width=stream.width, height=stream.height, format="yuv420p")
                scaled.pts, scaled.time_base = number, Fraction(1, 30 // self.every)
                file.mux(stream.encode(scaled))
            if stream is not None:
                file.mux(stream.encode())
        return out.getvalue()

    def _stream(self, file: av.container.OutputContainer, frame: av.VideoFrame) -> VideoStream:
        options = {"crf": str(self.crf)} if self.codec != "mpeg4" else {}
        stream = file.add_stream(self.codec, rate=30 // self.every, options=options)
        assert isinstance(stream, VideoStream)
        stream.width = self.width
        stream.height = round(frame.height * self.width / frame.width / 2) * 2
        stream.pix_fmt = "yuv420p"
        if self.codec != "libx264":
            stream.bit_rate = 250_000
        return stream


# The first is the change with which one frame a second on both sides was seen to fail.
CHANGES = {
    "cut_2.3s_320px_crf33": Change(2.3, 320, 33),
    "cut_1.7s_240px_crf35_15fps": Change(1.7, 240, 35, every=2),
    "cut_0.5s_480px_webm": Change(0.5, 480, 40, container="webm", codec="libvpx"),
    "cut_1.4s_320px_avi": Change(1.4, 320, 0, container="avi", codec="mpeg4"),
}
# Six of the pairs of clip and change, so that every clip and every change is tried.
VARIANTS = 6


def variants(originals: list[Clip], *, full: bool) -> Iterator[tuple[str, Clip, bytes]]:
    """Yield changed copies: six, or with `full` every clip with every change."""
    first = next(iter(CHANGES))
    pairs = [(clip, first) for clip in originals]
    others = list(CHANGES)[1:]
    pairs += [(clip, others[number % len(others)]) for number, clip in enumerate(originals)]
    if full:
        pairs = [(clip, change) for clip in originals for change in CHANGES]
    for clip, change in pairs if full else pairs[:VARIANTS]:
        yield f"{clip.name}.{change}", clip, CHANGES[change].apply(clip.data)


# --- Speed ------------------------------------------------------------------------------------------------------------


def took_s(call: Callable[[], object]) -> float:
    """Return how long one call takes."""
    begun = time.perf_counter()
    call()
    return time.perf_counter() - begun


def race(ours: Callable[[], object], theirs: Callable[[], object] | None, *, turns: int) -> tuple[float, float | None]:
    """Return our calls a second, and the peer's: by the median of the ratios of the turns, which are taken in turn."""
    ours()
    mine, ratios = [], []
    for _ in range(turns):
        mine.append(took_s(ours))
        if theirs is not None:
            ratios.append(took_s(theirs) / mine[-1])
    rate = 1 / statistics.median(mine)
    return rate, rate / statistics.median(ratios) if ratios else None


def asked_of(rival: Vpdq | None, clip: Clip, *, seconds: float) -> Callable[[], object] | None:
    """Return the call of `vpdq` that hashes one frame in so many seconds, or every one at 0."""
    if rival is None:
        return None
    return partial(rival.computeHash, str(clip.path), seconds_per_hash=seconds, thread_count=1)


def speed(originals: list[Clip], rival: Vpdq | None, *, turns: int) -> Iterator[Figure]:
    """Yield how many videos a second are asked and banked, beside `vpdq` at its default and at every frame."""
    ratios = []
    for clip in originals:
        by_keys = has_key_frames(clip)
        ours, theirs = race(partial(video.ask, clip.data), asked_of(rival, clip, seconds=1), turns=turns)
        name = "ask" if by_keys else "ask_without_key_frames"
        yield beside(f"{name}.{clip.name}", ours, theirs, "1/s", goal_ratio=GOAL_SPEED if by_keys else None)
        if theirs and by_keys:
            ratios.append(ours / theirs)
        ours, theirs = race(partial(video.bank, clip.data), asked_of(rival, clip, seconds=0), turns=max(1, turns // 3))
        yield beside(f"bank.{clip.name}", ours, theirs, "1/s")
    if ratios:
        row = figure("ask.times_vpdq.median", statistics.median(ratios), "times", goal=GOAL_SPEED)
        yield row | {"peer": "vpdq", "ratio": row["value"]}


# --- What is found ----------------------------------------------------------------------------------------------------


def share(asked: Hashes, kept: Hashes) -> float:
    """Return the share of the asked frames that are near to a kept one."""
    if not len(asked) or not len(kept):
        return 0.0
    return float((drawn.nearest_bits(asked, kept) <= WITHIN_BITS).mean())


def every_second(data: bytes) -> Hashes:
    """Return the hashes of one frame a second: the usual way, with our own hashing."""
    found = Pass(wanted=Wanted.EVERY_SECOND, spent=Spent(video.DEFAULT_VIDEO_LIMITS))
    found.read(data, stream=0)
    return hashes_of(found.hashed)


def hashes_of(hashed: list[Hashed]) -> Hashes:
    """Return hashes as rows."""
    return np.frombuffer(b"".join(frame.pdq for frame in hashed), dtype=np.uint8).reshape(-1, 32)


def theirs_of(rival: Vpdq, path: Path) -> Hashes:
    """Return the hashes that `vpdq` makes at its default, those of low quality left out."""
    features = rival.computeHash(str(path), seconds_per_hash=1, thread_count=1)
    good = "".join(feature.hex for feature in features if feature.quality >= video.LEAST_QUALITY)
    return np.frombuffer(bytes.fromhex(good), dtype=np.uint8).reshape(-1, 32)


def found(originals: list[Clip], rival: Vpdq | None, folder: Path, *, full: bool) -> Iterator[Figure]:
    """Yield how many changed copies are found, and how many frames of other clips are taken for known."""
    banks = {clip: video.bank(clip.data).hashes for clip in originals}
    seconds = {clip: every_second(clip.data) for clip in originals}
    theirs = {clip: theirs_of(rival, clip.path) for clip in originals} if rival else {}
    hits: dict[str, list[float]] = {"dense": [], "seconds": [], "vpdq": []}
    false = 0
    for name, clip, data in variants(originals, full=full):
        asked = video.ask(data).hashes
        hits["dense"].append(share(asked, banks[clip]))
        hits["seconds"].append(share(every_second(data), seconds[clip]))
        if rival:
            path = folder / f"copy.{CHANGES[name.split('.', 1)[1]].container}"
            path.write_bytes(data)
            hits["vpdq"].append(share(theirs_of(rival, path), theirs[clip]))
        false += sum(matched(asked, bank) for other, bank in banks.items() if other.family != clip.family)
        false += sum(matched(asked, video.bank(drawn.clip(seed=seed)).hashes) for seed in range(1, 4))
        shown = ", ".join(f"{way} {shares[-1]:.0%}" for way, shares in hits.items() if shares)
        print(f"  {name}: {shown}", file=sys.stderr)
    tried = len(hits["dense"])
    counts = {way: sum(one >= KNOWN_SHARE for one in shares) for way, shares in hits.items()}
    row = figure(f"found_of_{tried}", counts["dense"], "copies", goal=tried)
    yield row | ({"peer": counts["vpdq"]} if rival else {})
    yield figure(f"found_of_{tried}.one_frame_a_second_on_both_sides", counts["seconds"], "copies")
    yield figure("share_of_frames.lowest", min(hits["dense"]), "share")
    yield figure("false_matches", false, "frames", higher=False, goal=0)


def matched(asked: Hashes, kept: Hashes) -> int:
    """Return how many asked frames are near to a kept one."""
    return round(share(asked, kept) * len(asked))


# --- How near the hashes are ------------------------------------------------------------------------------------------


def distances(originals: list[Clip]) -> Iterator[Figure]:
    """Yield how far the hash of every frame is from the published one."""
    all_bits: list[int] = []
    for clip in originals:
        published = clip.path.with_suffix(".txt")
        if not published.exists():
            continue
        with published.open() as lines:
            reference = video.from_lines(lines)
        ours = Pass(wanted=Wanted.EVERY_FRAME, spent=Spent(video.DEFAULT_VIDEO_LIMITS))
        ours.read(clip.data, stream=0)
        rows = {round(at_s * 30): row for row, at_s in zip(reference.hashes, reference.at_s, strict=True)}
        bits = [
            int(np.bitwise_count(np.frombuffer(frame.pdq, dtype=np.uint8) ^ rows[round(frame.at_s * 30)]).sum())
            for frame in ours.hashed
        ]
        all_bits += bits
        yield from spread(f"distance.{clip.name}", bits)
    if all_bits:
        yield from spread("distance.all", all_bits, goals={"median": 0.0, "p95": GOAL_P95_BITS})


def spread(name: str, bits: list[int], *, goals: Mapping[str, float] | None = None) -> Iterator[Figure]:
    """Yield the median, the 95th percentile and the largest of some distances."""
    values = {"median": statistics.median(bits), "p95": float(np.percentile(bits, 95)), "max": max(bits)}
    for key, value in values.items():
        yield figure(f"{name}.{key}", value, "bits", higher=False, goal=(goals or {}).get(key))


def measure(*, full: bool) -> Iterator[Figure]:
    """Yield all figures."""
    rival = peer()
    with tempfile.TemporaryDirectory(prefix="leeward-bench-") as name:
        originals = clips(Path(name))
        yield from speed(originals, rival, turns=15 if full else 5)
        yield from found(originals, rival, Path(name), full=full)
        yield from distances(originals)


def main() -> None:
    """Read the command line and measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--full", action="store_true", help="more turns, and every clip with every change")
    options = parser.parse_args()
    if not options.json:
        print(f"{'figure':58} {'value':>9} {'unit':7} {'peer':>9} {'ratio':>7}   goal")
    for row in measure(full=options.full):
        if options.json:
            print(json.dumps(row), flush=True)
            continue
        sign = ">=" if row["higher_is_better"] else "<="
        goal = f"{sign} {row['goal']:g}" if row["goal"] is not None else ""
        theirs, ratio = ("" if row[key] is None else str(row[key]) for key in ("peer", "ratio"))
        print(f"{row['name']!s:58} {row['value']:>9} {row['unit']!s:7} {theirs:>9} {ratio:>7}   {goal}")


if __name__ == "__main__":
    main()
