"""What an HMA-compatible server tells about itself: banks, signal types, whether the index follows. All of it is read-only.

Source: blueprints/curation.py and app.py of hasher-matcher-actioner/src/OpenMediaMatch, facebook/ThreatExchange.
"""

from __future__ import annotations

from collections.abc import Callable

from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from leeward.core import access
from leeward.core.models import Organisation, Record
from leeward.indicators.models import Kind
from leeward.screening import index
from leeward.screening.hma_doors import Refused, door
from leeward.screening.hma_names import BANKS, CONTENT_TYPES, SIGNAL_TYPES, kind_of

READ_ONLY = (
    403,
    "Banks are read-only here. A sign is published when a reviewer confirms a case at /desk/, or comes from a partner.",
)
NOTHING = (404, "There is nothing here. Look-ups are at /m/lookup and /m/raw_lookup, hashes at /h/hash.")


def _index_status(request: HttpRequest, asked_by: Organisation) -> dict[str, dict[str, object]]:
    """Return for each signal type how many rows are searched, and the time of the newest fact that they follow."""
    asked = request.GET.get("signal_type")
    kinds = SIGNAL_TYPES if asked is None else {asked: kind_of(asked)}
    shared = index.shared()
    try:
        shared.catch_up()
    except index.Behind:
        return {name: {"present": False, "built_to": -1, "size": 0} for name in kinds}
    figures = shared.figures()
    near, exact = (figures.near_rows, figures.exact_rows) if figures else (0, 0)
    # Of the exact types there is one set for all; the texts lie beside it and are not counted.
    sizes = {Kind.PDQ: near, Kind.TLSH: 0}
    built_to = _time_of(shared.position or 0)
    return {name: {"present": True, "built_to": built_to, "size": sizes.get(kinds[name], exact)} for name in kinds}


def _time_of(position: int) -> int:
    """Return when the facts up to a position were complete, in Unix seconds; 0 where there are none."""
    newest = Record.objects.filter(position__lte=position).order_by("-position").first()
    return int(newest.stamped_at.timestamp()) if newest is not None and newest.stamped_at is not None else 0


def _banks(request: HttpRequest, asked_by: Organisation) -> list[dict[str, object]]:
    return [_bank_config(name) for name in BANKS]


def _named_bank(request: HttpRequest, asked_by: Organisation, name: str) -> dict[str, object]:
    if name not in BANKS:
        raise Refused(404, "No such bank; GET /c/banks lists them.")
    return _bank_config(name)


def _bank_config(name: str) -> dict[str, object]:
    return {"name": name, "matching_enabled_ratio": 1.0}


def _signal_types(request: HttpRequest, asked_by: Organisation) -> list[dict[str, object]]:
    return [{"name": name, "enabled_ratio": 1.0} for name in SIGNAL_TYPES]


def _content_types(request: HttpRequest, asked_by: Organisation) -> list[dict[str, object]]:
    return [{"name": name, "enabled": True} for name in CONTENT_TYPES]


def _nothing(request: HttpRequest, asked_by: Organisation) -> object:
    raise Refused(*NOTHING)


index_status = door({"GET": _index_status})
banks = door({"GET": _banks}, otherwise=READ_ONLY)
bank = door({"GET": _named_bank}, otherwise=READ_ONLY)
signal_types = door({"GET": _signal_types}, otherwise=READ_ONLY)
content_types = door({"GET": _content_types}, otherwise=READ_ONLY)
# HMA writes to many addresses, of which we have none: whoever writes is told where signs come from.
nowhere = door({"GET": _nothing}, otherwise=READ_ONLY)


def _probe(words: str, *, is_well: Callable[[], bool]) -> Callable[[HttpRequest], HttpResponse]:
    """Make a probe for load balancers, which have no key; it says no more than /health/ready does."""

    @access.public
    @require_safe
    def probe(request: HttpRequest) -> HttpResponse:
        if is_well():
            return HttpResponse(words, content_type="text/plain")
        return HttpResponse("INDEX-NOT-LOADED", status=503, content_type="text/plain")

    return probe


def _follows() -> bool:
    try:
        index.shared().catch_up()
    except (DatabaseError, index.Behind):
        return False
    return True


status = _probe("I-AM-ALIVE", is_well=_follows)
livez = _probe("OK", is_well=lambda: True)
readyz = _probe("READY", is_well=_follows)
