"""Fetch a list by its address into a file: not again what is known, no more than allowed, and never out of a private network.

A name is resolved once, every number it gives must be public, and the connection goes to the first of exactly these
numbers, so that a name cannot lead elsewhere between the check and the call. A number in a private range is asked only where
it stands in the operator's own address, as of a mirror inside the house; nobody is led to another one.
"""

from __future__ import annotations

import hashlib
import ipaddress
import socket
import time
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import httpx

from leeward.engines import urls
from leeward.filtering.models import ListFetch

type Reason = ListFetch.Reason
_WHY = ListFetch.Reason
_CHUNK_BYTES = 1 << 16
_PORTS = {"http": 80, "https": 443}
_LEADS = 3  # How often a server may lead on: a short name, the newest version, another host.


@dataclass(frozen=True, slots=True)
class Limits:
    """How large a list may be, how long it may take, and how long its server may be silent.

    The largest known list, the adult names of UT1, has 5 million names and below 100 MB.
    """

    most_bytes: int = 256 * 1024 * 1024
    total_s: float = 180.0
    silence_s: float = 20.0


@dataclass(frozen=True, slots=True)
class Known:
    """What the server called the state that is here already."""

    etag: str = ""
    last_modified: str = ""


@dataclass(frozen=True, slots=True)
class Fetched:
    """What the server gave. Where `is_new` is false, nothing was written."""

    is_new: bool
    known: Known
    size_bytes: int = 0
    sha256: str = ""


class NotFetched(Exception):
    """An address gave no list; `reason` says why. Show its label, which says what to do."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.value)
        self.reason = reason


def fetch(address: str, *, into: Path, known: Known, limits: Limits) -> Fetched:
    """Write what an address gives to `into`, unless it is what is known. Raises `NotFetched`."""
    deadline, own = time.monotonic() + limits.total_s, address
    # The environment's proxies are left out: they would resolve the name anew.
    with httpx.Client(timeout=limits.silence_s, follow_redirects=False, trust_env=False) as client:
        try:
            for _ in range(_LEADS + 1):
                answer = client.send(_request(client, address, known=known, own=own), stream=True)
                try:
                    if not answer.has_redirect_location:
                        return _taken(answer, into=into, known=known, most_bytes=limits.most_bytes, deadline=deadline)
                    address = _led_on(address, answer)
                finally:
                    answer.close()
        except httpx.TimeoutException:
            raise NotFetched(_WHY.TOO_SLOW) from None
        except (httpx.HTTPError, httpx.InvalidURL):
            raise NotFetched(_WHY.UNREACHABLE) from None
    raise NotFetched(_WHY.LED_ASTRAY)


def _request(client: httpx.Client, address: str, *, known: Known, own: str) -> httpx.Request:
    try:
        parts = urlsplit(address)
        name, port = parts.hostname or "", parts.port
    except ValueError:
        raise NotFetched(_WHY.NOT_AN_ADDRESS) from None
    if parts.scheme not in _PORTS or not name or parts.username is not None:
        raise NotFetched(_WHY.NOT_AN_ADDRESS)
    number = _number(name, port=port or _PORTS[parts.scheme], may_be_private=_host(address) == _host(own))
    at_port = "" if port is None else f":{port}"
    target = parts._replace(netloc=_bracketed(number) + at_port, fragment="").geturl()
    headers = {"Host": _bracketed(name) + at_port, "Accept-Encoding": "identity", "User-Agent": "leeward-lists"}
    if known.etag:
        headers["If-None-Match"] = known.etag
    if known.last_modified:
        headers["If-Modified-Since"] = known.last_modified
    # The certificate is checked against the name, although the call goes to the number.
    return client.build_request("GET", target, headers=headers, extensions={"sni_hostname": name})


def _host(address: str) -> str:
    return urlsplit(address).netloc


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
        raise NotFetched(_WHY.PRIVATE_NETWORK)
    return numbers[0]


def _resolved(name: str, *, port: int) -> list[str]:
    try:
        found = socket.getaddrinfo(name, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise NotFetched(_WHY.NO_SUCH_HOST) from None
    return [str(entry[4][0]) for entry in found]


def _led_on(address: str, answer: httpx.Response) -> str:
    target = urljoin(address, str(answer.headers["Location"]))
    if address.startswith("https:") and not target.startswith("https:"):
        raise NotFetched(_WHY.LED_ASTRAY)
    return target


def _taken(answer: httpx.Response, *, into: Path, known: Known, most_bytes: int, deadline: float) -> Fetched:
    if answer.status_code == httpx.codes.NOT_MODIFIED and (known.etag or known.last_modified):
        return Fetched(is_new=False, known=known)
    if answer.status_code != httpx.codes.OK:
        raise NotFetched(_WHY.GONE if answer.status_code in {404, 410} else _WHY.REFUSED)
    if answer.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise NotFetched(_WHY.PACKED)
    size_bytes, digest = 0, hashlib.sha256()
    with into.open("wb") as file:
        for chunk in answer.iter_raw(_CHUNK_BYTES):
            size_bytes += len(chunk)
            if size_bytes > most_bytes:
                raise NotFetched(_WHY.TOO_LARGE)
            if time.monotonic() > deadline:
                raise NotFetched(_WHY.TOO_SLOW)
            digest.update(chunk)
            file.write(chunk)
    # What does not fit is no state to ask about; the list is then fetched whole each time.
    etag, last_modified = answer.headers.get("ETag", ""), answer.headers.get("Last-Modified", "")
    now_known = Known(etag if len(etag) <= 200 else "", last_modified if len(last_modified) <= 60 else "")
    return Fetched(is_new=True, known=now_known, size_bytes=size_bytes, sha256=digest.hexdigest())
