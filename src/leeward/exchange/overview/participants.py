"""Who takes part and what flows each way, as shapes for a picture: numbers only, so that the template holds the words."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db.models import Count, Q
from django.utils.functional import Promise

from leeward.exchange.intake.models import Received
from leeward.exchange.partners import health
from leeward.exchange.partners.models import Partner
from leeward.exchange.sharing import services as sharing

WIDTH: Final = 360
HEIGHT: Final = 300
MOST: Final = 12  # More circles could not be told apart on a phone; the list below the picture names everybody.
_MIDDLE_X, _MIDDLE_Y = WIDTH / 2, HEIGHT / 2
_REACH_X, _REACH_Y = 145.0, 118.0  # From the middle to that of a partner.
_NEAR, _FAR = 0.30, 0.80  # Between these parts of the way lie the arrows, clear of both ends.
_BESIDE = 6.0  # From the line between both to each arrow.


@dataclass(frozen=True)
class Participant:
    """One partner with what flows: how many signs of its are in force and wait here, and whether it is told any."""

    number: int
    partner: Partner
    tone: str
    words: str | Promise
    in_force: int
    waiting: int
    is_told: bool

    @property
    def tells(self) -> bool:
        """Whether anything came from it that stands."""
        return bool(self.in_force or self.waiting)


@dataclass(frozen=True)
class Arrow:
    """One way: from a point to a point."""

    x1: float
    y1: float
    x2: float
    y2: float


@dataclass(frozen=True)
class Place:
    """Where one partner stands in the picture, and the arrows in the ways in which anything flows."""

    participant: Participant
    x: float
    y: float
    to_us: Arrow | None
    to_them: Arrow | None


def participants(*, at: datetime) -> list[Participant]:
    """Return the partners that take part or are suspended, those that tell most first."""
    counted = Partner.objects.filter(state__in=[Partner.State.ACTIVE, Partner.State.SUSPENDED]).annotate(
        in_force=Count("received", filter=Q(received__state=Received.State.ACTIVE)),
        waiting=Count("received", filter=Q(received__state=Received.State.QUARANTINE)),
    )
    rows = counted.select_related("organisation").defer("sealed_key").order_by("-in_force", "-waiting", "pk")
    return [
        Participant(
            number,
            row,
            *health.tone(row, at=at),
            in_force=row.in_force,
            waiting=row.waiting,
            is_told=sharing.is_told(row),
        )
        for number, row in enumerate(rows, 1)
    ]


def places(known: Sequence[Participant]) -> list[Place]:
    """Return the first ones around the middle, from the top on in the direction of a clock."""
    shown = known[:MOST]
    return [_place(one, turn=index / len(shown)) for index, one in enumerate(shown)]


def _place(participant: Participant, *, turn: float) -> Place:
    angle = 2 * math.pi * turn - math.pi / 2
    across, down = _REACH_X * math.cos(angle), _REACH_Y * math.sin(angle)
    length = math.hypot(across, down)
    beside_x, beside_y = -down / length * _BESIDE, across / length * _BESIDE
    near = (_MIDDLE_X + across * _NEAR, _MIDDLE_Y + down * _NEAR)
    far = (_MIDDLE_X + across * _FAR, _MIDDLE_Y + down * _FAR)
    return Place(
        participant,
        round(_MIDDLE_X + across, 1),
        round(_MIDDLE_Y + down, 1),
        to_us=_arrow(far, near, beside_x, beside_y) if participant.tells else None,
        to_them=_arrow(near, far, -beside_x, -beside_y) if participant.is_told else None,
    )


def _arrow(begin: tuple[float, float], end: tuple[float, float], beside_x: float, beside_y: float) -> Arrow:
    points = (begin[0] + beside_x, begin[1] + beside_y, end[0] + beside_x, end[1] + beside_y)
    return Arrow(*(round(point, 1) for point in points))
