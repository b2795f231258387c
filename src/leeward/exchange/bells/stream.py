"""Keep the streams of listeners open in the event loop: the web role's threads decide who may listen and are free again.

A request for the bell goes the way of every other one, through all of the site and into a thread. What comes back is either a
refusal, which is passed on, or the beginning of a stream, which is continued here without a thread.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from leeward.exchange.bells import services as bells

# In the ASGI scope of a request: the stream that the view admits its listener to.
STREAM = "leeward.exchange.stream"
MEDIA_TYPE = "text/event-stream"
# Longer than the heartbeat; who takes in nothing for so long is gone, or wants to hold our memory.
_STUCK_S = 30.0

type Scope = MutableMapping[str, Any]
type Message = MutableMapping[str, Any]
type Receive = Callable[[], Awaitable[Message]]
type Send = Callable[[Message], Awaitable[None]]
type App = Callable[[Scope, Receive, Send], Awaitable[None]]


class Stream:
    """One open stream: the newest ring that was not sent yet, whether it was cut off, and who listens."""

    def __init__(self, belfry: bells.Belfry) -> None:
        self._belfry, self._loop = belfry, asyncio.get_running_loop()
        self._is_due = asyncio.Event()
        self._ring: bells.Ring | None = None
        self._is_over = False
        self._listener: bells.Listener | None = None
        self._collection = ""

    @property
    def is_admitted(self) -> bool:
        """True once a view has let a listener in."""
        return self._listener is not None

    def admit(self, partner_id: int, admitted_by: bells.Pass, *, collection: str, place: int) -> None:
        """Ring for a partner from `place` on; any thread may call it. Raises `bells.TooManyListeners`."""
        listener = bells.Listener(partner_id, admitted_by, place, self._rung, self.end)
        self._belfry.join(listener)
        self._listener, self._collection = listener, collection
        self._belfry.watch()

    def _rung(self, ring: bells.Ring) -> None:
        self._ring = ring
        self._wake()

    def end(self) -> None:
        """End the stream, as soon as its loop gets to it; any thread may call it."""
        self._is_over = True
        self._wake()

    def _wake(self) -> None:
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._is_due.set)

    def leave(self) -> None:
        """Let go of the listener."""
        if self._listener is not None:
            self._belfry.leave(self._listener)

    async def run(self, receive: Receive, send: Send, *, heartbeat_s: float) -> None:
        """Send rings, and a comment where there was none for a while, until it is over or the listener went away."""
        gone = asyncio.create_task(_gone(receive))
        gone.add_done_callback(lambda _: self.end())
        try:
            while not self._is_over:
                await _put(send, await self._next(heartbeat_s))
            async with asyncio.timeout(_STUCK_S):
                await send({"type": "http.response.body", "body": b""})
        except TimeoutError:
            return
        finally:
            gone.cancel()

    async def _next(self, heartbeat_s: float) -> bytes:
        """Return what to send next: a ring, a comment after a silence, or nothing where it is over."""
        try:
            async with asyncio.timeout(heartbeat_s):
                await self._is_due.wait()
        except TimeoutError:
            return b":\n\n"
        self._is_due.clear()
        ring, self._ring = self._ring, None
        return b"" if ring is None else event(ring, collection=self._collection)


class Streams:
    """An ASGI application that continues the streams that `app` began."""

    def __init__(
        self, app: App, *, belfry: bells.Belfry = bells.belfry, heartbeat_s: float = bells.HEARTBEAT_S
    ) -> None:
        self._app, self._belfry, self._heartbeat_s = app, belfry, heartbeat_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].endswith("/events/"):
            await self._app(scope, receive, send)
            return
        stream = Stream(self._belfry)

        async def pass_on(message: Message) -> None:
            if stream.is_admitted:
                message = _unfinished(message)
            await send(message)

        try:
            await self._app({**scope, STREAM: stream}, receive, pass_on)
            if stream.is_admitted:
                await stream.run(receive, send, heartbeat_s=self._heartbeat_s)
        finally:
            stream.leave()


def event(ring: bells.Ring, *, collection: str) -> bytes:
    """Return a ring as a server-sent event."""
    data = ring.data(collection)
    text = json.dumps(data, separators=(",", ":"))
    return f"id: {data['date_added']}\ndata: {text}\n\n".encode()


def _unfinished(message: Message) -> Message:
    """Return a part of the answer as a part of one that goes on."""
    if message["type"] == "http.response.start":
        headers = [(name, value) for name, value in message["headers"] if name.lower() != b"content-length"]
        return {**message, "headers": headers}
    return {**message, "more_body": True}


async def _gone(receive: Receive) -> None:
    """Return when the listener has gone away; what it sends after its question is nothing to us."""
    while (await receive())["type"] != "http.disconnect":
        pass


async def _put(send: Send, part: bytes) -> None:
    # An empty part ends nothing here, but is not worth a packet either.
    if part:
        async with asyncio.timeout(_STUCK_S):
            await send({"type": "http.response.body", "body": part, "more_body": True})
