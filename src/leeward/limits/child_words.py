"""What a child reads about its own limits: sentences by the age of the reader, and the names of what is kept away."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import get_language

from leeward.core import texts
from leeward.engines.policy import family
from leeward.engines.reading import Band
from leeward.limits import picks, services, when
from leeward.limits.app_words import APP_WORDS
from leeward.limits.choices import Answer, Wish
from leeward.limits.models import Ask, Limits
from leeward.limits.words import WORDS

APP = "limits"


def band_of(limits: Limits | None) -> Band:
    """Return for which age to write: the child's own band, and neutral words where several people share a device."""
    return Band(limits.child.band) if limits is not None and limits.child is not None else Band.ADULT


def of(app: str, limits: Limits | None) -> Mapping[str, str]:
    """Return the sentences of a capability in the language of the page, for whoever has these limits."""
    return texts.read(app, language=get_language() or texts.ENGLISH, band=band_of(limits))


def kinds(entries: Iterable[family.Entry], limits: Limits | None) -> list[str]:
    """Return how a child calls some entries of the catalogue, each once; apps, sites and searches by their own names."""
    words = of(APP, limits)
    return list(dict.fromkeys(_kind(entry, words) for entry in entries))


@dataclass(frozen=True, slots=True)
class Shelf:
    """Some kinds that belong together, under a title that a child reads."""

    title: str
    kinds: tuple[str, ...]


def shelves(slugs: Collection[str], limits: Limits | None) -> list[Shelf]:
    """Return how a child calls some entries of the catalogue, on few shelves: what belongs together, then apps by name."""
    words = of(APP, limits)
    together = [(name, slugs_of) for name, _title, slugs_of in picks.GROUPS] + [("apps", tuple(picks.APPS))]
    named = [(name, kinds(entries(set(slugs).intersection(slugs_of)), limits)) for name, slugs_of in together]
    return [Shelf(words[f"group.{name}"], tuple(found)) for name, found in named if found]


def entries(slugs: Iterable[str]) -> list[family.Entry]:
    """Return the entries of some slugs in the order of the catalogue; one that the catalogue lost since is left out."""
    wanted = set(slugs)
    return [entry for entry in family.catalogue().entries if entry.slug in wanted]


def _kind(entry: family.Entry, words: Mapping[str, str]) -> str:
    named = APP_WORDS.get(entry.slug) or (WORDS[entry.slug] if entry.kind == family.Kind.SAFE_SEARCH else None)
    if named is not None:
        return str(named.title)
    return words.get(f"kind.{entry.slug}", words["kind.other"])


def answer(asked: Ask, limits: Limits, *, at: datetime) -> str:
    """Return in one or two short sentences how far a question is, in the family's time."""
    words = of(APP, limits)
    if asked.state == Answer.ALLOWED:
        return " ".join(_yes(asked, limits, words, at=at))
    if asked.state == Answer.WAITING:
        return words["asked.waiting" if asked.expires_at > at else "asked.over"]
    return words["asked.refused" if asked.state == Answer.REFUSED else "asked.taken_back"]


def _yes(asked: Ask, limits: Limits, words: Mapping[str, str], *, at: datetime) -> Iterator[str]:
    yield words["asked.allowed"]
    if asked.until is None or asked.until <= at:
        return
    until = when.until(asked.until, at=at, zone=services.zone_of(limits.household))
    yield words["asked.allowed_until"].format(when=until)
    if asked.kind == Wish.TIME:
        # More time lets bedtime and homework wait, and a child would take it for a yes to everything.
        yield words["mine.stays_closed"]
