"""Which page somebody could not open is written down nowhere."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator

import pytest
from django.test import Client

from leeward.core.logs import JsonFormatter
from leeward.core.models import Record
from leeward.filtering.tests.door.places import GAMES
from leeward.limits.models import Limits

pytestmark = pytest.mark.django_db


class Kept(logging.Handler):
    """Keeps every line as our log writes it."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.setFormatter(JsonFormatter())
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))


@pytest.fixture
def log() -> Iterator[Kept]:
    """Everything that any logger says, also what the settings leave out."""
    kept, root, ours = Kept(), logging.getLogger(), logging.getLogger("leeward")
    before = (root.level, ours.level)
    root.addHandler(kept)
    root.setLevel(logging.DEBUG)
    ours.setLevel(logging.DEBUG)
    yield kept
    root.removeHandler(kept)
    root.setLevel(before[0])
    ours.setLevel(before[1])


def test_no_log_line_and_no_record_holds_a_name_that_somebody_looked_up_or_asked_for(phone: Client, log: Kept) -> None:
    phone.get("/door", {"name": GAMES})
    Client(headers={"host": GAMES}).get("/")
    phone.get("/api/v1/door", {"name": GAMES})
    path = phone.post("/door/ask", {"name": GAMES})["Location"]
    phone.get(path)
    phone.get("/door/mine")
    phone.post("/door/ask", {"name": f"two words {GAMES}"})
    phone.get("/api/v1/door", {"name": f"two words {GAMES}"})

    said = [json.loads(line)["message"] for line in log.lines]
    assert said.count("request") == 8
    assert [line for line in log.lines if "games" in line] == []
    assert [record for record in Record.objects.all() if "games" in json.dumps(record.facts)] == []


def test_the_pages_of_the_door_are_kept_by_no_browser_and_no_proxy(phone: Client, limits: Limits) -> None:
    for path in (f"/door?name={GAMES}", "/door/mine", f"/api/v1/door?name={GAMES}"):
        answer = phone.get(path)

        assert "no-store" in answer["Cache-Control"]
        # Our own forms need it, and no other site is told where somebody came from.
        assert answer["Referrer-Policy"] == "same-origin"
