"""One call stays below the memory that its limits state, and what is refused takes next to none."""

import io
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from leeward.engines.hashing import Limits
from leeward.engines.hashing.tests.drawn import png_that_claims

LIMITS = Limits(size_bytes=6_000_000, pixels=9_000_000)

pytestmark = pytest.mark.skipif(
    not Path("/proc/self/status").exists(), reason="the memory of a process is read in /proc"
)

# The system's own figure for the most that the process ever held: what the decoders take is not seen from Python.
CALL = """
import sys
from pathlib import Path
from leeward.engines import hashing

def most():
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM"))

data, before = Path(sys.argv[1]).read_bytes(), most()
limits = hashing.Limits(size_bytes=int(sys.argv[2]), pixels=int(sys.argv[3]))
for way in (hashing.variants, hashing.banked, lambda *a, **k: hashing.thumbnail(*a, at_least=224, **k)):
    try:
        way(data, limits=limits)
    except hashing.PictureRefused as refused:
        print(refused.reason)
print(most() - before)
"""


def taken_bytes(data: bytes, folder: Path) -> tuple[int, list[str]]:
    """Return how much memory a fresh process took for a picture, and the reasons for which it refused it."""
    (folder / "picture").write_bytes(data)
    arguments: list[Path | str] = [folder / "picture", str(LIMITS.size_bytes), str(LIMITS.pixels)]
    done = subprocess.run([sys.executable, "-c", CALL, *arguments], capture_output=True, text=True, check=True)
    *reasons, taken = done.stdout.split()
    return int(taken), reasons


def at_the_limit(file_format: str, *, mode: str = "RGB", **kind: object) -> bytes:
    """Draw as many pixels as the limits allow, in a file that they allow."""
    coarse = np.random.default_rng(1).integers(0, 255, (30, 30, 3)).astype(np.uint8)
    image = Image.fromarray(coarse).resize((3000, 3000), Image.Resampling.BICUBIC).convert(mode)
    file = io.BytesIO()
    image.save(file, file_format, **({"append_images": [image.rotate(90)]} if "save_all" in kind else {}), **kind)
    return file.getvalue()


@pytest.mark.parametrize(
    ("file_format", "kind"),
    [
        ("JPEG", {"progressive": True, "subsampling": "4:4:4", "quality": 60}),
        ("WEBP", {"save_all": True, "quality": 30, "method": 0}),
        ("PNG", {"mode": "P"}),
        ("AVIF", {"speed": 10, "quality": 30}),
    ],
)
def test_a_picture_at_the_limit_stays_below_the_stated_memory(
    file_format: str, kind: dict[str, object], tmp_path: Path
) -> None:
    data = at_the_limit(file_format, **kind)  # type: ignore[arg-type]  # The words of each encoder are its own.

    taken, reasons = taken_bytes(data, tmp_path)

    assert reasons == []
    assert taken < LIMITS.memory_bytes


def test_a_picture_that_states_too_much_takes_next_to_nothing(tmp_path: Path) -> None:
    taken, reasons = taken_bytes(png_that_claims(30_000, 30_000), tmp_path)

    assert reasons == ["too_many_pixels"] * 3
    assert taken < 30_000_000  # Pillow loads its decoders now.


def test_the_stated_memory_is_one_gigabyte_where_nothing_else_is_said() -> None:
    assert Limits().memory_bytes == pytest.approx(1.1e9, rel=0.05)
