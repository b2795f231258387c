"""The two ways in: datagrams and streams."""

import asyncio
from typing import Final, cast

from ._message import Carrier, Query
from ._resolve import Resolve
from ._upstream import LENGTH

MAX_CONNECTIONS: Final = 100

_Address = tuple[str | int, ...]


class UdpDoor(asyncio.DatagramProtocol):
    """Answer datagrams; what needs an upstream is answered by a task of its own."""

    def __init__(self, resolve: Resolve) -> None:
        """Answer with `resolve`."""
        self._resolve = resolve
        self._tasks: set[asyncio.Task[None]] = set()
        self._transport: asyncio.DatagramTransport | None = None
        self._now_s = asyncio.get_running_loop().time

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the socket to answer from."""
        self._transport = cast(asyncio.DatagramTransport, transport)  # asyncio gives a datagram protocol no other.

    def datagram_received(self, data: bytes, addr: _Address) -> None:
        """Answer one datagram."""
        answer = self._resolve.begin(data, carrier=Carrier.UDP, now_s=self._now_s())
        if isinstance(answer, Query):
            task = asyncio.create_task(self._answer_later(answer, addr))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        elif answer is not None:
            self._send(answer, addr)

    async def close(self) -> None:
        """Stop answering and wait until nothing is under way."""
        if self._transport is not None:
            self._transport.close()
        await _cancelled(self._tasks)

    async def _answer_later(self, query: Query, addr: _Address) -> None:
        self._send(await self._resolve.forward(query), addr)

    def _send(self, octets: bytes, addr: _Address) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.sendto(octets, addr)


class TcpDoor:
    """Answer over TCP (RFC 7766): each message after its length, one after the other."""

    def __init__(self, resolve: Resolve, *, idle_s: float, max_connections: int = MAX_CONNECTIONS) -> None:
        """Answer with `resolve`; close a connection that keeps us waiting longer than `idle_s`."""
        self._resolve = resolve
        self._idle_s = idle_s
        self._max_connections = max_connections
        self._tasks: set[asyncio.Task[None]] = set()
        self._is_open = True

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection until the client is done, idle, or sends what is not a query."""
        task = asyncio.current_task()
        if task is None or not self._is_open or len(self._tasks) >= self._max_connections:
            writer.close()
            return
        self._tasks.add(task)
        try:
            while await self._one_message(reader, writer):
                pass
        except (OSError, asyncio.IncompleteReadError):
            pass  # The client left or was too slow (TimeoutError is an OSError); there is nobody to tell.
        finally:
            self._tasks.discard(task)
            writer.close()

    async def close(self) -> None:
        """Drop every connection, also those that were accepted and not yet served."""
        self._is_open = False
        await _cancelled(self._tasks)

    async def _one_message(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Read one message and answer it; tell whether to go on."""
        async with asyncio.timeout(self._idle_s):
            (length,) = LENGTH.unpack(await reader.readexactly(LENGTH.size))
            octets = await reader.readexactly(length)
        now_s = asyncio.get_running_loop().time()
        answer = self._resolve.begin(octets, carrier=Carrier.TCP, now_s=now_s)
        if isinstance(answer, Query):
            answer = await self._resolve.forward(answer)
        if answer is None:
            return False
        writer.write(LENGTH.pack(len(answer)) + answer)
        async with asyncio.timeout(self._idle_s):
            await writer.drain()
        return True


async def _cancelled(tasks: set[asyncio.Task[None]]) -> None:
    waiting = list(tasks)
    for task in waiting:
        task.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)
