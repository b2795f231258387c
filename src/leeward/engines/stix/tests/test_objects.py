"""What we write is STIX 2.1, and OASIS' own tools say so."""

from dataclasses import replace
from datetime import timedelta, timezone
from typing import Any, cast
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leeward.engines import stix
from leeward.engines.stix import Kind, Sign, Tlp
from leeward.engines.stix.tests import judges
from leeward.engines.stix.tests.signs import AT, PDQ_SIGN, VALUES, sign_of, signs

COMPANIONS = [
    stix.author(),
    stix.extension_definition(),
    stix.identity(UUID("9a1b2c3d-1111-4111-8111-111111111111"), "Example National Hotline"),
    *(stix.marking(tlp) for tlp in Tlp),
]


@pytest.mark.parametrize("kind", list(Kind))
def test_every_kind_is_valid_without_a_remark(kind: Kind) -> None:
    known = stix.indicator(sign_of(kind))

    assert judges.faults(known) == []
    assert judges.through_stix2(known)["id"] == known["id"]


@pytest.mark.parametrize("kind", list(Kind))
def test_every_revocation_is_valid_without_a_remark(kind: Kind) -> None:
    sign = sign_of(kind)

    known = stix.indicator(stix.revoked(sign, at=AT + timedelta(hours=1)))

    assert judges.faults(known) == []
    assert known["revoked"] is True
    assert known["id"] == stix.indicator(sign)["id"]
    assert cast("str", known["modified"]) > cast("str", stix.indicator(sign)["modified"])
    assert judges.through_stix2(known)["revoked"] is True


@pytest.mark.parametrize("known", COMPANIONS, ids=lambda known: str(known["name"]))
def test_every_companion_is_valid_without_a_remark(known: dict[str, object]) -> None:
    assert judges.faults(known) == []
    assert judges.through_stix2(known)["id"] == known["id"]


def test_a_bundle_with_its_companions_leaves_no_reference_open() -> None:
    objects = [stix.indicator(PDQ_SIGN), *COMPANIONS]
    bundle = {"type": "bundle", "id": "bundle--00000000-0000-4000-8000-000000000099", "objects": objects}

    names = {name for known in objects for name in _references(known)}

    assert names <= {known["id"] for known in objects}
    assert judges.faults(bundle) == []


@pytest.mark.parametrize(
    ("tlp", "name", "uid"),
    [
        (Tlp.CLEAR, "TLP:CLEAR", "94868c89-83c2-464b-929b-a1a8aa3c8487"),
        (Tlp.GREEN, "TLP:GREEN", "bab4a63c-aed9-4cf5-a766-dfca5abac2bb"),
        (Tlp.AMBER, "TLP:AMBER", "55d920b0-5e8b-4f79-9ee9-91f868d9b421"),
        (Tlp.AMBER_STRICT, "TLP:AMBER+STRICT", "939a9414-2ddd-4d32-a0cd-375ea402b003"),
        (Tlp.RED, "TLP:RED", "e828b379-4e03-4974-9ac4-e53a884c97c1"),
    ],
)
def test_each_marking_has_the_name_and_id_that_oasis_gave_it(tlp: Tlp, name: str, uid: str) -> None:
    known = stix.marking(tlp)

    assert (known["name"], known["id"]) == (name, f"marking-definition--{uid}")
    assert stix.indicator(replace(PDQ_SIGN, tlp=tlp))["object_marking_refs"] == [known["id"]]


@judges.needs_shared
@pytest.mark.parametrize(
    ("name", "tlp"), [("oasis-tlp2-amber.json", Tlp.AMBER), ("exchange-bundle.json", Tlp.AMBER_STRICT)]
)
def test_our_markings_are_those_of_oasis(name: str, tlp: Tlp) -> None:
    assert stix.marking(tlp) in cast("list[object]", judges.vector(name)["objects"])


@judges.needs_shared
@pytest.mark.parametrize("name", ["exchange-bundle.json", "exchange-revocation.json", "oasis-tlp2-amber.json"])
def test_the_judge_accepts_the_good_examples(name: str) -> None:
    assert judges.is_valid(judges.vector(name))


@judges.needs_shared
def test_the_judge_refuses_the_bad_example() -> None:
    assert not judges.is_valid(judges.vector("oasis-invalid_timestamp.json"))


