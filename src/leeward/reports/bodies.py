"""What a report looks like as JSON, and what answers it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from django.utils import timezone
from ninja import Schema
from pydantic import AwareDatetime, ConfigDict, Field, StringConstraints

from leeward.core import config
from leeward.core.models import Organisation
from leeward.engines.reading import Band
from leeward.reports import acknowledge, contexts, fields, pictures, places, receipts, services
from leeward.reports.fields import LINE, WORDS, Line
from leeward.reports.models import Attachment, Channel, Nature, Reason

PICTURES = 3
PICTURE_BYTES = 5 * 1024 * 1024
ACTIONS = 20
CONTEXTS = 20


class ItemIn(Schema):
    """What the provider calls the thing."""

    model_config = ConfigDict(extra="forbid")
    provider: Line
    id: Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=LINE)]
    kind: Annotated[str, StringConstraints(max_length=40, pattern=LINE, strip_whitespace=True)] | None = ""
    author_id: Line | None = ""
    conversation_id: Line | None = ""


class ActionIn(Schema):
    """One click or page of the reporter, sent where the reporter agreed to it."""

    model_config = ConfigDict(extra="forbid")
    at: AwareDatetime
    what: Annotated[str, StringConstraints(max_length=40, pattern=LINE)]
    where: Annotated[str, StringConstraints(max_length=300, pattern=LINE)]


class SurroundingsIn(Schema):
    """What the reporter's browser knew, shown to the reporter before it was sent."""

    model_config = ConfigDict(extra="forbid")
    time_zone: Annotated[str, StringConstraints(max_length=64, pattern=LINE)] | None = ""
    browser: Annotated[str, StringConstraints(max_length=300, pattern=LINE)] | None = ""
    seen_at: AwareDatetime | None = None
    actions: Annotated[list[ActionIn], Field(max_length=ACTIONS)] = []


class PictureIn(Schema):
    """A picture of the reporter's own, or one of the page."""

    model_config = ConfigDict(extra="forbid")
    kind: Attachment.Kind = Attachment.Kind.PICTURE
    data: Annotated[str, StringConstraints(min_length=1)] = Field(
        description="The file in base64, at most 5 MiB",
        json_schema_extra={"maxLength": fields.base64_length(PICTURE_BYTES)},
    )


class ReportIn(Schema):
    """One report."""

    model_config = ConfigDict(extra="forbid")
    reason: Reason
    nature: Nature | None = Field(None, description="With `sexual_child`, no picture is taken")
    band: Band | None = Field(None, description="The reporter's years of life, where they said them")
    page_url: Annotated[str, StringConstraints(max_length=2048)] | None = ""
    item: ItemIn | None = None
    words: Annotated[str, StringConstraints(max_length=4000, pattern=WORDS)] | None = ""
    language: Annotated[str, StringConstraints(max_length=12, pattern=r"^[A-Za-z-]*$")] | None = "en"
    surroundings: SurroundingsIn | None = None
    pictures: Annotated[list[PictureIn], Field(max_length=PICTURES)] | None = None
    context: Annotated[list[UUID], Field(max_length=CONTEXTS)] | None = Field(
        None, description="Numbers from POST /api/v1/reports/context of the item's provider"
    )
    code: Annotated[str, StringConstraints(max_length=40)] | None = Field(
        None, description="From POST /api/v1/reports/half: the receipt's code, where answers are kept under it"
    )


class ReceiptOut(Schema):
    """What the reporter leaves with; `receipt` is shown once and not kept."""

    receipt: str = Field(description="16 digits in groups of four")
    status_url: str
    received_at: datetime
    acknowledgement: str = Field(
        description="JWS that proves when this desk had which report; keys: /.well-known/jwks.json"
    )


class ProofNeededOut(Schema):
    """Very much comes from this network. Find n so that SHA-256 of `challenge:n` begins with `bits` zero bits."""

    detail: str
    challenge: str
    bits: int


