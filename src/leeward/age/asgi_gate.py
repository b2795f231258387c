"""The gate as middleware of a provider's own site, for Starlette, FastAPI and every other ASGI framework. It needs no Django."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from datetime import UTC, datetime
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import parse_qsl

from leeward.age.site_door import Reply, SiteDoor

type Scope = MutableMapping[str, Any]
type Message = MutableMapping[str, Any]
type Receive = Callable[[], Awaitable[Message]]
type Send = Callable[[Message], Awaitable[None]]
type App = Callable[[Scope, Receive, Send], Awaitable[None]]


class AsgiAgeGate:
    """ASGI middleware: `app.add_middleware(AsgiAgeGate, door=SiteDoor(...))` in Starlette and FastAPI."""

    def __init__(self, app: App, *, door: SiteDoor) -> None:
        self._app, self._door = app, door

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        # A socket of an area is as restricted as its pages, and has no page that could explain.
        if scope["type"] not in {"http", "websocket"}:
            await self._app(scope, receive, send)
            return
        cookies = b"; ".join(value for name, value in scope["headers"] if name == b"cookie").decode("latin-1")
        query = dict(parse_qsl(scope["query_string"].decode("latin-1")))
        reply = self._door.answer(scope["path"], query=query, cookies=_cookies(cookies), at=datetime.now(UTC))
        if reply is None:
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 4403})
        else:
            await _send(reply, send)


async def _send(reply: Reply, send: Send) -> None:
    headers = [(name.lower().encode(), value.encode("latin-1")) for name, value in reply.headers]
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    await send({"type": "http.response.body", "body": reply.body.encode()})


def _cookies(header: str) -> dict[str, str]:
    try:
        return {name: morsel.value for name, morsel in SimpleCookie(header).items()}
    except CookieError:
        return {}
