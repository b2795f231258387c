"""TAXII values are read as the standard says, and a malformed one is named."""

import contextlib
import urllib.parse
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leeward.engines.stix import NotATimestamp, taxii
from leeward.engines.stix.taxii import BadFilter, Filters, Version
from leeward.engines.stix.tests.signs import AT

INDICATOR = "indicator--00000000-0000-4000-8000-000000000001"
SIGHTING = "sighting--00000000-0000-4000-8000-000000000007"

GOOD = [
    ("", Filters()),
    ("unknown=1&match[unknown]=2", Filters()),
    ("added_after=2026-11-21T10:00:00.000000Z", Filters(added_after=AT)),
    ("added_after=2026-11-21T10:00:00Z", Filters(added_after=AT)),
    ("added_after=2026-11-21T10:00:00.000001Z", Filters(added_after=AT + timedelta(microseconds=1))),
    ("limit=1", Filters(limit=1)),
    (f"limit={2**53 - 1}", Filters(limit=2**53 - 1)),
    (f"next={taxii.encode_next(41)}&limit=5", Filters(next_position=41, limit=5)),
    (f"match[id]={INDICATOR},{SIGHTING}", Filters(ids=(INDICATOR, SIGHTING))),
    ("match[type]=indicator,x-made-up", Filters(types=("indicator", "x-made-up"))),
    ("match[version]=all", Filters(versions=(Version.ALL,))),
    (
        "match[version]=first,2026-11-21T10:00:00.000Z,last",
        Filters(versions=(Version.FIRST, AT, Version.LAST)),
    ),
    ("match[spec_version]=2.0,2.1", Filters(spec_versions=("2.0", "2.1"))),
    (
        "match%5Btype%5D=indicator&match%5Bversion%5D=all&limit=2",
        Filters(types=("indicator",), versions=(Version.ALL,), limit=2),
    ),
]

BAD = [
    ("added_after", "added_after="),
    ("added_after", "added_after=yesterday"),
    ("added_after", "added_after=2026-11-21"),
    ("added_after", "added_after=2026-11-21T10:00:00.000000"),
    ("added_after", "added_after=2026-11-21T10:00:00.000000%2B00:00"),
    ("added_after", "added_after=2026-13-21T10:00:00.000000Z"),
    ("added_after", "added_after=2026-11-21T10:00:60.000000Z"),
    ("added_after", "added_after=2026-11-21T10:00:00Z,2026-11-21T10:00:01Z"),
    ("added_after", "added_after=2026-11-21T10:00:00Z&added_after=2026-11-21T10:00:00Z"),
    ("limit", "limit="),
    ("limit", "limit=0"),
    ("limit", "limit=-1"),
    ("limit", "limit=1.0"),
    ("limit", "limit=%2B1"),
    ("limit", "limit=\u0661"),
    ("limit", f"limit={2**53}"),
    ("limit", "limit=" + "9" * 5000),
    ("limit", "limit=1&limit=1"),
    ("next", "next="),
    ("next", "next=41"),
    ("next", f"next={taxii.encode_next(41)}A"),
    ("next", "next=" + "A" * 12),
    ("next", "next=Af__________"),
    ("next", f"next={taxii.encode_next(1)}&next={taxii.encode_next(1)}"),
    ("match[id]", "match[id]="),
    ("match[id]", "match[id]=indicator--1"),
    ("match[id]", f"match[id]={INDICATOR},"),
    ("match[id]", f"match[id]={INDICATOR}, {SIGHTING}"),
    ("match[id]", f"match[id]={INDICATOR}&match[id]={SIGHTING}"),
    ("match[id]", "match[id]=" + ",".join([INDICATOR] * 101)),
    ("match[type]", "match[type]=Indicator"),
    ("match[type]", "match[type]=indicator;drop"),
    ("match[version]", "match[version]=newest"),
    ("match[version]", "match[version]=all,last"),
    ("match[version]", "match[version]=last,last"),
    ("match[version]", "match[version]=2026-11-21T10:00:00.000Z,2026-11-21T10:00:00.0Z"),
    ("match[spec_version]", "match[spec_version]=latest"),
]


