"""Where made-up complaints go by the shipped rule sets, and what no rule set may ever do."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leeward.engines import routing
from leeward.engines.routing import Body, Facts, Hosted, Kind, Plan, Rule, RuleSet
from leeward.indicators.models import Category
from leeward.reports.models import Nature

HERE = Path(__file__).parent
SETS = ("general", "mongolia", "eu", "uk", "us")
# The country in which the provider is; `general` is tried in one that has no set of its own.
COUNTRY = {"general": "JP", "mongolia": "MN", "uk": "GB", "us": "US"}
FLAGS = {
    "illegal": "is_illegal",
    "danger": "is_danger",
    "confirmed": "is_danger_confirmed",
    "child": "reporter_is_child",
    "minor": "victim_is_minor",
    "media": "has_media",
    "known": "is_known",
    "flagger": "is_flagger",
}


@dataclass(frozen=True)
class Complaint:
    """One row of the table, in one jurisdiction."""

    rule_set: str
    says: str
    facts: Facts
    queue: str
    bodies: frozenset[str]


@cache
def rule_set(name: str) -> RuleSet:
    """Read a shipped rule set."""
    text = (HERE.parent / "rulesets" / f"{name}.toml").read_text(encoding="utf-8")
    return RuleSet.from_dict(tomllib.loads(text))


def facts_of(row: dict[str, str], country: str) -> Facts:
    """Read the facts of a row."""
    words = row["facts"].split()
    found = Facts(nature=row["reported"], category=row["found"], jurisdiction=country)
    for word in words:
        if word in FLAGS:
            found = replace(found, **{FLAGS[word]: True})  # type: ignore[arg-type]  # all of them are flags
        elif word.startswith("sev"):
            found = replace(found, severity=int(word[3:]))
        elif word.startswith("in:"):
            found = replace(found, host_country=word[3:])
        else:
            found = replace(found, hosted=Hosted(word))
    return found


def complaints() -> list[Complaint]:
    """Read the table: each row is a complaint in each jurisdiction."""
    table = tomllib.loads((HERE / "routing_table.toml").read_text(encoding="utf-8"))
    read = []
    for row in table["complaints"]:
        for name in SETS:
            bodies = row[name].split()
            country = bodies.pop(0) if name == "eu" else COUNTRY[name]
            facts = facts_of(row, country)
            read.append(Complaint(name, row["says"], facts, row["queue"], frozenset(bodies)))
    return read


ALL = complaints()


def planned(name: str, facts: Facts) -> Plan:
    """Plan by a shipped rule set."""
    shipped = rule_set(name)
    return routing.plan(facts, shipped.rules, shipped.bodies)


def to_police(plan: Plan) -> set[str]:
    """Return the police bodies that a plan gives the case to."""
    return {leg.body.slug for leg in plan.legs if leg.body.kind == Kind.POLICE}


def every(name: str) -> st.SearchStrategy[Facts]:
    """Draw every case that can come up in a jurisdiction."""
    flags = st.booleans()
    countries = [COUNTRY[name]] if name in COUNTRY else ["EU", "FR", "IT", "NL", "DE", "BG"]
    return st.builds(
        Facts,
        nature=st.sampled_from(["", *Nature.values]),
        category=st.sampled_from(["", *Category.values]),
        severity=st.integers(0, 3),
        is_illegal=flags,
        is_danger=flags,
        is_danger_confirmed=flags,
        hosted=st.sampled_from(Hosted),
        jurisdiction=st.sampled_from(countries),
        host_country=st.sampled_from(["", "NL", "US"]),
        suspect_country=st.sampled_from(["", "GB"]),
        reporter_is_child=flags,
        victim_is_minor=flags,
        has_media=flags,
        is_known=flags,
        is_flagger=flags,
    )


def test_the_table_holds_two_hundred_complaints_and_more_in_five_jurisdictions() -> None:
    rows = {(one.rule_set, one.facts, one.says) for one in ALL}

    assert len(rows) == len(ALL) >= 200
    assert {one.rule_set for one in ALL} == set(SETS)


@pytest.mark.parametrize("one", ALL, ids=lambda one: f"{one.rule_set}: {one.says}")
def test_a_complaint_goes_to_whom_the_table_says_and_to_nobody_else(one: Complaint) -> None:
    plan = planned(one.rule_set, one.facts)

    assert {leg.body.slug for leg in plan.legs} == one.bodies
    assert plan.queue == one.queue
    assert not plan.is_unroutable


def test_the_table_never_expects_the_police_where_they_may_not_be() -> None:
    wrong = []
    for one in ALL:
        kinds = {body.slug: body.kind for body in rule_set(one.rule_set).bodies}
        expects = [slug for slug in one.bodies if kinds[slug] == Kind.POLICE]
        if expects and not (one.facts.is_illegal or one.facts.is_danger_confirmed):
            wrong.append(one)

    assert wrong == []


def test_police_are_both_given_and_refused_cases_in_the_table() -> None:
    """A table in which the police never get a leg would say nothing about wrong ones."""
    for name in SETS:
        given_to = [bool(to_police(planned(one.rule_set, one.facts))) for one in ALL if one.rule_set == name]
        assert sum(given_to) >= 20
        assert len(given_to) - sum(given_to) >= 50


@pytest.mark.parametrize("name", SETS)
@given(data=st.data())
def test_no_case_reaches_the_police_that_is_not_illegal_and_no_confirmed_danger(name: str, data: st.DataObject) -> None:
    facts = replace(data.draw(every(name)), is_illegal=False, is_danger_confirmed=False)

    assert to_police(planned(name, facts)) == set()


@pytest.mark.parametrize("name", SETS)
@given(data=st.data())
def test_police_get_only_what_is_theirs(name: str, data: st.DataObject) -> None:
    facts = replace(data.draw(every(name)), is_danger_confirmed=False)

    for leg in planned(name, facts).legs:
        if leg.body.kind == Kind.POLICE:
            assert facts.is_illegal
            assert facts.matter in leg.body.responsible_for - leg.body.never_for


@pytest.mark.parametrize("name", SETS)
@given(data=st.data())
def test_a_confirmed_danger_reaches_the_police_at_once_with_nothing_that_shows_who_somebody_is(
    name: str, data: st.DataObject
) -> None:
    facts = replace(data.draw(every(name)), is_danger_confirmed=True)

    plan = planned(name, facts)

    legs = [leg for leg in plan.legs if leg.name == routing.LegName.EMERGENCY]
    assert [leg.needs_second for leg in legs] == [False]
    assert not routing.IDENTITY_FIELDS & set(legs[0].fields)
    assert plan.queue == "danger"


@pytest.mark.parametrize("name", SETS)
@given(data=st.data())
def test_every_case_has_a_place_and_every_case_of_a_hurt_child_somebody_to_talk_to(
    name: str, data: st.DataObject
) -> None:
    facts = data.draw(every(name))

    plan = planned(name, facts)

    assert not plan.is_unroutable
    hurts = facts.matter in {"bullying", "self_harm", "solicitation", "sextortion", "stalking"}
    if facts.reporter_is_child and hurts:
        assert Kind.HELPLINE in {leg.body.kind for leg in plan.legs}


@pytest.mark.parametrize("name", SETS)
def test_every_row_is_dated_has_a_source_and_says_that_counsel_must_confirm_it(name: str) -> None:
    shipped = rule_set(name)

    rows: list[Rule | Body] = [*shipped.rules, *shipped.bodies]
    for row in rows:
        assert (row.as_of, row.note) == (date(2026, 11, 22), "confirm with counsel")
        assert row.source


@pytest.mark.parametrize("name", SETS)
def test_no_row_holds_a_number_to_call_or_an_address_to_write_to(name: str) -> None:
    for body in rule_set(name).bodies:
        said = f"{body.name} {body.source} {body.note}"
        assert "@" not in said + body.page_url
        assert not re.search(r"\d[\d ()-]{6,}\d", re.sub(r"\d{4}/\d+|https?://\S+", "", said))


@pytest.mark.parametrize("name", SETS)
def test_every_rule_that_names_a_body_or_a_kind_finds_one(name: str) -> None:
    shipped = rule_set(name)
    kinds = {body.kind for body in shipped.bodies}

    assert {rule.body_kind for rule in shipped.rules} - {None} <= kinds
    for kind in (Kind.POLICE, Kind.HOTLINE, Kind.HELPLINE, Kind.HOST):
        assert kind in kinds


def test_the_engine_knows_every_word_of_the_reports_and_of_the_decisions() -> None:
    assert frozenset(Nature.values) == routing.NATURES
    assert frozenset(Category.values) == routing.CATEGORIES
