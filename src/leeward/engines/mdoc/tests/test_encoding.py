"""Hostile CBOR costs nothing and is refused before anything is looked at."""

from __future__ import annotations

import contextlib
import datetime as dt
import time

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from leeward.engines import mdoc
from leeward.engines.mdoc import Reason, _cbor


def refused(data: bytes) -> Reason:
    with pytest.raises(mdoc.Refused) as refusal:
        _cbor.read(data)
    return refusal.value.reason


@pytest.mark.parametrize(
    "data",
    [
        b"",
        bytes.fromhex("0102"),  # octets after the end
        bytes.fromhex("9f01ff"),  # an array without a length
        bytes.fromhex("5f4101ff"),  # a byte string without one
        bytes.fromhex("bf6161f5ff"),  # a map without one
        bytes.fromhex("a2616101616102"),  # a key twice
        bytes.fromhex("a20101f502"),  # one and true, which are one key here
        bytes.fromhex("61ff"),  # text that is no UTF-8
        bytes.fromhex("1c"),  # no item at all
        bytes.fromhex("9bffffffffffffffff"),  # an array longer than any
        bytes.fromhex("5bffffffffffffffff"),
        b"\x81" * 17 + b"\x01",  # too deep
        b"\x81" * 60_000 + b"\x01",
        bytes.fromhex("d8236161"),  # a regular expression
        bytes.fromhex("d81c81d81d00"),  # an array that holds itself
        bytes.fromhex("d9010282f4f5"),  # a set
        bytes.fromhex("c249") + b"\xff" * 9,  # a number without bounds
        bytes.fromhex("c1fb7ff0000000000000"),  # a moment at infinity
    ],
    ids=bytes.hex,
)
def test_what_no_mobile_document_holds_is_refused(data: bytes) -> None:
    assert refused(data) == Reason.ENCODING


@pytest.mark.parametrize(
    "data", [bytes.fromhex("c0613f"), bytes.fromhex("d81801"), bytes.fromhex("d903ec01")], ids=bytes.hex
)
def test_a_tag_around_something_else_is_refused(data: bytes) -> None:
    assert refused(data) == Reason.STRUCTURE


def test_what_is_too_large_is_not_read_at_all() -> None:
    assert refused(b"\x5a\x00\x01\x00\x00" + bytes(65_536)) == Reason.TOO_LARGE


def test_a_date_is_the_moment_that_it_says() -> None:
    assert _cbor.read(cbor2.dumps(cbor2.CBORTag(0, "2026-11-20T12:00:00Z"))) == dt.datetime(
        2026, 11, 20, 12, tzinfo=dt.UTC
    )


@given(st.binary(max_size=200))
def test_any_octets_are_read_or_refused(data: bytes) -> None:
    with contextlib.suppress(mdoc.Refused):
        _cbor.read(data)


def test_the_worst_answer_of_the_largest_size_costs_less_than_a_second() -> None:
    worst = [
        b"\x81" * 65_536,
        b"\x9a\x00\x00\xff\x00" + b"\x80" * 65_280,
        b"\xb9\x40\x00" + b"".join(cbor2.dumps(n) + b"\xf6" for n in range(16_384)),
        b"\xd8\x18" * 32_768,
    ]
    begun = time.perf_counter()

    for data in worst:
        try:
            _cbor.read(data[:65_536])
        except mdoc.Refused:
            continue

    assert time.perf_counter() - begun < 1
