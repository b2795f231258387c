"""DNS over HTTPS (RFC 8484), GET and POST, over HTTP/1.1 by h11, and over HTTP/2 where h2 is installed."""

import asyncio
import ssl
from http import HTTPStatus
from typing import Final

import h11

from . import _http2, _requests
from ._callers import Caller
from ._doors import StreamDoor, answered
from ._message import Carrier
from ._requests import BadRequest, Request
from ._resolve import Resolve

_READ_OCTETS: Final = 16_384


class HttpsDoor(StreamDoor):
    """Answer DNS messages in HTTP requests."""

    def __init__(self, resolve: Resolve, *, idle_s: float) -> None:
        """Answer with `resolve`; close a connection whose request takes longer than `idle_s`."""
        super().__init__(resolve, idle_s=idle_s)

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer in the version of HTTP that was agreed on, until the client is done or idle."""
        address, port = writer.get_extra_info("peername")[:2]
        caller = Caller(Carrier.HTTPS, str(address), port=port)
        tls: ssl.SSLObject | None = writer.get_extra_info("ssl_object")
        if tls is not None and tls.selected_alpn_protocol() == _http2.ALPN:
            await _http2.Talk(self._resolve, reader, writer, caller=caller, idle_s=self._idle_s).run()
            return
        http = h11.Connection(h11.SERVER)
        while True:
            writer.write(await self._one_answer(http, reader, caller))
            async with asyncio.timeout(self._idle_s):
                await writer.drain()
            if http.our_state is not h11.DONE or http.their_state is not h11.DONE:
                return
            http.start_next_cycle()

    async def _one_answer(self, http: h11.Connection, reader: asyncio.StreamReader, caller: Caller) -> bytes:
        """Return the response to the next request; nothing where the client has gone."""
        try:
            async with asyncio.timeout(self._idle_s):
                request = await _request(http, reader)
            if request is None:
                return b""
            octets, token = _requests.read(request)
            answer = await answered(self._resolve, octets, caller._replace(token=token))
            if answer is None:
                raise BadRequest(HTTPStatus.BAD_REQUEST)
            return _response(http, HTTPStatus.OK, answer)
        except BadRequest as bad:
            return _response(http, bad.status, b"")
        except h11.RemoteProtocolError as error:
            if http.our_state not in {h11.IDLE, h11.SEND_RESPONSE}:
                return b""
            return _response(http, HTTPStatus(error.error_status_hint), b"")


async def _request(http: h11.Connection, reader: asyncio.StreamReader) -> Request | None:
    """Return the next request with its body, or None where the client has gone."""
    request = None
    while True:
        event = http.next_event()
        if event is h11.NEED_DATA:
            http.receive_data(await reader.read(_READ_OCTETS))
        elif isinstance(event, h11.Request):
            kinds = [value.decode("latin-1") for name, value in event.headers if name == b"content-type"]
            request = Request(event.method.decode("latin-1"), event.target.decode("latin-1"), kinds, bytearray())
        elif isinstance(event, h11.Data) and request is not None:
            request.add(event.data)
        elif isinstance(event, h11.EndOfMessage):
            return request
        else:
            return None


def _response(http: h11.Connection, status: HTTPStatus, body: bytes) -> bytes:
    headers = _requests.headers(status, body)
    if http.their_state is not h11.DONE:
        headers.append(("connection", "close"))
    events = [h11.Response(status_code=status, headers=headers), h11.Data(data=body), h11.EndOfMessage()]
    return b"".join(http.send(event) or b"" for event in events)
