"""How Ana comes back with her code: what she types, what her page carries, and what she sends from there."""

from __future__ import annotations

import re
import shutil
import uuid
from dataclasses import dataclass, field
from typing import Any

from django.test import Client

from leeward.core import config
from leeward.reports.tests.ana import Answer


def forget_wrong_codes() -> None:
    """Forget how often each network was wrong, which outlives a test."""
    shutil.rmtree(config.current().server.data_dir / "wrong-codes", ignore_errors=True)


def look_up(client: Client, code: str) -> Answer:
    """Type a code and press Look."""
    return client.post("/r/", {"code": code})


def ticket_on(answer: Answer) -> str:
    """Return the ticket that the forms of a page carry."""
    return str(re.findall(r'name="ticket" value="([^"]+)"', answer.content.decode())[0])


def words_on(answer: Answer) -> str:
    """Return the text of a page as a reader sees it, without its marks."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


@dataclass
class Returned:
    """The page of a report after its code was typed, and the forms on it."""

    client: Client
    code: str
    answer: Answer = field(init=False)

    def __post_init__(self) -> None:
        self.answer = look_up(self.client, self.code)

    def send(self, do: str, **fields: Any) -> Answer:
        """Press a button of the page as it was before."""
        return self.client.post("/r/", {"ticket": ticket_on(self.answer), "do": do} | fields)

    def say(self, text: str = "", *, key: str = "", **fields: Any) -> Answer:
        """Write something, and add a picture where one is given."""
        return self.send("say", text=text, key=key or str(uuid.uuid4()), **fields)

    def complain(self, text: str) -> Answer:
        """Say that the last outcome is wrong."""
        outcome = self.answer.context["decision"]
        return self.send("complain", text=text, outcome=outcome.pk if outcome else "")
