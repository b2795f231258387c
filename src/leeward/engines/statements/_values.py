"""What a decision holds, as far as it may be told to the public."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import date


class Measure(enum.StrEnum):
    """What is done to an item or an account. What is no restriction of its user has no place here."""

    REMOVE = "remove"
    DISABLE = "disable"
    AGE_RESTRICT = "age_restrict"
    LABEL = "label"
    DEMOTE = "demote"
    LIMIT_INTERACTION = "limit_interaction"
    SUSPEND = "suspend"
    TERMINATE = "terminate"


class Harm(enum.StrEnum):
    """What the harm is; the desk's own kinds."""

    CSAM = "csam"
    SOLICITATION = "solicitation"
    SEXTORTION = "sextortion"
    BULLYING = "bullying"
    STALKING = "stalking"
    VIOLENCE = "violence"
    SELF_HARM = "self_harm"
    ADULT = "adult"
    OTHER = "other"


class Found(enum.StrEnum):
    """How the provider came to know of it, as it was recorded when it was judged."""

    NOTICE = "notice"
    FLAGGER = "flagger"
    OTHER_NOTICE = "other_notice"
    OWN = "own"


class Automation(enum.StrEnum):
    """How far a machine decided, as it was recorded when it was judged."""

    FULLY = "fully"
    PARTIALLY = "partially"
    NOT = "not"


class Content(enum.StrEnum):
    """What sort of thing it is."""

    AUDIO = "audio"
    IMAGE = "image"
    TEXT = "text"
    VIDEO = "video"
    OTHER = "other"


@dataclass(frozen=True)
class Decided:
    """One decision. `ground` is the only free text; `puid` is a UUID as text.

    `content_date` is the first day on which the content is known to have been there, `end_date` the day on which the
    measures end by themselves.
    """

    puid: str
    measures: tuple[Measure, ...]
    is_illegal: bool
    ground: str
    harm: Harm
    found: Found
    is_detected_by_machine: bool
    automation: Automation
    contents: tuple[Content, ...]
    content_date: date
    application_date: date
    end_date: date | None = None
