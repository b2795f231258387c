"""What the button is made of: its script under a lasting address, the parts that it loads when pressed, and its words.

Any page may load them, no cookie takes part, and nothing here depends on who asks.
"""

from __future__ import annotations

import functools
import gzip
import hashlib
from dataclasses import dataclass

from django.contrib.staticfiles.storage import staticfiles_storage
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotModified, JsonResponse
from django.utils.cache import patch_vary_headers
from django.utils.http import parse_etags
from django.views.decorators.http import require_safe

from leeward.core import access, config, texts
from leeward.engines.reading import Band

JAVASCRIPT = "text/javascript; charset=utf-8"
KEPT_S = 300
# Each part by the name under which `report.js` and the parts themselves ask for it.
PARTS = {
    "flow": "reports/parts/flow.js",
    "looks": "reports/parts/looks.js",
    "answers": "reports/parts/answers.js",
    "leeward": "reports/parts/leeward.js",
    "pictures": "reports/parts/pictures.js",
    "capture": "reports/parts/capture.js",
    "proof": "reports/parts/proof.js",
    "modern-screenshot": "reports/vendor/modern-screenshot.mjs",
}
# What the dialog says; what is read on our own pages stays there.
TABLES = ("button", "reason", "nature", "band", "words", "picture", "shared", "later", "danger", "sent", "failed")
ALSO = ("guide.tell", "guide.not_your_fault", "status.proof")


@dataclass(frozen=True)
class _Script:
    plain: bytes
    gzipped: bytes
    etag: str


@functools.cache
def _script(path: str) -> _Script:
    with staticfiles_storage.open(path) as file:
        plain = file.read()
    # The same bytes give the same archive: no time in it.
    return _Script(plain, gzip.compress(plain, mtime=0), f'"{hashlib.sha256(plain).hexdigest()[:32]}"')


@access.public
@require_safe
def module(request: HttpRequest) -> HttpResponse:
    """Give the button's script under its lasting address, to any page."""
    return _given(request, "reports/report.js")


@access.public
@require_safe
def part(request: HttpRequest, name: str) -> HttpResponse:
    """Give one part of the dialog, to any page."""
    if name not in PARTS:
        raise Http404
    return _given(request, PARTS[name])


@access.public
@require_safe
def words(request: HttpRequest, language: str, band: str) -> HttpResponse:
    """Give the words of the dialog for one language and age band; a language that we do not speak is answered in English."""
    if band not in set(Band):
        raise Http404
    known = texts.read("reports", language=language, band=Band(band))
    said = {key: text for key, text in known.items() if key.partition(".")[0] in TABLES or key in ALSO}
    said["danger.number"] = config.current().intake.emergency_number
    return _open(JsonResponse(said, json_dumps_params={"ensure_ascii": False}))


def _given(request: HttpRequest, path: str) -> HttpResponse:
    script = _script(path)
    # The same script has one tag, packed or not: a weak comparison is what If-None-Match asks for.
    if script.etag in parse_etags(request.headers.get("If-None-Match", "")):
        answer: HttpResponse = HttpResponseNotModified()
    elif "gzip" in request.headers.get("Accept-Encoding", ""):
        answer = HttpResponse(script.gzipped, content_type=JAVASCRIPT, headers={"Content-Encoding": "gzip"})
    else:
        answer = HttpResponse(script.plain, content_type=JAVASCRIPT)
    answer["ETag"] = script.etag
    patch_vary_headers(answer, ["Accept-Encoding"])
    return _open(answer)


def _open(answer: HttpResponse) -> HttpResponse:
    answer["Access-Control-Allow-Origin"] = "*"
    answer["Cross-Origin-Resource-Policy"] = "cross-origin"
    answer["Cache-Control"] = f"public, max-age={KEPT_S}"
    return answer
