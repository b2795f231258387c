"""A provider's page that knows nothing of Leeward but its button, under the policy that the button's documentation asks for."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar, override

from playwright.sync_api import Page, Request

DOCS = Path(__file__).parents[2] / "docs" / "provider" / "report-button.md"
ITEM = 'data-provider="harbour" data-item-id="42" data-item-kind="photo"'
_STYLE = """
body { margin: 0; font: 16px sans-serif; background: #fff; }
.tall { height: 1500px; }
.red { width: 100px; height: 100px; background: #f00; }
input { color: #00f; font-size: 40px; }
"""


class NoPolicy(Exception):
    """The documentation names no Content-Security-Policy any more: keep the two blocks that begin with ```text."""


@dataclass
class Host:
    """Its pages, at another site than Leeward's. `policies`: what every page needs, and what captures need besides."""

    leeward: str
    policies: list[str]
    port: int = 0
    pages: dict[str, tuple[str, str]] = field(default_factory=dict)

    def page(self, attributes: str = ITEM, *, lang: str = "en", main: str = "", takes_pictures: bool = False) -> str:
        """Put up a page with the button and return its address. `main` may use the style sheet of the host."""
        policies = [*self.policies[: 2 if takes_pictures else 1], *(["style-src 'self'"] if main else [])]
        policy = "; ".join([*policies, "require-trusted-types-for 'script'", "trusted-types 'none'"])
        style = '<link rel="stylesheet" href="/style.css">' if main else ""
        html = (
            f'<!doctype html><html lang="{lang}" dir="{"rtl" if lang == "ar" else "ltr"}"><head><meta charset="utf-8">'
            f'<title>Host</title>{style}<meta name="viewport" content="width=device-width"></head>'
            f'<body><main><h1>A page</h1><button id="like">Like</button>{main}</main>'
            f'<leeward-report {attributes}><a href="{self.leeward}/report/">Report</a></leeward-report>'
            f'<script type="module" src="{self.leeward}/report.js"></script></body></html>'
        )
        path = f"/pages/{len(self.pages)}"
        self.pages[path] = (html, policy)
        return f"{self.origin}{path}"

    @property
    def origin(self) -> str:
        """Another site than 127.0.0.1, not only another port."""
        return f"http://localhost:{self.port}"


class _Handler(BaseHTTPRequestHandler):
    host: ClassVar[Host]

    @override
    def log_message(self, format: str, *args: Any) -> None:
        """Keep the output of tests quiet."""

    def do_GET(self) -> None:
        html, policy = self.host.pages.get(self.path.partition("?")[0], ("", "default-src 'none'"))
        body = _STYLE if self.path == "/style.css" else html
        self.send_response(200 if body else 404)
        self.send_header("Content-Type", "text/css" if body is _STYLE else "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body.encode())))
        self.send_header("Content-Security-Policy", policy)
        self.end_headers()
        self.wfile.write(body.encode())


@contextmanager
def opened(leeward: str) -> Iterator[Host]:
    """Serve a host for the Leeward at this address; raise `NoPolicy`."""
    blocks = re.findall(r"^```text\n(.*?)^```", DOCS.read_text("utf-8"), re.DOTALL | re.MULTILINE)
    policies = [" ".join(block.split()).replace("https://leeward.example", leeward) for block in blocks]
    if len(policies) != 2 or not policies[0].startswith("default-src 'none'; "):
        raise NoPolicy
    host = Host(leeward, policies)
    with ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"host": host})) as server:
        host.port = server.server_port
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield host
        server.shutdown()
        thread.join()


@dataclass
class Sent:
    """What a page asked of others, and what it sent to Leeward, in order."""

    addresses: list[str] = field(default_factory=list)
    posts: list[tuple[str, dict[str, str], dict[str, Any]]] = field(default_factory=list)

    def note(self, request: Request) -> None:
        """Note one request."""
        self.addresses.append(request.url)
        if request.method == "POST":
            path = request.url.partition("/api/v1")[2]
            self.posts.append((path, request.headers, json.loads(request.post_data or "{}")))

    def to(self, path: str) -> list[dict[str, Any]]:
        """Return the bodies that were sent to one door."""
        return [body for door, _, body in self.posts if door == path]

    @property
    def report(self) -> dict[str, Any]:
        """The body of the last report."""
        return self.to("/reports")[-1]


def press(page: Page, *names: str) -> None:
    """Press buttons by their names, one after the other."""
    for name in names:
        page.get_by_role("button", name=name, exact=True).click()
