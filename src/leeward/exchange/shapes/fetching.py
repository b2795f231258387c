"""Fetch feeds that have these shapes: all of somebody's pages, each within limits of size and time, as offers for the intake."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import httpx

from leeward.exchange.shapes import ncmec, stopncii
from leeward.exchange.shapes.values import Unreadable

PAGE_BYTES = 32 * 1024 * 1024
SILENCE_S = 20.0
PAGE_S = 120.0
PAGES = 100_000
_START = 10  # What StopNCII takes for the beginning: `DEFAULT_START_TIME` of the client.
_MARGIN = timedelta(
    seconds=5
)  # NCMEC's entries of the last seconds are not in order yet; its own client waits so, too.
_CHUNK_BYTES = 1 << 16


class NotFetched(Exception):
    """A feed did not answer as it should. The message holds no address and no key; try again later or ask its people."""


@dataclass(frozen=True, slots=True)
class Feed:
    """Where a feed is and what opens it: its base address, our name or subscription there, and the key."""

    url: str
    name: str
    key: str


def stopncii_pages(feed: Feed, *, mark: str) -> Iterator[stopncii.Fetched]:
    """Yield every page since a mark, which is empty at first; the mark of the last page is the next one."""
    start, token = int(mark) if mark.isdecimal() else _START, ""
    headers = {"x-functions-key": feed.key, "Ocp-Apim-Subscription-Key": feed.name}
    with _client() as client:
        for _ in range(PAGES):
            asked = {"startTimestamp": str(start), "pageSize": str(stopncii.PAGE)} | _token(token)
            page = stopncii.read_page(_get(client, f"{feed.url}/FetchHashes", asked, headers=headers))
            yield page
            if not page.is_more:
                return
            if not page.next_page or page.next_page == token:
                raise Unreadable("nextPageToken: more is promised and no new mark is given")
            token = page.next_page
    raise NotFetched("the feed does not end; ask its people")


def _token(token: str) -> dict[str, str]:
    return {"nextPageToken": token} if token else {}


def ncmec_pages(feed: Feed, *, mark: str, at: datetime) -> Iterator[tuple[ncmec.Fetched, str]]:
    """Yield every page of the entries since a mark, each with the mark that counts once all were taken."""
    begin = ncmec.read_time(mark) if mark else datetime(1970, 1, 1, tzinfo=UTC)
    end = (at - _MARGIN).astimezone(UTC).replace(microsecond=0)
    if end <= begin:
        return
    window = {"from": begin.strftime(ncmec.TIME), "to": end.strftime(ncmec.TIME)}
    with _client() as client:
        auth = httpx.BasicAuth(feed.name, feed.key)
        page = ncmec.read_entries(_get(client, f"{feed.url}/v2/entries", window, auth=auth))
        for _ in range(PAGES):
            yield page, window["to"]
            if not page.next_path:
                return
            page = ncmec.read_entries(_get(client, feed.url + page.next_path, {}, auth=auth))
    raise NotFetched("the feed does not end; ask its people")


def _client() -> httpx.Client:
    # The environment's proxies are left out, and nobody leads us with our key to another host.
    return httpx.Client(timeout=SILENCE_S, follow_redirects=False, trust_env=False)


def _get(
    client: httpx.Client,
    url: str,
    asked: Mapping[str, str],
    *,
    headers: Mapping[str, str] | None = None,
    auth: httpx.Auth | None = None,
) -> bytes:
    deadline, body = time.monotonic() + PAGE_S, bytearray()
    request = client.build_request("GET", url, params=asked or None, headers={**(headers or {})})
    request.headers["Accept-Encoding"] = "identity"
    try:
        answer = client.send(request, stream=True, auth=auth)
        try:
            if answer.status_code != httpx.codes.OK:
                raise NotFetched(f"the feed answered with status {answer.status_code}; see its key and its address")
            for chunk in answer.iter_raw(_CHUNK_BYTES):
                body += chunk
                if len(body) > PAGE_BYTES:
                    raise NotFetched(f"a page is larger than {PAGE_BYTES} bytes; ask for smaller pages")
                if time.monotonic() > deadline:
                    raise NotFetched("a page took too long; try again later")
        finally:
            answer.close()
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        # The exception's text holds the address; only its kind goes on.
        raise NotFetched(f"the feed cannot be reached ({type(error).__name__}); see its address") from None
    return bytes(body)
