"""Packages with a classifier in them, put on the path as an installer would."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from leeward.engines.classifying import CLASSIFIERS_GROUP

MODULE = "made_up_classifier"
ENTRY = f"brightness = {MODULE}:Brightness"
BRIGHTNESS = """
from datetime import date

import numpy as np

from leeward.engines import classifying


class Brightness:
    name = "brightness"
    side = 1
    card = classifying.ModelCard(
        name="brightness",
        version="1",
        licence="Apache-2.0",
        source="made up",
        sees="How bright a picture is.",
        measured=(
            classifying.Measured(classifying.Error.FALSE_LEAD, "grey squares", 2, 0.9, 0, date(2026, 11, 22), "by eye"),
            classifying.Measured(classifying.Error.MISS, "white squares", 0, 0.9, None, date(2026, 11, 22), "not at all"),
        ),
        not_for=("Anything.",),
        threshold=0.9,
    )

    def score(self, rgb):
        classifying.check_pixels(rgb)
        return float(rgb.mean()) / 255

    def examples(self):
        return [classifying.ClassifierExample(np.full((4, 6, 3), 51, dtype=np.uint8), 0.2, 0.2)]
"""


def install(folder: Path, monkeypatch: pytest.MonkeyPatch, *, entry: str = ENTRY, module: str = BRIGHTNESS) -> None:
    """Put a package with one or more entry points on the path."""
    (folder / f"{MODULE}.py").write_text(module)
    metadata = folder / f"{MODULE}-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: made-up-classifier\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text(f"[{CLASSIFIERS_GROUP}]\n{entry}\n")
    monkeypatch.syspath_prepend(folder)
    monkeypatch.delitem(sys.modules, MODULE, raising=False)
