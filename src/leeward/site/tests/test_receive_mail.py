"""`leeward receive_mail` as a mail server calls it: a process for each mail, standard input, an exit status."""

from __future__ import annotations

import os
import signal
import socketserver
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path

import pytest

from leeward.engines import abusemail
from leeward.engines.abusemail.tests import mails
from tests.stage.leeward import Leeward, Role
from tests.stage.waiting import until

_S = 120.0
DESK = "reports@leeward.example"


class Inbox(socketserver.ThreadingTCPServer):
    """A mail server on this machine that keeps what it is given: RFC 5321 as far as a sender needs it."""

    allow_reuse_address = daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Session)
        self.mails: list[bytes] = []
        self.recipients: list[str] = []

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.server_address[1]}"


class _Session(socketserver.StreamRequestHandler):
    server: Inbox

    def handle(self) -> None:
        self._say("220 inbox.example")
        while line := self.rfile.readline():
            words = line.decode().strip()
            if words.upper().startswith("RCPT TO:"):
                self.server.recipients.append(words[8:].strip("<> "))
            if words.upper() == "DATA":
                self._say("354 go on")
                self.server.mails.append(b"".join(iter(self.rfile.readline, b".\r\n")))
            self._say("221 bye" if words.upper() == "QUIT" else "250 good")

    def _say(self, words: str) -> None:
        self.wfile.write(f"{words}\r\n".encode())


@pytest.fixture
def inbox() -> Iterator[Inbox]:
    with Inbox() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture
def leeward(tmp_path_factory: pytest.TempPathFactory, inbox: Inbox) -> Iterator[Leeward]:
    settings = {"LEEWARD_MAIL_FROM": DESK, "LEEWARD_MAIL_SERVER": inbox.url}
    product = Leeward(tmp_path_factory.mktemp("mail"), env=settings)
    product.run("migrate", "--verbosity=0")
    yield product
    product.stop()


def pipe(leeward: Leeward, mail: bytes, env: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[bytes]:
    """Hand one mail over, as Postfix's pipe(8) does."""
    command = [sys.executable, "-m", "leeward", "receive_mail"]
    return subprocess.run(
        command, input=mail, capture_output=True, env=leeward.env | dict(env or {}), timeout=_S, check=False
    )


def count(leeward: Leeward, table: str) -> int:
    with closing(sqlite3.connect(leeward.data_dir / "leeward.sqlite3")) as rows:
        return int(rows.execute(f"SELECT count(*) FROM {table}").fetchone()[0])


def test_a_report_is_taken_once_and_answered_once(leeward: Leeward, inbox: Inbox) -> None:
    before = count(leeward, "reports_report")

    done = pipe(leeward, mails.xarf(evidence=mails.evidence()))

    assert (done.returncode, done.stdout) == (
        0,
        b"1 taken, 0 came before, 0 without a usable address; an answer is owed\n",
    )
    assert count(leeward, "reports_report") == before + 1
    assert mails.SENDER.encode() not in done.stderr
    again = pipe(leeward, mails.xarf(evidence=mails.evidence()))
    assert again.stdout == b"0 taken, 1 came before, 0 without a usable address; not answered: all of it came before\n"
    leeward.start(Role.WORKER)
    until(lambda: len(inbox.mails) == 1, within_s=_S, what="the answer comes")
    leeward.process(Role.WORKER).stop()
    assert inbox.recipients == [mails.SENDER]
    assert b"Auto-Submitted: auto-replied" in inbox.mails[0]
    assert f"From: {DESK}".encode() in inbox.mails[0]
    log = leeward.process(Role.WORKER).log.read_bytes()
    assert mails.SENDER.encode() not in log


def test_a_mail_that_is_no_report_is_taken_with_0_and_says_so(leeward: Leeward) -> None:
    done = pipe(leeward, mails.plain(headers={"From": "bea@beacon.example"}))

    assert (done.returncode, done.stdout) == (0, b"no report in it; an answer is owed\n")


@pytest.mark.parametrize(
    "mail",
    [b"x" * (abusemail.MAIL_BYTES * 2), mails.nested(60), bytes(range(256)) * 4],
    ids=["huge", "deep", "no mail"],
)
def test_a_mail_that_cannot_be_read_is_refused_with_65_and_the_next_step(leeward: Leeward, mail: bytes) -> None:
    done = pipe(leeward, mail)

    assert done.returncode == os.EX_DATAERR
    assert b"Send " in done.stderr
    assert b"Traceback" not in done.stderr


def test_without_a_database_the_mail_server_keeps_the_mail(leeward: Leeward, tmp_path: Path) -> None:
    done = pipe(leeward, mails.arf(), env={"LEEWARD_DATA_DIR": str(tmp_path)})

    assert done.returncode == os.EX_TEMPFAIL
    assert b"Traceback" not in done.stderr
    assert b"Try again later" in done.stderr


def test_with_a_wrong_setting_the_mail_server_keeps_the_mail(leeward: Leeward) -> None:
    done = pipe(leeward, mails.arf(), env={"LEEWARD_MAIL_SERVER": "nonsense"})

    assert done.returncode == os.EX_TEMPFAIL
    assert b"LEEWARD_MAIL_SERVER" in done.stderr


@pytest.mark.parametrize("point", ["announce.before_commit", "reports.after_commit"])
def test_a_mail_whose_taker_was_killed_is_whole_when_it_comes_again(leeward: Leeward, point: str) -> None:
    mail = mails.arf(headers={"Message-ID": f"<{point}@beacon.example>"})
    rows = [count(leeward, table) for table in ("reports_report", "core_record")]

    killed = pipe(leeward, mail, env={"LEEWARD_KILL_AT": point})
    kept = [count(leeward, table) for table in ("reports_report", "core_record")]
    again = pipe(leeward, mail)

    assert (killed.returncode, again.returncode) == (-signal.SIGKILL, 0)
    assert kept == rows
    assert again.stdout.startswith(b"1 taken")
