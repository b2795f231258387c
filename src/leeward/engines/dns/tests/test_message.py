"""The codec: whatever arrives, one named refusal or one answer that is never longer than asked."""

import dns.edns
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import pytest
from hypothesis import given
from hypothesis import strategies as st

from leeward.engines.dns import BadQuery, Counters
from leeward.engines.dns._answers import Answers
from leeward.engines.dns._callers import Caller, Callers
from leeward.engines.dns._cookies import Cookies
from leeward.engines.dns._known import Announced, Known
from leeward.engines.dns._message import Carrier, Data, Query, build_answer, build_upstream_query, name_of, parse_query
from leeward.engines.dns._resolve import Now, Ready, Resolve
from leeward.engines.dns._response import BadResponse, parse_response, render
from leeward.engines.dns._upstream import Upstreams

from .conftest import CONTACT, PAGE_V4, PAGE_V6, Rules

COUNTERS = Counters()
RESOLVE = Resolve(
    Rules(),
    answers=Answers(page_v4=PAGE_V4, page_v6=PAGE_V6, contact=CONTACT, counters=COUNTERS),
    callers=Callers(Rules().knows, trusted=(), device_option=None),
    cookies=Cookies(bytes(32)),
    known=Known(Announced("dns.isp.example", 853, 443)),
    upstreams=Upstreams((), timeout_s=1),
    counters=COUNTERS,
)
TYPES = st.sampled_from(["A", "AAAA", "MX", "TXT", "ANY", "HTTPS", "AXFR"])
LABEL = st.binary(min_size=1, max_size=63)


def query_octets(name: str = "www.bad.example", kind: str = "A", *, payload: int | None = None) -> bytes:
    use_edns = payload is not None
    return dns.message.make_query(name, kind, use_edns=use_edns, payload=payload or 0, id=4660).to_wire()


def parsed(octets: bytes) -> Query:
    return parse_query(octets, carrier=Carrier.UDP)


def answered(octets: bytes) -> tuple[bytes, int] | None:
    """Return the answer to a datagram and the size that it was allowed to have."""
    try:
        query = parsed(octets)
    except BadQuery as bad:
        return None if bad.answer is None else (bad.answer, 512)
    found = RESOLVE.begin(octets, Caller(Carrier.UDP, "192.0.2.7"), now=Now(0.0, 0))
    assert isinstance(found, Ready)
    return found.octets, query.limit_octets


@given(st.binary(max_size=600))
def test_arbitrary_octets_are_refused_by_name_or_answered(octets: bytes) -> None:
    answer = answered(octets)

    if answer is not None:
        assert len(answer[0]) <= answer[1]


@given(st.data(), TYPES, st.one_of(st.none(), st.integers(512, 4096)))
def test_a_damaged_query_is_refused_by_name_or_answered(data: st.DataObject, kind: str, payload: int | None) -> None:
    octets = bytearray(query_octets(kind=kind, payload=payload))
    for _ in range(data.draw(st.integers(1, 4))):
        octets[data.draw(st.integers(0, len(octets) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(octets)))

    for arrived in (bytes(octets), bytes(octets[:cut])):
        answer = answered(arrived)
        if answer is not None:
            assert len(answer[0]) <= answer[1]
            dns.message.from_wire(answer[0])


@given(st.lists(LABEL, max_size=3), TYPES, st.one_of(st.none(), st.integers(0, 4096)))
def test_every_name_is_answered_as_an_outside_judge_reads_it(
    labels: list[bytes], kind: str, payload: int | None
) -> None:
    name = dns.name.Name([*labels, b"example", b""])
    asked = dns.message.make_query(name, kind, use_edns=payload is not None, payload=payload or 0)

    answer = answered(asked.to_wire())

    assert answer is not None
    assert len(answer[0]) <= max(512, payload or 0)
    assert dns.message.from_wire(answer[0]).question == asked.question


def test_a_name_comes_out_in_lower_case_with_strange_octets_escaped() -> None:
    name = dns.name.Name([b"A.b\\", b"BAD", b"Example", b""])

    query = parsed(dns.message.make_query(name, "A").to_wire())

    assert name_of(query.wire) == "a\\046b\\092.bad.example"


@pytest.mark.parametrize(
    ("octets", "rcode"),
    [
        (query_octets()[:-1], dns.rcode.FORMERR),
        (query_octets() + b"\0", dns.rcode.FORMERR),
        (query_octets()[:12], dns.rcode.FORMERR),
        (b"\0\1\1\0\0\2" + query_octets()[6:], dns.rcode.FORMERR),
        (b"\0\1\1\0\0\0" + bytes(6), dns.rcode.FORMERR),
        (b"\0\1\1\0\0\1" + bytes(6) + b"\xc0\x0c\0\1\0\1", dns.rcode.FORMERR),
        (b"\0\1\1\0\0\1" + bytes(6) + (b"\x3f" + b"a" * 63) * 4 + b"\0\0\1\0\1", dns.rcode.FORMERR),
        (b"\0\1\x28\0\0\1" + query_octets()[6:], dns.rcode.NOTIMP),
    ],
)
def test_a_broken_query_gets_a_header_that_says_so(octets: bytes, rcode: dns.rcode.Rcode) -> None:
    with pytest.raises(BadQuery) as refused:
        parsed(octets)

    assert refused.value.answer is not None
    assert dns.message.from_wire(refused.value.answer).rcode() == rcode
    assert refused.value.answer[:2] == octets[:2]


@pytest.mark.parametrize("octets", [b"", b"short", b"\0\1\x81\x80" + query_octets()[4:]])
def test_responses_and_scraps_stay_without_an_answer(octets: bytes) -> None:
    with pytest.raises(BadQuery) as refused:
        parsed(octets)

    assert refused.value.answer is None


def test_two_edns_records_are_a_broken_query() -> None:
    octets = query_octets(payload=1232)
    twice = octets[:11] + b"\2" + octets[12:] + octets[-11:]

    with pytest.raises(BadQuery, match="broken"):
        parsed(twice)


def test_an_answer_that_does_not_fit_says_come_back_over_tcp() -> None:
    query = parsed(query_octets())

    octets = build_answer(query, data=[Data(16, 5, b"\xff" + b"x" * 255)] * 3)

    assert len(octets) <= 512
    assert dns.message.from_wire(octets).flags & dns.flags.TC


def test_an_upstream_query_is_a_query_with_edns() -> None:
    query = parsed(query_octets("WwW.ok.example"))

    made = dns.message.from_wire(build_upstream_query(query, id_=77, question=query.question))

    assert made.id == 77
    assert made.edns == 0
    assert made.question[0].name.to_text() == "WwW.ok.example."
    assert made.flags & dns.flags.RD


@given(st.binary(max_size=300))
def test_an_arbitrary_response_is_refused_by_name_or_rendered(rest: bytes) -> None:
    query = parsed(query_octets("ok.example"))
    octets = b"\0\7\x81\x80\0\1" + rest[:6].ljust(6, b"\0") + query.question + rest[6:]

    try:
        response = parse_response(octets, query=query, id_=7, question=query.question)
    except BadResponse:
        return

    assert len(render(response, query=query, age_s=0)) <= 512
