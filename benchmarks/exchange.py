"""Measure the exchange: how soon partners have a sign and its withdrawal, how fast one pulls everything, and what gets lost.

Usage: benchmarks/exchange.py [--json] [--full] [--store sqlite|postgresql] [--objects 100000]
20 partners in two processes, 150 changes at 10 a second, every tenth a withdrawal: once by the bell and a GET, once by
`taxii2-client` that polls each second. Then one reads everything from the beginning. On PostgreSQL, 8 writers hold their
transactions open while one polls. A real web process and sequencer; --full adds PostgreSQL and 1,000,000 objects.
"""

from __future__ import annotations

import argparse
import base64
import contextlib
import json
import os
import random
import secrets
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
READERS, PROCESSES = 20, 2
CHANGES, PER_S, WITHDRAWN_EACH = 150, 10.0, 10
SETTLE_S = 5.0  # The last change is waited for so long.
GOALS_S = {"bell": 0.5, "poll": 2.0}
PULL_PER_S, GROWTH_MB = 20_000.0, 50.0
WRITERS, WRITES = 8, 60
OPEN_S = 0.02
PAGE = 2000  # Objects of a page: as many as the server gives at most.

type Figure = dict[str, object]


def figure(name: str, value: float, unit: str, *, goal: float | None, higher: bool = False) -> Figure:
    """Return one figure as every benchmark here prints it."""
    known = {"name": f"exchange.{name}", "value": round(value, 3), "unit": unit, "higher_is_better": higher}
    return known | {"goal": goal, "peer": None, "ratio": None}


def partners(count: int) -> list[str]:
    """Make active partners that may see everything, and return their keys."""
    from django.utils import timezone

    from leeward.core import machines
    from leeward.core.models import ApiKey, Organisation
    from leeward.exchange.partners import services
    from leeward.exchange.partners.models import Partner
    from leeward.exchange.sharing import services as sharing

    at, keys = timezone.now(), []
    sharing.share_everything(at=at)
    for number in range(count):
        slug = f"partner-{number}"
        organisation = Organisation.objects.create(slug=slug, name=slug, kind=Organisation.Kind.PROVIDER)
        services.take_part(organisation, at=at)
        keys.append(machines.make_key(organisation, scopes=[ApiKey.Scope.EXCHANGE], at=at))
    Partner.objects.update(rate_per_minute=1_000_000)
    return keys


def publish(source: str, *, count: int = 1) -> list[str]:
    """Publish made-up signs and return their ids in STIX."""
    from django.utils import timezone

    from leeward.indicators import services
    from leeward.indicators.models import Category, Kind

    signs = [services.Sign(Kind.SHA256, secrets.token_hex(32), Category.OTHER) for _ in range(count)]
    rows = services.publish(signs, source=source, actor="system", at=timezone.now())
    return [f"indicator--{row.uid}" for row in rows]


def changes(way: str) -> dict[tuple[str, bool], float]:
    """Publish at an even pace, withdraw every tenth time what came just before, and return when each change began."""
    from django.utils import timezone

    from leeward.indicators import services

    begun, began, last = time.time(), {}, ""
    for number in range(CHANGES):
        time.sleep(max(0.0, begun + number / PER_S - time.time()))
        now = time.time()
        if number % WITHDRAWN_EACH == WITHDRAWN_EACH - 1:
            services.revoke(source=f"benchmark:{way}:{number - 1}", actor="system", at=timezone.now())
            began[last, True] = now
        else:
            [last] = publish(f"benchmark:{way}:{number}")
            began[last, False] = now
    return began


