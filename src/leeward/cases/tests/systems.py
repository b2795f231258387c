"""A system of a provider on this machine, which takes signed webhooks."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from standardwebhooks import Webhook

from leeward.core import webhooks
from leeward.core.models import Organisation

SECRET = "whsec_" + base64.b64encode(b"a made-up secret of 24 b").decode()


@dataclass
class ProviderSystem:
    """Keeps every message whose signature is right, and answers with `status`."""

    status: int = 204
    taken: list[dict[str, Any]] = field(default_factory=list)

    @property
    def ordered(self) -> list[dict[str, Any]]:
        """Return the orders that were taken, with the id of each message."""
        return [one for one in self.taken if one["type"] == "action.requested"]

    def orders(self) -> list[str]:
        """Return what was ordered."""
        return [one["data"]["action"] for one in self.ordered]


@contextmanager
def provider_system(organisation: Organisation) -> Iterator[ProviderSystem]:
    """Open a system of an organisation, and the endpoint by which it is called."""
    system = ProviderSystem()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            Webhook(SECRET).verify(body.decode(), {name.lower(): value for name, value in self.headers.items()})
            if system.status < 300:
                system.taken.append(json.loads(body) | {"id": self.headers["webhook-id"]})
            self.send_response(system.status)
            self.end_headers()

        def log_message(self, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    webhooks.open_endpoint(organisation, url=f"http://127.0.0.1:{server.server_port}/", secret=SECRET)
    try:
        yield system
    finally:
        server.shutdown()
        server.server_close()
