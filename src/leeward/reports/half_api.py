"""How the button keeps what a child has answered until now, so that a page that is closed too early loses nothing."""

from __future__ import annotations

import contextlib
import dataclasses
from typing import Annotated

from django.http import HttpRequest
from django.utils import timezone
from ninja import Router, Schema
from ninja.decorators import decorate_view
from pydantic import ConfigDict, Field, StringConstraints

from leeward.core import middleware
from leeward.engines.reading import Band
from leeward.reports import api, fields, halves, places, receipts, services
from leeward.reports.bodies import ItemIn
from leeward.reports.fields import WORDS
from leeward.reports.halves import Answers
from leeward.reports.models import Channel, Nature, Reason

router = Router(tags=["reports"])


class HalfIn(Schema):
    """What was answered; what is missing or null stays as it was."""

    model_config = ConfigDict(extra="forbid")
    code: Annotated[str, StringConstraints(max_length=40)] | None = Field(
        None, description="The code of an earlier answer to the same questions; leave it out the first time"
    )
    reason: Reason | None = None
    nature: Nature | None = None
    band: Band | None = None
    page_url: Annotated[str, StringConstraints(max_length=2048)] | None = None
    item: ItemIn | None = None
    words: Annotated[str, StringConstraints(max_length=4000, pattern=WORDS)] | None = None
    language: Annotated[str, StringConstraints(max_length=12, pattern=r"^[A-Za-z-]*$")] | None = None


class HalfOut(Schema):
    """Under which code it is kept."""

    code: str = Field(description="16 digits; the receipt code of the report that becomes of it")


@router.post("/reports/half", auth=None, response=HalfOut, url_name="half")
@decorate_view(api._json_only)
def keep(request: HttpRequest, body: HalfIn) -> HalfOut:
    """Keep the answers of somebody who has not sent the report yet, for 24 hours.

    Then they become a report where they say what is wrong and where, and are forgotten where they do not. Nothing can be read
    back here, and the answer is the same whether or not somebody has begun under the code.
    """
    at = timezone.now()
    halves.admit(middleware.client_address(request), at=at)
    try:
        code = receipts.read(body.code) if body.code else receipts.new()
    except receipts.SlipOfTheFinger:
        raise fields.refused(422, "code", "These are not 16 digits of a code; leave it out to begin anew.") from None
    if body.item is not None and not halves.knows_provider(body.item.provider):
        raise fields.refused(422, "item.provider", "This desk does not serve that provider; give page_url alone.")
    # An answer that was on its way when the report was sent, which holds it. To say so would tell that the code exists.
    with contextlib.suppress(halves.SentAlready):
        halves.change(code, lambda kept: _with(kept, body), at=at)
    return HalfOut(code=code)


def _with(kept: Answers, body: HalfIn) -> Answers:
    item = body.item
    return dataclasses.replace(
        kept,
        reason=body.reason or kept.reason,
        nature=body.nature or kept.nature,
        band=body.band or kept.band,
        page_url=kept.page_url if body.page_url is None else places.completed(body.page_url),
        item=kept.item
        if item is None
        else services.Item(item.provider, item.id, item.kind or "", item.author_id or "", item.conversation_id or ""),
        words=kept.words if body.words is None else body.words,
        language=body.language or kept.language,
        channel=Channel.BUTTON,
    )
