"""The door for the browser extension: whether a name is closed for whoever asks, who decided it, and where it is explained."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from ninja import Query, Router, Schema
from pydantic import Field, StringConstraints

from leeward.core import config, middleware, paces, problems
from leeward.engines.policy.family import Rule
from leeward.families.this_device import this_device
from leeward.filtering.door import explaining, visitors
from leeward.filtering.door.explaining import DecidedBy

router = Router(tags=["filtering"])
# A page asks for a few names; who opens pages quickly does not come near it.
A_MINUTE = 120
_LONGEST = 300
_looks = paces.Pace()


class DoorOut(Schema):
    """What is known about one name."""

    closed: bool
    decided_by: DecidedBy = Field(description="Empty where it is open")
    rule: Rule = Field(description="The row of the precedence table that decided")
    until: datetime | None = Field(description="When time alone changes the answer; null where it does not")
    page: str = Field(description="The page that explains it in words for the reader's age")


@router.get("/door", auth=None, response=DoorOut, url_name="door")
def look(
    request: HttpRequest, response: HttpResponse, name: Annotated[str, StringConstraints(max_length=_LONGEST), Query()]
) -> DoorOut:
    """Say whether a host name is closed for the device that asks, which its cookie names.

    Without the cookie of a device and outside a home's line, only what is closed for everybody is known. Nothing is kept.
    """
    asked, at = explaining.read_name(name), timezone.now()
    _looks.admit(_visitor(request), a_minute=A_MINUTE, at=at)
    if not asked:
        raise problems.Refused(422, "name: this is not a host name; send one such as games.example.")
    decision = explaining.explain(asked, limits=visitors.limits_of(request, at=at), at=at)
    response["Cache-Control"] = "no-store"
    return DoorOut(
        closed=not decision.is_open,
        decided_by=explaining.decided_by(decision),
        rule=decision.rule,
        until=decision.until,
        page=f"{config.current().server.site_url}{reverse('door')}?{urlencode({'name': asked})}",
    )


def _visitor(request: HttpRequest) -> str:
    # Behind one address of a provider there are many homes, so a device that has joined has a count of its own.
    device = this_device(request)
    return middleware.client_address(request) if device is None else f"device-{device.pk}"
