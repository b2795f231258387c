"""Ana, 12, reports without an account; a provider's page and a machine knock at the same door."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from leeward.reports.tests import knocks
from leeward.reports.tests.ana import HOST


@pytest.fixture(autouse=True)
def _nobody_has_knocked() -> Iterator[None]:
    """Forget how often each address knocked, which outlives a test."""
    cache.clear()
    knocks.forget()
    yield
    cache.clear()


@pytest.fixture
def client() -> Client:
    """A visitor under a name of ours, without an account."""
    return Client(headers={"host": HOST})


@pytest.fixture
def collected(settings: Any, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Static files as `leeward serve` lays them out."""
    from django.core.management import call_command

    settings.STATIC_ROOT = tmp_path_factory.mktemp("static")
    call_command("collectstatic", interactive=False, verbosity=0)
