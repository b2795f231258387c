"""How a provider's system adds evidence to a case that asked for it."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.http import HttpRequest
from django.utils import timezone
from ninja import Router, Schema, Status

from leeward.cases import services
from leeward.cases.models import Case, Evidence
from leeward.core import machines, problems
from leeward.core.models import ApiKey

router = Router(tags=["cases"], auth=machines.Bearer(ApiKey.Scope.EVIDENCE))


class EvidenceOut(Schema):
    """What was sealed."""

    sha256: str
    added_at: datetime


@router.post("/cases/{uuid:case_uid}/evidence", response={201: EvidenceOut}, url_name="add_evidence")
def add_evidence(request: HttpRequest, case_uid: UUID) -> Status[Evidence]:
    """Seal the bytes of the reported item into its case. Only the provider whose item it is can do so."""
    organisation = machines.caller(request)
    case = Case.objects.filter(uid=case_uid, subject__provider=organisation).first()
    if case is None:
        raise problems.Refused(404, "No case of this number is about an item of yours.")
    if not request.body:
        raise problems.Refused(422, "Send the bytes of the item as the body.")
    evidence = services.add_evidence(
        case,
        request.body,
        kind=Evidence.Kind.ITEM,
        media_type=(request.content_type or "application/octet-stream")[:100],
        by=f"partner:{organisation.slug}",
        at=timezone.now(),
    )
    return Status(201, evidence)
