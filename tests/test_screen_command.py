"""`leeward screen FILE...` and `leeward.screen(bytes)`: the answer without HTTP, on the machine that Leeward runs on."""

from __future__ import annotations

import io
import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from leeward.core.models import Organisation
from leeward.engines import hashing
from leeward.indicators import services as indicators
from leeward.indicators.models import Category, Kind
from leeward.screening import index, tallies
from leeward.screening.models import Match, Tally
from leeward.screening.tests.uploads import DOCUMENT, encoded, look_of, published, waves
from tests.stage.leeward import Blank, Leeward

KNOWN, CLEAR = encoded(waves(21)), encoded(waves(22))
COPY = encoded(waves(21).resize((300, 225)), "JPEG", quality=70)
MD5 = hashing.digests(DOCUMENT).md5
_S = 120.0

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _a_fresh_process(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The index lives as long as a process does; each test has one of its own, and a folder of its own to look at."""
    monkeypatch.setattr(index, "_index", index.Index(tmp_path / "signs.seg"))
    monkeypatch.setattr(index, "segment_path", lambda: tmp_path / "signs.seg")
    monkeypatch.chdir(tmp_path)
    tallies.forget()


@pytest.fixture
def screen(harbour: Organisation, capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str]]:
    """Run the command in this process; return its exit status and what it printed."""

    def run(*words: str) -> tuple[int, str]:
        try:
            call_command("screen", *words)
        except SystemExit as ended:
            return int(str(ended.code)), capsys.readouterr().out
        return 0, capsys.readouterr().out

    return run


@pytest.fixture
def said(harbour: Organisation, capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    """Run the command in this process; return its exit status, and what it wrote to each of its two outputs."""

    def run(*words: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            call_command("screen", *words)
        written = capsys.readouterr()
        return int(str(ended.value.code)), written.out, written.err

    return run


type Screen = Callable[..., tuple[int, str]]


def file(name: str, data: bytes) -> str:
    Path(name).write_bytes(data)
    return name


def lines(printed: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in printed.splitlines()]


def test_a_clear_file_is_said_to_be_clear_with_status_0(screen: Screen) -> None:
    published(look_of(KNOWN))

    status, printed = screen(file("clear.png", CLEAR))

    assert status == 0
    assert printed.splitlines()[1].split() == ["clear.png", "clear"]


def test_a_known_file_is_named_with_its_sign_and_status_1(screen: Screen, harbour: Organisation) -> None:
    [sign] = published(look_of(KNOWN))

    status, printed = screen(file("clear.png", CLEAR), file("copy.jpg", COPY))

    assert status == 1
    rows = [line.split(maxsplit=2) for line in printed.splitlines()[1:]]
    assert rows[0] == ["clear.png", "clear"]
    assert rows[1][:2] == ["copy.jpg", "known"]
    assert rows[1][2].startswith("sextortion: pdq at distance ")
    match = Match.objects.get()
    assert (match.indicator, match.organisation, match.item_id) == (sign, harbour, "copy.jpg")


def test_a_file_that_cannot_be_judged_is_held_and_says_why(screen: Screen) -> None:
    status, printed = screen(file("cut.png", CLEAR[:2000]))

    assert status == 1
    assert printed.splitlines()[1].split(maxsplit=2) == ["cut.png", "held", "truncated"]


def test_each_answer_is_one_json_object_on_one_line(screen: Screen) -> None:
    [sign] = published(look_of(KNOWN))

    status, printed = screen("--json", file("known.png", KNOWN), file("clear.png", CLEAR))

    known, clear = lines(printed)
    assert status == 1
    assert (known["item"], known["answer"], known["signs"][0]["indicator"]) == ("known.png", "known", str(sign.uid))
    assert (clear["item"], clear["answer"], clear["signs"]) == ("clear.png", "clear", [])
    assert clear["sha256"] == hashing.digests(CLEAR).sha256


def test_a_text_is_compared_as_a_text(screen: Screen) -> None:
    words = "The boats of the harbour come home before the evening, and the lamps are lit one after the other. " * 3
    digest = hashing.text.fingerprint(words)
    assert digest is not None
    published(indicators.Sign(Kind.TLSH, digest, Category.BULLYING))

    status, printed = screen("--json", file("copy.txt", words.replace("boats", "ships").encode()))

    assert status == 1
    assert lines(printed)[0]["answer"] == "suspect"


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        (["--hash", f"md5:{MD5}"], "known"),
        (["--hash", f"md5:{MD5.upper()}"], "known"),
        (["--hash", f"sha256:{hashing.digests(DOCUMENT).sha256}"], "clear"),
        (["--hash", f"pdq:{hashing.hash_picture(KNOWN).hex}"], "known"),
        (["--hash", f"pdq:{hashing.hash_picture(CLEAR).hex}"], "clear"),
        (["--url", "https://www.bad.example/any/page"], "known"),
        (["--url", "https://harmless.example/"], "clear"),
    ],
)
def test_hashes_and_addresses_are_asked_without_the_file(screen: Screen, words: list[str], answer: str) -> None:
    domain = indicators.Sign(Kind.DOMAIN, "bad.example", Category.OTHER)
    published(look_of(KNOWN), indicators.Sign(Kind.MD5, MD5, Category.OTHER), domain)

    status, printed = screen("--json", *words)

    assert (status, lines(printed)[0]["answer"]) == (0 if answer == "clear" else 1, answer)
    assert not Match.objects.exists()


def test_standard_input_is_a_file_too(screen: Screen, monkeypatch: pytest.MonkeyPatch) -> None:
    published(look_of(KNOWN))
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(KNOWN)))

    status, printed = screen("--json", "-")

    assert (status, lines(printed)[0]["item"], lines(printed)[0]["answer"]) == (1, "-", "known")


def test_a_file_above_the_size_of_a_request_is_judged_as_a_stream(
    screen: Screen, monkeypatch: pytest.MonkeyPatch
) -> None:
    large = DOCUMENT * 40_000
    published(indicators.Sign(Kind.SHA256, hashing.digests(large).sha256, Category.OTHER))

    status, printed = screen("--json", file("large.bin", large))

    assert (status, lines(printed)[0]["answer"]) == (1, "known")
    assert Match.objects.get().sha256 == hashing.digests(large).sha256


def test_the_answers_are_counted(screen: Screen, harbour: Organisation) -> None:
    screen(file("a.png", CLEAR), file("b.png", CLEAR))

    assert Tally.objects.get().count == 2


def test_what_a_terminal_would_obey_in_a_name_is_not_printed(screen: Screen) -> None:
    name = file("\x1b[31mred[bold]\n.png", CLEAR)

    _, table = screen(name)
    _, printed = screen("--json", name)

    assert "\x1b" not in table
    assert "[bold]" in table
    assert lines(printed)[0]["item"].endswith("red[bold]\N{REPLACEMENT CHARACTER}.png")


def test_for_whom_is_asked_must_be_said_where_there_are_more_providers(screen: Screen) -> None:
    other = Organisation.objects.create(slug="quay", name="Quay", kind=Organisation.Kind.PROVIDER)
    published(look_of(KNOWN))
    name = file("known.png", KNOWN)

    with pytest.raises(CommandError, match="more than one provider; name one of: harbour, quay") as refused:
        screen(name)
    screen("--provider", "quay", name)

    assert refused.value.returncode == 2
    assert Match.objects.get().organisation == other


def test_a_missing_file_is_named_and_the_others_are_judged(said: Callable[..., tuple[int, str, str]]) -> None:
    published(look_of(KNOWN))

    status, printed, complained = said("--json", "nowhere.png", file("copy.jpg", COPY), file("clear.png", CLEAR))

    assert [(line["item"], line["answer"]) for line in lines(printed)] == [
        ("copy.jpg", "known"),
        ("clear.png", "clear"),
    ]
    assert "nowhere.png: there is no file here that can be read" in complained
    assert status == 2


def test_a_folder_is_sent_to_the_re_scan(said: Callable[..., tuple[int, str, str]]) -> None:
    Path("photos").mkdir()

    status, printed, complained = said("photos")

    assert (status, printed) == (2, "")
    assert "photos: this is a folder; look through it with `leeward rescan FOLDER`" in complained


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], "name a file, or give --hash or --url"),
        (["--hash", "pdq:123"], "--hash: a PDQ picture hash is 64 hexadecimal digits"),
        (["--hash", "crc:123"], "--hash: write pdq, md5"),
        (["--url", "https://bad example/"], "--url: "),
        (["--provider", "nobody", "--url", "https://bad.example/"], "no provider has this name; name one of: harbour"),
    ],
)
def test_a_wrong_use_says_what_is_wrong_with_status_2(screen: Screen, words: list[str], message: str) -> None:
    with pytest.raises(CommandError) as refused:
        screen(*words)

    assert message in str(refused.value)
    assert refused.value.returncode == 2


def test_without_a_provider_the_next_step_is_said() -> None:
    with pytest.raises(CommandError, match="there is no provider yet"):
        call_command("screen", "--url", "https://bad.example/")


# From outside: processes of their own, with a data folder of their own.

PUBLISH = """
from django.utils import timezone
from leeward.core import sequencer
from leeward.core.models import Organisation
from leeward.indicators import services
from leeward.indicators.models import Category, Kind
Organisation.objects.create(slug="harbour", name="Harbour Photos", kind="provider")
services.publish([services.Sign(Kind.PDQ, {pdq!r}, Category.OTHER)], source="decision:1", actor="user:1", at=timezone.now())
while sequencer.stamp(at=timezone.now()): pass
"""
ASK = """
import sys
import leeward
for name in sys.argv[1:]:
    screened = leeward.screen(open(name, "rb").read(), item_id=name)
    print(screened.answer, len(screened.signs), screened.sha256)
"""


@pytest.fixture(scope="module")
def house(blank: Blank, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Leeward]:
    """A Leeward of which nothing runs, that knows one picture, with a folder of files beside it."""
    data_dir = tmp_path_factory.mktemp("house") / "data"
    blank.copy_to(data_dir)
    leeward = Leeward(data_dir)
    leeward.python(PUBLISH.format(pdq=hashing.hash_picture(KNOWN).hex))
    (data_dir.parent / "copy.jpg").write_bytes(COPY)
    (data_dir.parent / "clear.png").write_bytes(CLEAR)
    yield leeward
    leeward.stop()


def run(house: Leeward, *words: str) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, *words],
        capture_output=True,
        text=True,
        env=house.env | {"PYTHONPATH": os.pathsep.join(sys.path)},
        cwd=house.data_dir.parent,
        timeout=_S,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize(("names", "status"), [(["clear.png", "copy.jpg"], 1), (["nowhere"], 2)])
def test_a_script_reads_the_answer_from_the_exit_status(house: Leeward, names: list[str], status: int) -> None:
    ended, printed = run(house, "-m", "leeward", "screen", *names)

    assert ended == status, printed


def test_python_asks_without_http_and_what_follows_is_the_same(house: Leeward) -> None:
    before = house_counts(house)

    status, printed = run(house, "-c", ASK, "clear.png", "copy.jpg")

    assert status == 0, printed
    assert [line.split() for line in printed.splitlines()] == [
        ["clear", "0", hashing.digests(CLEAR).sha256],
        ["known", "1", hashing.digests(COPY).sha256],
    ]
    assert house_counts(house) == (before[0] + 1, before[1] + 2)


def house_counts(house: Leeward) -> tuple[int, int]:
    """Return how many matches were kept and how many answers were counted, as SQLite itself says."""
    with closing(sqlite3.connect(house.data_dir / "leeward.sqlite3")) as database:
        matches, counted = "SELECT count(*) FROM screening_match", "SELECT coalesce(sum(count), 0) FROM screening_tally"
        return int(database.execute(matches).fetchone()[0]), int(database.execute(counted).fetchone()[0])


def test_another_django_project_is_sent_to_the_door(house: Leeward) -> None:
    code = """
from django.conf import settings
settings.configure(INSTALLED_APPS=[])
import leeward
leeward.screen(b"")
"""
    status, printed = run(house, "-c", code)

    assert status == 1
    assert "OtherDjangoProject: this process runs another Django project; ask over HTTP" in printed


def test_to_import_leeward_does_not_load_django(house: Leeward) -> None:
    assert run(house, "-c", "import leeward, sys; sys.exit('django' in sys.modules)") == (0, "")
