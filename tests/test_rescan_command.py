"""`leeward rescan` as an operator runs it: killed, stopped, resumed, over a bucket, over addresses, on two engines."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlsplit
from xml.sax.saxutils import escape

import pytest

from leeward.screening.tests.uploads import encoded, waves
from tests.stage.leeward import CommandFailed, Leeward
from tests.stage.ports import LOOPBACK
from tests.stage.processes import Process
from tests.stage.waiting import until

FILES, KNOWN = 12, (3, 7)
PREPARE = f"""
from leeward.core.models import Organisation
from leeward.screening.tests.uploads import encoded, look_of, published, waves
Organisation.objects.create(slug="harbour", name="Harbour Photos", kind="provider")
published(*[look_of(encoded(waves(number))) for number in {KNOWN}])
"""
LOOK = """
import json
from leeward.reports.models import Report
from leeward.screening.models import Match, Sweep
print(json.dumps({
    "found": sorted(Match.objects.values_list("item_id", flat=True)),
    "aged": Match.objects.exclude(uploaded_at=None).count(),
    "reports": Report.objects.count(),
    "sweeps": list(Sweep.objects.values_list("state", "files").order_by("pk")),
}))
"""
BAD = [f"{number:02}.jpg" for number in KNOWN]


@pytest.fixture(scope="module")
def pictures() -> dict[str, bytes]:
    return {f"{number:02}.jpg": encoded(waves(number, width=256, height=192), "JPEG") for number in range(FILES)}


@pytest.fixture
def corpus(tmp_path: Path, pictures: dict[str, bytes]) -> Path:
    folder = tmp_path / "corpus"
    folder.mkdir()
    for name, data in pictures.items():
        (folder / name).write_bytes(data)
    return folder


@pytest.fixture
def harbour(embedded: Leeward) -> Leeward:
    """A Leeward that serves the harbour and knows two pictures."""
    embedded.python(PREPARE)
    return embedded


def state(leeward: Leeward) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(leeward.python(LOOK).splitlines()[-1])
    return found


def rescan(leeward: Leeward, *words: str) -> dict[str, Any]:
    printed = leeward.run("rescan", *words, "--provider", "harbour", "--workers", "1", "--json")
    found: dict[str, Any] = json.loads(printed.splitlines()[-1])
    return found


def begin(leeward: Leeward, *words: str, kill_at: str = "") -> Process:
    command = [sys.executable, "-m", "leeward", "rescan", *words, "--provider", "harbour", "--workers", "1"]
    return Process(
        "rescan", command, env=leeward.env | {"LEEWARD_KILL_AT": kill_at}, log=leeward.data_dir / "rescan.log"
    )


def children(pid: int) -> list[int]:
    listed = subprocess.run(["ps", "-A", "-o", "pid=,ppid="], capture_output=True, text=True, check=True)
    return [int(line.split()[0]) for line in listed.stdout.splitlines() if int(line.split()[1]) == pid]


def is_gone(pid: int) -> bool:
    listed = subprocess.run(["ps", "-p", str(pid), "-o", "stat="], capture_output=True, text=True, check=False).stdout
    return not listed.strip() or listed.startswith("Z")


def test_a_folder_is_swept_and_new_signs_find_what_was_seen(harbour: Leeward, corpus: Path, tmp_path: Path) -> None:
    counted = rescan(harbour, str(corpus), "--dry-run")
    assert (counted["files"], state(harbour)["sweeps"]) == (FILES, [])

    done = rescan(harbour, str(corpus), "--svg", str(tmp_path / "ages.svg"))

    assert (done["files"], done["found"], done["not_judged"]) == (FILES, 2, {})
    assert (tmp_path / "ages.svg").read_text().startswith("<svg")
    harbour.python(PREPARE.splitlines()[2] + "\npublished(look_of(encoded(waves(5))), source='decision:2')")
    newly = json.loads(harbour.run("rescan", "--new-signs", "--json").splitlines()[-1])
    assert (newly["signs"], newly["files"], newly["found"]) == (1, 1, 1)
    seen = state(harbour)
    assert (seen["found"], seen["aged"], seen["reports"]) == (["03.jpg", "05.jpg", "07.jpg"], 3, 3)


@pytest.mark.kill
def test_a_sweep_that_is_killed_goes_on_and_finds_the_same_once(harbour: Leeward, corpus: Path) -> None:
    killed = begin(harbour, str(corpus), "--rate", "4", kill_at="rescan.judged:1")
    workers: list[int] = []

    def seen_workers() -> bool:
        workers.extend(pid for pid in children(killed.pid) if pid not in workers)
        return not killed.is_alive

    until(seen_workers, within_s=120, what="the sweep is killed")
    assert killed.status == -signal.SIGKILL
    until(lambda: all(is_gone(pid) for pid in workers), within_s=60, what="its workers end with it")
    assert workers

    # The second time it dies behind the first batch, which is noted by then.
    again = begin(harbour, str(corpus), "--rate", "4", "--resume", kill_at="rescan.judged:2")
    assert again.wait_until_ended(within_s=120) == -signal.SIGKILL
    done = rescan(harbour, str(corpus), "--resume")

    assert (done["files"], done["found"] + done["known_before"]) == (FILES, len(KNOWN))
    after = state(harbour)
    assert (after["sweeps"], after["found"], after["reports"]) == ([["done", FILES]], BAD, len(KNOWN))


def test_ctrl_c_stops_cleanly_and_says_how_to_go_on(harbour: Leeward, corpus: Path) -> None:
    sweep = begin(harbour, str(corpus), "--rate", "0.05")
    sweep.wait_until(lambda: state(harbour)["sweeps"], what="the sweep has begun", within_s=120)

    sweep.ask_to_end(signal.SIGINT)
    status = sweep.wait_until_ended(within_s=120)

    assert status == 128 + signal.SIGINT
    assert "--resume" in sweep.tail()
    assert "Traceback" not in sweep.tail()
    assert rescan(harbour, str(corpus), "--resume")["files"] == FILES
    assert state(harbour)["found"] == BAD


def test_two_sweeps_of_one_data_folder_take_turns(harbour: Leeward, corpus: Path) -> None:
    first = begin(harbour, str(corpus), "--rate", "0.05")
    first.wait_until(lambda: state(harbour)["sweeps"], what="the sweep has begun", within_s=120)

    with pytest.raises(CommandFailed, match="another sweep"):
        rescan(harbour, str(corpus))
    assert first.stop() == 128 + signal.SIGINT


@pytest.mark.scale
def test_dask_finds_the_same(harbour: Leeward, corpus: Path) -> None:
    done = rescan(harbour, str(corpus), "--engine", "dask")

    assert (done["files"], done["found"]) == (FILES, 2)
    assert state(harbour)["found"] == BAD


class Shelf(BaseHTTPRequestHandler):
    """Files by name, as a file server gives them, and as a bucket lists them."""

    files: ClassVar[dict[str, bytes]] = {}

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        name = parts.path.rpartition("/")[2]
        if name in self.files:
            self._answer(200, self.files[name], "image/jpeg")
        elif parts.path == "/photos":
            self._answer(200, self._listed(parse_qs(parts.query)).encode(), "application/xml")
        else:
            self._answer(404, b"", "text/plain")

    def _listed(self, asked: dict[str, list[str]]) -> str:
        after = asked.get("marker", [""])[0]
        names = sorted(f"2026/{name}" for name in self.files)
        # Few at a time, so that the client must ask again.
        some = [name for name in names if name > after][:5]
        rows = "".join(
            f"<Contents><Key>{escape(name)}</Key><Size>{len(self.files[name[5:]])}</Size>"
            "<LastModified>2026-11-20T09:00:00.000Z</LastModified></Contents>"
            for name in some
        )
        is_cut = "true" if some and some[-1] != names[-1] else "false"
        return f"<ListBucketResult><IsTruncated>{is_cut}</IsTruncated>{rows}</ListBucketResult>"

    def _answer(self, status: int, body: bytes, media_type: str) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Content-Type", media_type)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Stay quiet."""


