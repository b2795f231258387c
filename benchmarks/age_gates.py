"""The part of `benchmarks/age.py` that needs servers: a web process asked directly, through nginx, and after a permit was taken back.

The lines of nginx are those that operators copy from `examples/age/nginx.conf`. Load and servers share the machine.
"""

from __future__ import annotations

import asyncio
import os
import re
import secrets
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Self
from uuid import uuid4

ROOT = Path(__file__).parents[1]
CONNECTIONS, VISITORS, NEW_VISITORS = 8, 500, 4_000
RATE_GOAL, P95_GOAL_MS, REVOKED_GOAL_S = 2_000, 5.0, 10.0
NEED, ORIGIN, PAGE = "bench-adults", "https://forum.example", b"a page for adults"
# What a permit taken back waits for at the longest before the benchmark calls it lost.
LONGEST_S = 30.0
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_BARE = """
import sys, uvicorn
async def app(scope, receive, send):
    await send({"type": "http.response.start", "status": 204, "headers": [(b"cache-control", b"no-store")]})
    await send({"type": "http.response.body", "body": b""})
uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), lifespan="off", access_log=False, log_level="warning")
"""

type Figure = dict[str, object]


@dataclass(frozen=True)
class Load:
    """What one run of requests gave: how many a second, and how long each took in milliseconds."""

    a_second: float
    took_ms: Sequence[float]

    @property
    def p95_ms(self) -> float:
        return statistics.quantiles(self.took_ms, n=20)[-1]


class _Visitor(asyncio.Protocol):
    """One connection that stays open: asks, waits for the whole answer, and asks the next."""

    def __init__(self, requests: Iterator[bytes], expected: bytes) -> None:
        self._requests, self._expected = requests, expected
        self.took_ms: list[float] = []
        self.over: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        self._ask()

    def _ask(self) -> None:
        request = next(self._requests, None)
        if request is None:
            self.over.set_result(None)
            self._transport.close()
            return
        self._heard, self._begun = b"", time.perf_counter()
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._heard += data
        head, found, body = self._heard.partition(b"\r\n\r\n")
        length = _LENGTH.search(head)
        if not found or len(body) < int(length[1] if length else 0):
            return
        if not head.startswith(self._expected):
            self.over.set_exception(SystemExit(f"not {self._expected!r} but {head[:200]!r}"))
            self._transport.close()
            return
        self.took_ms.append((time.perf_counter() - self._begun) * 1000)
        self._ask()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.over.done():
            self.over.set_exception(SystemExit("the connection was closed"))


async def _load(port: int, requests: Sequence[bytes], expected: bytes, *, connections: int) -> Load:
    waiting, loop = iter(requests), asyncio.get_running_loop()
    begun = time.perf_counter()
    made = [
        await loop.create_connection(lambda: _Visitor(waiting, expected), "127.0.0.1", port) for _ in range(connections)
    ]
    await asyncio.gather(*(visitor.over for _, visitor in made))
    took_ms = [value for _, visitor in made for value in visitor.took_ms]
    return Load(len(took_ms) / (time.perf_counter() - begun), took_ms)


def load(port: int, requests: Sequence[bytes], expected: bytes, *, connections: int = CONNECTIONS) -> Load:
    """Ask all of it over so many connections at once, each the next when the last is answered."""
    return asyncio.run(_load(port, requests, expected, connections=connections))


class Gates:
    """A Leeward with one area, and nginx before a page; use it as a context manager."""

    def __enter__(self) -> Self:
        from tests.stage.ports import free_port

        self._stack = ExitStack()
        self._folder = Path(self._stack.enter_context(tempfile.TemporaryDirectory(prefix="leeward-age-")))
        self.port, self.nginx_port, self.bare_port = free_port(), free_port(), free_port()
        self.base_url = f"http://127.0.0.1:{self.port}"
        self._settle()
        self._start("web", [sys.executable, "-m", "leeward", "web", "--port", str(self.port)], self.port)
        self._start("worker", [sys.executable, "-m", "leeward", "worker"])
        self._start("sequencer", [sys.executable, "-m", "leeward", "sequencer"])
        self._start("bare", [sys.executable, "-c", _BARE, str(self.bare_port)], self.bare_port)
        self.has_nginx = self._start_nginx()
        return self

    def __exit__(self, *_: object) -> None:
        from django.db import connections

        connections.close_all()
        self._stack.close()

    def _settle(self) -> None:
        from tests.stage.processes import plain_environment

        ours = {
            "DJANGO_SETTINGS_MODULE": "leeward.site.settings",
            "LEEWARD_DATA_DIR": str(self._folder / "data"),
            "LEEWARD_SITE_URL": self.base_url,
            "LEEWARD_TRUSTED_PROXIES": "1",
        }
        self._env = plain_environment() | ours
        os.environ.update(ours)
        import django

        django.setup()
        from django.utils import timezone

        from leeward.age import services
        from leeward.age.levels import Kind, Level
        from leeward.site.management.commands import serve

        serve.prepare()
        at = timezone.now()
        site = services.add_site(slug="bench", name="Bench", callback=f"{ORIGIN}/_age/back", at=at)
        draft = services.RequirementDraft(NEED, "Adults", 18, None, Level.STANDARD, (Kind.VERIFICATION,))
        services.require(site, draft, actor="system", at=at)

    def _start(self, name: str, command: Sequence[str], port: int | None = None) -> None:
        from tests.stage.ports import is_open
        from tests.stage.processes import Process

        process = Process(name, command, env=self._env, log=self._folder / f"{name}.log")
        self._stack.callback(process.stop)
        if port is not None:
            process.wait_until(lambda: is_open(port), what=f"{name} answers")

    def _start_nginx(self) -> bool:
        from tests.test_age_gates import EXAMPLES, nginx_conf
        from tests.uploads_sites import nginx

        program, folder = nginx(), self._folder / "nginx"
        if program is None:
            print("not measured through nginx: it is not installed", file=sys.stderr)
            return False
        (folder / "pages" / "adults").mkdir(parents=True)
        (folder / "pages" / "adults" / "page.html").write_bytes(PAGE)
        lines = (EXAMPLES / "nginx.conf").read_text(encoding="utf-8")
        lines = lines.replace("https://leeward.example", self.base_url).replace("forum-adults", NEED)
        conf = nginx_conf(folder, self.nginx_port, lines)
        (folder / "conf").write_text(conf.replace("access_log off;", "access_log off; keepalive_requests 1000000;"))
        self._start("nginx", [str(program), "-c", str(folder / "conf")], self.nginx_port)
        return True

    def cookie(self, *, holder: str = "", at: datetime | None = None) -> str:
        """Return the cookie of one more visitor who showed an age."""
        from django.utils import timezone

        from leeward.age import gate, tokens
        from leeward.age.levels import Level

        nonce = secrets.token_urlsafe(16)
        token = tokens.issue(
            audience=ORIGIN,
            nonce=gate.digest(nonce),
            over=18,
            level=Level.STANDARD,
            at=at or timezone.now(),
            holder=holder,
        )
        return f"{gate.COOKIE}={nonce}.{token}"

    def direct(self, cookie: str) -> bytes:
        """Return what a proxy asks."""
        return f"GET /age/gate HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\nX-Age-Required: {NEED}\r\nCookie: {cookie}\r\n\r\n".encode()

    def through_nginx(self, cookie: str) -> bytes:
        """Return what a visitor asks."""
        return f"GET /adults/page.html HTTP/1.1\r\nHost: forum.example\r\nCookie: {cookie}\r\n\r\n".encode()


