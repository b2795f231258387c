"""What a decision becomes in the words of the database."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given

from leeward.engines import statements
from leeward.engines.statements import Automation, Content, Decided, Found, Harm, Measure
from leeward.engines.statements.tests.decisions import DECISIONS, KNOWN, PERSONAL, PUID
from leeward.engines.statements.tests.slow_rules import refused


@given(DECISIONS)
def test_whatever_a_decision_holds_the_database_would_store_it_and_no_personal_data_is_found(decided: Decided) -> None:
    payload = statements.build(decided)

    assert statements.problems(payload) == []
    assert statements.lint(payload) == []
    assert refused(payload) == ""


def test_a_removal_under_the_terms() -> None:
    assert statements.build(KNOWN) == {
        "decision_visibility": ["DECISION_VISIBILITY_CONTENT_REMOVED"],
        "decision_ground": "DECISION_GROUND_INCOMPATIBLE_CONTENT",
        "incompatible_content_ground": "Terms 4.2",
        "incompatible_content_explanation": (
            "The item was found to be bullying, which the terms named as the ground do not allow."
        ),
        "incompatible_content_illegal": "No",
        "content_type": ["CONTENT_TYPE_IMAGE"],
        "category": "STATEMENT_CATEGORY_CYBER_VIOLENCE",
        "category_specification": ["KEYWORD_CYBER_BULLYING_INTIMIDATION"],
        "territorial_scope": [
            "AT", "BE", "BG", "HR", "CY", "CZ", "DK", "EE", "FI", "FR", "DE", "GR", "HU", "IE", "IT",
            "LV", "LT", "LU", "MT", "NL", "PL", "PT", "RO", "SK", "SI", "ES", "SE", "IS", "LI", "NO",
        ],
        "content_date": "2026-11-21",
        "application_date": "2026-11-22",
        "decision_facts": "Somebody gave notice of it. Trained people took the decision. It was found to be bullying.",
        "source_type": "SOURCE_ARTICLE_16",
        "automated_detection": "No",
        "automated_decision": "AUTOMATED_DECISION_NOT_AUTOMATED",
        "puid": PUID,
    }  # fmt: skip


def test_illegal_content_names_the_law() -> None:
    payload = statements.build(replace(KNOWN, is_illegal=True, ground="Penal code 7", harm=Harm.CSAM))

    assert payload["decision_ground"] == "DECISION_GROUND_ILLEGAL_CONTENT"
    assert payload["illegal_content_legal_ground"] == "Penal code 7"
    assert payload["category"] == "STATEMENT_CATEGORY_PROTECTION_OF_MINORS"
    assert payload["category_specification"] == ["KEYWORD_CHILD_SEXUAL_ABUSE_MATERIAL"]
    assert "incompatible_content_illegal" not in payload


@pytest.mark.parametrize(
    ("found", "source"),
    [
        (Found.NOTICE, "SOURCE_ARTICLE_16"),
        (Found.FLAGGER, "SOURCE_TRUSTED_FLAGGER"),
        (Found.OTHER_NOTICE, "SOURCE_TYPE_OTHER_NOTIFICATION"),
        (Found.OWN, "SOURCE_VOLUNTARY"),
    ],
)
def test_the_source_is_the_one_that_was_recorded(found: Found, source: str) -> None:
    assert statements.build(replace(KNOWN, found=found))["source_type"] == source


@pytest.mark.parametrize("is_detected", [True, False])
@pytest.mark.parametrize(
    ("automation", "decision"),
    [
        (Automation.FULLY, "AUTOMATED_DECISION_FULLY"),
        (Automation.PARTIALLY, "AUTOMATED_DECISION_PARTIALLY"),
        (Automation.NOT, "AUTOMATED_DECISION_NOT_AUTOMATED"),
    ],
)
def test_detection_and_decision_by_machine_are_told_apart(
    automation: Automation, decision: str, is_detected: bool
) -> None:
    payload = statements.build(replace(KNOWN, automation=automation, is_detected_by_machine=is_detected))

    assert payload["automated_decision"] == decision
    assert payload["automated_detection"] == ("Yes" if is_detected else "No")


def test_a_suspension_ends_on_its_day_and_a_closed_account_does_not() -> None:
    until = replace(KNOWN, end_date=date(2026, 11, 29))
    suspended = statements.build(replace(until, measures=(Measure.SUSPEND,)))
    closed = statements.build(replace(until, measures=(Measure.SUSPEND, Measure.TERMINATE)))

    assert suspended["decision_account"] == "DECISION_ACCOUNT_SUSPENDED"
    assert suspended["end_date_account_restriction"] == "2026-11-29"
    assert "decision_visibility" not in suspended
    assert closed["decision_account"] == "DECISION_ACCOUNT_TERMINATED"
    assert "end_date_account_restriction" not in closed


def test_every_way_of_showing_less_is_named() -> None:
    payload = statements.build(replace(KNOWN, measures=tuple(Measure)))

    assert len(payload["decision_visibility"]) == 6


def test_an_item_of_an_unknown_sort_is_another_one() -> None:
    payload = statements.build(replace(KNOWN, contents=()))

    assert payload["content_type"] == ["CONTENT_TYPE_OTHER"]
    assert payload["content_type_other"] == "An item of another sort"


def test_content_is_never_newer_than_the_decision_about_it() -> None:
    payload = statements.build(replace(KNOWN, content_date=date(2026, 12, 1)))

    assert payload["content_date"] == "2026-11-22"


def test_without_a_restriction_there_is_nothing_to_state() -> None:
    with pytest.raises(statements.NoRestriction):
        statements.build(replace(KNOWN, measures=()))


@pytest.mark.parametrize("personal", PERSONAL)
def test_a_ground_loses_what_points_at_a_person_and_keeps_the_rest(personal: str) -> None:
    ground = statements.build(replace(KNOWN, ground=f"Terms 4.2; {personal} ; and 5"))["incompatible_content_ground"]

    assert ground.startswith("Terms 4.2;")
    assert ground.endswith("and 5")
    assert "ana" not in ground.lower()
    assert not any(letter.isdigit() for letter in ground.removeprefix("Terms 4.2").removesuffix("5"))


def test_a_ground_of_which_nothing_is_left_is_said_to_stand_in_the_statement_to_the_user() -> None:
    ground = statements.build(replace(KNOWN, ground="ana@mail.example"))["incompatible_content_ground"]

    assert ground == "The rule that the statement to the user names."


def test_kinds_of_content_come_once() -> None:
    payload = statements.build(replace(KNOWN, contents=(Content.IMAGE, Content.VIDEO, Content.IMAGE)))

    assert payload["content_type"] == ["CONTENT_TYPE_IMAGE", "CONTENT_TYPE_VIDEO"]
