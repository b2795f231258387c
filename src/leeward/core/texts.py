"""Words shown to people by age band: content files that a translator can edit without reading any program.

A capability keeps them in `src/leeward/<app>/texts/<language>/<band>.toml`, tables of keys. English for 10 to 12 is the
list of all keys; any other file holds what it says differently.
"""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from django.conf import settings

from leeward.engines.reading import Band

ROOT = Path(__file__).resolve().parent.parent
ENGLISH = "en"


class NoTexts(Exception):
    """The capability has no English words for 10 to 12; write `texts/en/10-12.toml` in its folder."""


class BrokenTexts(Exception):
    """A content file cannot be read; correct the place that the message names."""


@dataclass(frozen=True, slots=True)
class Missing:
    """What one language does not say yet to one band; the reader gets other words there."""

    app: str
    language: str
    band: Band
    keys: tuple[str, ...]


def languages() -> tuple[str, ...]:
    """Return the folder names of the languages that the site speaks, English first: `zh-hans` is `zh`."""
    known = dict.fromkeys(code.split("-")[0] for code, _ in settings.LANGUAGES)
    return (ENGLISH, *(language for language in known if language != ENGLISH))


def read(app: str, *, language: str, band: Band) -> Mapping[str, str]:
    """Return every text of `app` for a reader, under flat keys such as `reason.title`.

    `language` is any tag (`zh-hans`, `fr-CA`). A text that is missing is read in the same language for 10 to 12, then
    in English for the band, then in English for 10 to 12. Raises `NoTexts` and `BrokenTexts`.
    """
    folder = language.lower().replace("_", "-").split("-")[0]
    return _read(ROOT, app, folder if folder in languages() else ENGLISH, band)


def tables(flat: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """Return texts table by table, as a template reads them: `words.reason.title` for the key "reason.title"."""
    found: dict[str, dict[str, str]] = {}
    for name, text in flat.items():
        table, _dot, key = name.partition(".")
        found.setdefault(table, {})[key] = text
    return found


def apps() -> tuple[str, ...]:
    """Return the capabilities that have content files, in order of their names."""
    return tuple(sorted(folder.parent.name for folder in ROOT.glob("*/texts") if folder.is_dir()))


def missing() -> list[Missing]:
    """Return what is not translated: by capability, language and band; empty where everything is.

    For 10 to 12 that is every key which English has. For another band it is each key for which English has words of
    that band's own, because a text that is too hard for six-year-olds in English is so in every language.
    """
    found = []
    for app in apps():
        for language in languages()[1:]:
            for band in Band:
                keys = own(app, language=ENGLISH, band=band).keys() - own(app, language=language, band=band).keys()
                if keys:
                    found.append(Missing(app, language, band, tuple(sorted(keys))))
    return found


def own(app: str, *, language: str, band: Band) -> Mapping[str, str]:
    """Return what one content file holds and nothing else; empty where there is no such file."""
    return _own(ROOT, app, language, band)


@functools.cache
def _read(root: Path, app: str, language: str, band: Band) -> Mapping[str, str]:
    if not _own(root, app, ENGLISH, Band.MIDDLE):
        raise NoTexts(
            f"{app}/texts/{ENGLISH}/{Band.MIDDLE}.toml is missing or empty; write it, or correct the name {app!r}"
        )
    texts: dict[str, str] = {}
    for where, reader in ((ENGLISH, Band.MIDDLE), (ENGLISH, band), (language, Band.MIDDLE), (language, band)):
        texts |= _own(root, app, where, reader)
    return MappingProxyType(texts)


def _own(root: Path, app: str, language: str, band: Band) -> Mapping[str, str]:
    path = root / app / "texts" / language / f"{band}.toml"
    return _flat(path.read_text(encoding="utf-8"), place=f"{path.relative_to(root)}") if path.exists() else {}


def _flat(content: str, *, place: str) -> Mapping[str, str]:
    try:
        tables = tomllib.loads(content)
    except tomllib.TOMLDecodeError as wrong:
        raise BrokenTexts(f"{place} is no TOML: {wrong}") from wrong
    texts = {}
    for table, entries in tables.items():
        if not isinstance(entries, dict):
            raise BrokenTexts(f"{place}: {table} stands in no table; put it below a line like [button]")
        for key, text in entries.items():
            if not isinstance(text, str) or not text.strip():
                raise BrokenTexts(f"{place}: {table}.{key} is no text; write it between quotation marks, or remove it")
            texts[f"{table}.{key}"] = text
    return texts
