"""What the desk's tests begin with: a report, its case, and what a reviewer thinks of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from django.db import transaction
from hypothesis import HealthCheck

from leeward.cases import reactions
from leeward.cases import services as cases
from leeward.cases.models import Case, Decision, Evidence
from leeward.core.models import Delivery, Record, User
from leeward.indicators.models import Category, Indicator
from leeward.reports import contexts
from leeward.reports import services as reports
from leeward.reports.models import Channel, Reason, Report

type Answer = Any  # Django's test client adds `context` to a response.

HOST = "localhost:8000"
# For properties over people: `undone` takes back each example, so a fixture that lives for the whole test is right.
UNDONE = (HealthCheck.function_scoped_fixture, HealthCheck.too_slow)
AT = datetime(2026, 11, 21, 10, tzinfo=UTC)
PAGE = "https://bad.example/photos/7"

MAY_STAY = cases.Judgement(Decision.Outcome.NO_VIOLATION, Category.OTHER, "Terms 4.2")
AGAINST_TERMS = cases.Judgement(Decision.Outcome.AGAINST_TERMS, Category.BULLYING, "Terms 4.2")
ILLEGAL = cases.Judgement(Decision.Outcome.ILLEGAL, Category.SEXTORTION, "Penal code 7", "bad.example")


def reported(
    page_url: str = PAGE,
    *,
    item_id: str = "",
    provider: str = "harbour",
    reason: Reason = Reason.SCARES,
    pictures: tuple[bytes, ...] = (),
) -> Report:
    """Return a report that was received: about an item of a provider where `item_id` is given."""
    draft = reports.Draft(
        reason,
        Channel.BUTTON,
        page_url="" if item_id else page_url,
        item=reports.Item(provider, item_id) if item_id else None,
        pictures=[reports.Picture(data, "image/png") for data in pictures],
    )
    return reports.receive(draft, at=AT).report


def case_of(report: Report) -> Case:
    """Return the case of a report, opened or joined as the loop does it, with what came with the report."""
    reactions.open_or_join_case.call(report_uid=str(report.uid))
    reactions.take_said.call(report_uid=str(report.uid))
    for context in contexts.joined(report):
        reactions.take_context.call(context_uid=str(context.uid))
    return Case.objects.get(reports__report=report)


def new_case(page_url: str = PAGE, *, item_id: str = "") -> Case:
    """Return a new case about a page, or about an item of the harbour."""
    return case_of(reported(page_url, item_id=item_id))


def with_evidence(case: Case, data: bytes = b"the bytes of a drawn shape") -> Evidence:
    """Seal a few bytes into a case."""
    kind = Evidence.Kind.ITEM
    return cases.add_evidence(case, data, kind=kind, media_type="image/png", by="partner:harbour", at=AT)


def found_illegal(case: Case, *, by: User, and_by: User) -> Decision:
    """Return a decision that two people took."""
    decision = cases.judge(case, ILLEGAL, by=by, at=AT)
    cases.agree(decision, by=and_by, at=AT)
    decision.refresh_from_db()
    return decision


def in_force() -> set[str]:
    """Return the values of every sign in force."""
    return set(Indicator.objects.filter(state=Indicator.State.ACTIVE).values_list("value", flat=True))


def everything() -> dict[str, list[Any]]:
    """Return every row that a step at the desk could change."""
    return {
        model.__name__: list(model._default_manager.order_by("pk").values())
        for model in (Case, Decision, Evidence, Indicator, Record, Delivery)
    }


@contextmanager
def undone() -> Iterator[None]:
    """Take back what an example of Hypothesis did, so that each begins alike."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)
