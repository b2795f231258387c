"""RADIUS accounting: what a packet says, who is answered when, and that nothing that was answered is lost."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st
from pyrad import packet as pyrad

from leeward.core.settings import WrongSetting
from leeward.filtering.subscribers import radius, radius_listener, services
from leeward.filtering.subscribers.identities import of_block, of_network
from leeward.filtering.subscribers.models import Session
from leeward.filtering.subscribers.radius import Client, Dropped, NotTaken
from leeward.filtering.subscribers.radius_listener import Listener
from leeward.filtering.subscribers.sessions import Event, Restart, Word

AT = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
SECRET = b"made-up secret of two"
NAS = Client(ipaddress.ip_network("127.0.0.0/8"), SECRET)
STATUS, SESSION, USER, ADDRESS, NAS_NAME = 40, 44, 1, 8, 32
START, STOP, ALIVE, ON = 1, 2, 3, 7
A_BLOCK = 1024


def packet(attributes: dict[int, list[bytes]], *, secret: bytes = SECRET, number: int = 7) -> bytes:
    made = pyrad.AcctPacket(id=number, secret=secret)
    for key, values in attributes.items():
        made[key] = values
    octets: bytes = made.RequestPacket()
    return octets


def word(number: int) -> list[bytes]:
    return [number.to_bytes(4)]


def of_session(
    status: int, *, session: bytes = b"17", address: str = "192.0.2.7", line: bytes = b"line 1"
) -> dict[int, list[bytes]]:
    packed = ipaddress.ip_address(address).packed
    return {STATUS: word(status), SESSION: [session], USER: [line], ADDRESS: [packed], NAS_NAME: [b"bras1"]}


def read(octets: bytes, *, reference: int = USER) -> radius.Told:
    return radius.read(octets, sender="127.0.0.1", client=NAS, reference=reference, ports_a_block=A_BLOCK, at=AT)


def event_of(attributes: dict[int, list[bytes]], *, reference: int = USER) -> Event:
    (event,) = read(packet(attributes), reference=reference).events
    assert isinstance(event, Event)
    return event


def test_a_start_tells_line_address_and_beginning() -> None:
    event = event_of(of_session(START))

    assert (event.word, event.reference, event.at, event.begun_at) == (Word.START, "line 1", AT, AT)
    assert event.identities == (of_network("192.0.2.7"),)


def test_both_prefixes_of_ipv6_are_identities() -> None:
    prefixes = {97: [b"\0\x40" + bytes.fromhex("20010db800010001")], 123: [b"\0\x38" + bytes.fromhex("20010db80002ab")]}

    event = event_of(of_session(START) | prefixes)

    assert set(event.identities[1:]) == {of_network("2001:db8:1:1::/64"), of_network("2001:db8:2:ab00::/56")}


def test_a_range_of_ports_is_an_identity_for_each_block_and_the_shared_address_is_none() -> None:
    parts = [(3, ipaddress.ip_address("192.0.2.99").packed), (9, (2048).to_bytes(4)), (10, (4095).to_bytes(4))]
    ports = b"\x06" + b"".join(bytes((kind, len(value) + 2)) + value for kind, value in parts)

    event = event_of(of_session(START, address="192.0.2.99") | {241: [ports]})

    shared = ipaddress.ip_address("192.0.2.99").packed
    assert [held.first for held in event.identities] == [of_block(shared, 2), of_block(shared, 3)]


def test_an_interim_update_tells_when_its_session_began() -> None:
    event = event_of(of_session(ALIVE) | {46: word(600)})

    assert (event.word, event.at, event.begun_at) == (Word.ALIVE, AT, AT - timedelta(minutes=10))


@pytest.mark.parametrize(
    ("times", "when"),
    [
        ({41: word(30)}, AT - timedelta(seconds=30)),
        ({55: word(int(AT.timestamp()) - 90)}, AT - timedelta(seconds=90)),
        ({55: word(0), 41: word(30)}, AT - timedelta(seconds=30)),
        ({55: word(int(AT.timestamp()) + 86_400)}, AT),
    ],
    ids=["delayed", "by the sender's clock", "a clock that never was set", "a clock that runs ahead"],
)
def test_an_event_counts_from_when_it_happened(times: dict[int, list[bytes]], when: datetime) -> None:
    assert event_of(of_session(STOP) | times).at == when


@pytest.mark.parametrize(("number", "name"), [(1, "user-name"), (25, "class"), (31, "calling-station-id")])
def test_the_reference_is_the_attribute_that_the_setting_names(number: int, name: str) -> None:
    attributes = {key: values for key, values in of_session(START).items() if key != USER} | {number: [b"contract 4"]}

    assert event_of(attributes, reference=radius.reference_attribute(name)).reference == "contract 4"


def test_a_class_of_any_octets_is_a_reference() -> None:
    assert event_of(of_session(START) | {25: [b"\xff\x00"]}, reference=25).reference == "0xff00"


@pytest.mark.parametrize("status", [7, 8])
def test_on_and_off_tell_that_the_system_starts_anew(status: int) -> None:
    told = read(packet({STATUS: word(status), NAS_NAME: [b"bras1"]}))

    assert told.events == (Restart(told.origin, AT),)


def test_an_address_that_no_line_can_have_is_left_out_and_the_rest_is_taken() -> None:
    told = read(packet(of_session(START) | {123: [b"\0\x20" + bytes.fromhex("20010db8")]}))

    (event,) = told.events
    assert isinstance(event, Event)
    assert (event.identities, told.left_out) == ((of_network("192.0.2.7"),), 1)


@pytest.mark.parametrize(
    ("octets", "reason"),
    [
        (packet(of_session(START), secret=b"another"), Dropped.WRONG_SECRET),
        (packet({SESSION: [b"17"]}), Dropped.MALFORMED),
        (packet({STATUS: word(START)}), Dropped.MALFORMED),
        (packet({STATUS: [b"\0"]}), Dropped.MALFORMED),
        (packet(of_session(START))[:-3], Dropped.MALFORMED),
        (b"", Dropped.MALFORMED),
        (b"\x01" + packet(of_session(START))[1:], Dropped.NOT_ACCOUNTING),
    ],
    ids=["wrong secret", "no status", "no session", "short status", "cut off", "empty", "sign-in"],
)
def test_what_is_no_accounting_of_ours_is_dropped(octets: bytes, reason: Dropped) -> None:
    with pytest.raises(NotTaken) as dropped:
        read(octets)

    assert dropped.value.reason is reason


@given(octets=st.binary(max_size=300))
def test_no_octets_whatever_break_it(octets: bytes) -> None:
    with pytest.raises(NotTaken):
        read(octets)


@given(
    attributes=st.dictionaries(
        st.sampled_from([1, 4, 8, 25, 32, 41, 46, 55, 95, 97, 123, 168, 241]),
        st.lists(st.binary(max_size=30), min_size=1, max_size=2),
    ),
    status=st.integers(1, 15),
)
def test_no_attribute_whatever_breaks_it(attributes: dict[int, list[bytes]], status: int) -> None:
    told = read(packet(attributes | {STATUS: word(status), SESSION: [b"17"]}))

    assert len(told.events) <= 1


def test_the_secrets_stand_in_files_and_the_smaller_network_comes_first(tmp_path: Path) -> None:
    for name in ("all", "one"):
        (tmp_path / name).write_text(f"secret of {name}\n")

    known = radius.clients((f"192.0.2.0/24={tmp_path}/all", f"192.0.2.7/32={tmp_path}/one"))

    assert radius.client_of("192.0.2.7", known).secret == b"secret of one"
    assert radius.client_of("::ffff:192.0.2.8", known).secret == b"secret of all"
    assert "secret" not in repr(known)
    with pytest.raises(NotTaken):
        radius.client_of("198.51.100.7", known)


@pytest.mark.parametrize("word", ["192.0.2.0/24", "192.0.2.7/24=x", "192.0.2.0/24=/nowhere/at/all", "192.0.2.0/24="])
def test_a_wrong_setting_names_its_entry_and_the_next_step(word: str) -> None:
    with pytest.raises(WrongSetting, match=r"LEEWARD_RADIUS_CLIENTS: entry 1.*(write it|correct)"):
        radius.clients((word,))


@pytest.fixture
def listener(transactional_db: None) -> Iterator[Listener]:
    running = Listener("127.0.0.1:0", [NAS], reference=USER, ports_a_block=A_BLOCK)
    yield running
    running.close()


@pytest.fixture
def nas(listener: Listener) -> Iterator[socket.socket]:
    """An access server that waits for answers a second at most."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as opened:
        opened.connect(listener.address)
        opened.settimeout(1)
        yield opened


