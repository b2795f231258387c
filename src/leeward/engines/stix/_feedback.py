"""What others say of a sign: that they met it, or that they think it wrong. Never in free words."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from leeward.engines.stix import _fields, _head
from leeward.engines.stix._fields import Json
from leeward.engines.stix._head import Head
from leeward.engines.stix._sign import NotASign
from leeward.engines.stix._time import shortest

COUNT_MAX: Final = 999_999_999  # STIX 2.1 section 5.2, "count".


class FeedbackKind(StrEnum):
    """What a partner says. Only an `OPINION` speaks against the sign."""

    SIGHTING = "sighting"
    OPINION = "opinion"
    NEUTRAL = "neutral"
    AGREEMENT = "agreement"


class Explanation(StrEnum):
    """Why somebody disagrees. A code, since words about a case must never travel."""

    FALSE_POSITIVE = "false_positive"
    LEGAL_HERE = "legal_here"
    WRONG_CATEGORY = "wrong_category"
    NO_LONGER_THERE = "no_longer_there"
    OTHER = "other"


# The scale of STIX 2.1 section 10.16, "opinion-enum".
_DISAGREEMENT: Final = "strongly-disagree"
_OPINIONS: Final = {
    _DISAGREEMENT: FeedbackKind.OPINION,
    "disagree": FeedbackKind.OPINION,
    "neutral": FeedbackKind.NEUTRAL,
    "agree": FeedbackKind.AGREEMENT,
    "strongly-agree": FeedbackKind.AGREEMENT,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Feedback:
    """What one partner says of one object. `count` is 0 for opinions; `where` are the identities that met the sign.

    `explanation_code` is empty for sightings, and never free words. `head.revoked` takes the feedback back.
    """

    kind: FeedbackKind
    object_id: str
    head: Head
    count: int = 0
    explanation_code: str = ""
    where: tuple[uuid.UUID, ...] = ()

    @property
    def created_by(self) -> uuid.UUID:
        """Whose feedback this is."""
        return self.head.created_by

    @property
    def modified(self) -> datetime:
        """Which version this is."""
        return self.head.modified


def sighting(
    head: Head,
    *,
    of: str,
    count: int,
    first_seen: datetime,
    last_seen: datetime,
    where: tuple[uuid.UUID, ...] = (),
) -> dict[str, object]:
    """Return that the object with the id `of` was met `count` times, 0 to `COUNT_MAX`, by the identities `where`.

    Without `where` its creator met it. Round small counts before this: they can point at a person. Later totals are
    later versions of the same head. Raises `NotASign`.
    """
    _check_about(of)
    if not 0 <= count <= COUNT_MAX:
        raise NotASign("count", f"this must be 0 to {COUNT_MAX}; correct it")
    if last_seen < first_seen:
        raise NotASign("last_seen", "this lies before the first time; correct it")
    return {
        **_head.written("sighting", head),
        # A second is close enough, and less could be looked up in somebody's log.
        "first_seen": shortest(first_seen.replace(microsecond=0)),
        "last_seen": shortest(last_seen.replace(microsecond=0)),
        "count": count,
        "sighting_of_ref": of,
        "where_sighted_refs": [f"identity--{uid}" for uid in where or (head.created_by,)],
    }


def opinion(head: Head, *, about: str, code: Explanation) -> dict[str, object]:
    """Return that the creator of `head` strongly disagrees with the object with the id `about`. Raises `NotASign`."""
    _check_about(about)
    return {
        **_head.written("opinion", head),
        "explanation": code.value,
        "opinion": _DISAGREEMENT,
        "object_refs": [about],
    }


def parse_feedback(known: Json) -> Feedback:
    """Return what a sighting or an opinion says; the reverse of `sighting` and `opinion`.

    A sighting without a count counts as one. Words that explain an opinion are dropped where they are no code of ours:
    they come back as `Explanation.OTHER`. Raises `NotASign`.
    """
    return _sighting(known) if known.get("type") == "sighting" else _opinion(known)


def _sighting(known: Json) -> Feedback:
    head = _head.read(known, kind="sighting")
    count = _fields.optional_whole(known, "count", path="")
    if count is not None and not 0 <= count <= COUNT_MAX:
        raise NotASign("count", f"this must be 0 to {COUNT_MAX}; correct it")
    return Feedback(
        kind=FeedbackKind.SIGHTING,
        object_id=_id(known.get("sighting_of_ref"), path="sighting_of_ref"),
        head=head,
        count=1 if count is None else count,
        where=_where(known),
    )


def _where(known: Json) -> tuple[uuid.UUID, ...]:
    path = "where_sighted_refs"
    names = [_fields.typed_uid(name, path=path) for name in _fields.listed(known.get(path, []), path=path)]
    return tuple(uid for kind, uid in names if kind == "identity")


def _opinion(known: Json) -> Feedback:
    head = _head.read(known, kind="opinion")
    kind = _OPINIONS.get(_fields.text(known.get("opinion"), path="opinion"))
    if kind is None:
        raise NotASign("opinion", "this is no word of the scale of STIX; take one of it")
    about = _fields.listed(known.get("object_refs"), path="object_refs")
    if len(about) != 1:
        raise NotASign("object_refs", "this must be one object; send one opinion for each")
    return Feedback(
        kind=kind,
        object_id=_id(about[0], path="object_refs"),
        head=head,
        explanation_code=_code(_fields.text(known.get("explanation", ""), path="explanation")),
    )


def _code(words: str) -> Explanation:
    """Return the code that an explanation is or begins with: others write `false-positive: ` and their words after it."""
    code = words.partition(":")[0].strip().lower().replace("-", "_")
    return Explanation(code) if code in set(Explanation) else Explanation.OTHER


def _id(value: object, *, path: str) -> str:
    kind, uid = _fields.typed_uid(value, path=path)
    return f"{kind}--{uid}"


def _check_about(object_id: str) -> None:
    _fields.typed_uid(object_id, path="object_id")
