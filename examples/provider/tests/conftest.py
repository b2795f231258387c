"""Harbour Photos as a real process, and a small stand-in for Leeward that answers what a test tells it to."""

import json
import os
import subprocess
import sys
import threading
import time
import tomllib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar, override

import httpx
import pytest
from standardwebhooks import Webhook

PROVIDER = Path(__file__).parents[1] / "provider.py"
REPORTS = Path(__file__).parents[3] / "src/leeward/reports"
SCRIPTS = REPORTS / "static/reports"
SECRET = "whsec_bGVld2FyZC1leGFtcGxlLXNlY3JldC0xMjM0NTY3OA=="
API_KEY = "harbour-key"
RECEIPT = "4821093755621804"


def english() -> dict[str, str]:
    """Return the words of the button as Leeward gives them."""
    tables = tomllib.loads((REPORTS / "texts/en/10-12.toml").read_text("utf-8"))
    return {f"{table}.{key}": text for table, entries in tables.items() for key, text in entries.items()}


@dataclass
class LeewardStandIn:
    """What the stand-in answers, and what it was asked."""

    url: str = ""
    screen_answer: tuple[int, Any] = (200, {"answer": "clear"})
    report_statuses: list[int] = field(default_factory=list)
    gate_answer: tuple[int, list[tuple[str, str]], bytes] = (204, [], b"")
    gate_asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    screened: list[tuple[str, str, bytes]] = field(default_factory=list)
    reports: list[tuple[str, dict[str, Any]]] = field(default_factory=list)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    stand_in: ClassVar[LeewardStandIn]

    @override
    def log_message(self, format: str, *args: Any) -> None:
        """Keep the test output quiet."""

    def do_GET(self) -> None:
        if self.path.startswith("/age/gate"):
            self.stand_in.gate_asked.append((self.path, {name.lower(): self.headers[name] for name in self.headers}))
            status, headers, page = self.stand_in.gate_answer
            self._reply(status, page, "text/html", headers)
        elif self.path == "/report.js":
            self._reply(200, (SCRIPTS / "report.js").read_bytes(), "text/javascript")
        elif self.path.startswith("/report/parts/"):
            self._reply(200, (SCRIPTS / "parts" / Path(self.path).name).read_bytes(), "text/javascript")
        elif self.path.startswith("/report/texts/"):
            self._reply(200, json.dumps(english()).encode(), "application/json")
        else:
            self._reply(200, b"<!doctype html><title>Leeward</title>", "text/html")

    def do_OPTIONS(self) -> None:
        self._reply(204, b"", "text/plain")

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path == "/api/v1/screen":
            self.stand_in.screened.append((self.headers["Authorization"], self.headers["Content-Type"], body))
            status, answer = self.stand_in.screen_answer
        elif self.path == "/api/v1/reports/half":
            status, answer = 200, {"code": RECEIPT}
        else:
            self.stand_in.reports.append((self.headers["Idempotency-Key"], json.loads(body)))
            status = self.stand_in.report_statuses.pop(0) if self.stand_in.report_statuses else 201
            answer = {"receipt": RECEIPT, "status_url": "/r/", "received_at": "2026-11-22T00:00:00Z"}
        self._reply(status, json.dumps(answer).encode(), "application/json")

    def _reply(self, status: int, body: bytes, media_type: str, headers: Iterable[tuple[str, str]] = ()) -> None:
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Type", media_type)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Access-Control-Allow-Origin", "*")
        self.send_header("Access-Control-Allow-Headers", "content-type, idempotency-key")
        self.end_headers()
        self.wfile.write(body)


@pytest.fixture
def leeward() -> Iterator[LeewardStandIn]:
    stand_in = LeewardStandIn()
    handler = type("Handler", (_Handler,), {"stand_in": stand_in})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        stand_in.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield stand_in
        server.shutdown()
        thread.join()


@dataclass
class Harbour:
    """A running Harbour Photos and the verbs that a test needs."""

    url: str

    def get(self, path: str, **headers: str) -> httpx.Response:
        return httpx.get(self.url + path, headers=headers)

    def upload(self, picture: bytes, *, item_id: str, media_type: str = "image/jpeg") -> httpx.Response:
        headers = {"X-Item-Id": item_id, "Content-Type": media_type}
        return httpx.post(f"{self.url}/upload", content=picture, headers=headers, timeout=20)

    def webhook(self, body: bytes, headers: dict[str, str]) -> httpx.Response:
        return httpx.post(f"{self.url}/webhooks/leeward", content=body, headers=headers)

    def ask(self, action: str, item_id: str, *, webhook_id: str, sequence: int) -> httpx.Response:
        body = requested(action, item_id, sequence=sequence)
        return self.webhook(body, signed(body, webhook_id=webhook_id))

    def state(self) -> dict[str, Any]:
        state: dict[str, Any] = self.get("/state.json").json()
        return state


def requested(action: str, item_id: str, *, sequence: int) -> bytes:
    """Return the body of one `action.requested` webhook."""
    subject = {"kind": "item", "provider": "harbour", "id": item_id}
    data = {"action": action, "action_id": "a", "sequence": sequence, "subject": subject, "case": "1", "reason": "test"}
    return json.dumps({"type": "action.requested", "timestamp": "2026-11-22T00:00:00Z", "data": data}).encode()


def signed(body: bytes, *, webhook_id: str, secret: str = SECRET, age_s: int = 0) -> dict[str, str]:
    """Return Standard Webhooks headers for `body`, signed `age_s` seconds ago."""
    moment = datetime.fromtimestamp(int(time.time()) - age_s, tz=UTC)
    signature = Webhook(secret).sign(webhook_id, moment, body.decode())
    stamp = str(int(moment.timestamp()))
    return {"webhook-id": webhook_id, "webhook-timestamp": stamp, "webhook-signature": signature}


@pytest.fixture
def start_harbour(leeward: LeewardStandIn, tmp_path: Path) -> Iterator[Callable[..., Harbour]]:
    running: list[subprocess.Popen[str]] = []

    def start(*words: str, leeward_url: str | None = None) -> Harbour:
        for process in running:  # Starting again means the old one died without warning.
            process.kill()
            process.wait()
        environment = {**os.environ, "LEEWARD_API_KEY": API_KEY, "LEEWARD_WEBHOOK_SECRET": SECRET}
        arguments = ["--port", "0", "--leeward", leeward_url or leeward.url, "--data", str(tmp_path / "harbour")]
        command = [sys.executable, str(PROVIDER), *arguments, *words]
        process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
        running.append(process)
        assert process.stdout is not None
        return Harbour(url=process.stdout.readline().split()[-1])

    yield start
    for process in running:
        process.kill()
        process.wait()
        if process.stdout:
            process.stdout.close()


@pytest.fixture
def harbour(start_harbour: Callable[..., Harbour]) -> Harbour:
    return start_harbour()
