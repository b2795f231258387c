"""What this machine must have beside Python, and how to get it where it is missing."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import NoReturn

import pytest

POSTGRESQL = "sudo apt-get install postgresql (Debian, Ubuntu) or brew install postgresql@17 (macOS)"
REDIS = "sudo apt-get install redis-server (Debian, Ubuntu) or brew install redis (macOS)"
DIG = "sudo apt-get install bind9-dnsutils (Debian, Ubuntu) or brew install bind (macOS)"
CHROMIUM = (
    "sudo apt-get install chromium (Debian), brew install --cask chromium (macOS), "
    "or .venv/bin/playwright install chromium (anywhere)"
)


def missing(what: str, *, install: str) -> NoReturn:
    """Skip the test with a line that says how to install what it needs; where CI=true, fail with the same line."""
    line = f"{what} is missing on this machine. Install it: {install}"
    if os.environ.get("CI", "").lower() in {"1", "true"}:
        pytest.fail(line, pytrace=False)
    pytest.skip(line)


def program(name: str, *, beside: Iterable[Path] = ()) -> Path | None:
    """Return the path of a program from the folders `beside`, else from PATH, else None."""
    for folder in beside:
        if os.access(folder / name, os.X_OK):
            return folder / name
    found = shutil.which(name)
    return Path(found) if found else None
