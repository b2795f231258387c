"""Counts of closed doors: taken from the files of the data planes, kept for some days, and forgotten.

Nothing here knows what was open. Names are taken only for those whose guardians asked for them; see `names`.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import batched
from pathlib import Path
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection, transaction

from leeward.core import config, metrics
from leeward.engines.policy import counted
from leeward.filtering.counts import names
from leeward.filtering.counts.kinds import slug_of
from leeward.filtering.counts.models import ClosedName, CountedAnswers, CountFile
from leeward.limits.models import HouseRules, Limits

log = logging.getLogger("leeward.filtering")
AT_ONCE = 500  # Profiles whose rows are read and written together.
_SECOND_LOOK = timedelta(hours=1)
# The ORM can insert or replace a row, but not add to one; SQLite and PostgreSQL both read this.
_ADD = """
    INSERT INTO filtering_countedanswers (limits_id, day, kind, count) VALUES (%s, %s, %s, %s)
    ON CONFLICT (limits_id, day, kind) DO UPDATE SET count = filtering_countedanswers.count + excluded.count
"""


def folder() -> Path:
    """Return where the data planes leave their files."""
    return config.current().server.data_dir.resolve() / "counts"


def days_kept() -> int:
    """Return for how many days counts and names are kept."""
    return config.current().network.counts_days


def harvest(at: datetime) -> None:
    """Take every file whose time is over, once, and forget what is too old. A chore."""
    for path in counted.finished(folder(), at_s=int(at.timestamp())):
        take(path, at=at)
    forget(at)


def take(path: Path, *, at: datetime) -> None:
    """Add up a finished file and delete it. One that is damaged is deleted, too: what was in it is lost."""
    try:
        read = counted.read(path)
    except FileNotFoundError:
        return
    except counted.BadCounts as bad:
        log.warning("a file of counts was damaged and is deleted", extra={"error": type(bad).__qualname__})
        path.unlink(missing_ok=True)
        return
    if _add(path.name, read, at=at):
        _measure(read)
    path.unlink(missing_ok=True)


def forget(at: datetime) -> None:
    """Erase what is older than it may be, and names that nobody may see any more."""
    # It is still the day before somewhere, so the last day goes when it is over everywhere.
    oldest = (at - timedelta(days=days_kept(), hours=12)).astimezone(UTC).date()
    CountedAnswers.objects.filter(day__lte=oldest).delete()
    ClosedName.objects.filter(day__lte=oldest).delete()
    names.end_what_may_not_be(at=at)
    for done in CountFile.objects.filter(taken_at__lte=at - _SECOND_LOOK):
        if not (folder() / done.name).exists():
            done.delete()


@transaction.atomic
def _add(name: str, read: counted.Read, *, at: datetime) -> bool:
    """Add what a file says to the rows; False where that was done before."""
    _, is_new = CountFile.objects.get_or_create(name=name, defaults={"taken_at": at})
    if not is_new:
        return False
    by_number: dict[int, list[tuple[counted.Key, int]]] = defaultdict(list)
    for key, count in read.counts.items():
        if key.whose != counted.EVERYBODY and slug_of(key.kind):
            by_number[key.whose].append((key, count))
    moment = datetime.fromtimestamp(read.at_s, UTC)
    for numbers in batched(sorted(by_number), AT_ONCE, strict=False):
        days = dict(_days(numbers, moment))
        rows = [(number, days[number], key, count) for number in days for key, count in by_number[number]]
        if read.sort is counted.Sort.NAMES:
            names.add(rows)
        else:
            _add_counts(rows)
    return True


def _days(numbers: Iterable[int], moment: datetime) -> Iterator[tuple[int, date]]:
    """Yield each number that is still somebody's, and what day it was in their home."""
    households = dict(Limits.objects.filter(pk__in=numbers).values_list("pk", "household_id"))
    zones = dict(HouseRules.objects.filter(household__in=set(households.values())).values_list("household_id", "zone"))
    for number, household_id in households.items():
        yield number, moment.astimezone(ZoneInfo(zones.get(household_id, settings.TIME_ZONE))).date()


def _add_counts(rows: Iterable[tuple[int, date, counted.Key, int]]) -> None:
    added: dict[tuple[int, date, str], int] = defaultdict(int)
    for number, day, key, count in rows:
        added[number, day, slug_of(key.kind)] += count
    with connection.cursor() as cursor:
        cursor.executemany(_ADD, [(*place, count) for place, count in added.items()])


def _measure(read: counted.Read) -> None:
    """Tell Prometheus, of everybody together."""
    if read.sort is counted.Sort.NAMES:
        return
    for key, count in read.counts.items():
        slug = slug_of(key.kind)
        is_rule = key.kind >= counted.RULES_FROM
        metrics.closed.labels(rule=slug if is_rule else "category", category="" if is_rule else slug).inc(count)
    metrics.closed_uncounted.inc(read.dropped)
