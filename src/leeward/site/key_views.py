"""The public keys of this site, so that anybody can check what it signed."""

from __future__ import annotations

from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe

from leeward.core import access, signing

MEDIA_TYPE = "application/jwk-set+json"  # RFC 7517, section 8.5.2
# After a change of keys, whoever kept the old set looks again within this time.
KEPT_S = 300


@access.public
@require_safe
def jwks(request: HttpRequest) -> JsonResponse:
    """Give the JWK set to anybody, to pages of other sites, too."""
    answer = JsonResponse(signing.jwks(), content_type=MEDIA_TYPE)
    answer["Cache-Control"] = f"public, max-age={KEPT_S}"
    answer["Access-Control-Allow-Origin"] = "*"
    return answer
