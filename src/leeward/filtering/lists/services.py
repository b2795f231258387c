"""Lists by subscription: fetch what is due, keep the last good state, and let a person look at what changed too much."""

from __future__ import annotations

import dataclasses
import logging
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from django.db import transaction
from django.db.models import F
from django.tasks import task
from django.utils import timezone

from leeward.core import facts, outbox
from leeward.core.models import User
from leeward.engines import policy
from leeward.engines.policy import family
from leeward.engines.policy.lists import Row
from leeward.filtering import events
from leeward.filtering.lists import fetching, store, taking
from leeward.filtering.lists.fetching import Known, Limits, NotFetched
from leeward.filtering.lists.models import ListFetch, ListSource
from leeward.filtering.lists.presets import Preset

log = logging.getLogger("leeward.filtering")
RETRY = timedelta(hours=1)
# While one process fetches a list, no other one does.
_CLAIM = timedelta(minutes=15)
_FETCHES_KEPT = 30
# A file that no list names any more is kept for so long, for whoever has just begun to read it.
_UNREAD = timedelta(hours=1)
_OFF = ListSource.State.OFF
_WHY = ListFetch.Reason


class NothingWaits(Exception):
    """No fetched state of this list waits for a person: somebody else released it, or it came back to normal. Look again."""


@dataclass(frozen=True, slots=True)
class Said:
    """Which list says something of a name, and by which of its names: the name itself or one above it."""

    source: ListSource
    row: Row


@transaction.atomic
def subscribe(preset: Preset, *, by: User, at: datetime) -> ListSource:
    """Switch a list on, anew or again; it is fetched at once. Raises `family.UnknownSlug` for marks that nobody knows."""
    if preset.marks != taking.RESETS:
        family.catalogue().entry(preset.marks)
    # It may have got another address: what its server called the state of the old one says nothing.
    anew = {"state": ListSource.State.ACTIVE, "next_at": at + _CLAIM, "etag": "", "last_modified": "", "error": ""}
    fields = dataclasses.asdict(preset) | anew | {"waiting": "", "waiting_count": 0}
    source, _ = ListSource.objects.update_or_create(slug=preset.slug, defaults=fields)
    _owe(source, at=at)
    _announce_change(source, by=f"user:{by.pk}", at=at)
    return source


@transaction.atomic
def switch_off(source: ListSource, *, by: User, at: datetime) -> None:
    """Let a list close nothing any more. Its last good names are kept for the day on which it is switched on again."""
    ListSource.objects.filter(pk=source.pk).update(state=_OFF, waiting="", waiting_count=0, error="")
    source.refresh_from_db()
    _announce_change(source, by=f"user:{by.pk}", at=at)


@transaction.atomic
def release(source: ListSource, *, waiting: str, by: User, at: datetime) -> None:
    """Put in force what waited when the person looked: the file `waiting`. Raises `NothingWaits`."""
    moved = ListSource.objects.filter(pk=source.pk, state=ListSource.State.QUARANTINED, waiting=waiting).update(
        state=ListSource.State.ACTIVE,
        last_good=waiting,
        count=F("waiting_count"),
        waiting="",
        waiting_count=0,
        error="",
    )
    if not moved:
        raise NothingWaits(source.slug)
    store.retire(source.last_good)
    source.refresh_from_db()
    _announce_change(source, by=f"user:{by.pk}", at=at)


@transaction.atomic
def fetch_soon(source: ListSource, *, at: datetime) -> None:
    """Owe a fetch now. A list that is off stays so."""
    if ListSource.objects.filter(pk=source.pk).exclude(state=_OFF).update(next_at=at + _CLAIM):
        _owe(source, at=at)


def owe_fetches(at: datetime) -> None:
    """Owe a fetch of each list that is due; a chore of the clock, which cannot wait for other people's servers."""
    for source in ListSource.objects.filter(next_at__lte=at).exclude(state=_OFF):
        with transaction.atomic():
            # Until then it is owed once, and not with each round of the clock.
            if ListSource.objects.filter(pk=source.pk, next_at=source.next_at).update(next_at=at + _CLAIM):
                _owe(source, at=at)


def _owe(source: ListSource, *, at: datetime) -> None:
    outbox.owe([outbox.Owed(fetch_list, {"source_id": source.pk}, lane=f"list:{source.slug}")], at=at)


@task
def fetch_list(source_id: int) -> None:
    """Fetch one list, unless it was switched off meanwhile."""
    source = ListSource.objects.filter(pk=source_id).exclude(state=_OFF).first()
    if source is not None:
        fetch(source, at=timezone.now(), limits=Limits())