@contextlib.contextmanager
def readers(way: str, door: str, keys: list[str]) -> Iterator[list[list[Any]]]:
    """Run the readers beside the block; afterwards the list holds what arrived."""
    command = [sys.executable, str(ROOT / "benchmarks" / "exchange_readers.py"), way, door]
    share = len(keys) // PROCESSES
    running = [
        subprocess.Popen(
            [*command, *keys[start : start + share]], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for start in range(0, len(keys), share)
    ]
    arrived: list[list[Any]] = []
    try:
        yield arrived
        for number, process in enumerate(running):
            told, _ = process.communicate("stop\n", timeout=60)
            arrived += [[(number, reader), *rest] for reader, *rest in json.loads(told)]
    finally:
        for process in running:
            process.kill()
            process.wait()


def propagation(way: str, door: str, keys: list[str]) -> Iterator[Figure]:
    """Measure how soon additions and withdrawals are with everybody."""
    with readers(way, door, keys) as arrived:
        time.sleep(SETTLE_S)
        began = changes(way)
        time.sleep(SETTLE_S)
    soonest: dict[tuple[Any, str, bool], float] = {}
    for reader, oid, is_withdrawal, at in arrived:
        if (oid, is_withdrawal) in began:
            key = (reader, oid, is_withdrawal)
            soonest[key] = min(soonest.get(key, at), at)
    delivered, all_of_them = len(soonest), len(began) * len(keys)
    yield figure(f"{way}.delivered", delivered, "deliveries", goal=all_of_them, higher=True)
    for what, wanted in (("add", False), ("withdrawal", True)):
        waits = sorted(
            at - began[oid, is_withdrawal] for (_, oid, is_withdrawal), at in soonest.items() if is_withdrawal is wanted
        )
        p95 = waits[-(-len(waits) * 95 // 100) - 1] if waits else float("inf")
        yield figure(f"{way}.{what}.p95", p95, "s", goal=GOALS_S[way])


def memory_mb(pid: int, name: str) -> float:
    """Return a line of the process's status, such as VmHWM, its peak; 0 where there is no such thing."""
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith(f"{name}:"):
                return int(line.split()[1]) / 1024
    return 0.0


def full_pull(door: str, key: str, *, pid: int, objects: int) -> Iterator[Figure]:
    """Measure one reader that reads everything, and by how much the server grows while it does."""
    import httpx
    from django.utils import timezone

    from leeward.core import sequencer
    from leeward.exchange.shelf import shelving

    begun = time.perf_counter()
    for number in range(-(-objects // PAGE)):
        publish(f"benchmark:many:{number}", count=min(PAGE, objects - number * PAGE))
        while sequencer.stamp(at=timezone.now()):
            pass
        shelving.catch_up()
    print(f"  {objects:,} objects written in {time.perf_counter() - begun:.0f} s", file=sys.stderr)
    headers = {"Authorization": f"Bearer {key}", "Accept": "application/taxii+json;version=2.1"}
    query, seen, before = {"limit": str(PAGE), "match[version]": "all"}, 0, 0.0
    with httpx.Client(headers=headers, timeout=120) as client:
        begun = time.perf_counter()
        for number in range(10 * objects):
            envelope = client.get(f"{door}objects/", params=query).raise_for_status().json()
            seen += len(envelope.get("objects", []))
            if number == 1:  # Two pages are in memory at a time: what they need is no growth.
                before = memory_mb(pid, "VmHWM")
            if not envelope.get("more"):
                break
            query["next"] = envelope["next"]
        taken_s = time.perf_counter() - begun
    if seen < objects:
        raise SystemExit(f"only {seen} of {objects} objects came")
    yield figure("pull.objects", seen / taken_s, "objects/s", goal=PULL_PER_S, higher=True)
    yield figure("pull.memory", memory_mb(pid, "VmHWM") - before, "MB", goal=GROWTH_MB)


def write_slowly(source: str, written: list[str]) -> None:
    """Publish in transactions that stay open for a while, as a writer with much to do has them."""
    from django.db import connection, transaction

    for number in range(WRITES):
        with transaction.atomic():
            written += publish(f"{source}:{number}")
            time.sleep(random.random() * OPEN_S)
    connection.close()


def lost(door: str, key: str) -> Iterator[Figure]:
    """Measure what a poller misses while 8 writers hold transactions open, and what one misses who follows row numbers."""
    import httpx
    from django.db import connection

    from leeward.indicators.models import Indicator

    written: list[str] = []
    over = threading.Event()
    polled, followed = set[str](), set[str]()

    def poll(query: dict[str, str], client: httpx.Client) -> None:
        answer = client.get(f"{door}objects/", params=query).raise_for_status()
        found = answer.json().get("objects", [])
        polled.update(one["id"] for one in found)
        if found:
            query["added_after"] = answer.headers["X-TAXII-Date-Added-Last"]

    def by_taxii() -> None:
        headers = {"Authorization": f"Bearer {key}", "Accept": "application/taxii+json;version=2.1"}
        query = {"limit": str(PAGE), "match[version]": "all"}
        with httpx.Client(headers=headers, timeout=60) as client:
            while not over.is_set():
                poll(query, client)
            time.sleep(1)  # The sequencer comes after the writers.
            for _ in range(1000):
                before = query.get("added_after")
                poll(query, client)
                if query.get("added_after") == before:
                    return

    def by_row_number() -> None:
        last, is_last = 0, False
        while not is_last:
            is_last = over.is_set()
            for pk, uid in Indicator.objects.filter(pk__gt=last).order_by("pk").values_list("pk", "uid"):
                last = pk
                followed.add(f"indicator--{uid}")
        connection.close()

    watching = [threading.Thread(target=by_taxii), threading.Thread(target=by_row_number)]
    writing = [threading.Thread(target=write_slowly, args=(f"benchmark:writer-{n}", written)) for n in range(WRITERS)]
    for thread in (*watching, *writing):
        thread.start()
    for thread in writing:
        thread.join()
    over.set()
    for thread in watching:
        thread.join()
    naive = len(set(written) - followed)
    if not naive:
        print("  nothing was lost by row numbers either: this run proves nothing", file=sys.stderr)
    yield figure("writers.lost", len(set(written) - polled), f"of {len(written)}", goal=0) | {"peer": naive}


def measure(store: str, *, objects: int) -> Iterator[Figure]:
    """Start a Leeward on the store in the environment and measure everything there."""
    import django

    django.setup()
    from leeward.exchange.taxii.api import COLLECTION_ID
    from tests.stage.leeward import Leeward, Role

    url = os.environ.get("LEEWARD_DATABASE") or None
    names = ("LEEWARD_MASTER_KEYS", "LEEWARD_SITE_URL")
    leeward = Leeward(Path(os.environ["LEEWARD_DATA_DIR"]), url, {name: os.environ[name] for name in names})
    leeward.prepare()
    keys = partners(READERS)
    door = f"{leeward.base_url}/taxii2/api/collections/{COLLECTION_ID}/"
    try:
        leeward.start(Role.SEQUENCER)
        web = leeward.start(Role.WEB)
        for way in ("bell", "poll"):
            yield from propagation(way, door, keys)
        if store == "postgresql":
            yield from lost(door, keys[0])
        yield from full_pull(door, keys[0], pid=web.pid, objects=objects)
    finally:
        leeward.stop()


@contextlib.contextmanager
def database(store: str) -> Iterator[str]:
    """Yield the address of an empty database of a store."""
    if store == "sqlite":
        yield ""
        return
    from tests.stage import postgres

    server = postgres.started()
    try:
        yield server.url(server.new_database())
    finally:
        server.close()


def one_store(store: str, *, objects: int) -> list[Figure]:
    """Measure one store in a process of its own, because settings are read once."""
    with tempfile.TemporaryDirectory(prefix="leeward-bench-") as name, database(store) as url:
        environ = {key: value for key, value in os.environ.items() if not key.startswith("LEEWARD_")}
        environ |= {
            "DJANGO_SETTINGS_MODULE": "leeward.site.settings",
            "LEEWARD_DATA_DIR": str(Path(name) / "data"),
            "LEEWARD_SITE_URL": "http://localhost:8000",
            "LEEWARD_MASTER_KEYS": "1:" + base64.b64encode(secrets.token_bytes(32)).decode(),
        }
        if url:
            environ["LEEWARD_DATABASE"] = url
        command = [sys.executable, __file__, "--inner", store, "--objects", str(objects)]
        done = subprocess.run(command, env=environ, stdout=subprocess.PIPE, text=True, check=False)
        if done.returncode:
            raise SystemExit(done.returncode)
        return [json.loads(line) for line in done.stdout.splitlines()]


def table(rows: list[Figure]) -> None:
    """Print what was measured as a table."""
    for row in rows:
        goal = "" if row["goal"] is None else f"{'>=' if row['higher_is_better'] else '<='} {row['goal']:,}"
        peer = "" if row["peer"] is None else f"by row numbers: {row['peer']}"
        print(f"{row['name']!s:42} {row['value']:>14,} {row['unit']!s:12} {goal:14} {peer}")


def main() -> None:
    """Read the command line and measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--full", action="store_true", help="PostgreSQL as well, and 1,000,000 objects")
    parser.add_argument("--store", choices=["sqlite", "postgresql"], action="append")
    parser.add_argument("--objects", type=int, default=100_000)
    parser.add_argument("--inner", help=argparse.SUPPRESS)
    options = parser.parse_args()
    sys.path.insert(0, str(ROOT))
    if options.inner:
        for row in measure(options.inner, objects=options.objects):
            name = str(row["name"]).replace("exchange.", f"exchange.{options.inner}.", 1)
            print(json.dumps(row | {"name": name}), flush=True)
        return
    objects = 1_000_000 if options.full else options.objects
    rows: list[Figure] = []
    for store in options.store or (["sqlite", "postgresql"] if options.full else ["sqlite"]):
        print(f"{store}:", file=sys.stderr)
        rows += one_store(store, objects=objects)
    if options.json:
        for row in rows:
            print(json.dumps(row))
    else:
        table(rows)


if __name__ == "__main__":
    main()
