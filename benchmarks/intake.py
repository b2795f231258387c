"""Measure how many reports a second are received durably over HTTP, and how soon each has its case.

Usage: benchmarks/intake.py [--json] [--full] [--store sqlite|postgresql] [--seconds 12] [--warm 10000]
`leeward serve` runs with all its processes; eight clients in a process of their own ask as fast as they are answered, without
and with a picture of 100 KB. Everything acknowledged is looked for in the database afterwards. The peer, `@atproto/ozone`
0.4.2, took 109 to 153 reports a second on a machine of this kind; it is quoted, not run.
"""

from __future__ import annotations

import argparse
import base64
import http.client
import io
import json
import multiprocessing
import os
import secrets
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from pathlib import Path

ROOT = Path(__file__).parents[1]
CLIENTS = 8
PICTURE_BYTES = 100_000
OZONE_PER_S = 131.0  # the middle of 109 to 153
GOALS = {"plain": 500.0, "picture": 100.0, "p95": 50.0}


def picture(number: int) -> bytes:
    """Draw a JPEG of about 100 KB that no other number gives."""
    import numpy as np
    from PIL import Image

    noise = np.random.default_rng(number).integers(0, 255, size=(90, 120, 3), dtype=np.uint8)
    out = io.BytesIO()
    Image.fromarray(noise).resize((800, 600), Image.Resampling.BICUBIC).save(out, "JPEG", quality=70)
    return out.getvalue()


def body(number: int, *, image: str) -> bytes:
    """Write what the button sends; `image` is a picture in base64, or empty."""
    report: dict[str, object] = {
        "reason": "bothers",
        "nature": "bullying",
        "page_url": f"https://forum.example/talk/{uuid.uuid4().hex}",
        "words": f"They say mean things to me, number {number}.",
        "band": "10-12",
        "language": "en",
        "surroundings": {"time_zone": "Asia/Ulaanbaatar", "browser": "Firefox 150"},
    }
    if image:
        report["pictures"] = [{"kind": "capture", "data": image}]
    return json.dumps(report).encode()


