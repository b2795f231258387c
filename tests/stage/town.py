"""Leeward and the example provider beside it, both running: the place where the stories of people play."""

from __future__ import annotations

import sqlite3
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from tests.stage.leeward import Blank, Keys, Leeward, Role
from tests.stage.ports import LOOPBACK, free_port
from tests.stage.provider import Provider

# What people and machines send ends in these tables, or nowhere.
STORED = ("reports_report", "reports_attachment", "cases_case", "cases_evidence", "core_blob", "indicators_indicator")
BAD_HOST = "bad.example"  # Under this name people know the provider's pages.


@dataclass(frozen=True)
class Town:
    """A Leeward on SQLite with all its processes, the provider that it protects, and the keys of both."""

    leeward: Leeward
    provider: Provider
    keys: Keys

    @property
    def url(self) -> str:
        """The address of Leeward's pages."""
        return self.leeward.base_url

    def photo_page(self, item: str) -> str:
        """Return the address of a photograph at the provider: another site than Leeward's, not only another port."""
        return self.provider.base_url.replace(LOOPBACK, "localhost") + f"/photos/{item}"

    def report(self, item: str, *, reason: str = "scares", host: str = BAD_HOST) -> str:
        """Send what the button sends about a photograph of the provider, and return the receipt."""
        thing = {"provider": "harbour", "id": item, "kind": "photo"}
        body = {"reason": reason, "page_url": f"https://{host}/photos/{item}", "item": thing}
        answer = httpx.post(
            f"{self.url}/api/v1/reports", json=body, headers={"Idempotency-Key": str(uuid.uuid4())}, timeout=30
        )
        return str(answer.raise_for_status().json()["receipt"])

    def count(self, table: str, *, where: str = "1") -> int:
        """Return how many rows a table has, as SQLite itself says."""
        address = f"file:{self.leeward.data_dir / 'leeward.sqlite3'}?mode=ro"
        with closing(sqlite3.connect(address, uri=True)) as database:
            found: int = database.execute(f"SELECT count(*) FROM {table} WHERE {where}").fetchone()[0]
        return found

    def stored(self) -> dict[str, int]:
        """Return how many rows there are of what was sent, table by table."""
        return {table: self.count(table) for table in STORED}


@contextmanager
def opened(blank: Blank, data_dir: Path) -> Iterator[Town]:
    """Start both in a new data folder and stop both at the end. Reports are not limited, as one machine sends them all."""
    blank.copy_to(data_dir)
    leeward = Leeward(data_dir, env={"LEEWARD_REPORTS_PER_MINUTE": "100000", "LEEWARD_RETRY_S": "0.1"})
    try:
        port = free_port()
        keys = leeward.make_cast(provider_url=f"http://{LOOPBACK}:{port}")
        leeward.start(Role.SERVE)
        provider = Provider(port=port, leeward_url=leeward.base_url, keys=keys, folder=data_dir)
        try:
            yield Town(leeward, provider, keys)
        finally:
            provider.process.stop()
    finally:
        leeward.stop()
