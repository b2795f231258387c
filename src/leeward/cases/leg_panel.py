"""What the page of a case shows of its legs: each hop with its clock, what the body said, and what a person can do."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from leeward.cases import leg_making, leg_papers, legs, services
from leeward.cases.leg_forms import AnswerForm
from leeward.cases.models import Case, Leg
from leeward.cases.states import CaseState, LegState
from leeward.core.models import User
from leeward.reports import receipts


@dataclass(frozen=True)
class Hop:
    """One leg as the page shows it. `code` is there where a person hands it over and so must give it to the body.

    `paper` is what that person gives them, and empty for everybody who may not.
    """

    leg: Leg
    is_late: bool
    waits_for: str
    code: str
    paper: str
    may_release: bool
    may_hand: bool
    may_answer: bool
    may_take_back: bool
    must_be_told: bool
    form: AnswerForm


def panel(case: Case, *, person: User, at: datetime) -> dict[str, Any]:
    """Return what `_legs.html` shows: the hops in the order in which they follow from each other."""
    found = list(case.legs.select_related("body", "contact__endpoint", "sent_by", "case", "after__body").order_by("pk"))
    may_act = bool(person.roles & services.JUDGES)
    return {
        "legs_hops": [_hop(leg, person=person, may_act=may_act, at=at) for leg in found],
        "legs_at": at,
        "legs_answer_page": leg_papers.answer_page(),
        "legs_may_refer": may_act,
        "legs_may_hand_over": may_act and case.state == CaseState.OPEN,
    }


def _hop(leg: Leg, *, person: User, may_act: bool, at: datetime) -> Hop:
    is_held, by_itself = leg.state == LegState.HELD, leg_making.sends_itself(leg.contact)
    is_ready = leg.body.confirmed_at is not None and by_itself
    runs = leg.state in leg_making.RUNNING
    form = AnswerForm(auto_id=f"leg_{leg.pk}_%s")
    form.fields["said"].label, form.fields["words"].label = (
        _("What they said"),
        _("Why it is not theirs, or what they did"),
    )
    return Hop(
        leg=leg,
        is_late=leg.is_breached or (leg.state in legs.WAITING and leg.due_at <= at),
        waits_for=_waits_for(leg, by_itself=by_itself) if is_held else "",
        code=_code(leg),
        paper=paper(leg, person=person),
        may_release=may_act and is_held and is_ready and legs.may_release(leg, by=person),
        may_hand=may_act and is_held and legs.may_release(leg, by=person),
        may_answer=may_act and leg.state in legs.ANSWERABLE,
        may_take_back=may_act and runs,
        must_be_told=leg.state == LegState.RECALLED and leg.sent_at is not None and not by_itself,
        form=form,
    )


def paper(leg: Leg, *, person: User) -> str:
    """Return what this person hands over to the body of a leg; empty where it goes by itself, or a colleague must."""
    code = _code(leg)
    is_theirs = leg.state == LegState.HELD and legs.may_release(leg, by=person)
    if not person.roles & services.JUDGES or not (code or is_theirs):
        return ""
    return leg_papers.sheet(leg, code=code)


def _code(leg: Leg) -> str:
    is_by_hand = leg.state in legs.ANSWERABLE and not leg_making.sends_itself(leg.contact)
    return receipts.grouped(leg_making.code_of(leg)) if is_by_hand else ""


def _waits_for(leg: Leg, *, by_itself: bool) -> str:
    if leg_making.needs_second(leg):
        return "second"
    if leg.contact is None:
        return "contact"
    return "person" if not by_itself else "confirmation" if leg.body.confirmed_at is None else "release"
