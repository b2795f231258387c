"""A wallet shows an SD-JWT credential: two libraries look at it, and its times and its sparseness are held by us."""

from __future__ import annotations

import base64
import dataclasses
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from django.conf import settings
from django.test import Client
from django.utils import timezone
from joserfc import jwk, jws
from polaris_oid4vp import sdjwt

from leeward.age.models import Requirement
from leeward.age.wallet import requests, sd_jwt
from leeward.age.wallet.answers import Refused
from leeward.age.wallet.memory import Memory
from leeward.age.wallet.requests import Address
from leeward.age.wallet.tests import test_age_proof_app as app
from leeward.engines.mdoc.tests.published import FOLDER, needs_examples
from leeward.engines.mdoc.tests.wallet import Issuer

VCT = "https://credentials.example/age"
TO = Address("https://age.example/answers")
AT = timezone.now().replace(microsecond=0)
REQUEST = Memory(nonce="n" * 43, key="")

type Claims = dict[str, Any]


def signed(key: ec.EllipticCurvePrivateKey, header: Claims, claims: Claims) -> str:
    header = {"alg": "ES256", **header}
    return jws.serialize_compact(header, json.dumps(claims), jwk.ECKey.import_key(key), algorithms=["ES256"])


def show(
    issuer: Issuer,
    ages: Claims,
    *,
    others: Claims | None = None,
    credential: Claims | None = None,
    proof: Claims | None = None,
    to: Address = TO,
    request: Memory = REQUEST,
    at: datetime = AT,
) -> str:
    """Issue a credential and show all of it. `credential` and `proof` may spoil what the issuer and the wallet sign."""
    holder = ec.generate_private_key(ec.SECP256R1())
    disclosures = [
        base64.urlsafe_b64encode(json.dumps([f"salt-{name}", name, value]).encode()).rstrip(b"=").decode()
        for name, value in {**ages, **(others or {})}.items()
    ]
    claims = {
        "vct": VCT,
        "exp": int((at + timedelta(days=30)).timestamp()),
        "cnf": {"jwk": jwk.ECKey.import_key(holder.public_key()).as_dict(private=False)},
        "_sd": [sdjwt._digest(one) for one in disclosures],
        **(credential or {}),
    }
    chain = [base64.b64encode(issuer.signer.public_bytes(Encoding.DER)).decode()]
    claims = {name: value for name, value in claims.items() if value is not None}
    shown = "~".join([signed(issuer.key, {"typ": "dc+sd-jwt", "x5c": chain}, claims), *disclosures, ""])
    bound = {
        "nonce": request.nonce,
        "aud": to.client_id,
        "iat": int(at.timestamp()),
        "sd_hash": sdjwt._digest(shown),
        **(proof or {}),
    }
    return shown + signed(holder, {"typ": "kb+jwt"}, bound)


def judged(answer: str, *, at: datetime = AT) -> dict[int, bool]:
    return sd_jwt.of_sd_jwt(answer, REQUEST, to=TO, types=[VCT], at=at)


def refused(answer: str, *, at: datetime = AT) -> str:
    with pytest.raises(Refused) as refusal:
        judged(answer, at=at)
    return refusal.value.code


@pytest.mark.parametrize(
    ("ages", "over"),
    [
        ({"age_over_18": True}, {18: True}),
        ({"age_equal_or_over": {"18": True}}, {18: True}),
        ({"age_over_16": False}, {16: False}),
    ],
)
def test_a_statement_is_read_in_either_way_to_write_it(trusted: Issuer, ages: Claims, over: dict[int, bool]) -> None:
    assert judged(show(trusted, ages)) == over


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        ({"credential": {"exp": 1}}, "sd_jwt_credential_validity"),
        ({"credential": {"exp": None}}, "sd_jwt_expired"),
        ({"credential": {"nbf": 9_999_999_999}}, "sd_jwt_credential_validity"),
        ({"credential": {"vct": "https://credentials.example/library-card"}}, "sd_jwt_vct"),
        ({"credential": {"cnf": None}}, "sd_jwt_kb_cnf"),
        ({"proof": {"nonce": "another"}}, "sd_jwt_nonce"),
        ({"proof": {"aud": "redirect_uri:https://elsewhere.example/answers"}}, "sd_jwt_audience"),
        ({"proof": {"iat": 1}}, "sd_jwt_kb_freshness"),
        ({"proof": {"sd_hash": "another"}}, "sd_jwt_sd_hash"),
        ({"others": {"family_name": "Example"}}, "sd_jwt_too_much"),
        ({"others": {"birthdate": "2000-01-01"}}, "sd_jwt_too_much"),
        ({"others": {"age_over_16": False}}, "sd_jwt_contradiction"),
    ],
    ids=str,
)
def test_what_is_spoiled_is_refused(trusted: Issuer, spoil: dict[str, Claims], code: str) -> None:
    assert refused(show(trusted, {"age_over_18": True}, **spoil)) == code  # type: ignore[arg-type]


