"""A desk of a helpline inside a running Leeward, and a counsellor at it who is a program: opens what is sealed, answers sealed."""

from __future__ import annotations

import base64
import contextlib
import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from leeward.engines import sealing
from tests.stage.leeward import Leeward

WITHIN_S = 30.0
HEARTBEAT_S = 10.0
_MAKE = """
import json
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.conf import settings
from django.utils import timezone
from leeward.core.models import Membership, Organisation, Role, User
from leeward.engines import sealing
from leeward.helplines.models import Desk, DeskKey, Seat, Shift
at, pair = timezone.now(), sealing.new_pair()
desk = Desk.objects.create(name="Quay", languages=["en", "mn", "ar"], made_at=at)
DeskKey.objects.create(desk=desk, public=pair.public, made_at=at)
for weekday in range(7):
    Shift.objects.create(desk=desk, weekday=weekday, start=0, end=1440)
organisation = Organisation.objects.create(slug="the-quay", name="Quay", kind=Organisation.Kind.HELPLINE)
user = User.objects.create_user(username="nara-of-the-quay")
Membership.objects.create(user=user, organisation=organisation, role=Role.COUNSELLOR)
Seat.objects.create(desk=desk, person=user, alias="Nara", most_chats=1, here_since_at=at)
session = SessionStore()
session[SESSION_KEY], session[HASH_SESSION_KEY] = str(user.pk), user.get_session_auth_hash()
session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[-1]
session.save()
print(json.dumps({"private": pair.private.hex(), "public": pair.public.hex(), "uid": str(desk.uid),
                  "cookie": f"{settings.SESSION_COOKIE_NAME}={session.session_key}"}))
"""
_TAKE = """
from django.utils import timezone
from leeward.core.models import User
from leeward.helplines.conversations import services
from leeward.helplines.models import Conversation
services.take(Conversation.objects.get(uid={uid!r}), by=User.objects.get(username="nara-of-the-quay"), alias="Nara", at=timezone.now())
"""
_STATES = """
import json
from leeward.helplines.models import Conversation
rows = Conversation.objects.order_by("pk").values_list("state", "opened_at", "closed_at", "message_count")
print(json.dumps([[state, (closed - opened).total_seconds() if closed else None, count] for state, opened, closed, count in rows]))
"""

type Frame = dict[str, Any]


def octets(text: str) -> bytes:
    """Return the binary value of a frame."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def text_of(value: bytes) -> str:
    """Return binary as text of a frame."""
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


@dataclass
class Helpline:
    """A desk that is open always, with one counsellor, Nara, who takes one chat at a time."""

    leeward: Leeward
    private: bytes
    public: bytes
    uid: str
    cookie: str

    @property
    def origin(self) -> str:
        return self.leeward.base_url

    def line(
        self, path: str, *, headers: dict[str, str] | None = None, over: socket.socket | None = None
    ) -> ClientConnection:
        """Open a line as a page of the site would; `headers` take the place of what a page sends.

        `over` is a socket of one's own, connected to the site already.
        """
        sent = {"Origin": self.origin} if headers is None else headers
        address = self.leeward.base_url.replace("http", "ws", 1) + path
        return connect(
            address,
            additional_headers=sent,
            compression=None,
            open_timeout=WITHIN_S,
            # A browser asks for no sign of life by itself, and a line must not be closed from this side.
            ping_interval=None,
            legacy=True,
            sock=over,
        )

    @contextmanager
    def counsellor(self) -> Iterator[Counsellor]:
        """Let Nara be there until the block ends."""
        over = threading.Event()
        with self.line("/helpline/line/", headers={"Origin": self.origin, "Cookie": self.cookie}) as socket:
            threading.Thread(target=_stay, args=(socket, over), daemon=True).start()
            yield Counsellor(self, socket)
            over.set()

    def states(self) -> list[list[Any]]:
        """Return of each talk its state, how long it was open in seconds, and how many messages it has."""
        found: list[list[Any]] = json.loads(self.leeward.python(_STATES))
        return found


def _stay(socket: ClientConnection, over: threading.Event) -> None:
    """Say «here» as the desk page does, for as long as the line is open."""
    with contextlib.suppress(ConnectionClosed):
        while not over.wait(HEARTBEAT_S):
            socket.send(json.dumps({"type": "here"}))


@dataclass
class Counsellor:
    """Nara at her desk: what she hears, opened."""

    helpline: Helpline
    socket: ClientConnection
    heard: list[Frame] = field(default_factory=list)

    def wait_for(self, is_it: Callable[[Frame], bool]) -> Frame:
        """Return the next frame that is asked for."""
        while True:
            frame: Frame = json.loads(self.socket.recv(timeout=WITHIN_S))
            self.heard.append(frame)
            if is_it(frame):
                return frame

    def waiting(self) -> str:
        """Return the first chat of the queue, once there is one."""
        frame = self.wait_for(lambda frame: frame["type"] == "queue" and bool(frame["waiting"]))
        return str(frame["waiting"][0]["uid"])

    def take(self, uid: str) -> None:
        """Take a chat and follow it."""
        self.helpline.leeward.python(_TAKE.format(uid=uid))
        self.follow(uid)

    def follow(self, uid: str) -> None:
        """Hear what is said in a chat, from its beginning."""
        self.socket.send(json.dumps({"type": "follow", "conversation": uid, "since": 0}))

    def next_words(self) -> str:
        """Return what the child says next."""
        frame = self.wait_for(lambda frame: frame["type"] == "message" and frame["sender"] == "child")
        aad = sealing.aad(UUID(frame["conversation"]), "child", UUID(frame["client_id"]))
        opened = sealing.open_sealed(self.helpline.private, octets(frame["sealed"]), info=sealing.INFO, aad=aad)
        return opened.decode()

    def say(self, uid: str, words: str, *, child_key: bytes) -> None:
        """Answer."""
        client_id = uuid4()
        aad = sealing.aad(UUID(uid), "counsellor", client_id)
        frame: Frame = {"type": "say", "conversation": uid, "client_id": str(client_id)}
        for name, public in (("for_desk", self.helpline.public), ("for_child", child_key)):
            frame[name] = text_of(sealing.seal(public, words.encode(), info=sealing.INFO, aad=aad))
        self.socket.send(json.dumps(frame))
        self.wait_for(lambda heard: heard["type"] == "kept" and heard["client_id"] == str(client_id))

    def state(self, state: str) -> Frame:
        """Wait until a talk is told to be in a state."""
        return self.wait_for(lambda frame: frame["type"] == "state" and frame["state"] == state)


def opened(leeward: Leeward) -> Helpline:
    """Open a desk in a Leeward."""
    made = json.loads(leeward.python(_MAKE))
    return Helpline(leeward, bytes.fromhex(made["private"]), bytes.fromhex(made["public"]), made["uid"], made["cookie"])
