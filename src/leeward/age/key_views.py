"""What a site needs to check tokens by itself, and what everybody may read about how ages are shown here."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from leeward.age import practice, tokens
from leeward.core import access

MEDIA_TYPE = "application/jwk-set+json"  # RFC 7517, section 8.5.2
# After a change of keys, whoever kept the old set looks again within this time.
KEPT_S = 300


@access.public
@require_safe
def jwks(request: HttpRequest) -> JsonResponse:
    """Give the keys of age tokens as a JWK set to anybody, to pages of other sites, too."""
    answer = JsonResponse(tokens.jwks(), content_type=MEDIA_TYPE)
    answer["Cache-Control"] = f"public, max-age={KEPT_S}"
    answer["Access-Control-Allow-Origin"] = "*"
    return answer


@access.public
@require_safe
def revoked(request: HttpRequest) -> JsonResponse:
    """Give the `jti` of each token that was taken back and would still be good. The list is never longer than ten minutes."""
    answer = JsonResponse({"revoked": sorted(tokens.revoked(at=timezone.now()))})
    answer["Cache-Control"] = "no-store"
    answer["Access-Control-Allow-Origin"] = "*"
    return answer


@access.public
@require_safe
def how(request: HttpRequest) -> HttpResponse:
    """Show the practice statement: every method in use, how sure it is, and what is kept of it."""
    context = {"statements": practice.statements(at=timezone.now()), "is_measured": practice.is_measured()}
    return render(request, "age/how.html", context)
