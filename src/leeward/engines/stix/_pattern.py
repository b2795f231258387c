"""STIX patterns that recognise one thing, or any of a few. Source: STIX 2.1 section 9."""

import re
from typing import Final

from leeward.engines.stix._sign import VALUE_LENGTH, Kind, NotASign

ALTERNATIVES_MAX: Final = 16  # Every digest and every address of one thing; more things are more indicators.
# Characters: every one of the longest address escaped, and the path before it.
PATTERN_LENGTH: Final = ALTERNATIVES_MAX * (2 * VALUE_LENGTH + 64)

_PATHS: Final = {
    Kind.PDQ: "file:hashes.'PDQ'",
    Kind.MD5: "file:hashes.MD5",
    Kind.SHA1: "file:hashes.'SHA-1'",
    Kind.SHA256: "file:hashes.'SHA-256'",
    Kind.URL: "url:value",
    Kind.DOMAIN: "domain-name:value",
}
_KINDS: Final = {path: kind for kind, path in _PATHS.items()} | {
    "file:hashes.PDQ": Kind.PDQ,
    "file:hashes.'MD5'": Kind.MD5,
}
# Each of the two is matched once from where the last one ended and never gives back what it took.
_COMPARISON: Final = re.compile(r"\s*+(?P<path>[a-z0-9:.'A-Z-]++)\s*+=\s*+'(?P<value>(?:[^'\\]++|\\['\\])*+)'\s*+")
_MARK: Final = re.compile(r"\s*+(\[|\]|OR\b)")
_ESCAPED: Final = re.compile(r"\\(['\\])")


def written(kind: Kind, value: str) -> str:
    """Return the pattern that matches exactly `value`, with quotes and backslashes escaped."""
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"[{_PATHS[kind]} = '{escaped}']"


def read(pattern: str) -> tuple[tuple[Kind, str], ...]:
    """Return what a pattern recognises, each thing once and in its order; hashes come back in lower case.

    Understood are comparisons for equality between `OR`, inside of one observation or of several. Every other pattern is
    refused with `NotASign`: guessing at a condition would block the wrong thing.
    """
    # The length is checked first, so that a pattern built to be slow is never read.
    if len(pattern) > PATTERN_LENGTH:
        raise _refusal()
    found, at = _observation(pattern, 0)
    while mark := _MARK.match(pattern, at):
        if mark[1] != "OR":
            raise _refusal()
        more, at = _observation(pattern, mark.end())
        found += more
        if len(found) > ALTERNATIVES_MAX:
            raise _refusal()
    if pattern[at:].strip():
        raise _refusal()
    return tuple(dict.fromkeys(found))


def _observation(pattern: str, at: int) -> tuple[list[tuple[Kind, str]], int]:
    """Return the alternatives between the brackets that open at `at`, and where they end."""
    at = _mark(pattern, at, expected="[")
    found: list[tuple[Kind, str]] = []
    while len(found) < ALTERNATIVES_MAX:
        comparison = _COMPARISON.match(pattern, at)
        kind = _KINDS.get(comparison["path"]) if comparison else None
        if not comparison or not kind:
            raise _refusal()
        value = _ESCAPED.sub(r"\1", comparison["value"])
        found.append((kind, value if kind in (Kind.URL, Kind.DOMAIN) else value.lower()))
        at = comparison.end()
        if pattern.startswith("]", at):
            return found, at + 1
        at = _mark(pattern, at, expected="OR")
    raise _refusal()


def _mark(pattern: str, at: int, *, expected: str) -> int:
    found = _MARK.match(pattern, at)
    if not found or found[1] != expected:
        raise _refusal()
    return found.end()


def _refusal() -> NotASign:
    return NotASign("pattern", "this is no comparison with hashes, addresses or names between OR; split it into such")
