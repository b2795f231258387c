"""Received octets mean one thing, or they are refused in time that grows with their length only."""

import json
import time

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from leeward.engines import stix
from leeward.engines.stix import BadObject, Flaw, _strict

MILLION = 1_000_000

REFUSED = {
    "nothing": (b"", Flaw.NOT_JSON),
    "no JSON": (b"{", Flaw.NOT_JSON),
    "more than one value": (b"{}{}", Flaw.NOT_JSON),
    "a mark of the byte order": (b"\xef\xbb\xbf{}", Flaw.NOT_JSON),
    "another encoding": ('{"a":"é"}'.encode("latin-1"), Flaw.NOT_JSON),
    "UTF-16": ('{"a":1}'.encode("utf-16"), Flaw.NOT_JSON),
    "an encoded surrogate": (b'{"a":"\xed\xa0\x80"}', Flaw.NOT_JSON),
    "half a character": (rb'{"a":"\ud800"}', Flaw.NOT_TEXT),
    "half a character in a name": (rb'{"\udfff":1}', Flaw.NOT_TEXT),
    "a list": (b"[]", Flaw.NOT_AN_OBJECT),
    "a number": (b"7", Flaw.NOT_AN_OBJECT),
    "a text": (b'"a"', Flaw.NOT_AN_OBJECT),
    "one name twice": (b'{"a":1,"a":1}', Flaw.DUPLICATE_KEY),
    "one name twice, spelt differently": (rb'{"a":1,"\u0061":1}', Flaw.DUPLICATE_KEY),
    "one name twice, further in": (b'{"a":[{"b":{"c":1,"c":2}}]}', Flaw.DUPLICATE_KEY),
    "no number": (b'{"a":NaN}', Flaw.NOT_A_NUMBER),
    "an infinite number": (b'{"a":-Infinity}', Flaw.NOT_A_NUMBER),
    "a number that overflows": (b'{"a":1e400}', Flaw.NOT_A_NUMBER),
    "a whole number that readers round": (b'{"a":9007199254740992}', Flaw.NOT_A_NUMBER),
    "a negative one": (b'{"a":-9007199254740992}', Flaw.NOT_A_NUMBER),
    "a number without end": (b'{"a":' + b"1" * 200_000 + b"}", Flaw.NOT_A_NUMBER),
    "21 levels": (b'{"a":' + b"[" * 20 + b"]" * 20 + b"}", Flaw.TOO_DEEP),
    "levels without end": (b'{"a":' + b"[" * 200_000, Flaw.TOO_DEEP),
    "levels without end, of objects": (b'{"a":' * 40_000, Flaw.TOO_DEEP),
    "a long text": (b'{"a":"' + b"b" * MILLION + b'"}', Flaw.TOO_LONG),
    "an open text after brackets": (b'{"a":' + b"[]," * 30 + b'"' + rb"\"" * 100_000, Flaw.NOT_JSON),
}


@pytest.mark.parametrize(("octets", "code"), REFUSED.values(), ids=REFUSED.keys())
def test_what_means_no_one_thing_is_refused_with_its_code(octets: bytes, code: Flaw) -> None:
    with pytest.raises(BadObject) as refused:
        stix.read_object(octets)

    assert refused.value.code is code
    assert str(refused.value) != code


@pytest.mark.parametrize("number", [b"1e400", b"-1e400", b"NaN", b"1" * 400 + b".0"])
def test_a_number_without_end_is_refused_on_reading_already(number: bytes) -> None:
    with pytest.raises(BadObject):
        _strict.read(b'{"a":' + number + b"}")


ACCEPTED = {
    "20 levels": b'{"a":' + b"[" * 19 + b"]" * 19 + b"}",
    "many brackets side by side": b'{"a":[' + b",".join([b"{}"] * 500) + b"]}",
    "brackets in a text": b'{"a":"' + b"[{" * 500 + rb"\"[" + b'"}',
    "the largest whole number": b'{"a":9007199254740991,"b":-9007199254740991}',
    "a fraction": b'{"a":1.5e300}',
    "a whole character in two halves": rb'{"a":"\ud83d\ude00"}',
}


@pytest.mark.parametrize("octets", ACCEPTED.values(), ids=ACCEPTED.keys())
def test_what_is_unusual_and_means_one_thing_is_read(octets: bytes) -> None:
    assert stix.read_object(octets) == json.loads(octets)


_NUMBERS = st.integers(-(2**53) + 1, 2**53 - 1) | st.floats(allow_nan=False, allow_infinity=False)
_TEXTS = st.text(st.characters(codec="utf-8"))
_VALUES = st.recursive(
    st.none() | st.booleans() | _NUMBERS | _TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_TEXTS, inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(_TEXTS, _VALUES, max_size=4))
def test_the_one_spelling_is_that_of_rfc_8785(known: dict[str, object]) -> None:
    assert _strict.canonical(known) == rfc8785.dumps(known)  # type: ignore[arg-type]  # JSON, which its types cannot say.


def test_names_are_sorted_as_utf_16_where_that_differs() -> None:
    known: dict[str, object] = {"\U0001f600": 1, "\ufb33": 2}

    assert _strict.canonical(known) == '{"\U0001f600":1,"\ufb33":2}'.encode()


@pytest.mark.parametrize(
    "piece", [b'{"a":', b"[", b'"\\"', b'\\"', b"\\", b'"', b'{"a":[],', b"1", b"[[],", b" ", b'"\\ud800",'], ids=repr
)
def test_time_grows_with_the_length_only(piece: bytes) -> None:
    octets = (b'{"a":' + b"[]," * 30 + piece * _strict.OBJECT_OCTETS)[: _strict.OBJECT_OCTETS]

    before = time.process_time()
    with pytest.raises(BadObject):
        stix.read_object(octets)

    # Anything that looks twice at a quarter of a million octets takes minutes.
    assert time.process_time() - before < 2
