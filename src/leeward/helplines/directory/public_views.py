"""The checked rows for everybody: JSON and CSV that any site may read, with a tag so that the same is not sent twice."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Callable, Iterator
from datetime import datetime

from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.utils import timezone
from django.utils.cache import get_conditional_response, patch_cache_control
from django.views.decorators.http import require_safe

from leeward.core import access
from leeward.helplines.directory import services
from leeward.helplines.directory.models import Service

_FRESH_S = 300
_COLUMNS = (
    "country",
    "kind",
    "name",
    "contacts",
    "free",
    "hours",
    "time_zone",
    "languages",
    "ages",
    "source",
    "checked_at",
    "how",
)


@access.public
@require_safe
def as_json(request: HttpRequest) -> HttpResponse:
    """Give the rows that children see, as JSON. Who checked a row stays with us: that is a person's name."""
    return _answer(request, _json, "application/json")


@access.public
@require_safe
def as_csv(request: HttpRequest) -> HttpResponse:
    """Give the same rows as CSV, one way to reach a service after another in one cell."""
    return _answer(request, _csv, "text/csv; charset=utf-8")


def _answer(request: HttpRequest, write: Callable[[datetime], str], content_type: str) -> HttpResponse:
    body = write(timezone.now()).encode()
    tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    answer = HttpResponse(body, content_type=content_type)
    answer["ETag"], answer["Access-Control-Allow-Origin"] = tag, "*"
    patch_cache_control(answer, public=True, max_age=_FRESH_S)
    found = get_conditional_response(request, etag=tag, response=answer)
    if isinstance(found, HttpResponseNotModified):
        found["Access-Control-Allow-Origin"] = "*"
    return found or answer


def _rows(at: datetime) -> Iterator[Service]:
    yield from services.shown(at=at).order_by("country", "kind", "name")


def _json(at: datetime) -> str:
    rows = [
        {
            **{name: getattr(row, name) for name in _COLUMNS if name not in {"contacts", "checked_at"}},
            "contacts": [{"kind": one.kind, "value": one.value} for one in row.contacts.all()],
            "checked_at": row.checked_at.isoformat() if row.checked_at else None,
        }
        for row in _rows(at)
    ]
    return json.dumps({"services": rows}, ensure_ascii=False, indent=1)


def _csv(at: datetime) -> str:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(_COLUMNS)
    for row in _rows(at):
        contacts = "; ".join(f"{one.kind} {one.value}" for one in row.contacts.all())
        cells = {
            **{name: getattr(row, name) for name in _COLUMNS if name != "contacts"},
            "contacts": contacts,
            "languages": ";".join(row.languages),
            "checked_at": row.checked_at.isoformat() if row.checked_at else "",
        }
        writer.writerow(_inert(str(cells[name])) for name in _COLUMNS)
    return out.getvalue()


def _inert(cell: str) -> str:
    """Keep a spreadsheet from taking a cell for a formula. A number that begins with + is text by its quotation mark, too."""
    return f"'{cell}" if cell[:1] in {"=", "+", "-", "@"} else cell
