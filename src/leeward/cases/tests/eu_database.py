"""A stand-in for the EU's database on this machine: it stores all of a call or nothing, by the rules written for the tests."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from leeward.engines.statements.tests.slow_rules import refused

TOKEN = "a made-up token"


@dataclass
class EuDatabase:
    """What it stored and how often it was called. `status` answers every call so, `answer` with this body."""

    url: str = ""
    status: int = 0
    answer: Any = None
    calls: list[list[dict[str, Any]]] = field(default_factory=list)
    stored: dict[str, dict[str, Any]] = field(default_factory=dict)
    # Fields that it refuses whatever they hold, by the statement's puid.
    never: dict[str, str] = field(default_factory=dict)
    loses_answers: bool = False

    def take(self, token: str, body: bytes) -> tuple[int, Any]:
        """Answer one call as the real one does."""
        if token != f"Bearer {TOKEN}":
            return 401, {"message": "Unauthenticated."}
        statements = json.loads(body)["statements"]
        self.calls.append(statements)
        if self.status:
            return self.status, self.answer
        errors = {
            f"statement_{place}": {wrong: ["It is not valid."]}
            for place, one in enumerate(statements)
            if (wrong := refused(one) or self.never.get(one["puid"], ""))
        }
        if errors:
            return 422, {"errors": errors}
        if existing := [one["puid"] for one in statements if one["puid"] in self.stored]:
            return 422, {"message": "not all unique", "errors": {"puid": ["not unique"], "existing_puids": existing}}
        self.stored |= {one["puid"]: one for one in statements}
        return (503, {}) if self.loses_answers else (201, {"statements": statements})


@contextmanager
def opened() -> Iterator[EuDatabase]:
    """Serve a stand-in until the end of the block."""
    database = EuDatabase()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            status, answer = 404, None
            if self.path == "/api/v1/statements":
                status, answer = database.take(self.headers["authorization"], body)
            data = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("content-length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    database.url = f"http://127.0.0.1:{server.server_port}/api/v1"
    yield database
    server.shutdown()
    server.server_close()
