"""Measure the desk: its queue when it is long, a burst of reports, the way to the provider's system, and that system's outages.

Usage: benchmarks/desk.py [--json] [--full] [--store sqlite|postgresql] [--cases 100000] [--burst 4000] [--decisions 40] [--items 12]
`leeward serve` runs with all its processes and everything is asked from outside: the page with a signed-in session, the API with
a person's key, the webhook at a server of ours. For an outage the clock is moved, that is, the times at which failed
deliveries are due; they fail and are tried as often as they would within it at the most. The peer, `@atproto/ozone` 0.4.2,
routes 100 reports a minute, so a burst of 4,000 takes it about 40 minutes; it is quoted, not run.
"""

from __future__ import annotations

import argparse
import base64
import http.client
import json
import multiprocessing
import os
import secrets
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from desk_stage import Provider, Stage, fill, item_cases, make_stage

ROOT = Path(__file__).parents[1]
CLIENTS, PAGES = 8, 100
OUTAGES_S = (1, 60, 3600)
OZONE_BURST_S = 40 * 60.0  # 4,000 reports at 100 a minute
GOALS = {"queue.page.p95": 150.0, "queue.api.p95": 150.0, "burst.visible.p95": 1000.0, "webhook.p95": 500.0}
ORDERS = ("remove", "label", "demote")

type Figure = tuple[str, float, str, float | None]


