"""Personal data that must not leave: found by its form, in every text of a payload.

It would rather find too much: a section number that looks like an address is taken out as well. Names of people have no
form by which they could be found, so no text that is meant for them goes into a payload at all.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

REMOVED = "[removed]"
_DASHES = "\\-\u2010-\u2015_"
# The order is that in which they are taken out: an address with a user in it is one thing, not a host and a handle.
_FORMS: Mapping[str, re.Pattern[str]] = {
    "address": re.compile(
        r"[a-z][a-z0-9+.\-]*://\S*|www\.\S+|(?:[^\W_][\w\-]*\.)+[^\W\d_]{2,}(?::\d+)?/\S*", re.IGNORECASE
    ),
    "e-mail": re.compile(r"[^\s@]+@[^\s@]+|[^\s@]+\s+@\s*[^\s@]+\.[^\s@]{2,}"),
    "handle": re.compile(r"@+\s*[^\s@]+|(?<!\w)u/\w+"),
    "IP address": re.compile(r"(?<!\d)\d{1,3}(?:\.\d{1,3}){3}(?!\d)|(?:[0-9a-f]{0,4}:){2,}[0-9a-f.]*", re.IGNORECASE),
    # Seven digits are the shortest telephone numbers; laws and sections have fewer in a row.
    "number": re.compile(rf"\+?\d(?:[\s().,·{_DASHES}]{{0,3}}\d){{6,}}"),
}
# Ways in which people write an address so that machines do not see it.
_WRITTEN_OUT = re.compile(r"\s*[\[({]\s*(dot|\.|at|@)\s*[\])}]\s*", re.IGNORECASE)
# Fields of a closed form, in which nothing of a person can stand.
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_CLOSED: Mapping[str, re.Pattern[str]] = {
    "puid": re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"),
    "content_date": _DATE,
    "application_date": _DATE,
    "end_date_account_restriction": _DATE,
    "end_date_monetary_restriction": _DATE,
    "end_date_service_restriction": _DATE,
    "end_date_visibility_restriction": _DATE,
    "EAN-13": re.compile(r"\d{13}", re.ASCII),
}
_ROUNDS = 8


@dataclass(frozen=True)
class Finding:
    """What was found in which field, never the thing itself. `kind` is `e-mail`, `handle`, `address`, `number`, `IP address`."""

    field: str
    kind: str


def lint(payload: Mapping[str, Any]) -> list[Finding]:
    """Return what looks like personal data, in the order of the fields; empty where nothing does."""
    return [
        Finding(field, kind)
        for field, text in _texts(payload)
        if not (field in _CLOSED and _CLOSED[field].fullmatch(text))
        for kind in _kinds(_plain(text))
    ]


def clean(text: str, *, most: int, otherwise: str) -> str:
    """Return a text of at most `most` characters in which nothing is found, or `otherwise` where no words are left."""
    for _ in range(_ROUNDS):
        text = _plain(text)
        for form in _FORMS.values():
            text = form.sub(REMOVED, text)
        text = text[:most].strip()
        if not _kinds(_plain(text)):
            break
    has_words = any(letter.isalnum() for letter in text.replace(REMOVED, ""))
    return text if has_words and not _kinds(_plain(text)) else otherwise


def _kinds(text: str) -> list[str]:
    return [kind for kind, form in _FORMS.items() if form.search(text)]


def _plain(text: str) -> str:
    """Return a text as it is read: in plain letters, without what nobody sees, and with written-out dots and at signs."""
    seen = "".join(
        " " if unicodedata.category(letter) == "Cc" else letter
        for letter in unicodedata.normalize("NFKC", text)
        if unicodedata.category(letter) not in {"Cf", "Cs", "Co", "Cn"}
    )
    signs = _WRITTEN_OUT.sub(lambda found: {"dot": ".", "at": "@"}.get(found[1].lower(), found[1]), seen)
    return " ".join(signs.split())


def _texts(value: Any, field: str = "") -> Iterator[tuple[str, str]]:
    """Return every text with the name of the innermost field that holds it.."""
    if isinstance(value, str):
        yield field, value
    elif isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _texts(inner, str(name))
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _texts(inner, field)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield field, str(value)
