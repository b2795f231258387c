"""Questions that are asked on this machine, without HTTP: by the `leeward screen` command and by `leeward.screen`."""

from __future__ import annotations

import io
import mimetypes
from datetime import datetime
from pathlib import Path

from leeward.core import config
from leeward.core.models import Organisation
from leeward.screening import services
from leeward.screening.services import Screened, Upload

ITEM_ID_MOST = 200  # characters, as in `Match`


class WhichProvider(Exception):
    """It is not clear for whom is asked. The message says which providers there are and what to do."""


def provider(slug: str = "") -> Organisation:
    """Return the provider of this name, or the only one there is; raise `WhichProvider`."""
    providers = Organisation.objects.filter(kind=Organisation.Kind.PROVIDER).order_by("slug")
    found = list(providers.filter(slug=slug) if slug else providers)
    if len(found) == 1:
        return found[0]
    known = ", ".join(providers.values_list("slug", flat=True))
    if not known:
        raise WhichProvider("there is no provider yet; add an organisation of the kind «provider» first")
    asked = "no provider has this name" if slug else "there is more than one provider"
    raise WhichProvider(f"{asked}; name one of: {known}")


def screen_bytes(data: bytes, *, asked_by: Organisation, item_id: str, media_type: str, at: datetime) -> Screened:
    """Judge bytes; where they are more than a request may bring, a case gets their digests only."""
    if len(data) <= config.current().server.max_body_bytes:
        return services.screen(data, asked_by=asked_by, item_id=item_id, media_type=media_type, at=at)
    return services.screen_stream(io.BytesIO(data), upload=Upload(asked_by, item_id, None, media_type), at=at)


def screen_file(path: Path, *, asked_by: Organisation, at: datetime) -> Screened:
    """Judge a file of this machine. The end of its path is its item id. Raises `OSError`."""
    media_type = mimetypes.guess_type(f"file{path.suffix}")[0] or "application/octet-stream"
    # A name that is no text cannot be kept in the database.
    item_id = str(path).encode("utf-8", "replace").decode("utf-8")[-ITEM_ID_MOST:]
    with path.open("rb") as file:
        if path.stat().st_size <= config.current().server.max_body_bytes:
            return screen_bytes(file.read(), asked_by=asked_by, item_id=item_id, media_type=media_type, at=at)
        return services.screen_stream(file, upload=Upload(asked_by, item_id, None, media_type), at=at)
