"""The age gate of the demo: a page of the example provider for those over 16, and the codes that a school gave out."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime

from leeward.age import records, services
from leeward.age.levels import Kind, Level
from leeward.age.models import AgeRecord

AREA, PAGE = "older-half", "/older/"
# «Standard»: a record must say it, so nobody is offered to say it themselves.
_OVER, _LEVEL = 16, Level.STANDARD
_OLD_ENOUGH, _TOO_YOUNG = 17, 12
_CODE_BYTES = 6


@dataclass(frozen=True)
class Codes:
    """What two pupils got from their school: one is 17, one is 12."""

    old_enough: str
    too_young: str


def make_gate(*, provider_url: str, at: datetime) -> Codes:
    """Ask for an age before one page of the provider, take a school's list in, and return its codes."""
    site = services.add_site(slug="harbour", name="Harbour Photos", callback=f"{provider_url}/_age/back", at=at)
    draft = services.RequirementDraft(AREA, "The older half", _OVER, None, _LEVEL, tuple(Kind))
    services.require(site, draft, actor="system", at=at)
    codes = Codes(_code(), _code())
    years = {codes.old_enough: _OLD_ENOUGH, codes.too_young: _TOO_YOUNG}
    records.take(AgeRecord.Source.SCHOOL, years, actor="system", at=at)
    return codes


def _code() -> str:
    drawn = secrets.token_hex(_CODE_BYTES).upper()
    return "-".join(drawn[place : place + 4] for place in range(0, len(drawn), 4))


def first_presses(site: str, provider: str, codes: Codes) -> list[str]:
    """Return what somebody presses who wants to see an age shown, and what is seen then."""
    return [
        f"In a private window: {provider}{PAGE} - Harbour shows nothing yet and leads you to Leeward. Nobody can just say an age.",
        f"At «My school says it»: «Take this way», then the code {codes.old_enough} and «Go on». Harbour learns «yes» and nothing else.",
        f"In another private window the same with {codes.too_young}, whom the school says to be 12: a kind page, and no way in.",
        f"As administrator: {site}/age/operator/ways/ - «Switch off» at «My school says it». In a new private window that way is gone.",
        f"As parent: {site}/family/permissions/ - Robin asks Harbour Photos for two things. Allow one, and take it back.",
    ]
