"""The lines in which vPDQ keeps the hashes of a video: number of the frame, quality, hash, seconds since the start.

Source: vpdq/README.md, facebook/ThreatExchange.
"""

import math
import re
from collections.abc import Iterable, Iterator

from leeward.engines.hashing._video_frames import Frames

_LINE = re.compile(r"(\d{1,10}),(\d{1,3}),([0-9A-Fa-f]{64}),(\d{1,10}(?:\.\d{1,10})?)")
_BEST_QUALITY = 100


class BadVpdqLine(ValueError):
    """Tell which line of a vPDQ file cannot be read. Repair it or ask its sender for the file again."""


def to_lines(frames: Frames) -> Iterator[str]:
    """Yield one line for each frame, without a line end. Frames are counted from 0: pruned ones leave no gap."""
    for number, (pdq, quality, at_s) in enumerate(zip(frames.hashes, frames.quality, frames.at_s, strict=True)):
        yield f"{number},{quality},{pdq.tobytes().hex()},{at_s:.3f}"


def from_lines(lines: Iterable[str]) -> Frames:
    """Return the frames that `lines` hold, of any quality. Empty lines are passed over. Raises BadVpdqLine."""
    read = [_read(line.strip(), place=place) for place, line in enumerate(lines, start=1) if line.strip()]
    return Frames.of(read)


def _read(line: str, *, place: int) -> tuple[bytes, int, float]:
    found = _LINE.fullmatch(line)
    if found is None:
        raise BadVpdqLine(f"line {place}: not «number,quality,64 hexadecimal digits,seconds»; repair the line")
    quality, at_s = int(found[2]), float(found[4])
    if quality > _BEST_QUALITY or not math.isfinite(at_s):
        raise BadVpdqLine(f"line {place}: a quality is 0 to {_BEST_QUALITY}; repair the line")
    return bytes.fromhex(found[3]), quality, at_s
