"""Nothing of a running Leeward visits a reported address: a page that lies in wait for visitors gets none."""

from __future__ import annotations

import socket
import threading
import uuid
from collections.abc import Iterator

import httpx
import pytest

from tests.stage.town import Town
from tests.stage.waiting import until


class Waiting(threading.Thread):
    """A page at a port of this machine that counts who comes."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.visits = 0
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listening.getsockname()[1]}/photos/7"

    def run(self) -> None:
        while True:
            try:
                visitor, _ = self._listening.accept()
            except OSError:
                return
            self.visits += 1
            with visitor:
                visitor.sendall(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")

    def close(self) -> None:
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        self.join(10)


@pytest.fixture
def waiting() -> Iterator[Waiting]:
    """A page that counts its visitors."""
    page = Waiting()
    page.start()
    yield page
    page.close()


def test_a_page_that_was_reported_gets_no_visitor(town: Town, waiting: Waiting) -> None:
    item = f"waiting-{uuid.uuid4()}"
    thing = {"provider": "harbour", "id": item}
    before = town.count("cases_case")

    answer = httpx.post(
        f"{town.url}/api/v1/reports",
        json={"reason": "scares", "page_url": waiting.url, "item": thing, "words": f"Look at {waiting.url}"},
        timeout=30,
    )
    assert answer.status_code == 201
    until(lambda: town.count("cases_case") > before, within_s=30, what="the case of the report")
    unfinished = "state IN ('owed', 'running')"
    until(lambda: not town.count("core_delivery", where=unfinished), within_s=30, what="everything that follows")

    assert waiting.visits == 0
    httpx.get(waiting.url, timeout=10)
    assert waiting.visits == 1  # So whoever had come would have been counted.


def test_an_address_inside_the_own_network_is_refused_and_not_tried(town: Town, waiting: Waiting) -> None:
    answer = httpx.post(f"{town.url}/api/v1/reports", json={"reason": "scares", "page_url": waiting.url}, timeout=30)

    assert answer.status_code == 422
    assert waiting.visits == 0


def test_the_form_that_is_opened_with_an_address_does_not_look_there(town: Town, waiting: Waiting) -> None:
    answer = httpx.get(f"{town.url}/report/", params={"url": waiting.url}, timeout=30)

    assert answer.status_code == 200
    assert waiting.visits == 0
