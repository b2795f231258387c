"""Erase what is sealed when its time is over: the one path that deletes, and the run that looks again whether it did."""

from __future__ import annotations

import logging
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.tasks import task
from django.utils import timezone

from leeward.cases import events, retention
from leeward.cases.models import Case, Decision, Erasure, Evidence
from leeward.core import blobs, facts, outbox
from leeward.core.models import Blob
from leeward.reports.models import Attachment, Context

log = logging.getLogger("leeward.cases")
# A file without a row may belong to a transaction that has not ended; after a day it cannot.
ORPHAN_AFTER = timedelta(days=1)
LANE = "erasing"


class StillKept(Exception):
    """Nothing of this case may be erased now, for `why`: release the hold, or wait until the appeal is decided."""

    def __init__(self, why: retention.Kept) -> None:
        super().__init__(str(why))
        self.why = why


@dataclass(frozen=True)
class _Swept:
    orphans: int
    missing: int


def owe_erasing(at: datetime) -> None:
    """Owe one run of `erase`; a chore of the clock. The run may take minutes, for which the clock cannot wait."""
    outbox.owe([outbox.Owed(erase, lane=LANE)], at=at)


@task
def erase() -> None:
    """Erase what is due now."""
    erase_due(timezone.now())


def erase_due(at: datetime) -> Erasure:
    """Erase every sealed file whose time is over, look again, and write down the proof.

    What a hold, an appeal or a complaint keeps is counted and left. A run that was cut off is done again by the next one.
    """
    looked_at, held, erased = 0, 0, list[uuid.UUID]()
    for case in Case.objects.filter(pk__in=list(_maybe_due(at).values_list("pk", flat=True))).order_by("pk"):
        if retention.kept_because(case, at=at) in {retention.Kept.NOT_YET, retention.Kept.NOT_DECIDED}:
            continue
        count = len(_sealed_of(case, at=at))
        looked_at += count
        try:
            erased += erase_case(case, at=at)
        except StillKept:
            held += count
    swept = sweep(at)
    stays = sum(blobs.has_file(uid) for uid in erased)
    left_over = swept.orphans + swept.missing + stays
    if left_over:
        # What is missing is lost evidence, and what stays should be gone: in both cases a person must look at the storage.
        log.error("erasing left something over", extra={"orphans": swept.orphans + stays, "missing": swept.missing})
    return Erasure.objects.create(at=at, looked_at=looked_at, erased=len(erased), held=held, left_over=left_over)


def _maybe_due(at: datetime) -> QuerySet[Case]:
    """Return the decided cases with something sealed that are old enough for the shortest time of all."""
    decided = Decision.objects.filter(case=OuterRef("pk"), effective_at__lte=at - retention.rules().shortest)
    evidence = Evidence.objects.filter(case=OuterRef("pk"), blob__isnull=False)
    attachments = Attachment.objects.filter(report__casereport__case=OuterRef("pk"))
    has_sealed = Exists(evidence) | Exists(attachments)
    return Case.objects.filter(Exists(decided), has_sealed, state__in=retention.ENDED).order_by("pk")


@transaction.atomic
def erase_case(case: Case, *, at: datetime) -> list[uuid.UUID]:
    """Erase everything sealed of one case and return which blobs those were; digests and records stay.

    The only path that deletes. Raises `StillKept`. The files go when this is committed.
    """
    locked = Case.objects.select_for_update().get(pk=case.pk)
    if why := retention.kept_because(locked, at=at):
        raise StillKept(why)
    doomed = _sealed_of(locked, at=at)
    locked.evidence.filter(blob__isnull=False).update(blob=None, erased_at=at)
    Attachment.objects.filter(report__casereport__case=locked).delete()
    _contexts(locked, at=at).delete()
    for blob in doomed:
        blobs.delete(blob)
    facts.announce(events.EvidenceErased(str(locked.uid), len(doomed)), actor="system", at=at)
    return [blob.uid for blob in doomed]


def _sealed_of(case: Case, *, at: datetime) -> list[Blob]:
    pairs = [
        *case.evidence.values_list("blob", "blob"),
        *Attachment.objects.filter(report__casereport__case=case).values_list("blob", "shown"),
        *_contexts(case, at=at).values_list("facts", "content"),
    ]
    return list(Blob.objects.filter(pk__in={pk for pair in pairs for pk in pair if pk is not None}))


def _contexts(case: Case, *, at: datetime) -> QuerySet[Context]:
    """Return what the provider told of the item, where no other case about it is kept."""
    subject = case.subject
    if subject.provider_id is None or not subject.item_id:
        return Context.objects.none()
    if any(retention.kept_because(other, at=at) for other in Case.objects.filter(subject=subject).exclude(pk=case.pk)):
        return Context.objects.none()
    return Context.objects.filter(provider=subject.provider_id, item_id=subject.item_id)


def sweep(at: datetime) -> _Swept:
    """Delete sealed files without a row that are older than a day, and count what is not as it should be afterwards."""
    orphans = missing = 0
    for files, rows in blobs.shelves():
        for uid in files - rows:
            orphans += not _was_swept(uid, at=at)
        lost = [uid for uid in rows - files if not blobs.has_file(uid)]
        missing += Blob.objects.filter(uid__in=lost).count()
    return _Swept(orphans, missing)


def _was_swept(uid: uuid.UUID, *, at: datetime) -> bool:
    written_at = blobs.written_at(uid)
    if written_at is None or written_at > at - ORPHAN_AFTER:
        return True
    try:
        blobs.delete_file(uid)
    except OSError:
        return False
    return not blobs.has_file(uid)
