"""The script that makes a link to a gate say where the visitor stands, under its lasting address, for pages of other sites."""

from __future__ import annotations

import functools
import hashlib
from pathlib import Path

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import condition, require_safe

from leeward.core import access

_SCRIPT = Path(__file__).parent / "static" / "age" / "link.js"
_KEPT_S = 300


@functools.cache
def _content() -> bytes:
    return _SCRIPT.read_bytes()


def _etag(request: HttpRequest) -> str:
    return f'"{hashlib.sha256(_content()).hexdigest()[:32]}"'


@access.public
@require_safe
@condition(etag_func=_etag)
def script(request: HttpRequest) -> HttpResponse:
    """Give the script to any page. No cookie takes part, and nothing in it depends on who asks."""
    answer = HttpResponse(_content(), content_type="text/javascript; charset=utf-8")
    answer["Access-Control-Allow-Origin"] = "*"
    answer["Cross-Origin-Resource-Policy"] = "cross-origin"
    answer["Cache-Control"] = f"public, max-age={_KEPT_S}"
    return answer
