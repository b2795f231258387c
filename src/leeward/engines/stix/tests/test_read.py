"""What others write is read exactly, or refused with the place of the fault."""

import copy
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leeward.engines import stix
from leeward.engines.stix import EXTENSION_ID, Kind, NotASign, Sign, Tlp
from leeward.engines.stix.tests import judges
from leeward.engines.stix.tests.signs import PDQ_SIGN, VALUES, sign_of, signs

OURS = f"extensions.{EXTENSION_ID}"

type Change = Callable[[dict[str, Any]], object]


@given(signs())
def test_what_was_written_is_read_back(sign: Sign) -> None:
    assert stix.parse_indicator(json.loads(json.dumps(stix.indicator(sign)))) == sign


@given(signs())
def test_a_sign_survives_a_trip_through_the_stix2_library(sign: Sign) -> None:
    assert stix.parse_indicator(judges.through_stix2(stix.indicator(sign))) == sign


def _set(*path: str, to: object) -> Change:
    def change(known: dict[str, Any]) -> None:
        for step in path[:-1]:
            known = known[step]
        known[path[-1]] = to

    return change


def _drop(*path: str | int) -> Change:
    def change(known: Any) -> None:
        for step in path[:-1]:
            known = known[step]
        del known[path[-1]]

    return change


FAULTS = [
    ("type", _set("type", to="malware")),
    ("spec_version", _drop("spec_version")),
    ("spec_version", _set("spec_version", to="2.0")),
    ("pattern_type", _set("pattern_type", to="sigma")),
    ("id", _set("id", to="indicator--not-a-uuid")),
    ("id", _set("id", to="malware--00000000-0000-4000-8000-000000000001")),
    ("id", _set("id", to="indicator--{00000000-0000-4000-8000-000000000001}")),
    ("id", _set("id", to=7)),
    ("created_by_ref", _drop("created_by_ref")),
    ("created", _set("created", to="2026-02-30T00:00:00.000Z")),
    ("modified", _set("modified", to="2026-11-21T10:00:00+00:00")),
    ("modified", _set("modified", to="2026-11-20T10:00:00.000Z")),
    ("valid_until", _set("valid_until", to=None)),
    ("revoked", _set("revoked", to="true")),
    ("confidence", _set("confidence", to=True)),
    ("confidence", _set("confidence", to=101)),
    ("confidence", _set("confidence", to=50.0)),
    ("labels", _set("labels", to="label")),
    ("labels", _set("labels", to=[1])),
    ("object_marking_refs", _set("object_marking_refs", to=stix.marking_id(Tlp.RED))),
    ("object_marking_refs", _set("object_marking_refs", to=[7])),
    (f"{OURS}.lead_only", _set("extensions", EXTENSION_ID, "lead_only", to=True)),
    (f"{OURS}.lead_only", _set("extensions", EXTENSION_ID, "lead_only", to="no")),
    ("extensions", _drop("extensions")),
    ("extensions", _set("extensions", to=[])),
    (OURS, _set("extensions", to={})),
    (f"{OURS}.category", _drop("extensions", EXTENSION_ID, "category")),
    (f"{OURS}.reviews", _set("extensions", EXTENSION_ID, "reviews", to="2")),
    (f"{OURS}.severity", _set("extensions", EXTENSION_ID, "severity", to=None)),
    (f"{OURS}.signal", _set("extensions", EXTENSION_ID, "signal", to="url")),
    (f"{OURS}.legality", _set("extensions", EXTENSION_ID, "legality", to=["illegal"])),
    (f"{OURS}.legality.basis", _drop("extensions", EXTENSION_ID, "legality", 0, "basis")),
    ("max_distance", _set("extensions", EXTENSION_ID, "max_distance", to=300)),
    ("pattern", _drop("pattern")),
    ("pattern", _set("pattern", to="[url:value LIKE 'http://a.example/%']")),
    ("pattern", _set("pattern", to="[url:value = 'http://a.example/'] AND [url:value = 'http://b.example/']")),
    ("pattern", _set("pattern", to="[url:value != 'http://a.example/']")),
    ("pattern", _set("pattern", to="[url:value = 'it's']")),
    ("pattern", _set("pattern", to=r"[url:value = 'a\n']")),
    ("pattern", _set("pattern", to="[file:name = 'a']")),
    (
        "pattern",
        _set(
            "pattern", to="[file:hashes.MD5 = 'd41d8cd98f00b204e9800998ecf8427e' AND url:value = 'http://a.example/']"
        ),
    ),
    ("pattern", _set("pattern", to="[url:value = 'http://a.example/'] OR")),
    ("pattern", _set("pattern", to="[url:value = 'http://a.example/' OR]")),
    ("pattern", _set("pattern", to="[url:value = 'http://a.example/'")),
    ("pattern", _set("pattern", to="[url:value = 'http://a.example/'] WITHIN 5 SECONDS")),
    ("pattern", _set("pattern", to="")),
    ("pattern", _set("pattern", to="[" + " OR ".join(["url:value = 'http://a.example/'"] * 17) + "]")),
    ("pattern", _set("pattern", to=" OR ".join(["[url:value = 'http://a.example/']"] * 17))),
    ("pattern", _set("pattern", to="[" * 5000)),
    ("pattern", _set("pattern", to=" " * 1_000_000)),
    ("pattern", _set("pattern", to="[url:value = 'a' OR " * 5_000)),
    ("pattern", _set("pattern", to="[url:value = '" + "\\\\" * 50_000)),
]


