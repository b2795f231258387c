"""A plug-in for orders, installed as an installer would, and put into use."""

from __future__ import annotations

import dataclasses
import sys
from pathlib import Path
from typing import Any

import pytest

from leeward.cases import action_targets
from leeward.cases.action_targets import ACTION_TARGETS_GROUP
from leeward.core import config

LAID = """
from leeward.cases.action_targets import FolderTarget

class Laid(FolderTarget):
    name = "laid"
"""


def install(folder: Path, monkeypatch: pytest.MonkeyPatch, *, entry: str, module: str) -> None:
    """Put a package with entry points on the path, and forget what was loaded before under the same name."""
    action_targets._loaded.cache_clear()
    (folder / "made_up_target.py").write_text(module)
    metadata = folder / "made_up_target-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: made-up-target\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text(f"[{ACTION_TARGETS_GROUP}]\n{entry}\n")
    monkeypatch.syspath_prepend(folder)
    monkeypatch.delitem(sys.modules, "made_up_target", raising=False)


def put_into_use(settings: Any, *names: str, data_dir: Path | None = None) -> None:
    """Name the targets that are in use, as an operator does."""
    current = config.current()
    server = dataclasses.replace(current.server, data_dir=data_dir or current.server.data_dir)
    desk = dataclasses.replace(current.desk, action_targets=names)
    settings.LEEWARD = dataclasses.replace(current, server=server, desk=desk)
