"""Many datagrams taken, decided and answered together: each as if it had come alone, and to whoever asked."""

import ipaddress
import socket
from collections.abc import Callable, Iterator, Sequence

import dns.message
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leeward.engines import dns as engine
from leeward.engines.dns._callers import Caller, asker_of
from leeward.engines.dns._datagrams import MOST, Inbox, OneByOne, inbox_of
from leeward.engines.dns._message import Carrier
from leeward.engines.dns._resolve import Now, Ready

from .asking import question, texts
from .conftest import HOST, PAGE, PAGE_V4, House, Rules

pytestmark = pytest.mark.allow_hosts([HOST, "::1", "127.0.0.2"])
UDP_SEGMENT = 103  # linux/udp.h: datagrams leave in pieces of so many octets, and not at all if those are too many.


@pytest.fixture(params=[OneByOne, inbox_of])
def made(request: pytest.FixtureRequest) -> Callable[[socket.socket], Inbox]:
    way: Callable[[socket.socket], Inbox] = request.param
    return way


@pytest.fixture(params=[socket.AF_INET, socket.AF_INET6])
def receiver(request: pytest.FixtureRequest) -> Iterator[socket.socket]:
    with socket.socket(request.param, socket.SOCK_DGRAM) as one:
        try:
            one.bind((HOST if request.param == socket.AF_INET else "::1", 0))
        except OSError:
            pytest.skip("this machine has no IPv6")
        one.setblocking(False)
        yield one


@pytest.fixture
def askers(receiver: socket.socket) -> Iterator[list[socket.socket]]:
    many = [socket.socket(receiver.family, socket.SOCK_DGRAM) for _ in range(MOST)]
    for one in many:
        one.settimeout(5)
        one.connect(receiver.getsockname()[:2])
    yield many
    for one in many:
        one.close()


def test_each_answer_goes_to_its_asker(
    made: Callable[[socket.socket], Inbox], receiver: socket.socket, askers: list[socket.socket]
) -> None:
    inbox = made(receiver)
    sent = [bytes((place,)) * (4096 if place == 7 else place) for place in range(MOST)]
    for asker, octets in zip(askers, sent, strict=True):
        asker.send(octets)

    asked, found = inbox.take()
    addresses = [inbox.address(place) for place in range(MOST)]
    unsent = inbox.answer([b"to %d" % place if place % 3 else None for place in range(MOST)])

    assert asked == sent
    assert addresses == [asker.getsockname() for asker in askers]
    assert found == [asker_of(asker.getsockname()[0], asker.getsockname()[1]) for asker in askers]
    assert unsent == 0
    assert [asker.recv(99) for place, asker in enumerate(askers) if place % 3] == [
        b"to %d" % place for place in range(MOST) if place % 3
    ]
    assert inbox.take() == ([], [])


def test_what_the_system_does_not_take_is_counted_and_the_others_are_sent(
    made: Callable[[socket.socket], Inbox], receiver: socket.socket, askers: list[socket.socket]
) -> None:
    inbox = made(receiver)
    for asker in askers:
        asker.send(b"x")
    inbox.take()
    try:
        receiver.setsockopt(socket.IPPROTO_UDP, UDP_SEGMENT, 8)
    except OSError:
        pytest.skip("this system sends no datagrams in pieces")

    unsent = inbox.answer(
        [None if place == 5 else bytes(2048 if place in (0, 9, 10, 63) else 8) for place in range(MOST)]
    )

    assert unsent == 4
    assert [asker.recv(99) for place, asker in enumerate(askers) if place not in (0, 5, 9, 10, 63)] == [bytes(8)] * 59


def test_when_nothing_can_be_sent_all_is_counted(
    made: Callable[[socket.socket], Inbox], receiver: socket.socket, askers: list[socket.socket]
) -> None:
    inbox = made(receiver)
    askers[0].send(b"x")
    askers[1].send(b"y")
    inbox.take()
    receiver.close()

    assert inbox.answer([b"to x", b"to y"]) == 2


