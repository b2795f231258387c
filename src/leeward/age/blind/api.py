"""How a site's machine takes a blind token that a visitor showed to it."""

from __future__ import annotations

from http import HTTPStatus
from typing import Literal

from django.http import HttpRequest
from django.utils import timezone
from ninja import Router, Schema
from pydantic import Field

from leeward.age.blind import services, wire
from leeward.age.blind.services import Code
from leeward.age.levels import Level
from leeward.core import machines, problems
from leeward.core.models import ApiKey

router = Router(tags=["ages"], auth=machines.Bearer(ApiKey.Scope.AGES))

_WHY = {
    Code.UNREADABLE: "This is no blind token.",
    Code.UNKNOWN_KEY: "No key of this service signed it, or the key is over.",
    Code.OVER: "It is too old.",
    Code.WRONG_SIGNATURE: "Nobody here signed it.",
    Code.WRONG_SITE: "It was not shown to this origin with this challenge.",
    Code.NOT_ENOUGH: "It says less than the area asks for, and stays unspent.",
    Code.SPENT: "It was spent before.",
}


class SpendIn(Schema):
    """A token, and the origin and the challenge with which the site asked for it. One of `over` and `under` is given."""

    token: str = Field(max_length=wire.LONGEST)
    origin: str = Field(max_length=200)
    challenge: str = Field(min_length=16, max_length=100, pattern=r"^[A-Za-z0-9_-]+$")
    over: int | None = Field(None, ge=3, le=21)
    under: int | None = Field(None, ge=3, le=21)
    level: Literal["asserted", "basic", "standard", "enhanced"]


class SpentOut(Schema):
    """What the token says: an age and how sure it is."""

    over: int | None
    under: int | None
    level: str


@router.post("/age/blind/spend", response=SpentOut, url_name="blind_spend")
def spend(request: HttpRequest, body: SpendIn) -> SpentOut:
    """Take a blind token once. The second time it is refused with 409, whichever site brings it."""
    level = Level.of_acr(body.level) or Level.ENHANCED
    if (body.over is None) == (body.under is None):
        raise problems.Refused(422, "Send one of «over» and «under».")
    try:
        said = services.spend(
            body.token,
            origin=body.origin,
            challenge=body.challenge,
            over=body.over,
            under=body.under,
            level=level,
            at=timezone.now(),
        )
    except services.NotTaken as refused:
        status = HTTPStatus.CONFLICT if refused.code == Code.SPENT else HTTPStatus.UNPROCESSABLE_ENTITY
        detail = f"{_WHY[refused.code]} Ask the visitor for another one."
        raise problems.Refused(status, detail, errors=[{"field": "token", "problem": refused.code.value}]) from None
    age = said.age
    return SpentOut(over=age if said.is_over else None, under=None if said.is_over else age, level=said.level.acr)
