"""Words that a desk says often, by language, each with how hard it is to read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction

from leeward.core.models import User
from leeward.engines import reading
from leeward.engines.reading import Band
from leeward.helplines.conversations.models import Desk
from leeward.helplines.desk.models import CannedReply

MOST_REPLIES = 200
_YOUNGEST_FIRST = (Band.SMALL, Band.MIDDLE, Band.TEEN, Band.ADULT)


class TitleIsTaken(Exception):
    """The desk has a reply of this language and title: choose another title."""


class TooManyReplies(Exception):
    """The desk has `MOST_REPLIES` replies: take some away that nobody uses."""


@dataclass(frozen=True)
class Level:
    """How hard words are: the measure, the youngest band that reads it with ease, and the longest sentence.

    `band` is None where it is too hard for all, or where nobody said how hard a text of its language may be.
    """

    lix: float
    band: Band | None
    longest: int
    is_long: bool


@dataclass(frozen=True)
class Shown:
    """A reply and its level."""

    reply: CannedReply
    level: Level


def level(words: str, *, language: str) -> Level:
    """Measure words. In Chinese the measure is characters a sentence."""
    found = reading.measure([words], language=language)
    try:
        band = next((one for one in _YOUNGEST_FIRST if found.lix <= reading.limit(language=language, band=one)), None)
        is_long = found.longest > reading.longest(language=language)
    except reading.NoLimit:
        band, is_long = None, False
    return Level(round(found.lix, 1), band, found.longest, is_long)


def of(desk: Desk, *, language: str = "") -> list[Shown]:
    """Return the replies of a desk with their levels; of one language where it is given."""
    replies = CannedReply.objects.filter(desk=desk, **({"language": language} if language else {}))
    return [Shown(reply, level(reply.words, language=reply.language)) for reply in replies]


def add(desk: Desk, *, language: str, title: str, words: str, by: User, at: datetime) -> CannedReply:
    """Keep a reply; raises `TitleIsTaken` and `TooManyReplies`."""
    if CannedReply.objects.filter(desk=desk).count() >= MOST_REPLIES:
        raise TooManyReplies
    try:
        with transaction.atomic():
            return CannedReply.objects.create(
                desk=desk, language=language, title=title, words=words, made_by=by, made_at=at
            )
    except IntegrityError:
        raise TitleIsTaken from None


def take_away(reply: CannedReply) -> None:
    """Take a reply away. What was said with it stays said."""
    reply.delete()
