"""A process that has just started, and the provider whose uploads are screened."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.test import Client

from leeward.core import machines
from leeward.core.models import ApiKey, Organisation
from leeward.screening import index, tallies
from leeward.screening.tests.uploads import AT


@pytest.fixture(autouse=True)
def _a_fresh_process(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The index lives as long as a process does; each test has one of its own."""
    monkeypatch.setattr(index, "_index", index.Index(tmp_path / "signs.seg"))
    monkeypatch.setattr(index, "segment_path", lambda: tmp_path / "signs.seg")
    tallies.forget()


@pytest.fixture
def machine(harbour: Organisation) -> Client:
    """The harbour's upload handler, with its key."""
    key = machines.make_key(harbour, scopes=[ApiKey.Scope.SCREEN], at=AT)
    return Client(headers={"host": "localhost:8000", "authorization": f"Bearer {key}"})