def percentile(values: Sequence[float], share: int) -> float:
    """Return the value that `share` percent do not exceed, by the nearest rank."""
    ranked = sorted(values)
    return ranked[min(len(ranked) - 1, -(-len(ranked) * share // 100) - 1)]


def queue_pages(stage: Stage, *, times: int) -> list[Figure]:
    """Open the queue's page in a browser's session, and its pages by the API, and return how long each took."""
    from leeward.site.demo import story
    from leeward.site.demo.stage import Ports

    person = story.Person(Ports(stage.port, 0, 0), username="cem", password=stage.password)
    taken: dict[str, list[float]] = defaultdict(list)
    after = ""
    for number in range(times + 5):
        begun = time.perf_counter()
        person.page("/desk/")
        between = time.perf_counter()
        after = stage.ask("cem", "GET", f"queue?after={after}")["next"] or ""
        if number >= 5:  # The first ones warm everything up.
            taken["queue.page"].append((between - begun) * 1000)
            taken["queue.api"].append((time.perf_counter() - between) * 1000)
    return [
        (f"{name}.{word}", percentile(values, share), "ms", GOALS.get(f"{name}.{word}"))
        for name, values in taken.items()
        for word, share in (("median", 50), ("p95", 95))
    ]


def send(port: int, count: int, queue: multiprocessing.Queue[dict[str, float]]) -> None:
    """Send so many reports from eight threads at once; put when each was sent into the queue."""
    sent: dict[str, float] = {}
    numbers = iter(range(count))

    def keep_sending() -> None:
        connection = http.client.HTTPConnection("localhost", port, timeout=120)
        for _ in numbers:
            page = f"https://forum.example/burst/{uuid.uuid4().hex}"
            body = {"reason": "danger", "page_url": page, "words": "Please come.", "language": "en"}
            headers = {"Content-Type": "application/json", "Idempotency-Key": str(uuid.uuid4())}
            sent[page] = time.time()
            connection.request("POST", "/api/v1/reports", json.dumps(body), headers)
            answer = connection.getresponse()
            answer.read()
            if answer.status != 201:
                raise SystemExit(f"a report was answered with {answer.status}")

    threads = [threading.Thread(target=keep_sending) for _ in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    queue.put(sent)


def burst(stage: Stage, *, count: int) -> list[Figure]:
    """Send a burst and watch the queue's own rows until every report has its case there; then page through the queue."""
    context = multiprocessing.get_context("spawn")
    queue: multiprocessing.Queue[dict[str, float]] = context.Queue()
    sending = context.Process(target=send, args=(stage.port, count, queue))
    begun = time.time()
    sending.start()
    seen = watch(count, within_s=600)
    sent = queue.get(timeout=600)
    sending.join()
    waits = [(seen[page] - at) * 1000 for page, at in sent.items()]
    if count and not set(sent) <= set(listed(stage, most=count)):
        raise SystemExit("the queue does not list every report of the burst")
    return [
        ("burst.visible.median", percentile(waits, 50), "ms", None),
        ("burst.visible.p95", percentile(waits, 95), "ms", GOALS["burst.visible.p95"]),
        ("burst.whole", max(seen.values()) - max(begun, min(sent.values())), "s", None),
    ]


def watch(count: int, *, within_s: float) -> dict[str, float]:
    """Return when each report of the burst was first seen with an open case, asking the database every 20 ms."""
    from leeward.cases.models import CaseReport
    from leeward.cases.states import UNDECIDED

    seen: dict[str, float] = {}
    last, stop_at = CaseReport.objects.order_by("-pk").values_list("pk", flat=True).first() or 0, time.time() + within_s
    while len(seen) < count and time.time() < stop_at:
        # A row with a lower number may be committed after one with a higher one, so a stretch is read again.
        joined = CaseReport.objects.filter(pk__gt=last - 500, case__state__in=UNDECIDED)
        rows = list(joined.values_list("pk", "report__page_url").order_by("pk"))
        at = time.time()
        for pk, page in rows:
            if "/burst/" in page:
                seen.setdefault(page, at)
            last = max(last, pk)
        time.sleep(0.02)
    if len(seen) < count:
        raise SystemExit(f"after {within_s:g} s only {len(seen)} of {count} reports had their case")
    return seen


def listed(stage: Stage, *, most: int) -> Iterator[str]:
    """Yield the addresses in the queue as the API lists them, most urgent first."""
    after, given = "", 0
    while after is not None and given < most:
        page = stage.ask("cem", "GET", f"queue?after={after}")
        for case in page["cases"]:
            given += 1
            yield case["about"]["page_url"]
        after = page["next"]


def decide(stage: Stage, case: str, measures: Sequence[str]) -> float:
    """Decide a case, with a second person where one is needed; return when the last word was said."""
    body = {"outcome": "against_terms", "category": "bullying", "ground": "Terms 4.2", "measures": list(measures)}
    said_at = time.perf_counter()
    decision = stage.ask("cem", "POST", f"cases/{case}/judge", body)
    if decision["state"] == "proposed":
        said_at = time.perf_counter()
        stage.ask("dan", "POST", f"decisions/{decision['uid']}/agree")
    return said_at


def to_webhook(stage: Stage, *, decisions: int) -> list[Figure]:
    """Decide one case after the other and return how long the provider's system waited for each order."""
    from tests.stage.waiting import until

    waits = []
    for item, case in item_cases([f"bench-{number}" for number in range(decisions + 3)]).items():

        def order(item: str = item) -> float | None:
            return next((at for at, data in stage.provider.orders() if data["subject"]["id"] == item), None)

        said_at = decide(stage, case, ["remove"])
        waits.append((until(order, within_s=60, what="the order") - said_at) * 1000)
    waits = waits[3:]  # The first ones warm everything up.
    return [
        ("webhook.median", percentile(waits, 50), "ms", None),
        ("webhook.p95", percentile(waits, 95), "ms", GOALS["webhook.p95"]),
    ]


def tries_within(outage_s: float) -> int:
    """Return how often a delivery is tried at the most while nobody listens for so long: with every wait the shortest."""
    from leeward.core import config, worker

    jobs, tries, waited_s = config.current().jobs, 1, 0.0
    while True:
        waited_s += worker.retry_wait_s(tries, first_s=jobs.retry_s, longest_s=jobs.retry_max_s, chance=0.0)
        if waited_s >= outage_s:
            return tries
        tries += 1


def outage(stage: Stage, seconds: int, *, items: int) -> list[Figure]:
    """Take the provider's system away, decide, let every try fail that falls into the outage, and bring it back."""
    from leeward.core.models import Delivery
    from tests.stage.waiting import until

    cases = item_cases([f"outage-{seconds}-{number}" for number in range(items)])
    mark = Delivery.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    orders = Delivery.objects.filter(task__endswith=".deliver_action", pk__gt=mark)
    before, wanted = len(stage.provider.orders()), items * len(ORDERS)
    stage.provider.down()
    for case in cases.values():
        decide(stage, case, ORDERS)
    until(lambda: orders.count() == wanted, within_s=60, what="the orders are owed")
    for tries in range(1, tries_within(seconds) + 1):
        until(partial(_tried, orders, tries), within_s=60, what=f"try {tries}")
        if tries < tries_within(seconds):
            _move_clock(orders)
    stage.provider.up()
    _move_clock(orders)
    until(lambda: not orders.filter(state__in=["owed", "running"]).exists(), within_s=120, what="nothing is owed")
    came: dict[str, list[int]] = defaultdict(list)
    for _, data in stage.provider.orders()[before:]:
        came[data["subject"]["id"]].append(data["sequence"])
    got = sum(len(sequence) for sequence in came.values())
    disordered = sum(sequence != sorted(sequence) for sequence in came.values())
    return [
        (f"outage.{seconds}s.delivered", 100.0 * got / wanted, "%", 100.0),
        (f"outage.{seconds}s.out_of_order", float(disordered), "items", 0.0),
    ]


def _tried(orders: Any, tries: int) -> bool:
    """True when the first order of each item failed so often, or was parked, which is when nobody tries it any more."""
    first: dict[str, bool] = {}
    for lane, attempts, state in orders.order_by("pk").values_list("lane", "attempts", "state"):
        first.setdefault(lane, state == "parked" or (state == "owed" and attempts >= tries))
    return all(first.values())


def _move_clock(orders: Any) -> None:
    """Make what failed due now, as if its wait were over."""
    from django.db import transaction
    from django.utils import timezone

    from leeward.core import wakeups

    with transaction.atomic():
        orders.filter(state="owed").update(due_at=timezone.now())
        wakeups.ring()


def measure(*, cases: int, reports: int, decisions: int, items: int) -> Iterator[Figure]:
    """Start Leeward on the store of the environment and yield each figure."""
    import django

    django.setup()
    from django.db import connections
    from intake import _answers

    from leeward.site.management.commands.serve import prepare
    from tests.stage.ports import free_port
    from tests.stage.waiting import until

    prepare()
    provider = Provider(free_port())
    stage = make_stage(int(os.environ["LEEWARD_SITE_URL"].rpartition(":")[2]), provider)
    begun = time.perf_counter()
    fill(cases)
    print(f"  {cases:,} cases opened in {time.perf_counter() - begun:.1f} s", file=sys.stderr)
    connections.close_all()
    command = [sys.executable, "-m", "leeward", "serve", "--no-prepare", "--port", str(stage.port)]
    with (Path(os.environ["LEEWARD_DATA_DIR"]) / "serve.log").open("wb") as out:
        serve = subprocess.Popen(command, stdout=out, stderr=out, env=os.environ | {"LEEWARD_DNS_PORT": "0"})
    provider.up()
    try:
        until(lambda: _answers(stage.port), within_s=300, what="the first answer")
        yield from queue_pages(stage, times=PAGES)
        yield from to_webhook(stage, decisions=decisions)
        for seconds in OUTAGES_S:
            yield from outage(stage, seconds, items=items)
        yield from burst(stage, count=reports)
    finally:
        provider.down()
        serve.terminate()
        serve.wait()


def one_store(store: str, options: argparse.Namespace) -> Iterator[dict[str, object]]:
    """Measure one store in a process of its own, because settings are read once."""
    from loop import database

    from tests.stage.ports import free_port

    with tempfile.TemporaryDirectory(prefix="leeward-bench-") as name, database(store) as url:
        environ = {key: value for key, value in os.environ.items() if not key.startswith("LEEWARD_")}
        environ |= {
            "DJANGO_SETTINGS_MODULE": "leeward.site.settings",
            "LEEWARD_DATA_DIR": str(Path(name) / "data"),
            "LEEWARD_SITE_URL": f"http://localhost:{free_port()}",
            "LEEWARD_MASTER_KEYS": "1:" + base64.b64encode(secrets.token_bytes(32)).decode(),
            "LEEWARD_REPORTS_PER_MINUTE": "10000000",
        }
        if url:
            environ["LEEWARD_DATABASE"] = url
        command = [sys.executable, __file__, "--inner", store]
        for word in ("cases", "burst", "decisions", "items"):
            command += [f"--{word}", str(getattr(options, word))]
        with subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, text=True) as inner:
            assert inner.stdout is not None
            yield from map(json.loads, inner.stdout)
        if inner.returncode:
            raise SystemExit(inner.returncode)


def figure(store: str, name: str, value: float, unit: str, goal: float | None) -> dict[str, object]:
    """Return one figure as a line of JSON has it."""
    is_peers = name == "burst.whole"
    return {
        "name": f"desk.{store}.{name}",
        "value": round(value, 1),
        "unit": unit,
        "higher_is_better": unit == "%",
        "goal": goal,
        "peer": "@atproto/ozone 0.4.2, measured elsewhere: 100 reports a minute" if is_peers else None,
        "ratio": round(OZONE_BURST_S / value, 1) if is_peers else None,
    }


def main() -> None:
    """Read the command line and measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--full", action="store_true", help="200 decisions and 100 items an outage")
    parser.add_argument("--store", choices=["sqlite", "postgresql"], action="append")
    parser.add_argument("--cases", type=int, default=100_000)
    parser.add_argument("--burst", type=int, default=4_000)
    parser.add_argument("--decisions", type=int, default=40)
    parser.add_argument("--items", type=int, default=12, help="items of the provider that each outage is about")
    parser.add_argument("--inner", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.full:
        options.decisions, options.items = 200, 100
    sys.path.insert(0, str(ROOT))
    if options.inner:
        sizes = {"cases": options.cases, "reports": options.burst}
        for found in measure(**sizes, decisions=options.decisions, items=options.items):
            print(json.dumps(figure(options.inner, *found)), flush=True)
        return
    for store in options.store or ["sqlite", "postgresql"]:
        print(f"{store}:", file=sys.stderr)
        for row in one_store(store, options):
            words = f"goal {row['goal']:g}" if row["goal"] is not None else ""
            print(
                json.dumps(row) if options.json else f"{row['name']!s:44} {row['value']:>9} {row['unit']!s:6} {words}"
            )


if __name__ == "__main__":
    main()
