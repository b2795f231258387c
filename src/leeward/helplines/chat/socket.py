"""One line: what its reader may send and how fast, and a queue for what it should read, which does not grow without end."""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, MutableMapping
from typing import Any, Protocol

from leeward.helplines.chat import frames
from leeward.helplines.chat.lines import Frame

type Scope = MutableMapping[str, Any]
type Event = MutableMapping[str, Any]
type Receive = Callable[[], Awaitable[Event]]
type Send = Callable[[Event], Awaitable[None]]

# The longest frame that uvicorn lets through: two copies of the longest message in base64, and room around them.
FRAME_MAX_BYTES = 32 * 1024
# A page says «here» every 20 s; who says nothing for three times that is gone.
_SILENT_S = 60.0
# Who takes in nothing for so long is gone, or wants to hold our memory.
_STUCK_S = 20.0
_WAITING_FRAMES = 256
# A person types far slower; a page that comes back after a fault sends what it had kept.
_AT_ONCE, _PER_S = 40, 4.0
_REFUSED_AT_MOST = 60  # Frames that came too fast, after which the line is cut.

# Close codes, RFC 6455, 7.4.1: a policy was violated; and of our own range: nobody read.
POLICY, _NOT_READ = 1008, 4408


class Talk(Protocol):
    """What a line is for: the child's side or the counsellor's."""

    async def came(self, frame: Frame) -> None:
        """Do what a frame asks for; raises `frames.NotUnderstood`."""

    def refuse(self, code: str, frame: Frame) -> None:
        """Say kindly that a frame was not taken, and why."""

    async def gone(self) -> None:
        """Tidy up: the line is closed."""


class Line:
    """One accepted WebSocket."""

    def __init__(self, receive: Receive, send: Send) -> None:
        self._receive, self._send = receive, send
        self._out: deque[Frame] = deque()
        self._is_due = asyncio.Event()
        self._reader: asyncio.Task[None] | None = None
        self._left, self._filled_at = float(_AT_ONCE), 0.0
        self._refused = 0
        self._close_code, self._is_cut = 1000, False
        self._beside: set[asyncio.Task[None]] = set()

    def put(self, frame: Frame) -> None:
        """Send a frame as soon as the other side takes it; a side that takes nothing is cut off."""
        if len(self._out) >= _WAITING_FRAMES:
            self.cut(_NOT_READ)
            return
        self._out.append(frame)
        self._is_due.set()

    def soon(self, work: Coroutine[Any, Any, None]) -> None:
        """Do something beside what is read, while the line is open."""
        task = asyncio.get_running_loop().create_task(work)
        self._beside.add(task)
        task.add_done_callback(self._beside.discard)

    def cut(self, code: int) -> None:
        """End the line; what waits is not sent."""
        self._close_code, self._is_cut = code, True
        if self._reader is not None:
            self._reader.cancel()

    async def run(self, talk: Talk) -> None:
        """Serve the line until it is closed, cut or silent."""
        await self._send({"type": "websocket.accept"})
        writer = asyncio.create_task(self._write())
        self._reader = asyncio.create_task(self._read(talk))
        try:
            await asyncio.wait({writer, self._reader}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (writer, self._reader, *self._beside):
                task.cancel()
            ends = await asyncio.gather(writer, self._reader, return_exceptions=True)
            await talk.gone()
        for end in ends:
            if isinstance(end, Exception):
                raise end
        # A line that was closed already takes no close, and one that nobody reads would keep us waiting.
        with contextlib.suppress(OSError, RuntimeError, TimeoutError):
            async with asyncio.timeout(1):
                await self._send({"type": "websocket.close", "code": self._close_code})

    async def _read(self, talk: Talk) -> None:
        while not self._is_cut:
            try:
                async with asyncio.timeout(_SILENT_S):
                    event = await self._receive()
            except TimeoutError:
                return
            if event["type"] == "websocket.disconnect":
                return
            await self._take(talk, event)

    async def _take(self, talk: Talk, event: Event) -> None:
        frame: Frame = {}
        try:
            frame = frames.read(event)
            if self._is_too_fast():
                talk.refuse("too_fast", frame)
            else:
                await talk.came(frame)
        except frames.NotUnderstood:
            self._count_refused()
            talk.refuse("not_understood", frame)

    def _is_too_fast(self) -> bool:
        now = asyncio.get_running_loop().time()
        self._left = min(_AT_ONCE, self._left + (now - self._filled_at) * _PER_S)
        self._filled_at = now
        if self._left < 1:
            self._count_refused()
            return True
        self._left -= 1
        return False

    def _count_refused(self) -> None:
        self._refused += 1
        if self._refused > _REFUSED_AT_MOST:
            self.cut(POLICY)

    async def _write(self) -> None:
        while True:
            await self._is_due.wait()
            self._is_due.clear()
            while self._out:
                frame = self._out.popleft()
                try:
                    async with asyncio.timeout(_STUCK_S):
                        await self._send({"type": "websocket.send", "text": frames.text(frame)})
                except (TimeoutError, OSError):
                    self._close_code = _NOT_READ
                    return
