"""Harmless uploads for the tests: smooth drawn shapes, changed copies of them, and files that are no pictures."""

from __future__ import annotations

import dataclasses
import io
import zipfile
from datetime import UTC, datetime

import numpy as np
from PIL import Image

from leeward.core import sequencer
from leeward.engines import hashing
from leeward.indicators import services as indicators
from leeward.indicators.models import Category, Indicator, Kind

AT = datetime(2026, 11, 21, 10, tzinfo=UTC)
DOCUMENT = b"%PDF-1.7 made-up words, again and again. " * 20


def waves(number: int, *, width: int = 512, height: int = 384) -> Image.Image:
    """Draw soft waves and discs, which differ from number to number."""
    random = np.random.default_rng(number)
    row, column = np.mgrid[0 : 1 : height * 1j, 0 : 1 : width * 1j]
    layers = np.zeros((3, height, width))
    for _ in range(12):
        across, down, turn = random.uniform(2, 14), random.uniform(2, 14), random.uniform(0, 6)
        layers += random.uniform(0.2, 1, (3, 1, 1)) * np.sin(across * column + down * row + turn)
    for _ in range(8):
        x, y, size = random.uniform(0.1, 0.9), random.uniform(0.1, 0.9), random.uniform(0.02, 0.2)
        disc = ((column - x) ** 2 + (row - y) ** 2 < size**2).astype(float)
        layers += random.uniform(-4, 4, (3, 1, 1)) * disc
    low, high = layers.min(), layers.max()
    return Image.fromarray(((layers - low) / (high - low) * 255).astype(np.uint8).transpose(1, 2, 0))


def encoded(image: Image.Image, file_format: str = "PNG", *, quality: int = 90) -> bytes:
    """Return the bytes of a picture as a file."""
    file = io.BytesIO()
    image.save(file, file_format, quality=quality)
    return file.getvalue()


def archive(member: bytes) -> bytes:
    """Return a ZIP file with one file in it and a list of contents."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as packed:
        packed.writestr("waves.png", member)
        packed.writestr("contents.txt", "waves.png: drawn waves")
    return file.getvalue()


def published(*signs: indicators.Sign, source: str = "decision:1") -> list[Indicator]:
    """Publish signs and give them their places."""
    rows = indicators.publish(signs, source=source, actor="user:1", at=AT)
    sequencer.stamp(at=AT)
    return rows


def taken_back(source: str = "decision:1") -> None:
    """Take back what a source published and give that its places."""
    indicators.revoke(source=source, actor="user:2", at=AT)
    sequencer.stamp(at=AT)


def look_of(data: bytes) -> indicators.Sign:
    """Return the sign by which a picture is known by its look."""
    return indicators.Sign(Kind.PDQ, hashing.hash_picture(data).hex, Category.SEXTORTION)


def with_crops(data: bytes) -> indicators.Sign:
    """Return the sign by which a picture is known by its look and by its inner parts."""
    _, *crops = hashing.banked(data)
    features = b"".join(bytes([crop.crop]) + crop.pdq for crop in crops)
    return dataclasses.replace(look_of(data), features=features)


def digest_of(data: bytes, kind: Kind = Kind.MD5) -> indicators.Sign:
    """Return the sign by which a file is known by its bytes."""
    digests = dataclasses.asdict(hashing.digests(data))
    return indicators.Sign(kind, digests[kind.value], Category.OTHER)
