"""Leeward: report once, protected everywhere."""

from __future__ import annotations

import atexit
import functools
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from leeward.screening.services import Screened

__all__ = ["OtherDjangoProject", "screen"]


class OtherDjangoProject(Exception):
    """This process runs another Django project than Leeward; ask over HTTP, as docs/operator/screening.md shows."""


def screen(
    data: bytes, *, provider: str = "", item_id: str = "", media_type: str = "application/octet-stream"
) -> Screened:
    """Judge an upload on the machine that Leeward runs on, without HTTP: known, held, suspect or clear.

        import leeward

        screened = leeward.screen(upload.read(), provider="harbour", item_id="photo-7")
        if screened.answer != "clear":
            hold(upload, screened.reason, screened.signs)

    What follows is what follows at every other door: a match is kept, a case is opened, the answer is counted.
    `provider` may be left out where there is one only. A text needs its media type, such as `text/plain`. The process
    needs Leeward's settings (`LEEWARD_DATA_DIR` and the others) and the right to read and write its data.

    Raises ValueError for an `item_id` above 200 characters, `OtherDjangoProject`, `leeward.screening.local.WhichProvider`, and
    what the database raises: hold the upload then.
    """
    _prepare()
    from django.utils import timezone  # not for those who import `leeward` for something else

    from leeward.screening import local  # it has models, which need the settings

    if len(item_id) > local.ITEM_ID_MOST:
        raise ValueError(f"an item id has at most {local.ITEM_ID_MOST} characters; send a shorter name of your own")
    asked_by = local.provider(provider)
    return local.screen_bytes(data, asked_by=asked_by, item_id=item_id, media_type=media_type, at=timezone.now())


@functools.cache
def _prepare() -> None:
    """Set Django up where nobody did, and see to it that a process that ends soon does not take its counts with it."""
    import django  # see `screen`
    from django.apps import apps  # see `screen`

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "leeward.site.settings")
    if not apps.ready:
        django.setup()
    if not apps.is_installed("leeward.screening"):
        raise OtherDjangoProject("this process runs another Django project; ask over HTTP, at /api/v1/screen")
    from django.utils import timezone  # see `screen`

    from leeward.screening import tallies  # see `screen`

    atexit.register(lambda: tallies.flush(timezone.now()))
