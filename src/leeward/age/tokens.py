"""Age tokens: signed for one site, good for minutes, and saying nothing but one age and how sure it is."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from joserfc import jwk, jwt

from leeward.age import gate, token_keys
from leeward.age.levels import Level
from leeward.age.models import LiveToken
from leeward.core import config, keys

_JTI_BYTES = 16
_PURPOSE = "holder of an age token"


def key_set() -> jwk.KeySet:
    """Return the keys in force: the first one signs, all of them are good for checking."""
    return token_keys.parse(config.current().age.token_keys)


def jwks() -> Mapping[str, Any]:
    """Return the public keys as a JWK set."""
    return key_set().as_dict(private=False)


def issue(
    *,
    audience: str,
    nonce: str,
    over: int | None,
    level: Level,
    at: datetime,
    under: int | None = None,
    holder: str = "",
) -> str:
    """Return a token for one site: at least `over` years, or less than `under`, as sure as `level`.

    `nonce` is the digest that the site put into its link. `holder`, such as `user:7`, is who can be revoked later; it stands in
    no token, and here as a keyed digest until the token is over.
    """
    issued_at = at.replace(second=0, microsecond=0)
    expires_at = issued_at + timedelta(minutes=config.current().age.token_minutes)
    key, jti = key_set().keys[0], secrets.token_urlsafe(_JTI_BYTES)
    age = {"age_over": over} if over is not None else {"age_under": under}
    claims: dict[str, object] = {
        "iss": config.current().server.site_url,
        "aud": audience,
        "nonce": nonce,
        "iat": int(issued_at.timestamp()),
        "exp": int(expires_at.timestamp()),
        "jti": jti,
        "acr": level.acr,
        **age,
    }
    if holder:
        LiveToken.objects.create(jti=jti, holder=_digest(holder), expires_at=expires_at)
    return jwt.encode({"alg": gate.ALGORITHM, "typ": gate.TYPE, "kid": key.kid}, claims, key)


def verify(
    token: str, *, audience: str, over: int | None, level: Level, at: datetime, under: int | None = None
) -> gate.Shown:
    """Return what a token of ours says where it opens an area now; raises `gate.Refused`."""
    taken_back = revoked(at=at)
    return gate.verify(
        token, audience=audience, over=over, level=level, keys=key_set(), at=at, under=under, revoked=taken_back
    )


@transaction.atomic
def revoke(holder: str, *, at: datetime) -> int:
    """Take back every token of somebody that is still good, and return how many; every gate knows within ten seconds."""
    living = LiveToken.objects.filter(holder=_digest(holder), expires_at__gt=at, revoked_at=None)
    return living.update(revoked_at=at)


def revoked(*, at: datetime) -> frozenset[str]:
    """Return the `jti` of every token that was taken back and would still be good."""
    living = LiveToken.objects.filter(expires_at__gt=at, revoked_at__isnull=False)
    return frozenset(living.values_list("jti", flat=True))


def forget(at: datetime) -> None:
    """Erase the tokens that are over."""
    LiveToken.objects.filter(expires_at__lte=at).delete()


def _digest(holder: str) -> bytes:
    return keys.keyed_digest(_PURPOSE, holder)
