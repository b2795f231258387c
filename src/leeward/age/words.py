"""What visitors read while they show an age: in their language, in the words for 10 to 12 unless they said another band."""

from __future__ import annotations

from django.utils.translation import get_language

from leeward.core import texts
from leeward.engines.reading import Band

APP = "age"


def tables(band: Band = Band.MIDDLE) -> dict[str, dict[str, str]]:
    """Return the words table by table, for a template."""
    return texts.tables(texts.read(APP, language=get_language() or texts.ENGLISH, band=band))


def pictures(method: str) -> tuple[str, str]:
    """Return the picture of a method, and the one for a method of another package, which has none here."""
    return f"age/pictures/{method}.svg", "age/pictures/other.svg"
