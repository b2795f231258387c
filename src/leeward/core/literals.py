"""Conditions whose words stand in the statement itself, because SQLite uses a partial index only where it can read its condition there."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import F, Lookup


class _Written(Lookup):
    """`name = 'a'` or `name IN ('a', 'b')`, as Django writes the same condition of an index."""

    lookup_name = "written"
    prepare_rhs = False

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[str | int, ...]]:
        """Return the column and the words behind it."""
        column, params = self.process_lhs(compiler, connection)
        return f"{column} {self.rhs}", tuple(params)


def one_of(name: str, words: Iterable[str]) -> Any:
    """Return the condition that a column holds one of some words of the program, in the order in which the index has them.

    With parameters instead of words SQLite would read the whole table: it plans before it knows them.
    """
    chosen = [str(word) for word in words]
    if not all(word.isidentifier() for word in chosen):
        raise ValueError("only names of states can be written out")
    written = ", ".join(f"'{word}'" for word in chosen)
    return _Written(F(name), f"= {written}" if len(chosen) == 1 else f"IN ({written})")
