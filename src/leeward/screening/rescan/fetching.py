"""Fetch a file by its address, from hosts that the operator named, and never from inside a network that was not.

The name is resolved once, every number it gives must be public, and the connection goes to the first of exactly these
numbers, so that a name cannot lead elsewhere between the check and the call.
"""

from __future__ import annotations

import ipaddress
import socket
import time
from functools import cache
from urllib.parse import urlsplit

import httpx

# The whole call, and the silence between two parts of it.
TOTAL_S, SILENCE_S = 30.0, 10.0
_CHUNK_BYTES = 1 << 16
_PORTS = {"http": 80, "https": 443}


class NotFetched(Exception):
    """An address gave no file; `reason` is a short word of ours. Name the host with --allow-host, or look at its log."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def host_of(address: str) -> str:
    """Return the host name of an address in lower case, with its port where it names one, or nothing where it is none."""
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        return ""
    if parts.scheme not in _PORTS or not parts.hostname or parts.username is not None:
        return ""
    name = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return name if port is None else f"{name}:{port}"


def fetch(address: str, *, hosts: frozenset[str], most_bytes: int) -> bytes:
    """Return what an address gives, at most `most_bytes`. Redirects are not followed. Raises `NotFetched`.

    `hosts` are names as `host_of` gives them. A name must lead to the public internet; a number in a private range is
    fetched only where the operator named that very number.
    """
    host = host_of(address)
    if not host:
        raise NotFetched("not_an_address")
    if host not in hosts:
        raise NotFetched("host_not_allowed")
    parts = urlsplit(address)
    name = parts.hostname or ""
    number = _number(name, port=parts.port or _PORTS[parts.scheme])
    port = "" if parts.port is None else f":{parts.port}"
    target = parts._replace(netloc=(f"[{number}]" if ":" in number else number) + port, fragment="").geturl()
    try:
        return _read(target, host=host, name=name, most_bytes=most_bytes)
    except httpx.TimeoutException:
        raise NotFetched("too_slow") from None
    except (httpx.HTTPError, httpx.InvalidURL):
        raise NotFetched("unreachable") from None


def _number(name: str, *, port: int) -> str:
    try:
        return str(ipaddress.ip_address(name))  # It stands in the operator's list as it is.
    except ValueError:
        pass
    try:
        found = socket.getaddrinfo(name, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise NotFetched("no_such_host") from None
    numbers = [str(entry[4][0]) for entry in found]
    if not all(_is_public(number) for number in numbers):
        raise NotFetched("private_network")
    return numbers[0]


def _is_public(number: str) -> bool:
    given = ipaddress.ip_address(number.partition("%")[0])
    mapped = given.ipv4_mapped if isinstance(given, ipaddress.IPv6Address) else None
    return (mapped or given).is_global and not (mapped or given).is_multicast


@cache
def _client() -> httpx.Client:
    """Return the client of this process. The environment's proxies are left out: they would resolve the name anew."""
    return httpx.Client(
        timeout=httpx.Timeout(SILENCE_S),
        follow_redirects=False,
        trust_env=False,
        headers={"User-Agent": "leeward-rescan"},
    )


def _read(target: str, *, host: str, name: str, most_bytes: int) -> bytes:
    deadline = time.monotonic() + TOTAL_S
    # The certificate is checked against the name, although the call goes to the number.
    request = _client().build_request(
        "GET", target, headers={"Host": host, "Accept-Encoding": "identity"}, extensions={"sni_hostname": name}
    )
    answer = _client().send(request, stream=True)
    try:
        if answer.is_redirect:
            raise NotFetched("redirected")
        if answer.status_code != httpx.codes.OK:
            raise NotFetched("gone" if answer.status_code in {404, 410} else "refused")
        return _body(answer, most_bytes=most_bytes, deadline=deadline)
    finally:
        answer.close()


def _body(answer: httpx.Response, *, most_bytes: int, deadline: float) -> bytes:
    if int(answer.headers.get("Content-Length", "0") or 0) > most_bytes:
        raise NotFetched("too_large")
    body = bytearray()
    # Bytes as they come: a body that was packed after all must not unfold in memory.
    for chunk in answer.iter_raw(_CHUNK_BYTES):
        body += chunk
        if len(body) > most_bytes:
            raise NotFetched("too_large")
        if time.monotonic() > deadline:
            raise NotFetched("too_slow")
    return bytes(body)
