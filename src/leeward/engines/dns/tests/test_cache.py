"""The cache, with the clock as an argument."""

import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset
import pytest

from leeward.engines.dns._cache import Cache
from leeward.engines.dns._message import Carrier, Query, name_of, parse_query
from leeward.engines.dns._response import Response, parse_response, render

SOA = ("example.", 600, "IN", "SOA", "ns.example. host.example. 1 2 3 4 30")


def question(name: str = "ok.example", kind: str = "A") -> Query:
    return parse_query(dns.message.make_query(name, kind).to_wire(), carrier=Carrier.UDP)


def response(query: Query, *records: tuple[str, int, str, str, str], rcode: int = 0) -> Response:
    made = dns.message.make_response(
        dns.message.make_query(name_of(query.wire), dns.rdatatype.RdataType(query.type), id=5, use_edns=0)
    )
    made.set_rcode(dns.rcode.Rcode(rcode))
    for record in records:
        (made.authority if record[3] == "SOA" else made.answer).append(dns.rrset.from_text(*record))
    return parse_response(made.to_wire(), query=query, id_=5, question=query.question)


def address(ttl_s: int) -> tuple[str, int, str, str, str]:
    return ("ok.example.", ttl_s, "IN", "A", "192.0.2.1")


def test_an_answer_lives_as_long_as_its_shortest_record() -> None:
    cache, query = Cache(), question()
    cache.keep(query, response(query, address(60)), now_s=100)

    found = cache.find(query, now_s=159.5)

    assert found is not None
    shown = dns.message.from_wire(render(found[0], query=query, age_s=found[1]))
    assert shown.answer[0].ttl == 1
    assert cache.find(query, now_s=160) is None


@pytest.mark.parametrize(
    ("records", "rcode", "keep_s"),
    [
        ([address(86_400)], 0, 300),
        ([address(0)], 0, 0),
        ([SOA], 3, 30),
        ([SOA], 0, 30),
        ([], 3, 0),
        ([address(60)], 2, 0),
    ],
)
def test_how_long_an_answer_may_be_kept(records: list[tuple[str, int, str, str, str]], rcode: int, keep_s: int) -> None:
    assert response(question(), *records, rcode=rcode).keep_s == keep_s


def test_a_long_ttl_is_shortened_for_the_client() -> None:
    query = question()

    shown = dns.message.from_wire(render(response(query, address(86_400)), query=query, age_s=0))

    assert shown.answer[0].ttl == 300


def test_types_that_differ_only_in_a_letter_octet_are_kept_apart() -> None:
    cache = Cache()
    https, other = question(kind="TYPE65"), question(kind="TYPE97")  # 65 and 97 are "A" and "a".
    cache.keep(https, response(https, SOA), now_s=0)

    assert cache.find(other, now_s=0) is None
    assert cache.find(question("OK.example", "TYPE65"), now_s=0) is not None


def test_the_oldest_answer_leaves_a_full_cache() -> None:
    cache = Cache(max_answers=2)
    names = [question(f"n{number}.example") for number in range(3)]
    for name in names:
        cache.keep(name, response(name, ("ok.example.", 60, "IN", "A", "192.0.2.1")), now_s=0)

    assert [cache.find(name, now_s=1) is not None for name in names] == [False, True, True]
