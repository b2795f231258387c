"""What an OpenID client can ask for: begin a visit, come back from it with a code, and fetch what was shown, once."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

from django.db import transaction
from django.urls import reverse
from joserfc import jwk, jwt

from leeward.age import gate, token_keys
from leeward.age.levels import Level
from leeward.age.openid import questions
from leeward.age.openid.models import OpenIdClient, OpenIdVisit
from leeward.age.openid.questions import Question, Refused
from leeward.core import config, keys

# A visitor who fetches a wallet first needs a while, as in `attempts.OPEN_FOR`.
OPEN_FOR = timedelta(minutes=30)
CODE_GOOD_FOR = timedelta(seconds=60)
_KEPT = timedelta(hours=1)
_SECRET_BYTES, _NONCE_BYTES, _ID_BYTES = 32, 16, 16
_DENIED = "access_denied"  # RFC 6749, section 4.1.2.1; it has no description, for that would say why.
_SECRET_PURPOSE, _CODE_PURPOSE = "secret of an openid client", "code of an openid visit"


class NoSuchClient(Exception):
    """Nobody has this `client_id` with this `redirect_uri`, so no answer can be sent anywhere: correct the link."""


class NoSuchVisit(Exception):
    """This browser began no such visit, or too long ago: start again at the site."""


class AlreadyClosed(Exception):
    """The client was closed meanwhile: look at the page again."""


@transaction.atomic
def add(site_id: int, *, redirect_uri: str, has_secret: bool, at: datetime) -> tuple[OpenIdClient, str]:
    """Add a client of a site, and return it with its secret, which is not kept; an empty one where it has none."""
    secret = secrets.token_urlsafe(_SECRET_BYTES) if has_secret else ""
    client = OpenIdClient.objects.create(
        client_id=secrets.token_urlsafe(_ID_BYTES),
        site_id=site_id,
        redirect_uri=redirect_uri,
        secret=keys.keyed_digest(_SECRET_PURPOSE, secret) if secret else b"",
        made_at=at,
    )
    return client, secret


@transaction.atomic
def close(client: OpenIdClient, *, at: datetime) -> None:
    """Answer a client no more; raises `AlreadyClosed`."""
    if not OpenIdClient.objects.filter(pk=client.pk, closed_at=None).update(closed_at=at):
        raise AlreadyClosed


def client_of(client_id: str, redirect_uri: str) -> OpenIdClient:
    """Return the client that asks; raises `NoSuchClient`. The address is compared letter by letter."""
    found = OpenIdClient.objects.select_related("site").filter(client_id=client_id, closed_at=None).first()
    if found is None or found.redirect_uri != redirect_uri:
        raise NoSuchClient
    return found


@transaction.atomic
def begin(client: OpenIdClient, asked: Mapping[str, str], *, at: datetime) -> tuple[str, str]:
    """Begin a visit; return the address where the age is shown, and the nonce for the visitor's browser. Raises `Refused`."""
    question = questions.read(asked)
    requirement_id, need = _requirement(client, question)
    nonce = secrets.token_urlsafe(_NONCE_BYTES)
    OpenIdVisit.objects.create(
        nonce=gate.digest(nonce),
        client=client,
        requirement_id=requirement_id,
        state=question.state,
        client_nonce=question.nonce,
        challenge=question.challenge,
        begun_at=at,
    )
    return f"{reverse('age:choose')}?{urlencode({'need': need, 'nonce': gate.digest(nonce)})}", nonce


def _requirement(client: OpenIdClient, question: Question) -> tuple[int, str]:
    """Return the key and the short name of the area that asks for this age, and no more surely than it must."""
    areas = client.site.requirements.filter(closed_at=None, age_over=question.over, age_under=question.under)
    if not areas.exists():
        raise Refused("invalid_scope", "No area of this site asks for this age. The operator can add one.")
    enough = areas.filter(level__gte=question.level or Level.ASSERTED).order_by("level", "pk")
    found = enough.values_list("pk", "slug").first()
    if found is None:
        raise Refused("unmet_authentication_requirements", "No area of this site asks for this age so surely.")
    return found


def refusal(client: OpenIdClient, refused: Refused, *, state: str) -> str:
    """Return the address by which a client learns that its question is refused."""
    return _to(client, {"error": refused.error, "error_description": refused.detail, "state": state})


def callback(nonce: str) -> str:
    """Return where a visitor goes who shows an age for a client; an empty text where no client asked."""
    is_ours = OpenIdVisit.objects.filter(nonce=nonce).exists()
    return config.current().server.site_url + reverse("openid:back") if is_ours else ""


def leaving(nonce: str) -> str:
    """Return where a visitor goes who shows no age to a client: its address with `access_denied`, for whatever reason.

    It stands on our pages from the first one on, the same for all, and nobody is led there without pressing it. So neither its
    words nor its time, which is that of a person who reads, tell a site whether somebody is too young or thought better of it.
    An empty text where no client waits for an answer. `nonce` is the digest that stands in the address of our pages.
    """
    visits = OpenIdVisit.objects.select_related("client")
    visit = visits.filter(nonce=nonce, code=None, client__closed_at=None).first()
    return _to(visit.client, {"error": _DENIED, "state": visit.state}) if visit is not None else ""


