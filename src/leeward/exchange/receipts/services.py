"""Proof that a withdrawal arrived: partners confirm it to us, and we confirm theirs to them.

Only withdrawals are confirmed. An addition that is lost protects nobody a little longer; a withdrawal that is lost keeps somebody
shut out who did nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.tasks import task

from leeward.core import outbox, webhooks
from leeward.engines.stix import taxii
from leeward.exchange.partners import their_door
from leeward.exchange.partners.models import Partner
from leeward.exchange.receipts.models import Receipt
from leeward.exchange.sharing import services as sharing
from leeward.exchange.shelf.models import Version

# A request is one page of withdrawals at most.
ITEMS_MAX = 5000
# Servers that do not know receipts say it in one of these ways; nobody needs Leeward to take part.
_NO_RECEIPTS = frozenset({403, 404, 405, 406, 415, 501})


class NoSuchWithdrawal(Exception):
    """This partner was told no withdrawal with this id and version: compare both with what was received."""


@dataclass(frozen=True)
class Item:
    """One version of one object, as receipts name it: its id in STIX and its `modified`."""

    object_id: str
    version_at: datetime


@dataclass(frozen=True)
class Waiting:
    """A withdrawal that a partner could see and did not confirm."""

    version: Version
    partner: Partner


def acknowledge(partner: Partner, object_id: str, version_at: datetime, *, at: datetime) -> Receipt:
    """Note that a partner took a withdrawal in; the first time counts. Raises `NoSuchWithdrawal`."""
    item = Item(object_id, version_at)
    if acknowledge_all(partner, [item], at=at):
        raise NoSuchWithdrawal(object_id)
    return Receipt.objects.get(partner=partner, version__object_id=object_id, version__version_at=version_at)


@transaction.atomic
def acknowledge_all(partner: Partner, items: Sequence[Item], *, at: datetime) -> list[Item]:
    """Note that a partner took withdrawals in and return the items that are none, as far as this partner can know."""
    shown = withdrawals(partner).filter(object_id__in={item.object_id for item in items})
    known = {Item(version.object_id, version.version_at): version.pk for version in shown.only(*_ITEM)}
    found = {known[item] for item in items if item in known}
    Receipt.objects.bulk_create(
        [Receipt(version_id=pk, partner=partner, at=at) for pk in sorted(found)], ignore_conflicts=True
    )
    return [item for item in items if item not in known]


_ITEM = ("object_id", "version_at")


def withdrawals(partner: Partner) -> QuerySet[Version]:
    """Return the withdrawals of our own signs that a partner may see. For the others their origin answers."""
    return Version.objects.filter(sharing.visible(partner), is_revoked=True, origin=None)


def owed_by(partner: Partner) -> QuerySet[Version]:
    """Return the withdrawals since the partner came that it may see and did not confirm, oldest first."""
    confirmed = Receipt.objects.filter(version=OuterRef("pk"), partner=partner)
    shown = withdrawals(partner).filter(added_at__gte=partner.created_at)
    return shown.filter(~Exists(confirmed)).order_by("place")


def unacknowledged(*, older_than: timedelta, at: datetime, most: int = 1000) -> list[Waiting]:
    """Return up to `most` withdrawals of each active partner that it has not confirmed though it had `older_than` to do so.

    A partner whose program confirms nothing at all is among them; `late` leaves it out.
    """
    return [
        Waiting(version, partner) for partner in taking_part() for version in _overdue(partner, at - older_than, most)
    ]


def late(*, older_than: timedelta, at: datetime, most: int = 1000) -> list[Waiting]:
    """Return what `unacknowledged` returns of the partners that do confirm: something is wrong there, or on the way."""
    return [
        Waiting(version, partner)
        for partner in taking_part()
        if sends_receipts(partner)
        for version in _overdue(partner, at - older_than, most)
    ]


def _overdue(partner: Partner, until: datetime, most: int) -> QuerySet[Version]:
    return owed_by(partner).filter(added_at__lte=until).defer("body")[:most]


def taking_part() -> QuerySet[Partner]:
    """Return the active partners, each with its organisation."""
    return Partner.objects.filter(state=Partner.State.ACTIVE).select_related("organisation")


def sends_receipts(partner: Partner) -> bool:
    """Tell whether the partner's program confirms at all: not every TAXII client does, and then silence says nothing."""
    return Receipt.objects.filter(partner=partner).exists()


@transaction.atomic
def send(partner: Partner, items: Iterable[tuple[str, datetime]], at: datetime) -> None:
    """Owe a partner the word that we took its withdrawals in, (id, `modified`) each. It goes out after the commit, again if need be."""
    named = [{"id": object_id, "version": taxii.timestamp(version_at)} for object_id, version_at in items]
    lane = f"receipts:{partner.uid}"
    owed = [
        outbox.Owed(confirm_to_partner, {"partner_uid": str(partner.uid), "items": part}, lane)
        for part in _parts(named)
    ]
    outbox.owe(owed, at=at)


def _parts(named: list[dict[str, str]]) -> Iterator[list[dict[str, str]]]:
    for start in range(0, len(named), ITEMS_MAX):
        yield named[start : start + ITEMS_MAX]


@task
def confirm_to_partner(partner_uid: str, items: list[dict[str, str]]) -> None:
    """Tell a partner that we took these withdrawals of its in. A server that knows no receipts is left in peace."""
    partner = Partner.objects.select_related("organisation").get(uid=partner_uid)
    if not partner.is_active or not partner.url:
        return
    status = their_door.tell(partner, "receipts/", items)
    if not 200 <= status < 300 and status not in _NO_RECEIPTS:
        raise webhooks.NotTaken(f"status {status}", code=f"HTTP {status}")
