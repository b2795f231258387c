"""How machines of the provider bring in a table of lines."""

from __future__ import annotations

from dataclasses import asdict

from django.http import HttpRequest
from django.utils import timezone
from ninja import Query, Router, Schema

from leeward.core import machines, problems
from leeward.core.models import ApiKey
from leeward.filtering.subscribers import importing

router = Router(tags=["lines"], auth=machines.Bearer(ApiKey.Scope.LINES))

_MEDIA_TYPES = ("text/csv", "application/octet-stream")
_BODY = {"requestBody": {"required": True, "content": {"text/csv": {"schema": {"type": "string"}}}}}


class FaultOut(Schema):
    """A line that was left out, and in which letter its trouble begins."""

    line: int
    column: int
    what: str


class ImportOut(Schema):
    """What came of it. `faults` are the first hundred of `fault_count`."""

    rows: int
    changed: int
    fault_count: int
    faults: list[FaultOut]
    is_dry: bool


@router.post("/subscribers/import", response=ImportOut, url_name="subscriber_import", openapi_extra=_BODY)
def take_table(request: HttpRequest, dry_run: Query[bool] = False) -> dict[str, object]:
    """Bring in lines as CSV with the columns reference, address, ports, device and ends. Wrong lines are left out and named."""
    if not (request.content_type or "").startswith(_MEDIA_TYPES):
        raise problems.Refused(415, "Send the table itself as text/csv in UTF-8.")
    try:
        found = importing.take(request.read, is_dry=dry_run, clock=timezone.now, tell=_nobody)
    except importing.NotATable as wrong:
        raise problems.Refused(422, f"{str(wrong)[:1].upper()}{str(wrong)[1:]}.") from None
    return {**asdict(found), "is_dry": dry_run}


def _nobody(_rows: int) -> None:
    """Nobody watches while a request runs."""