@pytest.mark.parametrize(("path", "change"), FAULTS)
def test_a_fault_is_refused_and_its_place_is_named(path: str, change: Change) -> None:
    known = copy.deepcopy(stix.indicator(PDQ_SIGN))
    change(known)

    with pytest.raises(NotASign) as refused:
        stix.parse_indicator(known)

    assert refused.value.path == path


def test_a_refusal_does_not_repeat_what_was_sent() -> None:
    known = stix.indicator(PDQ_SIGN) | {"pattern": "[url:value = 'made-up-word"}

    with pytest.raises(NotASign) as refused:
        stix.parse_indicator(known)

    assert "made-up-word" not in str(refused.value)


@pytest.mark.parametrize(
    ("kind", "pattern"),
    [
        (Kind.MD5, "[file:hashes.'MD5' = 'D41D8CD98F00B204E9800998ECF8427E']"),
        (Kind.PDQ, f"[file:hashes.PDQ='{PDQ_SIGN.value}']"),
        (Kind.DOMAIN, "  [ domain-name:value  =  'blocked.example' ]  "),
    ],
)
def test_the_same_pattern_in_another_spelling_is_the_same_sign(kind: Kind, pattern: str) -> None:
    known = stix.indicator(sign_of(kind)) | {"pattern": pattern}

    assert judges.is_valid(known)
    assert stix.parse_indicator(known) == sign_of(kind)


SEVERAL = [
    (
        f"[file:hashes.'SHA-256' = '{VALUES[Kind.SHA256]}' OR file:hashes.MD5 = '{VALUES[Kind.MD5]}']",
        [Kind.SHA256, Kind.MD5],
    ),
    (
        f"[file:hashes.'SHA-256'='{VALUES[Kind.SHA256]}'] OR [file:hashes.'SHA-1'='{VALUES[Kind.SHA1]}']",
        [Kind.SHA256, Kind.SHA1],
    ),
    (
        "[url:value = 'https://blocked.example/path' OR domain-name:value = 'blocked.example']",
        [Kind.URL, Kind.DOMAIN],
    ),
    (
        f"[file:hashes.'SHA-256' = '{VALUES[Kind.SHA256]}' OR file:hashes.PDQ = '{PDQ_SIGN.value}']",
        [Kind.SHA256, Kind.PDQ],
    ),
]


@pytest.mark.parametrize(("pattern", "kinds"), SEVERAL)
def test_alternatives_are_as_many_signs_of_one_id(pattern: str, kinds: list[Kind]) -> None:
    known = stix.indicator(sign_of(kinds[0])) | {"pattern": pattern}

    found = stix.parse_signs(known)

    assert judges.is_valid(known)
    assert [sign.kind for sign in found] == kinds
    assert {sign.uid for sign in found} == {PDQ_SIGN.uid}
    with pytest.raises(NotASign, match="pattern"):
        stix.parse_indicator(known)


