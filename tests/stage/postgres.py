"""A PostgreSQL server of our own: a new data folder, a free port of 127.0.0.1, and fsync on as in real life."""

from __future__ import annotations

import itertools
import os
import re
import signal
import subprocess
from pathlib import Path

import psycopg
from psycopg import sql

from tests.stage import folders, machine
from tests.stage.ports import LOOPBACK, free_port
from tests.stage.processes import Process, plain_environment

OWNER = "leeward"
_PLACES = ("/usr/lib/postgresql/*/bin", "/opt/homebrew/opt/postgresql@*/bin", "/usr/local/opt/postgresql@*/bin")


def programs() -> Path | None:
    """Return the folder with `initdb` and `postgres`, the newest version first, or None."""
    found = [folder for place in _PLACES for folder in Path("/").glob(place.lstrip("/"))]
    found.sort(key=lambda folder: [int(number) for number in re.findall(r"\d+", str(folder))], reverse=True)
    initdb = machine.program("initdb", beside=found)
    return initdb.parent if initdb else None


def _account() -> str | None:
    """Return the user who must run the server: it refuses root, and Debian's package has made an account for it."""
    return "postgres" if os.geteuid() == 0 else None


class PostgreSQL:
    """A running server. `kill` and `start` again to see a crash recovery; `close` removes everything."""

    def __init__(self, binaries: Path) -> None:
        self._binaries, self._numbers = binaries, itertools.count(1)
        self.folder = folders.make("postgresql", owner=_account())
        self.port = free_port()
        self.process: Process | None = None

    def initialise(self) -> None:
        """Make the data folder, for one superuser and without a password: only this machine can connect."""
        command = [self._binaries / "initdb", "-D", self._data, "-U", OWNER, "-A", "trust", "-E", "UTF8", "--no-locale"]
        done = subprocess.run(
            [str(part) for part in command],
            capture_output=True,
            text=True,
            env=plain_environment(),
            user=_account(),
            group=_account(),
            extra_groups=[] if _account() else None,
            cwd="/",
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"initdb ended with {done.returncode}\n{done.stderr}")

    @property
    def _data(self) -> Path:
        return folders.must_be_ours(self.folder) / "data"

    def start(self) -> None:
        """Start the server and wait until it answers."""
        settings = {
            "listen_addresses": LOOPBACK,
            "port": str(self.port),
            "unix_socket_directories": str(self.folder),
            "fsync": "on",
            "max_connections": "100",
        }
        options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        command = [str(self._binaries / "postgres"), "-D", str(self._data), *options]
        log = self.folder / "server.log"
        self.process = Process("PostgreSQL", command, env=plain_environment(), log=log, user=_account())
        self.process.wait_until(self._answers, what="PostgreSQL answers")

    def _answers(self) -> bool:
        try:
            psycopg.connect(self.url("postgres"), connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True

    def url(self, database: str) -> str:
        """Return the address of one database."""
        return f"postgresql://{OWNER}@{LOOPBACK}:{self.port}/{database}"

    def new_database(self, *, like: str = "template1") -> str:
        """Make an empty database, or a copy of the database `like`, to which nobody may be connected; return its name."""
        name = f"test_{next(self._numbers)}"
        command = sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(like))
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(command)
        return name

    def drop_database(self, name: str) -> None:
        """Remove a database, and whoever is still connected to it."""
        command = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(command)

    def close(self) -> None:
        """Stop the server and remove its folder."""
        if self.process is not None:
            self.process.stop(signal.SIGINT)  # «Fast»: it does not wait for clients.
        folders.remove(self.folder)


def started() -> PostgreSQL:
    """Start a new server; skip or fail the test where PostgreSQL is not installed."""
    binaries = programs()
    if binaries is None:
        machine.missing("PostgreSQL", install=machine.POSTGRESQL)
    server = PostgreSQL(binaries)
    server.initialise()
    server.start()
    return server
