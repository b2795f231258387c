"""The child's side of a chat: the door, the waiting place and the talk, over one line that may break and come back."""

from __future__ import annotations

import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from django.utils import timezone

from leeward.core import attempts, paces, texts
from leeward.engines.reading import Band
from leeward.helplines import languages, octets
from leeward.helplines.chat import board, frames, lines, services, states
from leeward.helplines.chat.lines import Frame, switchboard
from leeward.helplines.chat.socket import Line
from leeward.helplines.chat.store import Busy, store
from leeward.helplines.conversations import services as conversations
from leeward.helplines.conversations.models import Conversation, Message
from leeward.helplines.topics import TOPICS

_LANGUAGES = frozenset(languages.NAMES)
_BANDS = frozenset(Conversation.Band.values)
# A class of thirty behind one address may begin in a minute; a program that fills the queue may not.
_BEGINS_A_MINUTE = 30
_begins = paces.Pace()

# What a child is told where a frame was not taken: a key of the table [refused] in the texts.
_REFUSALS: dict[type[Exception], str] = {
    conversations.TooLong: "too_long",
    conversations.TooFast: "too_fast",
    conversations.TalkEnded: "ended",
    conversations.FinderTaken: "taken",
    conversations.NoDeskKey: "closed",
    services.DoorIsClosed: "closed",
    paces.TooOften: "too_fast",
    Busy: "busy",
    Conversation.DoesNotExist: "ended",  # Erased between two frames.
}