def fetch(source: ListSource, *, at: datetime, limits: Limits) -> ListFetch:
    """Fetch a list and take what came, or let it wait for a person. Whatever goes wrong, the last good names stay in force."""
    folder = store.folder()
    raw, names = folder / f"raw-{uuid.uuid4().hex}", folder / f"{source.slug}-{uuid.uuid4().hex}"
    # A state whose file was lost is not known, whatever its server calls it.
    is_here = (folder / (source.waiting or source.last_good or "nothing")).is_file()
    known = Known(source.etag, source.last_modified) if is_here else Known()
    try:
        try:
            got = fetching.fetch(source.address, into=raw, known=known, limits=limits)
            if not got.is_new:
                return _noted_unchanged(source, at=at)
            taking.check_signature(source, raw, limits=limits)
            taken = taking.take(source, raw, into=names)
        except NotFetched as refused:
            return _noted_failure(source, refused.reason, at=at)
        return _noted(source, got, taken, names, at=at)
    finally:
        raw.unlink(missing_ok=True)
        _tidy(at=at)


@transaction.atomic
def _noted_unchanged(source: ListSource, *, at: datetime) -> ListFetch:
    error = source.error if source.state == ListSource.State.QUARANTINED else ""
    ListSource.objects.filter(pk=source.pk).update(next_at=_next(source, at), fetched_at=at, error=error)
    return _written(ListFetch(source=source, at=at, outcome=ListFetch.Outcome.UNCHANGED))


@transaction.atomic
def _noted_failure(source: ListSource, reason: fetching.Reason, *, at: datetime) -> ListFetch:
    log.warning("list not fetched", extra={"task": f"list:{source.slug}", "error": reason.value})
    # What waits for a person still does, for its own reason.
    ListSource.objects.filter(pk=source.pk).update(next_at=at + RETRY)
    ListSource.objects.filter(pk=source.pk, waiting="").update(error=reason)
    return _written(ListFetch(source=source, at=at, outcome=ListFetch.Outcome.FAILED, reason=reason))


@transaction.atomic
def _noted(source: ListSource, got: fetching.Fetched, taken: taking.Taken, names: Path, *, at: datetime) -> ListFetch:
    row = ListFetch(source=source, at=at, size_bytes=got.size_bytes, sha256=got.sha256, **taken.as_fields())
    if taken.protected_count:
        log.error(
            "a list asks for names that nobody may close",
            extra={"task": f"list:{source.slug}", "count": taken.protected_count},
        )
    is_good = not taken.reason
    fields = {"last_good": names.name, "count": taken.count, "waiting": "", "waiting_count": 0, "error": ""}
    state, row.outcome = ListSource.State.ACTIVE, ListFetch.Outcome.TAKEN
    if not is_good:
        fields = {"waiting": names.name, "waiting_count": taken.count, "error": taken.reason}
        state, row.outcome = ListSource.State.QUARANTINED, ListFetch.Outcome.QUARANTINED
    moved = (
        ListSource.objects.filter(pk=source.pk, last_good=source.last_good, waiting=source.waiting)
        .exclude(state=_OFF)
        .update(**fields, **dataclasses.asdict(got.known), state=state, next_at=_next(source, at), fetched_at=at)
    )
    if not moved:
        # It was switched off, released or fetched by another process meanwhile: what that left is the newer word.
        names.unlink()
        return _written(row)
    for old in {source.last_good, source.waiting} - {"", names.name}:
        store.retire(old)
    source.refresh_from_db()
    _written(row)
    if is_good:
        _announce_change(source, by="system", at=at)
    else:
        facts.announce(events.ListQuarantined(source.pk, str(taken.reason)), actor="system", at=at)
    return row


def _tidy(*, at: datetime) -> None:
    named = ListSource.objects.values_list("last_good", "waiting")
    store.sweep(frozenset(name for names in named for name in names), before=at - _UNREAD)


def _announce_change(source: ListSource, *, by: str, at: datetime) -> None:
    count = 0 if source.state == _OFF else source.count
    facts.announce(events.ListChanged(source.pk, count), actor=by, at=at)


def _next(source: ListSource, at: datetime) -> datetime:
    return at + timedelta(hours=source.every_hours)


def _written(row: ListFetch) -> ListFetch:
    row.save()
    newest = ListFetch.objects.filter(source=row.source).order_by("-at", "-pk").values_list("pk", flat=True)
    ListFetch.objects.filter(source=row.source).exclude(pk__in=list(newest[:_FETCHES_KEPT])).delete()
    return row


def _in_force() -> list[ListSource]:
    sources = ListSource.objects.exclude(state=_OFF).exclude(last_good="").order_by("slug")
    here = [source for source in sources if (store.folder() / source.last_good).is_file()]
    if len(here) < len(sources):
        log.error("files of lists are lost; fetch these lists anew", extra={"count": len(sources) - len(here)})
    return here


def who_says(name: str) -> list[Said]:
    """Return which lists in force speak of a name or of one above it, the longest name first. Raises `policy.NotAHostName`."""
    said = []
    sources = _in_force()
    host = policy.normalise(name)
    while host:
        rows = (Row(host), Row(host, resets=True))
        said += [Said(source, row) for source in sources for row in rows if _holds(source, row)]
        host = host.partition(".")[2]
    return said


def _holds(source: ListSource, row: Row) -> bool:
    return store.holds(store.folder() / source.last_good, row)
