"""A partner's TAXII server that answers as a test wants it to: right, wrong, endlessly, or slowly."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from leeward.engines.stix import taxii

type Query = Mapping[str, str]


@dataclass
class Reply:
    """One answer. A `body` that is no octets is written as JSON; one with a callable is written piece by piece."""

    body: Any = b"{}"
    status: int = 200
    media_type: str = taxii.MEDIA_TYPE
    headers: dict[str, str] = field(default_factory=dict)
    pieces: Callable[[], Iterator[bytes]] | None = None


def page(*objects: bytes, last_at: str = "", more: bool = False, following: str = "") -> Reply:
    """Return a page that holds these octets as they are."""
    members = [b'"objects": [' + b", ".join(objects) + b"]"] if objects else []
    members += [b'"more": true'] if more else []
    members += [b'"next": ' + json.dumps(following).encode()] if following else []
    headers = {taxii.DATE_ADDED_LAST: last_at} if last_at else {}
    return Reply(b"{" + b", ".join(members) + b"}", headers=headers)


@dataclass
class TheirServer:
    """Where a partner's server stands, and what it was asked."""

    url: str
    queries: list[Query] = field(default_factory=list)
    headers: list[Mapping[str, str]] = field(default_factory=list)


@contextmanager
def serving(answer: Callable[[Query], Reply]) -> Iterator[TheirServer]:
    """Serve on a free port of this machine until the end."""
    asked = TheirServer("")

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            query = {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}
            asked.queries.append(query)
            asked.headers.append(dict(self.headers))
            reply = answer(query)
            body = reply.body if isinstance(reply.body, bytes) else json.dumps(reply.body).encode()
            self.send_response(reply.status)
            self.send_header("Content-Type", reply.media_type)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            self.end_headers()
            try:
                for piece in reply.pieces() if reply.pieces else [body]:
                    self.wfile.write(piece)
                    self.wfile.flush()
            except OSError:
                pass  # Whoever asked has heard enough.

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    asked.url = f"http://127.0.0.1:{server.server_address[1]}/api"
    try:
        yield asked
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
