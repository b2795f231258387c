"""The picture of who takes part: everybody has a place, and an arrow stands only for what flows."""

from __future__ import annotations

import math

import pytest
from django.test import Client

from leeward.core.models import User
from leeward.engines import stix
from leeward.exchange.intake import services as intake
from leeward.exchange.overview import participants
from leeward.exchange.overview.participants import HEIGHT, MOST, WIDTH
from leeward.exchange.partners import services as partners
from leeward.exchange.sharing import services as sharing
from leeward.exchange.tests.tellers import AT, Teller

pytestmark = pytest.mark.django_db


@pytest.fixture
def client() -> Client:
    """A browser that asks for this site by its name."""
    return Client(headers={"Host": "localhost"})


def test_an_arrow_stands_only_for_what_flows() -> None:
    beacon, silent = Teller("beacon"), Teller("silent")
    intake.take(beacon.joins(), beacon.told(beacon.sign()), at=AT)
    silent.joins()

    first, second = participants.places(participants.participants(at=AT))

    assert (first.participant.partner.organisation.slug, first.participant.waiting) == ("beacon", 1)
    assert (first.to_us is not None, first.to_them, second.to_us, second.to_them) == (True, None, None, None)


def test_a_rule_lets_an_arrow_stand_towards_whom_it_names(olga: User) -> None:
    beacon = Teller("beacon").joins()
    sharing.add_rule(sharing.RuleDraft(("csam",), group="police"), by=olga, at=AT)
    (before,) = participants.places(participants.participants(at=AT))
    sharing.add_rule(sharing.RuleDraft(("csam",), group=beacon.group), by=olga, at=AT)
    (after,) = participants.places(participants.participants(at=AT))

    assert (before.to_them is None, after.to_them is None) == (True, False)


def test_everybody_stands_inside_and_nobody_on_another_or_on_the_house() -> None:
    for number in range(MOST + 3):
        Teller(f"partner-{number}").joins()

    known = participants.participants(at=AT)
    places = participants.places(known)

    assert (len(known), len(places)) == (MOST + 3, MOST)
    assert all(20 <= place.x <= WIDTH - 20 and 20 <= place.y <= HEIGHT - 20 for place in places)
    spots = [(place.x, place.y) for place in places] + [(WIDTH / 2, HEIGHT / 2)]
    assert min(math.dist(a, b) for a in spots for b in spots if a != b) > 2 * 18


def test_the_page_names_everybody_and_links_for_operators_only(client: Client, olga: User, cem: User) -> None:
    beacon = Teller("beacon")
    partner = beacon.joins()
    intake.take(partner, beacon.told(beacon.sign(kind=stix.Kind.DOMAIN, value="bad.example")), at=AT)
    pages = []
    for person in (olga, cem):
        client.force_login(person)
        pages.append(client.get("/exchange/").content.decode())

    assert all("It told us: 0 in force, 1 waiting." in page for page in pages)
    assert [f"/exchange/partners/{partner.uid}/" in page for page in pages] == [True, False]
    assert "bad.example" not in pages[0] + pages[1]


def test_who_left_is_not_in_the_picture_and_an_empty_one_says_what_to_do(client: Client, olga: User) -> None:
    partners.end(Teller("beacon").joins(), by=olga, at=AT)
    client.force_login(olga)
    page = client.get("/exchange/").content.decode()

    assert "Nobody takes part yet." in page
    assert "/exchange/partners/invite" in page
    assert "<svg" not in page.partition('id="who"')[2].partition("</section>")[0]


def test_a_page_marks_one_entry_of_the_navigation(client: Client, olga: User) -> None:
    client.force_login(olga)
    for address in ("/exchange/", "/exchange/partners/", "/exchange/sharing/", "/exchange/withdrawals/"):
        assert client.get(address).content.decode().count('aria-current="page"') == 1
