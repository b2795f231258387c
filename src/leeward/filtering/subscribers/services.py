"""The provider's lines: which identities lead to whose limits, and the link between a line and a household.

An identity leads to the number of the limits «everybody on this line» of the household that its line is linked with, for as
long as a session of that line has it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime
from typing import Final

from django.db import transaction
from django.tasks import task
from django.utils import timezone

from leeward.core import config, facts, wakeups
from leeward.core.models import User
from leeward.families import seats
from leeward.families.models import Household
from leeward.filtering import events
from leeward.filtering.subscribers import holders, identities, statements
from leeward.filtering.subscribers.models import Held, Session, Subscriber
from leeward.limits import services as limits
from leeward.limits.choices import Whose
from leeward.limits.models import Limits

MOST_LINES: Final = 5  # At home, and on the telephones of those who look after the children.


class LineTaken(Exception):
    """The line belongs to another household already: its guardian lets it go, or the provider does."""


class NotThisLine(Exception):
    """Whoever asks does not come from this line any more, or the household has not this line: open the page again at home."""


def identities_of(household: Household) -> list[bytes]:
    """Return every identity that the household's lines have now."""
    own = set(household.lines.values_list("pk", flat=True))
    found: set[bytes] = set()
    for places in holders.pages(Held.objects.filter(session__subscriber__in=own)):
        found |= {identity for identity, line in holders.holders(places).items() if line in own}
    return sorted(found)


def moved_since(at: datetime) -> Iterator[tuple[bytes, int | None]]:
    """Yield each identity about which something changed since `at`, with the number of its limits, or None for none.

    `at` is by our clock. An identity that did not change after all may be among them, and one may come twice.
    """
    for places in holders.pages(Held.objects.filter(session__moved_at__gte=at)):
        yield from _numbered(places)


def everything() -> Iterator[tuple[bytes, int]]:
    """Yield each identity that leads to limits, with their number; one may come twice."""
    linked = Held.objects.filter(session__subscriber__household__isnull=False)
    for places in holders.pages(linked):
        yield from ((identity, number) for identity, number in _numbered(places) if number is not None)


def limits_at(address: str, *, at: datetime, port: int | None = None) -> Limits | None:
    """Return the limits of everybody on the line that has an address, or None; where several lines share it, by the port."""
    line = line_at(address, port=port)
    number = _numbers([line.pk]).get(line.pk) if line is not None else None
    return Limits.objects.select_related("household").filter(pk=number).first() if number is not None else None


def line_at(address: str, *, port: int | None = None) -> Subscriber | None:
    """Return the line that has an address now, or None; where several lines share it, by the port."""
    a_block = config.current().dnsdist.dnsdist_ports_a_block
    wanted = identities.candidates(address, port, ports_a_block=a_block)
    found = holders.holders([identities.place_of(identity) for identity in wanted])
    lines = [line for identity in wanted if (line := found.get(identity)) is not None]
    return Subscriber.objects.select_related("household").filter(pk=lines[0]).first() if lines else None


def is_shared(address: str) -> bool:
    """Tell whether several lines have this address, each with some of its ports."""
    shared = [one for one in identities.candidates(address, 0, ports_a_block=1) if one[:1] == b"p"]
    return bool(shared) and Held.objects.filter(place__gte=shared[0], place__lte=shared[0][:-2] + b"\xff\xff").exists()


def _numbered(places: Collection[bytes]) -> Iterator[tuple[bytes, int | None]]:
    found = holders.holders(places)
    numbers = _numbers({line for line in found.values() if line is not None})
    for identity, line in found.items():
        yield identity, numbers.get(line) if line is not None else None


def _numbers(lines: Collection[int]) -> dict[int, int]:
    """Return the number of the limits to which each line leads, of those that lead to any."""
    linked = Subscriber.objects.filter(pk__in=lines, household__closed_at=None, household__limits__whose=Whose.LINE)
    return dict(linked.values_list("pk", "household__limits"))


@transaction.atomic
def link(line: Subscriber, household: Household, *, by: User, at: datetime) -> None:
    """Let the limits of a household hold for everybody on a line. The caller has seen that the person comes from there.

    Raises `NoGuardian`, `NotYourFamily`, `TooMany` and `LineTaken`. A household that has the line already keeps it.
    """
    seats.check(by, household)
    if household.lines.filter(pk=line.pk).exists():
        return
    if household.lines.count() >= MOST_LINES:
        raise seats.TooMany(MOST_LINES)
    if not Subscriber.objects.filter(pk=line.pk, household=None).update(household=household, linked_at=at):
        raise LineTaken
    limits.of_household(household, Whose.LINE, at=at)
    _touch([line.pk], at=at)
    facts.announce(events.LineLinked(str(household.uid), str(line.uid)), actor=f"user:{by.pk}", at=at)


@transaction.atomic
def unlink(line: Subscriber, household: Household, *, by: User, at: datetime) -> None:
    """Let the limits of a household hold on a line no more. Raises `NoGuardian`, `NotYourFamily` and `NotThisLine`."""
    seats.check(by, household)
    if not Subscriber.objects.filter(pk=line.pk, household=household).update(household=None, linked_at=None):
        raise NotThisLine
    _touch([line.pk], at=at)
    facts.announce(events.LineUnlinked(str(household.uid), str(line.uid)), actor=f"user:{by.pk}", at=at)


@transaction.atomic
def release(line: Subscriber, *, by: User, at: datetime) -> None:
    """Take a line from its household, whoever that is, because the operator knows better. Raises `NotThisLine`."""
    household = line.household
    if household is None or not Subscriber.objects.filter(pk=line.pk, household=household).update(
        household=None, linked_at=None
    ):
        raise NotThisLine
    _touch([line.pk], at=at)
    facts.announce(events.LineUnlinked(str(household.uid), str(line.uid)), actor=f"user:{by.pk}", at=at)


@transaction.atomic
def look_up(reference: str, *, by: User, at: datetime) -> Subscriber | None:
    """Return the line of exactly this reference, or None. That somebody looked is recorded, by the line's id."""
    digests = statements.digests_of([reference])
    line = Subscriber.objects.select_related("household").filter(digest=digests[reference]).first()
    if line is not None:
        facts.announce(events.LineLookedUp(str(line.uid)), actor=f"user:{by.pk}", at=at)
    return line


@task
def tell_planes(household_uid: str) -> None:
    """Let the data planes look anew at every line of a household that closed or came back."""
    _touch(Subscriber.objects.filter(household__uid=household_uid).values_list("pk", flat=True), at=timezone.now())


def _touch(lines: Collection[int], *, at: datetime) -> None:
    Session.objects.filter(subscriber__in=lines).update(moved_at=at)
    wakeups.ring()
