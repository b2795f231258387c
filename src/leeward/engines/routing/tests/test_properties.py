"""What holds for every table, every list of bodies and every case."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leeward.engines import routing
from leeward.engines.routing import Body, Facts, Rule
from leeward.engines.routing.tests import reference
from leeward.engines.routing.tests.strategies import all_bodies, all_facts, all_rules


@given(all_facts, all_rules, all_bodies)
def test_a_plan_is_what_the_slow_model_says(facts: Facts, rules: list[Rule], bodies: list[Body]) -> None:
    made = routing.plan(facts, rules, bodies)

    got = {(str(leg.name), leg.rule, leg.body.slug) for leg in made.legs}
    assert reference.Expected(got, made.queue, made.is_unroutable) == reference.expected(facts, rules, bodies)


@given(all_facts, all_rules, all_bodies)
def test_police_get_nothing_that_is_not_illegal_without_a_confirmed_danger(
    facts: Facts, rules: list[Rule], bodies: list[Body]
) -> None:
    harmless = replace(facts, is_illegal=False, is_danger_confirmed=False)

    made = routing.plan(harmless, rules, bodies)

    assert not [leg for leg in made.legs if leg.body.kind == routing.Kind.POLICE]


@given(all_facts, all_rules, all_bodies)
def test_police_get_only_what_is_theirs(facts: Facts, rules: list[Rule], bodies: list[Body]) -> None:
    made = routing.plan(facts, rules, bodies)

    for leg in made.legs:
        if leg.body.kind == routing.Kind.POLICE:
            claims = {facts.matter} if facts.is_illegal else set()
            claims |= {routing.DANGER} if facts.is_danger_confirmed else set()
            assert claims & (leg.body.responsible_for - leg.body.never_for)


@given(all_facts, all_rules, all_bodies)
def test_the_negative_list_wins_over_everything_but_a_confirmed_danger(
    facts: Facts, rules: list[Rule], bodies: list[Body]
) -> None:
    made = routing.plan(replace(facts, is_danger_confirmed=False), rules, bodies)

    assert not [leg for leg in made.legs if facts.matter in leg.body.never_for]


@given(all_facts, all_rules, all_bodies)
def test_no_body_gets_a_case_twice(facts: Facts, rules: list[Rule], bodies: list[Body]) -> None:
    made = routing.plan(facts, rules, bodies)

    assert len({leg.body.slug for leg in made.legs}) == len(made.legs)


@given(all_facts, all_rules, all_bodies)
def test_each_leg_is_there_at_most_once_and_carries_what_its_rule_says(
    facts: Facts, rules: list[Rule], bodies: list[Body]
) -> None:
    made = routing.plan(facts, rules, bodies)

    by_id = {rule.id: rule for rule in rules}
    assert len({leg.name for leg in made.legs}) == len(made.legs)
    for leg in made.legs:
        rule = by_id[leg.rule]
        assert (leg.name, leg.fields, leg.needs_second) == (rule.leg, rule.fields, rule.needs_second)


@given(all_facts, all_rules, all_bodies)
def test_a_rule_that_fits_leads_to_a_leg_or_to_a_refusal_with_words(
    facts: Facts, rules: list[Rule], bodies: list[Body]
) -> None:
    made = routing.plan(facts, rules, bodies)

    given_legs = {leg.name for leg in made.legs}
    refused = {one.name for one in made.bounced}
    for rule in rules:
        fits = all(reference.condition_holds(name, facts, rule.when[name]) for name in rule.when)
        if fits and rule.leg != routing.LegName.DESK:
            assert rule.leg in given_legs | refused
    assert all(one.why for one in made.bounced)


@given(all_facts, all_rules, all_bodies)
def test_a_case_is_unroutable_exactly_where_nobody_gets_it_and_then_waits_in_triage(
    facts: Facts, rules: list[Rule], bodies: list[Body]
) -> None:
    made = routing.plan(facts, rules, bodies)

    if made.is_unroutable:
        assert (made.legs, made.queue) == ((), routing.TRIAGE)
    assert routing.plan(facts, [], bodies).is_unroutable


@given(all_rules, all_bodies)
def test_rows_survive_json(rules: list[Rule], bodies: list[Body]) -> None:
    rule_rows = json.loads(json.dumps([rule.to_dict() for rule in rules]))
    body_rows = json.loads(json.dumps([body.to_dict() for body in bodies]))

    assert [Rule.from_dict(row) for row in rule_rows] == rules
    assert [Body.from_dict(row) for row in body_rows] == bodies


@given(all_facts, all_rules, all_rules, all_bodies)
def test_plans_without_a_difference_have_no_changes(
    facts: Facts, rules: list[Rule], others: list[Rule], bodies: list[Body]
) -> None:
    old, new = routing.plan(facts, rules, bodies), routing.plan(facts, others, bodies)

    found = routing.changes(old, new)

    assert routing.changes(old, old) == ()
    assert {(one.leg, one.what, one.after, one.before) for one in routing.changes(new, old)} == {
        (one.leg, one.what, one.before, one.after) for one in found
    }
    if not found:
        assert {leg.name: leg.body.slug for leg in old.legs} == {leg.name: leg.body.slug for leg in new.legs}


@given(st.dictionaries(st.text(max_size=12), st.none() | st.integers() | st.text() | st.lists(st.integers())))
def test_a_row_of_anything_is_refused_with_its_place(row: dict[str, object]) -> None:
    for read in (Rule.from_dict, Body.from_dict, routing.RuleSet.from_dict, routing.Queue.from_dict):
        with pytest.raises(routing.BadRow, match="field"):
            read(row)
