"""The doors of the OpenID provider: what it can do, the link that a client gives, the way back, and the fetching of an answer."""

from __future__ import annotations

import base64
import binascii
from http import HTTPStatus
from urllib.parse import unquote_plus

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from leeward.age import gate, words
from leeward.age.levels import Level
from leeward.age.openid import questions, services
from leeward.core import access, middleware, paces

COOKIE = "age_openid"
# A class of thirty behind one address may all begin at once.
_BEGUN_A_MINUTE = 120
_KEPT_S = 300
_begun = paces.Pace()


@access.public
@require_safe
def configuration(request: HttpRequest) -> JsonResponse:
    """Tell clients what is spoken here: OpenID Connect Discovery 1.0."""
    issuer = services.issuer()
    answer = JsonResponse(
        {
            "issuer": issuer,
            "authorization_endpoint": issuer + reverse("openid:authorize"),
            "token_endpoint": issuer + reverse("openid:token"),
            "jwks_uri": issuer + reverse("age_jwks"),
            "scopes_supported": list(questions.SCOPES),
            "response_types_supported": ["code"],
            "response_modes_supported": ["query"],
            "grant_types_supported": ["authorization_code"],
            "acr_values_supported": [level.acr for level in Level],
            # In the strictest sense: a new name at each visit.
            "subject_types_supported": ["pairwise"],
            "id_token_signing_alg_values_supported": [gate.ALGORITHM],
            "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post", "none"],
            "code_challenge_methods_supported": ["S256"],
            "claims_supported": ["iss", "aud", "sub", "iat", "exp", "jti", "acr", "nonce", *questions.SCOPES[1:]],
            "claims_parameter_supported": False,
            "request_parameter_supported": False,
            "request_uri_parameter_supported": False,
            "authorization_response_iss_parameter_supported": True,
        }
    )
    answer["Cache-Control"] = f"public, max-age={_KEPT_S}"
    answer["Access-Control-Allow-Origin"] = "*"
    return answer


@access.public
@never_cache
@csrf_exempt  # OpenID Connect Core 3.1.2.1: a client may send the visitor by a form of its own, too. Nothing is done for anybody yet.
@require_http_methods(["GET", "HEAD", "POST"])
def authorize(request: HttpRequest) -> HttpResponse:
    """Take a client's question, and lead the visitor to the pages where an age is shown."""
    asked, at = (request.POST if request.method == "POST" else request.GET).dict(), timezone.now()
    try:
        _begun.admit(middleware.client_address(request), a_minute=_BEGUN_A_MINUTE, at=at)
        client = services.client_of(str(asked.get("client_id", "")), str(asked.get("redirect_uri", "")))
    except paces.TooOften:
        return _page(request, "again", status=HTTPStatus.TOO_MANY_REQUESTS)
    except services.NoSuchClient:
        return _page(request, "again", status=HTTPStatus.BAD_REQUEST)
    question = {name: str(value) for name, value in asked.items()}
    try:
        address, nonce = services.begin(client, question, at=at)
    except questions.Refused as refused:
        return _leading(services.refusal(client, refused, state=question.get("state", "")))
    answer = _leading(address)
    answer.set_cookie(
        COOKIE,
        nonce,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
        path=reverse("openid:back"),
        max_age=int(services.OPEN_FOR.total_seconds()),
    )
    return answer


@access.public
@never_cache
@require_safe
def back(request: HttpRequest) -> HttpResponse:
    """Lead a visitor who showed an age back to the client, with a code."""
    token, nonce = request.GET.get("token", ""), request.COOKIES.get(COOKIE, "")
    try:
        answer = _leading(services.back(token, nonce=nonce, at=timezone.now()))
    except services.NoSuchVisit:
        return _page(request, "again", status=HTTPStatus.FORBIDDEN)
    answer.delete_cookie(COOKIE, path=reverse("openid:back"))
    return answer


@access.public
@csrf_exempt  # A program calls it, which has no cookie of ours.
@require_POST
def token(request: HttpRequest) -> HttpResponse:
    """Give a client what was shown, for its code: RFC 6749, section 4.1.3."""
    asked = request.POST.dict()
    form = {name: str(value) for name, value in asked.items()}
    try:
        client_id, secret = _credentials(request, form)
        answer = JsonResponse(services.fetch(form, client_id=client_id, secret=secret, at=timezone.now()))
    except questions.Refused as refused:
        is_unknown = refused.error == "invalid_client"
        status = HTTPStatus.UNAUTHORIZED if is_unknown else HTTPStatus.BAD_REQUEST
        answer = JsonResponse({"error": refused.error, "error_description": refused.detail}, status=status)
        if is_unknown:
            answer["WWW-Authenticate"] = 'Basic realm="leeward"'
    answer["Cache-Control"] = "no-store"
    answer["Access-Control-Allow-Origin"] = "*"
    return answer


def _credentials(request: HttpRequest, form: dict[str, str]) -> tuple[str, str]:
    """Return the name and the secret of a client, from the header or from the form: RFC 6749, section 2.3.1."""
    kind, _space, given = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() != "basic":
        return form.get("client_id", ""), form.get("client_secret", "")
    try:
        name, _colon, secret = base64.b64decode(given, validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        raise questions.Refused("invalid_client", "The header «Authorization» cannot be read.") from None
    return unquote_plus(name), unquote_plus(secret)


def _page(request: HttpRequest, table: str, *, status: int) -> HttpResponse:
    said = words.tables()
    return render(request, "age/openid/refused.html", {"said": said[f"openid_{table}"]}, status=status)


def _leading(address: str) -> HttpResponse:
    return HttpResponse(status=HTTPStatus.FOUND, headers={"Location": address})
