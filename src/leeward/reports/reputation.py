"""What is remembered of a place that misused the button: it lowers priority there, and never closes the door to a child."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import F

from leeward.core import keys
from leeward.reports.models import Misuse, Report

# One mistake is not a habit.
DOUBTED_FROM = 3
KEPT = timedelta(days=60)


def place(network: str, *, at: datetime) -> bytes | None:
    """Return the keyed digest under which a network is remembered in this month, or None where it is not known."""
    return keys.keyed_digest("place", f"{at:%Y-%m} {network}") if network else None


def is_doubted(place: bytes | None) -> bool:
    """True where reports from this place were found to be misuse several times in this month."""
    if place is None:
        return False
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM reports_misuse WHERE place = %s AND count >= %s", [place, DOUBTED_FROM])
        return cursor.fetchone() is not None


@transaction.atomic
def note_misuse(report: Report, *, at: datetime) -> None:
    """Count one misuse for the place that a report came from; nothing where that is not known."""
    if report.place is None:
        return
    row, is_new = Misuse.objects.get_or_create(place=report.place, defaults={"count": 1, "at": at})
    if not is_new:
        Misuse.objects.filter(pk=row.pk).update(count=F("count") + 1, at=at)


def forget(at: datetime) -> None:
    """Chore: forget every place after two months."""
    Misuse.objects.filter(at__lt=at - KEPT).delete()
    Report.objects.filter(received_at__lt=at - KEPT, place__isnull=False).update(place=None)
