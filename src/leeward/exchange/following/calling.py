"""Ask a partner's server: never led elsewhere, never into a private network by a name, no more and no longer than allowed."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass

import httpx

from leeward.core import calling

_BUSY = frozenset({429, 503})
_WAIT_MAX_S = 3600.0


@dataclass(frozen=True, slots=True)
class Limits:
    """How long an answer may be, how long it may take, and how long its server may be silent."""

    most_bytes: int = 16 * 1024 * 1024
    total_s: float = 60.0
    silence_s: float = 10.0


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server gave with 200. The names of headers are in lower case."""

    headers: Mapping[str, str]
    body: bytes

    @property
    def media_type(self) -> str:
        return self.headers.get("content-type", "").lower()


class NotAnswered(Exception):
    """A server gave no answer that can be used; `code` says why and holds no address. `wait_s` is how long it asks us to wait."""

    def __init__(self, code: str, *, wait_s: float = 0.0) -> None:
        super().__init__(code)
        self.code, self.wait_s = code, wait_s


def client() -> httpx.Client:
    """Return a client for one round. The environment's proxies are left out: they would resolve names anew."""
    return httpx.Client(follow_redirects=False, trust_env=False)


def get(client: httpx.Client, address: str, *, headers: Mapping[str, str], limits: Limits) -> Answer:
    """Return the answer to a GET. Raises `NotAnswered` for everything but 200 within the limits."""
    deadline = time.monotonic() + limits.total_s
    try:
        asked = calling.request(client, "GET", address, headers=headers, timeout_s=limits.silence_s)
        answer = client.send(asked, stream=True)
        try:
            _refuse(answer)
            return Answer(
                {name.lower(): value for name, value in answer.headers.items()}, _body(answer, limits, deadline)
            )
        finally:
            answer.close()
    except calling.NotCalled as error:
        raise NotAnswered(error.fault.value) from None
    except httpx.TimeoutException:
        raise NotAnswered("slow") from None
    except (httpx.HTTPError, httpx.InvalidURL):
        raise NotAnswered("unreachable") from None


def _refuse(answer: httpx.Response) -> None:
    if answer.is_redirect:
        raise NotAnswered("redirected")
    if answer.status_code in _BUSY:
        raise NotAnswered(f"http_{answer.status_code}", wait_s=_wait_s(answer.headers.get("Retry-After", "")))
    if answer.status_code != httpx.codes.OK:
        raise NotAnswered(f"http_{answer.status_code}")
    if answer.headers.get("Content-Encoding", "identity").lower() != "identity":
        # A small packed body can be an endless one, and it was not asked for.
        raise NotAnswered("packed")


def _wait_s(text: str) -> float:
    return min(float(text), _WAIT_MAX_S) if text.isascii() and text.isdecimal() else 0.0


def _body(answer: httpx.Response, limits: Limits, deadline: float) -> bytes:
    body = bytearray()
    # In the pieces in which it comes: gathered to a size, a slow server would be waited for without end.
    for chunk in answer.iter_raw():
        body += chunk
        if len(body) > limits.most_bytes:
            raise NotAnswered("too_large")
        if time.monotonic() > deadline:
            raise NotAnswered("slow")
    return bytes(body)