def test_ready_answers_reach_everybody_who_asks_at_once(house: House) -> None:
    resolver, port = house.resolver()
    askers = [socket.socket(type=socket.SOCK_DGRAM) for _ in range(3 * MOST)]
    asked = [question(f"n{place % 5}.bad.example").to_wire() for place in range(len(askers))]

    for _ in range(2):
        for asker, octets in zip(askers, asked, strict=True):
            asker.sendto(octets, (HOST, port))
        for asker, octets in zip(askers, asked, strict=True):
            asker.settimeout(5)
            answer = dns.message.from_wire(asker.recv(2048))
            assert dns.message.from_wire(octets).is_response(answer)
            assert texts(answer) == [PAGE_V4]
    for asker in askers:
        asker.close()
    assert resolver.counters == engine.Counters(queries=6 * MOST, blocked=6 * MOST)


NAMES = ("bad.example", "BAD.example", "a.play.example", "x.bad.example", "ok.example", "search.example")
WIRES = [question(name, kind).to_wire() for name in NAMES for kind in ("A", "AAAA", "HTTPS")]
ADDRESSES = ("127.0.0.2", "192.0.2.9", "2001:db8::7", "::ffff:127.0.0.2", "198.51.100.1")
cut = st.tuples(st.sampled_from(WIRES), st.integers(0, 60)).map(lambda pair: pair[0][: pair[1]])
datagrams = st.one_of(st.sampled_from(WIRES), st.sampled_from(WIRES), cut, st.binary(max_size=80))
questions = st.lists(st.tuples(datagrams, st.sampled_from(ADDRESSES), st.integers(0, 65535)), max_size=2 * MOST)


class Batches(Rules):
    """Decides many questions at once, and about none of those that tell nothing."""

    def decide_batch(self, wires: Sequence[bytes], whos: Sequence[bytes], at_s: int) -> list[engine.Ruling | None]:
        return [
            None if wire[1:2] == b"x" else self.decide(wire, who, at_s) for wire, who in zip(wires, whos, strict=True)
        ]


@settings(deadline=None)
@given(
    asked=questions,
    is_backwards=st.booleans(),
    policy=st.sampled_from([Rules, Batches]),
    ports=st.sampled_from([0, 64]),
)
def test_from_memory_together_as_alone_as_thought_over(
    asked: list[tuple[bytes, str, int]], is_backwards: bool, policy: type[Rules], ports: int
) -> None:
    told: list[tuple[engine.Ruling, bytes, bytes, int]] = []
    resolver = engine.Resolver(
        policy(), upstreams=(), page=PAGE, told=lambda *what: told.append(what), ports_a_block=ports
    )
    memo, resolve, now = resolver._memo, resolver._resolve, Now(100.0, 1_000)
    for octets in WIRES:
        for address in ADDRESSES[:2]:
            thought = resolve.begin(octets, Caller(Carrier.UDP, address), now=now)
            assert isinstance(thought, Ready)
            memo.keep(octets, thought, now=now)
    asked = asked[::-1] if is_backwards else asked
    askers = [asker_of(address, port) for _, address, port in asked]
    resolver.counters.queries = resolver.counters.blocked = 0
    told.clear()

    together = memo.find([octets for octets, _, _ in asked], askers, now=now)
    counted, told_together = (resolver.counters.queries, resolver.counters.blocked), told.copy()
    told.clear()
    alone = [memo.find([octets], [asker], now=now)[0] for (octets, _, _), asker in zip(asked, askers, strict=True)]

    assert together == alone
    assert told_together == told
    assert counted == (sum(one is not None for one in alone), len(told))
    for (octets, address, port), answer in zip(asked, together, strict=True):
        if answer is not None:
            thought = resolve.begin(octets, Caller(Carrier.UDP, address, port=port), now=now)
            assert isinstance(thought, Ready)
            assert answer == thought.octets


def test_a_gateways_questions_are_not_answered_from_memory() -> None:
    trusted = (ipaddress.ip_network("192.0.2.0/30"), ipaddress.ip_network("2001:db8::/32"))
    resolver = engine.Resolver(Rules(), upstreams=(), page=PAGE, trusted=trusted, device_option=65074)
    memo, now = resolver._memo, Now(100.0, 1_000)
    thought = resolver._resolve.begin(WIRES[0], Caller(Carrier.UDP, "198.51.100.1"), now=now)
    assert isinstance(thought, Ready)
    memo.keep(WIRES[0], thought, now=now)

    addresses = ("192.0.2.1", "192.0.2.4", "2001:db8::1", "2001:db9::1", "::ffff:192.0.2.2", "::ffff:192.0.2.4")
    found = memo.find([WIRES[0]] * 6, [asker_of(address, 53) for address in addresses], now=now)

    assert [one is not None for one in found] == [False, True, False, True, False, True]
