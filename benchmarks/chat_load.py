"""Children and counsellors who chat, as programs: the load of `benchmarks/chat.py`, in a process of its own.

Every message is sealed ahead of time, to the desk and to the child, as pages do. A side keeps what was not confirmed, comes back
after a fault with growing waits, asks for what it missed and sends again what it had kept, by the same client id.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

EVERY_S = 10.0
WORDS_BYTES = 300
HEARTBEAT_S = 20.0
_AGAIN_S, _AGAIN_MOST_S = 0.25, 2.0
_OPENING = 40  # So many lines open at a time.
_SETTLE_S, _LOOK_S = 20.0, 0.1
_REST_S = 2.0  # Between the opening of all lines and the first word.

type Frame = dict[str, Any]


def base64url(value: bytes) -> str:
    """Return binary as text of a frame."""
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


@dataclass
class Tally:
    """What was sent and what arrived, for all chats together."""

    sent_at: dict[str, float] = field(default_factory=dict)
    late_s: list[float] = field(default_factory=list)
    places: dict[str, set[tuple[str, int]]] = field(default_factory=dict)
    refused: int = 0
    returns: int = 0

    def arrived(self, frame: Frame) -> None:
        """Note a message at its reader; a repeat of the same place is the catching up after a fault."""
        now, client_id = time.perf_counter(), frame["client_id"]
        known = self.places.setdefault(client_id, set())
        if not known and client_id in self.sent_at:
            self.late_s.append(now - self.sent_at[client_id])
        known.add((frame["conversation"], frame["place"]))

    @property
    def lost(self) -> int:
        return sum(client_id not in self.places for client_id in self.sent_at)

    @property
    def doubled(self) -> int:
        return sum(len(places) > 1 for places in self.places.values())


class Line:
    """One line that comes back: a child's, or a counsellor's with some talks."""

    def __init__(self, url: str, headers: dict[str, str], tally: Tally, first: Callable[[Line], list[Frame]]) -> None:
        self._url, self._headers, self._tally, self._first = url, headers, tally, first
        self.seen: dict[str, int] = {}
        self.kept: dict[str, str] = {}
        self.socket: ClientConnection | None = None
        self.is_up = asyncio.Event()
        self.other_frames: Callable[[Frame], None] = lambda _frame: None

    async def run(self, gate: asyncio.Semaphore) -> None:
        """Stay on the line until cancelled."""
        wait_s = _AGAIN_S
        while True:
            try:
                async with gate:
                    socket = await connect(
                        self._url,
                        additional_headers=self._headers,
                        compression=None,
                        ping_interval=None,
                        open_timeout=30,
                    )
                wait_s = _AGAIN_S
                await self._talk(socket)
            except (OSError, WebSocketException, TimeoutError):
                pass
            self.is_up.clear()
            self.socket = None
            self._tally.returns += 1
            await asyncio.sleep(wait_s * random.uniform(0.5, 1.5))
            wait_s = min(wait_s * 2, _AGAIN_MOST_S)

    async def _talk(self, socket: ClientConnection) -> None:
        for frame in self._first(self):
            await socket.send(json.dumps(frame))
        for text in list(self.kept.values()):
            await socket.send(text)
        self.socket = socket
        beat = asyncio.create_task(self._beat(socket))
        try:
            async for heard in socket:
                self._take(json.loads(heard))
        finally:
            beat.cancel()

    async def _beat(self, socket: ClientConnection) -> None:
        await asyncio.sleep(random.uniform(0, HEARTBEAT_S))
        while True:
            place = max(self.seen.values(), default=0)
            await socket.send(json.dumps({"type": "here", "place": place}))
            await asyncio.sleep(HEARTBEAT_S)

    def _take(self, frame: Frame) -> None:
        match frame["type"]:
            case "message":
                self._message(frame)
            case "opened":
                for message in frame["messages"]:
                    self._message(message)
                self.is_up.set()
            case "kept":
                self.kept.pop(frame["client_id"], None)
            case "refused":
                self._tally.refused += 1
            case "queue":
                self.is_up.set()
        self.other_frames(frame)

    def _message(self, frame: Frame) -> None:
        uid = frame["conversation"]
        self.seen[uid] = max(self.seen.get(uid, 0), frame["place"])
        if frame["client_id"] not in self.kept:
            self._tally.arrived(frame)

    async def say(self, client_id: str, text: str) -> None:
        """Send a message now or, where the line is down, as soon as it is up again."""
        self._tally.sent_at[client_id] = time.perf_counter()
        self.kept[client_id] = text
        if self.socket is not None:
            with contextlib.suppress(OSError, WebSocketException):
                await self.socket.send(text)


class Chats:
    """All chats of a stage: a line for each child and for each counsellor."""

    def __init__(self, stage: dict[str, Any], *, base_url: str) -> None:
        self.stage, self.tally = stage, Tally()
        self._base = base_url.replace("http", "ws", 1)
        self._origin = base_url
        self._gate = asyncio.Semaphore(_OPENING)
        self._tasks: list[asyncio.Task[None]] = []
        self.children = [self._child(talk, number) for number, talk in enumerate(stage["talks"])]
        self.counsellors = [self._counsellor(number) for number in range(len(stage["sessions"]))]

    def headers(self, number: int) -> dict[str, str]:
        """Return what a browser sends; each child comes from a network of its own."""
        return {"Origin": self._origin, "X-Forwarded-For": f"10.{number // 250}.{number % 250}.7"}

    def _child(self, talk: dict[str, str], number: int) -> Line:
        opening = [{"type": "open", "finder": base64url(bytes.fromhex(talk["finder"]))}]
        return Line(f"{self._base}/h/line/", self.headers(number), self.tally, lambda _line: opening)

    def _counsellor(self, number: int) -> Line:
        uids = [talk["uid"] for talk in self.stage["talks"] if talk["counsellor"] == number]

        def first(line: Line) -> list[Frame]:
            return [{"type": "follow", "conversation": uid, "since": line.seen.get(uid, 0)} for uid in uids]

        headers = self.headers(number) | {"Cookie": self.stage["sessions"][number]}
        return Line(f"{self._base}/helpline/line/", headers, self.tally, first)

    async def _open(self) -> None:
        """Open all lines and wait until each is served."""
        lines = self.children + self.counsellors
        self._tasks = [asyncio.create_task(line.run(self._gate)) for line in lines]
        async with asyncio.timeout(120):
            await asyncio.gather(*(line.is_up.wait() for line in lines))

    def sealed(self, *, each: int) -> list[list[tuple[Line, str, str]]]:
        """Seal so many messages for each side of each chat; one list for each side, in its order."""
        from leeward.engines import sealing

        desk_key, sides = bytes.fromhex(self.stage["desk_key"]), []
        for number, talk in enumerate(self.stage["talks"]):
            keys = {"for_desk": desk_key, "for_child": bytes.fromhex(talk["child_key"])}
            for sender, line in (
                ("child", self.children[number]),
                ("counsellor", self.counsellors[talk["counsellor"]]),
            ):
                side = []
                for _ in range(each):
                    client_id = uuid4()
                    aad = sealing.aad(UUID(talk["uid"]), sender, client_id)
                    frame: Frame = {"type": "say", "client_id": str(client_id), "conversation": talk["uid"]}
                    for name, public in keys.items():
                        words = random.randbytes(WORDS_BYTES // 2).hex().encode()
                        frame[name] = base64url(sealing.seal(public, words, info=sealing.INFO, aad=aad))
                    side.append((line, str(client_id), json.dumps(frame)))
                sides.append(side)
        return sides

    async def talk(self, *, seconds: float, meanwhile: Callable[[], Awaitable[None]] | None = None) -> Tally:
        """Let each side say something every ten seconds, and return the tally once everything arrived or time is up."""
        # Before the lines are opened: sealing holds the loop for seconds, and what waited meanwhile would come at once.
        sides = self.sealed(each=max(1, round(seconds / EVERY_S)))
        await self._open()
        await asyncio.sleep(_REST_S)
        begun = time.perf_counter()

        async def one_side(side: list[tuple[Line, str, str]]) -> None:
            offset_s = random.uniform(0, EVERY_S)
            for number, (line, client_id, text) in enumerate(side):
                await asyncio.sleep(max(0.0, begun + offset_s + number * EVERY_S - time.perf_counter()))
                await line.say(client_id, text)

        await asyncio.gather(*(one_side(side) for side in sides), *([meanwhile()] if meanwhile else []))
        for _ in range(round(_SETTLE_S / _LOOK_S)):
            if not self.tally.lost and not any(line.kept for line in self.children + self.counsellors):
                break
            await asyncio.sleep(_LOOK_S)
        return self.tally

    async def close(self) -> None:
        """Hang up everywhere."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
