"""A pull takes every page once, knows where it stands after each, and is neither led astray nor kept busy by anybody."""

from __future__ import annotations

import itertools
import json
import time
from collections.abc import Iterator
from contextlib import closing

import pytest

from leeward.core.models import Delivery
from leeward.engines import stix
from leeward.exchange.following import calling, pulling
from leeward.exchange.following import services as following
from leeward.exchange.intake import services as intake
from leeward.exchange.intake.models import Received
from leeward.exchange.partners import services as partners
from leeward.exchange.partners.models import Partner
from leeward.exchange.tests.tellers import AT, MINUTE, Teller, trust
from leeward.exchange.tests.their_server import Query, Reply, TheirServer, page, serving

pytestmark = pytest.mark.django_db
FIRST, SECOND = "2026-11-22T10:00:00.000001Z", "2026-11-22T10:00:00.000002Z"


@pytest.fixture
def beacon() -> Teller:
    return Teller("beacon")


@pytest.fixture
def partner(beacon: Teller) -> Partner:
    return beacon.joins(collection="signs")


def at(server: TheirServer, partner: Partner) -> Partner:
    """Let the partner's server stand where this one stands."""
    partner.url = server.url
    partner.save(update_fields=["url"])
    return partner


def mark(partner: Partner) -> str:
    return Partner.objects.get(pk=partner.pk).mark


def fault(partner: Partner) -> str:
    return Partner.objects.get(pk=partner.pk).last_fault


def test_every_page_is_taken_and_the_mark_stands_at_the_end(beacon: Teller, partner: Partner) -> None:
    pages = {
        "": page(beacon.told(beacon.sign("one")), last_at=FIRST, more=True, following="n1"),
        "n1": page(more=True, following="n2"),
        "n2": page(beacon.told(beacon.sign("two")), last_at=SECOND),
    }

    with serving(lambda query: pages[query.get("next", "")]) as server:
        count = pulling.pull(at(server, partner), at=AT)

    assert count == 2
    assert Received.objects.count() == 2
    assert mark(partner) == SECOND
    assert [query.get("next") for query in server.queries] == [None, "n1", "n2"]
    assert {query["match[version]"] for query in server.queries} == {"all"}
    assert all("added_after" not in query for query in server.queries)
    assert server.headers[0]["Accept"] == "application/taxii+json;version=2.1"
    assert fault(partner) == ""


def test_the_next_round_begins_at_the_mark(beacon: Teller, partner: Partner) -> None:
    with serving(lambda _: page(beacon.told(beacon.sign()), last_at=FIRST)) as server:
        pulling.pull(at(server, partner), at=AT)
        pulling.pull(Partner.objects.get(), at=AT)

    assert [query.get("added_after") for query in server.queries] == [None, FIRST]


def test_a_server_without_marks_of_its_own_is_paged_by_time(beacon: Teller, partner: Partner) -> None:
    def answer(query: Query) -> Reply:
        if "added_after" not in query:
            return page(beacon.told(beacon.sign("one")), last_at=FIRST, more=True)
        return page(beacon.told(beacon.sign("two")), last_at=SECOND)

    with serving(answer) as server:
        pulling.pull(at(server, partner), at=AT)

    assert [query.get("added_after") for query in server.queries] == [None, FIRST]
    assert Received.objects.count() == 2


def test_between_two_pages_the_mark_stands_before_the_last_object_so_that_none_of_its_time_is_missed(
    beacon: Teller, partner: Partner
) -> None:
    def answer(query: Query) -> Reply:
        if "next" in query:
            return Reply(status=500)
        return page(beacon.told(beacon.sign()), last_at=SECOND, more=True, following="n1")

    with serving(answer) as server, pytest.raises(pulling.NotPulled, match="http_500"):
        pulling.pull(at(server, partner), at=AT)

    assert mark(partner) == FIRST
    assert Received.objects.count() == 1


@pytest.mark.parametrize("following_mark", ["", "n1"])
def test_a_server_that_always_gives_the_same_is_left(beacon: Teller, partner: Partner, following_mark: str) -> None:
    same = page(beacon.told(beacon.sign()), last_at=FIRST, more=True, following=following_mark)

    with serving(lambda _: same) as server, pytest.raises(pulling.NotPulled, match="endless"):
        pulling.pull(at(server, partner), at=AT)

    assert len(server.queries) == 2
    assert fault(partner) == "endless"


def test_a_server_that_has_always_more_and_never_anything_is_left(partner: Partner) -> None:
    numbers = itertools.count()

    with (
        serving(lambda _: page(more=True, following=f"n{next(numbers)}")) as server,
        pytest.raises(pulling.NotPulled, match="endless"),
    ):
        pulling.pull(at(server, partner), at=AT)


def drip() -> Iterator[bytes]:
    while True:
        yield b" "
        time.sleep(0.01)  # It is the slow server itself, not the test, that takes its time.


def flood() -> Iterator[bytes]:
    while True:
        yield b" " * 65_536


