"""The table as this process reads it, for pages. The resolver is a process of its own and opens it by itself."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from leeward.core import config
from leeward.engines import policy


class NothingCompiled:
    """Stands in until the first table is compiled: it blocks nothing and says so on no page."""

    def decide(self, name: str) -> policy.Verdict:
        """Return that nothing is known."""
        return policy.ALLOWED


def table_path() -> Path:
    """Return where the compiled table lies."""
    return config.current().server.data_dir.resolve() / "policy.tbl"


@cache
def _opened(path: Path) -> policy.Reader:
    return policy.Reader.open(path)


def reader() -> policy.Reader | NothingCompiled:
    """Return the reader of this process, or a stand-in before there is a table."""
    try:
        return _opened(table_path())
    except (policy.TableMissing, policy.BadTable):
        return NothingCompiled()
