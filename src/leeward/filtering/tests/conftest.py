"""A data folder of its own for each test, so that each compiles a table of its own."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from leeward.core import config
from leeward.filtering import compiler, reading
from leeward.filtering.tests.signs import SCHOOL


@pytest.fixture(autouse=True)
def _own_folder_and_school(settings: Any, tmp_path: Path) -> None:
    """Keep the table in a new folder, and one made-up school reachable whatever is published."""
    current = config.current()
    server = dataclasses.replace(current.server, data_dir=tmp_path, site_url="https://leeward.example")
    network = dataclasses.replace(current.network, never_block=(SCHOOL,))
    settings.LEEWARD = dataclasses.replace(current, server=server, network=network)


@pytest.fixture
def compiling(db: None) -> Iterator[compiler.Compiler]:
    """The process that compiles."""
    running = compiler.Compiler(reading.table_path())
    yield running
    running.close()
