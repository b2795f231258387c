"""What its origin signed is taken exactly so, and nothing else is."""

import base64
import copy
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any, cast

import pytest
import rfc8785
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import assume, given
from hypothesis import strategies as st
from joserfc import jws as joserfc_jws
from joserfc.jwk import OKPKey

from leeward.engines import stix
from leeward.engines.stix import EXTENSION_ID, BadSignature, Flaw, Sign, SignatureFault, Tlp
from leeward.engines.stix.tests import judges
from leeward.engines.stix.tests.heads import AT, HEAD, INDICATOR_ID, KEYS, KID, PRIVATE
from leeward.engines.stix.tests.signs import PDQ_SIGN, signs

OTHER = Ed25519PrivateKey.from_private_bytes(b"another one, made up for tests!!")


def _signed(known: dict[str, object]) -> dict[str, Any]:
    return stix.sign_object(known, sign=PRIVATE.sign, kid=KID)


def _octets(known: dict[str, Any]) -> bytes:
    return json.dumps(known).encode()


def _base64url(octets: bytes) -> str:
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()


SIGNED = _signed(stix.indicator(PDQ_SIGN))
OTHERS = [
    stix.sighting(HEAD, of=INDICATOR_ID, count=3, first_seen=AT, last_seen=AT),
    stix.opinion(HEAD, about=INDICATOR_ID, code=stix.Explanation.FALSE_POSITIVE),
    stix.identity(HEAD.created_by, "Example Hotline"),
]


@given(signs())
def test_a_signed_sign_is_proved_and_read_back(sign: Sign) -> None:
    known = _signed(stix.indicator(sign))

    assert stix.parse_indicator(stix.verify_object(_octets(known), keys=KEYS)) == sign


@given(signs())
def test_a_signature_survives_a_trip_through_the_stix2_library(sign: Sign) -> None:
    # A validity within one second is written in full, for another judge, and stix2 shortens it.
    assume(sign.valid_until is None or sign.valid_until - sign.valid_from >= timedelta(seconds=1))
    known = _signed(stix.indicator(sign))

    assert stix.verify_object(_octets(judges.through_stix2(known)), keys=KEYS) == known


@pytest.mark.parametrize("known", [SIGNED, *map(_signed, OTHERS)], ids=lambda known: str(known["type"]))
def test_a_signed_object_is_valid_without_a_remark(known: dict[str, object]) -> None:
    assert judges.faults(known) == []
    assert stix.verify_object(_octets(judges.through_stix2(known)), keys=KEYS) == known


# joserfc would rather see the name of RFC 9864, which libraries of JWS that are older than it do not know.
@pytest.mark.filterwarnings("ignore:EdDSA is deprecated via RFC 9864")
def test_another_library_proves_the_same_signature() -> None:
    bare = copy.deepcopy(SIGNED)
    header, _, mark = bare["extensions"][EXTENSION_ID].pop("jws").split(".")
    key = OKPKey.import_key({"kty": "OKP", "crv": "Ed25519", "x": _base64url(KEYS[KID])})

    whole = f"{header}.{_base64url(rfc8785.dumps(bare))}.{mark}"

    assert joserfc_jws.deserialize_compact(whole, key, algorithms=["EdDSA"]).headers() == {"alg": "EdDSA", "kid": KID}


def test_the_newer_name_of_the_algorithm_is_the_same_one() -> None:
    assert stix.verify_object(_octets(_by_hand({"alg": "Ed25519", "kid": KID})), keys=KEYS)["id"] == INDICATOR_ID


def test_signing_changes_nothing_that_it_was_given() -> None:
    known = stix.indicator(PDQ_SIGN)
    before = copy.deepcopy(known)

    _signed(known)

    assert known == before


def test_signing_again_replaces_the_signature() -> None:
    assert _signed(stix.sign_object(SIGNED, sign=OTHER.sign, kid="eve-2026")) == SIGNED


def _in_extension(**changes: object) -> Callable[[dict[str, Any]], None]:
    return lambda known: known["extensions"][EXTENSION_ID].update(changes)


def _without(name: str) -> Callable[[dict[str, Any]], None]:
    return lambda known: known.pop(name)


def _with(**changes: object) -> Callable[[dict[str, Any]], None]:
    return lambda known: known.update(changes)


FORGERIES = {
    "a withdrawal that nobody made": _with(revoked=True),
    "a changed pattern": _with(pattern="[domain-name:value = 'other.example']"),
    "a dropped marking": _without("object_marking_refs"),
    "a wider marking": _with(object_marking_refs=[stix.marking_id(Tlp.CLEAR)]),
    "another view of the law": _in_extension(
        legality=[{"jurisdiction": "XX", "status": "legal", "basis": "synthetic"}]
    ),
    "no view of the law": lambda known: known["extensions"][EXTENSION_ID].pop("legality"),
    "another creator": _with(created_by_ref="identity--9a1b2c3d-2222-4222-8222-222222222222"),
    "a later version": _with(modified="2027-01-01T00:00:00.000Z"),
    "one property more": _with(lang="en"),
    "another extension": lambda known: known["extensions"].update({"extension-definition--0": {}}),
    "more reviews": _in_extension(reviews=3),
}


