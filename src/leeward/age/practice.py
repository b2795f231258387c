"""The public practice statement, from the methods that are really in use."""

from __future__ import annotations

from dataclasses import dataclass

from leeward.age import words
from leeward.age.levels import THRESHOLDS, Kind
from leeward.age.methods import registered
from leeward.age.methods.protocol import Method
from leeward.age.models import KIND_WORDS, LEVEL_WORDS, Requirement


@dataclass(frozen=True)
class Statement:
    """What is said of one method in public (ISO/IEC 27566-1: functionality, performance, privacy, security, acceptability)."""

    id: str
    title: str
    pictures: tuple[str, str]
    kind: object
    level: object
    thresholds: tuple[int, ...]
    statement: str
    retention: str


def statements() -> list[Statement]:
    """Return a statement for each method that is set up and good enough for some area, the surest first."""
    needs = list(Requirement.objects.filter(closed_at=None))
    lowest = min((need.level for need in needs), default=0)
    kinds = {kind for need in needs for kind in need.kinds}
    in_use = (method for method in registered().values() if method.top_level >= lowest and method.kind in kinds)
    return [_of(method) for method in in_use if method.is_ready()]


def _of(method: Method) -> Statement:
    said = words.tables().get("way", {})
    return Statement(
        id=method.id,
        title=said.get(method.id, method.id),
        pictures=words.pictures(method.id),
        kind=dict(KIND_WORDS)[Kind(method.kind).value],
        level=dict(LEVEL_WORDS)[method.top_level.value],
        thresholds=method.thresholds or THRESHOLDS,
        statement=method.statement,
        retention=method.retention,
    )
