"""JSON that means one thing only, from people whom nobody trusts, and its one spelling (RFC 8785)."""

import json
import math
import re
from enum import StrEnum
from typing import Final, NoReturn, cast

import rfc8785

OBJECT_OCTETS: Final = 262_144  # An indicator has about a thousand.
OBJECT_DEPTH: Final = 20  # An indicator has four.
INTEGER_MAX: Final = (
    2**53 - 1
)  # What every reader of JSON holds exactly. RFC 8785 section 3.2.2.3, RFC 7493 section 2.2
_INTEGER_LENGTH: Final = 17  # Characters of the longest of them, with its sign.
# A text, closed or not, is swallowed in one go and never looked at twice, so a hostile one costs no more than its length.
_TEXT_OR_BRACKET: Final = re.compile(r'"(?:[^"\\]++|\\.)*+"?|[\[\]{}]', re.DOTALL)


class Flaw(StrEnum):
    """Why received octets cannot be taken."""

    NOT_JSON = "not_json"
    NOT_AN_ENVELOPE = "not_an_envelope"
    NOT_AN_OBJECT = "not_an_object"
    TOO_MANY = "too_many"
    TOO_LONG = "too_long"
    TOO_DEEP = "too_deep"
    DUPLICATE_KEY = "duplicate_key"
    NOT_A_NUMBER = "not_a_number"
    NOT_TEXT = "not_text"


_NEXT_STEPS: Final = {
    Flaw.NOT_JSON: "this is not JSON in UTF-8; send what RFC 8259 describes",
    Flaw.NOT_AN_ENVELOPE: "this is not a TAXII envelope; send an object with a list named objects",
    Flaw.NOT_AN_OBJECT: "this is not an object; send STIX objects only",
    Flaw.TOO_MANY: "these are more objects than were asked for; send fewer at once",
    Flaw.TOO_LONG: "this is too long; send less",
    Flaw.TOO_DEEP: "this is nested too deeply; send flatter objects",
    Flaw.DUPLICATE_KEY: "a name stands twice in one object; keep one of them",
    Flaw.NOT_A_NUMBER: "a number is none, or no reader could hold it exactly; stay within 2 to the power of 53",
    Flaw.NOT_TEXT: "a text holds half a character; send whole characters",
}


class BadObject(ValueError):
    """These octets are refused, and `code` says why; the text says what the sender does next and repeats nothing of it."""

    def __init__(self, code: Flaw) -> None:
        super().__init__(code)
        self.code = code

    def __str__(self) -> str:
        return _NEXT_STEPS[self.code]


def read(octets: bytes) -> dict[str, object]:
    """Return the JSON object that `octets` spell, where every reader of JSON would read the same. Raises `BadObject`.

    No name stands twice in an object, every number is finite and every whole one within 2 to the power of 53 (RFC 7493,
    "I-JSON"), at most `OBJECT_OCTETS` long and `OBJECT_DEPTH` deep. Takes time in proportion to the length.
    """
    if len(octets) > OBJECT_OCTETS:
        raise BadObject(Flaw.TOO_LONG)
    text = decoded(octets)
    if _is_too_deep(text):
        raise BadObject(Flaw.TOO_DEEP)
    try:
        known = _DECODER.decode(text)
    except json.JSONDecodeError as error:
        raise BadObject(Flaw.NOT_JSON) from error
    if not isinstance(known, dict):
        raise BadObject(Flaw.NOT_AN_OBJECT)
    return known


def decoded(octets: bytes) -> str:
    """Return octets as text. Raises `BadObject` where they are not UTF-8."""
    try:
        return octets.decode("utf-8")
    except UnicodeDecodeError as error:
        raise BadObject(Flaw.NOT_JSON) from error


def canonical(known: dict[str, object]) -> bytes:
    """Return the one spelling of a JSON object that RFC 8785 names. Raises `BadObject` for what has none.

    What holds neither fractions nor unusual names is spelt the same by Python's own encoder, five times as fast.
    """
    try:
        if _is_plain(known):
            return _PLAIN.encode(known).encode("utf-8")
        return rfc8785.dumps(cast("dict[str, str]", known))
    except (rfc8785.IntegerDomainError, rfc8785.FloatDomainError) as error:
        raise BadObject(Flaw.NOT_A_NUMBER) from error
    except (rfc8785.CanonicalizationError, UnicodeEncodeError) as error:
        raise BadObject(Flaw.NOT_TEXT) from error


def _is_plain(value: object) -> bool:
    """Tell whether Python's encoder spells `value` as RFC 8785 does: its names sort alike only where they are ASCII."""
    if isinstance(value, str | bool) or value is None:
        return True
    if isinstance(value, dict):
        return all(isinstance(name, str) and name.isascii() and _is_plain(inner) for name, inner in value.items())
    if isinstance(value, list):
        return all(map(_is_plain, value))
    return isinstance(value, int) and -INTEGER_MAX <= value <= INTEGER_MAX


def _is_too_deep(text: str) -> bool:
    # Fewer brackets than levels is the ordinary case and needs no second look.
    if text.count("{") + text.count("[") <= OBJECT_DEPTH:
        return False
    depth = 0
    for found in _TEXT_OR_BRACKET.finditer(text):
        depth += {"{": 1, "[": 1, "}": -1, "]": -1}.get(found[0], 0)
        if depth > OBJECT_DEPTH:
            return True
    return False


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    known = dict(pairs)
    if len(known) != len(pairs):
        raise BadObject(Flaw.DUPLICATE_KEY)
    return known


def _whole(text: str) -> int:
    # The length is looked at first: reading a number of a million digits is slow.
    if len(text) > _INTEGER_LENGTH or not -INTEGER_MAX <= int(text) <= INTEGER_MAX:
        raise BadObject(Flaw.NOT_A_NUMBER)
    return int(text)


def _fraction(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise BadObject(Flaw.NOT_A_NUMBER)
    return number


def _no_number(_text: str) -> NoReturn:
    raise BadObject(Flaw.NOT_A_NUMBER)


_DECODER: Final = json.JSONDecoder(
    object_pairs_hook=_once, parse_int=_whole, parse_float=_fraction, parse_constant=_no_number
)
_PLAIN: Final = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, check_circular=False)
