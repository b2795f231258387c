"""Take RADIUS accounting: many packets in one transaction, and no answer before what it says is committed."""

from __future__ import annotations

import logging
import socket
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db import DatabaseError, OperationalError, connection
from django.utils import timezone
from prometheus_client import Counter

from leeward.core import config
from leeward.core.settings import WrongSetting
from leeward.filtering.subscribers import radius, sessions
from leeward.filtering.subscribers.models import Session
from leeward.filtering.subscribers.radius import Client, NotTaken, Told

log = logging.getLogger("leeward.filtering")
packets = Counter("leeward_radius_packets_total", "RADIUS accounting packets", ["outcome"])
unused = Counter("leeward_radius_unused_total", "Addresses in RADIUS accounting that no line can have")

AT_ONCE: Final = 500
_LOOK_S: Final = 0.5
# What comes while a batch is written waits here, at about 300 octets a packet.
_BUFFER_OCTETS: Final = 8 * 1024 * 1024

type _Sender = Any  # What `recvfrom` calls the sender: two or four values.


@dataclass(frozen=True)
class _Waiting:
    """A packet that was understood, and whoever waits for the answer."""

    told: Told
    sender: _Sender


class Listener:
    """One socket for accounting."""

    def __init__(self, listen: str, clients: Sequence[Client], *, reference: int, ports_a_block: int) -> None:
        """Open the socket. `listen` is address:port. Raises `WrongSetting`."""
        self._clients = tuple(clients)
        self._reference = reference
        self._ports_a_block = ports_a_block
        self._socket = _opened(listen)

    @property
    def address(self) -> tuple[str, int]:
        """Where it listens."""
        host, port = self._socket.getsockname()[:2]
        return str(host), int(port)

    def close(self) -> None:
        """Take nothing any more; whoever is not answered sends again."""
        self._socket.close()

    def take_some(self) -> int:
        """Wait a little for packets, take all that are there, answer, and return how many were answered."""
        at = timezone.now()
        waiting = [read for octets, sender in self._received() if (read := self._read(octets, sender, at=at))]
        answered = self._written(waiting, at=at)
        for one in answered:
            self._send(one)
        return len(answered)

    def _received(self) -> list[tuple[bytes, _Sender]]:
        received: list[tuple[bytes, _Sender]] = []
        self._socket.settimeout(_LOOK_S)
        while len(received) < AT_ONCE:
            try:
                received.append(self._socket.recvfrom(radius.MOST_OCTETS))
            except (TimeoutError, BlockingIOError):
                break
            except ConnectionError:
                continue  # The system tells that an earlier answer did not arrive; its sender has gone.
            self._socket.setblocking(False)
        return received

    def _read(self, octets: bytes, sender: _Sender, *, at: datetime) -> _Waiting | None:
        address = str(sender[0])
        try:
            client = radius.client_of(address, self._clients)
            told = radius.read(
                octets,
                sender=address,
                client=client,
                reference=self._reference,
                ports_a_block=self._ports_a_block,
                at=at,
            )
        except NotTaken as dropped:
            packets.labels(outcome=dropped.reason.value).inc()
            return None
        unused.inc(told.left_out)
        return _Waiting(told, sender)

    def _written(self, waiting: Sequence[_Waiting], *, at: datetime) -> Sequence[_Waiting]:
        """Commit what all of them say, and return those that may be answered."""
        try:
            self._commit(waiting, at=at)
        except OperationalError:
            # The disk is full or the database is away: all of them are sent again.
            connection.close()
            return self._failed(len(waiting))
        except DatabaseError:
            if len(waiting) == 1:
                return self._failed(1)
            # One of them cannot be stored; it must not keep the others.
            return [one for packet in waiting for one in self._written([packet], at=at)]
        packets.labels(outcome="taken").inc(len(waiting))
        return waiting

    @staticmethod
    def _commit(waiting: Sequence[_Waiting], *, at: datetime) -> None:
        events = [event for one in waiting for event in one.told.events]
        names = {one.told.origin: one.told.name for one in waiting}
        if events:
            sessions.take(events, kind=Session.Kind.RADIUS, names=names, at=at)

    @staticmethod
    def _failed(count: int) -> Sequence[_Waiting]:
        packets.labels(outcome="not_stored").inc(count)
        log.error("accounting not stored; it is not answered, so that it is sent again", extra={"count": count})
        return []

    def _send(self, one: _Waiting) -> None:
        try:
            self._socket.sendto(one.told.answer, one.sender)
        except OSError:
            packets.labels(outcome="unsent").inc()  # It is sent again, and taken again without harm.


def _opened(listen: str) -> socket.socket:
    host, _, port = listen.strip().rpartition(":")
    if not host or not port.isdecimal():
        raise WrongSetting("LEEWARD_RADIUS_LISTEN must be an address with its port, such as 192.0.2.1:1813")
    host = host.strip("[]")
    opened = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_DGRAM)
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER_OCTETS)
    try:
        opened.bind((host, int(port)))
    except OSError as error:
        opened.close()
        raise WrongSetting(f"LEEWARD_RADIUS_LISTEN: {error.strerror}; give an address and a free port") from None
    return opened


def configured() -> Listener:
    """Return the listener of the settings. Raises `WrongSetting`."""
    lines = config.current().lines
    if not lines.radius_listen or not lines.radius_clients:
        raise WrongSetting("RADIUS accounting needs LEEWARD_RADIUS_LISTEN and LEEWARD_RADIUS_CLIENTS; set both")
    return Listener(
        lines.radius_listen,
        radius.clients(lines.radius_clients),
        reference=radius.reference_attribute(lines.radius_reference),
        ports_a_block=config.current().dnsdist.dnsdist_ports_a_block,
    )


def run(stop: threading.Event) -> None:
    """Take accounting until told to stop."""
    listener = configured()
    try:
        while not stop.is_set():
            listener.take_some()
    finally:
        listener.close()
        connection.close()
