"""The closed sets of words that rules are written in."""

from enum import StrEnum
from typing import Final


class Kind(StrEnum):
    """Say what a body is."""

    DESK = "desk"
    HOTLINE = "hotline"
    POLICE = "police"
    HELPLINE = "helpline"
    REGULATOR = "regulator"
    HOST = "host"


class LegName(StrEnum):
    """Name the ways on which a case can be at the same time; one leg of each name."""

    DESK = "desk"  # A queue of this desk; no body.
    EMERGENCY = "emergency"  # Police at once, because a person confirmed a danger to life.
    POLICE = "police"
    HOTLINE = "hotline"
    HOST = "host"
    HELPLINE = "helpline"
    REGULATOR = "regulator"


KIND_OF_LEG: Final = {
    LegName.DESK: Kind.DESK,
    LegName.EMERGENCY: Kind.POLICE,
    LegName.POLICE: Kind.POLICE,
    LegName.HOTLINE: Kind.HOTLINE,
    LegName.HOST: Kind.HOST,
    LegName.HELPLINE: Kind.HELPLINE,
    LegName.REGULATOR: Kind.REGULATOR,
}


class Hosted(StrEnum):
    """Say who has the content."""

    OWN = "own"
    THIRD = "third"
    UNKNOWN = "unknown"


class AtBreach(StrEnum):
    """Say what happens when a leg was not answered in time."""

    ALARM = "alarm"  # The supervisor sees it.
    REMIND = "remind"  # The body is asked again, and the supervisor sees it.
    TRIAGE = "triage"  # The case goes back to triage, for a person to choose another body.


class Field(StrEnum):
    """Name everything that may leave with a leg. Media is not among it and cannot be added by a rule."""

    CASE_REF = "case_ref"
    MATTER = "matter"
    SEVERITY = "severity"
    REPORT_COUNT = "report_count"
    OPENED_AT = "opened_at"
    DECIDED_AT = "decided_at"
    GROUND = "ground"
    SUMMARY = "summary"  # The facts of the decision, in the reviewer's words.
    PAGE_URL = "page_url"
    PROVIDER = "provider"
    ITEM_ID = "item_id"
    ITEM_KIND = "item_kind"
    AUTHOR_ID = "author_id"
    DIGESTS = "digests"  # SHA-256 of the evidence, never the evidence.
    HOST_COUNTRY = "host_country"
    SUSPECT_COUNTRY = "suspect_country"
    REPORTER_IS_CHILD = "reporter_is_child"
    VICTIM_IS_MINOR = "victim_is_minor"
    REPORTER_WORDS = "reporter_words"
    REPORTER_CONTACT = "reporter_contact"
    CONNECTION_RECORDS = "connection_records"  # Address, port and UTC time of the reported act.


FIELDS: Final = frozenset(Field)

# What shows who somebody is leaves only after a second person agreed; a rule cannot ask for less.
IDENTITY_FIELDS: Final = frozenset({Field.REPORTER_WORDS, Field.REPORTER_CONTACT, Field.CONNECTION_RECORDS})

NATURES: Final = frozenset(
    {
        "violence",
        "sexual",
        "sexual_child",
        "self_harm",
        "hate",
        "bullying",
        "solicitation",
        "sextortion",
        "stalking",
        "fraud",
        "other",
    }
)
CATEGORIES: Final = frozenset(
    {"csam", "solicitation", "sextortion", "bullying", "stalking", "violence", "self_harm", "adult", "other"}
)
# A danger to life that a person confirmed is a matter of its own, whatever else the case is about.
DANGER: Final = "danger"
# In a body's `responsible_for`: every matter, also where nobody said what it is. Never for police.
ANY: Final = "any"
MATTERS: Final = NATURES | CATEGORIES | {DANGER}
# The categories have no word for these, so "other" as a category keeps them.
ONLY_NATURES: Final = frozenset({"hate", "fraud"})

TRIAGE: Final = "triage"
MAX_SEVERITY: Final = 3  # 0: a child is in danger now. 3: it can wait for a day.

# Source: european-union.europa.eu, list of the 27 member states, by their ISO 3166-1 alpha-2 codes.
EU_MEMBERS: Final = frozenset(
    [
        *("AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU"),
        *("IE", "IT", "LT", "LU", "LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK"),
    ]
)
EU: Final = "EU"


def places(country: str) -> tuple[str, ...]:
    """Return where a body for this country is looked for, nearest first: the country, its region, anywhere."""
    near = (country,) if country else ()
    region = (EU,) if country in EU_MEMBERS else ()
    return (*near, *region, ANY)