def test_the_judge_refuses_our_own_object_with_a_broken_pattern() -> None:
    known = stix.indicator(PDQ_SIGN) | {"pattern": "[url:value = 'it's']"}

    assert not judges.is_valid(known)


@pytest.mark.parametrize(
    ("kind", "pattern"),
    [
        (Kind.PDQ, f"[file:hashes.'PDQ' = '{VALUES[Kind.PDQ]}']"),
        (Kind.MD5, f"[file:hashes.MD5 = '{VALUES[Kind.MD5]}']"),
        (Kind.SHA1, f"[file:hashes.'SHA-1' = '{VALUES[Kind.SHA1]}']"),
        (Kind.SHA256, f"[file:hashes.'SHA-256' = '{VALUES[Kind.SHA256]}']"),
        (Kind.URL, r"[url:value = 'https://blocked.example/path?it\'s=1\\2']"),
        (Kind.DOMAIN, "[domain-name:value = 'blocked.example']"),
    ],
)
def test_each_kind_has_its_pattern(kind: Kind, pattern: str) -> None:
    assert stix.indicator(sign_of(kind))["pattern"] == pattern


@given(st.text(st.sampled_from("ab'\\]")).map("http://a.example/".__add__))
def test_quotes_and_backslashes_are_escaped_as_stix2_escapes_them(value: str) -> None:
    sign = replace(sign_of(Kind.URL), value=value)

    assert stix.indicator(sign)["pattern"] == judges.address_pattern(value)


@given(signs())
def test_any_sign_is_accepted_by_both_judges(sign: Sign) -> None:
    known = stix.indicator(sign)

    assert judges.is_valid(known)
    assert judges.through_stix2(known)["pattern"] == known["pattern"]


def test_nothing_empty_is_written() -> None:
    bare = replace(PDQ_SIGN, legality=(), labels=(), severity=None, max_distance=None, valid_until=None)

    known = stix.indicator(bare)

    assert not {"labels", "valid_until", "revoked"} & known.keys()
    assert _extension(known).keys() == {"extension_type", "signal", "category", "reviews"}
    assert judges.faults(known) == []


def test_times_are_utc_milliseconds_that_are_cut_and_not_rounded() -> None:
    at = AT.replace(microsecond=123_999).astimezone(timezone(timedelta(hours=9)))

    assert stix.indicator(replace(PDQ_SIGN, valid_from=at))["valid_from"] == "2026-11-21T10:00:00.123Z"


@pytest.mark.parametrize(
    ("microsecond", "text"),
    [(0, "10:00:00Z"), (120_000, "10:00:00.12Z"), (100_000, "10:00:00.1Z"), (1_000, "10:00:00.001Z")],
)
def test_times_are_written_as_the_stix2_library_writes_them(microsecond: int, text: str) -> None:
    known = stix.indicator(replace(PDQ_SIGN, valid_from=AT.replace(microsecond=microsecond)))

    assert known["valid_from"] == f"2026-11-21T{text}"
    assert judges.through_stix2(known) == known


def test_a_validity_within_one_second_is_valid_too() -> None:
    sign = replace(PDQ_SIGN, valid_until=AT + timedelta(milliseconds=1))

    known = stix.indicator(sign)

    assert judges.faults(known) == []
    assert stix.parse_indicator(known) == sign


def test_a_renamed_organisation_is_a_later_version() -> None:
    uid = UUID("9a1b2c3d-1111-4111-8111-111111111111")

    known = stix.identity(uid, "Example Hotline", created=AT, modified=AT + timedelta(days=1))

    assert (known["created"], known["modified"]) == ("2026-11-21T10:00:00.000Z", "2026-11-22T10:00:00.000Z")
    assert judges.faults(known) == []


def _references(known: dict[str, object]) -> list[str]:
    extensions = cast("dict[str, object]", known.get("extensions", {}))
    ours = [name for name in extensions if name == stix.EXTENSION_ID]  # OASIS keeps its TLP definition itself.
    creator = [cast("str", known["created_by_ref"])] if "created_by_ref" in known else []
    return [*cast("list[str]", known.get("object_marking_refs", [])), *creator, *ours]


def _extension(known: dict[str, object]) -> dict[str, Any]:
    return cast("dict[str, dict[str, Any]]", known["extensions"])[stix.EXTENSION_ID]
