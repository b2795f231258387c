"""How far the tables of the families follow the database: a small file beside them, written after what it covers is in them."""

from __future__ import annotations

import dataclasses
import json
import os
import tempfile
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from leeward.core import config

_FILE = "followed.json"
_BOOT = Path("/proc/sys/kernel/random/boot_id")


def folder() -> Path:
    """Return where the tables of the families lie."""
    return config.current().server.data_dir.resolve() / "family"


@dataclass(frozen=True, slots=True)
class State:
    """What is in the tables. Moments are whole seconds since 1970."""

    # The last position that was taken in, and the chain there, by which a database is known again.
    position: int
    mark: str
    looked_at_s: int
    # What the table of names was made of, and the position up to which that was the newest.
    names: str
    names_position: int
    # When the windows of some profile are no longer true; None where there are none.
    baked_until_s: int | None
    # The run of this machine in which the tables were last written; nothing where all of it is on the disk.
    boot: str

    def is_behind(self, at: datetime, *, by_s: float) -> bool:
        """Tell whether nobody has looked at the database for longer than `by_s`."""
        return at.timestamp() - self.looked_at_s > by_s


def boot() -> str:
    """Return what tells one run of this machine from another, or a word where the system does not say."""
    try:
        return _BOOT.read_text(encoding="ascii").strip()
    except OSError:
        return "unknown"


def read(place: Path) -> State | None:
    """Return the state that lies in the folder of the tables, or None where none does, or another version's."""
    try:
        return State(**json.loads((place / _FILE).read_text(encoding="ascii")))
    except (OSError, ValueError, TypeError):
        return None


def write(place: Path, state: State) -> None:
    """Put the state into the folder of the tables as a whole. The tables must be on the disk already."""
    handle, name = tempfile.mkstemp(dir=place, prefix=f".{_FILE}.")
    try:
        with os.fdopen(handle, "w", encoding="ascii") as file:
            os.fchmod(handle, 0o640)
            json.dump(dataclasses.asdict(state), file)
            file.flush()
            os.fsync(handle)
        Path(name).replace(place / _FILE)
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise


def forget(place: Path) -> None:
    """Take the state away, before tables that it does not describe come into its place."""
    (place / _FILE).unlink(missing_ok=True)
