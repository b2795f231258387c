"""What an upload is asked as, and what a confirmed picture is kept as."""

import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import IntEnum

from PIL import Image

from leeward.engines.hashing._border import inside_border
from leeward.engines.hashing._decode import open_picture
from leeward.engines.hashing._fold import Flip
from leeward.engines.hashing._limits import DEFAULT_LIMITS, Limits
from leeward.engines.hashing._luma import luma_strips
from leeward.engines.hashing._pictures import PDQ_BYTES, SHORTEST_SIDE
from leeward.engines.hashing._scaled import SHORTEST_SCALED, Scaled, scaled_lumas
from leeward.engines.hashing._shrink import Box, shrink_parts
from leeward.engines.hashing._spectrum import Orientation, bits, quality, spectrum

SAME_FRAME_BITS = 8  # of 256. A frame this near to an earlier one is asked with it; the same figure prunes videos.


class Crop(IntEnum):
    """Name the part of a picture that a hash is made of: all of it, or what is left when a little is cut off each side."""

    WHOLE = 0
    CENTRE_1 = 1
    CENTRE_2 = 2
    CENTRE_3 = 3
    CENTRE_4 = 4

    @property
    def cut(self) -> float:
        """Return the share of width and height that is cut off each side."""
        return self.value * 0.025


_AS_IT_IS = Flip(upside_down=False, left_to_right=False)
_LEFT_TO_RIGHT = Flip(upside_down=False, left_to_right=True)
_UPSIDE_DOWN = Flip(upside_down=True, left_to_right=False)
_HALF_TURN = Flip(upside_down=True, left_to_right=True)

# How each orientation comes about: mirrored, and then transposed or not.
_TURNS: Mapping[Orientation, tuple[Flip, bool]] = {
    Orientation.ORIGINAL: (_AS_IT_IS, False),
    Orientation.ROTATED_90: (_LEFT_TO_RIGHT, True),
    Orientation.ROTATED_180: (_HALF_TURN, False),
    Orientation.ROTATED_270: (_UPSIDE_DOWN, True),
    Orientation.FLIPPED_X: (_UPSIDE_DOWN, False),
    Orientation.FLIPPED_Y: (_LEFT_TO_RIGHT, False),
    Orientation.FLIPPED_PLUS_1: (_AS_IT_IS, True),
    Orientation.FLIPPED_MINUS_1: (_HALF_TURN, True),
}


@dataclass(frozen=True, slots=True)
class Variant:
    """Hold one hash that an upload is asked as: 32 bytes, its quality 0..100, and what was done to the upload."""

    pdq: bytes
    quality: int
    orientation: Orientation
    is_trimmed: bool


@dataclass(frozen=True, slots=True)
class Banked:
    """Hold one hash that a confirmed picture is kept as: 32 bytes, its quality 0..100, and of which part it is."""

    pdq: bytes
    quality: int
    crop: Crop


def variants(data: bytes, *, limits: Limits = DEFAULT_LIMITS) -> tuple[Variant, ...]:
    """Return the hashes that an upload is asked as: in eight orientations, the picture as it came first.

    Where the picture has a border of one colour, eight more follow: those of what is inside it.
    They come by the fast route: near what `hash_picture` gives (median 0 bits, 95 % within 5), not equal to it.
    Each orientation is looked at as if the file had been turned, which `dihedral` only estimates: a mirrored copy is
    then as near as a copy that is not (2 bits in the mean, against 11).
    Further frames or pages are asked as well, eight hashes each, where they differ from the earlier ones: what harms
    can stand behind a harmless first one. Their qualities are their own.
    A picture with a side under 5 pixels has the hash 0 and the quality 0. Raises PictureRefused.
    """
    lumas = scaled_lumas(data, limits=limits)
    scaled = next(lumas)
    first = _asked(scaled, inner=_inside(scaled) if min(scaled.width, scaled.height) >= SHORTEST_SIDE else None)
    return (*first, *_later(lumas, first=first[0]))


def _asked(scaled: Scaled, *, inner: Scaled | None = None) -> tuple[Variant, ...]:
    if min(scaled.width, scaled.height) < SHORTEST_SIDE:
        return tuple(Variant(bytes(PDQ_BYTES), 0, orientation, is_trimmed=False) for orientation in Orientation)
    return (*_turned(scaled, is_trimmed=False), *(_turned(inner, is_trimmed=True) if inner else ()))


def _later(lumas: Iterator[Scaled], *, first: Variant) -> Iterator[Variant]:
    seen = [int.from_bytes(first.pdq)]
    for scaled in lumas:
        found = _asked(scaled)
        plain = int.from_bytes(found[0].pdq)
        if all((plain ^ other).bit_count() > SAME_FRAME_BITS for other in seen):
            seen.append(plain)
            yield from found


def warm_up() -> None:
    """Load and compile what the first upload would wait for: seconds on a new machine, then kept on its disk."""
    file = io.BytesIO()
    Image.new("RGB", (2 * SHORTEST_SCALED, 2 * SHORTEST_SCALED), "white").save(file, "PNG")
    variants(file.getvalue())


def banked(data: bytes, *, limits: Limits = DEFAULT_LIMITS) -> tuple[Banked, ...]:
    """Return the hashes that a confirmed picture is kept as: all of it first, as in `hash_picture`, then its crops.

    A copy that was cut a little no longer matches the whole picture, but does match the nearest crop of it.
    Crops with a side under 5 pixels are left out. Raises PictureRefused.
    """
    with open_picture(data, limits=limits) as image:
        width, height = image.size
        boxes = {crop: _crop_box(crop, width=width, height=height) for crop in Crop}
        kept = {crop: box for crop, box in boxes.items() if min(box.width, box.height) >= SHORTEST_SIDE}
        if Crop.WHOLE not in kept:
            return (Banked(bytes(PDQ_BYTES), 0, Crop.WHOLE),)
        grids = shrink_parts(luma_strips(image), parts=list(kept.values()))
    return tuple(Banked(bits(spectrum(grid)), quality(grid), crop) for crop, grid in zip(kept, grids, strict=True))


def _crop_box(crop: Crop, *, width: int, height: int) -> Box:
    across, down = round(width * crop.cut), round(height * crop.cut)
    return Box(across, down, width - across, height - down)


def _inside(scaled: Scaled) -> Scaled | None:
    """Return what is inside the border of a picture, or nothing where there is none."""
    box = inside_border(scaled.luma)
    if box is None:
        return None
    part = scaled.luma[box.top : box.bottom, box.left : box.right]
    width = min(box.right * scaled.factor, scaled.width) - box.left * scaled.factor
    height = min(box.bottom * scaled.factor, scaled.height) - box.top * scaled.factor
    return Scaled(part, scaled.factor, width, height) if min(width, height) >= SHORTEST_SIDE else None


def _turned(scaled: Scaled, *, is_trimmed: bool) -> Iterator[Variant]:
    grids = scaled.grids()
    shared_quality = quality(grids[_AS_IT_IS])
    frequencies = {flip: spectrum(grid) for flip, grid in grids.items()}
    for orientation, (flip, is_transposed) in _TURNS.items():
        found = frequencies[flip].T if is_transposed else frequencies[flip]
        yield Variant(bits(found), shared_quality, orientation, is_trimmed=is_trimmed)
