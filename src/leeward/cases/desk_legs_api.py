"""The desk for programs: who else is responsible, what they were given, and what they said."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import Field, Schema, Status

from leeward.cases import desk_door, legs
from leeward.cases.desk_bodies import LegOut
from leeward.cases.desk_door import in_words
from leeward.cases.legs import Said
from leeward.cases.models import Body, Case, Leg
from leeward.core import machines

router = desk_door.new_router()


class HandOverIn(Schema):
    """To whom and why; without `fields`, what a body needs to find the thing and nothing about the reporter."""

    body: str = Field(max_length=60, description="The short name of the body.")
    why: str = Field(min_length=1, max_length=500)
    legal_basis: str = Field("", max_length=300)
    fields: list[str] = Field(list(legs.HANDED_OVER), max_length=50, description="Nothing else leaves.")


class ReferralIn(HandOverIn):
    """To whom, why, and what of it may leave."""

    is_danger: bool = Field(False, description="You confirm a danger to life; the record keeps it.")


@router.post("/cases/{uuid:uid}/legs", response={201: LegOut}, url_name="desk_refer")
def refer(request: HttpRequest, uid: UUID, body: ReferralIn) -> Status[Any]:
    """Give a body its part of a case. Police only where it was found illegal, or with «is_danger»."""
    case, to = get_object_or_404(Case, uid=uid), get_object_or_404(Body, slug=body.body)
    with in_words():
        leg = legs.refer(
            case,
            to,
            by=machines.person(request),
            why=body.why,
            legal_basis=body.legal_basis,
            fields=body.fields,
            at=timezone.now(),
            is_danger=body.is_danger,
        )
    return Status(201, leg)


@router.post("/cases/{uuid:uid}/hand-over", response={201: LegOut}, url_name="desk_hand_over")
def hand_over(request: HttpRequest, uid: UUID, body: HandOverIn) -> Status[Any]:
    """Give a whole case away: others decide it, and whoever reported it is told who. It comes back if it is not theirs."""
    case, to = get_object_or_404(Case, uid=uid), get_object_or_404(Body, slug=body.body)
    with in_words():
        leg = legs.hand_over(
            case,
            to=to,
            by=machines.person(request),
            why=body.why,
            at=timezone.now(),
            legal_basis=body.legal_basis,
            fields=body.fields,
        )
    return Status(201, leg)


def _leg(uid: UUID) -> Leg:
    return get_object_or_404(Leg.objects.select_related("case__subject", "body", "contact"), uid=uid)


def _step(request: HttpRequest, uid: UUID, step: Callable[..., None]) -> Leg:
    with in_words():
        step(_leg(uid), by=machines.person(request), at=timezone.now())
    return _leg(uid)


@router.post("/legs/{uuid:uid}/release", response=LegOut, url_name="desk_release_leg")
def release(request: HttpRequest, uid: UUID) -> Leg:
    """Let a held leg leave by itself."""
    return _step(request, uid, legs.release)


@router.post("/legs/{uuid:uid}/handed", response=LegOut, url_name="desk_handed")
def handed(request: HttpRequest, uid: UUID) -> Leg:
    """Note that you handed a held leg over yourself."""
    return _step(request, uid, legs.handed)


class WhyIn(Schema):
    """Why, in a sentence."""

    why: str = Field(min_length=1, max_length=500)


@router.post("/legs/{uuid:uid}/recall", response=LegOut, url_name="desk_recall_leg")
def recall(request: HttpRequest, uid: UUID, body: WhyIn) -> Leg:
    """Take one leg back; no rule gives it again."""
    with in_words():
        legs.take_back(_leg(uid), by=machines.person(request), why=body.why, at=timezone.now())
    return _leg(uid)


class AnswerIn(Schema):
    """What a body said; the words are short and hold nothing of the case."""

    said: Said
    words: str = Field("", max_length=500)


@router.post("/legs/{uuid:uid}/answer", response=LegOut, url_name="desk_answer_leg")
def answer(request: HttpRequest, uid: UUID, body: AnswerIn) -> Leg:
    """Note what a body said. «declined» leads to the next one that is responsible."""
    with in_words():
        legs.answer(_leg(uid), said=body.said, words=body.words, by=machines.person(request), at=timezone.now())
    return _leg(uid)
