"""Measure one question over HTTP: a 2-megapixel JPEG against 1,000,000 signs, on one worker.

Usage: benchmarks/screen.py [--json] [--full] [--signs 1000000] [--seconds 20]
The worker (`leeward web`) is pinned to one core and whoever asks to another, where there are two. The peer is HMA 1.1.7
(OpenMediaMatch) of the same task, measured once on a machine of this kind with one gunicorn worker: 13.5 pictures a second.
Beside it, in this run and on the same core, what `threatexchange` needs for the hash alone, without HTTP and without a look-up.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import secrets
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).parents[1]
HMA_PER_S = 13.5  # POST of a 2-megapixel photograph to HMA's /m/lookup, 1,000,000 hashes, one worker
GOALS = {"rate": 8 * HMA_PER_S, "p95": 60.0, "memory": 250.0}
PICTURES = 24
ASKING = 2


def jpeg(number: int) -> bytes:
    """Draw a picture of 2 megapixels with detail at every scale, as a photograph has; about 600 KB."""
    import numpy as np
    from PIL import Image

    chance = np.random.default_rng(number)
    picture = np.zeros((1224, 1632, 3), dtype=np.float32)
    for cells, strength in ((6, 60.0), (24, 40.0), (96, 20.0), (400, 9.0)):
        coarse = chance.normal(0, strength, (cells * 3 // 4, cells, 3)).astype(np.float32)
        layers = [
            Image.fromarray(coarse[..., layer]).resize((1632, 1224), Image.Resampling.BICUBIC) for layer in range(3)
        ]
        picture += np.stack([np.asarray(layer) for layer in layers], axis=-1)
    out = io.BytesIO()
    Image.fromarray((picture + 128).clip(0, 255).astype(np.uint8)).save(out, "JPEG", quality=88)
    return out.getvalue()


def hold(count: int, known: list[str]) -> None:
    """Write `count` signs and their changes straight into SQLite's tables: publishing them one by one would take minutes."""
    from django.db import connection, transaction
    from django.utils import timezone

    from leeward.core import facts, sequencer
    from leeward.indicators import events

    at = timezone.now()
    values = known + [secrets.token_hex(32) for _ in range(count - len(known))]
    fields = "id, uid, kind, value, category, severity, legality, confidence, reviews, tlp, source, state"
    times = "valid_from, created_at, modified_at"
    with transaction.atomic(), connection.cursor() as cursor:
        fact = events.IndicatorsPublished("import:benchmark", count)
        record = facts.announce(fact, actor="system", at=at, span=count)
        cursor.executemany(
            f"INSERT INTO indicators_indicator ({fields}, {times}) VALUES "
            "(%s, %s, 'pdq', %s, 'other', 2, '[]', 80, 1, 'amber', 'import:benchmark', 'active', %s, %s, %s)",
            [(pk, secrets.token_hex(16), value, at, at, at) for pk, value in enumerate(values, 1)],
        )
        cursor.executemany(
            'INSERT INTO indicators_change (record_id, "offset", indicator_id, op, kind) '
            "VALUES (%s, %s, %s, 'publish', 'pdq')",
            [(record.pk, place, place + 1) for place in range(count)],
        )
    sequencer.stamp(at=timezone.now())


def peer_rate(pictures: list[bytes]) -> float:
    """Return how many pictures a second `threatexchange` hashes on this core, bytes to hash."""
    from threatexchange.signal_type.pdq.signal import PdqSignal

    begun = time.perf_counter()
    for data in pictures[:8]:
        PdqSignal.hash_from_bytes(data)
    return 8 / (time.perf_counter() - begun)


