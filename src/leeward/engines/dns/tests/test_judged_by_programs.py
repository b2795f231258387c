"""curl, kdig and dnsperf, which other people wrote, ask the embedded resolver and get what is due to whoever asks."""

import http.server
import pathlib
import re
import subprocess
import threading
from collections.abc import Iterator

import dns.message
import dns.rcode
import pytest

from leeward.engines import dns as engine
from leeward.engines.dns import _http2

from . import certificates
from .asking import good
from .conftest import HOST, PAGE_V4, House
from .tools import tool

pytestmark = pytest.mark.allow_hosts([HOST])

Paths = tuple[pathlib.Path, pathlib.Path]
ANNOUNCED = engine.Announced(certificates.NAME, 853, 443)
QUESTIONS, NAMES = 20_000, 1_000


def loopback(query: bytes) -> list[bytes]:
    """Answer as the world does whose every site is on this machine, but for names that begin with `none`."""
    answer = good(query)
    if answer.question[0].name.labels[0].lower().startswith(b"none"):
        answer = dns.message.make_response(dns.message.from_wire(query))
        answer.set_rcode(dns.rcode.NXDOMAIN)
        return [answer.to_wire()]
    return [answer.to_wire().replace(b"\xc0\x00\x02\x01", b"\x7f\0\0\1")]


class _Site(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = f"This is {self.headers['host'].partition(':')[0]}.".encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Print nothing."""


@pytest.fixture
def site() -> Iterator[int]:
    """The port of a web server that says by which name it was asked."""
    server = http.server.ThreadingHTTPServer((HOST, 0), _Site)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server.server_port
    server.shutdown()
    thread.join()
    server.server_close()


def curl(house: House, certificate: Paths, *, name: str, site: int, path: str) -> tuple[int, str]:
    """Open a page by DNS over HTTPS; return curl's own status and the page."""
    binary = tool("curl", package="curl")
    _, address = house.upstream(loopback)
    resolver, _ = house.resolver(address, page=engine.Page())
    doh = f"https://{HOST}:{house.https(resolver, certificates.server_context(*certificate))}{path}"
    command = [binary, "-sS", "-4", "--noproxy", "*", "--cacert", str(certificate[0]), "--doh-url", doh]
    done = subprocess.run([*command, f"http://{name}:{site}/"], capture_output=True, text=True, timeout=20, check=False)
    return done.returncode, done.stdout


# "Could not resolve host" is 6 (man curl, "EXIT CODES"); curl 7.88 says 27 of every name that has no address by HTTPS.
NO_ADDRESS = {6, 27}


def test_curl_opens_an_open_name_by_https(house: House, certificate: Paths, site: int) -> None:
    assert curl(house, certificate, name="good.example", site=site, path="/dns-query") == (0, "This is good.example.")


@pytest.mark.parametrize(
    ("name", "path"),
    [("bad.example", "/dns-query"), ("www.play.example", "/dns-query/ana"), ("none.example", "/dns-query")],
    ids=["law", "bedtime", "nobody's"],
)
def test_curl_finds_no_closed_name_by_https(house: House, certificate: Paths, site: int, name: str, path: str) -> None:
    status, page = curl(house, certificate, name=name, site=site, path=path)

    assert status in NO_ADDRESS
    assert page == ""


def test_curl_finds_nothing_by_a_token_that_nobody_has(house: House, certificate: Paths, site: int) -> None:
    status, page = curl(house, certificate, name="good.example", site=site, path="/dns-query/eve")

    assert status in NO_ADDRESS
    assert page == ""


def kdig(house: House, certificate: Paths, *options: str, name: str) -> str:
    """Ask with kdig, which checks the certificate by the name that it asks for."""
    binary = tool("kdig", package="knot-dnsutils")
    if options[0] != "+tls" and not _http2.IS_HERE:
        pytest.skip("kdig speaks HTTP/2 alone; install h2")
    _, address = house.upstream(loopback)
    resolver, _ = house.resolver(address, announced=ANNOUNCED)
    context = certificates.server_context(*certificate)
    port = house.tls(resolver, context) if options[0] == "+tls" else house.https(resolver, context)
    command = [binary, f"@{HOST}", "-p", str(port), *options, f"+tls-ca={certificate[0]}", "+time=5", name, "A"]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=20).stdout


BY_TLS = ("+tls", f"+tls-hostname=ana.{certificates.NAME}", f"+tls-sni=ana.{certificates.NAME}")
BY_HTTPS = ("+https=/dns-query/ana", f"+tls-hostname={certificates.NAME}")


@pytest.mark.parametrize("way", [BY_TLS, BY_HTTPS], ids=["TLS", "HTTPS"])
def test_kdig_is_answered_as_the_owner_of_its_token(house: House, certificate: Paths, way: tuple[str, ...]) -> None:
    shown = kdig(house, certificate, *way, name="play.example")

    assert PAGE_V4 in shown
    assert "It is bedtime." in shown


@pytest.mark.parametrize("way", [BY_TLS, BY_HTTPS], ids=["TLS", "HTTPS"])
def test_kdig_is_given_what_is_open(house: House, certificate: Paths, way: tuple[str, ...]) -> None:
    shown = kdig(house, certificate, *way, name="good.example")

    assert "status: NOERROR" in shown
    assert HOST in shown.partition("ANSWER SECTION")[2]


@pytest.mark.parametrize(
    "way",
    [
        ("+tls", f"+tls-hostname=eve.{certificates.NAME}", f"+tls-sni=eve.{certificates.NAME}"),
        ("+https=/dns-query/eve", f"+tls-hostname={certificates.NAME}"),
    ],
    ids=["TLS", "HTTPS"],
)
def test_kdig_is_refused_with_a_token_that_nobody_has(house: House, certificate: Paths, way: tuple[str, ...]) -> None:
    assert "status: REFUSED" in kdig(house, certificate, *way, name="good.example")


@pytest.mark.parametrize("way", ["udp", "tcp"])
def test_dnsperf_loses_no_answer(house: House, tmp_path: pathlib.Path, way: str) -> None:
    binary = tool("dnsperf", package="dnsperf")
    _, address = house.upstream(loopback)
    _, port = house.resolver(address, timeout_s=2.0)
    words = [f"{('open', 'none', 'a.bad', 'open')[number % 4]}{number % NAMES}" for number in range(QUESTIONS)]
    asked = tmp_path / "asked"
    asked.write_text("".join(f"{_name(word)} A\n" for word in words))
    command = [
        binary,
        "-s",
        HOST,
        "-p",
        str(port),
        "-m",
        way,
        "-d",
        str(asked),
        "-n",
        "1",
        "-q",
        "100",
        "-c",
        "4",
        "-t",
        "5",
    ]

    said = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout

    assert re.search(rf"Queries completed: +{QUESTIONS} \(100\.00%\)", said), said
    assert re.search(r"Queries lost: +0 ", said), said
    assert re.search(r"Response codes: +NOERROR 15000 \(75\.00%\), NXDOMAIN 5000 \(25\.00%\)", said), said


def _name(word: str) -> str:
    """Return a name; that of a closed one is below `bad.example`."""
    return f"{word.removeprefix('a.bad')}.bad.example" if word.startswith("a.bad") else f"{word}.example"
