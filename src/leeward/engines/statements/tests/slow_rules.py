"""The database's rules once more, written by hand from the table in the research and from nothing of ours: slow and obvious."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

VISIBILITIES = {
    "DECISION_VISIBILITY_CONTENT_REMOVED", "DECISION_VISIBILITY_CONTENT_DISABLED", "DECISION_VISIBILITY_CONTENT_DEMOTED",
    "DECISION_VISIBILITY_CONTENT_AGE_RESTRICTED", "DECISION_VISIBILITY_CONTENT_INTERACTION_RESTRICTED",
    "DECISION_VISIBILITY_CONTENT_LABELLED", "DECISION_VISIBILITY_OTHER",
}  # fmt: skip
MONETARIES = {"DECISION_MONETARY_SUSPENSION", "DECISION_MONETARY_TERMINATION", "DECISION_MONETARY_OTHER"}
PROVISIONS = {
    "DECISION_PROVISION_PARTIAL_SUSPENSION", "DECISION_PROVISION_TOTAL_SUSPENSION",
    "DECISION_PROVISION_PARTIAL_TERMINATION", "DECISION_PROVISION_TOTAL_TERMINATION",
}  # fmt: skip
ACCOUNTS = {"DECISION_ACCOUNT_SUSPENDED", "DECISION_ACCOUNT_TERMINATED"}
CONTENTS = {
    "CONTENT_TYPE_APP", "CONTENT_TYPE_AUDIO", "CONTENT_TYPE_IMAGE", "CONTENT_TYPE_PRODUCT",
    "CONTENT_TYPE_SYNTHETIC_MEDIA", "CONTENT_TYPE_TEXT", "CONTENT_TYPE_VIDEO", "CONTENT_TYPE_OTHER",
}  # fmt: skip
CATEGORIES = {
    "STATEMENT_CATEGORY_" + name
    for name in """ANIMAL_WELFARE CONSUMER_INFORMATION CYBER_VIOLENCE CYBER_VIOLENCE_AGAINST_WOMEN VIOLENCE SELF_HARM
    DATA_PROTECTION_AND_PRIVACY_VIOLATIONS ILLEGAL_OR_HARMFUL_SPEECH INTELLECTUAL_PROPERTY_INFRINGEMENTS
    NEGATIVE_EFFECTS_ON_CIVIC_DISCOURSE_OR_ELECTIONS NOT_SPECIFIED_NOTICE OTHER_VIOLATION_TC PROTECTION_OF_MINORS
    RISK_FOR_PUBLIC_SECURITY SCAMS_AND_FRAUD UNSAFE_AND_PROHIBITED_PRODUCTS""".split()  # noqa: SIM905  # as it is written there
}
SOURCES = {"SOURCE_ARTICLE_16", "SOURCE_TRUSTED_FLAGGER", "SOURCE_TYPE_OTHER_NOTIFICATION", "SOURCE_VOLUNTARY"}
AUTOMATED = {"AUTOMATED_DECISION_FULLY", "AUTOMATED_DECISION_PARTIALLY", "AUTOMATED_DECISION_NOT_AUTOMATED"}
EUROPE = set("AT BE BG HR CY CZ DK EE FI FR DE GR HU IE IT LV LT LU MT NL PL PT RO SK SI ES SE IS LI NO".split())  # noqa: SIM905  # as it is written there
LAST_DAY = date(2038, 1, 1)


def refused(payload: dict[str, Any]) -> str:
    """Return the first field for which the database would refuse a payload, or an empty text."""
    rules = (_restriction, _ground, _content, _others, _days, _words)
    return next((field for rule in rules if (field := rule(payload))), "")


def _is_missing(payload: dict[str, Any], field: str) -> bool:
    value = payload.get(field)
    return value is None or value == [] or (isinstance(value, str) and not value.strip())


def _restriction(payload: dict[str, Any]) -> str:
    fields = ("decision_visibility", "decision_monetary", "decision_provision", "decision_account")
    if all(_is_missing(payload, field) for field in fields):
        return "decision_visibility"
    if not _all_in(payload.get("decision_visibility") or [], VISIBILITIES):
        return "decision_visibility"
    singles = {"decision_monetary": MONETARIES, "decision_provision": PROVISIONS, "decision_account": ACCOUNTS}
    singles["account_type"] = {"ACCOUNT_TYPE_BUSINESS", "ACCOUNT_TYPE_PRIVATE"}
    return next((field for field, known in singles.items() if payload.get(field) not in {None, *known}), "")


def _ground(payload: dict[str, Any]) -> str:
    ground = payload.get("decision_ground")
    if ground == "DECISION_GROUND_ILLEGAL_CONTENT":
        needed = ("illegal_content_legal_ground", "illegal_content_explanation")
    elif ground == "DECISION_GROUND_INCOMPATIBLE_CONTENT":
        needed = ("incompatible_content_ground", "incompatible_content_explanation")
    else:
        return "decision_ground"
    if payload.get("incompatible_content_illegal") not in {None, "Yes", "No"}:
        return "incompatible_content_illegal"
    return next((field for field in needed if _is_missing(payload, field)), "")


def _content(payload: dict[str, Any]) -> str:
    if _is_missing(payload, "content_type") or not _all_in(payload["content_type"], CONTENTS):
        return "content_type"
    if payload.get("category") not in CATEGORIES:
        return "category"
    if not _all_in(payload.get("category_addition") or [], CATEGORIES):
        return "category_addition"
    if not _all_in(payload.get("territorial_scope") or [], EUROPE):
        return "territorial_scope"
    if payload.get("source_type") not in SOURCES:
        return "source_type"
    if payload.get("automated_detection") not in {"Yes", "No"}:
        return "automated_detection"
    return "" if payload.get("automated_decision") in AUTOMATED else "automated_decision"


def _all_in(values: Any, known: set[str]) -> bool:
    return isinstance(values, list) and all(isinstance(value, str) and value in known for value in values)


def _others(payload: dict[str, Any]) -> str:
    needing = (
        ("decision_visibility", "DECISION_VISIBILITY_OTHER"),
        ("content_type", "CONTENT_TYPE_OTHER"),
        ("category_specification", "KEYWORD_OTHER"),
    )
    for field, other in needing:
        if other in (payload.get(field) or []) and _is_missing(payload, f"{field}_other"):
            return f"{field}_other"
    is_other = payload.get("decision_monetary") == "DECISION_MONETARY_OTHER"
    return "decision_monetary_other" if is_other and _is_missing(payload, "decision_monetary_other") else ""


def _days(payload: dict[str, Any]) -> str:
    for field, first in (("content_date", date(2000, 1, 1)), ("application_date", date(2020, 1, 1))):
        if not _is_day(payload.get(field), first=first):
            return field
    for what in ("account", "monetary", "service", "visibility"):
        field = f"end_date_{what}_restriction"
        if payload.get(field) is not None and not _is_day(payload[field], first=date.min):
            return field
    return ""


def _is_day(value: Any, *, first: date) -> bool:
    if not isinstance(value, str) or len(value) != 10:
        return False
    year, month, day = value[:4], value[5:7], value[8:]
    if value[4] + value[7] != "--" or not (year + month + day).isascii() or not (year + month + day).isdigit():
        return False
    try:
        return first <= date(int(year), int(month), int(day)) <= LAST_DAY
    except ValueError:
        return False


def _words(payload: dict[str, Any]) -> str:
    longest = {
        "illegal_content_legal_ground": 500, "illegal_content_explanation": 2000, "incompatible_content_ground": 500,
        "incompatible_content_explanation": 2000, "decision_facts": 5000, "decision_visibility_other": 500,
        "decision_monetary_other": 500, "content_type_other": 500, "category_specification_other": 500,
        "source_identity": 500, "decision_ground_reference_url": 500, "puid": 500,
    }  # fmt: skip
    for field, most in longest.items():
        if len(str(payload.get(field) or "")) > most:
            return field
    if _is_missing(payload, "decision_facts"):
        return "decision_facts"
    puid = payload.get("puid")
    return "" if isinstance(puid, str) and re.fullmatch(r"[a-zA-Z0-9_-]+", puid) else "puid"
