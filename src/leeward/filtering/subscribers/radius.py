"""RADIUS accounting: what a packet says of a session. RFC 2866, with RFC 2869, 3162, 4818, 5997, 6911 and 8045."""

from __future__ import annotations

import ipaddress
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Final

from pyrad import packet as pyrad

from leeward.core.settings import WrongSetting
from leeward.filtering.subscribers import identities as subscriber_identities
from leeward.filtering.subscribers import sessions
from leeward.filtering.subscribers.identities import Identities, NotALine
from leeward.filtering.subscribers.models import REFERENCE_MAX
from leeward.filtering.subscribers.sessions import Event, Restart, Word

type Network = ipaddress.IPv4Network | ipaddress.IPv6Network

MOST_OCTETS: Final = 4096  # RFC 2865, 3: the longest packet.
_REQUEST, _STATUS_SERVER = 4, 12
_NAS_ADDRESS, _FRAMED_ADDRESS, _NAS_NAME, _DELAY, _STATUS, _SESSION, _TIME = 4, 8, 32, 41, 40, 44, 46
_TIMESTAMP, _NAS_V6, _FRAMED_PREFIX, _DELEGATED, _FRAMED_V6, _EXTENDED = 55, 95, 97, 123, 168, 241
_PORT_RANGE = 6  # RFC 8045, 3.1.2: attribute 241.6, with the numbers of its parts.
_RANGE_ADDRESS, _RANGE_ALLOC, _RANGE_START, _RANGE_END = 3, 8, 9, 10
_DEALLOCATED = 2  # RFC 8045, 3.2.8
_REFERENCES: Final[Mapping[str, int]] = {"user-name": 1, "class": 25, "calling-station-id": 31}
_WORDS: Final = {1: Word.START, 2: Word.STOP, 3: Word.ALIVE}
_RESTARTS: Final = frozenset({7, 8})  # Accounting-On and Accounting-Off.
# RFC 2865, 5.8: the user, or the server, chooses. Nobody has these.
_CHOSEN_LATER: Final = frozenset({b"\xff\xff\xff\xff", b"\xff\xff\xff\xfe", b"\x00\x00\x00\x00"})
_OLDEST: Final = timedelta(days=7)  # A packet that waited longer than this, or a clock that is wrong.
_AHEAD: Final = timedelta(minutes=5)
_LONGEST: Final = timedelta(days=3650)


class Dropped(StrEnum):
    """Why a packet is not answered; a label of the counter."""

    STRANGER = "stranger"
    MALFORMED = "malformed"
    WRONG_SECRET = "wrong_secret"  # noqa: S105  # the name of a reason
    NOT_ACCOUNTING = "not_accounting"


class NotTaken(Exception):
    """The packet gets no answer, as RFC 2865 and 2866 ask for. Look at the counter of its reason."""

    def __init__(self, reason: Dropped) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class Client:
    """A network from which accounting is taken, and the secret that it shares with us."""

    network: Network
    secret: bytes

    def __repr__(self) -> str:
        return f"Client({self.network})"


@dataclass(frozen=True, slots=True)
class Told:
    """What one packet says, and the answer that is due once that is committed. `left_out` counts identities of no use."""

    origin: bytes
    name: str
    events: tuple[Event | Restart, ...]
    answer: bytes
    left_out: int = 0


def clients(words: tuple[str, ...]) -> tuple[Client, ...]:
    """Read «network=file» and the secrets in the files, the smallest networks first. Raises `WrongSetting`."""
    found = []
    for place, word in enumerate(words, 1):
        network, sign, path = word.partition("=")
        name = f"LEEWARD_RADIUS_CLIENTS: entry {place}"
        try:
            parsed = ipaddress.ip_network(network.strip())
        except ValueError:
            raise WrongSetting(f"{name} begins with no network; write it as 192.0.2.0/24=/path/of/secret") from None
        if not sign or not path.strip():
            raise WrongSetting(f"{name} names no file with the secret; write it as 192.0.2.0/24=/path/of/secret")
        try:
            secret = Path(path.strip()).read_bytes().strip()
        except OSError as error:
            raise WrongSetting(f"{name}: the file cannot be read ({error.strerror}); correct the path") from None
        if not secret:
            raise WrongSetting(f"{name}: the file is empty; put the shared secret there")
        found.append(Client(parsed, secret))
    return tuple(sorted(found, key=lambda client: -client.network.prefixlen))


def reference_attribute(name: str) -> int:
    """Return the number of the attribute that holds the reference of a line. Raises `WrongSetting`."""
    if name not in _REFERENCES:
        raise WrongSetting(f"LEEWARD_RADIUS_REFERENCE must be one of: {', '.join(_REFERENCES)}")
    return _REFERENCES[name]


def client_of(address: str, known: tuple[Client, ...]) -> Client:
    """Return whose packet comes from this address. Raises `NotTaken`."""
    parsed = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(parsed, ipaddress.IPv6Address) and parsed.ipv4_mapped is not None:
        parsed = parsed.ipv4_mapped
    for client in known:
        if parsed in client.network:
            return client
    raise NotTaken(Dropped.STRANGER)


