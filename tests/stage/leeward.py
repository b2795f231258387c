"""Leeward as its operators run it: the `leeward` command, one process for each role, real settings, a real port."""

from __future__ import annotations

import enum
import json
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import httpx

from tests.stage.ports import LOOPBACK, free_port, is_open
from tests.stage.processes import Process, children_of, plain_environment

_COMMAND_S = 120.0
_PROJECT = Path(__file__).parents[2]
_DATABASE = "leeward.sqlite3"
_MAKE_CAST = """
import dataclasses, json
from leeward.site.demo import stage
print(json.dumps(dataclasses.asdict(stage.make_cast(provider_url={provider_url!r}))))
"""


class Role(enum.StrEnum):
    """A process of Leeward; `SERVE` is the one that keeps all the others."""

    WEB = "web"
    WORKER = "worker"
    SEQUENCER = "sequencer"
    POLICY = "policy"
    INDEX = "index"
    EXCHANGE = "exchange"
    DNS = "dns"
    SERVE = "serve"


APART = (Role.SEQUENCER, Role.WORKER, Role.POLICY, Role.INDEX, Role.EXCHANGE, Role.WEB, Role.DNS)


class CommandFailed(Exception):
    """A `leeward` command ended with a status other than 0. The message holds what it printed."""


@dataclass(frozen=True)
class Keys:
    """What `make_cast` made: the password of every account, and the keys of machines."""

    password: str
    provider_key: str
    partner_key: str
    webhook_secret: str


class Leeward:
    """One Leeward with its data folder and its database (SQLite in the folder where `database_url` is None)."""

    def __init__(self, data_dir: Path, database_url: str | None = None, env: Mapping[str, str] | None = None) -> None:
        self.data_dir = data_dir
        self.port, self.dns_port = free_port(), free_port()
        self.base_url = f"http://{LOOPBACK}:{self.port}"
        self._running: dict[Role, Process] = {}
        own = {"LEEWARD_DATA_DIR": str(data_dir), "LEEWARD_SITE_URL": self.base_url, "PYTHONUNBUFFERED": "1"}
        own["LEEWARD_DNS_PORT"] = str(self.dns_port)
        if database_url is not None:
            own["LEEWARD_DATABASE"] = database_url
        self.env = plain_environment() | own | dict(env or {})

    def prepare(self) -> None:
        """Bring an empty database to this version and collect the static files, as `leeward serve` does by itself."""
        self.python("from leeward.site.management.commands import serve; serve.prepare()")

    def run(self, *words: str, env: Mapping[str, str] | None = None) -> str:
        """Run a `leeward` command to its end and return what it printed; raise `CommandFailed`."""
        done = subprocess.run(
            [sys.executable, "-m", "leeward", *words],
            capture_output=True,
            text=True,
            env=self.env | dict(env or {}),
            cwd=_PROJECT,
            timeout=_COMMAND_S,
            check=False,
        )
        if done.returncode:
            raise CommandFailed(f"leeward {words[0]} ended with {done.returncode}\n{done.stdout}{done.stderr}")
        return done.stdout

    def python(self, code: str) -> str:
        """Run Python code inside this Leeward, in a process of its own, and return what it printed."""
        return self.run("shell", "--verbosity=0", "--command", code)

    def make_cast(self, *, provider_url: str = "http://127.0.0.1:9") -> Keys:
        """Make the organisations, accounts and keys of the demo: harbour (a provider), beacon (a partner), reviewers."""
        return Keys(**json.loads(self.python(_MAKE_CAST.format(provider_url=provider_url))))

    def start(self, role: Role, *, env: Mapping[str, str] | None = None) -> Process:
        """Start one role, with more settings such as LEEWARD_KILL_AT in `env`, and wait until it answers where it listens."""
        command = [sys.executable, "-m", "leeward", *self._words(role)]
        log = self.data_dir / f"{role}.log"
        process = Process(f"leeward {role}", command, env=self.env | dict(env or {}), log=log)
        self._running[role] = process
        if role in {Role.WEB, Role.SERVE}:
            process.wait_until(self._is_live, what=f"leeward {role} answers")
        if role in {Role.DNS, Role.SERVE}:
            process.wait_until(lambda: is_open(self.dns_port), what=f"leeward {role} resolves")
        return process

    def start_apart(self) -> None:
        """Start every role as a process of its own."""
        for role in APART:
            self.start(role)

    def _words(self, role: Role) -> list[str]:
        web, dns = ["--port", str(self.port)], str(self.dns_port)
        more = {
            Role.WEB: web,
            Role.SERVE: [*web, "--no-prepare"],
            Role.DNS: ["--data", str(self.data_dir), "--port", dns],
        }
        return [role.value, *more.get(role, [])]

    def _is_live(self) -> bool:
        try:
            return httpx.get(f"{self.base_url}/health/live", timeout=5).is_success
        except httpx.TransportError:
            return False

    def process(self, role: Role) -> Process:
        """Return the process that was started last for a role."""
        return self._running[role]

    def pid(self, role: Role) -> int:
        """Return the process id of a role, also where `leeward serve` is the one that keeps it."""
        if role in self._running:
            return self._running[role].pid
        for pid, title in children_of(self._running[Role.SERVE].pid):
            if title.startswith(f"leeward {role} "):
                return pid
        raise LookupError(f"no process runs as {role} now; the supervisor may be about to start it again")

    def kill(self, role: Role) -> None:
        """End a role that was started here with SIGKILL."""
        self._running[role].kill()

    def stop(self) -> None:
        """Stop everything that still runs, and what it has started."""
        for process in self._running.values():
            process.ask_to_end()
        for process in self._running.values():
            process.stop()
        self._running.clear()


@dataclass(frozen=True)
class Blank:
    """A Leeward that was prepared once, to be copied into new data folders, which is faster than to prepare each."""

    data_dir: Path

    def copy_to(self, data_dir: Path) -> None:
        """Put the migrated SQLite database and the collected static files into a new data folder."""
        data_dir.mkdir(parents=True, exist_ok=True)
        shutil.copytree(self.data_dir / "static", data_dir / "static")
        with (
            closing(sqlite3.connect(self.data_dir / _DATABASE)) as blank,
            closing(sqlite3.connect(data_dir / _DATABASE)) as new,
        ):
            blank.backup(new)
