"""Measure the loop: from a decision to each of its four effects, and from its reversal, with many signs held.

Usage: benchmarks/loop.py [--json] [--store sqlite|postgresql] [--signs 200000] [--decisions 50] [--uploads 0]
With --uploads 1000, so many pictures are screened beside it, evenly over the decisions.
Everything is asked from outside: the provider's upload door, the resolver over UDP, `taxii2-client`, the provider's own state.
"""

from __future__ import annotations

import argparse
import base64
import contextlib
import json
import os
import secrets
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
GOAL_MS = {"p95": 500.0, "max": 2000.0}
UPLOADS_PER_S = 20.0
SLUGS = {
    "upload of a changed copy": "upload",
    "host name at the resolver": "resolver",
    "TAXII 2.1 client": "taxii",
    "provider's own system": "webhook",
}


def picture(number: int) -> bytes:
    """Draw a picture that no other number gives, with enough detail in it for a perceptual hash that stands re-encoding."""
    import io

    import numpy as np
    from PIL import Image

    chance = np.random.default_rng(number)
    coarse = chance.integers(0, 255, size=(24, 32, 3), dtype=np.uint8)
    out = io.BytesIO()
    Image.fromarray(coarse).resize((640, 480), Image.Resampling.BICUBIC).save(out, "JPEG", quality=90)
    return out.getvalue()


def hold(count: int) -> None:
    """Publish `count` made-up signs: three in five perceptual hashes, one in five digests, one in five host names."""
    from django.utils import timezone

    from leeward.core import sequencer
    from leeward.indicators import services
    from leeward.indicators.models import Category, Kind

    def value(kind: Kind, number: int) -> str:
        if kind is Kind.DOMAIN:
            return f"host-{number}.held.example"
        return secrets.token_hex(32)

    kinds = [Kind.PDQ, Kind.PDQ, Kind.PDQ, Kind.SHA256, Kind.DOMAIN]
    signs = (services.Sign(kinds[n % 5], value(kinds[n % 5], n), Category.OTHER) for n in range(count))
    services.import_signs(signs, source="import:benchmark", actor="system", at=timezone.now())
    while sequencer.stamp(at=timezone.now()):
        pass


@contextlib.contextmanager
def screening(count: int, *, site_url: str, key: str, per_s: float) -> Iterator[None]:
    """Ask about `count` pictures beside what the block does, `per_s` a second, and wait for the last at its end."""
    import httpx

    pictures = [picture(100_000 + number) for number in range(20)]
    answers: dict[str, int] = {}

    def ask() -> None:
        headers = {"Authorization": f"Bearer {key}", "Content-Type": "image/jpeg"}
        begun = time.perf_counter()
        with httpx.Client(headers=headers, timeout=60) as client:
            for number in range(count):
                time.sleep(max(0.0, begun + number / per_s - time.perf_counter()))
                answer = client.post(f"{site_url}/api/v1/screen", content=pictures[number % 20]).json()["answer"]
                answers[answer] = answers.get(answer, 0) + 1

    thread = threading.Thread(target=ask)
    thread.start()
    yield
    thread.join()
    if count:
        print(f"  uploads screened beside it: {answers}", file=sys.stderr)


def measure(*, signs: int, decisions: int, uploads: int) -> dict[tuple[str, str], list[float]]:
    """Run the loop `decisions` times against the store in the environment; return milliseconds by step and effect."""
    import django

    django.setup()
    from leeward.site.demo import effects, stage, story
    from leeward.site.management.commands.serve import prepare
    from tests.stage.ports import free_port

    ports = stage.Ports(int(os.environ["LEEWARD_SITE_URL"].rpartition(":")[2]), free_port(), free_port())
    prepare()
    cast = stage.make_cast(provider_url=f"http://localhost:{ports.provider}")
    begun = time.perf_counter()
    hold(signs)
    print(f"  {signs:,} signs published in {time.perf_counter() - begun:.1f} s", file=sys.stderr)
    found: dict[tuple[str, str], list[float]] = {}
    site_url = os.environ["LEEWARD_SITE_URL"]
    with (
        stage.running(ports, cast),
        screening(uploads, site_url=site_url, key=cast.provider_key, per_s=UPLOADS_PER_S),
    ):
        reviewer = story.Person(ports, username="reviewer", password=cast.password)
        second = story.Person(ports, username="second-reviewer", password=cast.password)
        for number in range(decisions + 1):
            item, host, jpeg = f"bench-{number}", f"bench-{number}.example", picture(number)
            effects.publish_item(ports, item=item, jpeg=jpeg)
            outside = effects.Outside(ports, cast, item=item, picture=jpeg, host=host).effects()
            for effect in outside:
                effect.in_force()  # Opens each connection, and shows that nothing is in force before.
            story.file_report(ports, item=item, host=host)
            case = story.case_path(reviewer, item=item)
            story.propose(reviewer, case, host=host)
            decision = story.decision(second, case)
            for step, verb, lifted in (("decision", "agree", False), ("reversal", "reverse", True)):
                seen = effects.watch(outside, lifted=lifted, since=second.press(f"{decision}{verb}", page=case))
                if number:  # The first one warms everything up.
                    for one in seen:
                        if one.after_ms is None:
                            raise SystemExit(f"{one.name}: {one.what}")
                        found.setdefault((step, SLUGS[one.name]), []).append(one.after_ms)
    return found


