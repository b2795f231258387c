"""Hash a picture: the same hash as everybody else's PDQ, so that lists can be exchanged."""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image

from leeward.engines.hashing._decode import open_picture
from leeward.engines.hashing._limits import DEFAULT_LIMITS, Limits
from leeward.engines.hashing._luma import luma_strips
from leeward.engines.hashing._shrink import Floats, shrink
from leeward.engines.hashing._slot import HasherExample
from leeward.engines.hashing._spectrum import QUALITY_MAX, Orientation, bits, quality, spectrum, turned

PDQ_BYTES = 32
SHORTEST_SIDE = 5  # pixels. "Minimum size tested", MIN_HASHABLE_DIM, pdq/cpp/hashing/pdqhashing.cpp


@dataclass(frozen=True, slots=True)
class PictureHash:
    """Hold a PDQ hash, 32 bytes with the most significant bit first, and its quality 0..100."""

    pdq: bytes
    quality: int

    def __post_init__(self) -> None:
        if len(self.pdq) != PDQ_BYTES:
            raise ValueError(f"a PDQ hash has {PDQ_BYTES} bytes, this has {len(self.pdq)}; pass the whole hash")
        if not 0 <= self.quality <= QUALITY_MAX:
            raise ValueError(
                f"the quality of a PDQ hash is 0 to {QUALITY_MAX}, this is {self.quality}; compute it again"
            )

    @property
    def hex(self) -> str:
        """Return the hash as 64 lower-case hexadecimal digits, the form in which lists are exchanged."""
        return self.pdq.hex()


_STRIPES_PDQ = "2d554a9996a525aac955b29564a5992a665588b5336dccda3136ceed311bcee6"
_UNHASHABLE = PictureHash(pdq=bytes(PDQ_BYTES), quality=0)


def hash_picture(data: bytes, *, limits: Limits = DEFAULT_LIMITS) -> PictureHash:
    """Return the PDQ hash of the picture in `data`, or raise PictureRefused.

    A picture with a side under 5 pixels has the hash 0 and the quality 0, as in the reference.
    Of an animated picture the first frame is hashed. Orientation notes (EXIF) are not applied.
    Source: pdq/README.md and hashing/hashing.pdf, facebook/ThreatExchange.
    """
    grid = _grid(data, limits=limits)
    if grid is None:
        return _UNHASHABLE
    return PictureHash(pdq=bits(spectrum(grid)), quality=quality(grid))


def dihedral(data: bytes, *, limits: Limits = DEFAULT_LIMITS) -> Mapping[Orientation, PictureHash]:
    """Return the hashes that the picture would have turned and mirrored in all eight ways, original first.

    The picture is decoded once: the others come from the signs and the order of its frequencies.
    Raises PictureRefused.
    """
    grid = _grid(data, limits=limits)
    if grid is None:
        return dict.fromkeys(Orientation, _UNHASHABLE)
    frequencies = spectrum(grid)
    shared_quality = quality(grid)
    return {
        orientation: PictureHash(pdq=bits(turned(frequencies, to=orientation)), quality=shared_quality)
        for orientation in Orientation
    }


def _grid(data: bytes, *, limits: Limits) -> Floats | None:
    """Return the 64x64 brightness grid, or nothing for a picture too small to have one."""
    with open_picture(data, limits=limits) as image:
        width, height = image.size
        if min(width, height) < SHORTEST_SIDE:
            return None
        return shrink(luma_strips(image), width=width, height=height)


class PdqHasher:
    """Offer PDQ to the slot `leeward.hashers`."""

    name = "pdq"

    def value_of(self, data: bytes) -> str:
        """Return the PDQ hash as 64 lower-case hexadecimal digits. Raises PictureRefused."""
        return hash_picture(data).hex

    def examples(self) -> Sequence[HasherExample]:
        """Return one drawn picture: bent stripes."""
        row, column = np.indices((96, 128))
        stripes = ((row * column + 5 * row + 3 * column) // 24 % 256).astype(np.uint8)
        file = io.BytesIO()
        Image.fromarray(stripes).save(file, "PNG")
        return (HasherExample(data=file.getvalue(), value=_STRIPES_PDQ),)
