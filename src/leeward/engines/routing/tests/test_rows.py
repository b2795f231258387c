"""Rows of a rule set: what is wrong is named with the row and the field."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from leeward.engines import routing
from leeward.engines.routing import BadRow, Body, Rule, RuleSet

RULE: dict[str, Any] = {
    "id": "police-1",
    "leg": "police",
    "when": {"matter": ["csam"], "severity_at_most": 1},
    "body_kind": "police",
    "legal_basis": "Law 1",
    "fields": ["case_ref", "page_url"],
    "due_minutes": 60,
    "why": "It is theirs.",
    "source": "https://law.example/1",
    "as_of": date(2026, 11, 22),
}
DESK: dict[str, Any] = {
    "id": "desk-1",
    "leg": "desk",
    "queue": "care",
    "why": "Ours.",
    "source": "us",
    "as_of": "2026-11-22",
}
BODY: dict[str, Any] = {
    "slug": "cyber",
    "kind": "police",
    "jurisdiction": "MN",
    "responsible_for": ["csam"],
    "name": "Cyber unit",
    "source": "https://police.example/",
    "as_of": "2026-11-22",
}


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"leg": "army"}, 'rule "police-1", field "leg": is not one of desk, emergency'),
        ({"wen": {}}, 'rule "police-1", field "wen": there is no such field'),
        ({"when": []}, 'rule "police-1", field "when": is not a table'),
        ({"when": {"colour": ["red"]}}, 'field "when.colour": there is no such condition'),
        ({"when": {"matter": ["crime"]}}, 'field "when.matter": "crime" is not known'),
        ({"when": {"matter": []}}, 'field "when.matter": is an empty list'),
        ({"when": {"matter": "csam"}}, 'field "when.matter": is not a list'),
        ({"when": {"severity_at_most": 4}}, 'field "when.severity_at_most": is not a whole number from 0 to 3'),
        ({"when": {"severity_at_most": True}}, 'field "when.severity_at_most": is not a whole number'),
        ({"when": {"is_illegal": True}}, 'field "when.is_illegal": is not a list'),
        ({"when": {"is_illegal": ["yes"]}}, 'field "when.is_illegal": is not a list of true or false'),
        ({"when": {"host_country": ["UK"]}}, 'field "when.host_country": "UK" is not the code of a country; write GB'),
        ({"when": {"host_country": ["any"]}}, 'field "when.host_country": is not a country'),
        ({"body": "cyber"}, 'field "body": write either'),
        ({"body_kind": "helpline"}, 'field "body_kind": the leg "police" goes to a body of kind "police"'),
        ({"body_kind": "army"}, 'field "body_kind": is not one of'),
        ({"queue": "care"}, 'field "queue": only the leg "desk"'),
        ({"legal_basis": " "}, 'field "legal_basis": is missing or empty'),
        ({"legal_basis": 7}, 'field "legal_basis": is not text'),
        ({"legal_basis": "x" * 301}, 'field "legal_basis": is 301 characters long'),
        ({"fields": ["photograph"]}, 'field "fields": "photograph" is not known'),
        ({"fields": ["case_ref", "case_ref"]}, 'field "fields": names a word twice'),
        ({"fields": ["reporter_contact"]}, 'field "needs_second": must be true'),
        ({"due_minutes": 0}, 'field "due_minutes": is not a whole number from 1'),
        ({"at_breach": "sue"}, 'field "at_breach": is not one of'),
        ({"needs_second": "yes"}, 'field "needs_second": is not true or false'),
        ({"why": ""}, 'field "why": is missing'),
        ({"source": ""}, 'field "source": is missing'),
        ({"as_of": "yesterday"}, 'field "as_of": is not a date'),
        ({"as_of": None}, 'field "as_of": is missing'),
        ({"id": "Police 1"}, 'field "id": has other letters'),
        ({"id": ""}, 'rule without a name, field "id": is missing'),
    ],
)
def test_a_wrong_rule_is_named_with_its_field(said: dict[str, Any], words: str) -> None:
    Rule.from_dict(RULE)

    with pytest.raises(BadRow) as caught:
        Rule.from_dict(RULE | said)

    assert words in str(caught.value)


def test_a_rule_for_the_desk_lets_nothing_leave() -> None:
    Rule.from_dict(DESK)

    with pytest.raises(BadRow, match='"fields": means nothing for the leg "desk"'):
        Rule.from_dict(DESK | {"fields": ["case_ref"]})
    with pytest.raises(BadRow, match='"queue": is missing'):
        Rule.from_dict(DESK | {"queue": ""})


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"responsible_for": ["any"]}, 'police are never responsible for "any"'),
        ({"responsible_for": []}, "is an empty list"),
        ({"responsible_for": ["crime"]}, '"crime" is not known'),
        ({"never_for": ["any"]}, '"any" is not known'),
        ({"jurisdiction": "UK"}, "write GB"),
        ({"jurisdiction": "mn"}, "two capital letters"),
        ({"jurisdiction": ""}, "two capital letters"),
        ({"page_url": "police.example"}, "is not the address of a page"),
        ({"phone": "1"}, "there is no such field"),
        ({"mail": "x"}, "there is no such field"),
    ],
)
def test_a_wrong_body_is_named_with_its_field(said: dict[str, Any], words: str) -> None:
    Body.from_dict(BODY)

    with pytest.raises(BadRow, match='body "cyber", field') as caught:
        Body.from_dict(BODY | said)

    assert words in str(caught.value)


def whole(**said: Any) -> dict[str, Any]:
    rows = {"rules": [RULE, DESK], "bodies": [BODY], "queues": [{"slug": "care", "title": "Care"}]}
    return {"name": "made", "title": "Made", **rows, **said}


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"rules": [RULE, RULE]}, 'rule "police-1", field "id": stands twice'),
        ({"bodies": [BODY, BODY]}, 'body "cyber", field "slug": stands twice'),
        ({"queues": []}, 'rule "desk-1", field "queue": there is no queue "care"'),
        ({"queues": [{"slug": "care"}]}, 'queue "care", field "title": is missing'),
        ({"rules": "all"}, 'rule set "made", field "rules": is not a list of rows'),
        ({"rules": ["one"]}, 'rule, field "id": the row is not a table'),
    ],
)
def test_rows_are_checked_together(said: dict[str, Any], words: str) -> None:
    RuleSet.from_dict(whole())

    with pytest.raises(BadRow) as caught:
        RuleSet.from_dict(whole(**said))

    assert words in str(caught.value)


def test_a_rule_by_slug_needs_a_body_that_exists_and_is_of_its_kind() -> None:
    by_slug = {key: value for key, value in RULE.items() if key != "body_kind"}

    with pytest.raises(BadRow, match='there is no body "army"'):
        RuleSet.from_dict(whole(rules=[by_slug | {"body": "army"}]))
    with pytest.raises(BadRow, match='"cyber" is of kind "police"; the leg needs "hotline"'):
        RuleSet.from_dict(whole(rules=[by_slug | {"leg": "hotline", "body": "cyber"}]))


def test_triage_exists_without_being_written() -> None:
    made = RuleSet.from_dict(whole(rules=[DESK | {"queue": routing.TRIAGE}], queues=[]))

    assert made.queues == ()
