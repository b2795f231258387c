"""How machines ask about uploads."""

from __future__ import annotations

from typing import Annotated

from django.http import HttpRequest
from django.utils import timezone
from ninja import Header, Router, Schema

from leeward.core import machines, problems
from leeward.core.models import ApiKey
from leeward.screening import services

router = Router(tags=["screening"], auth=machines.Bearer(ApiKey.Scope.SCREEN))

MEDIA_TYPES = ("image/", "video/", "application/octet-stream", "application/zip")


class SignOut(Schema):
    """One sign that matched."""

    indicator: str
    kind: str
    distance_bits: int
    category: str
    source: str


class ScreenedOut(Schema):
    """The answer: clear, known (with `signs`), or held (with `reason`)."""

    answer: str
    signs: list[SignOut]
    reason: str
    sha256: str
    quality: int | None


@router.post(
    "/screen",
    response=ScreenedOut,
    url_name="screen",
    openapi_extra={
        "requestBody": {"required": True, "content": {"image/*": {"schema": {"type": "string", "format": "binary"}}}},
    },
)
def screen(request: HttpRequest, x_item_id: Annotated[str, Header(max_length=200)] = "") -> services.Screened:
    """Ask about an upload before it is stored: send its bytes as the body."""
    if not (request.content_type or "").startswith(MEDIA_TYPES):
        raise problems.Refused(415, "Send the bytes themselves with their own media type, such as image/jpeg.")
    organisation = machines.caller(request)
    return services.screen(request.body, asked_by=organisation, item_id=x_item_id, at=timezone.now())
