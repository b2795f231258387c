"""Check an age token, and lead a visitor to the place where an age is shown and back. It needs no Django and no database.

A provider can use this module alone: `read_keys` takes what stands at `/.well-known/age-jwks.json` of the age service.
The token: compact JWS, ES256, `typ` age+jwt (RFC 7515, RFC 8725 section 3.11). A token fits only into the browser in which the
way to the age service began: it carries the digest of a nonce that stands there in a cookie.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Container, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from urllib.parse import urlencode

from joserfc import jwk, jws
from joserfc.errors import BadSignatureError, JoseError

from leeward.age.levels import Level

TYPE, ALGORITHM = "age+jwt", "ES256"
LONGEST_S = 600
# A clock of ours may be this much behind the one that signed.
SKEW_S = 60
COOKIE, WAY_COOKIE = "__Host-age", "__Host-age-way"
_TOKEN_MAX = 1200
_PATH_MAX = 1500
# The nonce of 16 random bytes as 22 letters, a point, the token.
_COOKIE_FORM = re.compile(r"([A-Za-z0-9_-]{22})\.([A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+)")
_WAY_FORM = re.compile(r"([A-Za-z0-9_-]{22})\.([A-Za-z0-9_-]*)")
# A path of our own host: no second slash or backslash, which a browser takes for another host, and nothing unprintable.
_PATH_FORM = re.compile(r"/(?![/\\])[!-\[\]-~]*")


class Code(StrEnum):
    """Why a token is refused."""

    NO_TOKEN = "no_token"  # noqa: S105  # a reason, no secret
    MALFORMED = "malformed"
    UNKNOWN_KEY = "unknown_key"
    WRONG_SIGNATURE = "wrong_signature"
    WRONG_AUDIENCE = "wrong_audience"
    WRONG_BROWSER = "wrong_browser"
    NOT_YET = "not_yet"
    EXPIRED = "expired"
    REVOKED = "revoked"
    WRONG_AGE = "wrong_age"
    LEVEL_TOO_LOW = "level_too_low"


class Refused(Exception):
    """A token does not open the area. `code` says why; for `level_too_low` show the age anew, more surely."""

    def __init__(self, code: Code) -> None:
        super().__init__(code.value)
        self.code = code


@dataclass(frozen=True, slots=True)
class Area:
    """What stands behind a gate: who it belongs to and what it asks for. One of `over` and `under` is an age in years."""

    need: str
    audience: str
    over: int | None
    under: int | None
    level: Level


@dataclass(frozen=True, slots=True)
class Cookie:
    """A cookie to set: for the whole host, `Secure`, `HttpOnly` and `SameSite=Lax`. Zero seconds take it away.

    None of `max_age_s` keeps it until the browser is closed.
    """

    name: str
    value: str
    max_age_s: int | None = None

    @property
    def header(self) -> str:
        """The value of Set-Cookie."""
        lasts = "" if self.max_age_s is None else f"; Max-Age={self.max_age_s}"
        return f"{self.name}={self.value}{lasts}; Path=/; Secure; HttpOnly; SameSite=Lax"


@dataclass(frozen=True, slots=True)
class Shown:
    """What a good token says, and nothing else is in it."""

    jti: str
    audience: str
    over: int | None
    under: int | None
    level: Level
    nonce: str
    issued_s: int
    expires_s: int


def read_keys(jwks: Mapping[str, Any]) -> jwk.KeySet:
    """Return the keys of a JWK set (RFC 7517). Raises `ValueError` where it is none."""
    try:
        return jwk.KeySet.import_key_set(jwks)  # type: ignore[arg-type]  # a plain mapping is what the library reads
    except (JoseError, KeyError, TypeError) as wrong:
        raise ValueError("this is no JWK set") from wrong


def verify(
    token: str,
    *,
    audience: str,
    over: int | None,
    level: Level,
    keys: jwk.KeySet,
    at: datetime,
    under: int | None = None,
    nonce: str | None = None,
    revoked: Container[str] = frozenset(),
) -> Shown:
    """Return what a token says where it opens an area; raises `Refused`.

    Who is over 18 is over 16, too, and who is under 13 is under 16. With `nonce`, the digest in the token must be that one's.
    `revoked` holds the `jti` of tokens that were taken back.
    """
    shown = read(token, keys=keys)
    check(shown, Area("", audience, over, under, level), at=at, nonce=nonce, revoked=revoked)
    return shown


def read(token: str, *, keys: jwk.KeySet) -> Shown:
    """Return what a token says where we signed it, without looking at the clock or at who may use it; raises `Refused`."""
    if len(token) > _TOKEN_MAX:
        raise Refused(Code.MALFORMED)

    def key_of(part: Any) -> jwk.ECKey:
        headers = part.headers()
        if headers.get("typ") != TYPE:
            raise Refused(Code.MALFORMED)
        found = next((key for key in keys.keys if key.kid == headers.get("kid")), None)
        if not isinstance(found, jwk.ECKey):
            raise Refused(Code.UNKNOWN_KEY)
        return found

    try:
        signed = jws.deserialize_compact(token.encode(), key_of, algorithms=[ALGORITHM])
    except BadSignatureError:
        raise Refused(Code.WRONG_SIGNATURE) from None
    except (JoseError, ValueError, AttributeError, TypeError):
        raise Refused(Code.MALFORMED) from None
    return _shown(signed.payload)


def _shown(payload: bytes) -> Shown:
    try:
        claims = json.loads(payload)
        level = Level.of_acr(claims["acr"])
        over, under = claims.get("age_over"), claims.get("age_under")
        shown = Shown(
            claims["jti"], claims["aud"], over, under, Level(level or 0), claims["nonce"], claims["iat"], claims["exp"]
        )
    except (ValueError, KeyError, TypeError):
        raise Refused(Code.MALFORMED) from None
    words = all(isinstance(value, str) for value in (shown.jti, shown.audience, shown.nonce))
    numbers = all(type(value) is int for value in (shown.issued_s, shown.expires_s, over if under is None else under))
    if not words or not numbers or (over is None) == (under is None):
        raise Refused(Code.MALFORMED)
    # We sign no longer one, so whoever did has our key and not our rules.
    if shown.expires_s - shown.issued_s > LONGEST_S:
        raise Refused(Code.MALFORMED)
    return shown


def check(shown: Shown, area: Area, *, at: datetime, nonce: str | None, revoked: Container[str] = frozenset()) -> None:
    """Refuse what does not open `area` now; raises `Refused`. The level comes last: only it can be repaired by showing more."""
    now_s = at.timestamp()
    if shown.audience != area.audience:
        raise Refused(Code.WRONG_AUDIENCE)
    if nonce is not None and not hmac.compare_digest(shown.nonce, digest(nonce)):
        raise Refused(Code.WRONG_BROWSER)
    if now_s < shown.issued_s - SKEW_S:
        raise Refused(Code.NOT_YET)
    if now_s >= shown.expires_s:
        raise Refused(Code.EXPIRED)
    if shown.jti in revoked:
        raise Refused(Code.REVOKED)
    if not _is_of_age(shown, area):
        raise Refused(Code.WRONG_AGE)
    if shown.level < area.level:
        raise Refused(Code.LEVEL_TOO_LOW)


def _is_of_age(shown: Shown, area: Area) -> bool:
    if area.over is not None:
        return shown.over is not None and shown.over >= area.over
    return area.under is not None and shown.under is not None and shown.under <= area.under


def digest(nonce: str) -> str:
    """Return the digest of a nonce as it stands in a token: SHA-256 in base64url."""
    return base64.urlsafe_b64encode(hashlib.sha256(nonce.encode()).digest()).rstrip(b"=").decode()


# The way there and back. The page that somebody wanted to see stays in a cookie of its own host: the age service never learns it.


def local_path(text: str) -> str:
    """Return a path of our own host, or the first page for anything else."""
    return text if len(text) <= _PATH_MAX and _PATH_FORM.fullmatch(text) else "/"


def way_out(*, nonce: str, to: str, need: str, leeward: str) -> tuple[str, Cookie]:
    """Return the address of the age service, and the cookie that remembers the nonce and the page `to`."""
    path = base64.urlsafe_b64encode(local_path(to).encode()).rstrip(b"=").decode()
    address = f"{leeward}/age/?{urlencode({'need': need, 'nonce': digest(nonce)})}"
    return address, Cookie(WAY_COOKIE, f"{nonce}.{path}")


def way_back(
    token: str, *, way: str, area: Area, keys: jwk.KeySet, at: datetime, revoked: Container[str] = frozenset()
) -> tuple[str, tuple[Cookie, Cookie]]:
    """Return the page to go to, and the cookies to set, where `token` fits the cookie `way`; raises `Refused`.

    What is asked for is another matter: the gate compares it at each page, and a site may have several areas on one host.
    """
    found = _WAY_FORM.fullmatch(way)
    if found is None:
        raise Refused(Code.WRONG_BROWSER)
    nonce, path = found[1], found[2]
    shown = read(token, keys=keys)
    check(
        shown, Area(area.need, area.audience, shown.over, shown.under, shown.level), at=at, nonce=nonce, revoked=revoked
    )
    left_s = max(shown.expires_s - int(at.timestamp()), 1)
    return local_path(_text(path)), (Cookie(COOKIE, f"{nonce}.{token}", left_s), Cookie(WAY_COOKIE, "", 0))


def _text(encoded: str) -> str:
    try:
        return base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)).decode()
    except ValueError:
        return "/"


def cookie_parts(cookie: str) -> tuple[str, str]:
    """Return the nonce and the token of the cookie; raises `Refused`."""
    if not cookie:
        raise Refused(Code.NO_TOKEN)
    found = _COOKIE_FORM.fullmatch(cookie)
    if found is None:
        raise Refused(Code.MALFORMED)
    return found[1], found[2]


def step_up(area: Area) -> str:
    """Return the value of WWW-Authenticate that asks for a surer result (RFC 9470, section 3)."""
    return (
        'Bearer error="insufficient_user_authentication", '
        f'error_description="Show the age more surely", acr_values="{area.level.acr}"'
    )
