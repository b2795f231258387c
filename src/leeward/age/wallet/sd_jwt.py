"""Judge an SD-JWT credential with its proof of possession: `polaris-oid4vp` verifies, and times and sparseness are held here too."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from cryptography import x509
from polaris_oid4vp import sdjwt

from leeward.age.issuers import services as issuers
from leeward.age.issuers.models import Form
from leeward.age.wallet.answers import MOST_LETTERS, Refused
from leeward.age.wallet.memory import Memory
from leeward.age.wallet.requests import Address
from leeward.engines import mdoc

FRESH_S = 300  # A wallet answers at once; its clock and ours may differ by minutes.
_GROUP = "age_equal_or_over"
_AGE = re.compile(r"\d{1,2}", re.ASCII)


def of_sd_jwt(answer: str, memory: Memory, *, to: Address, types: Sequence[str], at: datetime) -> dict[int, bool]:
    """Return the ages that an SD-JWT credential shows. Raises `Refused`.

    Its issuer must be one that counts; the wallet must hold the key in it, answer this request, and show ages only.
    Whether the issuer took it back since is not looked up: the credential must be good for a limited time.
    """
    if len(answer) > MOST_LETTERS:
        raise Refused("token_too_large")
    verdict = sdjwt.verify_presentation(
        answer,
        expected_nonce=memory.nonce,
        expected_audience=to.client_id,
        expected_vct=list(types),
        trust_anchors=[x509.load_der_x509_certificate(der) for der in issuers.certificates_of(Form.SD_JWT)],
        now=at.timestamp(),
        max_skew_seconds=FRESH_S,
    )
    if not verdict.authentic:
        raise Refused(f"sd_jwt_{verdict.code}")
    check_times(verdict.claims, answer, at=at)
    if not all(_is_age(path) for path in verdict.disclosed):
        raise Refused("sd_jwt_too_much")
    return ages(verdict.claims)


def check_times(claims: dict[str, Any], answer: str, *, at: datetime) -> None:
    """Check that the credential ends, has not ended, and that the wallet answered just now. Raises `Refused`.

    Our own reading, without the allowance that the library makes: another library was seen to look at none of these times.
    """
    now = at.timestamp()
    if not _is_time(claims.get("exp")) or claims["exp"] <= now:
        raise Refused("sd_jwt_expired")
    if "nbf" in claims and (not _is_time(claims["nbf"]) or claims["nbf"] > now):
        raise Refused("sd_jwt_not_yet")
    bound_at: Any = _payload(answer.rpartition("~")[2]).get("iat")
    if not _is_time(bound_at) or abs(bound_at - now) > FRESH_S:
        raise Refused("sd_jwt_not_fresh")


def ages(claims: dict[str, Any]) -> dict[int, bool]:
    """Return the ages in the claims of a credential, in either of the two ways to write them. Raises `Refused`."""
    over: dict[int, bool] = {}
    for age, is_over in _statements(claims):
        if type(is_over) is not bool or over.get(age, is_over) is not is_over:
            raise Refused("sd_jwt_contradiction")
        over[age] = is_over
    try:
        mdoc.nearest(over, 0)
    except mdoc.Refused as refused:
        raise Refused(f"sd_jwt_{refused.reason}") from None
    if not over:
        raise Refused("sd_jwt_nothing")
    return over


def _statements(claims: dict[str, Any]) -> Iterator[tuple[int, Any]]:
    group = claims.get(_GROUP)
    for name, value in group.items() if isinstance(group, dict) else ():
        if _AGE.fullmatch(name):
            yield int(name), value
    for name, value in claims.items():
        if (age := mdoc.age_of(name)) is not None:
            yield age, value


def _is_age(path: tuple[Any, ...]) -> bool:
    match path:
        case (str() as name,):
            return name == _GROUP or mdoc.age_of(name) is not None
        case ("age_equal_or_over", str() as age):
            return _AGE.fullmatch(age) is not None
        case _:
            return False


def _is_time(value: Any) -> bool:
    return type(value) in {int, float}


def _payload(token: str) -> dict[str, Any]:
    """Return what a JWT says that was verified already."""
    part = token.split(".")[1]
    payload: dict[str, Any] = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return payload
