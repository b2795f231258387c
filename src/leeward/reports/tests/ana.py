"""What Ana reports: an address, an item of the provider, a drawn picture."""

from __future__ import annotations

import io
import uuid
from datetime import UTC, datetime
from typing import Any

import numpy as np
from PIL import Image

from leeward.reports.models import Attachment, Channel, Outcome, Reason, Report
from leeward.reports.services import Draft

type Answer = Any  # Django's test client adds `context` and `json` to a response.

HOST = "localhost:8000"
DOOR = "/api/v1/reports"
AT = datetime(2026, 11, 21, 10, tzinfo=UTC)
PAGE = "https://bad.example/photos/7"


def draft(page_url: str = PAGE, *, key: str = "", words: str = "", channel: Channel = Channel.BUTTON) -> Draft:
    """Return a report about a page, before it was received."""
    return Draft(Reason.SCARES, channel, page_url=page_url, words=words, idempotency_key=key)


def body(**fields: Any) -> dict[str, Any]:
    """Return what the button sends."""
    return {"reason": "scares", "page_url": PAGE} | fields


def form(**fields: Any) -> dict[str, Any]:
    """Return what the form sends."""
    return {"reason": "scares", "page_url": PAGE, "words": "", "key": str(uuid.uuid4())} | fields


def code_of(number: int) -> str:
    """Return the well-formed code with these fourteen digits, by the rule of ISO 7064 MOD 97-10 and not by ours."""
    check = next(check for check in range(2, 99) if (number * 100 + check) % 97 == 1)
    return f"{number:014d}{check:02d}"


def drawn_picture() -> bytes:
    """Return a PNG of a slope of colour with a disc."""
    row, column = np.indices((120, 160))
    colours = np.stack([row * 2, column, row + column // 2], axis=-1)
    colours[(row - 60) ** 2 + (column - 80) ** 2 < 900] = (250, 200, 40)
    file = io.BytesIO()
    Image.fromarray(colours.astype(np.uint8)).save(file, "PNG")
    return file.getvalue()


def stored() -> int:
    """Count everything that reports keep."""
    return Report.objects.count() + Attachment.objects.count() + Outcome.objects.count()