def test_an_answer_comes_when_the_session_is_stored(listener: Listener, nas: socket.socket) -> None:
    request = pyrad.AcctPacket(secret=SECRET)
    for key, values in of_session(START).items():
        request[key] = values
    request[33] = [b"proxy state"]
    nas.send(request.RequestPacket())

    taken = listener.take_some()
    answer = request.CreateReply(packet=nas.recv(4096))

    line = services.line_at("192.0.2.7")
    assert (taken, line.reference if line else None) == (1, "line 1")
    assert request.VerifyReply(answer)
    assert answer[33] == [b"proxy state"]


def test_a_packet_that_comes_again_is_answered_again_and_changes_nothing(
    listener: Listener, nas: socket.socket
) -> None:
    answers = []
    for _ in range(2):
        nas.send(packet(of_session(START)))
        listener.take_some()
        answers.append(nas.recv(4096))

    assert answers[0] == answers[1]
    assert Session.objects.count() == 1


@pytest.mark.skipif(connection.vendor != "sqlite", reason="the pragma is one of SQLite")
def test_what_cannot_be_stored_is_not_answered(listener: Listener, nas: socket.socket) -> None:
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA query_only = ON")
    nas.send(packet(of_session(START)))
    answered = listener.take_some()
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA query_only = OFF")
    nas.send(packet(of_session(START)))

    assert answered == 0
    assert listener.take_some() == 1
    assert Session.objects.count() == 1


def test_a_stranger_and_a_wrong_secret_get_no_answer_and_are_counted(listener: Listener, nas: socket.socket) -> None:
    before = radius_listener.packets.labels(outcome="wrong_secret")._value.get()
    nas.send(packet(of_session(START), secret=b"guessed"))

    assert listener.take_some() == 0
    assert radius_listener.packets.labels(outcome="wrong_secret")._value.get() == before + 1
    nas.settimeout(0.05)
    with pytest.raises(TimeoutError):
        nas.recv(4096)


def test_many_packets_are_one_transaction(listener: Listener, nas: socket.socket) -> None:
    for number in range(40):
        nas.send(packet(of_session(START, session=str(number).encode(), address=f"192.0.2.{number}")))
    commits = 0

    def committed(execute: object, sql: str, params: object, many: bool, context: object) -> object:
        nonlocal commits
        commits += "INSERT INTO filtering_session" in sql
        return execute(sql, params, many, context)  # type: ignore[operator]  # Django's own hook

    with connection.execute_wrapper(committed):
        taken = listener.take_some()

    assert (taken, commits) == (40, 1)
