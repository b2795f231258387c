"""One line: frames that are none are refused, floods are cut, and whoever does not read is not waited for."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any

import pytest

from leeward.helplines import octets
from leeward.helplines.chat import frames
from leeward.helplines.chat.lines import Switchboard
from leeward.helplines.chat.socket import Event, Line


@dataclass
class Echo:
    """A talk that notes what came and what was refused."""

    line: Line | None = None
    came_in: list[Any] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    is_gone: bool = False

    async def came(self, frame: dict[str, Any]) -> None:
        self.came_in.append(frame["type"])

    def refuse(self, code: str, frame: dict[str, Any]) -> None:
        self.refused.append(code)

    async def gone(self) -> None:
        self.is_gone = True


def served(texts: list[str], *, reads: bool = True, frames_out: int = 0) -> tuple[Echo, list[Event]]:
    """Let a line receive some texts and then be closed; return what became of it and what was sent."""
    sent: list[Event] = []

    async def run() -> Echo:
        incoming = [{"type": "websocket.receive", "text": text} for text in texts]

        async def receive() -> Event:
            if incoming:
                return incoming.pop(0)
            if frames_out:
                await asyncio.Event().wait()
            return {"type": "websocket.disconnect", "code": 1000}

        async def send(event: Event) -> None:
            if event["type"] == "websocket.send" and not reads:
                await asyncio.Event().wait()
            sent.append(event)

        line, echo = Line(receive, send), Echo()
        task = asyncio.create_task(line.run(echo))
        await asyncio.sleep(0)
        for number in range(frames_out):
            line.put({"type": "state", "number": number})
            await asyncio.sleep(0)
        await task
        return echo

    return asyncio.run(run()), sent


@pytest.mark.parametrize("text", ["", "{", "[]", "1", "null", '{"type":1}', "[" * 30_000, "\x00\xff", '{"no":"type"}'])
def test_what_is_no_frame_is_refused_and_the_line_stays(text: str) -> None:
    echo, _sent = served([text, '{"type":"here"}'])

    assert echo.refused == ["not_understood"]
    assert echo.came_in == ["here"]
    assert echo.is_gone


def test_a_flood_is_refused_frame_by_frame_and_then_cut() -> None:
    echo, sent = served(['{"type":"say"}'] * 500)

    assert len(echo.came_in) < 45
    assert set(echo.refused) == {"too_fast"}
    assert len(echo.came_in) + len(echo.refused) < 120
    assert sent[-1] == {"type": "websocket.close", "code": 1008}


def test_whoever_reads_nothing_is_cut_off_and_holds_little(caplog: pytest.LogCaptureFixture) -> None:
    echo, sent = served([], reads=False, frames_out=1000)

    assert echo.is_gone
    assert sent[-1] == {"type": "websocket.close", "code": 4408}
    assert not caplog.records


@pytest.mark.parametrize("value", [None, 1, "", "A", "A" * 42, "A" * 44, "=" * 43, "ä" * 43, "A" * 43 + "\n"])
def test_a_key_is_32_octets_of_base64url(value: object) -> None:
    with pytest.raises(frames.NotUnderstood):
        frames.key({"finder": value}, "finder")


def test_a_key_comes_back_as_it_went() -> None:
    key = bytes(range(224, 256))

    assert frames.key({"finder": octets.text_of(key)}, "finder") == key


@pytest.mark.parametrize("value", [-1, 2**31, True, 1.5, "1", None])
def test_a_place_is_a_number_that_counts(value: object) -> None:
    with pytest.raises(frames.NotUnderstood):
        frames.place({"place": value}, "place")


def test_what_a_thread_says_is_heard_in_the_loop() -> None:
    heard: list[Any] = []

    class Ear:
        def heard(self, frame: dict[str, Any]) -> None:
            heard.append(frame["type"])

    async def run() -> None:
        board, ear = Switchboard(), Ear()
        board.join("talk 1", ear)
        board.say("talk 1", {"type": "lost"})  # Nobody knows the loop yet, so nobody has a line.
        board._loop = asyncio.get_running_loop()  # As `begin` does, without the settings.
        await asyncio.to_thread(board.say, "talk 1", {"type": "state"})
        await asyncio.to_thread(board.say, "talk 2", {"type": "state"})
        await asyncio.sleep(0)
        board.leave("talk 1", ear)
        board.hand("talk 1", {"type": "state"})

    asyncio.run(run())

    assert heard == ["state"]
