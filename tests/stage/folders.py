"""Folders for servers. A test writes into a data folder only where this file made it."""

from __future__ import annotations

import os
import pwd
import shutil
import tempfile
from pathlib import Path

_made: set[Path] = set()


class NotOurFolder(Exception):
    """A server was pointed to a folder that the tests did not make: call `folders.make` and use what it returns."""


def make(name: str, *, owner: str | None = None) -> Path:
    """Return a new folder that belongs to the user `owner`; short, because the path of a UNIX socket may have 100 bytes."""
    folder = Path(tempfile.mkdtemp(prefix=f"leeward-{name}-")).resolve()
    if owner is not None:
        account = pwd.getpwnam(owner)
        os.chown(folder, account.pw_uid, account.pw_gid)
    _made.add(folder)
    return folder


def must_be_ours(folder: Path) -> Path:
    """Return the folder; raise `NotOurFolder` where another hand made it, or made it in another run."""
    if folder.resolve() not in _made:
        raise NotOurFolder(f"{folder} was not made by this run of the tests, so no server is started in it")
    return folder


def remove(folder: Path) -> None:
    """Remove a folder that `make` made."""
    shutil.rmtree(must_be_ours(folder), ignore_errors=True)
    _made.discard(folder.resolve())
