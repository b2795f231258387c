"""STIX patterns of one comparison: a sign recognises one thing. Source: STIX 2.1 section 9."""

import re
from typing import Final

from leeward.engines.stix._sign import VALUE_LENGTH, Kind, NotASign

PATTERN_LENGTH: Final = (
    2 * VALUE_LENGTH + 64
)  # Characters: every one of the longest address escaped, and the path before it.

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
_ONE_COMPARISON: Final = re.compile(
    r"\s*\[\s*(?P<path>[a-z0-9:.'A-Z-]+)\s*=\s*'(?P<value>(?:[^'\\]|\\['\\])*)'\s*\]\s*"
)
_ESCAPED: Final = re.compile(r"\\(['\\])")


def written(kind: Kind, value: str) -> str:
    """Return the pattern that matches exactly `value`, with quotes and backslashes escaped."""
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"[{_PATHS[kind]} = '{escaped}']"


def read(pattern: str) -> tuple[Kind, str]:
    """Return what a pattern of one comparison recognises; hashes come back in lower case.

    Every other pattern is refused with `NotASign`: guessing at a condition would block the wrong thing.
    """
    # The length is checked first, so that a pattern built to be slow is never read.
    found = _ONE_COMPARISON.fullmatch(pattern) if len(pattern) <= PATTERN_LENGTH else None
    kind = _KINDS.get(found["path"]) if found else None
    if not found or not kind:
        raise NotASign("pattern", "this is not one comparison with a hash, address or name; split it into such")
    value = _ESCAPED.sub(r"\1", found["value"])
    return kind, value if kind in (Kind.URL, Kind.DOMAIN) else value.lower()
