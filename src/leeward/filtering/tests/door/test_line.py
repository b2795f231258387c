"""Who comes over the home's line without a device that joined meets the rules of the line, and can ask, too."""

from __future__ import annotations

from datetime import datetime

import pytest
from django.test import Client
from django.utils import timezone

from leeward.core.models import User
from leeward.filtering.subscribers import sessions as subscriber_sessions
from leeward.filtering.subscribers.identities import of_network
from leeward.filtering.subscribers.models import Session, Subscriber
from leeward.filtering.subscribers.sessions import Event, Word
from leeward.filtering.tests.door.places import GAMES, HOST, OPEN, page
from leeward.filtering.tests.home import Home
from leeward.limits import services
from leeward.limits.choices import Whose
from leeward.limits.models import Ask, Limits

pytestmark = pytest.mark.django_db
LINE, ELSEWHERE = "192.0.2.7", "198.51.100.7"


@pytest.fixture
def line(home: Home, bea: User) -> Limits:
    """The limits of Bea's line, which has an address: games are kept away."""
    at = timezone.now()
    found = services.of_household(home.household, Whose.LINE, at=at)
    services.set_blocked(found, ["games"], by=bea, at=at)
    began(LINE, at=at)
    Subscriber.objects.update(household=home.household, linked_at=at)
    return found


def began(address: str, *, at: datetime) -> None:
    event = Event(Word.START, b"one", b"access", at, at, "line of Bea", (of_network(address),))
    subscriber_sessions.take([event], kind=Session.Kind.RADIUS, names={b"access": "access"}, at=at)


def over(address: str) -> Client:
    return Client(headers={"host": HOST}, REMOTE_ADDR=address)


def test_over_the_line_the_page_says_in_neutral_words_what_is_closed(line: Limits) -> None:
    found = page(over(LINE), GAMES)

    assert "This page is closed here</h1>" in found
    assert "The family at home decided it." in found
    assert "See my limits" not in found
    assert "/door/mine" not in found
    assert "is not closed by us" in page(over(LINE), OPEN)


def test_over_another_line_nothing_is_known(line: Limits) -> None:
    assert "is not closed by us" in page(over(ELSEWHERE), GAMES)


def test_under_a_closed_name_the_line_is_known(line: Limits) -> None:
    answer = Client(headers={"host": GAMES}, REMOTE_ADDR=LINE).get("/")

    found = answer.content.decode()
    assert answer.status_code == 403
    assert "This page is closed here</h1>" in found
    assert f'href="https://leeward.example/door?name={GAMES}">Ask for this page</a>' in found
    assert "csrfmiddlewaretoken" not in found


def test_over_the_line_somebody_asks_and_only_the_line_sees_it(line: Limits, phone: Client) -> None:
    path = over(LINE).post("/door/ask", {"name": GAMES})["Location"]

    assert Ask.objects.get().limits == line
    assert "The family has not answered yet." in over(LINE).get(path).content.decode()
    assert over(ELSEWHERE).get(path).status_code == 404
    assert phone.get(path).status_code == 404


def test_a_device_that_joined_has_its_own_limits_also_at_home(line: Limits, limits: Limits, phone: Client) -> None:
    found = phone.get("/door", {"name": GAMES}, REMOTE_ADDR=LINE).content.decode()

    assert "This page is closed for you</h1>" in found


@pytest.mark.parametrize("address", ["", "nonsense", "192.0.2.7.9", "unix:"])
def test_an_address_that_cannot_be_read_is_a_stranger(address: str, line: Limits) -> None:
    assert "is not closed by us" in page(over(address), GAMES)
