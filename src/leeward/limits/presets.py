"""What is proposed for an age, and what for devices of nobody alone: a beginning, which a guardian changes as they like.

A preset is in force from the first moment, because a child is to be sheltered before anybody has read a page. So it keeps
away what is made for adults, what harms, and what an age is too young for by law or by the terms of services; it does
not keep away what is a matter of taste. Sites of sexual education stay open: `catalogue.toml` takes that list as a white one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from leeward.engines.policy import family
from leeward.families.choices import AgeBand
from leeward.limits.windows import WindowDraft


@dataclass(frozen=True)
class Preset:
    """Slugs of the catalogue in the order of its bits; `bedtime` is offered on the page and in force only when taken."""

    blocked: tuple[str, ...]
    homework_blocked: tuple[str, ...] = ()
    safe: tuple[str, ...] = ()
    bedtime: tuple[WindowDraft, ...] = ()


# What takes money, passwords or the device of anybody, at any age: grown-ups, too, are sheltered from it.
_HARMFUL: Final = frozenset({"malware", "phishing", "scams"})

# Sold to nobody under 18, made for adults, or dangerous for whoever is not grown up.
_FOR_ADULTS: Final = frozenset(
    {
        "adult",
        "dating",
        "gambling",
        "violence",
        "weapons",
        "drugs",
        "alcohol-tobacco",
        "self-harm",
        "cults",
        "hacking",
        "piracy",
        # Many names that changed hands lead to sites for adults now.
        "changed-hands",
        # Dating from 18 by its terms, which belongs to the kind «dating».
        "tinder",
    }
)
# Whoever uses one of these passes by everything else that is set here.
_WAYS_AROUND: Final = frozenset({"doh", "vpn", "proxy", "tor", "nosafesearch"})

# From 13 by their terms, because under 13 the consent of a parent is asked for: 16 CFR 312.2 (COPPA, United States);
# Regulation (EU) 2016/679, article 8(1), lets states choose an age from 13 to 16. Nobody compared the terms one by one.
_FROM_13: Final = frozenset(
    {
        "social",
        "forums",
        "tiktok",
        "instagram",
        "facebook",
        "threads",
        "snapchat",
        "discord",
        "telegram",
        "x",
        "reddit",
        "pinterest",
        "tumblr",
        "bluesky",
        "vk",
        "bereal",
        "nine-gag",
        "twitch",
        "kick",
        "wattpad",
        # An age limit of 13 for such programs at school: UNESCO, Guidance for generative AI in education and research, 2023.
        "ai",
        "chatgpt",
        "gemini",
        "character-ai",
        # They sell, they ask for a card, or they show what a child of this age cannot judge.
        "partly-adult",
        "false-news",
        "cheating",
        "crypto-money",
        "temu",
        "shein",
        # Somebody else steers the device, or may stand behind the name tomorrow.
        "remote-control",
        "dyndns",
    }
)
# Places for grown-ups to talk, buy and keep things, in which a small child meets strangers or is sold something.
# Schools write mails to children of 10 and more. Short addresses are closed at no age: where they lead is looked at as well.
# Messengers by which families reach each other (WhatsApp, Signal, Viber and others) are closed at no age, although their
# terms ask for 13 years: a guardian who wants that closes them by name.
_FROM_10: Final = frozenset(
    {"lingerie", "chat", "blogs", "webmail", "shopping", "file-hosting", "downloads", "finance", "celebrities", "ads"}
)

# Play and talk wait for homework. Search, reading, films (lessons among them), music and messengers of families do not.
_WHILE_LEARNING: Final = frozenset(
    {
        "social",
        "chat",
        "forums",
        "games",
        "shopping",
        "cheating",
        "comics",
        "celebrities",
        "sports",
        "tiktok",
        "instagram",
        "facebook",
        "threads",
        "snapchat",
        "discord",
        "x",
        "reddit",
        "pinterest",
        "tumblr",
        "bluesky",
        "vk",
        "bereal",
        "nine-gag",
        "twitch",
        "kick",
        "netflix",
        "disney-plus",
        "prime-video",
        "roblox",
        "minecraft",
        "epic-games",
        "steam",
        "xbox",
        "playstation",
        "nintendo",
        "ea",
        "ubisoft",
        "blizzard",
        "riot-games",
        "supercell",
        "character-ai",
        "temu",
        "shein",
    }
)
_SEARCHES: Final = frozenset({"safe-google", "safe-bing", "safe-duckduckgo"})

# Nights before a school day begin on Sunday to Thursday; countries with another week change that on the page.
_SCHOOL_NIGHTS: Final = (6, 0, 1, 2, 3)
_OTHER_NIGHTS: Final = (4, 5)


def _nights(*, school: int, other: int, until: int) -> tuple[WindowDraft, ...]:
    return WindowDraft(_SCHOOL_NIGHTS, school, until), WindowDraft(_OTHER_NIGHTS, other, until)


def _in_order(slugs: frozenset[str]) -> tuple[str, ...]:
    catalogue = family.catalogue()
    return tuple(entry.slug for entry in catalogue.of_marks(catalogue.marks(slugs)))


_HOUR: Final = 60
# Sleep in 24 hours: 9 to 12 hours from 6 to 12 years, 8 to 10 hours from 13 to 18 years. Source: Paruthi et al.,
# Recommended Amount of Sleep for Pediatric Populations, J Clin Sleep Med 12(6), 2016. No
# night here is shorter than the least of that.
_BEDTIME: Final[Mapping[AgeBand, tuple[WindowDraft, ...]]] = {
    AgeBand.SMALL: _nights(school=19 * _HOUR + 30, other=20 * _HOUR + 30, until=7 * _HOUR),
    AgeBand.MIDDLE: _nights(school=20 * _HOUR + 30, other=21 * _HOUR + 30, until=7 * _HOUR),
    AgeBand.TEEN: _nights(school=21 * _HOUR + 30, other=22 * _HOUR + 30, until=6 * _HOUR + 30),
}
_ALWAYS: Final = _HARMFUL | _FOR_ADULTS | _WAYS_AROUND
_BLOCKED: Final[Mapping[AgeBand, frozenset[str]]] = {
    AgeBand.SMALL: _ALWAYS | _FROM_13 | _FROM_10,
    AgeBand.MIDDLE: _ALWAYS | _FROM_13,
    AgeBand.TEEN: _ALWAYS,
}
# The restricted mode of YouTube hides comments and much that a teenager may see, so from 13 on it is a guardian's choice.
_SAFE: Final[Mapping[AgeBand, frozenset[str]]] = {
    AgeBand.SMALL: _SEARCHES | {"safe-youtube"},
    AgeBand.MIDDLE: _SEARCHES | {"safe-youtube"},
    AgeBand.TEEN: _SEARCHES,
}

# For guests and for the line itself, on which grown-ups are, too.
HARMFUL_ONLY: Final = Preset(_in_order(_HARMFUL))
_OF: Final[Mapping[AgeBand, Preset]] = {
    band: Preset(_in_order(_BLOCKED[band]), _in_order(_WHILE_LEARNING), _in_order(_SAFE[band]), _BEDTIME[band])
    for band in AgeBand
}


def of(band: AgeBand) -> Preset:
    """Return what is proposed for an age."""
    return _OF[band]
