"""What follows from a decision ends alike, however late, often and disorderly the reactions come."""

from __future__ import annotations

import base64
import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leeward.cases import services as cases
from leeward.cases.models import Action, Case, Measure, Undo
from leeward.cases.tests.desk import AT, UNDONE, case_of, found_illegal, in_force, reported, undone, with_evidence
from leeward.core import outbox, webhooks
from leeward.core.models import Delivery, Organisation, User
from leeward.reports.models import Outcome, Report

pytestmark = pytest.mark.django_db

FIRST, LATE = b"the first bytes", b"the late bytes"
# The provider's answer plays no part here; what counts is what is ordered and in which order.
SENT_ELSEWHERE = "deliver_action"


def new_deliveries(seen: set[int]) -> list[Delivery]:
    """Return what is owed and was not seen yet, but for the calls to the provider."""
    owed = [one for one in Delivery.objects.order_by("pk") if one.pk not in seen]
    seen |= {one.pk for one in owed}
    return [one for one in owed if not one.task.endswith(SENT_ELSEWHERE)]


def run(deliveries: list[Delivery]) -> None:
    for delivery in deliveries:
        outbox.task_of(delivery).call(**delivery.arguments)


def disorder(data: st.DataObject, deliveries: list[Delivery], *, label: str) -> list[Delivery]:
    """Return all of them, some twice or three times, in any order."""
    more = data.draw(st.lists(st.sampled_from(deliveries), max_size=4), label=f"{label}: again") if deliveries else []
    order = data.draw(st.permutations(range(len(deliveries) + len(more))), label=label)
    return [[*deliveries, *more][number] for number in order]


def last_word(report: Report) -> str:
    return list(Outcome.objects.filter(report=report).values_list("kind", flat=True))[-1]


def last_order(case: Case) -> str:
    """Return the order that a provider's system is left with: the one with the highest sequence."""
    return Action.objects.filter(decision__case=case).order_by("pk").values_list("kind", flat=True).reverse()[0]


def digests(*files: bytes) -> set[str]:
    return {
        hashlib.new(name, data, usedforsecurity=False).hexdigest()
        for data in files
        for name in ("md5", "sha1", "sha256")
    }


@pytest.fixture
def endpoint(harbour: Organisation) -> None:
    secret = "whsec_" + base64.b64encode(bytes(24)).decode()
    webhooks.open_endpoint(harbour, url="http://127.0.0.1:9/", secret=secret)


@given(data=st.data())
@settings(max_examples=50, suppress_health_check=UNDONE)
def test_after_a_reversal_nothing_is_in_force_and_everyone_has_the_last_word(
    data: st.DataObject, endpoint: None, cem: User, dan: User, sam: User
) -> None:
    with undone():
        report, seen = reported(item_id="7"), set[int]()
        case = case_of(report)
        with_evidence(case, FIRST)
        decision = found_illegal(case, by=cem, and_by=dan)
        if data.draw(st.booleans(), label="late evidence before the reversal"):
            with_evidence(case, LATE)
        owed = new_deliveries(seen)
        done_before = data.draw(st.integers(0, len(owed)), label="done before the reversal")
        owed = disorder(data, owed, label="before")
        run(owed[:done_before])
        new_deliveries(seen)
        cases.reverse(decision, by=sam, at=AT)
        if data.draw(st.booleans(), label="late evidence after the reversal"):
            with_evidence(case, LATE)

        run(disorder(data, [*owed, *new_deliveries(seen)], label="after"))

        assert in_force() == set()
        assert last_word(report) == Outcome.Kind.RESTORED
        assert last_order(case) == Undo.RESTORE


@given(data=st.data())
@settings(max_examples=25, suppress_health_check=UNDONE)
def test_a_standing_decision_has_the_same_effects_in_any_order(
    data: st.DataObject, endpoint: None, cem: User, dan: User
) -> None:
    with undone():
        report, seen = reported(item_id="7"), set[int]()
        case = case_of(report)
        with_evidence(case, FIRST)
        found_illegal(case, by=cem, and_by=dan)
        with_evidence(case, LATE)

        run(disorder(data, new_deliveries(seen), label="order"))

        assert in_force() == {*digests(FIRST, LATE), "bad.example"}
        assert [outcome.kind for outcome in report.outcomes.all()] == [Outcome.Kind.REMOVED]
        assert [order.kind for order in Action.objects.all()] == [Measure.REMOVE]
