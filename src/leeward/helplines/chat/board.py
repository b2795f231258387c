"""What changes around a desk, read once for everybody who looks: the queue, the places in the line, the door.

Whoever changed something says `lines.CHANGED` at the desk. Each process that has somebody there then reads the present, once for
all that came meanwhile. And it looks by itself every few seconds: hours begin, processes end, frames get lost.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Case, Q, Value, When
from django.utils import timezone

from leeward.helplines.chat import door, lines
from leeward.helplines.chat.lines import Frame, switchboard
from leeward.helplines.chat.store import Busy, store
from leeward.helplines.conversations.models import Conversation, Desk

_LOOK_S = 5.0
_DOOR_S = 0.5
# Between two looks at one desk lies a rest, so that a hundred changes are a few looks.
_REST_S = 0.1

_RANK = Case(
    When(risk=Conversation.Risk.URGENT, then=Value(0)),
    When(risk=Conversation.Risk.WATCH, then=Value(1)),
    default=Value(2),
)
_MOST_SHOWN = 50  # Of a longer queue nobody looks at the end.
_ROW = ("uid", "kind", "risk", "band", "language", "topic", "opened_at")


@dataclass(frozen=True)
class Talking:
    """A talk that somebody has, or to which a supervisor was called and none has joined."""

    uid: str
    counsellor: int | None
    state: str
    risk: str
    is_calling: bool


@dataclass(frozen=True)
class Look:
    """A desk as it was at one moment: who waits, in the order of the queue, who has which talks, and which call a supervisor."""

    waiting: tuple[Frame, ...]
    positions: dict[str, int]
    talks: dict[int, list[str]]
    talking: tuple[Talking, ...]
    free: int
    places: int
    length_s: float | None


def look(desk_uid: str, *, at: datetime) -> Look:
    """Read the present of a desk: urgent ones first, then who waits longest."""
    desk = Desk.objects.get(uid=desk_uid)
    states = Conversation.State
    rows = Conversation.objects.filter(desk=desk, state=states.WAITING).order_by(_RANK, "opened_at", "pk")
    waiting: list[Frame] = [
        {**row, "uid": str(row["uid"]), "opened_at": row["opened_at"].isoformat()} for row in rows.values(*_ROW)
    ]
    chats = [row["uid"] for row in waiting if row["kind"] == Conversation.Kind.CHAT]
    places, free = door.room(desk, at=at)
    length_s = door.usual_length_s(desk, at=at)
    positions = {uid: place for place, uid in enumerate(chats, 1)}
    talking = _talking(desk)
    talks: dict[int, list[str]] = {}
    for talk in talking:
        if talk.counsellor is not None and talk.state == states.TALKING:
            talks.setdefault(talk.counsellor, []).append(talk.uid)
    return Look(tuple(waiting[:_MOST_SHOWN]), positions, talks, talking, free, places, length_s)


def _talking(desk: Desk) -> tuple[Talking, ...]:
    is_calling = Q(call__called_at__isnull=False, call__joined_at=None)
    talks = Conversation.objects.filter(Q(state=Conversation.State.TALKING) | is_calling, desk=desk)
    rows = talks.exclude(state=Conversation.State.ERASED).annotate(is_calling=is_calling).order_by("taken_at", "pk")
    return tuple(
        Talking(str(uid), *rest) for uid, *rest in rows.values_list("uid", "counsellor", "state", "risk", "is_calling")
    )


def door_frame(which: door.Door) -> Frame:
    """Return what a page at the door is told."""
    return {
        "type": "door",
        "kind": which.kind,
        "position": which.position,
        "wait_s": which.wait_s,
        "opens_at": which.opens_at.isoformat() if which.opens_at else None,
    }


class Board:
    """The looks of one process."""

    def __init__(self) -> None:
        self._due: set[str] = set()
        self._is_due = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._doors: dict[str, tuple[float, asyncio.Task[Frame]]] = {}

    def begin(self) -> None:
        """Look from now on whenever a desk changed, and every few seconds; the first call counts."""
        if not self._tasks:
            switchboard.at_desk_change = self.changed
            self._tasks = [switchboard.keep(self._look_on()), switchboard.keep(self._look_by_itself())]

    def changed(self, desk_uid: str) -> None:
        """Look at a desk soon."""
        self._due.add(desk_uid)
        self._is_due.set()

    async def door(self, language: str) -> Frame:
        """Return what the door of a language says; however many ask, it is read twice a second. Listeners hear each change.

        Raises `Busy`.
        """
        loop = asyncio.get_running_loop()
        read_at, frame = self._doors.get(language, (0.0, None))
        if frame is None or loop.time() - read_at > _DOOR_S:
            frame = self._read_door(language)
        return await asyncio.shield(frame)  # Whoever hangs up does not take the answer from the others.

    def _read_door(self, language: str) -> asyncio.Task[Frame]:
        async def read() -> Frame:
            return door_frame(await store.read(lambda: door.for_language(language, at=timezone.now())))

        loop = asyncio.get_running_loop()
        frame = loop.create_task(read())
        self._doors[language] = (loop.time(), frame)
        return frame

    async def _look_by_itself(self) -> None:
        while True:
            await asyncio.sleep(_LOOK_S)
            for desk_uid in switchboard.places("desk"):
                self.changed(desk_uid)
            self._is_due.set()

    async def _look_on(self) -> None:
        while True:
            await self._is_due.wait()
            self._is_due.clear()
            due, self._due = self._due, set()
            try:
                await self._look(due)
            except Busy:
                continue  # The next look is at most some seconds away.
            await asyncio.sleep(_REST_S)

    async def _look(self, due: set[str]) -> None:
        for desk_uid in due & set(switchboard.places("desk")):
            seen = await store.read(lambda uid=desk_uid: look(uid, at=timezone.now()))  # type: ignore[misc]  # the default binds the loop's value
            switchboard.hand(lines.desk_place(desk_uid), {"type": "look", "desk": desk_uid, "look": seen})
        for language in switchboard.places("door"):
            switchboard.hand(f"door {language}", await self._read_door(language))


board = Board()
