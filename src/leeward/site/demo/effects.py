"""The four effects, each asked from outside as a stranger would: over HTTP, over DNS, and never in our own process."""

from __future__ import annotations

import io
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import dns.message
import dns.query
import httpx
import taxii2client.v21
from PIL import Image

from leeward.core import interrupt
from leeward.site.demo.stage import BAD_HOST, Cast, Ports

LIMIT_S = 10.0
_POLL_S = 0.005


@dataclass(frozen=True)
class Effect:
    """One protection: what it is, and how it looks from outside now."""

    name: str
    in_force: Callable[[], str]
    """Return what was seen where the protection is in force, else an empty text."""
    lifted: Callable[[], str]
    """Return what was seen where the protection is lifted, else an empty text."""


@dataclass(frozen=True)
class Seen:
    """When an effect was first seen, counted from the press of the button, and what was seen."""

    name: str
    after_ms: float | None
    what: str


def changed_copy(jpeg: bytes) -> bytes:
    """Return the same picture at 60 % of its size and saved again at quality 55: other bytes, the same photograph."""
    picture = Image.open(io.BytesIO(jpeg))
    smaller = picture.resize((picture.width * 3 // 5, picture.height * 3 // 5))
    out = io.BytesIO()
    smaller.save(out, "JPEG", quality=55)
    return out.getvalue()


def publish_item(ports: Ports, *, item: str, jpeg: bytes) -> None:
    """Upload a picture to the example provider, which asks Leeward first and then publishes it."""
    url, headers = f"http://localhost:{ports.provider}/upload", {"Content-Type": "image/jpeg", "X-Item-Id": item}
    httpx.post(url, content=jpeg, headers=headers, timeout=20).raise_for_status()


class Outside:
    """Asks the four doors. One for each run of the demo or of the benchmark."""

    def __init__(self, ports: Ports, cast: Cast, *, item: str, picture: bytes, host: str = BAD_HOST) -> None:
        self._ports, self._cast, self._item, self._host = ports, cast, item, host
        self._copy = changed_copy(picture)
        self._clients = {name: httpx.Client(timeout=10) for name in ("upload", "provider", "page")}
        self._begun_at = datetime.now(UTC)
        self._collection: taxii2client.v21.Collection | None = None
        self._uploads = 0

    def effects(self) -> list[Effect]:
        return [
            Effect("upload of a changed copy", lambda: self._upload(451), lambda: self._upload(201)),
            Effect("host name at the resolver", self._blocked, self._resolvable),
            Effect("TAXII 2.1 client", lambda: self._sign(revoked=False), lambda: self._sign(revoked=True)),
            Effect("provider's own system", lambda: self._photo("removed"), lambda: self._photo("published")),
        ]

    def _upload(self, wanted: int) -> str:
        self._uploads += 1
        headers = {"Content-Type": "image/jpeg", "X-Item-Id": f"copy-{self._uploads}"}
        url = f"http://localhost:{self._ports.provider}/upload"
        answer = self._clients["upload"].post(url, content=self._copy, headers=headers)
        if answer.status_code != wanted:
            return ""
        if wanted != 451:
            return "stored"
        # A stranger would be told no more than this; the provider learns which sign it was.
        nearest = answer.json()["signs"][0]
        return f"refused: {nearest['kind']} at {nearest['distance']} of 256 bits"

    def _ask(self) -> dns.message.Message:
        query = dns.message.make_query(self._host, "A", use_edns=True)
        return dns.query.udp(query, "127.0.0.1", port=self._ports.dns, timeout=2)

    def _blocked(self) -> str:
        answer = self._ask()
        if not answer.answer:
            return ""
        codes = [int(option.code) for option in answer.options if hasattr(option, "code")]
        page = self._clients["page"].get(f"http://127.0.0.1:{self._ports.site}/", headers={"Host": self._host})
        if page.status_code != 403 or self._host not in page.text:
            return ""
        address = next(iter(answer.answer[0])).to_text()
        return f"leads to {address}, which explains (extended error {', '.join(map(str, codes))})"

    def _resolvable(self) -> str:
        answer = self._ask()
        return "" if answer.answer else "no longer led away"

    def _sign(self, *, revoked: bool) -> str:
        for found in self._shared().get("objects", []):
            if f"'{self._host}'" in found["pattern"] and found.get("revoked", False) == revoked:
                return ("withdrawn: " if revoked else "sees ") + str(found["pattern"])
        return ""

    def _shared(self) -> dict[str, Any]:
        """Return what the partner's client is given since this began: the unmodified `taxii2-client`."""
        if self._collection is None:
            account = {"user": "beacon", "password": self._cast.partner_key}
            server = taxii2client.v21.Server(f"http://localhost:{self._ports.site}/taxii2/", **account)
            self._collection = taxii2client.v21.Collection(server.default.collections[0].url, **account)
        envelope: dict[str, Any] = self._collection.get_objects(added_after=self._begun_at, type="indicator")
        return envelope

    def _photo(self, state: str) -> str:
        known = self._clients["provider"].get(f"http://localhost:{self._ports.provider}/state.json").json()
        return f"signed webhook taken, photograph {state}" if known["photos"][self._item] == state else ""


def watch(effects: list[Effect], *, lifted: bool, since: float) -> list[Seen]:
    """Ask all doors at the same time until each shows the change; `since` is `time.perf_counter()` at the press."""

    def first(effect: Effect) -> Seen:
        ask = effect.lifted if lifted else effect.in_force
        while time.perf_counter() - since < LIMIT_S:
            if what := ask():
                return Seen(effect.name, (time.perf_counter() - since) * 1000, what)
            time.sleep(_POLL_S)
        return Seen(effect.name, None, f"not seen within {LIMIT_S:g} s")

    interrupt.heed()
    with ThreadPoolExecutor(len(effects)) as pool:
        return list(pool.map(first, effects))
