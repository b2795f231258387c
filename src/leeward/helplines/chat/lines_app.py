"""The doors of the lines: `/h/line/` for children, `/helpline/line/` for counsellors."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from django.http import HttpRequest

from leeward.helplines.chat import handshake
from leeward.helplines.chat.board import board
from leeward.helplines.chat.child_line import ChildLine
from leeward.helplines.chat.counsellor_line import CounsellorLine, admitted
from leeward.helplines.chat.lines import switchboard
from leeward.helplines.chat.socket import POLICY, Line, Receive, Scope, Send
from leeward.helplines.chat.store import Busy, store

CHILD, COUNSELLOR = "/h/line/", "/helpline/line/"

type App = Callable[[Scope, Receive, Send], Awaitable[None]]


class Lines:
    """An ASGI application that serves the lines, and leaves everything else to `app`."""

    def __init__(self, app: App) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        # Pages tell the lines what they did, from their threads; so the lines must know their loop from the first page on.
        switchboard.begin()
        board.begin()
        if scope["type"] != "websocket":
            await self._app(scope, receive, send)
            return
        await receive()
        request = handshake.request_of(scope)
        serve = _DOORS.get(scope["path"])
        if serve is None or not handshake.is_from_our_page(request):
            await _turn_away(send)
            return
        await serve(request, receive, send)


async def _child(request: HttpRequest, receive: Receive, send: Send) -> None:
    line = Line(receive, send)
    language = handshake.language(request).split("-")[0]
    await line.run(ChildLine(line, handshake.network(request), language))


async def _counsellor(request: HttpRequest, receive: Receive, send: Send) -> None:
    line = Line(receive, send)
    try:
        known = await store.read(lambda: admitted(request))
        if known is None:
            await _turn_away(send)
            return
        side = CounsellorLine(line, request, *known)
        await side.begin()
    except Busy:
        await _turn_away(send)
        return
    await line.run(side)


async def _turn_away(send: Send) -> None:
    """Close before the line is open, which the server answers with 403."""
    await send({"type": "websocket.close", "code": POLICY})


_DOORS = {CHILD: _child, COUNSELLOR: _counsellor}
