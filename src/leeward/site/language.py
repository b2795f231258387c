"""Which language somebody reads in: asked of the browser, until a person chooses another one."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST
from django.views.i18n import set_language

from leeward.core import access


# A token would set a cookie on every page that only offers the choice, and a forged choice does no more than change words.
@access.public
@csrf_exempt
@require_POST
def choose(request: HttpRequest) -> HttpResponse:
    """Keep the chosen `language` in a cookie that ends with the browser, and go back to `next` on this site."""
    return set_language(request)
