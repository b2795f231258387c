"""What people do with the directory: import, change, check, skip, retire, undo. Each step is written into the history."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F, Prefetch, Q, QuerySet

from leeward.core import config
from leeward.core.facts import announce
from leeward.core.models import User
from leeward.helplines.directory import protected
from leeward.helplines.directory.drafts import Facts, checked
from leeward.helplines.directory.models import Check, Contact, Service
from leeward.helplines.events import ServiceChanged

UNDO_FOR = timedelta(hours=12)  # An afternoon of checking, and the evening after it.


class ChangedMeanwhile(Exception):
    """Somebody else changed this row since it was shown. Show it again and let the person look."""


class ListedAlready(Exception):
    """There is a row of this country, kind and name. Change that one."""


class NothingToUndo(Exception):
    """The last step is another person's, too long ago, or cannot be undone."""


@dataclass(frozen=True)
class Imported:
    """How many rows of a file were new, the same as before, or said something else than the row that is here."""

    new_count: int
    same_count: int
    differing: tuple[str, ...]


def oldest_shown(*, at: datetime) -> datetime:
    """Return since when a row must have been checked to be shown to children."""
    return at - timedelta(days=config.current().helplines.checked_days)


def shown(*, at: datetime) -> QuerySet[Service]:
    """Return the rows that children may see: checked by a named person, and not too long ago."""
    found = Service.objects.filter(state=Service.State.CHECKED, checked_at__gte=oldest_shown(at=at))
    return found.prefetch_related(Prefetch("contacts", Contact.objects.order_by("place")))


def emergency_number(country: str, *, at: datetime) -> str:
    """Return the checked emergency number of a country, or nothing."""
    numbers = Contact.objects.filter(
        service__in=shown(at=at).filter(country=country, kind=Service.Kind.EMERGENCY),
        kind__in=[Contact.Kind.SHORT, Contact.Kind.PHONE],
    )
    return numbers.order_by("kind", "place").values_list("value", flat=True).last() or ""


def to_check(*, at: datetime) -> QuerySet[Service]:
    """Return what waits for a person, in the order of work: put aside last, then by country."""
    waits = Q(state__in=[Service.State.DRAFT, Service.State.STALE]) | Q(
        state=Service.State.CHECKED, checked_at__lt=oldest_shown(at=at)
    )
    return Service.objects.filter(waits).order_by(F("skipped_at").asc(nulls_first=True), "country", "kind", "name")


@transaction.atomic
def import_drafts(drafts: Iterable[Facts], *, by: User | None, at: datetime) -> Imported:
    """Add rows that are not here yet, as drafts.

    A row that is here is never changed by a file: what the file says differently is written to its doubts, for a person.
    """
    new = same = 0
    differing = []
    for facts in drafts:
        row = Service.objects.filter(country=facts.country, kind=facts.kind, name=facts.name).first()
        if row is None:
            _made(checked(facts), step=Check.Step.IMPORTED, by=by, at=at)
            new += 1
        elif doubt := _difference(row, facts):
            differing.append(f"{facts.country} {facts.name}")
            if doubt not in row.doubts:
                Service.objects.filter(pk=row.pk).update(doubts=[*row.doubts, doubt], changed_at=at)
        else:
            same += 1
    return Imported(new, same, tuple(differing))


def _difference(row: Service, facts: Facts) -> str:
    here, there = set(row.contacts.values_list("kind", "value")), set(facts.contacts)
    if there <= here:
        return ""
    others = ", ".join(sorted(value for _kind, value in there - here))
    return f"Another file says: {others} ({facts.source})"[:300]


@transaction.atomic
def add(facts: Facts, *, by: User, at: datetime) -> Service:
    """Add a row as a draft. Raises `ListedAlready` and `BadFacts`."""
    return _made(checked(facts), step=Check.Step.CHANGED, by=by, at=at)


def _made(facts: Facts, *, step: Check.Step, by: User | None, at: datetime) -> Service:
    try:
        with transaction.atomic():
            row = Service.objects.create(**_columns(facts), changed_at=at)
    except IntegrityError:
        raise ListedAlready from None
    _contacts(row, facts)
    _note(row, step, by=by, at=at)
    announce(ServiceChanged(service_uid=str(row.uid)), actor=_actor(by), at=at)
    return row


@transaction.atomic
def change(service: Service, facts: Facts, *, seen_at: datetime, by: User, at: datetime) -> None:
    """Keep other facts of a row. It becomes a draft: what was vouched for is no longer what stands there.

    `seen_at` is `changed_at` of the row as the person saw it. Raises `ChangedMeanwhile`, `ListedAlready` and `BadFacts`.
    """
    before = _snapshot(service)
    _put(service, checked(facts), seen_at=seen_at, at=at, state=Service.State.DRAFT, **_NOT_CHECKED)
    _done(service, Check.Step.CHANGED, before=before, by=by, at=at)


