"""Ask other resolvers, one after the other."""

import asyncio
import secrets
import struct
from typing import Final

from ._codes import Rcode
from ._message import HEADER, Query, build_upstream_query
from ._response import BadResponse, OtherLetters, Response, parse_response

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
        try:
            async with asyncio.timeout(self._timeout_s):
                response = await _over_udp(query, host, port)
            if not response.is_truncated:
                return response
        except OtherLetters:
            pass  # Over TCP a forger cannot answer, so there the letters need not fit.
        async with asyncio.timeout(self._timeout_s):
            return await _over_tcp(query, host, port)


class _OneQuestion(asyncio.DatagramProtocol):
    """Wait for the one datagram that answers; everything else that arrives is ignored."""

    def __init__(self, query: Query, *, id_: int, question: bytes, answer: asyncio.Future[Response]) -> None:
        self._query = query
        self._id = id_
        self._question = question
        self._answer = answer

    def datagram_received(self, data: bytes, addr: tuple[str | int, int]) -> None:
        try:
            response = parse_response(data, query=self._query, id_=self._id, question=self._question)
        except OtherLetters as other:
            self.error_received(other)
            return
        except BadResponse:
            return
        if not self._answer.done():
            self._answer.set_result(response)

    def error_received(self, exc: Exception) -> None:
        if not self._answer.done():
            self._answer.set_exception(exc)


async def _over_udp(query: Query, host: str, port: int) -> Response:
    """Ask from a fresh socket, so that id, source port and letters are unknown to a forger (RFC 5452, 9.2).

    The socket is connected: the system drops what comes from another address.
    """
    loop = asyncio.get_running_loop()
    id_, question = secrets.randbelow(2**16), _mixed(query.question)
    answer: asyncio.Future[Response] = loop.create_future()
    transport, _ = await loop.create_datagram_endpoint(
        lambda: _OneQuestion(query, id_=id_, question=question, answer=answer), remote_addr=(host, port)
    )
    try:
        transport.sendto(build_upstream_query(query, id_=id_, question=question))
        return await answer
    finally:
        transport.close()


async def _over_tcp(query: Query, host: str, port: int) -> Response:
    id_ = secrets.randbelow(2**16)
    octets = build_upstream_query(query, id_=id_, question=query.question)
    reader, writer = await asyncio.open_connection(host, port)
    try:
        writer.write(LENGTH.pack(len(octets)) + octets)
        await writer.drain()
        (length,) = LENGTH.unpack(await reader.readexactly(LENGTH.size))
        answer = await reader.readexactly(length)
        return _parse_stream(answer, query=query, id_=id_)
    finally:
        writer.close()


def _parse_stream(octets: bytes, *, query: Query, id_: int) -> Response:
    """Return what came over TCP, where the case of the letters proves nothing and is taken as it comes."""
    got = octets[HEADER.size : HEADER.size + len(query.question)]
    same = got[-4:] == query.question[-4:] and got[:-4].lower() == query.wire
    return parse_response(octets, query=query, id_=id_, question=got if same else query.question)


def _mixed(question: bytes) -> bytes:
    """Return the question with the case of each letter by chance, which a forger must guess too (draft-vixie-dns-0x20)."""
    wire, coins = question[:-4].lower(), secrets.randbits(8 * len(question))
    letters = (octet - 32 if 97 <= octet <= 122 and coins >> at & 1 else octet for at, octet in enumerate(wire))
    return bytes(letters) + question[-4:]
