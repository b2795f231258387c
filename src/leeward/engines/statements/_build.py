"""What a decision holds, in the words of the EU's database. Nothing that a person typed goes in but the ground, cleaned."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from leeward.engines.statements._lint import clean
from leeward.engines.statements._schema import COUNTRIES, GROUND_LENGTH, LATEST
from leeward.engines.statements._values import Automation, Content, Decided, Found, Harm, Measure

# Ways of an item being seen less. Two measures of accounts follow below.
_VISIBILITY: Mapping[Measure, str] = {
    Measure.REMOVE: "DECISION_VISIBILITY_CONTENT_REMOVED",
    Measure.DISABLE: "DECISION_VISIBILITY_CONTENT_DISABLED",
    Measure.DEMOTE: "DECISION_VISIBILITY_CONTENT_DEMOTED",
    Measure.AGE_RESTRICT: "DECISION_VISIBILITY_CONTENT_AGE_RESTRICTED",
    Measure.LIMIT_INTERACTION: "DECISION_VISIBILITY_CONTENT_INTERACTION_RESTRICTED",
    Measure.LABEL: "DECISION_VISIBILITY_CONTENT_LABELLED",
}
_MINORS = "STATEMENT_CATEGORY_PROTECTION_OF_MINORS"
_CYBER_VIOLENCE = "STATEMENT_CATEGORY_CYBER_VIOLENCE"
# The category of each harm and its keyword, or none where the database has no keyword that says just this.
_CATEGORY: Mapping[Harm, tuple[str, str]] = {
    Harm.CSAM: (_MINORS, "KEYWORD_CHILD_SEXUAL_ABUSE_MATERIAL"),
    Harm.SOLICITATION: (_MINORS, "KEYWORD_GROOMING_SEXUAL_ENTICEMENT_MINORS"),
    Harm.SEXTORTION: (_CYBER_VIOLENCE, ""),
    Harm.BULLYING: (_CYBER_VIOLENCE, "KEYWORD_CYBER_BULLYING_INTIMIDATION"),
    Harm.STALKING: (_CYBER_VIOLENCE, "KEYWORD_CYBER_STALKING"),
    Harm.VIOLENCE: ("STATEMENT_CATEGORY_VIOLENCE", ""),
    Harm.SELF_HARM: ("STATEMENT_CATEGORY_SELF_HARM", ""),
    Harm.ADULT: (_MINORS, "KEYWORD_AGE_SPECIFIC_RESTRICTIONS_MINORS"),
    Harm.OTHER: ("STATEMENT_CATEGORY_OTHER_VIOLATION_TC", ""),
}
_SOURCE: Mapping[Found, str] = {
    Found.NOTICE: "SOURCE_ARTICLE_16",
    Found.FLAGGER: "SOURCE_TRUSTED_FLAGGER",
    Found.OTHER_NOTICE: "SOURCE_TYPE_OTHER_NOTIFICATION",
    Found.OWN: "SOURCE_VOLUNTARY",
}
_AUTOMATION: Mapping[Automation, str] = {
    Automation.FULLY: "AUTOMATED_DECISION_FULLY",
    Automation.PARTIALLY: "AUTOMATED_DECISION_PARTIALLY",
    Automation.NOT: "AUTOMATED_DECISION_NOT_AUTOMATED",
}
_HARM_WORDS: Mapping[Harm, str] = {
    Harm.CSAM: "child sexual abuse material",
    Harm.SOLICITATION: "an attempt to groom or solicit a child",
    Harm.SEXTORTION: "sexual extortion",
    Harm.BULLYING: "bullying",
    Harm.STALKING: "stalking",
    Harm.VIOLENCE: "violence or cruelty that may harm children",
    Harm.SELF_HARM: "encouragement of self-harm",
    Harm.ADULT: "content for adults only, where children can see it",
    Harm.OTHER: "harmful to children",
}
_FOUND_WORDS: Mapping[Found, str] = {
    Found.NOTICE: "Somebody gave notice of it.",
    Found.FLAGGER: "A trusted flagger gave notice of it.",
    Found.OTHER_NOTICE: "The provider was notified of it in another way.",
    Found.OWN: "The provider found it by its own look.",
}
_AUTOMATION_WORDS: Mapping[Automation, str] = {
    Automation.FULLY: "Automated means took the decision.",
    Automation.PARTIALLY: "Automated means proposed the decision and trained people took it.",
    Automation.NOT: "Trained people took the decision.",
}
_NO_GROUND = "The rule that the statement to the user names."


class NoRestriction(Exception):
    """None of the measures restricts a user, so there is nothing to state: submit nothing."""


def build(decided: Decided) -> dict[str, Any]:
    """Return the payload of one statement, which has no problems and no findings. Raises `NoRestriction`."""
    category, keyword = _CATEGORY[decided.harm]
    payload = {
        **_restrictions(decided),
        **_grounds(decided),
        "content_type": [f"CONTENT_TYPE_{content.upper()}" for content in _contents(decided)],
        "category": category,
        # A measure here knows no border, so it holds in every country of the database.
        "territorial_scope": list(COUNTRIES),
        "content_date": min(decided.content_date, decided.application_date).isoformat(),
        "application_date": decided.application_date.isoformat(),
        "decision_facts": _facts(decided),
        "source_type": _SOURCE[decided.found],
        "automated_detection": "Yes" if decided.is_detected_by_machine else "No",
        "automated_decision": _AUTOMATION[decided.automation],
        "puid": decided.puid,
    }
    if keyword:
        payload["category_specification"] = [keyword]
    if Content.OTHER in _contents(decided):
        payload["content_type_other"] = "An item of another sort"
    return payload


def _restrictions(decided: Decided) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    visibility = [name for measure, name in _VISIBILITY.items() if measure in decided.measures]
    end_date = _end(decided)
    if visibility:
        fields["decision_visibility"] = visibility
        if end_date:
            fields["end_date_visibility_restriction"] = end_date.isoformat()
    if Measure.TERMINATE in decided.measures:
        fields["decision_account"] = "DECISION_ACCOUNT_TERMINATED"
    elif Measure.SUSPEND in decided.measures:
        fields["decision_account"] = "DECISION_ACCOUNT_SUSPENDED"
        if end_date:
            fields["end_date_account_restriction"] = end_date.isoformat()
    if not fields:
        raise NoRestriction
    return fields


def _end(decided: Decided) -> date | None:
    """Return when it ends, where that is a day which the database can hold; without one it is open-ended there."""
    is_held = decided.end_date is not None and decided.application_date <= decided.end_date <= LATEST
    return decided.end_date if is_held else None


def _grounds(decided: Decided) -> dict[str, Any]:
    ground = clean(decided.ground, most=GROUND_LENGTH, otherwise=_NO_GROUND)
    found = f"The item was found to be {_HARM_WORDS[decided.harm]}"
    if decided.is_illegal:
        return {
            "decision_ground": "DECISION_GROUND_ILLEGAL_CONTENT",
            "illegal_content_legal_ground": ground,
            "illegal_content_explanation": f"{found}, which the law named as the ground forbids.",
        }
    return {
        "decision_ground": "DECISION_GROUND_INCOMPATIBLE_CONTENT",
        "incompatible_content_ground": ground,
        "incompatible_content_explanation": f"{found}, which the terms named as the ground do not allow.",
        "incompatible_content_illegal": "No",
    }


def _contents(decided: Decided) -> tuple[Content, ...]:
    return tuple(dict.fromkeys(decided.contents)) or (Content.OTHER,)


def _facts(decided: Decided) -> str:
    detected = "Automated means detected it. " if decided.is_detected_by_machine else ""
    found, automation = _FOUND_WORDS[decided.found], _AUTOMATION_WORDS[decided.automation]
    return f"{found} {detected}{automation} It was found to be {_HARM_WORDS[decided.harm]}."
