"""A page of objects is cut apart without changing an octet, and a hostile one is refused quickly."""

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leeward.engines import stix
from leeward.engines.stix import BadObject, Envelope, Flaw
from leeward.engines.stix.tests import judges
from leeward.engines.stix.tests.heads import KEYS, KID, PRIVATE
from leeward.engines.stix.tests.signs import PDQ_SIGN

MILLION = 1_000_000

_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(st.characters(codec="utf-8")),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
_BLANKS = st.text(" \t\r\n", max_size=3)


@given(st.lists(_VALUES, max_size=5), _BLANKS, st.booleans(), st.booleans())
def test_every_object_has_the_octets_in_which_it_came(
    values: list[object], blank: str, is_ascii: bool, is_more: bool
) -> None:
    pieces = [json.dumps(value, ensure_ascii=is_ascii, indent=len(blank) or None) for value in values]
    listed = f"{blank},{blank}".join(pieces)
    text = (
        f'{blank}{{"more":{json.dumps(is_more)},{blank}"objects"{blank}:{blank}[{blank}{listed}{blank}]{blank}}}{blank}'
    )

    found = stix.split_envelope(text.encode(), most=5)

    assert found == Envelope(tuple(piece.encode() for piece in pieces), more=is_more, next=None)


@pytest.mark.parametrize("text", ["{}", '{"objects":[]}', ' {"objects" : [ ] } ', '{"more":false}', '{"next":null}'])
def test_a_page_can_be_empty(text: str) -> None:
    assert stix.split_envelope(text.encode(), most=0) == Envelope((), more=False, next=None)


def test_a_page_says_where_the_next_one_begins() -> None:
    found = stix.split_envelope(b'{"objects":[{"a":1}],"next":"AQ==","more":true}', most=1)

    assert found == Envelope((b'{"a":1}',), more=True, next="AQ==")


def test_a_signature_is_proved_on_what_was_cut_out() -> None:
    known = stix.sign_object(stix.indicator(PDQ_SIGN), sign=PRIVATE.sign, kid=KID)

    (octets,) = stix.split_envelope(json.dumps({"objects": [known]}, indent=3).encode(), most=1).objects

    assert stix.verify_object(octets, keys=KEYS) == known


@judges.needs_shared
def test_a_bundle_is_cut_as_an_envelope_is() -> None:
    octets = (judges.SHARED / "exchange-bundle.json").read_bytes()

    found = stix.split_envelope(octets, most=100)

    assert [json.loads(one) for one in found.objects] == json.loads(octets)["objects"]
    assert all(one in octets for one in found.objects)


@pytest.mark.parametrize(
    "bad", [b"7", b"NaN", b'{"a":1,"a":2}', b'{"a":' + b"[" * 50 + b"]" * 50 + b"}", b'{"a":' + b"9" * 9999 + b"}"]
)
def test_one_bad_object_does_not_hold_back_the_others(bad: bytes) -> None:
    first, second, third = stix.split_envelope(b'{"objects":[{"a":1},' + bad + b',{"b":2}]}', most=3).objects

    assert (stix.read_object(first), stix.read_object(third)) == ({"a": 1}, {"b": 2})
    with pytest.raises(BadObject):
        stix.read_object(second)


REFUSED = {
    "nothing": (b"", Flaw.NOT_AN_ENVELOPE),
    "a list": (b"[]", Flaw.NOT_AN_ENVELOPE),
    "objects that are none": (b'{"objects":{}}', Flaw.NOT_AN_ENVELOPE),
    "more that is a number": (b'{"more":1}', Flaw.NOT_AN_ENVELOPE),
    "a mark that is a number": (b'{"next":1}', Flaw.NOT_AN_ENVELOPE),
    "a mark without end": (b'{"next":"' + b"a" * 2049 + b'"}', Flaw.NOT_AN_ENVELOPE),
    "half a character in the mark": (rb'{"next":"\ud800"}', Flaw.NOT_AN_ENVELOPE),
    "a line's end in the mark": (rb'{"next":"a\nb"}', Flaw.NOT_AN_ENVELOPE),
    "another encoding": ('{"é":1}'.encode("latin-1"), Flaw.NOT_JSON),
    "two lists": (b'{"objects":[],"objects":[]}', Flaw.DUPLICATE_KEY),
    "two lists, spelt differently": (rb'{"objects":[],"\u006fbjects":[]}', Flaw.DUPLICATE_KEY),
    "two values": (b"{}{}", Flaw.NOT_JSON),
    "a comma at the end": (b'{"objects":[{},]}', Flaw.NOT_JSON),
    "no comma": (b'{"objects":[{}{}]}', Flaw.NOT_JSON),
    "a name that is none": (b'{7:"a"}', Flaw.NOT_JSON),
    "an open object": (b'{"objects":[{"a":1}', Flaw.NOT_JSON),
    "an open text": (b'{"objects":["a', Flaw.NOT_JSON),
    "levels without end": (b'{"objects":[' + b"[" * MILLION, Flaw.TOO_DEEP),
    "levels without end beside the objects": (b'{"a":' + b'{"a":' * MILLION, Flaw.TOO_DEEP),
    "one object too many": (b'{"objects":[{},{},{}]}', Flaw.TOO_MANY),
    "a million objects": (b'{"objects":[' + b"{}," * MILLION + b"{}]}", Flaw.TOO_MANY),
    "a million members": (b"{" + b",".join(b'"%d":1' % n for n in range(100_000)), Flaw.NOT_JSON),
    "a million blanks": (b" " * MILLION, Flaw.NOT_AN_ENVELOPE),
    "a million marks of a text": (b'{"objects":["' + rb"\"" * MILLION, Flaw.NOT_JSON),
}


@pytest.mark.parametrize(("octets", "code"), REFUSED.values(), ids=REFUSED.keys())
def test_a_page_that_cannot_be_cut_is_refused_quickly(octets: bytes, code: Flaw) -> None:
    before = time.process_time()
    with pytest.raises(BadObject) as refused:
        stix.split_envelope(octets, most=2)

    assert refused.value.code is code
    assert time.process_time() - before < 2


def test_a_full_page_takes_no_longer_for_each_object_than_a_short_one() -> None:
    octets = b'{"objects":[' + b",".join([b'{"a":[1,2,3]}'] * 200_000) + b"]}"

    before = time.process_time()
    found = stix.split_envelope(octets, most=200_000)

    assert len(found.objects) == 200_000
    assert time.process_time() - before < 8


@given(st.binary(max_size=60) | st.text('{}[]":,\\ aeobjcts', max_size=40).map(str.encode))
def test_any_octets_are_cut_or_refused(octets: bytes) -> None:
    try:
        found = stix.split_envelope(octets, most=3)
    except BadObject:
        return

    assert json.loads(octets).get("objects", []) == [json.loads(one) for one in found.objects]
