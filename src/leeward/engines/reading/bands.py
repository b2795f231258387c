"""Age bands for which texts are written, as the field groups readers."""

from __future__ import annotations

import enum


class Band(enum.StrEnum):
    """Who reads: the years of life in the value, both ends included."""

    SMALL = "6-9"
    MIDDLE = "10-12"
    TEEN = "13-17"
    ADULT = "adult"
