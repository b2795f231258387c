"""Who hears what: frames go from hand to hand within a process, and through Redis to the other web processes.

Channels' in-memory layer is not used for the first: it drops what exceeds 100 waiting messages, forgets its groups after a day,
and copies each message. What one process holds in its hands needs no carrier. Between processes Channels' Redis *pub/sub* layer
carries; its other Redis layer was measured to take 20 times as long at 1,000 chats.

A frame that is lost on the way is no loss: it is in the database, places count without a gap, and each heartbeat catches up.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import secrets
import threading
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any, Protocol

from leeward.core import config
from leeward.helplines.conversations.models import Message

if TYPE_CHECKING:
    from channels_redis.pubsub import RedisPubSubChannelLayer

log = logging.getLogger("leeward.helplines")

_GROUP = "leeward.lines"
# Frames that wait for Redis; beyond this the others catch up by their heartbeats.
_WAITING_FRAMES = 10_000
_AGAIN_S = 1.0

type Frame = dict[str, Any]


class Listener(Protocol):
    """Somebody with an open line in this process."""

    def heard(self, frame: Frame) -> None:
        """Take a frame, without waiting for anything."""


class Switchboard:
    """The open lines of one process, by the place that they listen at, and the way to the other processes."""

    def __init__(self) -> None:
        self._listeners: dict[str, set[Listener]] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread = 0
        self._name = secrets.token_hex(8)
        self._layer: RedisPubSubChannelLayer | None = None
        self._outgoing: asyncio.Queue[Frame] = asyncio.Queue(_WAITING_FRAMES)
        self._tasks: list[asyncio.Task[None]] = []
        self.at_desk_change: Callable[[str], None] = lambda _desk: None

    def begin(self) -> None:
        """Remember the event loop that holds the lines, and open the way to the other processes; the first call counts."""
        if self._loop is not None:
            return
        self._loop, self._thread = asyncio.get_running_loop(), threading.get_ident()
        if address := config.current().helplines.chat_layer:
            from channels_redis.pubsub import RedisPubSubChannelLayer  # part of the extra `scale`

            layer = self._layer = RedisPubSubChannelLayer(hosts=[address])
            self.keep(self._publish(layer))
            self.keep(self._listen(layer))

    def keep(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Run work for as long as the process lives."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.append(task)
        return task

    def join(self, place: str, listener: Listener) -> None:
        """Let somebody hear what is said at a place."""
        self._listeners.setdefault(place, set()).add(listener)

    def leave(self, place: str, listener: Listener) -> None:
        """Let somebody hear no more of a place."""
        there = self._listeners.get(place)
        if there is not None:
            there.discard(listener)
            if not there:
                del self._listeners[place]

    def places(self, kind: str) -> list[str]:
        """Return what follows `kind` in the names of the places that somebody listens at."""
        return [place.removeprefix(f"{kind} ") for place in self._listeners if place.startswith(f"{kind} ")]

    def say(self, place: str, frame: Frame, *, but: Listener | None = None) -> None:
        """Say something at a place, in every process; any thread may call it. `but` has heard it already."""
        if self._loop is None or self._loop.is_closed():
            return  # Nobody has a line here, and whoever has one elsewhere catches up by the heartbeat.
        if threading.get_ident() == self._thread:
            self._say(place, frame, but)
        else:
            self._loop.call_soon_threadsafe(self._say, place, frame, but)

    def _say(self, place: str, frame: Frame, but: Listener | None) -> None:
        self.hand(place, frame, but=but)
        if self._layer is None:
            return
        try:
            self._outgoing.put_nowait({"by": self._name, "place": place, "frame": frame})
        except asyncio.QueueFull:
            log.warning("the chat layer takes no more frames")

    def hand(self, place: str, frame: Frame, *, but: Listener | None = None) -> None:
        """Say something at a place, in this process only."""
        kind, _space, name = place.partition(" ")
        if kind == "desk" and frame == CHANGED:
            self.at_desk_change(name)
            return
        for listener in tuple(self._listeners.get(place, ())):
            if listener is not but:
                listener.heard(frame)

    async def _publish(self, layer: RedisPubSubChannelLayer) -> None:
        from redis.exceptions import RedisError  # part of the extra `scale`

        while True:
            frame = await self._outgoing.get()
            try:
                await layer.group_send(_GROUP, frame)
            except (RedisError, OSError) as error:
                log.warning("the chat layer did not take a frame", extra={"error": type(error).__qualname__})

    async def _listen(self, layer: RedisPubSubChannelLayer) -> None:
        from redis.exceptions import RedisError  # part of the extra `scale`

        while True:
            with contextlib.suppress(RedisError, OSError):
                channel = await layer.new_channel()
                await layer.group_add(_GROUP, channel)
                while True:
                    frame = await layer.receive(channel)
                    if frame["by"] != self._name:
                        self.hand(frame["place"], frame["frame"])
            await asyncio.sleep(_AGAIN_S)


# Something changed at a desk; whoever looks reads it again from the database.
CHANGED: Frame = {"type": "queue"}

switchboard = Switchboard()


def talk_place(conversation_uid: str) -> str:
    """Return the place at which both sides of a talk listen."""
    return f"talk {conversation_uid}"


def desk_place(desk_uid: str) -> str:
    """Return the place at which a desk's counsellors and those who wait for them listen."""
    return f"desk {desk_uid}"


def tell(conversation_uid: str, frame: Frame, *, but: Listener | None = None) -> None:
    """Say something to both sides of a talk, once what it tells is committed; any thread may call it."""
    switchboard.say(talk_place(conversation_uid), frame, but=but)


def tell_desk(desk_uid: str, frame: Frame) -> None:
    """Say something to everybody at a desk. `CHANGED` lets each of them read queue, places and doors again."""
    switchboard.say(desk_place(desk_uid), frame)


def message_frame(conversation_uid: str, message: Message) -> Frame:
    """Return a stored message as a frame with both its copies; each listener passes on its reader's one."""
    return {
        "type": "message",
        "conversation": conversation_uid,
        "place": message.place,
        "sender": message.sender,
        "client_id": str(message.client_id),
        "for_desk": bytes(message.for_desk),
        "for_child": bytes(message.for_child),
        "at": message.at.isoformat(),
    }


def tell_message(conversation_uid: str, message: Message, *, but: Listener | None = None) -> None:
    """Say a stored message to both sides of its talk."""
    tell(conversation_uid, message_frame(conversation_uid, message), but=but)
