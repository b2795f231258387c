"""The code flow of OpenID Connect with PKCE, as a client: where its doors are, the link, the exchange, and the ID token.

Sources: OpenID Connect Core 1.0 and Discovery 1.0, RFC 7636 (PKCE), RFC 9207 (`iss`), RFC 9700 (what attackers do).
"""

from __future__ import annotations

import base64
import hmac
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any
from urllib.parse import quote, urlencode

from joserfc import jwk, jwt
from joserfc.errors import JoseError

from leeward.age.upstream import assertions, wire
from leeward.age.upstream.choices import SignIn
from leeward.age.upstream.models import Provider
from leeward.age.upstream.refusing import Refused

# Only signatures of a key pair: `none` says nothing, and of a shared secret we would not know who signed.
ALGORITHMS = ["ES256", "ES384", "PS256", "PS384", "PS512", "RS256", "RS384", "RS512"]
_SKEW_S = 60
# An ID token is made for the visitor who is on the way to us just now.
_MOST_AGE_S = 600
_WELL_KNOWN = "/.well-known/openid-configuration"


@dataclass(frozen=True)
class Doors:
    """What a service says of itself."""

    authorize_at: str
    token_at: str
    keys_at: str
    people_at: str
    posts_secret: bool
    names_itself: bool
    takes_claims: bool


@dataclass(frozen=True)
class Tokens:
    """What a code was exchanged for."""

    access: str
    id_claims: Mapping[str, Any]


def discover(issuer: str, *, sign_in: SignIn) -> Doors:
    """Ask a service for its doors.

    Raises `Refused`, also where it says to be another one than was asked, or where we cannot sign in there as the operator chose.
    """
    said = wire.ask("GET", issuer.rstrip("/") + _WELL_KNOWN, issuer=issuer)
    if said.get("issuer") != issuer:
        raise Refused("upstream_other_issuer")
    addresses = [said.get(f"{name}_endpoint", "") for name in ("authorization", "token", "userinfo")]
    keys_at = said.get("jwks_uri", "")
    for address in (*addresses[:2], keys_at):
        if not isinstance(address, str) or not wire.is_callable(address):
            raise Refused("upstream_address")
    people_at = addresses[2] if isinstance(addresses[2], str) and wire.is_callable(addresses[2]) else ""
    return Doors(
        authorize_at=addresses[0],
        token_at=addresses[1],
        keys_at=keys_at,
        people_at=people_at,
        posts_secret=_secret_is_posted(said, sign_in),
        names_itself=said.get("authorization_response_iss_parameter_supported") is True,
        takes_claims=said.get("claims_parameter_supported") is True,
    )


def _secret_is_posted(said: Mapping[str, Any], sign_in: SignIn) -> bool:
    """Return whether a secret goes into the form instead of the header. Raises `Refused` where our way of signing in is not taken."""
    ways = said.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
    if not isinstance(ways, list):
        raise Refused("upstream_odd_doors")
    if sign_in == SignIn.SECRET:
        if not {"client_secret_basic", "client_secret_post"} & {str(way) for way in ways}:
            raise Refused("upstream_takes_no_secret")
        return "client_secret_basic" not in ways
    algorithms = said.get("token_endpoint_auth_signing_alg_values_supported", [assertions.ALGORITHM])
    if "private_key_jwt" not in ways or not isinstance(algorithms, list) or assertions.ALGORITHM not in algorithms:
        raise Refused("upstream_takes_no_signature")
    return False


def link(provider: Provider, *, state: str, nonce: str, verifier: str, back: str, claim: str) -> str:
    """Return the address to which a visitor goes. `claim` is asked for by name where the service can be asked so."""
    query = {
        "response_type": "code",
        "client_id": provider.client_id,
        "redirect_uri": back,
        "scope": provider.scopes,
        "state": state,
        "nonce": nonce,
        "code_challenge": _base64url(sha256(verifier.encode()).digest()),
        "code_challenge_method": "S256",
    }
    if claim and provider.takes_claims:
        query["claims"] = json.dumps({"id_token": {claim: None}}, separators=(",", ":"))
    return provider.authorize_at + ("&" if "?" in provider.authorize_at else "?") + urlencode(query)


