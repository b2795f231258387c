"""How the button and machines send reports."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Header, Router, Status
from ninja.decorators import decorate_view
from ninja.security import HttpBearer
from pydantic import Field

from leeward.core import machines, middleware, networks, problems
from leeward.core.models import ApiKey, Organisation
from leeward.reports import bodies, context_api, floods
from leeward.reports.bodies import ProofNeededOut, ReceiptOut, ReportIn
from leeward.reports.models import Channel

router = Router(tags=["reports"])
router.add_router("", context_api.router)

PROOF_HEADER = "Leeward-Proof"
# What the button asks from pages of other sites; nothing else below /api/ is open to them.
PAGE_PATHS = frozenset({"/api/v1/reports", "/api/v1/reports/half"})

type Handler = Callable[[HttpRequest], HttpResponse]


def _json_only(run: Handler) -> Handler:
    @wraps(run)
    def checked(request: HttpRequest) -> HttpResponse:
        if request.content_type == "application/json":
            return run(request)
        return problems.response(415, "Send JSON with the header «Content-Type: application/json».")

    return checked


def admitted(run: Handler) -> Handler:
    """Let a request in that a flood lets in, before its body is read; answer any other with work to show."""

    @wraps(run)
    def checked(request: HttpRequest) -> HttpResponse:
        network = networks.of(middleware.client_address(request))
        try:
            floods.admit(network, proof=request.headers.get(PROOF_HEADER, ""), at=timezone.now())
        except floods.ProofNeeded as needed:
            words = f"Send it again with the solution of «challenge» in the header {PROOF_HEADER}, or wait a minute."
            return problems.response(429, words, more={"challenge": needed.challenge, "bits": needed.bits})
        return run(request)

    return checked


@router.post("/reports", auth=None, response={201: ReceiptOut, 200: ReceiptOut, 429: ProofNeededOut}, url_name="report")
@decorate_view(_json_only, admitted)
def receive(
    request: HttpRequest, body: ReportIn, idempotency_key: Annotated[UUID | None, Header()] = None
) -> Status[ReceiptOut]:
    """Take a report from anybody. The same Idempotency-Key (a UUID) gives the same receipt and stores nothing twice.

    Where very much comes from one network, 429 brings a `challenge`; its solution goes into the header Leeward-Proof.
    """
    network = networks.of(middleware.client_address(request))
    out, is_new = bodies.received(body, channel=Channel.BUTTON, key=str(idempotency_key or ""), network=network)
    return Status(201 if is_new else 200, out)


@dataclass(frozen=True)
class Sender:
    """Whose key it is, and whether it is a trusted flagger's."""

    organisation: Organisation
    is_flagger: bool


class _SenderKey(HttpBearer):
    """Opens to keys with the scope `flag` or `report`."""

    openapi_name = "Bearer"

    def authenticate(self, request: HttpRequest, token: str) -> Sender | None:
        scopes = (ApiKey.Scope.FLAG, ApiKey.Scope.REPORT)
        for scope in scopes:
            if organisation := machines.holder(token, scope=scope):
                return Sender(organisation, is_flagger=scope == ApiKey.Scope.FLAG)
        machines.refuse_other_scope(token, *scopes)
        return None


class MachineReportIn(ReportIn):
    """One report of an organisation."""

    seen_by: Literal["person", "detector"] = Field("person", description="Who found it: somebody, or a program alone")


@router.post(
    "/reports/machine", auth=_SenderKey(), response={201: ReceiptOut, 200: ReceiptOut}, url_name="machine_report"
)
@decorate_view(_json_only)
def receive_from_machine(
    request: HttpRequest, body: MachineReportIn, idempotency_key: Annotated[UUID | None, Header()] = None
) -> Status[ReceiptOut]:
    """Take a report from an organisation with a key: another provider, a detector (`report`) or a trusted flagger (`flag`).

    A trusted flagger under Article 22 of the Digital Services Act comes first in the queue.
    """
    sender: Sender = request.auth  # type: ignore[attr-defined]  # ninja sets it to what the key opened
    # Of two organisations that use the same UUID, neither may read the other's receipt.
    key = f"{sender.organisation.slug}:{idempotency_key}" if idempotency_key else ""
    out, is_new = bodies.received(body, channel=_channel(sender, body), key=key, sender=sender.organisation)
    return Status(201 if is_new else 200, out)


def _channel(sender: Sender, body: MachineReportIn) -> Channel:
    if sender.is_flagger:
        return Channel.FLAGGER
    return Channel.API if body.seen_by == "detector" else Channel.PARTNER


def open_to_pages(get_response: Any) -> Any:
    """Middleware: let the button on any provider's page send a report. No cookie and no key takes part in it."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if request.path not in PAGE_PATHS:
            answer: HttpResponse = get_response(request)
            return answer
        answer = HttpResponse(status=204) if request.method == "OPTIONS" else get_response(request)
        answer["Access-Control-Allow-Origin"] = "*"
        answer["Access-Control-Allow-Methods"] = "POST"
        answer["Access-Control-Allow-Headers"] = f"content-type, idempotency-key, {PROOF_HEADER.lower()}"
        answer["Access-Control-Max-Age"] = "86400"
        answer["Cross-Origin-Resource-Policy"] = "cross-origin"
        return answer

    return middleware