def ask(port: int, seconds: float, images: list[str], queue: multiprocessing.Queue[tuple[float, list[float]]]) -> None:
    """Send reports from eight threads for so long; put the seconds it took and the milliseconds of each into the queue."""
    taken: list[float] = []
    begun = time.perf_counter()
    stop_at = begun + seconds

    def keep_asking(client: int) -> None:
        connection = http.client.HTTPConnection("localhost", port, timeout=60)
        mine: list[float] = []
        number = client
        while (sent_at := time.perf_counter()) < stop_at:
            headers = {"Content-Type": "application/json", "Idempotency-Key": str(uuid.uuid4())}
            image = images[number % len(images)] if images else ""
            connection.request("POST", "/api/v1/reports", body(number, image=image), headers)
            answer = connection.getresponse()
            text = answer.read()
            if answer.status != 201:
                raise SystemExit(f"a report was answered with {answer.status}: {text[:200]!r}")
            mine.append((time.perf_counter() - sent_at) * 1000)
            number += CLIENTS
        taken.extend(mine)

    threads = [threading.Thread(target=keep_asking, args=(client,)) for client in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    queue.put((time.perf_counter() - begun, taken))


def warm(count: int) -> None:
    """Receive `count` reports with their cases, many in one transaction and with nothing owed: only their presence matters."""
    from django.db import transaction
    from django.utils import timezone

    from leeward.core.models import Delivery
    from leeward.reports import services
    from leeward.reports.models import Channel, Reason

    for start in range(0, count, 500):
        with transaction.atomic():
            for number in range(start, min(count, start + 500)):
                draft = services.Draft(Reason.SCARES, Channel.BUTTON, page_url=f"https://old.example/{number}")
                services.receive(draft, at=timezone.now())
    Delivery.objects.filter(state="owed").update(state="done", finished_at=timezone.now())


def measure(*, seconds: float, warm_reports: int) -> list[tuple[str, float, str, float | None]]:
    """Start Leeward on the store of the environment and ask; return name, value, unit and goal of each figure."""
    import django

    django.setup()
    from django.db import connections

    from leeward.reports.models import Report
    from leeward.site.management.commands.serve import prepare
    from tests.stage.waiting import until

    prepare()
    warm(warm_reports)
    port = int(os.environ["LEEWARD_SITE_URL"].rpartition(":")[2])
    command = [sys.executable, "-m", "leeward", "serve", "--no-prepare", "--port", str(port)]
    log = Path(os.environ["LEEWARD_DATA_DIR"]) / "serve.log"
    with log.open("wb") as out:
        serve = subprocess.Popen(command, stdout=out, stderr=out, env=os.environ | {"LEEWARD_DNS_PORT": "0"})
    try:
        until(lambda: _answers(port), within_s=120, what="the first answer")
        found: list[tuple[str, float, str, float | None]] = []
        # What was received beforehand is stamped and followed first, or that would be measured.
        until(_is_settled, within_s=600, what="nothing is owed and every record has its position")
        time.sleep(3)
        images = [base64.b64encode(picture(number)).decode() for number in range(16)]
        for kind, some in (("plain", []), ("picture", images)):
            connections.close_all()
            run(port, 3, some)
            before = Report.objects.count()
            took_s, taken = run(port, seconds, some)
            ranked = sorted(taken)
            lost = before + len(taken) - Report.objects.count()
            found += [
                (f"{kind}.rate", len(taken) / took_s, "reports/s", GOALS[kind]),
                (f"{kind}.median", statistics.median(ranked), "ms", None),
                (f"{kind}.p95", ranked[min(len(ranked) - 1, -(-len(ranked) * 95 // 100) - 1)], "ms", GOALS["p95"]),
                (f"{kind}.lost", float(lost), "reports", 0.0),
            ]
            if kind == "plain":
                begun = time.perf_counter()
                until(_is_settled, within_s=600, what="nothing is owed any more")
                settled_s = took_s + time.perf_counter() - begun
                found.append((f"{kind}.settled", len(taken) / settled_s, "reports/s", None))
        return found
    finally:
        serve.terminate()
        serve.wait()


def _is_settled() -> bool:
    from leeward.core.models import Delivery, Record

    return not (Delivery.objects.filter(state="owed").exists() or Record.objects.filter(position=None).exists())


def run(port: int, seconds: float, images: list[str]) -> tuple[float, list[float]]:
    """Ask from another process and return the seconds it took and the milliseconds of each answer."""
    context = multiprocessing.get_context("spawn")
    queue: multiprocessing.Queue[tuple[float, list[float]]] = context.Queue()
    asking = context.Process(target=ask, args=(port, seconds, images, queue))
    asking.start()
    answer = queue.get(timeout=seconds + 120)
    asking.join()
    return answer


def _answers(port: int) -> bool:
    connection = http.client.HTTPConnection("localhost", port, timeout=2)
    try:
        connection.request("GET", "/health/live")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


def one_store(store: str, *, seconds: float, warm_reports: int) -> list[dict[str, object]]:
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
            "LEEWARD_WEB_PROCESSES": "2",
            "LEEWARD_CHAT_LAYER": "redis://127.0.0.1:9/0",  # Nobody chats here.
        }
        if url:
            environ["LEEWARD_DATABASE"] = url
        command = [sys.executable, __file__, "--inner", store, "--seconds", str(seconds), "--warm", str(warm_reports)]
        done = subprocess.run(command, env=environ, stdout=subprocess.PIPE, text=True, check=False)
        if done.returncode:
            raise SystemExit(done.returncode)
        return [json.loads(line) for line in done.stdout.splitlines()]


def _figure(store: str, name: str, value: float, unit: str, goal: float | None) -> dict[str, object]:
    is_rate = unit == "reports/s"
    return {
        "name": f"intake.{store}.{name}",
        "value": round(value, 1),
        "unit": unit,
        "higher_is_better": is_rate,
        "goal": goal,
        "peer": "@atproto/ozone 0.4.2, measured elsewhere: 109 to 153/s" if name == "plain.rate" else None,
        "ratio": round(value / OZONE_PER_S, 1) if name == "plain.rate" else None,
    }


def main() -> None:
    """Read the command line and measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--full", action="store_true", help="a minute for each figure")
    parser.add_argument("--store", choices=["sqlite", "postgresql"], action="append")
    parser.add_argument("--seconds", type=float, default=12.0)
    parser.add_argument("--warm", type=int, default=10_000)
    parser.add_argument("--inner", help=argparse.SUPPRESS)
    options = parser.parse_args()
    sys.path.insert(0, str(ROOT))
    seconds = 60.0 if options.full else options.seconds
    if options.inner:
        for name, value, unit, goal in measure(seconds=seconds, warm_reports=options.warm):
            print(json.dumps(_figure(options.inner, name, value, unit, goal)))
        return
    for store in options.store or ["sqlite", "postgresql"]:
        print(f"{store}:", file=sys.stderr)
        for row in one_store(store, seconds=seconds, warm_reports=options.warm):
            words = f"goal {row['goal']:g}" if row["goal"] is not None else ""
            print(
                json.dumps(row) if options.json else f"{row['name']!s:44} {row['value']:>9} {row['unit']!s:10} {words}"
            )


if __name__ == "__main__":
    main()
