"""The demo's own data folder, emptied before the settings are read. Knows no Django."""

from __future__ import annotations

import shutil
import sys
from collections.abc import MutableMapping
from pathlib import Path

MARKER = "made-by-the-demo"


class CannotStart(Exception):
    """The demo cannot begin; the message says what to do."""


def fresh(path: Path) -> None:
    """Empty the demo's own folder, so that two demos in a row begin alike; refuse a folder that the demo did not make."""
    if path.exists() and any(path.iterdir()):
        if not (path / MARKER).exists():
            raise CannotStart(f"{path} holds something that the demo did not make; move it, or set LEEWARD_DATA_DIR")
        shutil.rmtree(path)
    path.mkdir(parents=True, exist_ok=True)
    (path / MARKER).touch()


def before_settings(argv: list[str], environ: MutableMapping[str, str]) -> None:
    """Choose and empty the data folder and name the site's address, as the command line says."""
    if {"-h", "--help"} & set(argv):
        return
    environ.setdefault("LEEWARD_DATA_DIR", ".demo")
    port = argv[argv.index("--site-port") + 1] if "--site-port" in argv[:-1] else "8000"
    environ.setdefault("LEEWARD_SITE_URL", f"http://localhost:{port}")
    try:
        fresh(Path(environ["LEEWARD_DATA_DIR"]))
    except CannotStart as error:
        sys.exit(f"leeward demo: {error}")
