"""The page of help names whom to call: the operator's number, and the directory of the helplines themselves."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.test import Client

from leeward.core import config, never
from leeward.site import views


@pytest.fixture
def client() -> Client:
    """A browser at this site's own name."""
    return Client(headers={"host": "localhost:8000"})


@pytest.fixture
def _number(settings: Any) -> None:
    current = config.current()
    settings.LEEWARD = replace(current, intake=replace(current.intake, emergency_number="1 12"))


@pytest.mark.usefixtures("_number")
def test_the_number_of_the_country_is_a_link_that_calls(client: Client) -> None:
    assert '<a class="button" href="tel:112"><bdi dir="ltr">1 12</bdi></a>' in client.get("/h/").content.decode()


def test_where_no_number_is_set_none_is_guessed(client: Client) -> None:
    assert "tel:" not in client.get("/h/").content.decode()


def test_the_list_of_helplines_is_where_it_says_and_nothing_is_promised(client: Client) -> None:
    page = client.get("/h/").content.decode()

    assert 'href="https://childhelplineinternational.org/"' in page
    assert "when each number was checked" not in page


def test_nobody_can_close_where_the_page_leads() -> None:
    assert urlsplit(views.HELPLINES).hostname in never.names()
