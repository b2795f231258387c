"""A sign is right from the start, or it is refused."""

import pickle
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from leeward.engines import stix
from leeward.engines.stix import AlreadyRevoked, Kind, Legality, NotASign, NotATimestamp
from leeward.engines.stix.tests.signs import AT, PDQ_SIGN, sign_of

WRONG = [
    ("uid", {"uid": UUID("00000000-0000-4000-0000-000000000001")}),
    ("created_by", {"created_by": UUID(int=0)}),
    ("value", {"value": PDQ_SIGN.value[:-1]}),
    ("value", {"value": PDQ_SIGN.value.upper()}),
    ("value", {"kind": Kind.URL, "max_distance": None, "value": ""}),
    ("value", {"kind": Kind.URL, "max_distance": None, "value": "http://a.example/\n"}),
    ("value", {"kind": Kind.URL, "max_distance": None, "value": "a" * 2049}),
    ("category", {"category": ""}),
    ("category", {"category": "\ud800"}),
    ("labels", {"labels": ("",)}),
    ("labels", {"labels": ("a",) * 101}),
    ("confidence", {"confidence": 101}),
    ("confidence", {"confidence": -1}),
    ("reviews", {"reviews": 2**31}),
    ("severity", {"severity": -1}),
    ("max_distance", {"max_distance": 257}),
    ("created", {"created": AT.replace(tzinfo=None)}),
    ("modified", {"modified": AT - timedelta(seconds=1)}),
    ("valid_until", {"valid_until": AT}),
    ("valid_until", {"valid_until": AT + timedelta(microseconds=999)}),
]


@pytest.mark.parametrize(("path", "change"), WRONG)
def test_a_wrong_sign_is_refused_and_the_field_is_named(path: str, change: dict[str, Any]) -> None:
    with pytest.raises(NotASign) as refused:
        replace(PDQ_SIGN, **change)

    assert refused.value.path == path
    assert str(pickle.loads(pickle.dumps(refused.value))) == str(refused.value)


@pytest.mark.parametrize("kind", [kind for kind in Kind if kind is not Kind.PDQ])
def test_only_a_likeness_has_a_distance(kind: Kind) -> None:
    with pytest.raises(NotASign, match="max_distance"):
        replace(sign_of(kind), max_distance=1)


def test_a_legal_view_is_never_half_filled() -> None:
    with pytest.raises(NotASign, match=r"legality\.basis"):
        Legality(jurisdiction="XX", status="illegal", basis="")


def test_a_revocation_is_a_later_version_of_the_same_sign() -> None:
    at = AT + timedelta(minutes=8)

    last = stix.revoked(PDQ_SIGN, at=at)

    assert last == replace(PDQ_SIGN, revoked=True, modified=at)


@pytest.mark.parametrize("at", [AT, AT + timedelta(microseconds=999), AT - timedelta(days=1)])
def test_a_revocation_in_the_same_millisecond_or_by_a_slow_clock_still_comes_later(at: datetime) -> None:
    last = stix.revoked(PDQ_SIGN, at=at)

    assert stix.indicator(last)["modified"] == "2026-11-21T10:00:00.001Z"


def test_a_revoked_sign_has_no_further_version() -> None:
    with pytest.raises(AlreadyRevoked):
        stix.revoked(stix.revoked(PDQ_SIGN, at=AT), at=AT)


def test_a_revocation_needs_a_time_zone() -> None:
    with pytest.raises(NotATimestamp):
        stix.revoked(PDQ_SIGN, at=AT.replace(tzinfo=None))
