"""The ways in: datagrams, and streams with or without TLS."""

import asyncio
import contextlib
import socket
import ssl
import time
from typing import Final

from ._callers import Caller
from ._datagrams import Address, inbox_of
from ._memo import Memo
from ._message import Carrier
from ._names_of_tls import TlsNames
from ._resolve import Now, Pending, Ready, Resolve
from ._upstream import LENGTH

MAX_CONNECTIONS: Final = 100
_RECEIVE_OCTETS: Final = 4 << 20


def now() -> Now:
    """Return this moment by both clocks."""
    return Now(asyncio.get_running_loop().time(), int(time.time()))


class UdpDoor:
    """Answer datagrams; what needs an upstream is answered by a task of its own.

    The socket is read by hand, as many datagrams as there are at a time: asyncio's transports take several times as long.
    """

    def __init__(self, resolve: Resolve, *, memo: Memo, receiver: socket.socket) -> None:
        """Answer with `resolve` what comes to the bound `receiver`."""
        self._resolve = resolve
        self._memo = memo
        self._socket = receiver
        self._tasks: set[asyncio.Task[None]] = set()
        self._loop = asyncio.get_running_loop()
        self._counters = resolve.counters
        receiver.setblocking(False)
        with contextlib.suppress(OSError):  # A larger buffer is good to have; the system may not give it.
            receiver.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_OCTETS)
        self._inbox = inbox_of(receiver)
        self._loop.add_reader(receiver.fileno(), self._receive)

    async def close(self) -> None:
        """Stop answering and wait until nothing is under way."""
        self._loop.remove_reader(self._socket.fileno())
        await cancelled(self._tasks)
        self._socket.close()

    def _receive(self) -> None:
        asked, askers = self._inbox.take()
        moment = now()
        answers = self._memo.find(asked, askers, now=moment)
        if None in answers:
            for place, octets in enumerate(asked):
                if answers[place] is None:
                    answers[place] = self._think(octets, self._inbox.address(place), moment)
        self._counters.unsent += self._inbox.answer(answers)

    def _think(self, octets: bytes, address: Address, moment: Now) -> bytes | None:
        """Return the answer if it is known at once; otherwise there is none, or it is sent when it is found."""
        found = self._resolve.begin(octets, Caller(Carrier.UDP, str(address[0]), port=int(address[1])), now=moment)
        if isinstance(found, Pending):
            task = self._loop.create_task(self._answer_later(found, address))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
            return None
        if found is None:
            return None
        self._memo.keep(octets, found, now=moment)
        return found.octets

    async def _answer_later(self, pending: Pending, address: Address) -> None:
        octets = await self._resolve.forward(pending)
        try:
            self._socket.sendto(octets, address)
        except OSError:  # Its buffer is full, or there is no way to the asker, who will ask again.
            self._counters.unsent += 1


class StreamDoor:
    """Answer over TCP (RFC 7766) and TLS (RFC 7858): each message after its length, one after the other."""

    def __init__(
        self,
        resolve: Resolve,
        *,
        idle_s: float,
        names: TlsNames | None = None,
        max_connections: int = MAX_CONNECTIONS,
    ) -> None:
        """Answer with `resolve`; close a connection that keeps us waiting longer than `idle_s`.

        `names` tells tokens by the names that TLS clients ask for; without it the streams are plain.
        """
        self._resolve = resolve
        self._idle_s = idle_s
        self._names = names
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
            await self.talk(reader, writer)
        except (OSError, asyncio.IncompleteReadError, ssl.SSLError):
            pass  # The client left or was too slow (TimeoutError is an OSError); there is nobody to tell.
        finally:
            self._tasks.discard(task)
            writer.close()

    async def close(self) -> None:
        """Drop every connection, also those that were accepted and not yet served."""
        self._is_open = False
        await cancelled(self._tasks)

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one message after the other."""
        address, port = writer.get_extra_info("peername")[:2]
        caller = Caller(Carrier.TCP, str(address), port=port)
        if self._names is not None:
            caller = Caller(Carrier.TLS, str(address), self._names.token(writer), port)
        while await self._one_message(caller, reader, writer):
            pass

    async def _one_message(self, caller: Caller, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Read one message and answer it; tell whether to go on."""
        async with asyncio.timeout(self._idle_s):
            (length,) = LENGTH.unpack(await reader.readexactly(LENGTH.size))
            octets = await reader.readexactly(length)
        answer = await answered(self._resolve, octets, caller)
        if answer is None:
            return False
        writer.write(LENGTH.pack(len(answer)) + answer)
        async with asyncio.timeout(self._idle_s):
            await writer.drain()
        return True


async def answered(resolve: Resolve, octets: bytes, caller: Caller) -> bytes | None:
    """Return the answer to a message, however long it takes; None for silence."""
    found = resolve.begin(octets, caller, now=now())
    if isinstance(found, Ready):
        return found.octets
    return None if found is None else await resolve.forward(found)


async def cancelled(tasks: set[asyncio.Task[None]]) -> None:
    """End what is under way."""
    waiting = list(tasks)
    for task in waiting:
        task.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)