@transaction.atomic
def back(token: str, *, nonce: str, at: datetime) -> str:
    """Take the age token of a visit, once and in the browser that began it; return the client's address with a code.

    Raises `NoSuchVisit`.
    """
    visits = OpenIdVisit.objects.select_related("client__site", "requirement")
    visit = visits.filter(nonce=gate.digest(nonce), code=None, begun_at__gt=at - OPEN_FOR).first()
    if visit is None:
        raise NoSuchVisit
    shown, code = _shown(token, visit, nonce=nonce, at=at), secrets.token_urlsafe(_SECRET_BYTES)
    moved = OpenIdVisit.objects.filter(pk=visit.pk, code=None).update(
        code=keys.keyed_digest(_CODE_PURPOSE, code),
        level=shown.level,
        jti=shown.jti,
        shown_at=datetime.fromtimestamp(shown.issued_s, UTC),
        expires_at=datetime.fromtimestamp(shown.expires_s, UTC),
        coded_at=at,
    )
    if not moved:
        raise NoSuchVisit
    return _to(visit.client, {"code": code, "state": visit.state})


def _shown(token: str, visit: OpenIdVisit, *, nonce: str, at: datetime) -> gate.Shown:
    asked = visit.requirement
    area = gate.Area(asked.slug, visit.client.site.origin, asked.age_over, asked.age_under, Level(asked.level))
    try:
        shown = gate.read(token, keys=key_set())
        gate.check(shown, area, at=at, nonce=nonce)
    except gate.Refused:
        raise NoSuchVisit from None
    return shown


def _to(client: OpenIdClient, answer: Mapping[str, str]) -> str:
    # `iss` keeps a client that knows several providers from mixing them up: RFC 9207.
    given = {name: value for name, value in answer.items() if value} | {"iss": issuer()}
    return f"{client.redirect_uri}?{urlencode(given)}"


@transaction.atomic
def fetch(asked: Mapping[str, str], *, client_id: str, secret: str, at: datetime) -> dict[str, object]:
    """Give what was shown for a code, once, to the client that asked; raises `Refused` (RFC 6749, section 5.2)."""
    client = _authenticated(client_id, secret)
    if asked.get("grant_type") != "authorization_code":
        raise Refused("unsupported_grant_type", "Only «grant_type=authorization_code» is spoken here.")
    code = keys.keyed_digest(_CODE_PURPOSE, asked.get("code", ""))
    found = OpenIdVisit.objects.select_related("requirement").filter(
        code=code, client=client, coded_at__gt=at - CODE_GOOD_FOR, expires_at__gt=at, fetched_at=None
    )
    visit = found.first()
    if visit is None or asked.get("redirect_uri") != client.redirect_uri or not _knows(visit, asked):
        raise Refused("invalid_grant", "The code is unknown, too old or used, or it is not yours. Start again.")
    if not found.update(fetched_at=at):
        raise Refused("invalid_grant", "The code was used a moment ago. Start again.")
    return {
        # It opens nothing: everything that is known stands in the ID token.
        "access_token": secrets.token_urlsafe(_ID_BYTES),
        "token_type": "Bearer",
        "expires_in": max(int((visit.expires_at - at).total_seconds()), 0) if visit.expires_at else 0,
        "id_token": _id_token(visit, client),
    }


def _authenticated(client_id: str, secret: str) -> OpenIdClient:
    client = OpenIdClient.objects.filter(client_id=client_id, closed_at=None).first()
    given = keys.keyed_digest(_SECRET_PURPOSE, secret) if secret else b""
    if client is None or not hmac.compare_digest(bytes(client.secret), given):
        raise Refused("invalid_client", "No client has this name with this secret.")
    return client


def _knows(visit: OpenIdVisit, asked: Mapping[str, str]) -> bool:
    """True where the client knows what it began with: RFC 7636, section 4.6."""
    digest = hashlib.sha256(asked.get("code_verifier", "").encode()).digest()
    return hmac.compare_digest(base64.urlsafe_b64encode(digest).rstrip(b"=").decode(), visit.challenge)


def _id_token(visit: OpenIdVisit, client: OpenIdClient) -> str:
    assert visit.shown_at is not None and visit.expires_at is not None and visit.level is not None  # noqa: S101, PT018  # It has a code.
    asked, key = visit.requirement, key_set().keys[0]
    age = f"age_over_{asked.age_over}" if asked.age_over is not None else f"age_under_{asked.age_under}"
    claims: dict[str, object] = {
        "iss": issuer(),
        "aud": client.client_id,
        # Drawn for this visit: two sites, or one on two days, cannot see that it was the same person.
        "sub": secrets.token_urlsafe(_ID_BYTES),
        "iat": int(visit.shown_at.timestamp()),
        "exp": int(visit.expires_at.timestamp()),
        "jti": visit.jti,
        "acr": Level(visit.level).acr,
        age: True,
    }
    if visit.client_nonce:
        claims["nonce"] = visit.client_nonce
    return jwt.encode({"alg": gate.ALGORITHM, "typ": "JWT", "kid": key.kid}, claims, key)


def key_set() -> jwk.KeySet:
    """Return the keys in force: those of age tokens, whose `typ` tells the two kinds apart."""
    return token_keys.parse(config.current().age.token_keys)


def issuer() -> str:
    """Return our name, which is the public address of this site."""
    return config.current().server.site_url


def forget(at: datetime) -> None:
    """Erase the visits that are over."""
    OpenIdVisit.objects.filter(begun_at__lte=at - _KEPT).delete()