def exchange(provider: Provider, code: str, *, nonce: str, verifier: str, back: str, at: datetime) -> Tokens:
    """Exchange a code, and check the ID token that comes. Raises `Refused`."""
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": back, "code_verifier": verifier}
    shown, header = _credentials(provider, at=at)
    headers = {"Content-Type": "application/x-www-form-urlencoded", **header}
    form |= shown
    said = wire.ask("POST", provider.token_at, issuer=provider.issuer, headers=headers, body=urlencode(form).encode())
    access, id_token = said.get("access_token"), said.get("id_token")
    if not isinstance(access, str) or not isinstance(id_token, str) or str(said.get("token_type")).lower() != "bearer":
        raise Refused("upstream_no_token")
    return Tokens(access, id_claims(provider, id_token, nonce=nonce, at=at))


def _credentials(provider: Provider, *, at: datetime) -> tuple[dict[str, str], dict[str, str]]:
    """Return what says who we are: fields of the form, and headers."""
    if provider.sign_in == SignIn.SIGNED:
        text = assertions.written(provider.client_id, issuer=provider.issuer, at=at)
        signed = {"client_assertion_type": assertions.KIND, "client_assertion": text}
        return {"client_id": provider.client_id, **signed}, {}
    if provider.posts_secret:
        return {"client_id": provider.client_id, "client_secret": provider.secret}, {}
    # RFC 6749, 2.3.1: each half is encoded as in a form first.
    pair = f"{quote(provider.client_id, safe='')}:{quote(provider.secret, safe='')}"
    return {}, {"Authorization": "Basic " + base64.b64encode(pair.encode()).decode()}


def id_claims(provider: Provider, id_token: str, *, nonce: str, at: datetime) -> dict[str, Any]:
    """Return what a good ID token says. Raises `Refused`: OpenID Connect Core 1.0, 3.1.3.7.

    The keys are fetched each time, so that one which the service took out counts no more.
    """
    try:
        keys = jwk.KeySet.import_key_set(wire.ask("GET", provider.keys_at, issuer=provider.issuer))  # type: ignore[arg-type]  # read and checked by the library
        claims = jwt.decode(id_token, keys, algorithms=ALGORITHMS).claims
    except (JoseError, ValueError, TypeError, KeyError):
        raise Refused("upstream_signature") from None
    _check_times(claims, at=at)
    said_to = claims.get("aud")
    audience = said_to if isinstance(said_to, list) else [said_to]
    is_ours = provider.client_id in audience and claims.get("azp", provider.client_id) == provider.client_id
    if claims.get("iss") != provider.issuer:
        raise Refused("upstream_other_issuer")
    if not is_ours or (len(audience) > 1 and "azp" not in claims):
        raise Refused("upstream_other_client")
    said = claims.get("nonce")
    if not isinstance(said, str) or not hmac.compare_digest(said.encode(), nonce.encode()):
        raise Refused("upstream_other_visit")
    return claims


def _check_times(claims: Mapping[str, Any], *, at: datetime) -> None:
    now = at.timestamp()
    begins = _time(claims, "nbf") if "nbf" in claims else now
    if _time(claims, "exp") <= now - _SKEW_S or begins > now + _SKEW_S:
        raise Refused("upstream_expired")
    if abs(now - _time(claims, "iat")) > _MOST_AGE_S:
        raise Refused("upstream_expired")


def _time(claims: Mapping[str, Any], name: str) -> float:
    said = claims.get(name)
    if isinstance(said, bool) or not isinstance(said, int | float) or not math.isfinite(said):
        raise Refused("upstream_times")
    return float(said)


def of_person(provider: Provider, tokens: Tokens) -> dict[str, Any]:
    """Return what the service says of the visitor at its userinfo door. Raises `Refused` where it speaks of somebody else."""
    headers = {"Authorization": f"Bearer {tokens.access}"}
    said = wire.ask("GET", provider.people_at, issuer=provider.issuer, headers=headers)
    if not isinstance(said.get("sub"), str) or said["sub"] != tokens.id_claims.get("sub"):
        raise Refused("upstream_other_person")
    return said


def _base64url(octets: bytes) -> str:
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()
