"""Find the picture inside a frame of one colour: a white border, the bars of a letterbox."""

import numpy as np
import numpy.typing as npt

from leeward.engines.hashing._fold import Brightness
from leeward.engines.hashing._shrink import Box

# A line belongs to the border when nearly all of it has nearly one brightness. JPEG leaves a little noise in a flat
# area, and more of it beside the picture.
_NEAR = 6.0  # of 255
_SHARE = 0.97
_LEAST_LEFT = 0.2  # of a side. A wide film in an upright story keeps 0.32; what is smaller is no picture in a frame
_FEW, _FEW_ODD = 32, 4  # places of a line that are looked at first, and how many of them may be odd at either end
_LOOK = 16  # lines at a time, because most pictures have few or none to trim


def inside_border(luma: Brightness) -> Box | None:
    """Return what is inside the border of a picture of brightness 0..255, or nothing where there is no border.

    The border has one colour at all the sides that have it, so that the sky of a framed picture stays in the picture.
    It is never all of the picture: where less than a fifth of a side were left there is none.
    """
    height, width = luma.shape
    sides = (luma[0], luma[-1], luma[:, 0], luma[:, -1])
    colour = next((colour for side in sides if (colour := _flat_colour(side)) is not None), None)
    if colour is None:
        return None
    top, bottom = _border_lines(luma, colour), _border_lines(luma[::-1], colour)
    if height - top - bottom < _LEAST_LEFT * height:
        return None
    columns = luma[top : height - bottom].T
    left, right = _border_lines(columns, colour), _border_lines(columns[::-1], colour)
    if width - left - right < _LEAST_LEFT * width:
        return None
    return Box(left, top, width - right, height - bottom)


def _flat_colour(line: Brightness) -> float | None:
    """Return the brightness of a line of one colour, or nothing where it has several."""
    few = sorted(line[:: max(1, len(line) // _FEW)].tolist())
    if few[-1 - _FEW_ODD] - few[_FEW_ODD] > 2 * _NEAR:
        return None
    colour = np.partition(line, len(line) // 2)[len(line) // 2].astype(np.float32)
    return float(colour) if _is_flat(line[None], colour).all() else None


def _border_lines(lines: Brightness, colour: float) -> int:
    """Return how many of the first `lines` have that colour."""
    for start in range(0, len(lines), _LOOK):
        flat = _is_flat(lines[start : start + _LOOK], np.float32(colour))
        if not flat.all():
            return start + int(flat.argmin())
    return len(lines)


def _is_flat(lines: Brightness, colour: np.float32) -> npt.NDArray[np.bool_]:
    is_flat: npt.NDArray[np.bool_] = (np.abs(lines - colour) <= _NEAR).mean(axis=1) >= _SHARE
    return is_flat
