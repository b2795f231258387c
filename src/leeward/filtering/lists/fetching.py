"""Fetch a list by its address into a file: not again what is known, no more than allowed, and never out of a private network."""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import httpx

from leeward.core import calling
from leeward.filtering.lists.models import ListFetch

type Reason = ListFetch.Reason
_WHY = ListFetch.Reason
_FAULTS = {
    calling.Fault.NOT_AN_ADDRESS: _WHY.NOT_AN_ADDRESS,
    calling.Fault.NO_SUCH_HOST: _WHY.NO_SUCH_HOST,
    calling.Fault.PRIVATE_NETWORK: _WHY.PRIVATE_NETWORK,
}
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
        except calling.NotCalled as error:
            raise NotFetched(_FAULTS[error.fault]) from None
        except httpx.TimeoutException:
            raise NotFetched(_WHY.TOO_SLOW) from None
        except (httpx.HTTPError, httpx.InvalidURL):
            raise NotFetched(_WHY.UNREACHABLE) from None
    raise NotFetched(_WHY.LED_ASTRAY)


def _request(client: httpx.Client, address: str, *, known: Known, own: str) -> httpx.Request:
    headers = {"User-Agent": "leeward-lists"}
    if known.etag:
        headers["If-None-Match"] = known.etag
    if known.last_modified:
        headers["If-Modified-Since"] = known.last_modified
    # A private number is asked only where it stands in the operator's own address; nobody is led to another one.
    return calling.request(client, "GET", address, headers=headers, may_be_private=_host(address) == _host(own))


def _host(address: str) -> str:
    try:
        return urlsplit(address).netloc
    except ValueError:
        return ""  # It is no address, which the call itself refuses.


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
        # In the pieces in which it comes: gathered to a size, a server that drips would be waited for without end.
        for chunk in answer.iter_raw():
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
