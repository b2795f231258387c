"""Anybody may have the public keys, pages of other sites, too."""

from __future__ import annotations

import pytest
from django.test import Client

from leeward.core import signing

DOOR = "/.well-known/jwks.json"


@pytest.fixture
def client() -> Client:
    return Client(headers={"host": "localhost:8000"})


def test_the_keys_are_there_for_everybody(client: Client) -> None:
    answer = client.get(DOOR, headers={"origin": "https://court.example"})

    assert (answer.status_code, answer["Content-Type"]) == (200, "application/jwk-set+json")
    assert answer.json() == signing.jwks()
    assert answer["Access-Control-Allow-Origin"] == "*"
    assert not answer.cookies


def test_nothing_can_be_sent_to_the_keys(client: Client) -> None:
    assert client.post(DOOR).status_code == 405
