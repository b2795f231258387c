"""The application is asked when the whole body is here, and not before."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from typing import Any

import pytest

from leeward.site.bodies import Message, Receive, Scope, Send, WholeBody

LIMIT = 100


@dataclass
class Application:
    """An application that reads what it is given and answers 200."""

    read: list[bytes] = field(default_factory=list)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            self.read.append((await receive()).get("body", b""))
        await send({"type": "http.response.start", "status": 200, "headers": []})


@dataclass
class Visitor:
    """Sends the parts of a body one after the other, waits for ever where a part is None, and keeps the answer."""

    parts: list[bytes | None]
    answer: list[Message] = field(default_factory=list)

    async def receive(self) -> Message:
        if not self.parts:
            return {"type": "http.disconnect"}
        part = self.parts.pop(0)
        if part is None:
            await asyncio.Event().wait()
            raise AssertionError("nobody sets that event")
        return {"type": "http.request", "body": part, "more_body": True}

    async def send(self, message: Message) -> None:
        self.answer.append(message)

    @property
    def status(self) -> int | None:
        return self.answer[0]["status"] if self.answer else None


class Ending(Visitor):
    """A visitor whose last part is the end of the body."""

    async def receive(self) -> Message:
        message = await super().receive()
        return {**message, "more_body": bool(self.parts)} if message["type"] == "http.request" else message


def scope(*headers: tuple[bytes, bytes]) -> Scope:
    return {"type": "http", "headers": list(headers)}


def length(count: int) -> tuple[bytes, bytes]:
    return (b"content-length", str(count).encode())


def visit(visitor: Visitor, *headers: tuple[bytes, bytes], **options: Any) -> Application:
    app = Application()
    asyncio.run(WholeBody(app, limit_bytes=LIMIT, **options)(scope(*headers), visitor.receive, visitor.send))
    return app


def test_the_application_is_given_all_parts_as_one() -> None:
    visitor = Ending([b"half", b"", b" and half"])

    assert visit(visitor, length(13)).read == [b"half and half"]
    assert visitor.status == 200


def test_half_a_body_is_nothing_and_nobody_is_answered() -> None:
    visitor = Visitor([b"half"])

    assert visit(visitor, length(13)).read == []
    assert visitor.answer == []


@pytest.mark.parametrize(
    "headers",
    [
        [],
        [length(0)],
        [length(LIMIT + 1)],
        [(b"content-length", b"9" * 5000)],
        [(b"content-length", b"-1")],
        [length(13), (b"transfer-encoding", b"chunked")],
    ],
)
def test_what_will_be_refused_by_its_headers_is_left_unread(headers: list[tuple[bytes, bytes]]) -> None:
    assert visit(Visitor([b"half"]), *headers).read == [b"half"], "the application is asked at the first part"


def test_a_body_that_does_not_arrive_in_time_is_refused() -> None:
    visitor = Visitor([b"half", None])

    assert visit(visitor, length(13), within_s=0.01).read == []
    start, body = visitor.answer
    assert start["status"] == json.loads(body["body"])["status"] == 408
    assert (b"content-type", b"application/problem+json") in start["headers"]
    assert (b"connection", b"close") in start["headers"]


def test_unfinished_bodies_have_room_for_so_much_and_no_more() -> None:
    async def story() -> tuple[int | None, int | None]:
        whole = WholeBody(Application(), limit_bytes=LIMIT, at_a_time=1)
        slow, quick, later = Visitor([b"x" * 60, None]), Ending([b"y" * 60]), Ending([b"y" * 60])
        waiting = asyncio.create_task(whole(scope(length(LIMIT)), slow.receive, slow.send))
        await asyncio.sleep(0)
        await whole(scope(length(60)), quick.receive, quick.send)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        await whole(scope(length(60)), later.receive, later.send)
        return quick.status, later.status

    assert asyncio.run(story()) == (503, 200)


def test_what_is_no_request_goes_straight_through() -> None:
    visitor, app = Visitor([]), Application()

    asyncio.run(WholeBody(app, limit_bytes=LIMIT)({"type": "lifespan"}, visitor.receive, visitor.send))

    assert app.read == []
    assert visitor.status == 200