def test_the_same_alternative_twice_is_one_sign() -> None:
    pattern = f"[file:hashes.MD5 = '{VALUES[Kind.MD5]}' OR file:hashes.'MD5' = '{VALUES[Kind.MD5].upper()}']"

    assert stix.parse_indicator(stix.indicator(sign_of(Kind.MD5)) | {"pattern": pattern}) == sign_of(Kind.MD5)


def test_a_distance_goes_to_the_likeness_among_alternatives() -> None:
    pattern = f"[file:hashes.PDQ = '{PDQ_SIGN.value}' OR file:hashes.MD5 = '{VALUES[Kind.MD5]}']"

    likeness, digest = stix.parse_signs(stix.indicator(PDQ_SIGN) | {"pattern": pattern})

    assert (likeness.max_distance, digest.max_distance) == (31, None)


PIECES = [
    "[",
    "]",
    " ",
    "'",
    "\\",
    "=",
    "OR",
    " OR ",
    "AND",
    "(",
    "url:value",
    "'a'",
    "url:value='a'",
    "[url:value='a']",
]


@given(st.lists(st.sampled_from(PIECES), max_size=30).map("".join))
def test_any_pattern_is_read_or_refused(pattern: str) -> None:
    known = stix.indicator(sign_of(Kind.URL)) | {"pattern": pattern}

    try:
        found = stix.parse_signs(known)
    except NotASign:
        return

    assert all(sign.kind is Kind.URL for sign in found)


WHITE_OF_TLP_1 = "marking-definition--613f2e26-407d-48c7-9eca-b8e91df99dc9"


@pytest.mark.parametrize(
    ("change", "tlp"),
    [
        ({"object_marking_refs": [WHITE_OF_TLP_1]}, Tlp.RED),
        ({"object_marking_refs": [stix.marking_id(Tlp.CLEAR), WHITE_OF_TLP_1]}, Tlp.RED),
        ({"object_marking_refs": [stix.marking_id(Tlp.GREEN), stix.marking_id(Tlp.AMBER_STRICT)]}, Tlp.AMBER_STRICT),
        ({"object_marking_refs": [stix.marking_id(Tlp.AMBER), stix.marking_id(Tlp.CLEAR)]}, Tlp.AMBER),
        ({"object_marking_refs": []}, Tlp.RED),
        ({"object_marking_refs": [stix.marking_id(Tlp.CLEAR)], "granular_markings": []}, Tlp.RED),
    ],
)
def test_the_narrowest_marking_holds_and_an_unknown_one_is_red(change: dict[str, object], tlp: Tlp) -> None:
    assert stix.parse_indicator(stix.indicator(PDQ_SIGN) | change).tlp is tlp


def test_a_sign_without_a_marking_goes_nowhere() -> None:
    known = stix.indicator(replace(PDQ_SIGN, tlp=Tlp.CLEAR))
    del known["object_marking_refs"]

    assert stix.parse_indicator(known).tlp is Tlp.RED


def test_a_sign_without_confidence_is_trusted_least() -> None:
    known = stix.indicator(PDQ_SIGN)
    del known["confidence"]

    assert stix.parse_indicator(known).confidence == 0


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=8), inner, max_size=2),
    max_leaves=5,
)


@given(st.sampled_from(sorted(stix.indicator(PDQ_SIGN))), JSON_VALUES, st.booleans())
def test_any_value_in_any_place_is_read_or_refused_by_name(name: str, value: object, inside: bool) -> None:
    known = copy.deepcopy(stix.indicator(PDQ_SIGN))
    if inside:
        extension = cast("dict[str, dict[str, object]]", known["extensions"])[EXTENSION_ID]
        extension[sorted(extension)[len(name) % len(extension)]] = value
    else:
        known[name] = value

    try:
        sign = stix.parse_indicator(known)
    except NotASign:
        return

    assert stix.parse_indicator(stix.indicator(sign)) == sign


@judges.needs_shared
@pytest.mark.parametrize("name", ["exchange-bundle.json", "exchange-revocation.json", "exchange-signed-indicator.json"])
def test_signs_of_another_extension_are_refused_and_not_guessed(name: str) -> None:
    objects = cast("list[dict[str, object]]", judges.vector(name)["objects"])

    for known in (known for known in objects if known["type"] == "indicator"):
        with pytest.raises(NotASign):
            stix.parse_indicator(known)
