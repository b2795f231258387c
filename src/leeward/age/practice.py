"""The public practice statement, from the methods that are really in use."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from leeward.age import switches, words
from leeward.age.effect import figures, plots
from leeward.age.levels import THRESHOLDS, Kind
from leeward.age.methods import registered
from leeward.age.methods.protocol import Method
from leeward.age.models import KIND_WORDS, LEVEL_WORDS, Requirement
from leeward.core import config


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
    # How often it lets in wrongly, in sentences; empty where too few were looked at to say it.
    performance: tuple[str, ...]


def is_measured() -> bool:
    """True where visitors are drawn, so that it becomes known how often a way lets in wrongly."""
    return config.current().age.step_up_share > 0


def statements(*, at: datetime) -> list[Statement]:
    """Return a statement for each method that is set up, switched on and good enough for some area, the surest first."""
    needs = list(Requirement.objects.filter(closed_at=None))
    lowest = min((need.level for need in needs), default=0)
    kinds = {kind for need in needs for kind in need.kinds}
    fit = (method for method in registered().values() if method.top_level >= lowest and method.kind in kinds)
    closed = switches.closed()
    return [_of(method, at=at) for method in fit if method.id not in closed and method.is_ready()]


def _of(method: Method, *, at: datetime) -> Statement:
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
        performance=tuple(
            f"{plots.sentence(figure, found)} {plots.basis(one)}"
            for figure, one, found in figures.public(method.id, at=at)
        ),
    )
