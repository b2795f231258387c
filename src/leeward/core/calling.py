"""Prepare a call to somebody else's server, so that a name cannot lead into a private network.

A name is resolved once, every number that it gives must be public, and the connection goes to the first of exactly these, so that
the name cannot lead elsewhere between the check and the call. A private number is called only where it was written down itself by
whoever may do that, as for a mirror or a partner inside the house.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Mapping
from enum import StrEnum
from urllib.parse import urlsplit

import httpx

from leeward.engines import urls

_PORTS = {"http": 80, "https": 443}


class Fault(StrEnum):
    """Why an address is not called."""

    NOT_AN_ADDRESS = "not_an_address"
    NO_SUCH_HOST = "no_such_host"
    PRIVATE_NETWORK = "private_network"


class NotCalled(Exception):
    """An address is not called; `fault` says why and holds nothing of the address."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.value)
        self.fault = fault


def request(
    client: httpx.Client | httpx.AsyncClient,
    method: str,
    address: str,
    *,
    headers: Mapping[str, str],
    body: bytes | None = None,
    timeout_s: float | None = None,
    may_be_private: bool = True,
) -> httpx.Request:
    """Return the request to an address, to the number that its name has now. Raises `NotCalled`.

    `may_be_private` lets a private number be called that the address itself names; a name never leads to one. Make the client
    with `trust_env=False` and without redirects: a proxy would resolve the name anew, and a redirect would not be looked at.
    """
    try:
        parts = urlsplit(address)
        name, port = parts.hostname or "", parts.port
    except ValueError:
        raise NotCalled(Fault.NOT_AN_ADDRESS) from None
    if parts.scheme not in _PORTS or not name or parts.username is not None:
        raise NotCalled(Fault.NOT_AN_ADDRESS)
    number = _number(name, port=port or _PORTS[parts.scheme], may_be_private=may_be_private)
    at_port = "" if port is None else f":{port}"
    target = parts._replace(netloc=_bracketed(number) + at_port, fragment="").geturl()
    # A small packed body can be an endless one, so none is asked for.
    all_headers = {"Accept-Encoding": "identity", **headers, "Host": _bracketed(name) + at_port}
    made = client.build_request(method, target, headers=all_headers, content=body)
    # The certificate is checked against the name, although the call goes to the number.
    made.extensions["sni_hostname"] = name
    if timeout_s is not None:
        made.extensions["timeout"] = httpx.Timeout(timeout_s).as_dict()
    return made


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _number(name: str, *, port: int, may_be_private: bool) -> str:
    try:
        number = str(ipaddress.ip_address(name))
    except ValueError:
        numbers = _resolved(name, port=port)
    else:
        if may_be_private:
            return number
        numbers = [number]
    if not all(urls.is_public(f"http://{_bracketed(number.partition('%')[0])}/") for number in numbers):
        raise NotCalled(Fault.PRIVATE_NETWORK)
    return numbers[0]


def _resolved(name: str, *, port: int) -> list[str]:
    try:
        found = socket.getaddrinfo(name, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise NotCalled(Fault.NO_SUCH_HOST) from None
    return [str(entry[4][0]) for entry in found]
