"""How a provider's own server adds what only it knows of an item. Nothing of it can be read back by any API."""

from __future__ import annotations

from datetime import UTC
from typing import Annotated
from uuid import UUID

from django.http import HttpRequest
from django.utils import timezone
from ninja import Router, Schema, Status
from pydantic import AwareDatetime, ConfigDict, Field, IPvAnyAddress, StringConstraints

from leeward.core import machines
from leeward.core.models import ApiKey
from leeward.reports import contexts, fields
from leeward.reports.fields import LINE, WORDS, Line

router = Router(tags=["reports"], auth=machines.Bearer(ApiKey.Scope.REPORT))

# What fits in base64 into the default of LEEWARD_MAX_BODY_BYTES, with room for the records beside it.
CONTENT_BYTES = 18 * 1024 * 1024
CONNECTIONS = 1000
NOTES = 100


class ConnectionIn(Schema):
    """One line of your log."""

    model_config = ConfigDict(extra="forbid")
    ip: IPvAnyAddress
    port: Annotated[int, Field(ge=1, le=65535)] | None = Field(
        description="The source port: behind carrier-grade NAT an address alone is many people. null where your log has none"
    )
    at: AwareDatetime = Field(description="With its offset; kept in UTC")
    event: Annotated[str, StringConstraints(min_length=1, max_length=100, pattern=LINE)] = Field(
        description="What was done, such as login, upload, message"
    )


class NoteIn(Schema):
    """One thing that you noted about the profile."""

    model_config = ConfigDict(extra="forbid")
    text: Annotated[str, StringConstraints(min_length=1, max_length=2000, pattern=WORDS)]
    high_risk: bool = Field(False, description="Children may be in danger from this profile")


class ContextIn(Schema):
    """What you know of an item of yours."""

    model_config = ConfigDict(extra="forbid")
    item_id: Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=LINE)]
    author_id: Line | None = ""
    conversation_id: Line | None = ""
    connections: Annotated[list[ConnectionIn], Field(max_length=CONNECTIONS)] = []
    profile_notes: Annotated[list[NoteIn], Field(max_length=NOTES)] = []
    content: Annotated[str, StringConstraints(max_length=fields.base64_length(CONTENT_BYTES))] | None = Field(
        None,
        description="The item as it is now, in base64; at most 18 MiB. Sealed at once, so that it is not gone at an appeal",
    )
    media_type: Annotated[str, StringConstraints(max_length=100, pattern=r"^[\w.+-]+/[\w.+-]+$")] = (
        "application/octet-stream"
    )


class ContextOut(Schema):
    """The number under which it lies. A report may name it, and finds it by the item's id without that."""

    context: UUID


@router.post("/reports/context", response={201: ContextOut}, url_name="report_context")
def add(request: HttpRequest, body: ContextIn) -> Status[ContextOut]:
    """Seal connection records, profile notes and the content of an item of yours. The same again gives the same number."""
    if not (body.connections or body.profile_notes or body.content):
        words = "Send at least one connection, one note or the content; there is nothing to seal."
        raise fields.refused(422, "connections", words)
    known = contexts.Facts(
        author_id=body.author_id or "",
        conversation_id=body.conversation_id or "",
        connections=[
            contexts.Connection(str(one.ip), one.port, one.at.astimezone(UTC), one.event) for one in body.connections
        ],
        profile_notes=[contexts.Note(note.text, note.high_risk) for note in body.profile_notes],
    )
    content = contexts.Content(fields.decoded(body.content, field="content"), body.media_type) if body.content else None
    context = contexts.add(
        known, provider=machines.caller(request), item_id=body.item_id, content=content, at=timezone.now()
    )
    return Status(201, ContextOut(context=context.uid))
