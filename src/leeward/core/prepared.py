"""Queries whose SQL is made once: Django makes the same text anew at each call, which costs far more than the database takes for it.

For paths that are asked hundreds of times a second and nowhere else. `QuerySet` stays the place where a query is written::

    _OPEN = Prepared(lambda: Talk.objects.filter(uid=Given("uid", UUIDField())).values_list("pk"))
    _OPEN.first(uid=uid)
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db import connection
from django.db.models import Field, QuerySet, Value


class Given(Value):
    """A value that comes with each call, by its name and the field that says how the database takes it."""

    def __init__(self, name: str, field: Field[Any, Any]) -> None:
        super().__init__(name, output_field=field)

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, Any]:
        return "%s", [self]


class Prepared:
    """A query of plain columns; `make` returns it as `values_list`. Its rows come as the driver gives them, so ask for numbers."""

    def __init__(self, make: Callable[[], QuerySet[Any, Any]]) -> None:
        self._make = make
        self._made: dict[str, tuple[str, tuple[Any, ...]]] = {}

    def first(self, **given: object) -> tuple[Any, ...] | None:
        """Return the first row, or None. Raises `KeyError` where a value is missing."""
        sql, places = self._made.get(connection.vendor) or self._make_text()
        values = [_taken(place, given) for place in places]
        with connection.cursor() as cursor:
            cursor.execute(sql, values)
            row: tuple[Any, ...] | None = cursor.fetchone()
        return row

    def _make_text(self) -> tuple[str, tuple[Any, ...]]:
        # Two threads that make it at once make the same.
        made = self._made[connection.vendor] = self._make()[:1].query.sql_with_params()
        return made


def _taken(place: Any, given: dict[str, object]) -> Any:
    if not isinstance(place, Given):
        return place
    return place.output_field.get_db_prep_value(given[place.value], connection)
