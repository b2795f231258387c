"""A resolver on a free loopback port, and upstreams of our own that behave well or badly."""

import asyncio
import ipaddress
import pathlib
import ssl
import threading
from collections.abc import Callable, Coroutine, Iterator
from typing import cast

import pytest

from leeward.engines import dns as engine

from . import certificates

HOST = "127.0.0.1"
PAGE_V4 = "192.0.2.80"
PAGE_V6 = "2001:db8::80"
CONTACT = "https://help.example/door"
PAGE = engine.Page(v4=PAGE_V4, v6=PAGE_V6, contact=CONTACT)


LAW = engine.Ruling(engine.Way.CLOSED, 16, "The law asks for it.")
PROVIDER = engine.Ruling(engine.Way.CLOSED, 15, "The provider asks for it.")
BEDTIME = engine.Ruling(engine.Way.CLOSED, 17, "It is bedtime.", is_child=True)
CHILD = engine.Ruling(engine.Way.OPEN, is_child=True)
SAFE = engine.Ruling(engine.Way.SAFE, safe_name="safe.search.example", is_child=True)

ANA = b"tana"  # Ana's token; the home's line and the tablet behind a gateway are hers too.
ANAS = frozenset({ANA, b"4\x7f\0\0\x02", b"etablet"})


class Rules:
    """A policy in a few lines: the law's `bad.example`, the family's `play.example`, Ana's bedtime and safe search.

    What is put into `closed` is kept away from everybody, from the next question on.
    """

    def __init__(self) -> None:
        self.closed: set[str] = set()
        self.asked: list[tuple[str, bytes]] = []
        self.is_ready = True
        self.anas = set(ANAS)

    def knows(self, who: bytes) -> bool:
        return who in self.anas

    def decide(self, wire: bytes, who: bytes, at_s: int) -> engine.Ruling:
        if not self.is_ready:
            raise engine.PolicyNotReady
        name = engine.name_of(wire.lower())
        self.asked.append((name, who))
        if _covers("bad.example", name):
            return LAW
        if name in self.closed:
            return PROVIDER
        if not self.knows(who):
            return FAMILY if _covers("play.example", name) else engine.OPEN
        if name == "search.example":
            return SAFE
        return BEDTIME if _covers("play.example", name) else CHILD


FAMILY = engine.Ruling(engine.Way.CLOSED, 17, "The family asks for it.")


def _covers(blocked: str, name: str) -> bool:
    return name == blocked or name.endswith(f".{blocked}")


class Loop:
    """An event loop in a thread of its own, so that blocking clients can ask what runs in it."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._thread.start()

    def run[T](self, work: Coroutine[None, None, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(timeout=10)

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


class FakeUpstream(asyncio.DatagramProtocol):
    """A resolver that answers a query with the datagrams and the streamed message that `talk` makes of it."""

    def __init__(self, talk: Callable[[bytes], list[bytes]], stream: Callable[[bytes], bytes]) -> None:
        self.asked: list[bytes] = []
        self.ports: list[int] = []
        self.streamed = 0
        self._talk = talk
        self._stream = stream
        self._transport: asyncio.DatagramTransport | None = None
        self._listener: asyncio.Server | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self.asked.append(data)
        self.ports.append(addr[1])
        assert self._transport is not None
        for octets in self._talk(data):
            self._transport.sendto(octets, addr)

    async def start(self) -> tuple[str, int]:
        self._listener = await asyncio.start_server(self._serve, HOST, 0)
        port = self._listener.sockets[0].getsockname()[1]
        await asyncio.get_running_loop().create_datagram_endpoint(lambda: self, local_addr=(HOST, port))
        return HOST, port

    async def stop(self) -> None:
        assert self._transport is not None
        assert self._listener is not None
        self._transport.close()
        self._listener.close()
        await self._listener.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        query = await reader.readexactly(int.from_bytes(await reader.readexactly(2)))
        self.streamed += 1
        answer = self._stream(query)
        writer.write(len(answer).to_bytes(2) + answer)
        await writer.drain()
        writer.close()


class House:
    """Everything a test needs running, on one loop."""

    def __init__(self) -> None:
        self._loop = Loop()
        self._stops: list[Callable[[], Coroutine[None, None, None]]] = []

    def upstream(
        self, talk: Callable[[bytes], list[bytes]], stream: Callable[[bytes], bytes] = lambda query: b""
    ) -> tuple[FakeUpstream, tuple[str, int]]:
        made = FakeUpstream(talk, stream)
        address = self._loop.run(made.start())
        self._stops.append(made.stop)
        return made, address

    def resolver(
        self,
        *upstreams: tuple[str, int],
        policy: engine.Policy | None = None,
        timeout_s: float = 0.2,
        idle_s: float = 10,
        announced: engine.Announced | None = None,
        gateways: tuple[str, ...] = (),
        page: engine.Page = PAGE,
    ) -> tuple[engine.Resolver, int]:
        made = engine.Resolver(
            policy or Rules(),
            upstreams=upstreams,
            page=page,
            announced=announced,
            trusted=tuple(ipaddress.ip_network(word) for word in gateways),
            device_option=65074,
            timeout_s=timeout_s,
            idle_s=idle_s,
        )
        port = self._loop.run(made.start(HOST, 0))
        self._stops.append(made.stop)
        return made, port

    def tls(self, resolver: engine.Resolver, context: ssl.SSLContext) -> int:
        return self._loop.run(resolver.start_tls(HOST, 0, context=context))

    def https(self, resolver: engine.Resolver, context: ssl.SSLContext | None) -> int:
        return self._loop.run(resolver.start_https(HOST, 0, context=context))

    def stop(self, resolver: engine.Resolver) -> None:
        self._loop.run(resolver.stop())

    def stop_upstream(self, upstream: FakeUpstream) -> None:
        self._loop.run(upstream.stop())

    def close(self) -> None:
        for stop in reversed(self._stops):
            self._loop.run(stop())
        self._loop.close()


@pytest.fixture
def house() -> Iterator[House]:
    made = House()
    yield made
    made.close()


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[pathlib.Path, pathlib.Path]:
    return certificates.write(tmp_path_factory.mktemp("certificate"))
