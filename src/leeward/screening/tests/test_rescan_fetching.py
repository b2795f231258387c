"""An address is fetched from a host that the operator named, and from nowhere inside a network that was not."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

import pytest

from leeward.screening.rescan import fetching
from leeward.screening.rescan.fetching import NotFetched

BODY = b"drawn waves " * 100


class Cdn(BaseHTTPRequestHandler):
    """A provider's own file server, which can misbehave by path."""

    asked: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        self.asked.append(self.path)
        status = {"/gone": 404, "/closed": 403, "/moved": 302}.get(self.path, 200)
        self.send_response(status)
        if self.path == "/moved":
            self.send_header("Location", "/file")
        if self.path == "/endless":
            self.end_headers()
            self.wfile.write(BODY)
            self.close_connection = True
            return
        self.send_header("Content-Length", "1" if self.path == "/lies" else str(len(BODY)))
        self.end_headers()
        self.wfile.write(BODY)

    def log_message(self, format: str, *args: object) -> None:
        """Stay quiet."""


@pytest.fixture
def cdn() -> Iterator[str]:
    Cdn.asked.clear()
    fetching._client.cache_clear()
    with ThreadingHTTPServer(("127.0.0.1", 0), Cdn) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"127.0.0.1:{server.server_port}"
        fetching._client().close()
        fetching._client.cache_clear()
        server.shutdown()


def why_not(address: str, *hosts: str, most_bytes: int = 10_000) -> str:
    with pytest.raises(NotFetched) as refused:
        fetching.fetch(address, hosts=frozenset(hosts), most_bytes=most_bytes)
    return refused.value.reason


def test_a_file_of_a_named_host_is_fetched(cdn: str) -> None:
    assert fetching.fetch(f"http://{cdn}/file?key=1", hosts=frozenset({cdn}), most_bytes=10_000) == BODY
    assert Cdn.asked == ["/file?key=1"]


def test_a_host_that_was_not_named_is_not_asked(cdn: str) -> None:
    assert why_not(f"http://{cdn}/file") == "host_not_allowed"
    assert why_not(f"http://{cdn}/file", "127.0.0.1", "cdn.example") == "host_not_allowed"
    assert Cdn.asked == []


def test_a_name_that_leads_into_a_private_network_is_not_asked_even_where_it_was_named(cdn: str) -> None:
    port = cdn.rpartition(":")[2]

    assert why_not(f"http://localhost:{port}/file", f"localhost:{port}") == "private_network"
    assert Cdn.asked == []


@pytest.mark.parametrize(
    ("number", "is_public"),
    [
        ("10.0.0.1", False),
        ("127.0.0.1", False),
        ("169.254.169.254", False),
        ("192.168.1.1", False),
        ("100.64.0.1", False),
        ("224.0.0.1", False),
        ("::1", False),
        ("fe80::1%eth0", False),
        ("fd00::1", False),
        ("::ffff:10.0.0.1", False),
        ("::ffff:9.9.9.9", True),
        ("9.9.9.9", True),
        ("2620:fe::fe", True),
    ],
)
def test_numbers_of_private_networks_are_told_from_public_ones(number: str, is_public: bool) -> None:
    assert fetching._is_public(number) is is_public


@pytest.mark.parametrize(
    ("path", "reason"),
    [("/moved", "redirected"), ("/gone", "gone"), ("/closed", "refused")],
)
def test_what_is_no_file_is_named(cdn: str, path: str, reason: str) -> None:
    assert why_not(f"http://{cdn}{path}", cdn) == reason
    assert Cdn.asked == [path]


@pytest.mark.parametrize("path", ["/file", "/endless"])
def test_a_file_that_is_too_large_is_not_read_to_its_end(cdn: str, path: str) -> None:
    assert why_not(f"http://{cdn}{path}", cdn, most_bytes=len(BODY) - 1) == "too_large"


def test_a_server_that_is_not_there_is_named(cdn: str) -> None:
    assert why_not("http://127.0.0.1:1/file", "127.0.0.1:1") == "unreachable"


@pytest.mark.parametrize(
    "address",
    [
        "",
        "file:///etc/passwd",
        "ftp://cdn.example/x",
        "http://",
        "http://user@cdn.example/",
        "http://cdn.example:x/",
        "//cdn",
    ],
)
def test_what_is_no_address_is_refused(address: str) -> None:
    assert fetching.host_of(address) == ""
    assert why_not(address, "cdn.example") == "not_an_address"


def test_a_server_that_is_too_slow_is_left(cdn: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "TOTAL_S", -1.0)

    assert why_not(f"http://{cdn}/file", cdn) == "too_slow"


def test_the_environments_proxy_is_not_asked(cdn: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")

    assert fetching.fetch(f"http://{cdn}/file", hosts=frozenset({cdn}), most_bytes=10_000) == BODY
