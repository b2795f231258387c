"""The web process is killed in the middle of chats: what was answered «kept» is there afterwards, and nothing is there twice."""

from __future__ import annotations

import contextlib
import json
import threading
from dataclasses import dataclass, field
from uuid import uuid4

import pytest
from websockets.exceptions import ConnectionClosed

from tests.stage import helpline
from tests.stage.child import Child, Frame
from tests.stage.leeward import Leeward, Role
from tests.stage.waiting import until

pytestmark = pytest.mark.browser

CHILDREN, EACH = 3, 18
# Slower than the commits, so that some messages are stored, some are on the way and some are not written yet.
BETWEEN_S = 0.03
KILLED_AFTER = 20
_STORED = """
import json
from leeward.helplines.models import Message
rows = Message.objects.order_by("conversation", "place").values_list("conversation__uid", "client_id", "place")
print(json.dumps([[str(uid), str(client_id), place] for uid, client_id, place in rows]))
"""


@dataclass
class Talker:
    """A child that types on, whatever becomes of the line, and remembers what was answered."""

    child: Child
    messages: list[Frame]
    kept: dict[str, int] = field(default_factory=dict)

    def talk(self, over: threading.Event) -> None:
        """Say everything, one after the other; the line may break."""
        with contextlib.suppress(ConnectionClosed, OSError):
            for message in self.messages:
                self.child.socket.send(json.dumps(message))
                over.wait(BETWEEN_S)

    def listen(self) -> None:
        """Note what is answered until the line breaks."""
        with contextlib.suppress(ConnectionClosed, OSError):
            while len(self.kept) < EACH:
                self.note(self.child.hear())

    def note(self, frame: Frame) -> None:
        if frame["type"] == "kept":
            self.kept[frame["client_id"]] = frame["place"]

    def say_again(self) -> None:
        """Come back with the code and say everything once more, as a page does that heard no answer."""
        self.child.come_back()
        for message in self.messages:
            self.note(self.child.ask(message, answer="kept"))


def stored(leeward: Leeward) -> dict[str, dict[str, int]]:
    """Return of each talk its messages with their places; fails where one is there twice."""
    found: dict[str, dict[str, int]] = {}
    for uid, client_id, place in json.loads(leeward.python(_STORED)):
        assert client_id not in found.setdefault(uid, {}), "a message is kept once"
        found[uid][client_id] = place
    return found


def test_what_was_kept_survives_a_kill_and_what_is_said_again_is_not_doubled(leeward: Leeward) -> None:
    desk = helpline.opened(leeward)
    leeward.start(Role.WEB)
    with desk.counsellor() as nara:
        nara.wait_for(lambda frame: frame["type"] == "queue")
        talkers = [begun(Child(desk)) for _ in range(CHILDREN)]
        threads, over = [], threading.Event()
        for talker in talkers:
            threads += [threading.Thread(target=talker.listen), threading.Thread(target=talker.talk, args=(over,))]
        for thread in threads:
            thread.start()
        until(lambda: sum(len(one.kept) for one in talkers) >= KILLED_AFTER, within_s=30, what="some are kept")
        leeward.kill(Role.WEB)
        for thread in threads:
            thread.join()
    answered = {talker.child.uid: dict(talker.kept) for talker in talkers}
    assert sum(map(len, answered.values())) < CHILDREN * EACH, "the kill came in the middle"

    leeward.start(Role.WEB)
    survived = stored(leeward)
    for talker in talkers:
        talker.say_again()
    in_the_end = stored(leeward)

    for talker in talkers:
        uid = talker.child.uid
        assert answered[uid].items() <= survived[uid].items(), "stored at the place that was said"
        assert survived[uid].items() <= in_the_end[uid].items(), "nothing moved"
        assert in_the_end[uid] == talker.kept
        assert sorted(talker.kept.values()) == list(range(1, EACH + 1))


def begun(child: Child) -> Talker:
    child.begin()
    return Talker(child, [child.message(f"word {number}".encode(), client_id=uuid4()) for number in range(EACH)])