def figure(name: str, value: float, unit: str, *, goal: float | None, is_rate: bool = False) -> Figure:
    """Return one figure as every benchmark here prints it."""
    known = {"name": f"age.{name}", "value": round(value, 3), "unit": unit, "higher_is_better": is_rate}
    return known | {"goal": goal, "peer": None, "ratio": None}


def rates(gates: Gates, checks: int) -> Iterator[Figure]:
    """Measure how many checks one web process answers, beside a bare one of the same server that answers without looking."""
    known = [gates.direct(gates.cookie()) for _ in range(VISITORS)]
    asked = (known * (checks // VISITORS + 1))[:checks]
    load(gates.port, known, b"HTTP/1.1 204")
    ours = [load(gates.port, asked, b"HTTP/1.1 204") for _ in range(3)]
    bare = [load(gates.bare_port, asked, b"HTTP/1.1 204") for _ in range(3)]
    rate, bare_rate = (statistics.median(run.a_second for run in runs) for runs in (ours, bare))
    yield figure("gate.checks", rate, "checks/s", goal=RATE_GOAL, is_rate=True) | {
        "peer": "uvicorn answering 204 unseen",
        "ratio": round(rate / bare_rate, 3),
    }
    new = [gates.direct(gates.cookie()) for _ in range(NEW_VISITORS)]
    yield figure(
        "gate.checks_new", load(gates.port, new, b"HTTP/1.1 204").a_second, "checks/s", goal=None, is_rate=True
    )


def behind_nginx(gates: Gates, checks: int) -> Iterator[Figure]:
    """Measure a page behind nginx: with one visitor at a time, and with as many at once as the machine carries."""
    known = [gates.through_nginx(gates.cookie()) for _ in range(VISITORS)]
    asked = (known * (checks // VISITORS + 1))[:checks]
    load(gates.nginx_port, known, b"HTTP/1.1 200")
    for name, connections in (("one", 1), ("many", CONNECTIONS)):
        run = load(gates.nginx_port, asked, b"HTTP/1.1 200", connections=connections)
        yield figure(f"nginx.{name}.p95", run.p95_ms, "ms", goal=P95_GOAL_MS)
        yield figure(f"nginx.{name}.pages", run.a_second, "pages/s", goal=None, is_rate=True)


def revocations(gates: Gates, rounds: int) -> Iterator[Figure]:
    """Measure from the commit of a permit taken back, as a guardian's press does it, to the first refusal by nginx."""
    took_s = sorted(_until_refused(gates) for _ in range(rounds))
    yield figure("revoked.p50", statistics.median(took_s), "s", goal=None)
    yield figure("revoked.p95", statistics.quantiles(took_s, n=20)[-1], "s", goal=REVOKED_GOAL_S)


def _until_refused(gates: Gates) -> float:
    import httpx
    from django.utils import timezone

    from leeward.age.rules import permits

    subject, at = uuid4(), timezone.now()
    headers = {"Cookie": gates.cookie(holder=permits.holder(subject), at=at)}
    with httpx.Client(base_url=f"http://127.0.0.1:{gates.nginx_port}", headers=headers) as visitor:
        if visitor.get("/adults/page.html").status_code != 200:
            raise SystemExit("the visitor is not let in")
        permits.put(subject, (), until=at, actor="system", at=at)
        begun = time.perf_counter()
        while visitor.get("/adults/page.html").status_code == 200:
            if time.perf_counter() - begun > LONGEST_S:
                raise SystemExit("what was taken back still opens")
            time.sleep(0.02)
        return time.perf_counter() - begun


def measure(*, checks: int, rounds: int) -> Iterator[Figure]:
    """Yield every figure of the gates."""
    with Gates() as gates:
        yield from rates(gates, checks)
        if gates.has_nginx:
            yield from behind_nginx(gates, checks)
            yield from revocations(gates, rounds)
