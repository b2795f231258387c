"""DNS over HTTPS in HTTP/2, by h2 where it is installed; kdig and Firefox speak nothing older."""

import asyncio
import importlib
import importlib.util
import ssl
from http import HTTPStatus
from typing import Any, Final

from . import _requests
from ._callers import Caller
from ._doors import answered, cancelled
from ._requests import BadRequest, Request
from ._resolve import Resolve

ALPN: Final = "h2"
IS_HERE: Final = importlib.util.find_spec("h2") is not None
_READ_OCTETS: Final = 65_536
_MOST_REQUESTS: Final = 100  # Under way at a time on one connection: RFC 9113, 6.5.2, asks for no fewer.


def versions() -> tuple[str, ...]:
    """Return the versions of HTTP that we speak, the best one first, as TLS names them."""
    return (ALPN, "http/1.1") if IS_HERE else ("http/1.1",)


def offer(context: ssl.SSLContext) -> None:
    """Tell clients of a TLS context in which versions of HTTP they can ask."""
    context.set_alpn_protocols(versions())


class Talk:
    """One connection in HTTP/2. Its requests are answered as their answers come."""

    def __init__(
        self,
        resolve: Resolve,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        *,
        caller: Caller,
        idle_s: float,
    ) -> None:
        """Answer with `resolve` what comes from `caller`."""
        # The package may be missing, and no name of it may be needed then.
        self._connection: Any = importlib.import_module("h2.connection")
        self._events: Any = importlib.import_module("h2.events")
        self._settings: Any = importlib.import_module("h2.settings").SettingCodes
        self._refused: Any = importlib.import_module("h2.exceptions").ProtocolError
        config = importlib.import_module("h2.config").H2Configuration(client_side=False, header_encoding="latin-1")
        self._http: Any = self._connection.H2Connection(config=config)
        self._resolve = resolve
        self._reader = reader
        self._writer = writer
        self._caller = caller
        self._idle_s = idle_s
        self._requests: dict[int, Request] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Talk until the client is done or idle."""
        self._http.initiate_connection()
        self._http.update_settings({self._settings.MAX_CONCURRENT_STREAMS: _MOST_REQUESTS})
        try:
            while True:
                await self._send()
                async with asyncio.timeout(self._idle_s):
                    octets = await self._reader.read(_READ_OCTETS)
                if not octets or not self._received(octets):
                    break
            await self._send()
        finally:
            await cancelled(self._tasks)

    def _received(self, octets: bytes) -> bool:
        """Take what has come; tell whether to go on."""
        try:
            events = self._http.receive_data(octets)
        except self._refused:
            return False  # The library has put the goodbye into what is to be sent.
        for event in events:
            if isinstance(event, self._events.ConnectionTerminated):
                return False
            self._take(event)
        return True

    def _take(self, event: Any) -> None:
        known = self._events
        if isinstance(event, known.RequestReceived):
            self._requests[event.stream_id] = _head(event.headers)
        elif isinstance(event, known.DataReceived):
            self._http.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
            self._add(event.stream_id, event.data)
        elif isinstance(event, known.StreamReset):
            self._requests.pop(event.stream_id, None)
        elif isinstance(event, known.StreamEnded) and event.stream_id in self._requests:
            task = asyncio.create_task(self._answer(event.stream_id, self._requests.pop(event.stream_id)))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    def _add(self, stream: int, octets: bytes) -> None:
        try:
            if stream in self._requests:
                self._requests[stream].add(octets)
        except BadRequest as bad:
            del self._requests[stream]
            self._respond(stream, bad.status, b"")

    async def _answer(self, stream: int, request: Request) -> None:
        try:
            octets, token = _requests.read(request)
            answer = await answered(self._resolve, octets, self._caller._replace(token=token))
            if answer is None:
                raise BadRequest(HTTPStatus.BAD_REQUEST)
            self._respond(stream, HTTPStatus.OK, answer)
        except BadRequest as bad:
            self._respond(stream, bad.status, b"")
        await self._send()

    def _respond(self, stream: int, status: HTTPStatus, body: bytes) -> None:
        """Put a response into what is to be sent, unless the client has taken its request back."""
        try:
            self._http.send_headers(stream, [(":status", str(int(status))), *_requests.headers(status, body)])
            if len(body) > self._http.local_flow_control_window(stream):
                self._http.reset_stream(stream)  # A client with so little room for a DNS answer does not want it.
                return
            frame = self._http.max_outbound_frame_size
            for start in range(0, len(body), frame):
                self._http.send_data(stream, body[start : start + frame])
            self._http.end_stream(stream)
        except self._refused:
            return

    async def _send(self) -> None:
        octets = self._http.data_to_send()
        if octets:
            self._writer.write(octets)
            async with asyncio.timeout(self._idle_s):
                await self._writer.drain()


def _head(headers: list[tuple[str, str]]) -> Request:
    found = dict(headers)
    kinds = [value for name, value in headers if name == "content-type"]
    return Request(found.get(":method", ""), found.get(":path", ""), kinds, bytearray())
