"""Names that stayed closed: only for a young child whose guardians switched that on, which the child is told."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime

from django.db import transaction

from leeward.core import config, keys, never
from leeward.core.models import User
from leeward.engines import dns, policy
from leeward.engines.policy import counted
from leeward.families.choices import AgeBand
from leeward.filtering.counts.kinds import slug_of
from leeward.filtering.counts.models import ClosedName
from leeward.limits import steps
from leeward.limits.models import Limits

MOST_A_DAY = 200  # A page with more of them is read by nobody.
NONE = "none"
# A child who looks for this needs help and not a parent who reads along. It is counted, and its name is not kept.
_NOT_KEPT = frozenset({"self-harm"})
_PURPOSE = "closed name"


class NotForThisAge(Exception):
    """Names are kept for younger children only: ask the provider up to which age."""


def bands() -> tuple[AgeBand, ...]:
    """Return the ages for which names may be kept, as the provider set it."""
    until = config.current().network.names_until_band
    ordered = tuple(AgeBand)
    return () if until == NONE else ordered[: ordered.index(AgeBand[until.upper()]) + 1]


def may_show(limits: Limits) -> bool:
    """Tell whether guardians may switch names on: for one child of these ages, and for nobody else."""
    return limits.child is not None and limits.child.band in bands()


@transaction.atomic
def show_names(limits: Limits, *, by: User, at: datetime) -> None:
    """Keep the names that stay closed from now on.

    Raises `NoGuardian`, `NotYourFamily`, `NoSuchLimits` and `NotForThisAge`.
    """
    row = steps.begin(limits, by=by, at=at)
    if not may_show(row):
        raise NotForThisAge
    row.shows_names = True
    steps.end(row, by=by, at=at)


@transaction.atomic
def hide_names(limits: Limits, *, by: User, at: datetime) -> None:
    """Keep no more names, and delete those that were kept. Raises `NoGuardian`, `NotYourFamily` and `NoSuchLimits`."""
    row = steps.begin(limits, by=by, at=at)
    ClosedName.objects.filter(limits=row).delete()
    row.shows_names = False
    steps.end(row, by=by, at=at)


def kept(limits: Limits) -> list[ClosedName]:
    """Return the names that guardians may see, the newest day first, while they have names switched on.

    A helpline that was closed once and is protected now is left out: nobody reads along who looked for help.
    """
    if not limits.shows_names:
        return []
    rows, protected = ClosedName.objects.filter(limits=limits).order_by("-day", "-count", "pk"), never.names()
    return [row for row in rows if protected.isdisjoint(policy.suffixes(row.name))]


def end_what_may_not_be(*, at: datetime) -> None:
    """Switch names off where a child has grown out of the age, and delete what is there without being switched on."""
    grown = Limits.objects.filter(shows_names=True).exclude(child__band__in=bands())
    for limits in grown.select_related("household"):
        with transaction.atomic():
            if Limits.objects.filter(pk=limits.pk, shows_names=True).update(shows_names=False):
                steps.announce(limits, actor="system", at=at)
    ClosedName.objects.filter(limits__shows_names=False).delete()


def add(rows: Iterable[tuple[int, date, counted.Key, int]]) -> None:
    """Add names and how often each stayed closed, inside the transaction that takes a file.

    Names of whoever has them switched off by now are left out.
    """
    added: dict[tuple[int, date, bytes], tuple[counted.Key, int]] = {}
    for number, day, key, count in rows:
        digest = keys.keyed_digest(_PURPOSE, key.name.hex())
        added[number, day, digest] = key, count + added.get((number, day, digest), (key, 0))[1]
    shown = set(
        Limits.objects.filter(pk__in={number for number, _, _ in added}, shows_names=True).values_list("pk", flat=True)
    )
    known = ClosedName.objects.select_for_update().filter(limits__in=shown, day__in={day for _, day, _ in added})
    old = {(row.limits_id, row.day, bytes(row.digest)): row for row in known.defer("name")}
    room: dict[tuple[int, date], int] = defaultdict(lambda: MOST_A_DAY)
    for number, day, _ in old:
        room[number, day] -= 1
    new = []
    for (number, day, digest), (key, count) in added.items():
        row = old.get((number, day, digest))
        if row is not None:
            row.count += count
        elif number in shown and (kind := slug_of(key.kind)) not in _NOT_KEPT and room[number, day] > 0:
            room[number, day] -= 1
            name = dns.name_of(key.name + b"\0")
            new.append(ClosedName(limits_id=number, day=day, kind=kind, name=name, digest=digest, count=count))
    ClosedName.objects.bulk_update(old.values(), ["count"])
    ClosedName.objects.bulk_create(new)
