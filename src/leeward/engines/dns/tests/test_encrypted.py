"""DNS over TLS and over HTTPS: the same answers, whose they are, and what may be told only there."""

import json
import pathlib
import socket
import subprocess

import dns.edns
import dns.message
import dns.query
import dns.rcode
import pytest

from leeward.engines import dns as engine
from leeward.engines.dns import _http2

from . import certificates
from .asking import as_text, error, good, over_https, over_tls, over_udp, question, texts
from .conftest import CONTACT, HOST, PAGE_V4, House
from .tools import tool

pytestmark = pytest.mark.allow_hosts([HOST])

Paths = tuple[pathlib.Path, pathlib.Path]
ANNOUNCED = engine.Announced(certificates.NAME, 853, 443)


@pytest.fixture
def tls(house: House, certificate: Paths) -> int:
    resolver, _ = house.resolver(announced=ANNOUNCED)
    return house.tls(resolver, certificates.server_context(*certificate))


@pytest.fixture
def https(house: House, certificate: Paths) -> int:
    resolver, _ = house.resolver(announced=ANNOUNCED)
    return house.https(resolver, certificates.server_context(*certificate))


def test_a_closed_door_over_tls_tells_why_and_whom_to_ask(tls: int, certificate: Paths) -> None:
    answer = over_tls(tls, question("play.example"), chain=certificate[0], name=f"ana.{certificates.NAME}")

    code, text = error(answer)
    assert texts(answer) == [PAGE_V4]
    assert code == 17
    assert json.loads(text or "") == {"c": [CONTACT], "j": "It is bedtime."}


def test_over_an_open_wire_only_the_code_and_a_general_sentence_are_told(house: House) -> None:
    _, port = house.resolver()

    assert error(over_udp(port, question("play.example"))) == (17, "Kept away by the family or the school.")


def test_the_token_in_a_tls_name_tells_who_asks(tls: int, certificate: Paths) -> None:
    of_ana = over_tls(tls, question("play.example"), chain=certificate[0], name=f"ANA.{certificates.NAME}")
    of_the_line = over_tls(tls, question("play.example"), chain=certificate[0])

    assert "bedtime" in (error(of_ana)[1] or "")
    assert "family" in (error(of_the_line)[1] or "")


def test_a_token_that_nobody_has_is_refused_over_tls(tls: int, certificate: Paths) -> None:
    answer = over_tls(tls, question("ok.example"), chain=certificate[0], name=f"eve.{certificates.NAME}")

    assert answer.rcode() == dns.rcode.REFUSED
    assert error(answer)[0] == 18


def test_several_questions_pass_over_one_tls_connection(tls: int, certificate: Paths) -> None:
    context = certificates.client_context(certificate[0])
    with (
        socket.create_connection((HOST, tls), timeout=5) as plain,
        context.wrap_socket(plain, server_hostname=certificates.NAME) as stream,
    ):
        for name in ("bad.example", "play.example", "bad.example"):
            answer = dns.query.tls(question(name), HOST, port=tls, sock=stream, timeout=5)
            assert texts(answer) == [PAGE_V4]


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_https_answers_as_rfc_8484_says(https: int, certificate: Paths, method: str) -> None:
    query = question("bad.example")
    path = f"/dns-query?dns={as_text(query)}" if method == "GET" else "/dns-query"
    body = b"" if method == "GET" else query.to_wire()

    status, octets, headers = over_https(https, chain=certificate[0], path=path, method=method, body=body)

    assert (status, headers["content-type"]) == (200, "application/dns-message")
    assert texts(dns.message.from_wire(octets)) == [PAGE_V4]
    assert headers["cache-control"] == "no-store"


def test_the_token_in_a_path_tells_who_asks(https: int, certificate: Paths) -> None:
    query = question("play.example").to_wire()

    _, octets, _ = over_https(https, chain=certificate[0], path="/dns-query/ana", body=query)

    assert "bedtime" in (error(dns.message.from_wire(octets))[1] or "")


def test_a_token_that_nobody_has_is_refused_over_https(https: int, certificate: Paths) -> None:
    query = question("ok.example").to_wire()

    status, octets, _ = over_https(https, chain=certificate[0], path="/dns-query/eve", body=query)

    assert status == 200
    assert dns.message.from_wire(octets).rcode() == dns.rcode.REFUSED


