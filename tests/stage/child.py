"""A child who chats by hand, over a line and without a page: says what a page would, and things that no page says."""

from __future__ import annotations

import json
import secrets
from typing import Any
from uuid import UUID, uuid4

from websockets.sync.client import ClientConnection

from leeward.engines import sealing
from tests.stage.helpline import WITHIN_S, Helpline, text_of

LINE = "/h/line/"

type Frame = dict[str, Any]


class Child:
    """A child's line. `connect` opens it again where it broke."""

    def __init__(self, desk: Helpline) -> None:
        self.desk, self.pair = desk, sealing.new_pair()
        self.finder = secrets.token_bytes(32)
        self.network = f"10.{secrets.randbelow(250)}.{secrets.randbelow(250)}.7"
        self.uid = ""
        self.socket = self.connect()

    def connect(self) -> ClientConnection:
        """Open a line from the child's network, as the one proxy in front says."""
        headers = {"Origin": self.desk.origin, "X-Forwarded-For": self.network}
        return self.desk.line(LINE, headers=headers)

    def hear(self) -> Frame:
        """Return the next frame."""
        heard: Frame = json.loads(self.socket.recv(timeout=WITHIN_S))
        return heard

    def ask(self, frame: Frame, *, answer: str) -> Frame:
        """Send a frame and return the next answer of a type."""
        self.socket.send(json.dumps(frame))
        while True:
            heard = self.hear()
            if heard["type"] == answer:
                return heard

    def begin(self) -> Frame:
        """Begin a chat."""
        frame = {
            "type": "begin",
            "finder": text_of(self.finder),
            "child_key": text_of(self.pair.public),
            "language": "en",
        }
        opened = self.ask(frame, answer="opened")
        self.uid = opened["conversation"]
        return opened

    def come_back(self) -> Frame:
        """Open a new line and the same chat on it, with its code."""
        self.socket = self.connect()
        return self.ask({"type": "open", "finder": text_of(self.finder)}, answer="opened")

    def message(self, words: bytes = b"made-up words", *, client_id: UUID | None = None) -> Frame:
        """Return a sealed message."""
        uid = client_id or uuid4()
        aad = sealing.aad(UUID(self.uid), "child", uid)
        sealed = {
            name: text_of(sealing.seal(public, words, info=sealing.INFO, aad=aad))
            for name, public in (("for_desk", self.desk.public), ("for_child", self.pair.public))
        }
        return {"type": "say", "client_id": str(uid), **sealed}