# Which refusal is answered how: with this status, at this field, in these words.
REFUSALS: dict[type[Exception], tuple[int, str, str]] = {
    services.NotAboutAnything: (422, "page_url", "Give the address of the page, or the item."),
    services.UnknownProvider: (422, "item.provider", "This desk does not serve that provider; give page_url alone."),
    services.OtherBody: (409, "Idempotency-Key", "This key was used for another report; make a new one."),
    services.NeverCaptured: (
        422,
        "pictures",
        "Sexual content that shows a child is never copied or sent. Send the report again without any picture.",
    ),
    contexts.NotTheirs: (422, "context", "Name only numbers that the item's provider was given here, and the item."),
}


def received(
    body: ReportIn, *, channel: Channel, key: str, network: str = "", sender: Organisation | None = None
) -> tuple[ReceiptOut, bool]:
    """Receive a report and return its receipt, and whether it is new; refuse in words that name the field."""
    try:
        draft = _draft(body, channel=channel, key=key, network=network, sender=sender)
        receipt = services.receive(draft, at=timezone.now())
    except services.AddressRefused as error:
        raise fields.refused(422, "page_url", str(error)) from error
    except tuple(REFUSALS) as error:
        raise fields.refused(*REFUSALS[type(error)]) from error
    out = ReceiptOut(
        receipt=receipts.grouped(receipt.code),
        status_url=f"{config.current().server.site_url}/r/",
        received_at=receipt.report.received_at,
        acknowledgement=acknowledge.acknowledgement(receipt.report, has_pictures=bool(draft.pictures)),
    )
    return out, not receipt.is_repeat


def _draft(body: ReportIn, *, channel: Channel, key: str, network: str, sender: Organisation | None) -> services.Draft:
    return services.Draft(
        reason=body.reason,
        channel=channel,
        nature=body.nature,
        # At the open door a person typed it or copied it; a machine with a key is told what is wrong with it.
        page_url=places.completed(body.page_url or "") if channel == Channel.BUTTON else body.page_url or "",
        item=_item(body.item) if body.item else None,
        words=body.words or "",
        language=body.language or "en",
        band=body.band or "",
        surroundings=_surroundings(body),
        pictures=_pictures(body),
        idempotency_key=key,
        sender=sender,
        network=network,
        code=_code(body.code) if body.code else "",
    )


def _code(typed: str) -> str:
    try:
        return receipts.read(typed)
    except receipts.SlipOfTheFinger:
        raise fields.refused(422, "code", "These are not 16 digits of a code; leave it out.") from None


def _item(item: ItemIn) -> services.Item:
    return services.Item(
        item.provider, item.id, item.kind or "", item.author_id or "", conversation_id=item.conversation_id or ""
    )


def _surroundings(body: ReportIn) -> dict[str, Any]:
    found = body.surroundings.model_dump(mode="json", exclude_none=True) if body.surroundings else {}
    if body.context:
        found["context"] = contexts.checked(body.context, provider=body.item.provider if body.item else "")
    return {name: value for name, value in found.items() if value}


def _pictures(body: ReportIn) -> Sequence[services.Picture]:
    if body.pictures and body.nature is not None and body.nature.is_never_captured:
        # Before one byte of it is decoded.
        raise services.NeverCaptured
    return [_picture(one, field=f"pictures.{number}.data") for number, one in enumerate(body.pictures or [])]


def _picture(one: PictureIn, *, field: str) -> services.Picture:
    if len(one.data) > fields.base64_length(PICTURE_BYTES):
        raise fields.refused(422, field, "This picture is larger than 5 MiB; make it smaller, or leave it out.")
    data = fields.decoded(one.data, field=field)
    try:
        return services.Picture(data, pictures.check(data), one.kind)
    except pictures.NotAPicture as error:
        words = "This is not a picture that can be read. Send a JPEG, PNG, WebP, GIF, AVIF, HEIC, BMP or TIFF, or leave it out."
        raise fields.refused(422, field, words) from error