def figures(store: str, found: dict[tuple[str, str], list[float]]) -> Iterator[dict[str, object]]:
    """Yield one figure a line for each step, effect and share."""
    for (step, effect), values in found.items():
        ranked = sorted(values)
        shares = {
            "median": statistics.median(ranked),
            "p95": ranked[min(len(ranked) - 1, -(-len(ranked) * 95 // 100) - 1)],
            "max": ranked[-1],
        }
        for share, value in shares.items():
            yield {
                "name": f"loop.{store}.{step}.{effect}.{share}",
                "value": round(value, 1),
                "unit": "ms",
                "higher_is_better": False,
                "goal": GOAL_MS.get(share),
                "peer": None,
                "ratio": None,
            }


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


def one_store(store: str, *, signs: int, decisions: int, uploads: int) -> list[dict[str, object]]:
    """Measure one store in a process of its own, because settings are read once."""
    from tests.stage.ports import free_port

    with tempfile.TemporaryDirectory(prefix="leeward-bench-") as name, database(store) as url:
        environ = {key: value for key, value in os.environ.items() if not key.startswith("LEEWARD_")}
        environ |= {
            "DJANGO_SETTINGS_MODULE": "leeward.site.settings",
            "LEEWARD_DATA_DIR": str(Path(name) / "data"),
            "LEEWARD_SITE_URL": f"http://localhost:{free_port()}",
            "LEEWARD_MASTER_KEYS": "1:" + base64.b64encode(secrets.token_bytes(32)).decode(),
            "LEEWARD_REPORTS_PER_MINUTE": "100000",
        }
        if url:
            environ["LEEWARD_DATABASE"] = url
        command = [sys.executable, __file__, "--inner", store, "--signs", str(signs), "--decisions", str(decisions)]
        command += ["--uploads", str(uploads)]
        done = subprocess.run(command, env=environ, stdout=subprocess.PIPE, text=True, check=False)
        if done.returncode:
            raise SystemExit(done.returncode)
        return [json.loads(line) for line in done.stdout.splitlines()]


def table(rows: list[dict[str, object]]) -> None:
    """Print what was measured as a table."""
    print(f"{'figure':44} {'ms':>9}   goal")
    for row in rows:
        goal = f"<= {row['goal']:g}" if row["goal"] else ""
        print(f"{row['name']!s:44} {row['value']:>9}   {goal}")


def main() -> None:
    """Read the command line and measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--full", action="store_true", help="200 decisions a store")
    parser.add_argument("--store", choices=["sqlite", "postgresql"], action="append")
    parser.add_argument("--signs", type=int, default=200_000)
    parser.add_argument("--decisions", type=int, default=50)
    parser.add_argument("--uploads", type=int, default=0, help="pictures screened beside it")
    parser.add_argument("--inner", help=argparse.SUPPRESS)
    options = parser.parse_args()
    sys.path.insert(0, str(ROOT))
    decisions = 200 if options.full else options.decisions
    if options.inner:
        for figure in figures(
            options.inner, measure(signs=options.signs, decisions=decisions, uploads=options.uploads)
        ):
            print(json.dumps(figure))
        return
    rows = []
    for store in options.store or ["sqlite", "postgresql"]:
        print(f"{store}:", file=sys.stderr)
        rows += one_store(store, signs=options.signs, decisions=decisions, uploads=options.uploads)
    if options.json:
        for row in rows:
            print(json.dumps(row))
    else:
        table(rows)


if __name__ == "__main__":
    main()
