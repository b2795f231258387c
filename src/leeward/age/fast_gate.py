"""Let visitors with a good token in from the event loop itself, without a thread, Django or the database.

Whoever is not let in goes the way of every other request: the view says why and where to go.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from http.cookies import CookieError, SimpleCookie
from typing import Any

from django.db import DatabaseError, connections

from leeward.age import board, gate

log = logging.getLogger("leeward.age")

PATHS = frozenset({"/age/gate", "/age/gate/enter"})
NEED_HEADER = b"x-age-required"

type Scope = MutableMapping[str, Any]
type Message = MutableMapping[str, Any]
type Receive = Callable[[], Awaitable[Message]]
type Send = Callable[[Message], Awaitable[None]]
type App = Callable[[Scope, Receive, Send], Awaitable[None]]

_HEADERS = [(b"cache-control", b"no-store")]


class FastGate:
    """An ASGI application in front of `app` that answers 204 by itself where a token is good."""

    def __init__(self, app: App, *, state: board.Board | None = None) -> None:
        self._app, self._board = app, state or board.Board()
        # One thread, so that the state is read once at a time and holds one connection.
        self._reader = ThreadPoolExecutor(1, thread_name_prefix="age-board")
        self._reading: asyncio.Task[None] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] not in PATHS or not await self._lets_in(scope["headers"]):
            await self._app(scope, receive, send)
            return
        await send({"type": "http.response.start", "status": 204, "headers": _HEADERS})
        await send({"type": "http.response.body", "body": b""})

    async def _lets_in(self, headers: Iterable[tuple[bytes, bytes]]) -> bool:
        at = datetime.now(UTC)
        age_s = self._board.age_s(at=at)
        if age_s > board.FRESH_S and (self._reading is None or self._reading.done()):
            self._reading = asyncio.create_task(self._read())
        if age_s > board.TRUSTED_S and self._reading is not None:
            await self._reading
            if self._board.age_s(at=datetime.now(UTC)) > board.TRUSTED_S:
                return False  # The database does not answer, so nobody is let in; the view says that it broke.
        need, cookie = _brought(headers)
        try:
            self._board.admit(cookie, need, at=at)
        except (gate.Refused, board.NoSuchArea):
            return False
        return True

    async def _read(self) -> None:
        await asyncio.get_running_loop().run_in_executor(self._reader, self._refresh)

    def _refresh(self) -> None:
        try:
            self._board.refresh(at=datetime.now(UTC))
        except DatabaseError as error:
            log.error("the state of the gates is not read", extra={"error": type(error).__qualname__})
        finally:
            connections.close_all()  # Of this thread; once a second a new one costs nothing.


def _brought(headers: Iterable[tuple[bytes, bytes]]) -> tuple[str, str]:
    """Return X-Age-Required and the cookie with the token. Two headers of the first kind name no area at all."""
    needs = [value for name, value in headers if name == NEED_HEADER]
    cookies = b"; ".join(value for name, value in headers if name == b"cookie")
    return needs[0].decode("latin-1") if len(needs) == 1 else "", token_cookie(cookies.decode("latin-1"))


def token_cookie(header: str) -> str:
    """Return the value of the cookie with the token out of a Cookie header, or nothing."""
    if gate.COOKIE not in header:
        return ""
    try:
        found = SimpleCookie(header).get(gate.COOKIE)
    except CookieError:
        return ""
    return found.value if found is not None else ""
