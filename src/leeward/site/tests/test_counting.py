"""The built-in resolver counts what it keeps away, names nobody's site, and pays nothing for open answers."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from leeward.engines import dns, policy
from leeward.engines.policy import counted, family, mapped
from leeward.engines.policy.counted import EVERYBODY, Key
from leeward.site.planes import Planes

AT = datetime.now(UTC)
AT_S = int(AT.timestamp())
ANA, BEN, STRANGER = b"tana", b"4\x7f\0\0\x0d", b"4\xc0\0\2\x08"
GAMES, APP, CHAT = 1 << 25, 1 << 100, 1 << 20
ALL_WEEK = (family.Window(frozenset(range(7)), 0, 1440),)
GOOGLE = next(engine for engine in family.engines() if engine.names)
MARKS = {"play.example": GAMES | APP, "app.example": APP, "chat.example": CHAT, "help.play.example": family.NEVER}


def profile(number: int, *, shows_names: bool = False, paused_until: datetime | None = None) -> family.Profile:
    return family.Profile(
        number=number,
        blocked=GAMES | APP,
        safe=GOOGLE.mark,
        homework=ALL_WEEK,
        homework_blocked=CHAT,
        owns=(family.Own("own.example", allows=False),),
        shows_names=shows_names,
        paused_until=paused_until,
    )


@pytest.fixture
def writer(tmp_path: Path) -> Iterator[mapped.Writer]:
    entries = [
        policy.Entry("bad.example", policy.Reason.operator_block, 1),
        policy.Entry("law.example", policy.Reason.censored, 2),
    ]
    policy.Writer.create(tmp_path / "policy.tbl", entries, position=1, never_block=frozenset()).close()
    with mapped.Writer.create(tmp_path / "family") as made:
        made.swap_names([*MARKS.items(), *family.safe_search_names().items()])
        for who, number in ((ANA, 7), (BEN, 2_000_000_000)):
            made.put_profile(profile(number), at=AT)
            made.put_who(who, number)
        yield made


def opened(folder: Path) -> Planes:
    return Planes(folder / "policy.tbl", family=folder / "family", counts=folder / "counts")


def told(planes: Planes, *names: str, who: bytes = ANA) -> dict[Key, int]:
    """Ask and answer as the resolver does, and return what was counted."""
    for name in names:
        wire = dns.wire_of(name)
        ruling = planes.decide(wire, who, AT_S)
        if ruling.way is not dns.Way.OPEN:
            planes.told(ruling, wire, who, AT_S)
    return planes.take_counts().counts


def together(folder: Path) -> Counter[Key]:
    found: Counter[Key] = Counter()
    for path in counted.finished(folder / "counts", at_s=int(time.time()) + 3_600):
        found.update(counted.read(path).counts)
    return found


@pytest.mark.usefixtures("writer")
def test_each_answer_is_counted_under_what_decided(tmp_path: Path) -> None:
    names = ("play.example", "www.play.example", "app.example", "chat.example", "own.example", GOOGLE.names[0])

    found = told(opened(tmp_path), *names, "law.example", "bad.example")

    assert found == {
        Key(7, 25): 2,
        Key(7, 100): 1,
        Key(7, 136): 1,
        Key(7, 135): 1,
        Key(7, 138): 1,
        Key(EVERYBODY, 129): 1,
        Key(EVERYBODY, 130): 1,
    }


def test_every_mark_has_its_kind(tmp_path: Path, writer: mapped.Writer) -> None:
    bits = [bit for bit in range(128) if 1 << bit & family.BLOCKABLE]
    writer.swap_names([(f"b{bit}.example", 1 << bit) for bit in bits] + [("all.example", family.BLOCKABLE)])
    writer.put_profile(family.Profile(number=7, blocked=family.BLOCKABLE), at=AT)

    planes = opened(tmp_path)

    assert told(planes, *(f"b{bit}.example" for bit in bits)) == {Key(7, bit): 1 for bit in bits}
    assert told(planes, "all.example") == {Key(7, 0): 1}


@pytest.mark.usefixtures("writer")
def test_what_is_open_is_told_to_nobody(tmp_path: Path) -> None:
    planes = opened(tmp_path)

    assert told(planes, "good.example", "help.play.example") == {}
    assert told(planes, "play.example", "own.example", who=STRANGER) == {}


def test_names_are_kept_where_they_were_the_reason_and_were_asked_for(tmp_path: Path, writer: mapped.Writer) -> None:
    planes = opened(tmp_path)
    names = ("WWW.Play.example", "own.example", "chat.example", "help.play.example", "good.example", GOOGLE.names[0])
    without = [key for key in told(planes, *names) if key.name]
    writer.put_profile(profile(7, shows_names=True), at=AT)
    found = {key: count for key, count in told(planes, *names).items() if key.name}
    writer.put_profile(profile(7, shows_names=True, paused_until=AT + timedelta(hours=1)), at=AT)
    paused = [key for key in told(planes, *names) if key.name]

    assert (without, paused) == ([], [])
    assert found == {
        Key(7, 25, b"\3www\4play\7example"): 1,
        Key(7, 135, b"\3own\7example"): 1,
        Key(7, 136, b"\4chat\7example"): 1,
    }


@pytest.mark.usefixtures("writer")
def test_without_a_folder_nothing_is_counted(tmp_path: Path) -> None:
    planes = Planes(tmp_path / "policy.tbl", family=tmp_path / "family")

    assert told(planes, "play.example") == {}
    planes.close(at_s=AT_S)


@pytest.fixture
def port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@pytest.fixture
def resolver(tmp_path: Path, writer: mapped.Writer, port: int) -> Iterator[subprocess.Popen[bytes]]:
    """The resolver as it is run, beside a writer that goes on."""
    command = [sys.executable, "-m", "leeward", "dns", "--port", str(port), "--data", str(tmp_path)]
    process = subprocess.Popen(command, env={**os.environ, "LEEWARD_DATA_DIR": str(tmp_path)})
    wait_until(lambda: answers(port), process)
    yield process
    process.kill()
    process.wait()


def wait_until(is_so: Callable[[], object], process: subprocess.Popen[bytes]) -> None:
    """Look again and again, for half a minute at most, as long as the process runs."""
    for _ in range(300):
        if is_so():
            return
        with suppress(subprocess.TimeoutExpired):
            pytest.fail(f"the resolver ended with {process.wait(timeout=0.1)}")
    pytest.fail("it took more than half a minute")


def answers(port: int) -> bool:
    with suppress(ConnectionRefusedError), socket.create_connection(("127.0.0.1", port)):
        return True
    return False


def dig(port: int, name: str, *, source: str = "127.0.0.13", tcp: bool = False) -> str:
    command = [
        "dig",
        "@127.0.0.1",
        "-p",
        str(port),
        "-b",
        source,
        "+tries=30",
        "+time=1",
        *(["+tcp"] if tcp else []),
        name,
    ]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60).stdout


@pytest.mark.skipif(shutil.which("dig") is None, reason="dig is not installed; apt-get install bind9-dnsutils")
def test_a_story_of_questions_leaves_numbers_and_no_name_on_the_disk(
    tmp_path: Path, writer: mapped.Writer, resolver: subprocess.Popen[bytes], port: int
) -> None:
    said = [dig(port, f"quiet.{name}") for name in ("play.example", "play.example", "good.example", "bad.example")]
    said += [dig(port, "quiet.app.example", tcp=True), dig(port, "quiet.play.example", source="127.0.0.1")]
    wait_until(lambda: together(tmp_path)[Key(2_000_000_000, 100)], resolver)  # It writes once a second.
    resolver.send_signal(signal.SIGTERM)
    resolver.wait(timeout=20)

    assert [("EDE: 17" in one) for one in said] == [True, True, False, False, True, False]
    assert together(tmp_path) == {Key(2_000_000_000, 25): 2, Key(2_000_000_000, 100): 1, Key(EVERYBODY, 130): 1}
    assert [path for path in tmp_path.rglob("*") if path.is_file() and b"quiet" in path.read_bytes()] == []


@pytest.mark.skipif(shutil.which("dig") is None, reason="dig is not installed; apt-get install bind9-dnsutils")
def test_where_nothing_can_be_written_everything_is_answered(
    tmp_path: Path, resolver: subprocess.Popen[bytes], port: int
) -> None:
    (tmp_path / "counts").write_text("no folder")

    until = time.monotonic() + 1.5  # It has tried to write by then.
    wait_until(lambda: "EDE: 17" in dig(port, "play.example") and time.monotonic() > until, resolver)
    resolver.send_signal(signal.SIGTERM)
    assert resolver.wait(timeout=20) == 0
