"""Ana, 12, reports without an account; a provider's page and a machine knock at the same door."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from leeward.reports.tests import knocks
from leeward.reports.tests.ana import HOST


@pytest.fixture(autouse=True)
def _nobody_has_knocked() -> None:
    """Forget how often each address knocked, which outlives a test."""
    knocks.forget()


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
