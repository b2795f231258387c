"""A real Chromium that asks the embedded resolver over HTTPS with Ana's token opens what is open to her, and nothing else."""

import http.server
import pathlib
import threading
from collections.abc import Iterator

import pytest

from leeward.engines import dns as engine

from . import certificates, chromium
from .conftest import ANA, CHILD, HOST, House, Rules
from .test_judged_by_programs import loopback

pytestmark = [pytest.mark.allow_hosts([HOST]), pytest.mark.browser]

Paths = tuple[pathlib.Path, pathlib.Path]
PAUSED = engine.Ruling(engine.Way.CLOSED, 17, "The internet is paused.", is_child=True)


class Pausing(Rules):
    """The family's rules, with a pause for Ana that can be lifted."""

    is_paused = False

    def decide(self, wire: bytes, who: bytes, at_s: int) -> engine.Ruling:
        ruling = super().decide(wire, who, at_s)
        return PAUSED if self.is_paused and who == ANA and ruling is CHILD else ruling


class _Site(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = b"<!doctype html><title>A site</title><p>The site is open."
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Print nothing."""


@pytest.fixture
def site(certificate: Paths) -> Iterator[int]:
    """The port of a web site with a certificate of its own."""
    server = http.server.ThreadingHTTPServer((HOST, 0), _Site)
    server.socket = certificates.server_context(*certificate).wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server.server_port
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_browser_opens_what_is_open_to_ana_and_a_lifted_pause_is_felt_at_once(
    house: House, certificate: Paths, site: int, tmp_path: pathlib.Path
) -> None:
    rules = Pausing()
    upstream, address = house.upstream(loopback)
    resolver, _ = house.resolver(address, policy=rules, page=engine.Page())
    doh = f"https://{HOST}:{house.https(resolver, certificates.server_context(*certificate))}/dns-query/ana"

    with chromium.opened(doh, certificate=certificate[0], folder=tmp_path) as browsing:
        assert chromium.found(browsing, f"https://good.example:{site}/") == "The site is open."
        assert chromium.found(browsing, f"https://www.play.example:{site}/") == chromium.NOT_FOUND
        assert chromium.found(browsing, f"https://none.example:{site}/") == chromium.NOT_FOUND

        rules.is_paused = True
        assert chromium.found(browsing, f"https://later.example:{site}/") == chromium.NOT_FOUND
        rules.is_paused = False
        assert chromium.found_at_last(browsing, f"https://later.example:{site}/", within_s=15) == "The site is open."

    assert ("later.example", ANA) in rules.asked
    assert upstream.asked