@pytest.mark.parametrize(
    ("reply", "code"),
    [
        (Reply(b"<html>"), "not_an_envelope"),
        (Reply(b"[]"), "not_an_envelope"),
        (Reply(b'{"objects": 1}'), "not_an_envelope"),
        (Reply(b'{"objects": [' + b"{}," * 9_999 + b"{}]}"), "too_many"),
        (Reply(b"{}", media_type="text/html"), "media_type"),
        (Reply(b"{}", headers={"X-TAXII-Date-Added-Last": "yesterday"}), "date_added"),
        (Reply(b"{}", headers={"Content-Encoding": "gzip"}), "packed"),
        (Reply(status=302, headers={"Location": "http://127.0.0.1:9/"}), "redirected"),
        (Reply(status=401), "http_401"),
        (Reply(status=404), "http_404"),
        (Reply(pieces=drip), "slow"),
        (Reply(pieces=flood), "too_large"),
    ],
)
def test_garbage_is_noted_by_a_short_code_and_moves_nothing(partner: Partner, reply: Reply, code: str) -> None:
    limits = pulling.Limits(page=calling.Limits(most_bytes=100_000, total_s=0.2, silence_s=5))
    with serving(lambda _: reply) as server, pytest.raises(pulling.NotPulled, match=code):
        pulling.pull(at(server, partner), at=AT, limits=limits)

    assert len(server.queries) == 1
    assert (mark(partner), fault(partner)) == ("", code)


def test_a_silent_server_is_left(partner: Partner) -> None:
    from socket import create_server  # a server that takes a call and says nothing

    with closing(create_server(("127.0.0.1", 0))) as listening:
        partner.url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        limits = pulling.Limits(page=calling.Limits(silence_s=0.1))
        with pytest.raises(pulling.NotPulled, match="slow"):
            pulling.pull(partner, at=AT, limits=limits)


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("http://localhost:9/api", "private_network"),
        ("ftp://bad.example/api", "not_an_address"),
        ("http://user:word@192.0.2.1/api", "not_an_address"),
        ("http://127.0.0.1:1/api", "unreachable"),
    ],
)
def test_no_name_leads_into_our_own_network(partner: Partner, url: str, code: str) -> None:
    partner.url = url

    with pytest.raises(pulling.NotPulled, match=code):
        pulling.pull(partner, at=AT)


def test_a_busy_server_is_given_the_time_that_it_asks_for(partner: Partner) -> None:
    with (
        serving(lambda _: Reply(status=429, headers={"Retry-After": "120"})) as server,
        pytest.raises(pulling.NotPulled) as refused,
    ):
        pulling.pull(at(server, partner), at=AT)

    assert (refused.value.code, refused.value.wait_s) == ("http_429", 120)


def test_one_bad_object_holds_nobody_back(beacon: Teller, partner: Partner) -> None:
    mixed = page(b'{"type": "indicator"}', b"3", beacon.told(beacon.sign()), last_at=FIRST)

    with serving(lambda _: mixed) as server:
        count = pulling.pull(at(server, partner), at=AT)

    assert (count, Received.objects.count()) == (3, 1)
    assert fault(partner) == "not_an_object"


def test_something_harmless_is_a_fault_of_the_partner(beacon: Teller, partner: Partner) -> None:
    empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

    with serving(lambda _: page(beacon.told(beacon.sign(value=empty)), last_at=FIRST)) as server:
        pulling.pull(at(server, partner), at=AT)

    assert fault(partner) == "canary"


def test_a_withdrawal_is_confirmed_once(beacon: Teller, partner: Partner) -> None:
    end = beacon.told(stix.revoked(beacon.sign(), at=AT + MINUTE))

    with serving(lambda _: page(end, last_at=FIRST)) as server:
        pulling.pull(at(server, partner), at=AT)

    [owed] = Delivery.objects.filter(task="leeward.exchange.receipts.services.confirm_to_partner")
    assert owed.arguments["items"][0]["id"] == f"indicator--{beacon.sign().uid}"


def test_a_page_that_comes_twice_has_no_effect_the_second_time(beacon: Teller, partner: Partner) -> None:
    trust(partner, "bullying")
    told = page(beacon.told(beacon.sign()), last_at=FIRST)

    with serving(lambda _: told) as server:
        pulling.pull(at(server, partner), at=AT)
        Partner.objects.update(mark="")
        pulling.pull(Partner.objects.get(), at=AT + MINUTE)

    assert Received.objects.get().turns == 1


def test_a_partner_that_is_suspended_meanwhile_is_heard_no_further(beacon: Teller, partner: Partner) -> None:
    def answer(_: Query) -> Reply:
        return page(beacon.told(beacon.sign()), last_at=FIRST)

    with serving(answer) as server:
        standing = at(server, partner)
        Partner.objects.update(state=Partner.State.SUSPENDED, suspended_at=AT)
        with pytest.raises(pulling.NotPulled, match="stopped"):
            pulling.pull(standing, at=AT)

    assert not Received.objects.exists()
    assert pulling.pull(Partner.objects.get(), at=AT) == 0


def test_a_partner_without_an_address_is_not_asked(partner: Partner) -> None:
    assert pulling.pull(partner, at=AT) == 0
    assert partners.active(partner.organisation) is not None


def test_whoever_fails_waits_longer_each_time_and_never_more_than_a_quarter_of_an_hour() -> None:
    waits = [following.backoff_s(failures) for failures in range(40)]

    assert waits[0] <= 5
    assert all(450 <= wait <= 900 for wait in waits[10:])


def test_octets_are_kept_as_they_came(beacon: Teller, partner: Partner) -> None:
    told = beacon.told(beacon.sign()).replace(b"\n", b" \r\n\t")

    with serving(lambda _: page(told, last_at=FIRST)) as server:
        pulling.pull(at(server, partner), at=AT)

    assert bytes(Received.objects.get().body) == told
    assert json.loads(told)["type"] == "indicator"
    assert intake.take(partner, told, at=AT).reason == "again"
