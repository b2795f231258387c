"""A made-up maker of lists, on this machine, who can misbehave."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Maker:
    """What the server gives: `body` under `/list`, with an ETag that changes with it, and other answers by path."""

    body: bytes = b"bad.example\n"
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)
    asked: list[tuple[str, str]] = field(default_factory=list)
    is_endless: bool = False
    port: int = 0

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}/list"

    @property
    def etag(self) -> str:
        return f'"{hash(self.body)}"'


@contextmanager
def serving() -> Iterator[Maker]:
    """Serve on a free port of this machine."""
    maker = Maker()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            maker.asked.append((self.path, self.headers.get("If-None-Match", "")))
            if self.path in maker.files:
                self._give(200, maker.files[self.path])
            elif maker.status == 200 and self.headers.get("If-None-Match") == maker.etag:
                self._give(304, b"")
            else:
                self._give(maker.status, maker.body)

        def _give(self, status: int, body: bytes) -> None:
            self.send_response(status)
            for name, value in maker.headers.items():
                self.send_header(name, value)
            self.send_header("ETag", maker.etag)
            if not maker.is_endless:
                self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
            self.close_connection = True

        def log_message(self, format: str, *args: object) -> None:
            """Stay quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        maker.port = server.server_port
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield maker
        server.shutdown()
