"""The doorbell: tell partners that something is there for them, and nothing else. TAXII stays the source of truth.

One thread in each process waits for commits and asks, for all that listen here, what the newest version is that each may see;
so a bell never rings for what is withheld, and a listener costs a queue of one ring and no thread.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime

from django.db import DatabaseError, close_old_connections, connections
from django.db.models import Max, Q
from django.utils import timezone
from prometheus_client import Gauge

from leeward.core import config, following, wakeups
from leeward.core.models import ApiKey
from leeward.engines.stix import taxii
from leeward.exchange.partners.models import Partner, PartnerKey
from leeward.exchange.sharing import services as sharing
from leeward.exchange.shelf import shelving
from leeward.exchange.shelf.models import Version

# A silent connection is cut by boxes on the way after a minute or less.
HEARTBEAT_S = 15.0
# Whoever was suspended, or whose key was withdrawn, is cut off after so long at the latest.
CHECK_S = 10.0
STREAMS_A_PARTNER = 5

log = logging.getLogger("leeward.exchange")
listening = Gauge("leeward_exchange_listeners", "Partners' programs that wait for the bell here")


@dataclass(frozen=True)
class Ring:
    """Something newer is there. Only the time of addition leaves the house: places count what is withheld, too."""

    place: int
    added_at: datetime

    def data(self, collection: str) -> dict[str, str]:
        """Return what a ring says, by either bell."""
        return {"collection": collection, "date_added": taxii.timestamp(self.added_at)}


@dataclass(frozen=True)
class Pass:
    """By what a listener came in: the digest of an API key, or the thumbprint of the key that signed the request."""

    digest: bytes = b""
    thumbprint: str = ""


@dataclass(eq=False)
class Listener:
    """One open stream. `rung` and `cut_off` are called in the bell's thread and must return at once."""

    partner_id: int
    admitted_by: Pass
    place: int
    rung: Callable[[Ring], None]
    cut_off: Callable[[], None]


class TooManyListeners(Exception):
    """This partner, or this process, has as many streams open as are allowed: close one first, or come again later."""


def newest(partner: Partner, *, after: int = 0) -> Ring | None:
    """Return the newest version behind a place that a partner may see, or None where there is nothing for it."""
    return _newest(sharing.visible(partner), after=after)


def _newest(visible: Q, *, after: int) -> Ring | None:
    found = Version.objects.filter(visible, place__gt=after).order_by("-place").values_list("place", "added_at").first()
    return None if found is None else Ring(*found)


@dataclass
class Belfry:
    """All that listen in this process, and the one thread that wakes up for them."""

    streams_a_partner: int = STREAMS_A_PARTNER
    _listeners: set[Listener] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _thread: threading.Thread | None = None
    _is_closed: bool = False
    _has_newcomers: bool = False
    _head: int = -1
    _reached: int = -1

    def join(self, listener: Listener) -> None:
        """Ring this listener from now on. Raises `TooManyListeners`."""
        with self._lock:
            most = config.current().exchange.bell_streams
            of_partner = sum(one.partner_id == listener.partner_id for one in self._listeners)
            if of_partner >= self.streams_a_partner or len(self._listeners) >= most:
                raise TooManyListeners
            self._listeners.add(listener)
            # What came between the listener's own look and this line was perhaps rung for already, without it.
            self._has_newcomers = True
            listening.set(len(self._listeners))

    def watch(self) -> None:
        """Have a thread that wakes up for them, as long as there are any."""
        with self._lock:
            if self._thread is None and not self._is_closed:
                self._thread = threading.Thread(target=self._watch, name="bell", daemon=True)
                self._thread.start()

    def leave(self, listener: Listener) -> None:
        """Ring this listener no more."""
        with self._lock:
            self._listeners.discard(listener)
            listening.set(len(self._listeners))

    def close(self) -> None:
        """Cut everybody off, because the process ends: they come again, perhaps to another one."""
        self._is_closed = True
        for listener in self._all():
            listener.cut_off()

    def _all(self) -> list[Listener]:
        with self._lock:
            return list(self._listeners)

    def _watch(self) -> None:
        """Wait for commits until nobody listens any more."""
        checked_at = timezone.now()
        with wakeups.bell(rest_s=wakeups.FOLLOWERS_REST_S) as bell:
            while self._goes_on():
                at = timezone.now()
                is_due = (at - checked_at).total_seconds() >= CHECK_S
                checked_at = at if is_due else checked_at
                try:
                    self.look(at=at, is_check=is_due)
                except DatabaseError as error:
                    # The streams stay open: they are rung as soon as the database answers again.
                    log.warning("the bell could not look", extra={"error": type(error).__name__})
                    connections.close_all()
                bell.wait(1.0)
                close_old_connections()
        connections.close_all()

    def _goes_on(self) -> bool:
        with self._lock:
            if self._listeners and not self._is_closed:
                return True
            self._thread = None
            return False

    def look(self, *, at: datetime, is_check: bool) -> None:
        """Ring whom something new concerns, and cut off who may not listen any more; where nothing happened, only if `is_check`."""
        with self._lock:
            is_due, self._has_newcomers = is_check or self._has_newcomers, False
        head = following.head()
        if head != self._head:
            shelving.catch_up()
            self._head = head
        reached = Version.objects.aggregate(place=Max("place"))["place"] or 0
        if reached == self._reached and not is_due:
            return
        self._reached = reached
        listeners = self._all()
        admitted = _admitted(listeners, at=at)
        for listener in listeners:
            if listener not in admitted:
                listener.cut_off()
        _ring(admitted)


def _ring(admitted: dict[Listener, Partner]) -> None:
    """Ask once for all whom the same rules concern, and ring those who have not heard of it."""
    alike: list[tuple[Q, list[Listener]]] = []
    rules = {partner: sharing.visible(partner) for partner in set(admitted.values())}
    for listener, partner in admitted.items():
        visible = rules[partner]
        group = next((listeners for known, listeners in alike if known == visible), None)
        if group is None:
            alike.append((visible, [listener]))
        else:
            group.append(listener)
    for visible, listeners in alike:
        ring = _newest(visible, after=min(listener.place for listener in listeners))
        for listener in listeners:
            if ring is not None and ring.place > listener.place:
                listener.place = ring.place
                listener.rung(ring)


def _admitted(listeners: Iterable[Listener], *, at: datetime) -> dict[Listener, Partner]:
    """Return those who may still listen, each with its partner as it is now."""
    listeners = list(listeners)
    wanted = {listener.partner_id for listener in listeners}
    active = Partner.objects.filter(pk__in=wanted, state=Partner.State.ACTIVE)
    active = active.select_related("organisation").prefetch_related("former_standings")
    known = {partner.pk: partner for partner in active}
    digests = {one.admitted_by.digest for one in listeners}
    in_force = ApiKey.objects.filter(digest__in=digests, revoked_at=None).values_list("digest", flat=True)
    good_digests = {bytes(digest) for digest in in_force}
    pinned = PartnerKey.objects.good_at(at).filter(partner__in=known)
    good_keys = set(pinned.values_list("partner_id", "thumbprint"))
    return {
        one: known[one.partner_id]
        for one in listeners
        if one.partner_id in known
        and (one.admitted_by.digest in good_digests or (one.partner_id, one.admitted_by.thumbprint) in good_keys)
    }


belfry = Belfry()
