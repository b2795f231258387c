"""How machines of the provider tell which line has which address, where no RADIUS accounting comes."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from django.http import HttpRequest
from django.utils import timezone
from ninja import Router, Schema
from pydantic import AwareDatetime, Field

from leeward.core import config, machines, problems
from leeward.core.models import ApiKey, Organisation
from leeward.filtering.subscribers import identities
from leeward.filtering.subscribers import sessions as subscriber_sessions
from leeward.filtering.subscribers.identities import Identities, NotALine
from leeward.filtering.subscribers.models import REFERENCE_MAX, Session
from leeward.filtering.subscribers.sessions import Event, Restart, Word

router = Router(tags=["lines"], auth=machines.Bearer(ApiKey.Scope.LINES))

EVENTS_MOST = 5000
_HELD_MOST = 16
_WORDS = {"start": Word.START, "alive": Word.ALIVE, "stop": Word.STOP}


class PortsIn(Schema):
    """Ports of an IPv4 address that several lines share, from the border of one block to that of another."""

    address: str = Field(max_length=15)
    ports: str = Field(max_length=11, description="such as 2048-4095")


class EventIn(Schema):
    """One word about one session. `restart` says that the system `origin` starts anew: all its sessions are over."""

    event: Literal["start", "alive", "stop", "restart"]
    session: str = Field("", max_length=200, description="its number in that system; a restart has none")
    at: AwareDatetime
    begun_at: AwareDatetime | None = Field(None, description="when the session began; known for `start` without it")
    reference: str = Field("", max_length=REFERENCE_MAX, description="by which you know the line")
    addresses: list[str] = Field(default=[], max_length=_HELD_MOST, description="such as 192.0.2.7, 2001:db8:1::/56")
    ports: list[PortsIn] = Field(default=[], max_length=_HELD_MOST)
    devices: list[str] = Field(default=[], max_length=_HELD_MOST)
    origin: str = Field("", max_length=200, description="the system whose sessions these are, where there are several")


class EventsOut(Schema):
    """How many were taken; they are stored for good."""

    taken: int


@router.post("/subscribers/sessions", response=EventsOut, url_name="subscriber_sessions")
def sessions(request: HttpRequest, events: list[EventIn]) -> dict[str, int]:
    """Tell what happened to sessions, in any order and as often as you like. All of it is taken, or nothing."""
    if len(events) > EVENTS_MOST:
        raise problems.Refused(422, f"Send at most {EVENTS_MOST} events at once.")
    organisation, at = machines.caller(request), timezone.now()
    faults: list[dict[str, str]] = []
    told = [one for place, event in enumerate(events) if (one := _read(event, place, organisation, faults))]
    if faults:
        raise problems.Refused(422, "Correct the fields named in «errors» and send all of it again.", errors=faults)
    names = {event.origin: organisation.name[:100] for event in told}
    subscriber_sessions.take(told, kind=Session.Kind.WEBHOOK, names=names, at=at)
    return {"taken": len(told)}


def _read(
    event: EventIn, place: int, organisation: Organisation, faults: list[dict[str, str]]
) -> Event | Restart | None:
    origin = subscriber_sessions.key_of(b"webhook", str(organisation.pk).encode(), event.origin.encode())
    if event.event == "restart":
        return Restart(origin, event.at)
    if not event.session:
        faults.append({"field": f"{place}.session", "problem": "say which session it is"})
        return None
    try:
        held = _held(event)
    except NotALine as wrong:
        faults.append({"field": f"{place}.addresses, ports or devices", "problem": str(wrong)})
        return None
    word = _WORDS[event.event]
    return Event(
        word,
        subscriber_sessions.key_of(origin, event.session.encode()),
        origin,
        event.at,
        _begun(event),
        event.reference,
        held,
    )


def _begun(event: EventIn) -> datetime | None:
    return event.begun_at or (event.at if event.event == "start" else None)


def _held(event: EventIn) -> tuple[Identities, ...]:
    a_block = config.current().dnsdist.dnsdist_ports_a_block
    held = [identities.of_network(address) for address in event.addresses]
    for shared in event.ports:
        held += identities.of_ports(shared.ports, address=shared.address, ports_a_block=a_block)
    held += [identities.of_device(device) for device in event.devices]
    return tuple(dict.fromkeys(held))
