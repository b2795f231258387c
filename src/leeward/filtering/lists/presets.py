"""The lists that an operator can switch on, from `presets.toml`."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from leeward.engines.policy.lists import Format

_FILE = Path(__file__).with_name("presets.toml")


@dataclass(frozen=True, slots=True)
class Preset:
    """One list: where it is, what its names mean, and whose it is under which licence."""

    slug: str
    name: str
    address: str
    format: Format
    marks: str
    licence: str
    home: str = ""
    signature_key: str = ""
    shrink_percent: int = 20
    grow_percent: int = 50


@cache
def presets() -> tuple[Preset, ...]:
    """Return the presets in the order of the file."""
    rows = tomllib.loads(_FILE.read_text(encoding="utf-8"))["list"]
    return tuple(Preset(**(row | {"format": Format(row["format"])})) for row in rows)
