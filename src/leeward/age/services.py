"""What age assurance can be asked to do about sites and what their areas ask for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from django.db import IntegrityError, transaction

from leeward.age import events
from leeward.age.levels import Kind, Level
from leeward.age.models import Requirement, Site
from leeward.core import facts

YOUNGEST, OLDEST = 3, 21
_LOOPBACK = {"localhost", "127.0.0.1"}


class WrongSite(Exception):
    """The address of a site cannot be used; `problem` says why and what to do."""

    def __init__(self, problem: str) -> None:
        super().__init__(problem)
        self.problem = problem


class NameTaken(Exception):
    """A site or an area of this short name is there already: choose another one."""


class WordIsNotEnough(Exception):
    """An area of children cannot open to somebody's mere word: ask for the level «standard» at least."""


class AlreadyClosed(Exception):
    """The requirement was closed meanwhile: look at the page again."""


@dataclass(frozen=True)
class RequirementDraft:
    """What the operator asks for an area. One of `age_over` and `age_under` is a number of years."""

    slug: str
    area: str
    age_over: int | None
    age_under: int | None
    level: Level
    kinds: tuple[Kind, ...]
    result_days: int = 0


def origin_of(address: str) -> str:
    """Return scheme, host and port of an address to which a token may go; raises `WrongSite`."""
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        raise WrongSite("This is no address. Write it such as https://forum.example/_age/back") from None
    host = (parts.hostname or "").lower()
    if parts.username is not None or parts.fragment or parts.query or not host:
        raise WrongSite("Write the address without a name, a question mark and a hash sign.")
    if parts.scheme != "https" and not (parts.scheme == "http" and host in _LOOPBACK):
        raise WrongSite("A token travels by https only. Write https:// at the beginning.")
    return f"{parts.scheme}://{host}" + (f":{port}" if port else "")


@transaction.atomic
def add_site(*, slug: str, name: str, callback: str, at: datetime) -> Site:
    """Add a site by the address to which its visitors come back; raises `WrongSite` and `NameTaken`."""
    origin = origin_of(callback)
    try:
        with transaction.atomic():
            return Site.objects.create(slug=slug, name=name, origin=origin, callback=callback, made_at=at)
    except IntegrityError:
        raise NameTaken(slug) from None


@transaction.atomic
def require(site: Site, draft: RequirementDraft, *, actor: str, at: datetime) -> Requirement:
    """Ask for an age in an area of a site; raises `NameTaken` and `WordIsNotEnough`."""
    if draft.age_under is not None and draft.level < Level.STANDARD:
        raise WordIsNotEnough(draft.slug)
    try:
        with transaction.atomic():
            made = Requirement.objects.create(
                slug=draft.slug,
                site=site,
                area=draft.area,
                age_over=draft.age_over,
                age_under=draft.age_under,
                level=draft.level,
                kinds=list(draft.kinds),
                result_days=draft.result_days,
                made_at=at,
            )
    except IntegrityError:
        raise NameTaken(draft.slug) from None
    facts.announce(events.RequirementMade(str(made.uid)), actor=actor, at=at)
    return made


@transaction.atomic
def close(requirement: Requirement, *, actor: str, at: datetime) -> None:
    """Ask for no age there any more. Its gate lets nobody in from then on; raises `AlreadyClosed`."""
    if not Requirement.objects.filter(pk=requirement.pk, closed_at=None).update(closed_at=at):
        raise AlreadyClosed
    facts.announce(events.RequirementClosed(str(requirement.uid)), actor=actor, at=at)
