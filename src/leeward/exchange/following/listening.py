"""Hear a partner's bell: our own client of server-sent events. Source: HTML, "Server-sent events"; the bell is `bells.py`."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
import ssl
import threading
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from functools import cache

import httpx

from leeward.core import calling
from leeward.exchange.partners import their_door
from leeward.exchange.partners.models import Partner

# Three heartbeats: a stream that was silent for longer is dead, whatever the connection says.
SILENT_S = 45.0
FIRST_WAIT_S, LONGEST_WAIT_S = 1.0, 60.0
# Not every TAXII server has a bell. It is asked again now and then, because it may get one.
NO_BELL_WAIT_S = 600.0
_NO_BELL = frozenset({404, 405, 406, 501})
_STOP_LOOK_S = 0.25
_CONNECT_S = 10.0
# A ring has two short fields; whoever sends much more without a line end fills our memory.
_LONGEST_LINE_BYTES = 4096
_EVENT_STREAM = "text/event-stream"
# Our own servers want to hear that a TAXII client asks; what a bell answers with is neither of its types.
_ACCEPT = f"{_EVENT_STREAM}, application/taxii+json;version=2.1"

log = logging.getLogger("leeward.exchange")


class _Broken(Exception):
    """The stream ended, or was none: it is opened anew. `has_bell` is False where the server knows no bell."""

    def __init__(self, code: str, *, has_bell: bool = True) -> None:
        super().__init__(code)
        self.code, self.has_bell = code, has_bell


@dataclass
class _Ear:
    """What outlives one connection: the id of the last ring, after which nothing is missed, and how long to wait."""

    partner: Partner
    on_ring: Callable[[], object]
    stop: threading.Event
    silent_s: float
    first_wait_s: float
    last_id: str = ""
    wait_s: float = field(init=False)

    def __post_init__(self) -> None:
        self.wait_s = self.first_wait_s

    async def listen(self) -> None:
        """Open the stream again and again."""
        limits = httpx.Timeout(_CONNECT_S, read=None)  # The silence of each line is measured here.
        async with httpx.AsyncClient(verify=_authorities(), timeout=limits, trust_env=False) as client:
            while not self.stop.is_set():
                try:
                    await self._hear(client)
                except (httpx.HTTPError, httpx.InvalidURL, calling.NotCalled, _Broken, TimeoutError) as error:
                    await asyncio.sleep(self._wait_s(error))

    async def _hear(self, client: httpx.AsyncClient) -> None:
        address = their_door.address(self.partner, "events/")
        headers = their_door.headers(self.partner, "GET", address)
        headers |= {"Accept": _ACCEPT, "Cache-Control": "no-store"}
        if self.last_id:
            headers["Last-Event-ID"] = self.last_id
        # Everything up to the first line is waited for no longer than any other line.
        async with asyncio.timeout(self.silent_s) as silence:
            asked = calling.request(client, "GET", address, headers=headers)
            async with contextlib.aclosing(await client.send(asked, stream=True)) as answer:
                _check(answer)
                event: dict[str, str] = {}
                async for line in _lines(answer):
                    silence.reschedule(asyncio.get_running_loop().time() + self.silent_s)
                    self.wait_s = self.first_wait_s
                    event = self._take(line, event)
                    if self.stop.is_set():
                        return
        raise _Broken("ended")

    def _take(self, line: str, event: dict[str, str]) -> dict[str, str]:
        """Take one line in and return what is known of the event that is coming; an empty line ends it.

        Its id counts once it was whole: where the stream breaks in the middle of a ring, that ring comes again.
        """
        if line:
            name, _, value = line.partition(":")
            return event | {name: value.removeprefix(" ")}
        if "\0" not in event.get("id", "\0"):
            self.last_id = event["id"]
        if "data" in event:
            self.on_ring()
        return {}

    def _wait_s(self, error: Exception) -> float:
        code = error.code if isinstance(error, _Broken) else type(error).__name__
        log.info("a partner's bell is silent", extra={"partner": str(self.partner.uid), "error": code})
        if isinstance(error, _Broken) and not error.has_bell:
            return NO_BELL_WAIT_S
        whole, self.wait_s = self.wait_s, min(LONGEST_WAIT_S, self.wait_s * 2)
        return whole * (0.5 + random.random() / 2)  # noqa: S311  # jitter


def listen(
    partner: Partner,
    on_ring: Callable[[], object],
    stop: threading.Event,
    *,
    silent_s: float = SILENT_S,
    first_wait_s: float = FIRST_WAIT_S,
) -> None:
    """Call `on_ring()` whenever a partner's bell rings, until `stop`; a broken stream is opened anew, after growing waits.

    It takes a thread of its own, in which `on_ring` is called and must be quick. A ring says only that something may be
    there: the answer is a pull. It says so after each opening, too, as far as the partner's server has something newer.
    """
    asyncio.run(_until(stop, _Ear(partner, on_ring, stop, silent_s, first_wait_s)))


async def _until(stop: threading.Event, ear: _Ear) -> None:
    hearing = asyncio.create_task(ear.listen())
    while not stop.is_set() and not hearing.done():
        await asyncio.wait([hearing], timeout=_STOP_LOOK_S)
    if not hearing.done():
        hearing.cancel()
        await asyncio.wait([hearing])
    if not hearing.cancelled():
        await hearing  # What it did not expect is raised here, in the thread of whoever called.


def _check(answer: httpx.Response) -> None:
    if answer.status_code in _NO_BELL:
        raise _Broken(f"HTTP {answer.status_code}", has_bell=False)
    if answer.status_code != httpx.codes.OK:
        raise _Broken(f"HTTP {answer.status_code}")
    if not answer.headers.get("Content-Type", "").startswith(_EVENT_STREAM):
        raise _Broken("no event stream", has_bell=False)


async def _lines(answer: httpx.Response) -> AsyncIterator[str]:
    """Yield whole lines without their end. A line that is too long breaks the stream off."""
    waiting = b""
    async for part in answer.aiter_bytes():
        *whole, waiting = (waiting + part).replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")
        if len(waiting) > _LONGEST_LINE_BYTES:
            raise _Broken("too long")
        for line in whole:
            yield line.decode("utf-8", errors="replace")


@cache
def _authorities() -> ssl.SSLContext:
    """Return what servers are judged by; reading the list of authorities takes longer than a connection."""
    return httpx.create_ssl_context()
