"""What a family can keep away, in groups of plain words, and which of it is ticked."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from leeward.engines.policy import family
from leeward.limits.app_words import APP_WORDS
from leeward.limits.words import WORDS, Words

# Every category and every way around stands in one group; a test counts. The first word names the group in the content
# files, which say its title to children; the second is what guardians read.
GROUPS: Final[tuple[tuple[str, str | Promise, tuple[str, ...]], ...]] = (
    (
        "grown-ups",
        _("Not made for children"),
        ("adult", "partly-adult", "lingerie", "dating", "gambling", "alcohol-tobacco"),
    ),
    (
        "danger",
        _("Dangerous and cruel"),
        ("violence", "weapons", "drugs", "self-harm", "cults", "false-news"),
    ),
    (
        "tricks",
        _("Tricks and theft"),
        (
            "malware",
            "phishing",
            "scams",
            "changed-hands",
            "hacking",
            "piracy",
            "remote-control",
            "short-links",
            "ads",
        ),
    ),
    (
        "talk",
        _("Talking with others"),
        ("social", "chat", "forums", "blogs", "webmail"),
    ),
    (
        "fun",
        _("Fun and pastime"),
        ("video", "music", "games", "comics", "celebrities", "sports", "news", "shopping"),
    ),
    (
        "tools",
        _("Tools and money"),
        ("ai", "cheating", "downloads", "file-hosting", "finance", "crypto-money"),
    ),
    (
        "around",
        _("Ways around these limits"),
        ("doh", "vpn", "proxy", "tor", "nosafesearch", "dyndns"),
    ),
)
KINDS: Final = frozenset(slug for _name, _title, slugs in GROUPS for slug in slugs)
APPS: Final = frozenset(APP_WORDS)
SAFE: Final = frozenset(entry.slug for entry in family.catalogue().of_kind(family.Kind.SAFE_SEARCH))
_BY_SLUG: Final[Mapping[str, Words]] = {**WORDS, **APP_WORDS}


@dataclass(frozen=True, slots=True)
class Pick:
    """One thing to tick."""

    slug: str
    words: Words
    is_on: bool

    @property
    def letter(self) -> str:
        """The first letter of its title, which stands for a picture."""
        return str(self.words.title)[0].upper()


@dataclass(frozen=True, slots=True)
class Group:
    """Some things to tick under one title."""

    title: str | Promise
    picks: tuple[Pick, ...]

    @property
    def ticked(self) -> tuple[Pick, ...]:
        """Those that are ticked."""
        return tuple(pick for pick in self.picks if pick.is_on)

    @property
    def on_count(self) -> int:
        """How many of them are ticked."""
        return len(self.ticked)


def groups(chosen: Collection[str]) -> list[Group]:
    """Return the categories and the ways around, in groups."""
    return [Group(title, tuple(_pick(slug, chosen) for slug in slugs)) for _name, title, slugs in GROUPS]


def apps(chosen: Collection[str]) -> list[Pick]:
    """Return the apps and sites by the alphabet."""
    return sorted((_pick(slug, chosen) for slug in APPS), key=lambda pick: str(pick.words.title).casefold())


def safe(chosen: Collection[str]) -> list[Pick]:
    """Return the safe forms of search."""
    entries = family.catalogue().of_kind(family.Kind.SAFE_SEARCH)
    return [_pick(entry.slug, chosen) for entry in entries]


def summary(chosen: Collection[str]) -> list[Group]:
    """Return the groups of which something is ticked, with all apps as the last one."""
    together = [*groups(chosen), Group(_("Apps and sites"), tuple(apps(chosen)))]
    return [group for group in together if group.on_count]


def title(slug: str) -> str:
    """Return the title of an entry of the catalogue."""
    return str(_BY_SLUG[slug].title)


def _pick(slug: str, chosen: Collection[str]) -> Pick:
    return Pick(slug, _BY_SLUG[slug], slug in chosen)