@transaction.atomic
def check(
    service: Service, facts: Facts, *, how: Service.How, note: str, seen_at: datetime, by: User, at: datetime
) -> None:
    """Vouch for the facts of a row: from now on it is shown to children. `note` says whom one spoke with, or what was seen.

    Raises `ChangedMeanwhile`, `ListedAlready` and `BadFacts`.
    """
    before, vouched = _snapshot(service), dataclasses.replace(checked(facts), doubts=())
    person = by.get_full_name() or by.get_username()
    _put(
        service,
        vouched,
        seen_at=seen_at,
        at=at,
        state=Service.State.CHECKED,
        checked_at=at,
        checked_by=person,
        how=how,
        skipped_at=None,
    )
    _done(service, Check.Step.CHECKED, before=before, how=how, note=note, by=by, at=at)


@transaction.atomic
def skip(service: Service, *, at: datetime) -> None:
    """Put a row at the end of the pile."""
    Service.objects.filter(pk=service.pk).update(skipped_at=at)


@transaction.atomic
def retire(service: Service, *, note: str, seen_at: datetime, by: User, at: datetime) -> None:
    """Take a row off for good: the service is no more, or was never what it seemed. Raises `ChangedMeanwhile`."""
    before = _snapshot(service)
    _move(service, seen_at=seen_at, at=at, state=Service.State.RETIRED)
    _done(service, Check.Step.RETIRED, before=before, note=note, by=by, at=at)


def undoable(service: Service, *, by: User, at: datetime) -> Check | None:
    """Return the last step where it is this person's own, not long ago, and can be undone."""
    last = service.checks.last()
    if last is None or last.by_id != by.pk or last.before is None or at - last.at > UNDO_FOR:
        return None
    return last


@transaction.atomic
def undo(service: Service, *, by: User, at: datetime) -> None:
    """Bring back what stood there before this person's last step. Raises `NothingToUndo`."""
    row = Service.objects.select_for_update().get(pk=service.pk)
    last = undoable(row, by=by, at=at)
    if last is None or last.before is None:
        raise NothingToUndo
    kept = last.before
    vouched = {name: kept[name] for name in ("state", "checked_by", "how")}
    checked_at = datetime.fromisoformat(kept["checked_at"]) if kept["checked_at"] else None
    facts = Facts.from_json(kept["facts"])
    _put(row, facts, seen_at=row.changed_at, at=at, checked_at=checked_at, **vouched)
    _done(row, Check.Step.UNDONE, before=None, by=by, at=at)


@transaction.atomic
def expire(at: datetime) -> int:
    """Mark what was checked too long ago, so that staff see it and it counts as work. Return how many."""
    count = 0
    old = Service.objects.filter(state=Service.State.CHECKED, checked_at__lt=oldest_shown(at=at))
    for row in list(old):
        if old.filter(pk=row.pk).update(state=Service.State.STALE, changed_at=at):
            count += 1
            _done(row, Check.Step.EXPIRED, before=None, by=None, at=at)
    return count


_NOT_CHECKED: dict[str, Any] = {"checked_at": None, "checked_by": "", "how": ""}


def _columns(facts: Facts) -> dict[str, Any]:
    columns = {name: value for name, value in vars(facts).items() if name != "contacts"}
    return {**columns, "languages": [*facts.languages], "doubts": [*facts.doubts]}


def _put(service: Service, facts: Facts, *, seen_at: datetime, at: datetime, **columns: Any) -> None:
    try:
        with transaction.atomic():
            _move(service, seen_at=seen_at, at=at, **_columns(facts), **columns)
    except IntegrityError:
        raise ListedAlready from None
    _contacts(service, facts)


def _move(service: Service, *, seen_at: datetime, at: datetime, **columns: Any) -> None:
    if not Service.objects.filter(pk=service.pk, changed_at=seen_at).update(changed_at=at, **columns):
        raise ChangedMeanwhile


def _contacts(service: Service, facts: Facts) -> None:
    """Write the ways anew; one that stays keeps what is known of its link."""
    kept = {(one.kind, one.value): one for one in service.contacts.all()}
    gone = [one.pk for way, one in kept.items() if way not in facts.contacts]
    Contact.objects.filter(pk__in=gone).delete()
    for place, (kind, value) in enumerate(facts.contacts):
        Contact.objects.update_or_create(service=service, kind=kind, value=value, defaults={"place": place})


def _snapshot(service: Service) -> dict[str, Any]:
    row = Service.objects.get(pk=service.pk)
    checked_at = row.checked_at.isoformat() if row.checked_at else ""
    facts = dataclasses.asdict(Facts.of(row))
    return {"facts": facts, "state": row.state, "checked_at": checked_at, "checked_by": row.checked_by, "how": row.how}


def _note(service: Service, step: Check.Step, *, by: User | None, at: datetime, **rest: Any) -> None:
    name = (by.get_full_name() or by.get_username()) if by else ""
    Check.objects.create(service=service, step=step, by=by, name=name, at=at, **rest)


def _done(service: Service, step: Check.Step, *, by: User | None, at: datetime, **rest: Any) -> None:
    _note(service, step, by=by, at=at, **rest)
    protected.keep()
    announce(ServiceChanged(service_uid=str(service.uid)), actor=_actor(by), at=at)


def _actor(by: User | None) -> str:
    return f"user:{by.pk}" if by else "system"
