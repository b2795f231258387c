"""Decode no more of a picture than its hash needs: brightness only, and at a fraction of its size."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import simplejpeg
from PIL import Image

from leeward.engines.hashing._decode import check_frame, open_header, refusing
from leeward.engines.hashing._fold import Brightness, Flip, fold
from leeward.engines.hashing._limits import DEFAULT_LIMITS, Limits, PictureRefused, RefusalReason
from leeward.engines.hashing._luma import WIDE_MODES, luma_strips
from leeward.engines.hashing._shrink import Floats

# Pixels. Below, the distance to the full-size hash grows (95 % within 4 bits here, 6 at 256, 8 at 128); above, only the
# time does: of a JPEG most of it goes into reading the bits, which is the same at any size.
SHORTEST_SCALED = 512
ALL_FRAMES = 4  # times the pixels of the largest single picture: what all frames of one may have together

# What a JPEG's own transform can leave out at no cost (libjpeg, scale_num / scale_denom).
_JPEG_FACTORS = (8, 4, 2, 1)
# Inks are left to Pillow: what a viewer makes of them is not one channel of the file.
_JPEG_MODES = ("L", "RGB")

Rgb = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Scaled:
    """Hold the brightness 0..255 of a picture, each pixel the mean of `factor` by `factor` of its pixels.

    `width` and `height` are those of the picture; `luma` has the shape (height, width) / factor, rounded up.
    """

    luma: Brightness
    factor: int
    width: int
    height: int

    def grids(self) -> Mapping[Flip, Floats]:
        """Return the 64x64 brightness grids, as they are and mirrored."""
        return fold(self.luma, width=self.width, height=self.height, factor=self.factor)


def scaled_lumas(data: bytes, *, limits: Limits) -> Iterator[Scaled]:
    """Yield the brightness of each frame or page of the picture in `data`, the first one first.

    Each is scaled so that its shorter side keeps 512 pixels if it has them. Raises PictureRefused, for too many pixels
    also where those behind the first together have over `ALL_FRAMES` times the limit of one.
    """
    with open_header(data, limits=limits) as image, refusing(data):
        yield _first(data, image)
        left = limits.pixels * ALL_FRAMES
        for _ in _sought(image, most=limits.frames):
            left -= image.width * image.height
            if left < 0:
                raise PictureRefused(RefusalReason.TOO_MANY_PIXELS)
            check_frame(image, limits=limits)
            image.load()
            yield _averaged(image)


def _first(data: bytes, image: Image.Image) -> Scaled:
    factor = _jpeg_factor(image, at_least=SHORTEST_SCALED)
    grey = _jpeg(data, size=image.size, colours="GRAY", factor=factor) if factor else None
    if grey is not None:
        return Scaled(grey[..., 0], factor, *image.size)
    factor = max(1, min(image.size) // SHORTEST_SCALED)
    averaged = _png(data, image, factor=factor)
    if averaged is not None:
        return Scaled(averaged, factor, *image.size)
    image.load()
    return _averaged(image)


def _averaged(image: Image.Image) -> Scaled:
    # The size is asked after decoding: a HEIC may only then say that it stands upright.
    factor = max(1, min(image.size) // SHORTEST_SCALED)
    return Scaled(np.asarray(_grey(image).reduce(factor)), factor, *image.size)


def _sought(image: Image.Image, *, most: int) -> Iterator[int]:
    """Yield the number of each further frame when the picture stands at it. What a header says of their number is not asked.

    What stands behind a JPEG is left out: no viewer shows it, and copies of phone pictures often name parts that are gone.
    """
    has_more = image.format != "MPO" and getattr(image, "is_animated", False)
    for place in range(1, most if has_more else 1):
        try:
            image.seek(place)
        except EOFError:
            return
        yield place


def thumbnail(data: bytes, *, at_least: int, limits: Limits = DEFAULT_LIMITS) -> Rgb:
    """Return the picture in `data` scaled down, as red, green and blue 0..255 of the shape (height, width, 3).

    Both sides keep `at_least` pixels or more, where the picture has them: it is scaled by a whole number, for the
    speed of it, and never up. Orientation notes (EXIF) and transparency are not applied. Raises PictureRefused.
    """
    if at_least < 1:
        raise ValueError(f"a thumbnail has at least 1 pixel a side, not {at_least}; ask for 1 or more")
    with open_header(data, limits=limits) as image, refusing(data):
        factor = _jpeg_factor(image, at_least=at_least)
        rgb = _jpeg(data, size=image.size, colours="RGB", factor=factor) if factor else None
        if rgb is not None:
            return rgb
        image.load()
        factor = max(1, min(image.size) // at_least)
        return np.asarray(_shown(image).reduce(factor).convert("RGB"))


def _jpeg_factor(image: Image.Image, *, at_least: int) -> int:
    """Return by how much to scale a JPEG so that both sides keep `at_least` pixels; 0 for any other picture."""
    if image.format not in ("JPEG", "MPO") or image.mode not in _JPEG_MODES:
        return 0
    return next((factor for factor in _JPEG_FACTORS if min(image.size) >= at_least * factor), 1)


def _jpeg(data: bytes, *, size: tuple[int, int], colours: str, factor: int) -> Rgb | None:
    """Return a JPEG decoded at 1 / `factor` of its `size`, or nothing where the fast decoder has any doubt.

    The slow one then decides: libjpeg alone fills up what is missing in silence.
    """
    width, height = (-(-side // factor) for side in size)
    try:
        pixels: Rgb = simplejpeg.decode_jpeg(data, colours, min_width=width, min_height=height, min_factor=factor)
    except ValueError:
        return None
    return pixels if pixels.shape[:2] == (height, width) else None


def _grey(image: Image.Image) -> Image.Image:
    """Return the brightness of a decoded picture as one channel of eight bits."""
    if image.mode in ("RGB", "RGBA", "LA"):
        return image.convert("L")
    if image.mode == "L":
        return image
    # By strips, so that no whole picture in some wider mode is held beside it.
    return Image.fromarray(np.concatenate([strip.round().astype(np.uint8) for strip in luma_strips(image)]))


def _shown(image: Image.Image) -> Image.Image:
    """Return a decoded picture in one or three channels of eight bits, which can be averaged."""
    if image.mode in ("L", "RGB"):
        return image
    return _grey(image) if image.mode in WIDE_MODES or image.mode == "1" else image.convert("RGB")


def _png(data: bytes, image: Image.Image, *, factor: int) -> Brightness | None:
    if image.format != "PNG":
        return None
    from leeward.engines.hashing._png import scaled_png  # its compiler takes a second to load, and only PNG needs it

    return scaled_png(data, image, factor=factor)
