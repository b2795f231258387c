"""One case at a time: which body, why, and what a reviewer reads."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from leeward.engines import routing
from leeward.engines.routing import Body, Facts, Hosted, Plan, Rule

DATED = {"source": "drawn", "as_of": "2026-11-22"}


def body(slug: str, kind: str, *, place: str = "any", own: list[str], never: tuple[str, ...] = ()) -> Body:
    row: dict[str, Any] = {"slug": slug, "name": slug.title(), "kind": kind, "jurisdiction": place}
    return Body.from_dict({**row, **DATED, "responsible_for": own, "never_for": list(never)})


def rule(name: str, leg: str, when: dict[str, Any], **said: Any) -> Rule:
    row: dict[str, Any] = {"id": name, "leg": leg, "when": when, "why": f"Because of {name}.", **DATED}
    if leg != "desk":
        row |= {"legal_basis": "Law 1", "due_minutes": 60, "fields": ["case_ref"]}
    return Rule.from_dict(row | said)


POLICE = body("cyber", "police", place="MN", own=["csam", "sextortion"], never=("bullying",))
STATION = body("station", "police", place="MN", own=["danger"])
HELPLINE = body("helpline", "helpline", own=["any"])
TO_POLICE = rule("to-police", "police", {}, body_kind="police")
IN_DANGER = rule("in-danger", "emergency", {"is_danger_confirmed": [True]}, body="station")
TO_HELPLINE = rule("to-helpline", "helpline", {"reporter_is_child": [True]}, body_kind="helpline")
TO_CARE = rule("to-care", "desk", {"matter": ["bullying"]}, queue="care")
RULES = [TO_CARE, IN_DANGER, TO_POLICE, TO_HELPLINE]
BODIES = [POLICE, STATION, HELPLINE]


def sent(plan: Plan) -> dict[str, str]:
    return {str(leg.name): leg.body.slug for leg in plan.legs}


def planned(facts: Facts) -> Plan:
    return routing.plan(replace(facts, jurisdiction="MN"), RULES, BODIES)


def test_what_is_illegal_and_theirs_goes_to_the_police() -> None:
    assert sent(planned(Facts(nature="sexual_child", category="csam", is_illegal=True))) == {"police": "cyber"}


def test_what_nobody_judged_goes_to_no_police_and_the_reviewer_reads_why() -> None:
    plan = planned(Facts(nature="sextortion", reporter_is_child=True))

    assert sent(plan) == {"helpline": "helpline"}
    assert [one.body for one in plan.bounced] == ["cyber", "station"]
    assert "no decision calls it illegal" in plan.bounced[0].why


def test_bullying_is_for_the_helpline_and_the_desk_even_where_it_is_illegal() -> None:
    plan = planned(Facts(nature="bullying", category="bullying", is_illegal=True, reporter_is_child=True))

    assert (sent(plan), plan.queue) == ({"helpline": "helpline"}, "care")
    assert plan.bounced[0].why == 'never theirs: "bullying"'


def test_what_was_decided_counts_and_no_longer_what_was_reported() -> None:
    assert sent(planned(Facts(nature="bullying", category="csam", is_illegal=True))) == {"police": "cyber"}
    assert sent(planned(Facts(nature="sexual_child", category="adult", is_illegal=True))) == {}


@pytest.mark.parametrize(("nature", "matter"), [("fraud", "fraud"), ("hate", "hate"), ("sexual_child", "other")])
def test_other_as_a_category_keeps_only_what_the_categories_have_no_word_for(nature: str, matter: str) -> None:
    assert Facts(nature=nature, category="other").matter == matter


def test_a_danger_that_somebody_claims_is_no_danger_that_a_person_confirmed() -> None:
    assert sent(planned(Facts(nature="self_harm", is_danger=True, severity=0))) == {}
    confirmed = planned(Facts(nature="self_harm", is_danger=True, is_danger_confirmed=True))

    assert sent(confirmed) == {"emergency": "station"}
    assert [(one.body, one.why) for one in confirmed.bounced][1:] == [
        ("station", 'has the case already by the leg "emergency"')
    ]


def test_a_danger_and_a_crime_are_two_legs_to_two_bodies() -> None:
    plan = planned(Facts(category="csam", is_illegal=True, is_danger_confirmed=True))

    assert sent(plan) == {"emergency": "station", "police": "cyber"}


def test_a_unit_that_is_not_for_dangers_gets_no_danger_that_is_not_illegal() -> None:
    plan = routing.plan(Facts(jurisdiction="MN", is_danger_confirmed=True), [TO_POLICE], [POLICE])

    assert (plan.legs, plan.is_unroutable) == ((), True)


def test_a_body_that_is_never_for_dangers_gets_none_even_where_it_also_lists_them() -> None:
    torn = body("torn", "police", own=["danger"], never=("danger",))
    to_it = rule("to-it", "emergency", {}, body="torn")

    assert sent(routing.plan(Facts(is_danger_confirmed=True), [to_it], [torn])) == {}


def test_the_first_rule_that_fits_gives_the_leg_and_a_refused_one_leaves_it_to_the_next() -> None:
    near = rule("near", "helpline", {}, body="far-away")
    plan = routing.plan(
        Facts(reporter_is_child=True), [near, TO_HELPLINE, rule("late", "helpline", {}, body="helpline")], BODIES
    )

    assert [leg.rule for leg in plan.legs] == ["to-helpline"]
    assert plan.bounced[0].why == 'the body "far-away" is not in the list of bodies; add it'


def test_a_body_of_the_country_comes_before_the_union_and_both_before_anywhere() -> None:
    bodies = [body(f"of-{place.lower()}", "hotline", place=place, own=["csam"]) for place in ("any", "EU", "FR")]
    to_hotline = rule("to-hotline", "hotline", {}, body_kind="hotline")

    chosen = [
        sent(routing.plan(Facts(nature="sexual_child", category="csam", jurisdiction=country), [to_hotline], bodies))
        for country in ("FR", "DE", "GB", "")
    ]

    assert [one["hotline"] for one in chosen] == ["of-fr", "of-eu", "of-any", "of-any"]


def test_where_the_nearest_refuses_the_next_one_is_asked() -> None:
    bodies = [body("unit", "police", place="FR", own=["csam"]), body("union", "police", place="EU", own=["stalking"])]
    facts = Facts(category="stalking", is_illegal=True, jurisdiction="FR")

    plan = routing.plan(facts, [TO_POLICE], bodies)

    assert sent(plan) == {"police": "union"}
    assert [(one.body, one.why) for one in plan.bounced] == [("unit", 'not theirs: "stalking"')]


def test_a_condition_on_the_union_holds_in_each_of_its_states() -> None:
    there = rule("there", "desk", {"host_country": ["EU"]}, queue="care")

    queues = [routing.plan(Facts(host_country=country), [there], []).queue for country in ("NL", "EU", "GB", "")]

    assert queues == ["care", "care", "triage", "triage"]


def test_severity_is_a_bound_and_every_condition_must_hold() -> None:
    urgent = rule("urgent", "desk", {"severity_at_most": 1, "hosted": ["own"]}, queue="care")

    def fits(severity: int, hosted: Hosted) -> bool:
        return not routing.plan(Facts(severity=severity, hosted=hosted), [urgent], []).is_unroutable

    assert [fits(0, Hosted.OWN), fits(1, Hosted.OWN), fits(2, Hosted.OWN), fits(1, Hosted.THIRD)] == [
        True,
        True,
        False,
        False,
    ]


def test_nobody_is_responsible_where_no_leg_and_no_queue_fits() -> None:
    plan = routing.plan(Facts(nature="other"), [TO_CARE], BODIES)

    assert (plan.queue, plan.is_unroutable) == ("triage", True)
    assert routing.explain(plan)[-1] == "No rule says who is responsible: a person must decide."


def test_a_plan_reads_as_sentences() -> None:
    refused = (
        "not sent to police: no decision calls it illegal, and no person confirmed a danger to life that is theirs"
    )

    assert routing.explain(planned(Facts(nature="bullying", reporter_is_child=True))) == [
        "Leg helpline to Helpline (rule to-helpline): Because of to-helpline. It carries case_ref.",
        "Queue care.",
        f"No leg police to cyber: {refused} (rule to-police).",
        f"No leg police to station: {refused} (rule to-police).",
    ]


def test_a_rule_that_lets_more_leave_is_a_change() -> None:
    facts = Facts(reporter_is_child=True)
    wider = rule("to-helpline", "helpline", {}, body="helpline", fields=["case_ref", "severity"])

    found = routing.changes(routing.plan(facts, [TO_HELPLINE], BODIES), routing.plan(facts, [wider], BODIES))

    assert found == (routing.Change("helpline", "fields", "case_ref", "case_ref, severity"),)


def test_a_leg_or_a_queue_that_is_new_or_gone_is_a_change() -> None:
    facts = Facts(nature="bullying", reporter_is_child=True)

    found = routing.changes(routing.plan(facts, [TO_HELPLINE], BODIES), routing.plan(facts, [TO_CARE], BODIES))

    assert found == (
        routing.Change("queue", "queue", "triage", "care"),
        routing.Change("helpline", "body", "helpline", ""),
    )
