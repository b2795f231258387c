"""What visitors read while they show an age: in their language, in the words for 10 to 12, or for 6 to 9 where they asked for easier ones.

The choice says nothing of the age of whoever made it. It stands in a cookie of these pages until the browser is closed,
reaches no site, and is written down nowhere.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any, Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.translation import get_language

from leeward.core import texts
from leeward.engines.reading import Band

APP = "age"
COOKIE: Final = "age_words"
ASKED: Final = "words"
_BANDS: Final = {"easier": Band.SMALL, "usual": Band.MIDDLE}
# As the language of a request, so that whoever gathers words for a page need not know who reads it.
_reader: ContextVar[Band] = ContextVar("reader", default=Band.MIDDLE)

type View = Callable[..., HttpResponse]


def tables(band: Band | None = None) -> dict[str, dict[str, str]]:
    """Return the words table by table, for a template; those of the reader of this request where no band is given."""
    return texts.tables(texts.read(APP, language=get_language() or texts.ENGLISH, band=band or _reader.get()))


def is_easy() -> bool:
    """True where the reader of this request asked for easier words."""
    return _reader.get() == Band.SMALL


def for_reader(view: View) -> View:
    """Let a page speak in easier words from `?words=easier` on, until `?words=usual`; any other wish is none."""

    @functools.wraps(view)
    def spoken(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        wish = request.GET.get(ASKED, "")
        known = wish if wish in _BANDS else request.COOKIES.get(COOKIE, "")
        before = _reader.set(_BANDS.get(known, Band.MIDDLE))
        try:
            answer = view(request, *args, **kwargs)
        finally:
            _reader.reset(before)
        if wish in _BANDS:
            answer.set_cookie(
                COOKIE, wish, secure=settings.SESSION_COOKIE_SECURE, httponly=True, samesite="Lax", path="/age/"
            )
        return answer

    return spoken


def pictures(method: str) -> tuple[str, str]:
    """Return the picture of a method, and the one for a method of another package, which has none here."""
    return f"age/pictures/{method}.svg", "age/pictures/other.svg"
