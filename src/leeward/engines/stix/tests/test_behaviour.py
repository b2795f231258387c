"""Behaviour is a lead for a person. It never becomes a sign that blocks."""

from dataclasses import replace
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leeward.engines import stix
from leeward.engines.stix import EXTENSION_ID, Behaviour, Head, Lead, Link, NotASign, Verb
from leeward.engines.stix.tests import judges
from leeward.engines.stix.tests.heads import AT, ATTACK_ID, HEAD, INDICATOR_ID, heads
from leeward.engines.stix.tests.signs import PDQ_SIGN

RULE = """\
title: made-up-contacts
logsource: {category: messaging_metadata}
detection:
  sel: {event: contact_request, mutual_contacts: 0}
  timeframe: 24h
  condition: sel | count(recipient) by sender > 20
level: high
"""
BEHAVIOUR = Behaviour(head=HEAD, name="Many new contacts in a short time", phase="target-selection")
LEAD = Lead(head=HEAD, name="Many new contacts", rule=RULE, valid_from=AT)
LINK = Link(head=HEAD, verb=Verb.INDICATES, source_id=INDICATOR_ID, target_id=ATTACK_ID)
WRITTEN = [stix.behaviour(BEHAVIOUR), stix.lead(LEAD), stix.relationship(LINK)]

_TERMS = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), min_size=1, max_size=20)


@pytest.mark.parametrize("known", WRITTEN, ids=lambda known: str(known["type"]))
def test_each_part_is_valid_without_a_remark(known: dict[str, object]) -> None:
    assert judges.faults(known) == []
    assert judges.through_stix2(known) == known


@given(heads(), _TERMS, st.text(st.characters(codec="utf-8"), min_size=1))
def test_a_lead_is_read_back(head: Head, name: str, rule: str) -> None:
    lead = Lead(head=head, name=name, rule=rule, valid_from=AT)

    assert stix.parse_lead(judges.through_stix2(stix.lead(lead))) == lead


@given(heads(), _TERMS, _TERMS)
def test_a_behaviour_is_read_back(head: Head, name: str, phase: str) -> None:
    behaviour = Behaviour(head=head, name=name, phase=phase)

    assert stix.parse_behaviour(judges.through_stix2(stix.behaviour(behaviour))) == behaviour


@pytest.mark.parametrize("verb", list(Verb))
def test_a_link_is_read_back(verb: Verb) -> None:
    link = replace(LINK, verb=verb)

    assert stix.parse_relationship(judges.through_stix2(stix.relationship(link))) == link


def test_a_lead_says_of_itself_that_it_is_no_more() -> None:
    extension = cast("dict[str, dict[str, object]]", stix.lead(LEAD)["extensions"])[EXTENSION_ID]

    assert extension["lead_only"] is True


def test_a_lead_is_never_a_sign() -> None:
    with pytest.raises(NotASign):
        stix.parse_signs(stix.lead(LEAD))


def test_what_calls_itself_a_lead_is_never_a_sign_whatever_its_pattern() -> None:
    known = stix.indicator(PDQ_SIGN)
    cast("dict[str, dict[str, object]]", known["extensions"])[EXTENSION_ID]["lead_only"] = True

    assert stix.is_lead(known)
    with pytest.raises(NotASign):
        stix.parse_signs(known)


def test_a_sign_is_no_lead() -> None:
    assert not stix.is_lead(stix.indicator(PDQ_SIGN))
    with pytest.raises(NotASign, match="pattern_type"):
        stix.parse_lead(stix.indicator(PDQ_SIGN))


@pytest.mark.parametrize("extensions", [None, [], {EXTENSION_ID: None}, {EXTENSION_ID: []}])
def test_a_rule_over_behaviour_is_a_lead_whatever_else_it_says(extensions: object) -> None:
    assert stix.is_lead(stix.lead(LEAD) | {"extensions": extensions})


@pytest.mark.parametrize(
    ("name", "value", "path"),
    [
        ("name", "", "name"),
        ("name", 7, "name"),
        ("pattern", "", "pattern"),
        ("pattern", "a" * 16_385, "pattern"),
        ("pattern", None, "pattern"),
        ("valid_from", "today", "valid_from"),
        ("type", "note", "type"),
    ],
)
def test_a_fault_in_a_lead_is_refused_and_its_place_is_named(name: str, value: object, path: str) -> None:
    with pytest.raises(NotASign) as refused:
        stix.parse_lead(stix.lead(LEAD) | {name: value})

    assert refused.value.path == path


@pytest.mark.parametrize(
    "phases",
    [
        None,
        [],
        [7],
        [{}],
        [{"kill_chain_name": "another", "phase_name": "one"}],
        [{"kill_chain_name": "online-grooming"}],
        [{"kill_chain_name": "online-grooming", "phase_name": ["one"]}],
        [{"kill_chain_name": "online-grooming", "phase_name": "one"}] * 2,
    ],
)
def test_an_attack_of_another_kind_is_no_behaviour(phases: object) -> None:
    with pytest.raises(NotASign, match="kill_chain_phases"):
        stix.parse_behaviour(stix.behaviour(BEHAVIOUR) | {"kill_chain_phases": phases})


@pytest.mark.parametrize(
    ("name", "value", "path"),
    [
        ("relationship_type", "uses", "relationship_type"),
        ("relationship_type", ["indicates"], "relationship_type"),
        ("source_ref", None, "source_ref"),
        ("target_ref", "that one", "target_id"),
    ],
)
def test_a_fault_in_a_link_is_refused_and_its_place_is_named(name: str, value: object, path: str) -> None:
    with pytest.raises(NotASign) as refused:
        stix.parse_relationship(stix.relationship(LINK) | {name: value})

    assert refused.value.path == path


@judges.needs_shared
def test_the_shared_examples_are_read() -> None:
    objects = {
        cast("str", known["id"]): known
        for known in cast("list[dict[str, object]]", judges.vector("exchange-bundle.json")["objects"])
    }
    links = [stix.parse_relationship(known) for known in objects.values() if known["type"] == "relationship"]
    link = next(link for link in links if link.verb is Verb.INDICATES)

    lead = stix.parse_lead(objects[link.source_id])
    behaviour = stix.parse_behaviour(objects[link.target_id])

    assert stix.is_lead(objects[link.source_id])
    assert "many-new-minor-contacts" in lead.rule
    assert behaviour.phase == "target-selection"