@pytest.mark.parametrize("forge", FORGERIES.values(), ids=FORGERIES.keys())
def test_a_forgery_is_refused(forge: Callable[[dict[str, Any]], None]) -> None:
    known = copy.deepcopy(SIGNED)
    forge(known)

    assert _fault(_octets(known)) is SignatureFault.WRONG


@given(st.integers(0, len(_octets(SIGNED)) - 1), st.integers(0, 7))
def test_no_octet_can_be_flipped(place: int, bit: int) -> None:
    octets = bytearray(_octets(SIGNED))
    octets[place] ^= 1 << bit

    try:
        stix.verify_object(bytes(octets), keys=KEYS)
    except (BadSignature, stix.BadObject):
        return

    # Where it still is proved, the flip has changed nothing that JSON says, as a blank for a line's end.
    assert json.loads(octets) == SIGNED


def _by_hand(header: dict[str, object] | str, *, content: str = "", jws: object = None) -> dict[str, Any]:
    known = copy.deepcopy(SIGNED)
    del known["extensions"][EXTENSION_ID]["jws"]
    first = _base64url((header if isinstance(header, str) else json.dumps(header)).encode())
    mark = _base64url(PRIVATE.sign(f"{first}.{_base64url(rfc8785.dumps(known))}".encode()))
    known["extensions"][EXTENSION_ID]["jws"] = f"{first}.{content}.{mark}" if jws is None else jws
    return known


ODD = {
    "another algorithm": _by_hand({"alg": "none", "kid": KID}),
    "an algorithm with a shared secret": _by_hand({"alg": "HS256", "kid": KID}),
    "an algorithm that is a list": _by_hand({"alg": ["EdDSA"], "kid": KID}),
    "something that must be understood": _by_hand({"alg": "EdDSA", "kid": KID, "crit": ["exp"], "exp": 1}),
    "content that is not encoded": _by_hand({"alg": "EdDSA", "kid": KID, "b64": False}),
    "a key whose name is a list": _by_hand({"alg": "EdDSA", "kid": [KID]}),
    "no name of a key": _by_hand({"alg": "EdDSA"}),
    "a header that is a list": _by_hand("[]"),
    "a header that is no JSON": _by_hand("{"),
    "two algorithms": _by_hand(f'{{"alg":"none","alg":"EdDSA","kid":"{KID}"}}'),
    "content inside": _by_hand({"alg": "EdDSA", "kid": KID}, content="e30"),
    "no text": _by_hand({}, jws=7),
    "nothing": _by_hand({}, jws=""),
    "dots": _by_hand({}, jws=".."),
    "too many dots": _by_hand({}, jws="." * 100_000),
    "letters beyond ASCII": _by_hand({}, jws="é..é"),
    "a text without end": _by_hand({}, jws="a" * 200_000),
    "padding": _by_hand({}, jws=cast("str", SIGNED["extensions"][EXTENSION_ID]["jws"]) + "=="),
    "half a signature": _by_hand({}, jws=cast("str", SIGNED["extensions"][EXTENSION_ID]["jws"])[:-43]),
}


@pytest.mark.parametrize("known", ODD.values(), ids=ODD.keys())
def test_an_odd_signature_is_refused(known: dict[str, Any]) -> None:
    assert _fault(_octets(known)) is SignatureFault.WRONG


def test_a_signature_has_one_spelling() -> None:
    jws = cast("str", SIGNED["extensions"][EXTENSION_ID]["jws"])
    # The last letter carries two bits of the signature and four that say nothing.
    twins = [jws[:-1] + letter for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ" if letter != jws[-1]]

    assert {_fault(_octets(_by_hand({}, jws=twin))) for twin in twins} == {SignatureFault.WRONG}


def test_a_key_that_is_not_pinned_proves_nothing() -> None:
    assert _fault(_octets(stix.sign_object(SIGNED, sign=OTHER.sign, kid="eve-2026"))) is SignatureFault.UNKNOWN_KEY


def test_another_key_under_the_name_of_a_pinned_one_proves_nothing() -> None:
    assert _fault(_octets(stix.sign_object(SIGNED, sign=OTHER.sign, kid=KID))) is SignatureFault.WRONG


@pytest.mark.parametrize("extensions", [None, {}, [], {EXTENSION_ID: {}}, {EXTENSION_ID: []}, {"other": {"jws": "x"}}])
def test_an_object_without_a_signature_is_told_apart(extensions: object) -> None:
    assert _fault(_octets(SIGNED | {"extensions": extensions})) is SignatureFault.MISSING


@judges.needs_shared
def test_a_signature_in_an_extension_that_is_not_ours_is_none() -> None:
    (known,) = cast("list[dict[str, Any]]", judges.vector("exchange-signed-indicator.json")["objects"])

    assert _fault(_octets(known)) is SignatureFault.MISSING


def test_half_a_character_is_refused_before_its_signature() -> None:
    octets = _octets(SIGNED | {"name": "half"}).replace(b'"half"', rb'"\ud800"')

    with pytest.raises(stix.BadObject) as refused:
        stix.verify_object(octets, keys=KEYS)

    assert refused.value.code is Flaw.NOT_TEXT


def _fault(octets: bytes) -> SignatureFault:
    with pytest.raises(BadSignature) as refused:
        stix.verify_object(octets, keys=KEYS)
    return refused.value.code
