"""A file that the operator tries: it is looked at and compared like an upload, and nothing of it is written down or counted."""

from __future__ import annotations

import time
from dataclasses import dataclass

from django.db import DatabaseError

from leeward.engines import hashing
from leeward.screening import index, looks, rules, services
from leeward.screening.models import Answer

_FRAME_BYTES = 32


@dataclass(frozen=True)
class Asked:
    """One way in which the picture was asked, and how far the nearest sign is; None where none is near enough."""

    variant: hashing.Variant
    nearest: int | None


@dataclass(frozen=True)
class Trial:
    """What the file would be answered, and how that was found."""

    look: looks.Look
    answer: Answer
    reason: str
    verdicts: tuple[rules.Verdict, ...]
    asked: tuple[Asked, ...]
    look_ms: float
    ask_ms: float

    @property
    def leads(self) -> tuple[looks.Lead, ...]:
        """What classifiers think of the file and of everything inside of it."""
        return tuple(lead for part in self.look.all() for lead in part.leads)

    @property
    def frames(self) -> int:
        """How many frames of a video were asked."""
        return len(self.look.frames) // _FRAME_BYTES

    @property
    def has_quality(self) -> bool:
        """Say whether there is enough in the picture for its hash to mean anything."""
        return self.look.quality is not None and self.look.quality >= services.PDQ_QUALITY


def attempt(data: bytes, *, is_text: bool) -> Trial:
    """Try a file. Raises what the classifiers in use raise."""
    began = time.perf_counter()
    look = looks.look_at(data, classifiers=services.classifiers(), is_text=is_text)
    looked = time.perf_counter()
    found: list[rules.Verdict] = []
    asked: tuple[Asked, ...] = ()
    reason = ""
    try:
        found = rules.verdicts(services.hits_of(look))
        asked = _asked(look)
    except (DatabaseError, index.Behind):
        reason = services.NOT_READY
    ended = time.perf_counter()
    answer, why = (Answer.HELD, reason) if reason else services.answer_of(look, found)
    return Trial(look, answer, why, tuple(found), asked, (looked - began) * 1000, (ended - looked) * 1000)


def _asked(look: looks.Look) -> tuple[Asked, ...]:
    if look.quality is None or look.quality < services.PDQ_QUALITY:
        return tuple(Asked(variant, None) for variant in look.variants)
    nearest = [index.shared().near([variant]) for variant in look.variants]
    return tuple(
        Asked(variant, hits[0].distance if hits else None) for variant, hits in zip(look.variants, nearest, strict=True)
    )
