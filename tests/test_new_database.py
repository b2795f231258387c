"""A new database is made from the models at once, and nobody can tell it from one that went through every migration."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from tests.stage.leeward import Leeward
from tests.stage.postgres import PostgreSQL

type Shape = dict[str, set[tuple[object, ...]]]

COLUMNS = """SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attidentity,
    pg_get_expr(d.adbin, d.adrelid)
    FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid LEFT JOIN pg_attrdef d ON (d.adrelid, d.adnum) = (a.attrelid, a.attnum)
    WHERE c.relnamespace = 'public'::regnamespace AND a.attnum > 0 AND NOT a.attisdropped AND c.relkind = 'r'"""
CONSTRAINTS = """SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
    WHERE connamespace = 'public'::regnamespace"""
INDEXES = "SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'"
GROUPS = ("auth_group_permissions", "id")
NOTES = "SELECT app, name FROM django_migrations"
KINDS = "SELECT app_label, model FROM django_content_type"


def parts(statement: str) -> Iterator[str]:
    """Yield what stands between the outermost commas of CREATE TABLE: columns and constraints, in one spelling."""
    depth, part = 0, ""
    for letter in " ".join(statement[statement.index("(") + 1 : statement.rindex(")")].split()):
        depth += (letter == "(") - (letter == ")")
        if letter == "," and depth == 0:
            yield part.strip()
            part = ""
        else:
            part += letter
    yield part.strip()


def of_sqlite(path: Path) -> Shape:
    with closing(sqlite3.connect(path)) as database:
        rows = database.execute("SELECT type, tbl_name, name, sql FROM sqlite_master WHERE sql IS NOT NULL").fetchall()
        tables = {(table, part) for kind, table, _, text in rows if kind == "table" for part in parts(text)}
        others = {(kind, table, name, text) for kind, table, name, text in rows if kind != "table"}
        shape: Shape = {"tables": set(tables), "others": set(others)}
        return shape | {query: set(database.execute(query)) for query in (NOTES, KINDS)}


def of_postgresql(url: str) -> Shape:
    with psycopg.connect(url) as database:
        return {query: set(database.execute(query)) for query in (COLUMNS, CONSTRAINTS, INDEXES, NOTES, KINDS)}


def told_apart(at_once: Leeward, step_by_step: Leeward, shape_of: Callable[[Leeward], Shape]) -> list[str]:
    at_once.run("migrate", "--verbosity=0")
    # With the name of an app, it goes through its migrations; then there are tables, and the rest goes so, too.
    step_by_step.run("migrate", "core", "--verbosity=0")
    step_by_step.run("migrate", "--verbosity=0")
    one, other = shape_of(at_once), shape_of(step_by_step)
    assert all(one.values())
    # Django's migrations forget which number the app of groups has chosen for its own rows; nobody here has groups.
    for shape in (one, other):
        shape.get(COLUMNS, set()).difference_update({row for row in shape.get(COLUMNS, ()) if row[:2] == GROUPS})
    return sorted(map(str, (row for key in one for row in one[key] ^ other[key])))


def test_on_sqlite_nobody_can_tell_it_apart(tmp_path: Path) -> None:
    folders = [tmp_path / "at-once", tmp_path / "step-by-step"]
    for folder in folders:
        folder.mkdir()

    at_once, step_by_step = map(Leeward, folders)
    assert told_apart(at_once, step_by_step, lambda one: of_sqlite(one.data_dir / "leeward.sqlite3")) == []


@pytest.mark.scale
def test_on_postgresql_nobody_can_tell_it_apart(postgres: PostgreSQL, tmp_path: Path) -> None:
    names = [postgres.new_database(), postgres.new_database()]
    urls = {tmp_path / name: postgres.url(name) for name in names}
    for folder in urls:
        folder.mkdir()

    at_once, step_by_step = (Leeward(folder, url) for folder, url in urls.items())
    assert told_apart(at_once, step_by_step, lambda one: of_postgresql(urls[one.data_dir])) == []
    for name in names:
        postgres.drop_database(name)
