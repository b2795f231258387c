from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from leeward.engines import policy
from leeward.engines.policy import mapped
from leeward.filtering.dnsdist.config import Plane

ANA = "127.0.0.12"  # Her device's address; a profile may be put for it.
ANA_NUMBER = 12


@dataclass
class Tables:
    """The tables of both planes, with their writers, and a plane that reads them."""

    folder: Path
    family: mapped.Writer
    signs: policy.Writer

    @property
    def plane(self) -> Plane:
        """The plane without addresses; `running` fills them in."""
        data = self.folder / "data"
        return Plane(
            data_dir=data,
            folder=self.folder / "dnsdist",
            listen=("127.0.0.1:1",),
            backends=("127.0.0.1:1",),
            door_v4="192.0.2.1",
        )


@contextmanager
def written_tables(folder: Path) -> Iterator[Tables]:
    """Write empty tables and hold their writers."""
    data = folder / "data"
    data.mkdir()
    with (
        policy.Writer.create(data / "policy.tbl", [], position=0, never_block=frozenset()) as signs,
        mapped.Writer.create(data / "family") as family,
    ):
        yield Tables(folder, family, signs)


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tables]:
    """Return empty tables that a module's tests fill."""
    with written_tables(tmp_path_factory.mktemp("dnsdist")) as made:
        yield made


@pytest.fixture
def other_tables(tmp_path: Path) -> Iterator[Tables]:
    """Return empty tables for one test."""
    with written_tables(tmp_path) as made:
        yield made


@pytest.fixture
def now() -> datetime:
    """Return the present, because dnsdist has no other clock."""
    return datetime.now(UTC)
