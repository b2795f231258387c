"""The tests stand on their own ground: their own data, their own folders, and this machine only."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from leeward.core import config
from tests.stage import folders
from tests.stage.postgres import PostgreSQL
from tests.stage.redis import Redis


def test_the_data_of_the_tests_is_not_in_the_repository() -> None:
    repository = Path(__file__).parents[3].resolve()

    data_dir = config.current().server.data_dir.resolve()

    # Where this fails, Django read its settings before conftest.py: name DJANGO_SETTINGS_MODULE there and nowhere else.
    assert not data_dir.is_relative_to(repository)


def test_nothing_outside_this_machine_can_be_reached() -> None:
    # pytest-socket warns of it before it refuses, and a warning is an error here.
    with pytest.raises(UserWarning, match=r"with host \"192\.0\.2\.1\""):
        socket.create_connection(("192.0.2.1", 80), timeout=1)


def test_postgresql_is_not_started_in_a_folder_that_the_tests_did_not_make(tmp_path: Path) -> None:
    server = PostgreSQL(tmp_path)
    made, server.folder = server.folder, tmp_path

    with pytest.raises(folders.NotOurFolder):
        server.initialise()
    with pytest.raises(folders.NotOurFolder):
        server.start()

    assert list(tmp_path.iterdir()) == []
    folders.remove(made)


def test_redis_is_not_started_in_a_folder_that_the_tests_did_not_make(tmp_path: Path) -> None:
    server = Redis(tmp_path / "redis-server")
    made, server.folder = server.folder, tmp_path

    with pytest.raises(folders.NotOurFolder):
        server.start()

    folders.remove(made)


def test_a_folder_of_others_is_not_removed(tmp_path: Path) -> None:
    with pytest.raises(folders.NotOurFolder):
        folders.remove(tmp_path)

    assert tmp_path.exists()
