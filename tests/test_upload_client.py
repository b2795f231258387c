"""What the examples share: whatever goes wrong with Leeward counts as held, and forms are read in one way only."""

from __future__ import annotations

import asyncio
import json
import logging
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest

from tests import uploads_sites

sys.path.append(str(uploads_sites.UPLOADS))  # The examples are files to copy, not a package.
import front  # It is found since the line before.
import upload_forms
from leeward_client import Answer, Leeward, Verdict, gravest

CLEAR = {"answer": "clear", "reason": "", "signs": [], "more": "than we know"}
ANSWERS_TO_HOLD: dict[str, tuple[int, bytes]] = {
    "an error of Leeward": (500, json.dumps(CLEAR).encode()),
    "a busy Leeward": (503, b""),
    "a key that is not taken": (401, json.dumps(CLEAR).encode()),
    "too large for Leeward": (413, json.dumps(CLEAR).encode()),
    "another address": (302, json.dumps(CLEAR).encode()),
    "another kind of success": (204, b""),
    "a page": (200, b"<!doctype html><title>Sign in</title>"),
    "nothing": (200, b""),
    "no object": (200, b'["clear"]'),
    "only a word": (200, b'"clear"'),
    "no answer in it": (200, b'{"reason": "", "signs": []}'),
    "a word that we do not know": (200, json.dumps(CLEAR | {"answer": "fine"}).encode()),
    "no word": (200, json.dumps(CLEAR | {"answer": True}).encode()),
    "signs that are none": (200, json.dumps(CLEAR | {"signs": [1]}).encode()),
    "not UTF-8": (200, b'{"answer": "\xff"}'),
    "without end": (200, b'{"answer": "clear"'),
    "too deep": (200, b"[" * 200_000),
}


@dataclass
class Server:
    """A server that answers what a test tells it to, and remembers what it was sent."""

    url: str = ""
    status: int = 200
    body: bytes = json.dumps(CLEAR).encode()
    received: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)


