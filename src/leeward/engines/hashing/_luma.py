"""Brightness of a decoded picture, in strips, for every pixel mode that Pillow has."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
from PIL import Image

from leeward.engines.hashing._shrink import Luma

# Brightness of red, green and blue: ITU-R BT.601, as in the reference (fillFloatLumaFromRGB).
_WEIGHTS = np.array([0.299, 0.587, 0.114], dtype=np.float32)
_STRIP_PIXELS = 1 << 18  # a strip of floats then fits the processor's cache; twice or half changes little
_WIDE_GREY = ("I", "F")

WIDE_MODES = ("I", "F", "I;16", "I;16L", "I;16B", "I;16N")  # more than eight bits a pixel, one channel


def luma_strips(image: Image.Image) -> Iterator[Luma]:
    """Yield the brightness 0..255 of `image` as strips of shape (rows, width), top first.

    Colours are what a viewer shows: palettes and CMYK are resolved, which the Python reference leaves out and the
    C++ one does. Transparency is ignored, as in both. Orientation notes (EXIF) are not applied, as in both.
    """
    spread = _spread(image) if image.mode in _WIDE_GREY else None
    for strip in _strips(image):
        yield _wide_luma(strip, spread) if spread else _luma(strip)


def _strips(image: Image.Image) -> Iterator[Image.Image]:
    rows = max(1, _STRIP_PIXELS // image.width)
    for top in range(0, image.height, rows):
        yield image.crop((0, top, image.width, min(top + rows, image.height)))


def _luma(strip: Image.Image) -> Luma:
    if strip.mode.startswith("I;16"):
        return np.asarray(strip).astype(np.float32) / np.float32(257)
    if strip.mode in ("1", "L"):
        return np.asarray(strip.convert("L")).astype(np.float32)
    if strip.mode != "RGB":
        strip = _as_rgb(strip)
    luma: Luma = np.asarray(strip)[..., :3].astype(np.float32) @ _WEIGHTS
    return luma


def _as_rgb(strip: Image.Image) -> Image.Image:
    # Pillow warns when a palette with transparency becomes RGB; by way of RGBA the colours are the same.
    return strip.convert("RGBA" if strip.mode in ("P", "PA", "RGBA") else "RGB")


def _spread(image: Image.Image) -> tuple[float, float]:
    """Return the darkest and the lightest finite value of a picture whose values have no agreed range."""
    darkest, lightest = np.inf, -np.inf
    for strip in _strips(image):
        values = _numbers(strip)
        finite = values[np.isfinite(values)]
        if finite.size:
            darkest, lightest = min(darkest, float(finite.min())), max(lightest, float(finite.max()))
    return (darkest, lightest) if darkest < lightest else (0.0, 1.0)


def _wide_luma(strip: Image.Image, spread: tuple[float, float]) -> Luma:
    darkest, lightest = spread
    values = _numbers(strip)
    steady = np.nan_to_num(values, nan=darkest, posinf=lightest, neginf=darkest).clip(darkest, lightest)
    # Divided first: with a spread next to nothing the factor alone would be infinite.
    scaled: Luma = ((steady - darkest) / (lightest - darkest) * 255.0).astype(np.float32)
    return scaled


def _numbers(strip: Image.Image) -> npt.NDArray[np.float64]:
    with np.errstate(invalid="ignore"):  # One kind of «not a number» makes NumPy remark on it, wherever it is copied.
        return np.asarray(strip, dtype=np.float64)
