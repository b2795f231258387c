"""curl and dnsperf, which other people wrote, ask a real dnsdist and get what is due to whoever asks."""

from __future__ import annotations

import dataclasses
import http.server
import re
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from leeward.engines.policy.family import Profile

from .certificates import write_certificate
from .conftest import ANA, ANA_NUMBER, Tables
from .running import HOST, Running, free_port, program, running

pytestmark = pytest.mark.allow_hosts(["127.0.0.1", "127.0.0.2"])

NAME, CLOSED, CANARY = "dns.harbour.example", "bad.example", "use-application-dns.net"
DOOR_HERE = "127.0.0.2"  # A web server of its own stands there.
QUESTIONS, NAMES = 20_000, 1_000


@pytest.fixture(scope="module")
def dnsdist(tables: Tables) -> Iterator[Running]:
    tables.family.put_name(CLOSED, 1)
    tables.family.put_profile(Profile(number=ANA_NUMBER, blocked=1), at=datetime.now(UTC))
    for who in (b"4" + socket.inet_aton(ANA), b"tana-1"):
        tables.family.put_who(who, ANA_NUMBER)
    chain, key = write_certificate(tables.folder, name=NAME)
    doh = (f"{HOST}:{free_port()}",)
    plane = dataclasses.replace(tables.plane, doh=doh, certificate=str(chain), key=str(key))
    with running(plane, address=HOST, door=DOOR_HERE) as made:
        yield made


class _Site(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = b"the door" if self.connection.getsockname()[0] == DOOR_HERE else b"the site"
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Print nothing."""


@contextmanager
def serving(host: str, port: int) -> Iterator[None]:
    """Serve one page on an address of this machine."""
    server = http.server.ThreadingHTTPServer((host, port), _Site)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture(scope="module")
def site() -> Iterator[int]:
    """The port of the site, and of the page behind the door, each at an address of its own."""
    port = free_port()
    with serving(HOST, port), serving(DOOR_HERE, port):
        yield port


def _curl(dnsdist: Running, name: str, *, site: int, path: str) -> str:
    """Open a page by DNS over HTTPS."""
    doh = f"https://{dnsdist.plane.doh[0]}{path}"
    command = [program("curl"), "-sS", "-4", "--noproxy", "*", "--cacert", dnsdist.plane.certificate, "--doh-url", doh]
    done = subprocess.run([*command, f"http://{name}:{site}/"], capture_output=True, text=True, timeout=20, check=False)
    return done.stdout


@pytest.mark.parametrize(
    ("name", "path", "page"),
    [
        ("good.example", "/dns-query/ana-1", "the site"),
        (CLOSED, "/dns-query", "the site"),
        (f"www.{CLOSED}", "/dns-query/ana-1", "the door"),
        ("good.example", "/dns-query/eve", ""),
    ],
    ids=["open", "open to others", "closed to Ana", "nobody's token"],
)
def test_curl_by_https_reaches_what_is_open_and_the_door_of_what_is_closed(
    dnsdist: Running, site: int, name: str, path: str, page: str
) -> None:
    assert _curl(dnsdist, name, site=site, path=path) == page


@pytest.mark.parametrize("way", ["udp", "tcp"])
def test_dnsperf_loses_no_answer(dnsdist: Running, tmp_path: Path, way: str) -> None:
    asked = tmp_path / "asked"
    kinds = ("{}.example", CANARY, f"{{}}.{CLOSED}", "www{}.example")
    names = (kinds[number % 4].format(number % NAMES) for number in range(QUESTIONS))
    asked.write_text("".join(f"{name} A\n" for name in names))
    place = ["-s", HOST, "-a", ANA, "-p", str(dnsdist.port), "-m", way]
    command = [program("dnsperf"), *place, "-d", str(asked), "-n", "1", "-q", "100", "-c", "4", "-t", "5"]

    said = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout

    assert re.search(rf"Queries completed: +{QUESTIONS} \(100\.00%\)", said), said
    assert re.search(r"Queries lost: +0 ", said), said
    assert re.search(r"Response codes: +NOERROR 15000 \(75\.00%\), NXDOMAIN 5000 \(25\.00%\)", said), said
