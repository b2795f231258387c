"""Ask the resolver as a stub resolver does, and read what comes."""

import base64
import http.client
import pathlib
import socket
import ssl

import dns.edns
import dns.message
import dns.query
import dns.rrset

from . import certificates
from .conftest import HOST


def question(
    name: str, kind: str = "A", *, options: tuple[dns.edns.Option, ...] = (), edns: int = 0
) -> dns.message.Message:
    return dns.message.make_query(name, kind, use_edns=edns, options=list(options))


def over_udp(port: int, query: dns.message.Message, *, source: str = HOST) -> dns.message.Message:
    return dns.query.udp(query, HOST, port=port, timeout=5, source=source)


def over_tls(
    port: int, query: dns.message.Message, *, chain: pathlib.Path, name: str = certificates.NAME
) -> dns.message.Message:
    context = certificates.client_context(chain)
    with (
        socket.create_connection((HOST, port), timeout=5) as plain,
        context.wrap_socket(plain, server_hostname=name) as stream,
    ):
        return dns.query.tls(query, HOST, port=port, sock=stream, timeout=5)


def over_https(
    port: int,
    *,
    chain: pathlib.Path | None,
    path: str = "/dns-query",
    method: str = "POST",
    body: bytes = b"",
    kind: str = "application/dns-message",
) -> tuple[int, bytes, dict[str, str]]:
    """Return the status, the body and the headers, in lower case, of one request."""
    context: ssl.SSLContext | None = None if chain is None else certificates.client_context(chain)
    link = (
        http.client.HTTPConnection(HOST, port, timeout=5)
        if context is None
        else http.client.HTTPSConnection(HOST, port, timeout=5, context=context)
    )
    try:
        link.request(method, path, body=body or None, headers={"content-type": kind} if body else {})
        answer = link.getresponse()
        return answer.status, answer.read(), {name.lower(): value for name, value in answer.getheaders()}
    finally:
        link.close()


def as_text(query: dns.message.Message) -> str:
    return base64.urlsafe_b64encode(query.to_wire()).rstrip(b"=").decode("ascii")


def good(query: bytes, *, ttl_s: int = 60, records: int = 1) -> dns.message.Message:
    asked = dns.message.from_wire(query)
    answer = dns.message.make_response(asked)
    name = asked.question[0].name
    addresses = [f"192.0.2.{number + 1}" for number in range(records)]
    answer.answer.append(dns.rrset.from_text_list(name, ttl_s, "IN", "A", addresses))
    return answer


def texts(answer: dns.message.Message) -> list[str]:
    return [rdata.to_text() for rrset in answer.answer for rdata in rrset]


def error(answer: dns.message.Message) -> tuple[int, str | None]:
    (option,) = (one for one in answer.options if isinstance(one, dns.edns.EDEOption))
    return int(option.code), option.text
