"""Insert and find a row at a fraction of what the ORM takes to write its statement, for the few paths that every report passes."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from django.db import connection, models

_NUMBERS: frozenset[type] = frozenset({int, type(None)})
_TEXT: frozenset[type] = frozenset({str, type(None)})
# What every database driver takes without being asked twice, by the kind of field. Preparing is a third of an insert.
_AS_THEY_ARE: dict[str, frozenset[type]] = {
    "IntegerField": _NUMBERS,
    "BigIntegerField": _NUMBERS,
    "PositiveIntegerField": _NUMBERS,
    "PositiveSmallIntegerField": _NUMBERS,
    "ForeignKey": _NUMBERS,
    "BooleanField": frozenset({bool, type(None)}),
    "CharField": _TEXT,
    "SlugField": _TEXT,
    "DateTimeField": frozenset({type(None)}),
}


def insert(row: models.Model) -> None:
    """Insert a new row and give it its id: what `row.save(force_insert=True)` does, without signals and in one statement.

    The statement of a model is written once; the ORM writes it anew for each row, which takes longer than the database does.
    """
    _insert(row, or_leave="")


def insert_new(row: models.Model) -> bool:
    """Insert a row unless a unique column of it stands already in another row; False where it does, and nothing is inserted."""
    return _insert(row, or_leave=" ON CONFLICT DO NOTHING")


def _insert(row: models.Model, *, or_leave: str) -> bool:
    sql, returning, fields = _statement(type(row), connection.vendor)
    values = [
        value if type(value) in as_it_is else field.get_db_prep_save(value, connection=connection)
        for field, as_it_is, value in ((field, as_it_is, getattr(row, field.attname)) for field, as_it_is in fields)
    ]
    with connection.cursor() as cursor:
        cursor.execute(sql + or_leave + returning, values)
        found = cursor.fetchone()
    if found is None:
        return False
    row.pk = found[0]
    row._state.adding, row._state.db = False, connection.alias
    return True


# `vendor` is there for the cache: each database has its own way to write and to convert, and the tests use two in one process.
@cache
def _statement(
    model: type[models.Model], vendor: str
) -> tuple[str, str, list[tuple[models.Field[Any, Any], frozenset[type]]]]:
    fields = [field for field in model._meta.concrete_fields if not field.primary_key]
    columns = ", ".join(_column(field) for field in fields)
    marks = ", ".join(["%s"] * len(fields))
    insert_into = " ".join(("INSERT INTO", _table(model), f"({columns}) VALUES ({marks})"))
    kinds = [(field, _AS_THEY_ARE.get(field.get_internal_type(), frozenset())) for field in fields]
    return insert_into, f" RETURNING {_column(model._meta.pk)}", kinds


def find[Row: models.Model](model: type[Row], name: str, value: Any) -> Row:
    """Return the one row whose field `name` is `value`; raise the model's `DoesNotExist`."""
    sql, fields, converters = _question(model, name, connection.vendor)
    asked = _field(model, name).get_db_prep_value(value, connection=connection)
    with connection.cursor() as cursor:
        cursor.execute(sql, [asked])
        found = cursor.fetchone()
    if found is None:
        raise model.DoesNotExist  # type: ignore[attr-defined]  # every model has it
    values = list(found)
    for place, convert in converters:
        values[place] = convert(values[place], None, connection)
    return model.from_db(connection.alias, fields, values)


@cache
def _question(
    model: type[models.Model], name: str, vendor: str
) -> tuple[str, list[str], list[tuple[int, Callable[..., Any]]]]:
    fields, table = model._meta.concrete_fields, model._meta.db_table
    columns = ", ".join(_column(field) for field in fields)
    converters = [
        (place, convert)
        for place, column in enumerate(field.get_col(table) for field in fields)
        for convert in (*connection.ops.get_db_converters(column), *column.get_db_converters(connection))
    ]
    sql = " ".join(("SELECT", columns, "FROM", _table(model), "WHERE", _column(_field(model, name)), "= %s"))
    return sql, [field.attname for field in fields], converters


def _field(model: type[models.Model], name: str) -> models.Field[Any, Any]:
    return next(field for field in model._meta.concrete_fields if field.name == name)


def _table(model: type[models.Model]) -> str:
    return str(connection.ops.quote_name(model._meta.db_table))


def _column(field: models.Field[Any, Any]) -> str:
    return str(connection.ops.quote_name(str(field.column)))
