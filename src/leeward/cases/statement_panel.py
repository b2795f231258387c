"""What the page of a case shows of what the affected user was told, and of the appeals."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from leeward.cases import appeals, statements
from leeward.cases.models import Appeal, Case, Statement
from leeward.core.models import Endpoint, User
from leeward.reports import receipts


def panel(case: Case, *, person: User, at: datetime) -> dict[str, Any]:
    """Return what `_statements.html` shows: each statement, who was told, and every appeal with whether the person may answer."""
    made = list(Statement.objects.filter(decision__case=case).select_related("decision").order_by("pk"))
    provider = case.subject.provider_id
    has_system = bool(made) and Endpoint.objects.filter(organisation=provider, is_open=True).exists()
    told = [
        {
            "statement": statement,
            "until": appeals.until(statement.decision),
            "is_over": at > appeals.until(statement.decision),
            # Where no system takes it, a person passes the code on.
            "code": "" if statement.told_at or has_system else receipts.grouped(statements.code_of(statement)),
        }
        for statement in made
    ]
    waiting = Appeal.objects.filter(decision__case=case).select_related("decision", "taken_by", "answered_by")
    rows = [(appeal, person.pk in appeals.took_part(appeal)) for appeal in waiting.order_by("at", "pk")]
    return {"statements_told": told, "statements_appeals": rows}