def test_a_credential_that_ended_a_minute_ago_is_refused_although_the_library_would_allow_it(trusted: Issuer) -> None:
    ended = {"exp": int((AT - timedelta(minutes=1)).timestamp())}

    assert refused(show(trusted, {"age_over_18": True}, credential=ended)) == "sd_jwt_expired"


def test_a_credential_that_begins_in_a_minute_is_refused_although_the_library_would_allow_it(trusted: Issuer) -> None:
    begins = {"nbf": int((AT + timedelta(minutes=1)).timestamp())}

    assert refused(show(trusted, {"age_over_18": True}, credential=begins)) == "sd_jwt_not_yet"


def test_an_unknown_issuer_and_a_statement_that_nobody_made_are_refused(trusted: Issuer) -> None:
    eves = Issuer(name=trusted.name, now=trusted.now)

    assert refused(show(eves, {"age_over_18": True})) == "sd_jwt_issuer_key"
    assert refused(show(trusted, {}, credential={"age_over_x": True})) == "sd_jwt_nothing"
    assert refused(show(trusted, {"age_over_18": 1})) == "sd_jwt_contradiction"


@pytest.mark.parametrize("answer", ["", "~", "a.b.c~", "~~~~", "ä.ö.ü~", "A" * 200_000], ids=lambda text: text[:8])
def test_what_is_no_credential_is_refused(trusted: Issuer, answer: str) -> None:
    assert refused(answer).startswith(("sd_jwt_", "token_"))


def test_every_letter_changed_is_refused(trusted: Issuer) -> None:
    answer = show(trusted, {"age_over_18": True})

    for place in range(0, len(answer), 7):
        changed = answer[:place] + ("A" if answer[place] != "A" else "B") + answer[place + 1 :]
        refused(changed)


@pytest.fixture
def with_sd_jwt(monkeypatch: pytest.MonkeyPatch) -> None:
    """The operator takes credentials of one type."""
    now = settings.LEEWARD
    age = dataclasses.replace(now.age, sd_jwt_types=(VCT,))
    monkeypatch.setattr(settings, "LEEWARD", dataclasses.replace(now, age=age))


@pytest.mark.usefixtures("with_sd_jwt")
def test_a_wallet_answers_and_the_page_goes_on(client: Client, adults: Requirement, trusted: Issuer) -> None:
    step = app.begun(client, adults, way="sd_jwt")
    page = client.get(step).content.decode()
    start = page.index("openid4vp://")
    asked = app.there(app.read(page[start : page.index('"', start)].replace("&amp;", "&")))
    request, to = dataclasses.replace(REQUEST, nonce=asked.nonce), Address(asked.response_uri)

    answer = app.sends(
        asked,
        json.dumps({"proof_of_age": [show(trusted, {"age_over_18": True}, to=to, request=request, at=timezone.now())]}),
    )

    assert answer.status_code == 200
    assert app.ended(client, step) == ("satisfied", "")


def test_without_a_type_of_credential_the_wallet_is_not_offered(
    client: Client, adults: Requirement, trusted: Issuer
) -> None:
    assert client.post("/age/begin", {"need": adults.slug, "nonce": "n" * 43, "way": "sd_jwt"}).status_code == 422


def test_a_wallet_is_asked_for_one_statement_the_wanted_one_first() -> None:
    credential = requests.sd_jwt_dcql(16, [VCT])["credentials"][0]

    assert credential["meta"] == {"vct_values": [VCT]}
    assert [claim["path"][-1] for claim in credential["claims"]] == ["16", "age_over_16", "18", "age_over_18"]
    assert credential["claim_sets"] == [["c0"], ["c1"], ["c2"], ["c3"]]


@needs_examples
def test_the_example_of_openid4vp_is_refused_today_and_taken_at_its_time() -> None:
    answer = (FOLDER / "openid4vp_1_0_sd_jwt_presentation.txt").read_text().strip()
    issuer = {
        "kty": "EC",
        "crv": "P-256",
        "x": "b28d4MwZMjw8-00CG4xfnn9SLMVMM19SlqZpVb_uNtQ",
        "y": "Xv5zWwuoaTgdS6hV43yI6gBwTnjukmFQQnJ_kCxzqk8",
    }
    then = datetime.fromtimestamp(1_744_743_394, UTC)

    def verdict(at: datetime) -> Any:
        return sdjwt.verify_presentation(
            answer,
            expected_nonce="1234567890",
            expected_audience="https://verifier.example.org",
            issuer_jwks=[issuer],
            now=at.timestamp(),
        )

    assert (verdict(AT).authentic, verdict(AT).code) == (False, "kb_freshness")
    assert verdict(then).authentic
    sd_jwt.check_times(verdict(then).claims, answer, at=then)
    with pytest.raises(Refused, match="sd_jwt_not_fresh"):
        sd_jwt.check_times(verdict(then).claims, answer, at=AT)


@needs_examples
def test_our_query_has_the_form_of_the_published_one() -> None:
    published = json.loads(Path(FOLDER / "openid4vp_1_0_simple_mdoc_dcql.json").read_text())

    def form(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: form(inner) for name, inner in value.items()}
        return [form(value[0])] if isinstance(value, list) else type(value)

    assert form(requests.mdoc_dcql(18)) == form(published)
