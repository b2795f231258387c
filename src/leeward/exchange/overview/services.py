"""The exchange in numbers: what came in and from whom, what became of it, what it met, and what we gave out."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count, Q, Sum

from leeward.exchange.intake.models import Feedback, Received
from leeward.exchange.partners.models import Partner
from leeward.exchange.shelf.models import Version

_State = Received.State


@dataclass(frozen=True)
class CameIn:
    """What one partner told of one category, by what became of it. `met` counts what signs met while they waited."""

    partner: str
    category: str
    waiting: int
    active: int
    refused: int
    withdrawn: int
    met: int


@dataclass(frozen=True)
class GaveOut:
    """What we told of one category: signs that are told now, and withdrawals."""

    category: str
    told: int
    withdrawn: int


@dataclass(frozen=True)
class Answered:
    """What one partner said about our signs: with how many it met something, how often, and with how many it disagrees."""

    partner: str
    signs_met: int
    met: int
    disagrees: int


def came_in() -> list[CameIn]:
    """Return what came in, by partner and category."""
    rows = (
        Received.objects.values("partner__organisation__name", "category")
        .annotate(
            waiting=Count("pk", filter=Q(state=_State.QUARANTINE)),
            active=Count("pk", filter=Q(state=_State.ACTIVE)),
            refused=Count("pk", filter=Q(state__in=[_State.REFUSED, _State.DISTRUSTED])),
            withdrawn=Count("pk", filter=Q(state=_State.WITHDRAWN)),
            met_sum=Sum("met"),
        )
        .order_by("partner__organisation__name", "category")
    )
    return [
        CameIn(
            row["partner__organisation__name"],
            _category(row["category"]),
            waiting=row["waiting"],
            active=row["active"],
            refused=row["refused"],
            withdrawn=row["withdrawn"],
            met=row["met_sum"],
        )
        for row in rows
    ]


def gave_out() -> list[GaveOut]:
    """Return what we told, by category. Versions are counted, so a withdrawn sign counts in both columns."""
    ours = Version.objects.filter(origin=None, object_type="indicator").values("category")
    rows = ours.annotate(
        told=Count("pk", filter=Q(is_revoked=False)), withdrawn=Count("pk", filter=Q(is_revoked=True))
    ).order_by("category")
    return [GaveOut(_category(row["category"]), row["told"], row["withdrawn"]) for row in rows]


def answered() -> list[Answered]:
    """Return what partners said about our signs."""
    seen, against = Q(kind=Feedback.Kind.SEEN), Q(kind=Feedback.Kind.DISAGREES, count__gt=0)
    rows = (
        Feedback.objects.values("partner__organisation__name")
        .annotate(signs=Count("pk", filter=seen), met=Sum("count", filter=seen), no=Count("pk", filter=against))
        .order_by("partner__organisation__name")
    )
    return [Answered(row["partner__organisation__name"], row["signs"], row["met"] or 0, row["no"]) for row in rows]


def in_trouble() -> list[Partner]:
    """Return the active partners whose last contact met a fault."""
    troubled = Partner.objects.filter(state=Partner.State.ACTIVE).exclude(last_fault="")
    return list(troubled.select_related("organisation").defer("sealed_key"))


def _category(value: str) -> str:
    return str(Received(category=value).get_category_display()) or value
