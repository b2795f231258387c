"""A person decides about a partner's sign once, can take it back, and sees an address only by asking for it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from leeward.core.models import Record, User
from leeward.engines import stix
from leeward.exchange.intake import services as intake
from leeward.exchange.intake.models import Received
from leeward.exchange.review import services as review
from leeward.exchange.review.probes import planted_signs
from leeward.exchange.tests.tellers import AT, MINUTE, Teller, trust
from leeward.indicators import services as indicators
from leeward.indicators.models import Category, Indicator, Kind

pytestmark = pytest.mark.django_db
State = Received.State
ADDRESS = "http://bad.example/room"
EMPTY = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


@pytest.fixture
def beacon() -> Teller:
    return Teller("beacon")


@pytest.fixture
def waiting(beacon: Teller) -> Received:
    """A sign of an address that waits."""
    partner = beacon.joins()
    intake.take(partner, beacon.told(beacon.sign(kind=stix.Kind.URL, value=ADDRESS)), at=AT)
    return Received.objects.get()


@pytest.fixture
def client() -> Client:
    """A browser that asks for this site by its name."""
    return Client(headers={"Host": "localhost"})


def in_force() -> list[str]:
    return list(Indicator.objects.filter(state=Indicator.State.ACTIVE).values_list("value", flat=True))


def state(received: Received) -> str:
    return Received.objects.get(pk=received.pk).state


def now(received: Received) -> Received:
    return Received.objects.get(pk=received.pk)


def test_an_accepted_sign_protects(waiting: Received, cem: User) -> None:
    review.accept(waiting, by=cem, at=AT)

    assert (state(waiting), in_force()) == (State.ACTIVE, [ADDRESS])
    assert Record.objects.get(kind="exchange.SignAccepted").facts == {"received_uid": str(waiting.uid)}


def test_a_sign_is_decided_once(waiting: Received, cem: User, dan: User) -> None:
    review.accept(waiting, by=cem, at=AT)

    with pytest.raises(review.AlreadyDecided):
        review.refuse(waiting, reason="mistake", by=dan, at=AT)
    with pytest.raises(review.AlreadyDecided):
        review.accept(waiting, by=dan, at=AT)

    assert in_force() == [ADDRESS]


def test_a_refused_sign_stays_refused_in_its_next_version(beacon: Teller, waiting: Received, cem: User) -> None:
    trust(waiting.partner, "bullying")
    review.refuse(waiting, reason="harmless", by=cem, at=AT)
    newer = beacon.sign(kind=stix.Kind.URL, value=ADDRESS, modified=AT + MINUTE)

    intake.take(waiting.partner, beacon.told(newer), at=AT + MINUTE)

    assert (state(waiting), in_force()) == (State.REFUSED, [])


def test_a_distrusted_sign_protects_nobody_here(waiting: Received, cem: User) -> None:
    review.accept(waiting, by=cem, at=AT)

    review.distrust(waiting, by=cem, at=AT + MINUTE)

    assert (state(waiting), in_force()) == (State.DISTRUSTED, [])


def test_every_decision_can_be_taken_back(waiting: Received, cem: User) -> None:
    seen = []
    steps: tuple[Callable[[], None], ...] = (
        lambda: review.accept(waiting, by=cem, at=AT),
        lambda: review.undo(now(waiting), by=cem, at=AT),
        lambda: review.refuse(waiting, reason="mistake", by=cem, at=AT),
        lambda: review.undo(now(waiting), by=cem, at=AT),
        lambda: review.accept(waiting, by=cem, at=AT),
        lambda: review.distrust(waiting, by=cem, at=AT),
        lambda: review.undo(now(waiting), by=cem, at=AT),
    )
    for step in steps:
        step()
        seen.append((state(waiting), len(in_force())))

    assert seen == [
        (State.ACTIVE, 1),
        (State.QUARANTINE, 0),
        (State.REFUSED, 0),
        (State.QUARANTINE, 0),
        (State.ACTIVE, 1),
        (State.DISTRUSTED, 0),
        (State.ACTIVE, 1),
    ]


def test_what_its_origin_took_back_no_one_brings_back(beacon: Teller, waiting: Received, cem: User) -> None:
    review.accept(waiting, by=cem, at=AT)
    sign = beacon.sign(kind=stix.Kind.URL, value=ADDRESS)
    intake.take(waiting.partner, beacon.told(stix.revoked(sign, at=AT + MINUTE)), at=AT + MINUTE)

    with pytest.raises(review.NothingToUndo):
        review.undo(now(waiting), by=cem, at=AT + MINUTE)

    assert (state(waiting), in_force()) == (State.WITHDRAWN, [])


def test_a_sign_whose_time_is_over_cannot_protect(beacon: Teller, waiting: Received, cem: User) -> None:
    short = beacon.sign(kind=stix.Kind.URL, value=ADDRESS, modified=AT + MINUTE, valid_until=AT + 2 * MINUTE)
    intake.take(waiting.partner, beacon.told(short), at=AT + MINUTE)

    with pytest.raises(review.TimeIsOver):
        review.accept(waiting, by=cem, at=AT + 3 * MINUTE)

    assert state(waiting) == State.QUARANTINE


def test_what_others_know_is_counted(waiting: Received) -> None:
    wanted = indicators.Sign(Kind.URL, ADDRESS, Category.BULLYING)
    indicators.publish([wanted], source="decision:1", actor="user:1", at=AT)

    assert review.known_here([waiting]) == {waiting.uid: 1}


def test_the_alarm_of_a_planted_sign_ends_when_somebody_looked(beacon: Teller, olga: User) -> None:
    intake.take(beacon.joins(), beacon.told(beacon.sign(value=EMPTY)), at=AT)
    was_well = planted_signs(AT).is_well

    review.look_at_canary(Received.objects.get(), by=olga, at=AT)

    assert (was_well, planted_signs(AT).is_well) == (False, True)
    with pytest.raises(review.AlreadyDecided):
        review.look_at_canary(Received.objects.get(), by=olga, at=AT)


def address(name: str, received: Received) -> str:
    return reverse(f"exchange_review:{name}", args=[received.uid])


STEPS = ("show", "accept", "refuse", "distrust", "undo", "seen")


def test_eve_and_bea_see_nothing_and_decide_nothing(waiting: Received, eve: User, bea: User, client: Client) -> None:
    for person in (None, eve, bea):
        if person is not None:
            client.force_login(person)
        pages = [reverse("exchange_overview"), reverse("exchange_review:queue"), address("one", waiting)]
        answers = [client.get(page) for page in pages]
        answers += [client.post(address(step, waiting), {"reason": "mistake"}) for step in STEPS]

        assert {answer.status_code for answer in answers} <= {302, 403}
        assert not any(b"beacon" in answer.content for answer in answers)

    assert state(waiting) == State.QUARANTINE


@pytest.mark.parametrize("who", ["cem", "sam", "olga"])
def test_reviewers_and_operators_see_what_waits_and_no_address(
    waiting: Received, who: str, client: Client, request: pytest.FixtureRequest
) -> None:
    client.force_login(request.getfixturevalue(who))

    pages = [client.get(reverse(name)) for name in ("exchange_overview", "exchange_review:queue")]
    pages.append(client.get(address("one", waiting)))

    assert [page.status_code for page in pages] == [200] * 3
    assert all(b"beacon" in page.content for page in pages)
    assert not any(b"bad.example" in page.content for page in pages)


def test_an_address_is_shown_on_request_and_that_is_recorded(waiting: Received, cem: User, client: Client) -> None:
    client.force_login(cem)

    page = client.post(address("show", waiting))

    assert ADDRESS in page.content.decode()
    record = Record.objects.get(kind="exchange.SignShown")
    assert (record.actor, record.facts) == (f"user:{cem.pk}", {"received_uid": str(waiting.uid)})


def test_a_hash_is_shown_shortened(beacon: Teller, cem: User, client: Client) -> None:
    intake.take(beacon.joins(), beacon.told(beacon.sign()), at=AT)
    client.force_login(cem)

    page = client.get(reverse("exchange_review:queue")).content.decode()

    value = beacon.sign().value
    assert value[:12] in page
    assert value[:13] not in page


def test_cem_decides_by_the_buttons(waiting: Received, cem: User, client: Client) -> None:
    client.force_login(cem)
    states = []
    for step, fields in (
        ("refuse", {"reason": "mistake"}),
        ("undo", {}),
        ("accept", {}),
        ("distrust", {"reason": "harmless"}),
    ):
        client.post(address(step, waiting), fields)
        states.append(state(waiting))

    assert states == [State.REFUSED, State.QUARANTINE, State.ACTIVE, State.DISTRUSTED]


def test_a_refusal_without_a_reason_asks_for_one(waiting: Received, cem: User, client: Client) -> None:
    client.force_login(cem)

    page = client.post(address("refuse", waiting), {})

    assert page.status_code == 422
    assert state(waiting) == State.QUARANTINE


def test_whoever_comes_second_is_told_how_it_stands(waiting: Received, cem: User, dan: User, client: Client) -> None:
    review.accept(waiting, by=dan, at=AT)
    client.force_login(cem)

    page = client.post(address("accept", waiting), follow=True)

    assert "Somebody was faster" in page.content.decode()


def test_the_overview_counts_what_came_in(beacon: Teller, olga: User, client: Client) -> None:
    intake.take(beacon.joins(), beacon.told(beacon.sign(value=EMPTY)), at=AT)
    client.force_login(olga)

    before = client.get(reverse("exchange_overview")).content.decode()
    client.post(address("seen", Received.objects.get()))
    after = client.get(reverse("exchange_overview")).content.decode()

    assert "something harmless that we planted" in before
    assert "something harmless that we planted" not in after
    assert "Bullying" in after


def test_keys_are_off_for_whoever_switched_them_off(waiting: Received, cem: User, client: Client) -> None:
    client.force_login(cem)
    queue = reverse("exchange_review:queue")

    has_keys = b"cases/desk.js" in client.get(queue).content
    client.cookies["desk_keys"] = "off"

    assert (has_keys, b"cases/desk.js" in client.get(queue).content) == (True, False)