def read(octets: bytes, *, sender: str, client: Client, reference: int, ports_a_block: int, at: datetime) -> Told:
    """Return what a packet says. `reference` is the number of an attribute. Raises `NotTaken`."""
    packet = _opened(octets, client)
    name = str(client.network)
    answer: bytes = packet.CreateReply().ReplyPacket()
    own_name = _first(packet, _NAS_NAME) or _first(packet, _NAS_ADDRESS) or _first(packet, _NAS_V6) or sender.encode()
    # With the network, so that whoever has one secret ends no session that was told under another.
    origin = sessions.key_of(b"radius", name.encode(), own_name)
    if packet.code == _STATUS_SERVER:
        return Told(origin, name, (), answer)
    status, when = _number(packet, _STATUS), _when(packet, at=at)
    if status is None:
        raise NotTaken(Dropped.MALFORMED)
    if status in _RESTARTS:
        return Told(origin, name, (Restart(origin, when),), answer)
    if status not in _WORDS:
        return Told(origin, name, (), answer)  # Of tunnels and links, which say nothing of lines.
    session = _first(packet, _SESSION)
    if session is None:
        raise NotTaken(Dropped.MALFORMED)
    identities, left_out = _identities(packet, ports_a_block=ports_a_block)
    word = _WORDS[status]
    event = Event(
        word,
        sessions.key_of(origin, session),
        origin,
        when,
        when if word is Word.START else _begun(packet, when),
        _reference(packet, reference),
        identities,
    )
    return Told(origin, name, (event,), answer, left_out)


def _opened(octets: bytes, client: Client) -> pyrad.AcctPacket:
    try:
        packet = pyrad.AcctPacket(packet=octets, secret=client.secret)
        if packet.code not in {_REQUEST, _STATUS_SERVER}:
            raise NotTaken(Dropped.NOT_ACCOUNTING)
        if not packet.VerifyAcctRequest():
            raise NotTaken(Dropped.WRONG_SECRET)
        if packet.message_authenticator and not packet.verify_message_authenticator():
            raise NotTaken(Dropped.WRONG_SECRET)
    except (pyrad.PacketError, struct.error, ValueError, IndexError):
        raise NotTaken(Dropped.MALFORMED) from None
    return packet


def _first(packet: pyrad.AcctPacket, number: int) -> bytes | None:
    values = packet.get(number)
    return bytes(values[0]) if values and values[0] else None


def _number(packet: pyrad.AcctPacket, number: int) -> int | None:
    value = _first(packet, number)
    return int.from_bytes(value) if value is not None and len(value) == 4 else None


def _when(packet: pyrad.AcctPacket, *, at: datetime) -> datetime:
    """Return when it happened: by the sender's clock where that can be, else when it came without the delay it tells."""
    told = _number(packet, _TIMESTAMP)
    if told is not None:
        moment = datetime.fromtimestamp(told, UTC)
        if at - _OLDEST <= moment <= at + _AHEAD:
            return moment
    return at - min(timedelta(seconds=_number(packet, _DELAY) or 0), _OLDEST)


def _begun(packet: pyrad.AcctPacket, when: datetime) -> datetime | None:
    lasted = _number(packet, _TIME)
    return None if lasted is None else when - min(timedelta(seconds=lasted), _LONGEST)


def _reference(packet: pyrad.AcctPacket, number: int) -> str:
    value = _first(packet, number)
    if value is None or len(value) > REFERENCE_MAX:
        return ""
    try:
        return value.decode()
    except UnicodeDecodeError:
        return "0x" + value.hex()  # A class is any octets.


def _identities(packet: pyrad.AcctPacket, *, ports_a_block: int) -> tuple[tuple[Identities, ...], int]:
    found: list[Identities] = []
    left_out = 0
    for address, bits in _networks(packet):
        try:
            found.append(subscriber_identities.of_prefix(address, bits))
        except NotALine:
            left_out += 1
    for address, low, high in _ranges(packet):
        try:
            found += subscriber_identities.of_blocks(address, low, high, ports_a_block=ports_a_block)
        except NotALine:
            left_out += 1
    return tuple(dict.fromkeys(found)), left_out


def _networks(packet: pyrad.AcctPacket) -> Iterator[tuple[ipaddress.IPv4Address | ipaddress.IPv6Address, int | None]]:
    # With a range of ports, the address is one that many lines share.
    is_shared = any(part[:1] == bytes((_PORT_RANGE,)) for part in packet.get(_EXTENDED) or ())
    for value in packet.get(_FRAMED_ADDRESS) or ():
        if len(value) == 4 and value not in _CHOSEN_LATER and not is_shared:
            yield ipaddress.IPv4Address(bytes(value)), None
    for value in packet.get(_FRAMED_V6) or ():
        if len(value) == 16:
            yield ipaddress.IPv6Address(bytes(value)), None
    for number in (_FRAMED_PREFIX, _DELEGATED):
        for value in packet.get(number) or ():
            # RFC 3162, 2.3: a reserved octet, the length in bits, and as many octets as are not zero.
            if 2 <= len(value) <= 18 and value[1] <= 128:
                yield ipaddress.IPv6Address(bytes(value[2:]).ljust(16, b"\0")), value[1]


def _ranges(packet: pyrad.AcctPacket) -> Iterator[tuple[ipaddress.IPv4Address, int, int]]:
    for value in packet.get(_EXTENDED) or ():
        if value[:1] != bytes((_PORT_RANGE,)):
            continue
        parts, rest = {}, bytes(value[1:])
        while len(rest) >= 2 and 2 <= rest[1] <= len(rest):
            parts[rest[0]] = rest[2 : rest[1]]
            rest = rest[rest[1] :]
        address = parts.get(_RANGE_ADDRESS, b"")
        is_taken_back = int.from_bytes(parts.get(_RANGE_ALLOC, b"")) == _DEALLOCATED
        if len(address) == 4 and {_RANGE_START, _RANGE_END} <= parts.keys() and not is_taken_back:
            low, high = (int.from_bytes(parts[number]) for number in (_RANGE_START, _RANGE_END))
            yield ipaddress.IPv4Address(address), low, high
