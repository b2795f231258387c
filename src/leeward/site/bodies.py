"""Gather the body of a request before a thread takes it up: slow senders cost no thread, and half a body is no body."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from django.http import HttpResponse

from leeward.core import problems

# The longest body that is taken, over a telephone line of 2 Mbit/s.
WITHIN_S = 120.0
# As many bodies of the longest kind may lie in memory at a time as threads of the default setting would hold.
AT_A_TIME = 8
_LENGTH_DIGITS = 18

type Scope = MutableMapping[str, Any]
type Message = MutableMapping[str, Any]
type Receive = Callable[[], Awaitable[Message]]
type Send = Callable[[Message], Awaitable[None]]
type App = Callable[[Scope, Receive, Send], Awaitable[None]]


class _BrokenOff(Exception):
    """The sender went away in the middle, so there is nobody to answer and nothing whole to act on."""


class _TooMuchAtOnce(Exception):
    """Unfinished bodies fill the memory that is meant for them; the sender can try again a little later."""


class WholeBody:
    """An ASGI application that asks `app` only when the whole body is here.

    A body without a length, or larger than `limit_bytes`, is left unread: the application refuses it by its headers.
    """

    def __init__(self, app: App, *, limit_bytes: int, within_s: float = WITHIN_S, at_a_time: int = AT_A_TIME) -> None:
        self._app, self._limit_bytes, self._within_s = app, limit_bytes, within_s
        self._room_bytes = limit_bytes * at_a_time
        self._held_bytes = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not self._is_to_be_gathered(scope):
            await self._app(scope, _never_silent(receive, within_s=self._within_s), send)
            return
        body = bytearray()
        try:
            async with asyncio.timeout(self._within_s):
                await self._gather(body, receive)
        except _BrokenOff:
            return
        except TimeoutError:
            await _refuse(problems.response(408, "The body did not arrive in time. Send it again."), send)
        except _TooMuchAtOnce:
            words = "Too much is being sent at this moment. Wait a little and send it again."
            await _refuse(problems.response(503, words), send)
        else:
            await self._app(scope, _once(bytes(body), receive), send)
        finally:
            self._held_bytes -= len(body)

    def _is_to_be_gathered(self, scope: Scope) -> bool:
        if scope["type"] != "http":
            return False
        headers = dict(scope["headers"])
        length = headers.get(b"content-length", b"")
        if b"transfer-encoding" in headers or not length.isdigit() or len(length) > _LENGTH_DIGITS:
            return False
        return 0 < int(length) <= self._limit_bytes

    async def _gather(self, body: bytearray, receive: Receive) -> None:
        is_more = True
        while is_more:
            message = await receive()
            if message["type"] != "http.request":
                raise _BrokenOff
            part = message.get("body", b"")
            body += part
            self._held_bytes += len(part)
            if self._held_bytes > self._room_bytes:
                raise _TooMuchAtOnce
            is_more = message.get("more_body", False)


def _never_silent(receive: Receive, *, within_s: float) -> Receive:
    """Return a `receive` that takes a sender who stopped in the middle for one who went away, so that it keeps no thread."""
    is_body = True

    async def next_message() -> Message:
        nonlocal is_body
        if not is_body:
            return await receive()
        try:
            async with asyncio.timeout(within_s):
                message = await receive()
        except TimeoutError:
            message = {"type": "http.disconnect"}
        is_body = bool(message.get("more_body"))
        return message

    return next_message


def _once(body: bytes, receive: Receive) -> Receive:
    """Return a `receive` that gives the whole body first, and then what the server has to say."""
    messages: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def replay() -> Message:
        return messages.pop() if messages else await receive()

    return replay


async def _refuse(answer: HttpResponse, send: Send) -> None:
    # The rest of the body must not be taken for the next request.
    answer["Connection"] = "close"
    headers = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in answer.items()]
    await send({"type": "http.response.start", "status": answer.status_code, "headers": headers})
    await send({"type": "http.response.body", "body": answer.content})
