"""With many writers at once no partner misses a sign, and a time that is given at the insert would lose some."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest
from django.db import connection, transaction
from django.utils import timezone

from leeward.core import sequencer
from leeward.core.models import Organisation
from leeward.engines.stix import taxii
from leeward.exchange.partners import services as partners
from leeward.exchange.partners.models import Partner
from leeward.exchange.sharing import services as sharing
from leeward.exchange.shelf import services
from leeward.exchange.tests.conftest import REFERRED, digest
from leeward.indicators import services as indicators
from leeward.indicators.models import Category, Kind
from tests.test_stores import store  # noqa: F401  # the same PostgreSQL

# On SQLite one writer waits for the other, so nothing can be committed out of order there.
pytestmark = pytest.mark.scale
WRITERS, ROUNDS, WAIT_S = 8, 6, 30
_NAIVE = "CREATE TABLE naive (oid text PRIMARY KEY, date_added timestamptz NOT NULL DEFAULT clock_timestamp())"
_BEFORE = datetime(1970, 1, 1, tzinfo=UTC)


class Writer(threading.Thread):
    """One transaction that publishes a sign, and stays open until it is told to commit."""

    def __init__(self, number: int) -> None:
        super().__init__(daemon=True)
        self.number, self.oid = number, ""
        self.has_written, self.may_commit = threading.Event(), threading.Event()

    def run(self) -> None:
        try:
            with transaction.atomic():
                sign = indicators.Sign(Kind.SHA256, digest(self.number), Category.BULLYING)
                (row,) = indicators.publish([sign], source=f"decision:{self.number}", actor="user:1", at=timezone.now())
                self.oid = f"indicator--{row.uid}"
                with connection.cursor() as cursor:
                    cursor.execute("INSERT INTO naive (oid) VALUES (%s)", [self.oid])
                self.has_written.set()
                self.may_commit.wait(WAIT_S)
        finally:
            connection.close()


class Polls:
    """A partner that asks for what was added after the last thing that it saw, once in each of the two ways."""

    def __init__(self, partner: Partner) -> None:
        self._partner = partner
        self.ours: list[str] = []
        self.naive: list[str] = []
        self._ours_at, self._naive_at = _BEFORE, _BEFORE

    def poll(self) -> None:
        sequencer.stamp(at=timezone.now())
        filters = taxii.Filters(added_after=self._ours_at, versions=(taxii.Version.ALL,))
        page = services.page(self._partner, filters=filters)
        self.ours += [item.object_id for item in page.items if item.object_id.startswith("indicator")]
        self._ours_at = page.last_at
        with connection.cursor() as cursor:
            cursor.execute("SELECT oid, date_added FROM naive WHERE date_added > %s ORDER BY 2", [self._naive_at])
            for oid, self._naive_at in cursor.fetchall():
                self.naive.append(oid)


@contextmanager
def writing(first: int) -> Iterator[list[Writer]]:
    """Open transactions one after the other, each of which has written and has not committed."""
    writers = [Writer(number) for number in range(first, first + WRITERS)]
    for writer in writers:
        writer.start()
        assert writer.has_written.wait(WAIT_S)
    try:
        yield writers
    finally:
        for writer in writers:
            writer.may_commit.set()
            writer.join(WAIT_S)


@pytest.mark.usefixtures("store")
def test_eight_open_transactions_lose_nothing_while_a_time_at_the_insert_does() -> None:
    sharing.share_everything(at=timezone.now())
    beacon = Organisation.objects.create(slug="beacon", name="Beacon", kind=Organisation.Kind.HOTLINE)
    polls = Polls(partners.take_part(beacon, at=timezone.now()))
    with connection.cursor() as cursor:
        cursor.execute(_NAIVE)
    written: list[str] = []

    for round_number in range(ROUNDS):
        with writing(round_number * WRITERS) as writers:
            polls.poll()
            # The one that wrote last commits first; in the odd rounds every second one does.
            order = writers[::-1] if round_number % 2 == 0 else writers[1::2] + writers[::2]
            for writer in order:
                writer.may_commit.set()
                writer.join(WAIT_S)
                polls.poll()
            written += [writer.oid for writer in writers]

    assert len(written) == WRITERS * ROUNDS
    assert sorted(polls.ours) == sorted(written)
    lost = set(written) - set(polls.naive)
    assert len(lost) >= ROUNDS * WRITERS // 4, "the naive way lost nothing, so this test would prove nothing"
    assert services.page(partners.active(beacon), filters=taxii.Filters()).items[REFERRED:]
