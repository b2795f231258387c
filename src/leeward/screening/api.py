"""How machines ask about uploads."""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Iterator
from typing import Annotated, Any, BinaryIO
from uuid import UUID

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest
from django.utils import timezone
from ninja import Header, Router, Schema
from pydantic import Field

from leeward.core import config, machines, problems
from leeward.core.models import ApiKey
from leeward.engines import hashing, policy, urls
from leeward.indicators import services as indicators
from leeward.indicators.models import Kind
from leeward.screening import looks, services
from leeward.screening.models import Hold

router = Router(tags=["screening"], auth=machines.Bearer(ApiKey.Scope.SCREEN))

MEDIA_TYPES = (
    "image/",
    "video/",
    "text/plain",
    "application/octet-stream",
    "application/zip",
    "application/gzip",
    "application/x-tar",
)
FILES_MOST = 100
LOOKUPS_MOST = 1000
_BODY = {"requestBody": {"required": True, "content": {"*/*": {"schema": {"type": "string", "format": "binary"}}}}}

ItemId = Annotated[str, Header(max_length=200)]


class SignOut(Schema):
    """One sign that was met. `distance` is in bits of 256; for texts it is TLSH's own number."""

    indicator: str
    kind: str
    distance: int
    category: str
    source: str
    answer: str
    part: int
    orientation: str
    is_trimmed: bool
    share: float


class LeadOut(Schema):
    """What a classifier thinks, 0 to 1, and from where on that is worth a person's look. It never decides alone."""

    classifier: str
    score: float
    threshold: float
    is_lead: bool


class ScreenedOut(Schema):
    """The answer: clear, known (with `signs`), held (with `reason`) or suspect (with `signs` or `leads`)."""

    answer: str
    signs: list[SignOut]
    leads: list[LeadOut]
    reason: str
    sha256: str
    quality: int | None
    hold: str


class BatchOut(Schema):
    """The answers in the order of the files."""

    answers: list[ScreenedOut]


class ValuesIn(Schema):
    """What is known of one thing: any of these, and at least one."""

    pdq: str = Field("", max_length=64)
    quality: int = Field(100, ge=0, le=100)
    md5: str = Field("", max_length=32)
    sha1: str = Field("", max_length=40)
    sha256: str = Field("", max_length=64)
    tlsh: str = Field("", max_length=72)
    url: str = Field("", max_length=2048)
    host: str = Field("", max_length=253)


class LookupIn(Schema):
    """Up to 1,000 things to look up."""

    items: list[ValuesIn] = Field(max_length=LOOKUPS_MOST, min_length=1)


class HoldOut(Schema):
    """How a held upload stands: held, released or refused."""

    uid: UUID
    state: str
    reason: str
    item_id: str


@router.post("/screen", response=ScreenedOut, url_name="screen", openapi_extra=_BODY)
def screen(request: HttpRequest, x_item_id: ItemId = "") -> services.Screened:
    """Ask about an upload before it is stored: send its bytes as the body, with their own media type."""
    _check_media_type(request)
    organisation = machines.caller(request)
    media_type = (request.content_type or "")[:100]
    return services.screen(
        request.body, asked_by=organisation, item_id=x_item_id, media_type=media_type, at=timezone.now()
    )


def _check_media_type(request: HttpRequest) -> None:
    if not (request.content_type or "").startswith(MEDIA_TYPES):
        raise problems.Refused(415, "Send the bytes themselves with their own media type, such as image/jpeg.")


@router.post("/screen/batch", response=BatchOut, url_name="screen_batch")
def screen_batch(request: HttpRequest) -> dict[str, list[services.Screened]]:
    """Ask about up to 100 files at once, as multipart/form-data; the name of a part is its item id."""
    if not (request.content_type or "").startswith("multipart/form-data"):
        raise problems.Refused(415, "Send the files as multipart/form-data.")
    parts: list[tuple[str, UploadedFile[Any]]] = [
        (name, file) for name, files in request.FILES.lists() for file in files
    ]
    if not 0 < len(parts) <= FILES_MOST:
        raise problems.Refused(422, f"Send between 1 and {FILES_MOST} files.")
    organisation, at = machines.caller(request), timezone.now()
    answers = [
        services.screen(
            file.read(),
            asked_by=organisation,
            item_id=name[:200],
            media_type=(file.content_type or "application/octet-stream")[:100],
            at=at,
        )
        for name, file in parts
    ]
    return {"answers": answers}


_streams = threading.BoundedSemaphore(config.current().screening.streams or 1)


@router.post("/screen/stream", response=ScreenedOut, url_name="screen_stream", openapi_extra=_BODY)
def screen_stream(request: HttpRequest, x_item_id: ItemId = "") -> services.Screened:
    """Ask about a large file: it is read as it comes, lies in a nameless file while it is judged, and is gone then."""
    _check_media_type(request)
    if not _streams.acquire(blocking=False):
        raise problems.Refused(503, "Too many large files at this moment. Hold it and ask again in a little while.")
    try:
        folder = str(config.current().server.data_dir)
        with tempfile.TemporaryFile(dir=folder) as file:
            digests = hashing.digests_of_stream(_copied(request, into=file))
            upload = services.Upload(machines.caller(request), x_item_id, None, (request.content_type or "")[:100])
            return services.screen_stream(file, upload=upload, digests=digests, at=timezone.now())
    finally:
        _streams.release()


def _copied(request: HttpRequest, *, into: BinaryIO) -> Iterator[bytes]:
    expected, received = int(request.META.get("CONTENT_LENGTH") or 0), 0
    while chunk := request.read(looks.CHUNK_BYTES):
        into.write(chunk)
        received += len(chunk)
        yield chunk
    if received != expected:
        raise problems.Refused(400, "The body ended early. Hold the file and send it again.")


@router.post("/screen/lookup", response=BatchOut, url_name="screen_lookup")
def screen_lookup(request: HttpRequest, asked: LookupIn) -> dict[str, list[services.Screened]]:
    """Ask by hashes or addresses, without sending the thing itself."""
    organisation, at = machines.caller(request), timezone.now()
    values = [_values(item, place=place) for place, item in enumerate(asked.items)]
    return {"answers": [services.look_up(value, asked_by=organisation, at=at) for value in values]}


def _values(item: ValuesIn, *, place: int) -> services.Values:
    named = {Kind.MD5: item.md5, Kind.SHA1: item.sha1, Kind.SHA256: item.sha256}
    if not any((item.pdq, item.tlsh, item.url, item.host, *named.values())):
        raise problems.Refused(422, f"items[{place}]: give at least one value to look up.")
    try:
        return services.Values(
            pdq=indicators.normal(Kind.PDQ, item.pdq) if item.pdq else "",
            quality=item.quality,
            digests={kind: indicators.normal(kind, value) for kind, value in named.items() if value},
            tlsh=indicators.normal(Kind.TLSH, item.tlsh) if item.tlsh else "",
            url=urls.canonical(item.url) if item.url else "",
            host=policy.normalise(item.host) if item.host else "",
        )
    except (indicators.NotASign, urls.NotAnAddress, policy.NotAHostName) as error:
        raise problems.Refused(422, f"items[{place}]: {error}.") from None


@router.get("/screen/holds/{uuid:hold_uid}", response=HoldOut, url_name="screen_hold")
def screen_hold(request: HttpRequest, hold_uid: UUID) -> Hold:
    """Ask how a held upload of yours stands."""
    hold = Hold.objects.filter(uid=hold_uid, organisation=machines.caller(request)).first()
    if hold is None:
        raise problems.Refused(404, "No upload of yours is held under this number.")
    return hold
