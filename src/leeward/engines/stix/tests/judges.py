"""The third parties that judge our objects: OASIS' own library and validator, both working offline."""

import json
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path

import pytest

# Neither library carries types, so they are fetched as modules whose attributes are not checked.
_stix2 = import_module("stix2")
_validator = import_module("stix2validator")

SHARED = Path(__file__).resolve().parents[6] / "shared" / "data" / "exchange"
needs_shared = pytest.mark.skipif(not SHARED.is_dir(), reason="the shared example data is not beside the repository")


def faults(known: Mapping[str, object]) -> list[str]:
    """Return what stix2-validator finds wrong, recommendations included."""
    options = _validator.ValidationOptions(version="2.1", strict=True)
    result = _validator.validate_parsed_json(dict(known), options)
    return [str(fault) for fault in [*result.errors, *result.warnings]] + ([] if result.is_valid else ["not valid"])


def is_valid(known: Mapping[str, object]) -> bool:
    """Tell whether stix2-validator finds every requirement met."""
    options = _validator.ValidationOptions(version="2.1")
    return bool(_validator.validate_parsed_json(dict(known), options).is_valid)


def through_stix2(known: Mapping[str, object]) -> dict[str, object]:
    """Return an object as the stix2 library writes it after reading it without any custom content allowed."""
    parsed = _stix2.parse(json.dumps(known), allow_custom=False)
    again: dict[str, object] = json.loads(parsed.serialize())
    return again


def address_pattern(value: str) -> str:
    """Return the pattern that stix2 writes for an address, to compare ours with."""
    comparison = _stix2.EqualityComparisonExpression("url:value", _stix2.StringConstant(value))
    return str(_stix2.ObservationExpression(comparison))


def vector(name: str) -> dict[str, object]:
    """Return one of the shared example files."""
    known: dict[str, object] = json.loads((SHARED / name).read_text(encoding="utf-8"))
    return known
