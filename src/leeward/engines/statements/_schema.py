"""The database's rules as a JSON Schema of our own, and what it has against a payload."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

GROUND_LENGTH, EXPLANATION_LENGTH, FACTS_LENGTH, SHORT_LENGTH = 500, 2000, 5000, 500
EARLIEST_CONTENT, EARLIEST, LATEST = date(2000, 1, 1), date(2020, 1, 1), date(2038, 1, 1)
# The Union and the European Economic Area: `EuropeanCountriesService` of the same repository.
COUNTRIES = (
    "AT", "BE", "BG", "HR", "CY", "CZ", "DK", "EE", "FI", "FR", "DE", "GR", "HU", "IE", "IT",
    "LV", "LT", "LU", "MT", "NL", "PL", "PT", "RO", "SK", "SI", "ES", "SE", "IS", "LI", "NO",
)  # fmt: skip
# `$` alone would let a line break stand at the end.
_WHOLE = r"^[A-Za-z0-9_-]+$(?!\n)"
_RESTRICTIONS = ("decision_visibility", "decision_monetary", "decision_provision", "decision_account")


def _one_of(prefix: str, names: str) -> dict[str, Any]:
    return {"enum": [f"{prefix}{name}" for name in names.split()]}


def _some_of(prefix: str, names: str, *, least: int = 1) -> dict[str, Any]:
    return {"type": "array", "items": _one_of(prefix, names), "minItems": least, "uniqueItems": True}


def _words(most: int, *, least: int = 1) -> dict[str, Any]:
    # What is only spaces counts as missing, as it does there.
    return {"type": "string", "minLength": least, "maxLength": most, "pattern": r"\S"}


_YES_NO = {"enum": ["Yes", "No"]}
# No value fits it: the field may not be there.
_NOTHING: dict[str, Any] = {"not": {}}
_DATE = {"type": "string", "pattern": r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"}
_CATEGORIES = (
    "ANIMAL_WELFARE CONSUMER_INFORMATION CYBER_VIOLENCE CYBER_VIOLENCE_AGAINST_WOMEN "
    "DATA_PROTECTION_AND_PRIVACY_VIOLATIONS ILLEGAL_OR_HARMFUL_SPEECH INTELLECTUAL_PROPERTY_INFRINGEMENTS "
    "NEGATIVE_EFFECTS_ON_CIVIC_DISCOURSE_OR_ELECTIONS NOT_SPECIFIED_NOTICE OTHER_VIOLATION_TC PROTECTION_OF_MINORS "
    "RISK_FOR_PUBLIC_SECURITY SCAMS_AND_FRAUD SELF_HARM UNSAFE_AND_PROHIBITED_PRODUCTS VIOLENCE"
)
# Those that can be about the harm of a child; the database knows about eighty more, which this desk has no use for.
_KEYWORDS = (
    "AGE_SPECIFIC_RESTRICTIONS_MINORS CHILD_SEXUAL_ABUSE_MATERIAL CHILD_SEXUAL_ABUSE_MATERIAL_DEEPFAKE "
    "GROOMING_SEXUAL_ENTICEMENT_MINORS UNSAFE_CHALLENGES CYBER_BULLYING_INTIMIDATION CYBER_HARASSMENT CYBER_INCITEMENT "
    "CYBER_STALKING NON_CONSENSUAL_IMAGE_SHARING NON_CONSENSUAL_MATERIAL_DEEPFAKE OTHER"
)


def _if(field: str, value: str, *, then: list[str]) -> dict[str, Any]:
    return {"if": {"properties": {field: {"const": value}}, "required": [field]}, "then": {"required": then}}


def _if_among(field: str, value: str, *, then: str) -> dict[str, Any]:
    holds = {"properties": {field: {"type": "array", "contains": {"const": value}}}, "required": [field]}
    # What the database would leave out without a word is refused here, so that nobody thinks it was told.
    return {"if": holds, "then": {"required": [then]}, "else": {"properties": {then: _NOTHING}}}


def _only_if(field: str, value: str, *, are_allowed: list[str]) -> dict[str, Any]:
    holds = {"properties": {field: {"const": value}}, "required": [field]}
    return {"if": holds, "else": {"properties": dict.fromkeys(are_allowed, _NOTHING)}}


_ILLEGAL = ["illegal_content_legal_ground", "illegal_content_explanation"]
_INCOMPATIBLE = ["incompatible_content_ground", "incompatible_content_explanation"]
_GROUND = "decision_ground"

SCHEMA: Mapping[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "A statement of reasons for the EU's database, schema 2, as far as Leeward fills it",
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "decision_visibility": _some_of(
            "DECISION_VISIBILITY_",
            "CONTENT_REMOVED CONTENT_DISABLED CONTENT_DEMOTED CONTENT_AGE_RESTRICTED CONTENT_INTERACTION_RESTRICTED "
            "CONTENT_LABELLED OTHER",
        ),
        "decision_visibility_other": _words(SHORT_LENGTH),
        "decision_monetary": _one_of("DECISION_MONETARY_", "SUSPENSION TERMINATION OTHER"),
        "decision_monetary_other": _words(SHORT_LENGTH),
        "decision_provision": _one_of(
            "DECISION_PROVISION_", "PARTIAL_SUSPENSION TOTAL_SUSPENSION PARTIAL_TERMINATION TOTAL_TERMINATION"
        ),
        "decision_account": _one_of("DECISION_ACCOUNT_", "SUSPENDED TERMINATED"),
        "account_type": _one_of("ACCOUNT_TYPE_", "BUSINESS PRIVATE"),
        "decision_ground": _one_of("DECISION_GROUND_", "ILLEGAL_CONTENT INCOMPATIBLE_CONTENT"),
        "decision_ground_reference_url": {"type": "string", "maxLength": SHORT_LENGTH, "pattern": "^https?://"},
        "illegal_content_legal_ground": _words(GROUND_LENGTH),
        "illegal_content_explanation": _words(EXPLANATION_LENGTH),
        "incompatible_content_ground": _words(GROUND_LENGTH),
        "incompatible_content_explanation": _words(EXPLANATION_LENGTH),
        "incompatible_content_illegal": _YES_NO,
        "content_type": _some_of("CONTENT_TYPE_", "APP AUDIO IMAGE PRODUCT SYNTHETIC_MEDIA TEXT VIDEO OTHER"),
        "content_type_other": _words(SHORT_LENGTH),
        "category": _one_of("STATEMENT_CATEGORY_", _CATEGORIES),
        "category_addition": _some_of("STATEMENT_CATEGORY_", _CATEGORIES, least=0),
        "category_specification": _some_of("KEYWORD_", _KEYWORDS, least=0),
        "category_specification_other": _words(SHORT_LENGTH),
        "territorial_scope": _some_of("", " ".join(COUNTRIES)),
        "content_language": {"type": "string", "pattern": "^[A-Z]{2}$"},
        "content_date": _DATE,
        "application_date": _DATE,
        "end_date_account_restriction": _DATE,
        "end_date_monetary_restriction": _DATE,
        "end_date_service_restriction": _DATE,
        "end_date_visibility_restriction": _DATE,
        "decision_facts": _words(FACTS_LENGTH),
        "source_type": _one_of(
            "SOURCE_", "ARTICLE_16 TRUSTED_FLAGGER TYPE_OTHER_NOTIFICATION VOLUNTARY"
        ),
        "source_identity": _words(SHORT_LENGTH),
        "automated_detection": _YES_NO,
        "automated_decision": _one_of("AUTOMATED_DECISION_", "FULLY PARTIALLY NOT_AUTOMATED"),
        "content_id": {
            "type": "object",
            "additionalProperties": False,
            "properties": {"EAN-13": {"type": "string", "pattern": "^[0-9]{13}$"}},
        },
        "puid": {"type": "string", "maxLength": SHORT_LENGTH, "pattern": _WHOLE},
    },
    "required": [
        "decision_ground", "decision_facts", "content_type", "category", "territorial_scope", "content_date",
        "application_date", "source_type", "automated_detection", "automated_decision", "puid",
    ],
    "anyOf": [{"required": [name]} for name in _RESTRICTIONS],
    "allOf": [
        _if(_GROUND, "DECISION_GROUND_ILLEGAL_CONTENT", then=_ILLEGAL),
        _only_if(_GROUND, "DECISION_GROUND_ILLEGAL_CONTENT", are_allowed=_ILLEGAL),
        _if(_GROUND, "DECISION_GROUND_INCOMPATIBLE_CONTENT", then=_INCOMPATIBLE),
        _only_if(
            _GROUND,
            "DECISION_GROUND_INCOMPATIBLE_CONTENT",
            are_allowed=[*_INCOMPATIBLE, "incompatible_content_illegal"],
        ),
        _if("decision_monetary", "DECISION_MONETARY_OTHER", then=["decision_monetary_other"]),
        _only_if("decision_monetary", "DECISION_MONETARY_OTHER", are_allowed=["decision_monetary_other"]),
        _if_among("decision_visibility", "DECISION_VISIBILITY_OTHER", then="decision_visibility_other"),
        _if_among("content_type", "CONTENT_TYPE_OTHER", then="content_type_other"),
        _if_among("category_specification", "KEYWORD_OTHER", then="category_specification_other"),
        {
            "if": {"properties": {"source_type": {"const": "SOURCE_VOLUNTARY"}}, "required": ["source_type"]},
            "then": {"properties": {"source_identity": _NOTHING}},
        },
    ],
}  # fmt: skip


@cache
def _validator() -> Any:
    import jsonschema  # type: ignore[import-untyped]  # It ships no types, and may load grammars for a second.

    return jsonschema.Draft202012Validator(SCHEMA)


_ENDS = {f"end_date_{what}_restriction": EARLIEST for what in ("account", "monetary", "service", "visibility")}
_EARLIEST = {"content_date": EARLIEST_CONTENT, "application_date": EARLIEST, **_ENDS}


@dataclass(frozen=True)
class Problem:
    """One rule that a payload breaks: the field, and the rule's name as JSON Schema has it, or `date`. It holds no value."""

    field: str
    rule: str


def problems(payload: Mapping[str, Any]) -> list[Problem]:
    """Return every rule of the database that the payload breaks; empty where it would be stored."""
    found = [problem for error in _validator().iter_errors(dict(payload)) for problem in _named(error)]
    return list(dict.fromkeys([*found, *_dates(payload)]))


def _named(error: Any) -> Iterator[Problem]:
    """Name the fields of what the validator says, whose own words would show values."""
    if error.validator == "required":
        for name in error.validator_value:
            if name not in error.instance:
                yield Problem(str(name), "required")
    elif error.validator == "additionalProperties":
        yield Problem("unknown field", "additionalProperties")
    elif error.path:
        yield Problem(str(error.path[0]), str(error.validator))
    else:
        yield Problem("decision_visibility", "required")


def _dates(payload: Mapping[str, Any]) -> Iterator[Problem]:
    """Yield what a pattern cannot say: a day that there is, within the days that the database takes."""
    for field, earliest in _EARLIEST.items():
        value = payload.get(field)
        if isinstance(value, str) and not _is_day(value, earliest=earliest):
            yield Problem(field, "date")


def _is_day(text: str, *, earliest: date) -> bool:
    try:
        return earliest <= date.fromisoformat(text) <= LATEST
    except ValueError:
        return False
