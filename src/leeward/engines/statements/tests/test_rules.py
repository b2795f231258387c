"""What the rules of the database have against a payload, and what looks like personal data in one."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leeward.engines import statements
from leeward.engines.statements import Finding, Problem
from leeward.engines.statements.tests.decisions import DECISIONS, KNOWN, PERSONAL
from leeward.engines.statements.tests.slow_rules import refused

FIELDS = sorted(statements.SCHEMA["properties"])
OTHERS = ["DECISION_VISIBILITY_OTHER", "DECISION_MONETARY_OTHER", "CONTENT_TYPE_OTHER", "KEYWORD_OTHER"]
GROUNDS = ["DECISION_GROUND_ILLEGAL_CONTENT", "DECISION_GROUND_INCOMPATIBLE_CONTENT"]
TEXTS = st.sampled_from(
    [*OTHERS, *GROUNDS, "", " ", "x", "x" * 501, "x" * 5001, "Yes", "No", "DE", "XX", "a b", "a\n", "2026-02-30",
     "2026-2-3", "1999-12-31", "2019-12-31", "2038-01-01", "2038-01-02", "2026-11-22\n", "SOURCE_VOLUNTARY"]
)  # fmt: skip
VALUES = st.one_of(TEXTS, st.lists(TEXTS, max_size=3), st.none(), st.integers(), st.booleans())


@given(
    DECISIONS,
    st.dictionaries(st.sampled_from(FIELDS), VALUES, max_size=3),
    st.sets(st.sampled_from(FIELDS), max_size=2),
)
def test_what_we_find_right_the_database_stores(
    decided: statements.Decided, changes: dict[str, Any], lost: set[str]
) -> None:
    payload = {name: value for name, value in (statements.build(decided) | changes).items() if name not in lost}

    assert statements.problems(payload) or refused(payload) == ""


def changed(**fields: Any) -> dict[str, Any]:
    """Return the payload of the known decision with other fields; None takes one away."""
    payload = statements.build(KNOWN) | fields
    return {name: value for name, value in payload.items() if value is not None}


@pytest.mark.parametrize("field", sorted(set(statements.SCHEMA["required"])))
def test_a_field_that_is_missing_is_named(field: str) -> None:
    assert Problem(field, "required") in statements.problems(changed(**{field: None}))


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"decision_visibility": None}, Problem("decision_visibility", "required")),
        ({"decision_visibility": []}, Problem("decision_visibility", "minItems")),
        ({"decision_visibility": ["GONE"]}, Problem("decision_visibility", "enum")),
        ({"incompatible_content_ground": None}, Problem("incompatible_content_ground", "required")),
        ({"incompatible_content_ground": "x" * 501}, Problem("incompatible_content_ground", "maxLength")),
        ({"incompatible_content_explanation": "x" * 2001}, Problem("incompatible_content_explanation", "maxLength")),
        ({"decision_facts": "x" * 5001}, Problem("decision_facts", "maxLength")),
        ({"decision_facts": "  "}, Problem("decision_facts", "pattern")),
        ({"illegal_content_legal_ground": "Law 7"}, Problem("illegal_content_legal_ground", "not")),
        ({"content_type": ["CONTENT_TYPE_OTHER"]}, Problem("content_type_other", "required")),
        ({"decision_monetary": "DECISION_MONETARY_OTHER"}, Problem("decision_monetary_other", "required")),
        ({"category_specification": ["KEYWORD_OTHER"]}, Problem("category_specification_other", "required")),
        ({"content_date": "2026-02-30"}, Problem("content_date", "date")),
        ({"content_date": "1999-12-31"}, Problem("content_date", "date")),
        ({"application_date": "2038-01-02"}, Problem("application_date", "date")),
        ({"application_date": "22.11.2026"}, Problem("application_date", "pattern")),
        ({"territorial_scope": ["XX"]}, Problem("territorial_scope", "enum")),
        ({"automated_detection": True}, Problem("automated_detection", "enum")),
        ({"puid": "a b"}, Problem("puid", "pattern")),
        ({"puid": "a\n"}, Problem("puid", "pattern")),
        ({"source_type": "SOURCE_VOLUNTARY", "source_identity": "x"}, Problem("source_identity", "not")),
        ({"reporter": "Ana"}, Problem("unknown field", "additionalProperties")),
    ],
)
def test_a_broken_rule_is_named(fields: dict[str, Any], problem: Problem) -> None:
    assert problem in statements.problems(changed(**fields))


def test_a_payload_without_problems_has_none() -> None:
    assert statements.problems(changed()) == []
    assert statements.problems(changed(category_specification=[])) == []


@given(st.text(alphabet="qxz", min_size=9, max_size=9), st.sampled_from(FIELDS))
def test_what_is_said_about_a_payload_holds_nothing_of_it(word: str, field: str) -> None:
    said = statements.problems(changed(**{field: word, word: word}))

    assert said
    assert word not in str(said)


@pytest.mark.parametrize("personal", PERSONAL)
def test_personal_data_is_found_wherever_it_stands(personal: str) -> None:
    for field in ("decision_facts", "puid", "incompatible_content_ground"):
        findings = statements.lint(changed(**{field: f"It was {personal}"}))

        assert {finding.field for finding in findings} == {field}
        assert personal not in str(findings)
    assert statements.lint({"content_id": {"EAN-13": [personal]}})


@pytest.mark.parametrize(
    "text",
    ["Terms 4.2", "Art. 16(3), 2nd sentence", "18 USC 2258A", "Regulation (EU) 2022/2065", "Directive 2011/93/EU"],
)
def test_laws_and_terms_are_no_personal_data(text: str) -> None:
    assert statements.lint({"decision_facts": text}) == []
    assert statements.clean(text, most=500, otherwise="?") == text


def test_a_date_and_a_name_of_ours_are_no_telephone_numbers_where_they_belong() -> None:
    assert statements.lint(changed()) == []
    assert statements.lint({"decision_facts": "2026-11-22"}) == [Finding("decision_facts", "number")]


def test_the_schema_is_a_document_of_its_own() -> None:
    assert json.loads(json.dumps(statements.SCHEMA))["additionalProperties"] is False
