"""What the page of a case shows of its evidence: each piece, the holds, and the way to an export."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count

from leeward.cases import approvals, retention, services, viewing
from leeward.cases.evidence_forms import AskExportForm, ExportForm, HoldForm
from leeward.cases.models import Approval, Case, Evidence
from leeward.cases.states import ApprovalState, CaseState
from leeward.core.models import User


@dataclass(frozen=True)
class Piece:
    """One piece as the page lists it."""

    evidence: Evidence
    hidden: viewing.Hidden | None
    views: int


def panel(case: Case, *, person: User, at: datetime) -> dict[str, Any]:
    """Return what `_evidence.html` shows."""
    pieces = case.evidence.select_related("blob", "case").annotate(view_count=Count("views")).order_by("pk")
    exports = case.approvals.filter(kind=Approval.Kind.EXPORT, used_at=None).select_related("asked_by", "answered_by")
    exports = exports.exclude(state=ApprovalState.REFUSED).exclude(answered_at__lte=at - approvals.GOOD_FOR)
    return {
        "evidence_pieces": [Piece(piece, viewing.hidden_from(piece, by=person), piece.view_count) for piece in pieces],
        "evidence_holds": case.holds.filter(released_at=None, until__gt=at)
        .select_related("placed_by")
        .order_by("until"),
        "evidence_hold_form": HoldForm(auto_id="hold_%s", use_required_attribute=False),
        "evidence_may_release": bool(person.roles & services.REVERSERS),
        "evidence_is_reversed": case.state == CaseState.REVERSED,
        "evidence_erasable_at": retention.erasable_at(case),
        "evidence_exports": exports.order_by("pk"),
        "evidence_ask_form": AskExportForm(auto_id="export_%s", use_required_attribute=False),
        "evidence_export_form": ExportForm(case),
    }