@pytest.fixture
def server() -> Iterator[Server]:
    told = Server()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {name.lower(): ", ".join(self.headers.get_all(name, [])) for name in self.headers}
            told.received.append((self.path, headers, body))
            self.send_response(told.status)
            self.send_header("Content-Length", str(len(told.body)))
            self.send_header("Location", f"{told.url}/elsewhere")
            self.end_headers()
            self.wfile.write(told.body)

        def log_message(self, format: str, *args: Any) -> None:
            """Keep the test output quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as listening:
        told.url = f"http://127.0.0.1:{listening.server_port}"
        thread = threading.Thread(target=listening.serve_forever, args=(0.01,))
        thread.start()
        yield told
        listening.shutdown()
        thread.join()


def in_a_thread(leeward: Leeward, data: bytes, item_id: str = "") -> Verdict:
    with closing(leeward):
        return leeward.ask(data, item_id=item_id)


def in_a_task(leeward: Leeward, data: bytes, item_id: str = "") -> Verdict:
    async def ask() -> Verdict:
        verdict = await leeward.ask_async(data, item_id=item_id)
        await leeward.aclose()
        return verdict

    return asyncio.run(ask())


both_ways = pytest.mark.parametrize("ask", [in_a_thread, in_a_task])
type Ask = Callable[..., Verdict]


@both_ways
def test_the_question_carries_the_key_the_bytes_and_the_id(server: Server, ask: Ask) -> None:
    verdict = ask(Leeward(server.url + "/", "harbour-key"), b"a picture", "photo-7")

    (path, headers, body) = server.received[0]
    assert (path, body) == ("/api/v1/screen", b"a picture")
    assert headers["authorization"] == "Bearer harbour-key"
    assert (headers["content-type"], headers["x-item-id"]) == ("application/octet-stream", "photo-7")
    assert verdict == Verdict(Answer.CLEAR)


@both_ways
def test_what_matched_is_handed_on(server: Server, ask: Ask) -> None:
    server.body = json.dumps(CLEAR | {"answer": "known", "signs": [{"indicator": "one", "distance": 3}]}).encode()

    assert ask(Leeward(server.url, "key"), b"a picture") == Verdict(Answer.KNOWN, signs=("one",))


@both_ways
@pytest.mark.parametrize(("status", "body"), ANSWERS_TO_HOLD.values(), ids=ANSWERS_TO_HOLD)
def test_an_answer_that_is_no_answer_holds(server: Server, ask: Ask, status: int, body: bytes) -> None:
    server.status, server.body = status, body

    verdict = ask(Leeward(server.url, "key"), b"a picture")

    assert verdict == Verdict(Answer.HELD, reason="leeward_did_not_answer")
    assert [path for path, _, _ in server.received] == ["/api/v1/screen"]


@both_ways
def test_a_leeward_that_says_nothing_holds(ask: Ask) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        leeward = Leeward(f"http://127.0.0.1:{silent.getsockname()[1]}", "key", within_s=0.2)

        assert ask(leeward, b"a picture").answer is Answer.HELD


@both_ways
def test_a_leeward_that_is_not_there_holds(ask: Ask) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]

    assert ask(Leeward(f"http://127.0.0.1:{port}", "key"), b"a picture").answer is Answer.HELD


@both_ways
@pytest.mark.parametrize("item_id", ["two\r\nlines", "ü"])
def test_an_id_that_no_header_takes_holds(server: Server, ask: Ask, item_id: str) -> None:
    assert ask(Leeward(server.url, "key"), b"a picture", item_id).answer is Answer.HELD


def test_a_held_upload_is_said_to_those_who_run_the_site(server: Server, caplog: pytest.LogCaptureFixture) -> None:
    server.status = 401

    with caplog.at_level(logging.WARNING):
        in_a_thread(Leeward(server.url, "secret-key"), b"a picture", "photo-7")

    assert "status 401" in caplog.text
    assert not [word for word in ("secret-key", "photo-7", server.url) if word in caplog.text]


def test_the_gravest_verdict_counts() -> None:
    clear, held, suspect, known = (Verdict(Answer(word)) for word in ("clear", "held", "suspect", "known"))

    assert gravest([clear, suspect, held, known, clear]) == known
    assert gravest([clear, suspect, held]) == held
    assert gravest([suspect, clear]) == suspect
    assert gravest([]) == clear


def written_by_httpx() -> httpx.Request:
    files = {"file": ('a "boat".jpg', b"\xff\xd8\r\n--\r\n\r\n", "image/jpeg")}
    return httpx.Request("POST", "http://127.0.0.1/upload", files=files, data={"title": "Ein Böötchen"})


def test_a_form_is_taken_apart_and_written_anew() -> None:
    request = written_by_httpx()

    first = upload_forms.read(request.headers["Content-Type"], request.read())
    again = upload_forms.read(first.content_type, first.body)

    assert first.files == again.files == (b"\xff\xd8\r\n--\r\n\r\n",)
    assert [(part.field, part.data) for part in again.parts if not part.is_file] == [("title", "Ein Böötchen".encode())]
    assert first.parts == again.parts
    assert first.content_type != request.headers["Content-Type"]


def part(headers: str, data: bytes = b"x") -> tuple[bytes, ...]:
    body = b"--b\r\n" + headers.encode() + b"\r\n\r\n" + data + b"\r\n--b--\r\n"
    return upload_forms.read("multipart/form-data; boundary=b", body).files


def test_everything_but_plain_fields_is_a_file() -> None:
    named = 'Content-Disposition: form-data; name="file"'

    assert part(named) == part(f"{named}\r\nContent-Type: text/plain; charset=utf-8") == ()
    assert part(f'{named}; filename=""', b"") == ()  # A field for a file that was left empty.
    assert part(f'{named}; filename=""') == part(f'{named}; filename="x"') == (b"x",)
    assert part(f'{named}; filename="x"', b"") == (b"",)
    assert part(f"{named}\r\nContent-Type: image/jpeg") == part(f"{named}\r\nContent-Type: multipart/mixed") == (b"x",)


@pytest.mark.parametrize(
    "headers",
    [
        "",
        "Content-Type: image/jpeg",
        "Content-Disposition: attachment; name=x",
        "Content-Disposition: form-data; name=x",
        'Content-Disposition: form-data; name="x"; name="y"',
        'Content-Disposition: form-data; name="x"; filename="a"; filename="b"',
        "Content-Disposition: form-data; name=\"x\"; filename*=UTF-8''x",
        'Content-Disposition: form-data; name="x"\r\nContent-Disposition: form-data; name="y"',
        'Content-Disposition: form-data; name="x"\r\n filename="y"',
        'Content-Disposition: form-data; name="x"\nContent-Type: image/jpeg',
        'Content-Disposition: form-data; name="x"\r\nContent-Transfer-Encoding: base64',
    ],
)
def test_a_part_that_could_be_read_in_two_ways_is_refused(headers: str) -> None:
    with pytest.raises(upload_forms.FormUnreadable):
        part(headers)


def test_a_visitor_cannot_tell_the_site_what_leeward_said(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    server.body = json.dumps(CLEAR | {"answer": "suspect"}).encode()
    monkeypatch.setenv("LEEWARD_URL", server.url)
    monkeypatch.setenv("LEEWARD_API_KEY", "key")
    app = front.front(server.url, held_path="/held-uploads", within_s=10)

    async def upload() -> None:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://127.0.0.1") as visitor:
            headers = {"X-Leeward-Answer": "clear", "Content-Type": "image/jpeg", "Cookie": "a=b"}
            await visitor.post("/upload?album=1", content=b"a picture", headers=headers)

    asyncio.run(upload())

    (path, headers, body) = server.received[1]
    assert (path, body) == ("/held-uploads?album=1", b"a picture")
    assert (headers["x-leeward-answer"], headers["cookie"]) == ("suspect", "a=b")
