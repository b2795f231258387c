"""HTTP by hand, over a socket: what a library would never send, and what it says to that."""

from __future__ import annotations

import http.client
import json
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from tests.stage.ports import LOOPBACK

_TIMEOUT_S = 30.0
PROBLEM, TAXII = "application/problem+json", "application/taxii+json;version=2.1"
CANARY = "kanarienvogel"  # Stands in everything that a test of bad input sends, and must not stand in any answer.
JSON = {"Content-Type": "application/json"}


@dataclass(frozen=True)
class Answer:
    """What came back: the status, the headers by lower-case name, and the body."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def media_type(self) -> str:
        return self.headers.get("content-type", "")

    @property
    def text(self) -> str:
        """Everything that was said, headers too, to look for what must not be repeated."""
        return f"{dict(self.headers)}\n{self.body.decode('utf-8', errors='replace')}"

    def json(self) -> Any:
        return json.loads(self.body)


def head(
    method: str,
    path: str,
    *,
    port: int,
    host: str = "",
    headers: Mapping[str, str] | None = None,
    length: int | None = None,
) -> bytes:
    """Return the head of a request; `length` is what Content-Length says, whatever follows."""
    fields = {"Host": host or f"{LOOPBACK}:{port}", **(headers or {})}
    if length is not None:
        fields["Content-Length"] = str(length)
    lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in fields.items())]
    return "\r\n".join([*lines, "", ""]).encode("latin-1")


@contextmanager
def connected(port: int) -> Iterator[socket.socket]:
    with socket.create_connection((LOOPBACK, port), timeout=_TIMEOUT_S) as line:
        yield line


def read(line: socket.socket) -> Answer:
    """Wait for the answer on a line."""
    answer = http.client.HTTPResponse(line)
    answer.begin()
    body = answer.read()
    return Answer(answer.status, {name.lower(): value for name, value in answer.getheaders()}, body)


def ask(
    method: str, path: str, body: bytes = b"", *, port: int, host: str = "", headers: Mapping[str, str] | None = None
) -> Answer:
    """Send a request of which everything is in order but perhaps what it says."""
    with connected(port) as line:
        line.sendall(head(method, path, port=port, host=host, headers=headers, length=len(body)) + body)
        return read(line)


def is_refused(answer: Answer, *, status: int, media_type: str = PROBLEM) -> None:
    """Assert a refusal that a machine can read, that says what to do, and that repeats nothing of what was sent."""
    assert (answer.status, answer.media_type) == (status, media_type), answer.text
    said = answer.json()
    if media_type == PROBLEM:
        assert said["status"] == status
        assert said["title"]
        assert said["detail"]
    else:
        assert said["http_status"] == str(status)
    assert CANARY not in answer.text