@pytest.mark.parametrize(
    ("method", "path", "body", "kind", "status"),
    [
        ("GET", "/dns-query", b"", "", 400),
        ("GET", "/dns-query?dns=", b"", "", 400),
        ("GET", "/dns-query?dns=****", b"", "", 400),
        ("GET", "/dns-query?dns=AAAA&dns=AAAA", b"", "", 400),
        ("GET", "/dns-query?dns=AAAA", b"", "", 400),
        ("GET", "/", b"", "", 404),
        ("GET", "/dns-query/a/b", b"", "", 404),
        ("GET", "/dns-query/under_score", b"", "", 404),
        ("GET", "/dns-queryana", b"", "", 404),
        ("PUT", "/dns-query", b"x", "application/dns-message", 405),
        ("POST", "/dns-query", b"x", "text/plain", 415),
        ("POST", "/dns-query", b"x" * 70_000, "application/dns-message", 413),
        ("POST", "/dns-query", b"short", "application/dns-message", 400),
    ],
)
def test_what_is_no_question_gets_a_status(
    house: House, *, method: str, path: str, body: bytes, kind: str, status: int
) -> None:
    resolver, _ = house.resolver()
    port = house.https(resolver, None)

    assert over_https(port, chain=None, method=method, path=path, body=body, kind=kind)[0] == status


def sent(port: int, octets: bytes) -> bytes:
    with socket.create_connection((HOST, port), timeout=5) as link:
        link.sendall(octets)
        link.shutdown(socket.SHUT_WR)
        return link.recv(4096)


def test_scraps_do_no_harm_to_the_web_door(house: House) -> None:
    resolver, port = house.resolver()
    web = house.https(resolver, None)

    assert sent(web, b"\0\xff\r\n\r\n").startswith(b"HTTP/1.1 400")
    assert sent(web, b"GET /" + b"a" * 40_000).startswith(b"HTTP/1.1 431")
    assert texts(over_udp(port, question("bad.example"))) == [PAGE_V4]


def test_an_answer_over_https_is_filled_up_where_the_client_fills_its_question_up(house: House) -> None:
    _, address = house.upstream(lambda query: [good(query, records=3).to_wire()])
    resolver, _ = house.resolver(address)
    port = house.https(resolver, None)
    padding = dns.edns.GenericOption(dns.edns.OptionType.PADDING, bytes(20))

    _, long, _ = over_https(port, chain=None, body=question("ok.example", options=(padding,)).to_wire())
    _, short, _ = over_https(port, chain=None, body=question("ok.example").to_wire())

    assert len(long) == 468
    assert len(short) < 468
    assert texts(dns.message.from_wire(long)) == texts(dns.message.from_wire(short))


def test_a_device_finds_the_encrypted_doors(house: House) -> None:
    _, port = house.resolver(announced=ANNOUNCED)

    dot, doh = texts(over_udp(port, question("_dns.resolver.arpa", "SVCB")))

    assert dot == '1 dns.isp.example. alpn="dot" port="853"'
    assert doh in {
        f'2 dns.isp.example. alpn="{versions}" port="443" dohpath="/dns-query{{?dns}}"'
        for versions in ("http/1.1", "h2,http/1.1")
    }


def test_where_there_are_no_encrypted_doors_none_are_found_and_nobody_else_is_asked(house: House) -> None:
    upstream, address = house.upstream(lambda query: [good(query).to_wire()])
    _, port = house.resolver(address)

    none = over_udp(port, question("_dns.resolver.arpa", "SVCB"))
    below = over_udp(port, question("a.resolver.arpa", "SVCB"))

    assert (none.rcode(), texts(none)) == (dns.rcode.NOERROR, [])
    assert below.rcode() == dns.rcode.NXDOMAIN
    assert upstream.asked == []


def test_curl_reaches_the_page_of_a_closed_door_by_https(house: House, certificate: Paths) -> None:
    curl = tool("curl", package="curl")
    resolver, _ = house.resolver(page=engine.Page(v4=HOST))
    port = house.https(resolver, certificates.server_context(*certificate))
    web = house.https(resolver, None)
    doh = f"https://{HOST}:{port}/dns-query/ana"
    command = [curl, "-sS", "--doh-insecure", "--doh-url", doh, "-o", "-", "-w", "%{http_code} %{remote_ip}"]

    shown = subprocess.run(
        [*command, f"http://bad.example:{web}/"], capture_output=True, text=True, check=True, timeout=20
    ).stdout

    assert shown.endswith(f"404 {HOST}")


@pytest.mark.parametrize("way", [["+tls"], ["+https=/dns-query/ana"]])
def test_kdig_reads_the_answers(house: House, certificate: Paths, way: list[str]) -> None:
    kdig = tool("kdig", package="knot-dnsutils")
    if way != ["+tls"] and not _http2.IS_HERE:
        pytest.skip("kdig speaks HTTP/2 alone; install h2")
    resolver, _ = house.resolver(announced=ANNOUNCED)
    context = certificates.server_context(*certificate)
    port = house.tls(resolver, context) if way == ["+tls"] else house.https(resolver, context)
    command = [kdig, f"@{HOST}", "-p", str(port), *way, "+time=5", "bad.example", "A"]

    shown = subprocess.run(command, capture_output=True, text=True, check=True, timeout=20).stdout

    assert PAGE_V4 in shown
    assert "Censored" in shown
