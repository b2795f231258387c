"""Ten thousand wrong codes: how many of them are looked up at all, and what a neighbour notices."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from leeward.core import attempts, config
from leeward.helplines.conversations import services as talks
from leeward.helplines.conversations.models import Conversation, Desk
from leeward.helplines.tests.conftest import NOW

pytestmark = pytest.mark.django_db
GUESSES, WITHIN = 10_000, timedelta(hours=1)
# Five are free, eight waits grow to 300 s within 510 s, and then one guess is looked up every five minutes.
LOOKED_UP_AT_MOST = 25
GUESSER, NEIGHBOUR = "192.0.2.0/24", "198.51.100.0/24"


@pytest.fixture(autouse=True)
def _nobody_was_here() -> Iterator[None]:
    shutil.rmtree(config.current().server.data_dir / "wrong-codes", ignore_errors=True)
    yield
    shutil.rmtree(config.current().server.data_dir / "wrong-codes", ignore_errors=True)


def opened(finder: bytes, *, network: str, at: datetime) -> Conversation | None:
    """Open a talk as each of its doors does; raises `attempts.WaitFirst`."""
    with attempts.one(network, at=at) as attempt:
        talk = talks.find(finder)
        if talk is None:
            attempt.was_wrong()
    return talk


def test_ten_thousand_guesses_in_an_hour_are_few_looks_and_a_neighbour_never_waits(desk: Desk) -> None:
    finder = secrets.token_bytes(32)
    talk = talks.begin(
        desk,
        kind=Conversation.Kind.MAILBOX,
        language="en",
        band="",
        topic="",
        finder=finder,
        child_key=bytes(32),
        at=NOW,
    )
    looked_up, neighbours = 0, []
    for number in range(GUESSES):
        at = NOW + WITHIN * number / GUESSES
        try:
            assert opened(secrets.token_bytes(32), network=GUESSER, at=at) is None
            looked_up += 1
        except attempts.WaitFirst:
            pass
        if number % 100 == 0:
            neighbours.append(opened(finder, network=NEIGHBOUR, at=at))

    assert 5 < looked_up <= LOOKED_UP_AT_MOST
    assert neighbours == [talk] * (GUESSES // 100)
    with pytest.raises(attempts.WaitFirst):
        opened(finder, network=GUESSER, at=NOW + WITHIN)
