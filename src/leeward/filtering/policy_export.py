"""What holds for everybody, and if wanted some subjects of the lists, as rows for another product."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from leeward.core import never
from leeward.engines import policy
from leeward.engines.policy import family, targets
from leeward.filtering.legal import plane as legal_plane
from leeward.filtering.lists import listing
from leeward.indicators import services as indicators
from leeward.indicators.models import Kind


class Target(StrEnum):
    """A product's own form."""

    RPZ = "rpz"
    DNSMASQ = "dnsmasq"
    HOSTS = "hosts"
    ADGUARD = "adguard"


_PLAIN: Final = {Target.DNSMASQ: targets.dnsmasq, Target.HOSTS: targets.hosts, Target.ADGUARD: targets.adguard}


@dataclass(frozen=True)
class Names:
    """Names that are closed, with all below them, and names that are open whatever is closed above them."""

    closed: frozenset[str]
    opened: frozenset[str]


@dataclass(frozen=True)
class Export:
    """The rows, and names that are too long for the form; tell the operator how many."""

    rows: Iterator[str]
    left_out: tuple[str, ...]


def names(marks: int) -> Names:
    """Return what is closed for everybody, together with the listed names that have one of `marks`."""
    protected = frozenset(never.names())
    world = frozenset(_blockable(_of_world(), protected=protected))
    closed, exceptions = set(world), set[str]()
    for name, of_name in listing.names() if marks else ():
        if of_name & marks and not of_name & family.NEVER:
            closed.add(name)
        if of_name & family.RESET:
            exceptions.add(name)
    return Names(frozenset(closed), protected | _openable(exceptions, closed=closed, world=world))


def _openable(exceptions: Collection[str], *, closed: Collection[str], world: frozenset[str]) -> frozenset[str]:
    """Return the exceptions of lists that open nothing else: in these forms an open name opens all below it, too.

    One with a closed name below it is left out, so that the file closes rather too much; and none opens what the law or the
    operator closes.
    """
    if not exceptions:
        return frozenset()
    above = {parent for name in closed for parent in _with_parents(name)}
    return frozenset(name for name in exceptions if name not in above and not world.intersection(_with_parents(name)))


def _of_world() -> Iterator[str]:
    yield from indicators.in_force([Kind.DOMAIN]).values_list("value", flat=True).iterator()
    yield from (entry.name for entry in legal_plane.entries())


def _blockable(found: Iterable[str], *, protected: frozenset[str]) -> Iterator[str]:
    for name in found:
        try:
            policy.blockable(name, never_block=protected)
        except (policy.NeverBlocked, policy.PublicSuffix, policy.NotAHostName):
            continue  # Our own plane refuses these in the same way, and the policy process tells of it.
        yield name


def _with_parents(name: str) -> Iterator[str]:
    while name:
        yield name
        name = name.partition(".")[2]


def marks_of(slugs: Collection[str]) -> int:
    """Return the marks of subjects by their slugs. Raises `family.UnknownSlug`."""
    marks = 0
    for slug in slugs:
        marks |= family.catalogue().entry(slug).mark
    return marks


def rows(target: Target, wanted: Names, *, zone: targets.Zone) -> Export:
    """Return the rows of a target; `zone` is for RPZ alone."""
    if target is Target.RPZ:
        written = targets.rpz(wanted.closed, never=wanted.opened, zone=zone)
        return Export(written.rows, written.left_out)
    return Export(_PLAIN[target](wanted.closed, never=wanted.opened), ())
