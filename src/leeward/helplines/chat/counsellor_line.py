"""The counsellor's side: the queue of their desks, presence, and the talks that they follow."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass, field
from uuid import UUID, uuid4

from django.http import HttpRequest
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _

from leeward.core.models import Role, User
from leeward.helplines.chat import board, frames, handshake, lines, presence, states
from leeward.helplines.chat.lines import Frame, switchboard
from leeward.helplines.chat.socket import POLICY, Line
from leeward.helplines.chat.store import Busy, store
from leeward.helplines.conversations import services as conversations
from leeward.helplines.conversations.models import Conversation, Desk, Message
from leeward.helplines.shifts import services as shifts

_REFUSED = {
    "too_long": _("The message is too long. Send it in two parts."),
    "too_fast": _("Too much came at once. Wait a few seconds; it is sent again."),
    "ended": _("This talk is over."),
    "not_yours": _("Somebody else has this talk. Take it first, or have it handed over."),
    "not_understood": _("The page and the server do not understand each other. Load the page again."),
    "busy": _("The message was not stored. It is sent again in a moment."),
    "not_here": _("You have no seat at this desk."),
}
_REFUSALS: dict[type[Exception], str] = {
    conversations.TooLong: "too_long",
    conversations.TooFast: "too_fast",
    conversations.TalkEnded: "ended",
    conversations.NotYours: "not_yours",
    shifts.NotAtThisDesk: "not_here",
    Conversation.DoesNotExist: "not_here",  # Whether there is such a talk is nobody's business who has no seat at its desk.
    Busy: "busy",
}
_NO_READER = (conversations.NotYours, shifts.NotAtThisDesk, Conversation.DoesNotExist)


def admitted(request: HttpRequest) -> tuple[User, list[Desk]] | None:
    """Return who opens the line and their desks; None for everybody who is no counsellor or supervisor."""
    person = handshake.person(request)
    if person is None or not shifts.STAFF & person.roles:
        return None
    return person, list(shifts.desks_of(person))


def _readable(uid: UUID, *, person_pk: int) -> int:
    """Return the key of a talk as it stands now, to somebody as they stand now; raises one of `_NO_READER`. Nothing here is remembered."""
    pk = shifts.readable_pk(uid, person_pk=person_pk)
    if pk is None:
        talk = Conversation.objects.select_related("desk").get(uid=uid)
        shifts.seat_of(User.objects.get(pk=person_pk), talk.desk)
        raise conversations.NotYours
    return pk


def _shown(frame: Frame, *, person_pk: int) -> Frame:
    """Return what somebody is shown of a frame of a talk; raises one of `_NO_READER`."""
    pk = _readable(UUID(frame["conversation"]), person_pk=person_pk)
    match frame["type"]:
        case "message":
            return frames.for_reader(frame, copy="for_desk")
        case "state":
            return states.frame(Conversation.objects.select_related("desk").get(pk=pk), at=timezone.now())
        case _:
            return frame


@dataclass(eq=False)
class CounsellorLine:
    """What a counsellor's line asks and hears."""

    line: Line
    request: HttpRequest
    person: User
    desks: list[Desk]
    uid: UUID = field(default_factory=uuid4)
    talks: dict[str, set[int]] = field(default_factory=dict)  # Which places of each talk were shown.
    looks: dict[str, board.Look] = field(default_factory=dict)
    shown: Frame | None = None
    # What is said waits for the look whether it may be heard, and keeps its order.
    one_by_one: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def begin(self) -> None:
        """Say who is there, and show the queue."""
        for desk in self.desks:
            switchboard.join(lines.desk_place(str(desk.uid)), self)
        await self._present()
        self._desks_changed()
        for uid in await store.read(lambda: conversations.talks_of(self.person)):
            lines.tell(uid, {"type": "state", "conversation": uid}, but=self)  # A child who read «away» reads «here».

    async def came(self, frame: Frame) -> None:
        steps: dict[str, Callable[[Frame], Awaitable[None]]] = {
            "here": self._here,
            "follow": self._follow,
            "say": self._say,
        }
        step = steps.get(frame["type"])
        if step is None:
            raise frames.NotUnderstood
        try:
            await step(frame)
        except tuple(_REFUSALS) as refusal:
            self.refuse(_REFUSALS[type(refusal)], frame)

    def refuse(self, code: str, frame: Frame) -> None:
        with translation.override(handshake.language(self.request)):
            said: Frame = {"type": "refused", "code": code, "words": str(_REFUSED[code])}
        self.line.put(said | frames.named(frame, "client_id", "conversation"))

    async def gone(self) -> None:
        for desk in self.desks:
            switchboard.leave(lines.desk_place(str(desk.uid)), self)
        for uid in self.talks:
            switchboard.leave(lines.talk_place(uid), self)
        with contextlib.suppress(Busy):  # A line of which nothing is heard counts no more, see `presence.py`.
            await store.write(lambda: presence.gone(line=self.uid), order=0)
        self._desks_changed()

    def heard(self, frame: Frame) -> None:
        """Pass on what is said at the places that this line listens at."""
        if frame["type"] == "look":
            self.looks[frame["desk"]] = frame["look"]
            self._show_queue()
        else:
            self.line.soon(self._pass_on(frame))

    def _show_queue(self) -> None:
        """Show all desks of the person as one queue; each is in order by itself. A supervisor sees every talk and call, too."""
        waiting = [row for look in self.looks.values() for row in look.waiting]
        mine = [uid for look in self.looks.values() for uid in look.talks.get(self.person.pk, [])]
        queue: Frame = {"type": "queue", "waiting": waiting, "mine": mine}
        if Role.SUPERVISOR in self.person.roles:
            queue["talking"] = [asdict(talk) for look in self.looks.values() for talk in look.talking]
        if queue != self.shown:
            self.shown = queue
            self.line.put(queue)

    def _desks_changed(self) -> None:
        for desk in self.desks:
            lines.tell_desk(str(desk.uid), lines.CHANGED)

    async def _present(self) -> None:
        await store.write(lambda: presence.here(self.person, line=self.uid, at=timezone.now()), order=0)

    async def _here(self, frame: Frame) -> None:
        """Note that somebody is there, who may still be: a role, a seat or a session may have been taken away meanwhile."""
        known = await store.read(lambda: admitted(self.request))
        if known != (self.person, self.desks):
            self.line.cut(POLICY)
            return
        await self._present()
        for uid in tuple(self.talks):
            await self._pass_on({"type": "state", "conversation": uid})

    # --- Talks

    async def _readable(self, uid: UUID) -> int:
        """Return the key of a talk that the person may read now; else hear no more of it, and raise one of `_NO_READER`."""
        try:
            return await store.read(lambda: _readable(uid, person_pk=self.person.pk))
        except _NO_READER:
            self._leave(str(uid))
            raise

    def _leave(self, uid: str) -> None:
        switchboard.leave(lines.talk_place(uid), self)
        self.talks.pop(uid, None)

    async def _follow(self, frame: Frame) -> None:
        named, place = frames.uid(frame, "conversation"), frames.place(frame, "since")
        uid = str(named)
        async with self.one_by_one:
            pk = await self._readable(named)
            talk = await store.read(lambda: Conversation.objects.select_related("desk").get(pk=pk))
            switchboard.join(lines.talk_place(uid), self)
            self.line.put(await store.read(lambda: states.frame(talk, at=timezone.now())))
            messages = await store.read(lambda: list(conversations.since(talk, place=place)))
            self.talks[uid] = {message.place for message in messages}
            for message in messages:
                self.line.put(frames.for_reader(lines.message_frame(uid, message), copy="for_desk"))

    async def _pass_on(self, frame: Frame) -> None:
        """Pass on what is said in a talk to whoever may still read it: it may have been handed over a moment ago."""
        uid = frame["conversation"]
        async with self.one_by_one:
            if uid not in self.talks or frame.get("place") in self.talks[uid]:
                return
            try:
                self.line.put(await store.read(lambda: _shown(frame, person_pk=self.person.pk)))
                self.talks[uid].add(frame.get("place", 0))
            except Busy:
                return  # The next message shows that one is missing, and the next heartbeat tells the state.
            except _NO_READER:
                self._leave(uid)
                self.refuse("not_yours", {"conversation": uid})

    async def _say(self, frame: Frame) -> None:
        uid, at = frames.uid(frame, "conversation"), timezone.now()
        talk = Conversation(pk=await self._readable(uid), uid=uid)
        client_id = frames.uid(frame, "client_id")
        for_desk, for_child = frames.sealed(frame, "for_desk"), frames.sealed(frame, "for_child")
        message = await store.write(
            lambda: conversations.say(
                talk,
                sender=Message.Sender.COUNSELLOR,
                author=self.person,
                client_id=client_id,
                for_desk=for_desk,
                for_child=for_child,
                at=at,
            ),
            order=talk.pk,
        )
        self.line.put({"type": "kept", "conversation": str(uid), "client_id": str(client_id), "place": message.place})
        if message.at == at:  # An older one came twice, and was said when it came first.
            lines.tell_message(str(uid), message, but=self)
