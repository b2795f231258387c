"""Every way to show an age as the operator sees it: how sure, what it keeps, and whether visitors are offered it or why not."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from leeward.age import attempts, words
from leeward.age.levels import Kind
from leeward.age.methods import NextStep, SetUp, registered
from leeward.age.methods.protocol import Method
from leeward.age.models import KIND_WORDS, LEVEL_WORDS, ClosedWay, Requirement


class State(enum.StrEnum):
    """Whether visitors are offered a way. A way that is switched off is that first, whatever else is missing."""

    OFFERED = "offered"
    CLOSED = "closed"
    NOT_SET_UP = "not_set_up"
    NOT_WANTED = "not_wanted"


@dataclass(frozen=True)
class Standing:
    """One way. `areas` are the open areas that it is good enough for; `level` goes from 1 to 5."""

    id: str
    title: str
    pictures: tuple[str, str]
    kind: object
    level: int
    level_words: object
    statement: str
    retention: str
    state: State
    areas: tuple[Requirement, ...]
    closed: ClosedWay | None
    next_step: NextStep | None


@dataclass(frozen=True)
class Board:
    """All ways, the surest first, and the open areas that none of them opens now."""

    ways: tuple[Standing, ...]
    shut: tuple[Requirement, ...]

    @property
    def offered_count(self) -> int:
        """How many ways visitors are offered."""
        return sum(way.state == State.OFFERED for way in self.ways)


def board() -> Board:
    """Return how every registered way stands at this moment."""
    areas = list(Requirement.objects.filter(closed_at=None).select_related("site"))
    closed = {row.method: row for row in ClosedWay.objects.select_related("closed_by")}
    ways = tuple(_standing(method, areas, closed.get(method.id)) for method in registered().values())
    opened = {area.pk for way in ways if way.state == State.OFFERED for area in way.areas}
    return Board(ways, tuple(area for area in areas if area.pk not in opened))


def title(method: str) -> str:
    """Return what visitors read as the name of a way; the id for a method of another package, which has no words here."""
    return words.tables().get("way", {}).get(method, method)


def _standing(method: Method, areas: list[Requirement], closed: ClosedWay | None) -> Standing:
    fit = tuple(area for area in areas if attempts.fits(method, area))
    is_ready = method.is_ready()
    return Standing(
        id=method.id,
        title=title(method.id),
        pictures=words.pictures(method.id),
        kind=dict(KIND_WORDS)[Kind(method.kind).value],
        level=method.top_level.value,
        level_words=dict(LEVEL_WORDS)[method.top_level.value],
        statement=method.statement,
        retention=method.retention,
        state=_state(is_closed=closed is not None, is_ready=is_ready, is_wanted=bool(fit)),
        areas=fit,
        closed=closed,
        next_step=method.next_step() if isinstance(method, SetUp) and not is_ready else None,
    )


def _state(*, is_closed: bool, is_ready: bool, is_wanted: bool) -> State:
    if is_closed:
        return State.CLOSED
    if not is_ready:
        return State.NOT_SET_UP
    return State.OFFERED if is_wanted else State.NOT_WANTED
