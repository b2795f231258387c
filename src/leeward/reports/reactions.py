"""What reports do by themselves when something happened. Each carries ids, reads the present, and may come twice."""

from __future__ import annotations

import logging

from django.db import transaction
from django.tasks import task
from django.utils import timezone

from leeward.core import antivirus, blobs
from leeward.reports import pictures
from leeward.reports.models import Attachment

log = logging.getLogger("leeward.reports")


@task
def draw_copies(report_uid: str) -> None:
    """Draw anew each picture of a report, those of its messages too; what a scanner calls harmful is never opened.

    Raises `ScannerAway` where a scanner is set up and gives no verdict; then the picture waits and this comes again.
    """
    waiting = Attachment.objects.filter(report__uid=report_uid, shown=None).exclude(scan=Attachment.Scan.INFECTED)
    for attachment in waiting.select_related("blob").order_by("pk"):
        _draw(attachment)


def _draw(attachment: Attachment) -> None:
    data = blobs.unseal(attachment.blob)
    verdict = antivirus.scan(data)
    if verdict != attachment.scan:
        Attachment.objects.filter(pk=attachment.pk).update(scan=verdict)
    if verdict == antivirus.Verdict.INFECTED:
        return
    try:
        copy = pictures.redrawn(data)
    except pictures.NotAPicture as refused:
        # The original stays sealed with its case; a reviewer reads that there is no copy to be shown.
        log.warning("attachment not drawn", extra={"error": str(refused.reason)})
        return
    _keep(attachment, copy)


@transaction.atomic
def _keep(attachment: Attachment, copy: bytes) -> None:
    # The lock lets one of two that came at the same time seal its copy; the other one finds it here.
    if Attachment.objects.select_for_update().get(pk=attachment.pk).shown_id is None:
        media_type = "image/png" if copy.startswith(pictures.PNG_START) else "image/jpeg"
        shown = blobs.seal(copy, media_type=media_type, at=timezone.now())
        Attachment.objects.filter(pk=attachment.pk).update(shown=shown)
