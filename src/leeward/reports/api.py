"""How the button and machines send reports."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Header, Router, Schema, Status
from ninja.decorators import decorate_view
from ninja.throttling import AnonRateThrottle
from pydantic import ConfigDict, Field, StringConstraints

from leeward.core import config, middleware, problems
from leeward.reports import receipts, services
from leeward.reports.models import Channel, Reason

router = Router(tags=["reports"])

# No control characters but line ends: they have no place in words, names or addresses.
_LINE = r"^[^\x00-\x1f\x7f]*$"
_WORDS = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*$"
type Line = Annotated[str, StringConstraints(max_length=200, pattern=_LINE, strip_whitespace=True)]


class ItemIn(Schema):
    """What the provider calls the thing."""

    model_config = ConfigDict(extra="forbid")
    provider: Line
    id: Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=_LINE)]
    kind: Line | None = ""
    author_id: Line | None = ""


class ReportIn(Schema):
    """One report."""

    model_config = ConfigDict(extra="forbid")
    reason: Reason
    page_url: Annotated[str, StringConstraints(max_length=2048)] | None = ""
    item: ItemIn | None = None
    words: Annotated[str, StringConstraints(max_length=4000, pattern=_WORDS)] | None = ""
    language: Annotated[str, StringConstraints(max_length=12, pattern=r"^[A-Za-z-]*$")] | None = "en"


class ReceiptOut(Schema):
    """What the reporter leaves with; `receipt` is shown once and not kept."""

    receipt: str = Field(description="16 digits in groups of four")
    status_url: str
    received_at: datetime


REFUSALS: dict[tuple[type[Exception], ...], tuple[int, str, str]] = {
    (services.NotAboutAnything,): (422, "page_url", "Give the address of the page, or the item."),
    (services.UnknownProvider,): (422, "item.provider", "This desk does not serve that provider; give page_url alone."),
    (services.OtherBody,): (409, "Idempotency-Key", "This key was used for another report; make a new one."),
}


class _PerMinute(AnonRateThrottle):
    """At most so many reports a minute from one network address, by setting."""

    def __init__(self) -> None:
        super().__init__(f"{config.current().server.reports_per_minute}/min")

    def get_ident(self, request: HttpRequest) -> str:
        # What a visitor writes into X-Forwarded-For must not give a count of its own.
        return middleware.client_address(request)


def _json_only(run: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    @wraps(run)
    def checked(request: HttpRequest) -> HttpResponse:
        if request.content_type == "application/json":
            return run(request)
        return problems.response(415, "Send JSON with the header «Content-Type: application/json».")

    return checked


@router.post(
    "/reports", auth=None, response={201: ReceiptOut, 200: ReceiptOut}, throttle=[_PerMinute()], url_name="report"
)
@decorate_view(_json_only)
def receive(
    request: HttpRequest, body: ReportIn, idempotency_key: Annotated[UUID | None, Header()] = None
) -> Status[ReceiptOut]:
    """Take a report from anybody. The same Idempotency-Key (a UUID) gives the same receipt and stores nothing twice."""
    item = body.item
    draft = services.Draft(
        reason=body.reason,
        channel=Channel.BUTTON,
        page_url=body.page_url or "",
        item=services.Item(item.provider, item.id, item.kind or "", item.author_id or "") if item else None,
        words=body.words or "",
        language=body.language or "en",
        idempotency_key=str(idempotency_key) if idempotency_key else "",
    )
    receipt = _received(draft)
    out = ReceiptOut(
        receipt=receipts.grouped(receipt.code),
        status_url=f"{config.current().server.site_url}/r/",
        received_at=receipt.report.received_at,
    )
    return Status(200 if receipt.is_repeat else 201, out)


def _received(draft: services.Draft) -> services.Receipt:
    try:
        return services.receive(draft, at=timezone.now())
    except services.AddressRefused as error:
        raise _problem(422, "page_url", str(error)) from error
    except (services.NotAboutAnything, services.UnknownProvider, services.OtherBody) as error:
        status, field, words = next(answer for kinds, answer in REFUSALS.items() if isinstance(error, kinds))
        raise _problem(status, field, words) from error


def _problem(status: int, field: str, words: str) -> problems.Refused:
    return problems.Refused(status, words, errors=[{"field": field, "problem": words}])


def open_to_pages(get_response: Any) -> Any:
    """Middleware: let the button on any provider's page send a report. No cookie and no key takes part in it."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if request.path != "/api/v1/reports":
            answer: HttpResponse = get_response(request)
            return answer
        answer = HttpResponse(status=204) if request.method == "OPTIONS" else get_response(request)
        answer["Access-Control-Allow-Origin"] = "*"
        answer["Access-Control-Allow-Methods"] = "POST"
        answer["Access-Control-Allow-Headers"] = "content-type, idempotency-key"
        answer["Access-Control-Max-Age"] = "86400"
        answer["Cross-Origin-Resource-Policy"] = "cross-origin"
        return answer

    return middleware
