"""Partners' programs for `benchmarks/exchange.py`: they note when each version arrived. Run as a process of its own.

Usage: exchange_readers.py bell|poll DOOR KEY... (one partner each); a line on stdin ends it, then it prints what came.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import sys
import threading
import time
from typing import Any

import httpx

MEDIA_TYPE = "application/taxii+json;version=2.1"
LAST = "X-TAXII-Date-Added-Last"
POLL_S = 1.0
PAGE = 2000  # Objects of a page: as many as the server gives at most.

type Arrivals = list[tuple[int, str, bool, float]]


def note(arrivals: Arrivals, reader: int, objects: list[dict[str, Any]]) -> None:
    """Note which signs came now, additions and withdrawals."""
    now = time.time()
    arrivals += [(reader, one["id"], "revoked" in one, now) for one in objects if one["type"] == "indicator"]


async def by_bell(reader: int, door: str, key: str, arrivals: Arrivals) -> None:
    """Hear the bell and ask for what is new after each ring."""
    headers = {"Authorization": f"Bearer {key}", "Accept": MEDIA_TYPE}
    async with httpx.AsyncClient(headers=headers, timeout=httpx.Timeout(30)) as client:
        rung, mark = asyncio.Event(), ""

        async def hear() -> None:
            async with client.stream("GET", f"{door}events/", headers={"Accept": "text/event-stream"}) as stream:
                async for line in stream.aiter_lines():
                    if line.startswith("data:"):
                        rung.set()
            raise SystemExit("the bell broke off")

        hearing = asyncio.create_task(hear())
        try:
            while True:
                await rung.wait()
                rung.clear()
                is_more = True
                while is_more:
                    query = {"match[version]": "all", "limit": str(PAGE)} | ({"added_after": mark} if mark else {})
                    answer = (await client.get(f"{door}objects/", params=query)).raise_for_status()
                    envelope = answer.json()
                    is_more = envelope.get("more", False)
                    if objects := envelope.get("objects", []):
                        mark = answer.headers[LAST]
                        note(arrivals, reader, objects)
        finally:
            hearing.cancel()


def by_poll(reader: int, door: str, key: str, arrivals: Arrivals, stop: threading.Event) -> None:
    """Poll with OASIS' own client, which hides the header with the mark."""
    from taxii2client.v21 import Collection

    def with_key(request: Any) -> Any:
        request.headers["Authorization"] = f"Bearer {key}"
        return request

    collection = Collection(door, auth=with_key)
    marks: list[str] = []
    collection._conn.session.hooks["response"] = [lambda answer, **_: marks.append(answer.headers.get(LAST, ""))]
    after = None
    stop.wait(random.random() * POLL_S)
    while not stop.is_set():
        asked_at = time.monotonic()
        envelope = collection.get_objects(added_after=after, version="all", limit=PAGE)
        if objects := envelope.get("objects", []):
            after = marks[-1]
            note(arrivals, reader, objects)
        if envelope.get("more"):
            continue
        stop.wait(max(0.0, asked_at + POLL_S - time.monotonic()))


async def all_by_bell(door: str, keys: list[str], arrivals: Arrivals) -> None:
    """Run every reader in this loop until somebody writes a line."""
    running = [asyncio.create_task(by_bell(number, door, key, arrivals)) for number, key in enumerate(keys)]
    await asyncio.to_thread(sys.stdin.readline)
    for task in running:
        if task.done():
            task.result()
        task.cancel()
    await asyncio.gather(*running, return_exceptions=True)


def main() -> None:
    """Read until told to stop, and print what arrived."""
    way, door, *keys = sys.argv[1:]
    arrivals: Arrivals = []
    if way == "bell":
        asyncio.run(all_by_bell(door, keys, arrivals))
    else:
        stop = threading.Event()
        threads = [threading.Thread(target=by_poll, args=(n, door, key, arrivals, stop)) for n, key in enumerate(keys)]
        for thread in threads:
            thread.start()
        sys.stdin.readline()
        stop.set()
        for thread in threads:
            thread.join()
    with contextlib.suppress(BrokenPipeError):
        print(json.dumps(arrivals))


if __name__ == "__main__":
    main()
