"""Names that a family itself opens or closes, with all below them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from leeward.core import never
from leeward.core.models import User
from leeward.engines import policy
from leeward.engines.policy import family
from leeward.limits import steps
from leeward.limits.choices import Answer
from leeward.limits.models import Limits, OwnName

MOST_NAMES = 200


class TooManyNames(Exception):
    """There are `MOST_NAMES` already: drop one that is not needed first."""


class NoSuchName(Exception):
    """The name was dropped meanwhile: look at the page again."""


@transaction.atomic
def allow_name(limits: Limits, name: str, *, until: datetime | None, by: User, at: datetime) -> OwnName:
    """Open a name, until a moment or for good; what was said of the same name before is over.

    Raises `NoGuardian`, `NotYourFamily`, `NoSuchLimits`, `MomentRefused`, `TooManyNames`, and from `engines.policy`
    `NotAHostName` and `PublicSuffix`.
    """
    row = steps.begin(limits, by=by, at=at)
    own = _put(row, openable(name), allows=True, until=until, at=at)
    steps.end(row, by=by, at=at)
    return own


@transaction.atomic
def allow_asked(limits: Limits, name: str, *, until: datetime | None, by: User, at: datetime) -> None:
    """Open a name that a child asked for; where it belongs to an app, all names of the app, or it would not work.

    Raises what `allow_name` raises.
    """
    host, row = openable(name), steps.begin(limits, by=by, at=at)
    for one in sorted({host, *_of_the_same_app(host)}):
        _put(row, one, allows=True, until=until, at=at)
    steps.end(row, by=by, at=at)


def _of_the_same_app(host: str) -> Iterator[str]:
    for entry in family.catalogue().of_kind(family.Kind.SERVICE):
        if any(host == name or host.endswith(f".{name}") for name in entry.domains):
            yield from entry.domains


@transaction.atomic
def close_name(limits: Limits, name: str, *, until: datetime | None, by: User, at: datetime) -> OwnName:
    """Close a name, until a moment or for good; raises what `allow_name` raises, and `engines.policy.NeverBlocked`."""
    row = steps.begin(limits, by=by, at=at)
    own = _put(row, policy.blockable(name, never_block=never.names()), allows=False, until=until, at=at)
    steps.end(row, by=by, at=at)
    return own


@transaction.atomic
def drop_name(own: OwnName, *, by: User, at: datetime) -> None:
    """Let the other rules decide about a name again.

    Raises `NoGuardian`, `NotYourFamily`, `NoSuchLimits` and `NoSuchName`.
    """
    row = steps.begin(own.limits, by=by, at=at)
    dropped, _ = row.own_names.filter(uid=own.uid).delete()
    if not dropped:
        raise NoSuchName
    # What was a yes until a moment is over now, and the child is not told otherwise.
    yes = row.asks.filter(state=Answer.ALLOWED, until__gt=at)
    yes.filter(pk__in=[ask.pk for ask in yes if ask.name == own.name]).update(until=at)
    steps.end(row, by=by, at=at)


def openable(name: str) -> str:
    """Return a name normalised where it may be opened. Raises `NotAHostName` and `PublicSuffix` of `engines.policy`."""
    # Opening a public suffix would open the sites of strangers all at once, as closing it would close them.
    return policy.blockable(name, never_block=frozenset())


def _put(row: Limits, host: str, *, allows: bool, until: datetime | None, at: datetime) -> OwnName:
    if until is not None:
        steps.check_ahead(until, at=at)
    # The names are sealed, so they are compared here; there are not many.
    same = [own.pk for own in row.own_names.all() if own.name == host]
    row.own_names.filter(Q(pk__in=same) | Q(until__lte=at)).delete()
    if row.own_names.count() >= MOST_NAMES:
        raise TooManyNames
    return OwnName.objects.create(limits=row, name=host, allows=allows, until=until, made_at=at)
