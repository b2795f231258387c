"""The fixtures of the tests that judge from outside. Servers start when the first test asks for them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.stage import browser as browsers
from tests.stage import postgres as postgresql
from tests.stage import redis
from tests.stage import town as towns
from tests.stage.leeward import Blank, Leeward
from tests.stage.wire import TAXII

SQLITE, POSTGRESQL = "sqlite", "postgresql"


@dataclass(frozen=True)
class Store:
    """Where one test's Leeward keeps its rows: a data folder, and PostgreSQL's address or None for SQLite in the folder."""

    kind: str
    data_dir: Path
    database_url: str | None


@pytest.fixture(scope="session")
def postgres() -> Iterator[postgresql.PostgreSQL]:
    """A PostgreSQL server for this run."""
    server = postgresql.started()
    yield server
    server.close()


@pytest.fixture(scope="session")
def redis_server() -> Iterator[redis.Redis]:
    """A Redis server for this run."""
    server = redis.started()
    yield server
    server.close()


@pytest.fixture(scope="session")
def blank(tmp_path_factory: pytest.TempPathFactory) -> Blank:
    """A data folder with a migrated SQLite database and collected static files, made once."""
    data_dir = tmp_path_factory.mktemp("blank")
    Leeward(data_dir).prepare()
    return Blank(data_dir)


@pytest.fixture(scope="session")
def blank_database(postgres: postgresql.PostgreSQL, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The name of a migrated PostgreSQL database, made once and copied for each test."""
    name = postgres.new_database()
    Leeward(tmp_path_factory.mktemp("blank-database"), postgres.url(name)).run("migrate", "--verbosity=0")
    return name


@pytest.fixture
def embedded_store(blank: Blank, tmp_path: Path) -> Store:
    """A new SQLite store."""
    blank.copy_to(tmp_path / "data")
    return Store(SQLITE, tmp_path / "data", None)


@pytest.fixture(params=[SQLITE, pytest.param(POSTGRESQL, marks=pytest.mark.scale)])
def store(request: pytest.FixtureRequest, embedded_store: Store) -> Iterator[Store]:
    """A new store, once on SQLite and once on PostgreSQL."""
    if request.param == SQLITE:
        yield embedded_store
        return
    server: postgresql.PostgreSQL = request.getfixturevalue("postgres")
    name = server.new_database(like=request.getfixturevalue("blank_database"))
    yield Store(POSTGRESQL, embedded_store.data_dir, server.url(name))
    server.drop_database(name)


@pytest.fixture
def leeward(store: Store) -> Iterator[Leeward]:
    """A Leeward on each of the stores, of which nothing runs yet."""
    leeward = Leeward(store.data_dir, store.database_url)
    yield leeward
    leeward.stop()


@pytest.fixture
def embedded(embedded_store: Store) -> Iterator[Leeward]:
    """A Leeward on SQLite only, of which nothing runs yet."""
    leeward = Leeward(embedded_store.data_dir)
    yield leeward
    leeward.stop()


@pytest.fixture(scope="module")
def town(blank: Blank, tmp_path_factory: pytest.TempPathFactory) -> Iterator[towns.Town]:
    """Leeward and a provider beside it, running for all tests of one module: to start them takes seconds."""
    with towns.opened(blank, tmp_path_factory.mktemp("town")) as opened:
        yield opened


@pytest.fixture
def port(town: towns.Town) -> int:
    """The port of Leeward in the town."""
    return town.leeward.port


@pytest.fixture
def provider_key(town: towns.Town) -> dict[str, str]:
    """The header of the provider's machine."""
    return {"Authorization": f"Bearer {town.keys.provider_key}"}


@pytest.fixture
def partner_key(town: towns.Town) -> dict[str, str]:
    """The headers of a partner's machine."""
    return {"Authorization": f"Bearer {town.keys.partner_key}", "Accept": TAXII}


@pytest.fixture
def nothing_is_stored(town: towns.Town) -> Iterator[None]:
    """Fails the test at its end where anything of what was sent was kept."""
    before = town.stored()
    yield
    assert town.stored() == before


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium, once a module: its driver holds an event loop in this thread, beside which Django refuses its database."""
    with browsers.opened() as opened:
        yield opened


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page with cookies of its own; the test fails where a script or the Content-Security-Policy was broken."""
    with browsers.new_page(browser) as page:
        yield page
