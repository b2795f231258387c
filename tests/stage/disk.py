"""What lies on disk, octet by octet, for a search for words that must not be there."""

from __future__ import annotations

import subprocess
from collections.abc import Iterable
from pathlib import Path


def octets(files: Iterable[Path]) -> bytes:
    """Return what the files hold, read by another process.

    Whoever closes a file drops all locks of its own process on it, those of SQLite too, and then another process may cut
    the file under us (fcntl(2); sqlite.org, «How To Corrupt», 2.2).
    """
    return subprocess.run(["cat", *(str(file) for file in files)], capture_output=True, check=True).stdout