def private_mb(pid: int) -> float:
    """Return what a process holds beside mapped files, in megabytes."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("RssAnon")) / 1000


def ask_for(seconds: float, ask: Callable[[int], None]) -> tuple[float, list[float]]:
    """Ask from `ASKING` threads for so long; return questions a second and the milliseconds of each."""
    taken: list[float] = []
    stop_at = time.perf_counter() + seconds
    lock = threading.Lock()

    def keep_asking(number: int) -> None:
        while (begun := time.perf_counter()) < stop_at:
            ask(number)
            with lock:
                taken.append((time.perf_counter() - begun) * 1000)
            number += ASKING

    begun = time.perf_counter()
    with ThreadPoolExecutor(ASKING) as pool:
        list(pool.map(keep_asking, range(ASKING)))
    return len(taken) / (time.perf_counter() - begun), taken


def measure(*, signs: int, seconds: float) -> list[dict[str, object]]:
    """Start Leeward, hold the signs and ask."""
    import django
    import httpx

    django.setup()
    from django.utils import timezone

    from leeward.core import machines
    from leeward.core.models import ApiKey, Organisation
    from leeward.engines import hashing
    from leeward.screening import index
    from leeward.site.management.commands.serve import prepare
    from tests.stage.waiting import until

    pictures = [jpeg(number) for number in range(PICTURES)]
    prepare()
    begun = time.perf_counter()
    hold(signs, [hashing.hash_picture(pictures[0]).hex])
    print(f"  {signs:,} signs written in {time.perf_counter() - begun:.1f} s", file=sys.stderr)
    harbour = Organisation.objects.create(slug="harbour", name="Harbour", kind=Organisation.Kind.PROVIDER)
    key = machines.make_key(harbour, scopes=[ApiKey.Scope.SCREEN], at=timezone.now())
    port = os.environ["LEEWARD_SITE_URL"].rpartition(":")[2]
    cores = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else [0]
    begun = time.perf_counter()
    keeper = _leeward("index", core=None)
    until(index.segment_path().exists, within_s=300, what="the shared file")
    compiled_s = time.perf_counter() - begun
    keeper.terminate()
    keeper.wait()
    web = _leeward("web", "--port", port, core=cores[0])
    try:
        headers = {"Authorization": f"Bearer {key}", "Content-Type": "image/jpeg"}
        clients = [
            httpx.Client(base_url=os.environ["LEEWARD_SITE_URL"], headers=headers, timeout=60) for _ in range(ASKING)
        ]
        until(lambda: _answers(clients[0], pictures[1]), within_s=120, what="the first answer")
        if hasattr(os, "sched_setaffinity"):
            os.sched_setaffinity(0, {cores[-1]})
        print(f"  leeward web on core {cores[0]}, asked from core {cores[-1]}", file=sys.stderr)

        def ask(number: int) -> None:
            answer = clients[number % ASKING].post("/api/v1/screen", content=pictures[1 + number % (PICTURES - 1)])
            if answer.json()["answer"] != "clear":
                raise SystemExit(f"a picture that nobody published was answered {answer.text[:200]}")

        known = clients[0].post("/api/v1/screen", content=pictures[0]).json()["answer"]
        if known != "known":
            raise SystemExit(f"the published picture was answered {known}")
        ask_for(3, ask)
        rate, taken = ask_for(seconds, ask)
        memory = private_mb(web.pid)
    finally:
        web.terminate()
        web.wait()
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {cores[0]})
    peer = peer_rate(pictures)
    p95 = sorted(taken)[min(len(taken) - 1, -(-len(taken) * 95 // 100) - 1)]
    return [
        _figure(
            "screen.http.rate", rate, "pictures/s", GOALS["rate"], peer="HMA 1.1.7, measured 13.5/s", over=HMA_PER_S
        ),
        _figure(
            "screen.http.rate_to_threatexchange_hash_alone",
            rate,
            "pictures/s",
            None,
            peer="threatexchange, this run",
            over=peer,
        ),
        _figure("screen.http.median", statistics.median(taken), "ms", None),
        _figure("screen.http.p95", p95, "ms", GOALS["p95"]),
        _figure("screen.worker.private_memory", memory, "MB", GOALS["memory"]),
        _figure("screen.index.compiled_from_the_database", compiled_s, "s", None),
        _figure("screen.index.bytes_a_sign", index.segment_path().stat().st_size / signs, "bytes", 130.0),
    ]


def _leeward(*words: str, core: int | None) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "leeward", *words]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    if core is not None and hasattr(os, "sched_setaffinity"):
        # Threads that it starts later stay there as well.
        os.sched_setaffinity(process.pid, {core})
    return process


def _answers(client: object, picture: bytes) -> bool:
    import httpx

    assert isinstance(client, httpx.Client)
    try:
        return bool(client.post("/api/v1/screen", content=picture).json().get("answer") == "clear")
    except httpx.TransportError:
        return False


def _figure(
    name: str, value: float, unit: str, goal: float | None, *, peer: str | None = None, over: float | None = None
) -> dict[str, object]:
    return {
        "name": name,
        "value": round(value, 1),
        "unit": unit,
        "higher_is_better": unit.endswith("/s"),
        "goal": goal,
        "peer": peer,
        "ratio": round(value / over, 1) if over else None,
    }


def main() -> None:
    """Read the command line and measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--full", action="store_true", help="ask for two minutes")
    parser.add_argument("--signs", type=int, default=1_000_000)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--inner", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    sys.path.insert(0, str(ROOT))
    seconds = 120 if options.full else options.seconds
    if options.inner:
        for figure in measure(signs=options.signs, seconds=seconds):
            print(json.dumps(figure))
        return
    from tests.stage.ports import free_port

    with tempfile.TemporaryDirectory(prefix="leeward-bench-") as name:
        environ = {key: value for key, value in os.environ.items() if not key.startswith("LEEWARD_")}
        environ |= {
            "DJANGO_SETTINGS_MODULE": "leeward.site.settings",
            "LEEWARD_DATA_DIR": str(Path(name) / "data"),
            "LEEWARD_SITE_URL": f"http://localhost:{free_port()}",
        }
        command = [sys.executable, __file__, "--inner", "--signs", str(options.signs), "--seconds", str(seconds)]
        done = subprocess.run(command, env=environ, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.returncode)
    for line in done.stdout.splitlines():
        row = json.loads(line)
        print(
            line
            if options.json
            else f"{row['name']:52} {row['value']:>10} {row['unit']:11} goal {row['goal']}  ratio {row['ratio']}"
        )


if __name__ == "__main__":
    main()
