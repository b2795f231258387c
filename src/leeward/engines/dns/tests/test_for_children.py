"""What children's profiles change: safe search, shorter lives of answers, Private Relay; and the canary for everybody."""

import dns.message
import dns.rcode
import pytest

from leeward.engines import dns as engine

from .asking import good, over_udp, question, texts
from .conftest import CHILD, HOST, House, Rules

pytestmark = pytest.mark.allow_hosts([HOST, "127.0.0.2"])
ANAS_LINE = "127.0.0.2"


def test_a_search_engine_is_answered_in_its_safe_form_with_addresses(house: House) -> None:
    upstream, address = house.upstream(lambda query: [good(query, records=2).to_wire()])
    resolver, port = house.resolver(address)

    first = over_udp(port, question("SEARCH.example"), source=ANAS_LINE)
    again = over_udp(port, question("search.example"), source=ANAS_LINE)

    alias, addresses = first.answer
    assert alias.to_text() == "SEARCH.example. 60 IN CNAME safe.search.example."
    assert addresses.name.to_text() == "safe.search.example."
    assert sorted(texts(again)) == ["192.0.2.1", "192.0.2.2", "safe.search.example."]
    assert [dns.message.from_wire(octets).question[0].name.to_text().lower() for octets in upstream.asked] == [
        "safe.search.example."
    ]
    assert resolver.counters.safe == 2


def test_grown_ups_get_the_search_engine_itself(house: House) -> None:
    _, address = house.upstream(lambda query: [good(query).to_wire()])
    _, port = house.resolver(address)
    over_udp(port, question("search.example"), source=ANAS_LINE)

    assert texts(over_udp(port, question("search.example"))) == ["192.0.2.1"]


@pytest.mark.parametrize("kind", ["HTTPS", "TXT"])
def test_other_records_of_a_search_engine_lead_to_its_safe_form_alone(house: House, kind: str) -> None:
    _, address = house.upstream(lambda query: [good(query).to_wire()])
    _, port = house.resolver(address)

    assert texts(over_udp(port, question("search.example", kind), source=ANAS_LINE)) == ["safe.search.example."]


def test_when_the_safe_form_cannot_be_found_the_search_engine_itself_is_not_shown(house: House) -> None:
    def refuse(query: bytes) -> list[bytes]:
        answer = dns.message.make_response(dns.message.from_wire(query))
        answer.set_rcode(dns.rcode.REFUSED)
        return [answer.to_wire()]

    _, address = house.upstream(refuse)
    _, port = house.resolver(address)

    answer = over_udp(port, question("search.example"), source=ANAS_LINE)

    assert (answer.rcode(), texts(answer)) == (dns.rcode.REFUSED, [])


def test_answers_live_shorter_for_children(house: House) -> None:
    _, address = house.upstream(lambda query: [good(query, ttl_s=86_400).to_wire()])
    _, port = house.resolver(address)

    lives = [
        over_udp(port, question("ok.example"), source=source).answer[0].ttl
        for source in (HOST, ANAS_LINE, HOST, ANAS_LINE)
    ]

    assert [life > 60 for life in lives] == [True, False, True, False]
    assert max(lives) <= 300


def test_private_relay_stays_off_for_children_alone(house: House) -> None:
    _, address = house.upstream(lambda query: [good(query).to_wire()])
    _, port = house.resolver(address)

    for name in ("mask.icloud.com", "MASK-h2.icloud.com"):
        assert over_udp(port, question(name), source=ANAS_LINE).rcode() == dns.rcode.NXDOMAIN
        assert texts(over_udp(port, question(name))) == ["192.0.2.1"]


def test_firefox_hears_that_there_is_a_filter(house: House) -> None:
    upstream, address = house.upstream(lambda query: [good(query).to_wire()])
    _, port = house.resolver(address)

    assert over_udp(port, question("use-application-dns.NET")).rcode() == dns.rcode.NXDOMAIN
    assert upstream.asked == []


def test_a_changed_rule_holds_from_the_very_next_question_on(house: House) -> None:
    class Changing(Rules):
        is_closed = False

        def decide(self, wire: bytes, who: bytes, at_s: int) -> engine.Ruling:
            return CLOSED if self.is_closed else CHILD

    closed_answer, rules = ["192.0.2.80"], Changing()
    _, address = house.upstream(lambda query: [good(query).to_wire()])
    resolver, port = house.resolver(address, policy=rules)
    over_udp(port, question("ok.example"))

    for _ in range(20):
        rules.is_closed = not rules.is_closed
        found = texts(over_udp(port, question("ok.example")))
        assert found == (closed_answer if rules.is_closed else ["192.0.2.1"])
    assert (resolver.counters.blocked, resolver.counters.cached) == (10, 10)


CLOSED = engine.Ruling(engine.Way.CLOSED, 17)
