"""What indicators announce."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class IndicatorsPublished:
    """Signs came into force; `count` changes stand under this record, in order."""

    source: str
    count: int


@dataclass(frozen=True)
class IndicatorsRevoked:
    """Signs were taken back by whoever published them."""

    source: str
    count: int


@dataclass(frozen=True)
class IndicatorsExpired:
    """Signs came to the end of their validity."""

    source: str
    count: int
