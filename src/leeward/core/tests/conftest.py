"""Each test of core begins with no reactions, chores and probes stated, and leaves none behind."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytest_django import Settings

from leeward.core import chores, facts, health
from leeward.core.tests import lamps


@pytest.fixture(autouse=True)
def _nothing_stated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(facts, "_reactions", {})
    monkeypatch.setattr(chores, "_chores", [])
    monkeypatch.setattr(health, "_probes", [])
    lamps.noted.clear()
    lamps.was_noted.clear()


@pytest.fixture
def store(transactional_db: None) -> None:
    """A database in which commits are real. `tests/test_stores.py` gives the same tests another one."""


@pytest.fixture
def sealed_folder(settings: Settings, tmp_path: Path) -> Path:
    """An empty folder that sealed blobs go to."""
    sealed = {**settings.STORAGES["sealed"], "OPTIONS": {"location": str(tmp_path / "blobs")}}
    settings.STORAGES = {**settings.STORAGES, "sealed": sealed}
    return tmp_path / "blobs"
