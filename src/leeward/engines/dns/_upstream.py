"""Ask other resolvers, one after the other."""

import asyncio
import secrets
import struct
from typing import Final

from ._codes import Rcode
from ._message import Query, build_upstream_query
from ._response import BadResponse, Response, parse_response

LENGTH: Final = struct.Struct("!H")  # Goes before each message over TCP: RFC 1035, 4.2.2.
_TRY_THE_NEXT: Final = frozenset({Rcode.SERVFAIL, Rcode.REFUSED})


class Upstreams:
    """Ask each upstream in turn until one gives an answer."""

    def __init__(self, addresses: tuple[tuple[str, int], ...], *, timeout_s: float) -> None:
        """Take (address, port) pairs and how long each may take over UDP, and again over TCP."""
        self._addresses = addresses
        self._timeout_s = timeout_s

    def __bool__(self) -> bool:
        """Tell whether there is anybody to ask."""
        return bool(self._addresses)

    async def ask(self, query: Query) -> Response | None:
        """Return the first good response, or the last refusal, or None if nobody answered."""
        refusal = None
        for host, port in self._addresses:
            try:
                response = await self._ask_one(query, host, port)
            except (OSError, BadResponse, asyncio.IncompleteReadError):  # TimeoutError is an OSError.
                continue
            if response.rcode not in _TRY_THE_NEXT:
                return response
            refusal = response
        return refusal

    async def _ask_one(self, query: Query, host: str, port: int) -> Response:
        async with asyncio.timeout(self._timeout_s):
            response = await _over_udp(query, host, port)
        if not response.is_truncated:
            return response
        async with asyncio.timeout(self._timeout_s):
            return await _over_tcp(query, host, port)


class _OneQuestion(asyncio.DatagramProtocol):
    """Wait for the one datagram that answers; everything else that arrives is ignored."""

    def __init__(self, query: Query, *, id_: int, answer: asyncio.Future[Response]) -> None:
        self._query = query
        self._id = id_
        self._answer = answer

    def datagram_received(self, data: bytes, addr: tuple[str | int, int]) -> None:
        try:
            response = parse_response(data, query=self._query, id_=self._id)
        except BadResponse:
            return
        if not self._answer.done():
            self._answer.set_result(response)

    def error_received(self, exc: Exception) -> None:
        if not self._answer.done():
            self._answer.set_exception(exc)


async def _over_udp(query: Query, host: str, port: int) -> Response:
    """Ask from a fresh socket, so that id and source port are both unknown to a forger (RFC 5452, 9.2).

    The socket is connected: the system drops what comes from another address.
    """
    loop = asyncio.get_running_loop()
    id_ = secrets.randbelow(2**16)
    answer: asyncio.Future[Response] = loop.create_future()
    transport, _ = await loop.create_datagram_endpoint(
        lambda: _OneQuestion(query, id_=id_, answer=answer), remote_addr=(host, port)
    )
    try:
        transport.sendto(build_upstream_query(query, id_=id_))
        return await answer
    finally:
        transport.close()


async def _over_tcp(query: Query, host: str, port: int) -> Response:
    id_ = secrets.randbelow(2**16)
    octets = build_upstream_query(query, id_=id_)
    reader, writer = await asyncio.open_connection(host, port)
    try:
        writer.write(LENGTH.pack(len(octets)) + octets)
        await writer.drain()
        (length,) = LENGTH.unpack(await reader.readexactly(LENGTH.size))
        return parse_response(await reader.readexactly(length), query=query, id_=id_)
    finally:
        writer.close()