@pytest.fixture
def shelf(pictures: dict[str, bytes]) -> Iterator[str]:
    Shelf.files = pictures
    with ThreadingHTTPServer((LOOPBACK, 0), Shelf) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"{LOOPBACK}:{server.server_port}"
        server.shutdown()


def test_a_bucket_is_swept(harbour: Leeward, shelf: str) -> None:
    harbour.env |= {
        "LEEWARD_S3_ENDPOINT": f"http://{shelf}",
        "AWS_S3_ACCESS_KEY_ID": "made-up",
        "AWS_S3_SECRET_ACCESS_KEY": "made-up",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_RESPONSE_CHECKSUM_VALIDATION": "when_required",
    }

    done = rescan(harbour, "s3:photos/2026/")

    assert (done["source"], done["files"], done["found"]) == ("s3:photos/2026/", FILES, 2)
    assert state(harbour)["found"] == [f"2026/{name}" for name in BAD]


def test_addresses_are_swept_where_their_host_is_named(harbour: Leeward, shelf: str, tmp_path: Path) -> None:
    names = [*Shelf.files, "nothing.jpg"]
    rows = "\n".join(f"http://{shelf}/{name}?key=made-up,photo-{name},2026-11-20T09:00Z" for name in names)
    (tmp_path / "list.csv").write_text(f"url,item_id,uploaded_at\n{rows}\nhttp://elsewhere.example/x.jpg,photo-x,\n")

    closed = rescan(harbour, str(tmp_path / "list.csv"))
    done = rescan(harbour, str(tmp_path / "list.csv"), "--allow-host", shelf)

    assert closed["not_judged"] == {"host_not_allowed": FILES + 2}
    assert done["not_judged"] == {"gone": 1, "host_not_allowed": 1}
    after = state(harbour)
    assert after["found"] == [f"photo-{name}" for name in BAD]
    assert after["aged"] == 2
