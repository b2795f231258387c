"""The letters of a question towards upstreams: mixed by chance, and what does not come back as sent proves nothing."""

import dns.message
import pytest

from leeward.engines.dns._message import Carrier, parse_query
from leeward.engines.dns._upstream import _mixed

from .asking import good, over_udp, question, texts
from .conftest import HOST, House

LONG = "an-unusually-long-name-with-many-letters.ok.example"


def test_letters_are_mixed_and_nothing_else_changes() -> None:
    query = parse_query(question(LONG).to_wire(), carrier=Carrier.UDP)

    mixed = {_mixed(query.question) for _ in range(20)}

    assert len(mixed) > 15
    assert {one.lower() for one in mixed} == {query.question.lower()}
    assert all(one[-4:] == query.question[-4:] for one in mixed)


@pytest.mark.allow_hosts([HOST])
def test_an_answer_in_other_letters_is_asked_for_again_over_tcp(house: House) -> None:
    def in_small_letters(answer: dns.message.Message) -> bytes:
        octets, end = answer.to_wire(), 12 + len(LONG) + 2
        return octets[:12] + octets[12:end].lower() + octets[end:]

    upstream, address = house.upstream(
        lambda query: [in_small_letters(good(query, records=3))], lambda query: in_small_letters(good(query))
    )
    _, port = house.resolver(address, timeout_s=5)

    assert texts(over_udp(port, question(LONG))) == ["192.0.2.1"]
    assert upstream.streamed == 1
