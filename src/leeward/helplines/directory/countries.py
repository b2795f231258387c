"""Names of countries in the languages of the site, by ISO 3166 code."""

from __future__ import annotations

import tomllib
import unicodedata
from collections.abc import Mapping
from functools import cache
from pathlib import Path

_FILE = Path(__file__).parent / "content" / "countries.toml"


@cache
def _all() -> Mapping[str, Mapping[str, str]]:
    return tomllib.loads(_FILE.read_text(encoding="utf-8"))


def is_known(code: str) -> bool:
    """Tell whether this is the code of a country, in capital letters."""
    return code in _all()


def name(code: str, *, language: str) -> str:
    """Return what a country is called; `language` is any tag. Raises `KeyError` for a code that nobody knows."""
    names = _all()[code]
    return names.get(language.partition("-")[0], names["en"])


def choices(*, language: str) -> tuple[tuple[str, str], ...]:
    """Return code and name of every country, by the alphabet as far as that goes without a table for each language."""
    found = ((code, name(code, language=language)) for code in _all())
    return tuple(sorted(found, key=lambda one: _plain(one[1])))


def _plain(words: str) -> str:
    """Return words without accents, so that «Åland» stands with A and «Émirats» with E."""
    return "".join(sign for sign in unicodedata.normalize("NFD", words.casefold()) if not unicodedata.combining(sign))
