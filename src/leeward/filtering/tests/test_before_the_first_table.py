"""Before the first table is compiled, pages work and claim nothing."""

from __future__ import annotations

import pytest
from django.test import Client

from leeward.filtering import compiler, reading
from leeward.filtering.tests.signs import blocked, published

pytestmark = pytest.mark.django_db


def test_the_door_opens_before_there_is_a_table_and_follows_the_first_one() -> None:
    published("bad.example")
    browser = Client(headers={"host": "bad.example"})

    before = browser.get("/")
    compiler.Compiler(reading.table_path()).close()
    after = browser.get("/")

    assert (before.status_code, after.status_code) == (200, 403)


def test_a_table_that_cannot_be_read_blocks_nothing_on_a_page() -> None:
    reading.table_path().write_bytes(b"not a table")

    assert blocked("bad.example") == [False]