@dataclass(eq=False)
class ChildLine:
    """What a child's line asks and hears."""

    line: Line
    network: str
    language: str
    talk: Conversation | None = None
    places: set[str] = field(default_factory=set)
    is_waiting: bool = False
    shown: Frame | None = None

    async def came(self, frame: Frame) -> None:
        steps: dict[str, Callable[[Frame], Awaitable[None]]] = {
            "door": self._door,
            "begin": self._begin,
            "open": self._open,
            "say": self._say,
            "here": self._here,
            "since": self._since,
            "leaving": self._leaving,
            "good_bye": self._good_bye,
        }
        step = steps.get(frame["type"])
        if step is None:
            raise frames.NotUnderstood
        try:
            await step(frame)
        except attempts.WaitFirst as wait:
            self.line.put({**self._refusal("wait", frame), "wait_s": wait.seconds})
        except tuple(_REFUSALS) as refusal:
            self.refuse(_REFUSALS[type(refusal)], frame)

    def refuse(self, code: str, frame: Frame) -> None:
        self.line.put(self._refusal(code, frame))

    def _refusal(self, code: str, frame: Frame) -> Frame:
        words = texts.read("helplines", language=self.language, band=Band.MIDDLE)[f"refused.{code}"]
        said: Frame = {"type": "refused", "code": code, "words": words}
        return said | frames.named(frame, "client_id")

    async def gone(self) -> None:
        for place in self.places:
            switchboard.leave(place, self)
        if self.talk is not None:
            self._tell_whether_here(self.talk, is_here=False)

    def heard(self, frame: Frame) -> None:
        """Pass on what is said at the places that this line listens at."""
        match frame["type"]:
            case "message":
                self.line.put(frames.for_reader(frame, copy="for_child"))
            case "door":
                self.line.put(frame)
            case "look" if self.talk is not None and self.is_waiting:
                self._show_place(str(self.talk.uid), frame)
            case "state":
                self.line.soon(self._show_news())

    def _show_place(self, uid: str, frame: Frame) -> None:
        if uid in frame["look"].positions:
            place = states.place(uid, frame["look"])
            if place != self.shown:
                self.shown = place
                self.line.put(states.waiting(uid) | place)
        else:
            self.line.soon(self._show_news())

    def _tell_whether_here(self, talk: Conversation, *, is_here: bool) -> None:
        uid = str(talk.uid)
        lines.tell(uid, {"type": "child", "conversation": uid, "is_here": is_here}, but=self)

    def _join(self, place: str) -> None:
        switchboard.join(place, self)
        self.places.add(place)

    def _leave(self, place: str) -> None:
        switchboard.leave(place, self)
        self.places.discard(place)

    # --- Before the talk

    def _speak(self, frame: Frame) -> None:
        self.language = frames.word(frame, "language", among=_LANGUAGES) or self.language

    async def _door(self, frame: Frame) -> None:
        self._speak(frame)
        for place in [place for place in self.places if place.startswith("door ")]:
            self._leave(place)
        self._join(f"door {self.language}")
        self.line.put(await board.board.door(self.language))

    async def _begin(self, frame: Frame) -> None:
        self._speak(frame)
        finder, child_key = frames.key(frame, "finder"), frames.key(frame, "child_key")
        band = frames.word(frame, "band", among=_BANDS)
        topic = frames.word(frame, "topic", among=TOPICS)
        _begins.admit(self.network, a_minute=_BEGINS_A_MINUTE, at=timezone.now())
        talk = await store.write(
            lambda: services.begin(
                language=self.language, band=band, topic=topic, finder=finder, child_key=child_key, at=timezone.now()
            ),
            order=0,
        )
        await self._opened(talk)
        lines.tell_desk(str(talk.desk.uid), lines.CHANGED)

    async def _open(self, frame: Frame) -> None:
        self._speak(frame)
        finder = frames.key(frame, "finder")
        talk = await store.read(lambda: self._found(finder))
        if talk is None:
            self.refuse("wrong_code", frame)
        elif talk.kind == Conversation.Kind.MAILBOX:
            self.refuse("mailbox", frame)
        else:
            await store.write(lambda: conversations.seen(talk, at=timezone.now()), order=talk.pk)
            await self._opened(talk)
            self._tell_whether_here(talk, is_here=True)

    def _found(self, finder: bytes) -> Conversation | None:
        with attempts.one(self.network, at=timezone.now()) as attempt:
            talk = conversations.find(finder)
            if talk is None:
                attempt.was_wrong()
        return talk

    async def _opened(self, talk: Conversation) -> None:
        for place in list(self.places):
            self._leave(place)
        self.talk = talk
        self._join(lines.talk_place(str(talk.uid)))
        self._join(lines.desk_place(str(talk.desk.uid)))
        state = await self._state()
        messages = await store.read(lambda: list(conversations.since(talk, place=0)))
        uid = str(talk.uid)
        shown = [frames.for_reader(lines.message_frame(uid, message), copy="for_child") for message in messages]
        key = octets.text_of(talk.desk_key.public)
        self.line.put({**state, "type": "opened", "desk_key": key, "messages": shown})

    # --- The talk

    def _mine(self) -> Conversation:
        if self.talk is None:
            raise frames.NotUnderstood
        return self.talk

    async def _state(self) -> Frame:
        uid = self._mine().uid

        def read() -> Frame:
            talk = Conversation.objects.select_related("desk").get(uid=uid)
            return states.frame(talk, at=timezone.now())

        frame = await store.read(read)
        self.is_waiting = frame["state"] == Conversation.State.WAITING
        return frame

    async def _show_state(self) -> None:
        self.line.put(await self._state())

    async def _show_news(self) -> None:
        with contextlib.suppress(Busy, Conversation.DoesNotExist):  # The next heartbeat asks again.
            await self._show_state()

    async def _say(self, frame: Frame) -> None:
        talk, at = self._mine(), timezone.now()
        client_id = frames.uid(frame, "client_id")
        for_desk, for_child = frames.sealed(frame, "for_desk"), frames.sealed(frame, "for_child")
        message = await store.write(
            lambda: conversations.say(
                talk,
                sender=Message.Sender.CHILD,
                author=None,
                client_id=client_id,
                for_desk=for_desk,
                for_child=for_child,
                at=at,
            ),
            order=talk.pk,
        )
        self.line.put({"type": "kept", "client_id": str(client_id), "place": message.place})
        if message.at == at:  # An older one came twice, and was said when it came first.
            lines.tell_message(str(talk.uid), message, but=self)

    async def _here(self, frame: Frame) -> None:
        """Note a sign of life, and catch up with whatever was lost on the way."""
        if self.talk is None:
            await self._door({"type": "door", "language": self.language})
            return
        talk = self.talk
        await store.write(lambda: conversations.seen(talk, at=timezone.now()), order=talk.pk)
        state = await self._state()
        self.line.put(state)
        if state["place"] > frames.place(frame, "place"):
            await self._since(frame)

    async def _since(self, frame: Frame) -> None:
        talk, place = self._mine(), frames.place(frame, "place")
        for message in await store.read(lambda: list(conversations.since(talk, place=place))):
            self.heard(lines.message_frame(str(talk.uid), message))

    async def _leaving(self, frame: Frame) -> None:
        talk = self._mine()
        await store.write(lambda: services.leave(talk, at=timezone.now()), order=talk.pk)
        self._ended(talk)

    async def _good_bye(self, frame: Frame) -> None:
        talk = self._mine()
        how = Conversation.State.ABANDONED if self.is_waiting else Conversation.State.ENDED
        await store.write(lambda: conversations.finish(talk, how=how, at=timezone.now()), order=talk.pk)
        self._ended(talk)

    @staticmethod
    def _ended(talk: Conversation) -> None:
        lines.tell(str(talk.uid), {"type": "state", "conversation": str(talk.uid)})
        lines.tell_desk(str(talk.desk.uid), lines.CHANGED)