def read(query: str) -> Filters:
    return Filters.from_query(urllib.parse.parse_qs(query, keep_blank_values=True))


@pytest.mark.parametrize(("query", "expected"), GOOD)
def test_a_filter_is_read(query: str, expected: Filters) -> None:
    assert read(query) == expected


@pytest.mark.parametrize(("parameter", "query"), BAD)
def test_a_malformed_or_repeated_filter_is_named(parameter: str, query: str) -> None:
    with pytest.raises(BadFilter) as refused:
        read(query)

    assert refused.value.parameter == parameter
    assert str(refused.value).startswith(f"{parameter}: ")


@given(
    st.sampled_from(
        ["added_after", "limit", "next", "match[id]", "match[type]", "match[version]", "match[spec_version]"]
    ),
    st.lists(st.text(), min_size=1, max_size=2),
)
def test_any_text_is_read_or_refused_by_name(parameter: str, values: list[str]) -> None:
    with contextlib.suppress(BadFilter):
        assert isinstance(Filters.from_query({parameter: values}), Filters)


def test_a_query_with_single_texts_is_a_mistake_in_the_caller() -> None:
    with pytest.raises(TypeError, match="lists"):
        Filters.from_query({"limit": "5"})


@given(st.integers(0, taxii.POSITION_MAX))
def test_a_paging_mark_keeps_its_position_without_any_memory(position: int) -> None:
    mark = taxii.encode_next(position)

    assert taxii.decode_next(mark) == position
    assert urllib.parse.quote(mark, safe="") == mark


@given(st.text("ABCDEFabcdef0123456789-_=", max_size=14))
def test_no_two_paging_marks_mean_the_same(mark: str) -> None:
    try:
        position = taxii.decode_next(mark)
    except BadFilter:
        return

    assert taxii.encode_next(position) == mark


@pytest.mark.parametrize(
    ("header", "accepted"),
    [
        ("application/taxii+json;version=2.1", True),
        ("application/taxii+json; version=2.1", True),
        ('Application/TAXII+json; Version="2.1"', True),
        ("application/taxii+json", True),
        ("*/*", True),
        ("application/*", True),
        ("text/html, application/taxii+json;version=2.1;q=0.5", True),
        ("text/html,*/*;q=0.1", True),
        ("", False),
        ("text/html", False),
        ("application/json", False),
        ("application/stix+json;version=2.1", False),
        ("application/taxii+json;version=2.0", False),
        ("application/taxii+json;version=", False),
        ("application/taxii+json;q=0", False),
        ("application/taxii+json;q=high", False),
        ("application/taxii+jsonish", False),
        (",;=,", False),
    ],
)
def test_a_client_is_served_only_if_it_takes_taxii_2_1(header: str, accepted: bool) -> None:
    assert taxii.accepts(header) is accepted


@given(st.text())
def test_any_accept_header_gets_an_answer(header: str) -> None:
    assert taxii.accepts(f"{header},*/*")


def test_timestamps_have_microseconds_and_are_utc() -> None:
    at = datetime(2026, 11, 21, 19, 0, 0, 7, tzinfo=timezone(timedelta(hours=9)))

    assert taxii.timestamp(at) == "2026-11-21T10:00:00.000007Z"


@given(st.datetimes(timezones=st.just(UTC)))
def test_a_timestamp_is_read_back(at: datetime) -> None:
    assert taxii.parse_timestamp(taxii.timestamp(at)) == at


def test_a_moment_without_time_zone_is_refused() -> None:
    with pytest.raises(NotATimestamp):
        taxii.timestamp(AT.replace(tzinfo=None))


def test_an_error_carries_its_status_as_text() -> None:
    assert taxii.error("Not found", http_status=404) == {"title": "Not found", "http_status": "404"}
    assert taxii.error("Bad", http_status=400, description="limit: wrong")["description"] == "limit: wrong"
