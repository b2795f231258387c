"""A resolver on a free loopback port, and upstreams of our own that behave well or badly."""

import asyncio
import threading
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass
from typing import cast

import pytest

from leeward.engines import dns as engine

HOST = "127.0.0.1"
PAGE_V4 = "192.0.2.80"
PAGE_V6 = "2001:db8::80"


@dataclass(frozen=True)
class Decided:
    """A verdict, as any policy may give it."""

    blocked: bool
    reason: int | None


def decide(name: str) -> Decided:
    """Keep `bad.example` away by law, `play.example` for the family, and what is below them."""
    for blocked, reason in (("bad.example", 16), ("play.example", 17)):
        if name == blocked or name.endswith(f".{blocked}"):
            return Decided(True, reason)
    return Decided(False, None)


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
        policy: Callable[[str], engine.Verdict] = decide,
        timeout_s: float = 0.2,
        idle_s: float = 10,
    ) -> tuple[engine.Resolver, int]:
        made = engine.Resolver(
            policy, upstreams=upstreams, page_v4=PAGE_V4, page_v6=PAGE_V6, timeout_s=timeout_s, idle_s=idle_s
        )
        port = self._loop.run(made.start(HOST, 0))
        self._stops.append(made.stop)
        return made, port

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
