"""Whether single keys do something on the pages of the desk. Who speaks to the machine, or trembles, switches them off.

Source: WCAG 2.1, success criterion 2.1.4, Character Key Shortcuts.
"""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

COOKIE = "desk_keys"
OFF = "off"
KEPT_S = 365 * 86_400


def is_on(request: HttpRequest) -> bool:
    """True unless this browser was told to leave single keys alone."""
    return request.COOKIES.get(COOKIE) != OFF


def switch(answer: HttpResponse, *, on: bool, is_https: bool) -> None:
    """Tell this browser, for a year, whether single keys do something."""
    if on:
        answer.delete_cookie(COOKIE, samesite="Lax")
    else:
        answer.set_cookie(COOKIE, OFF, max_age=KEPT_S, secure=is_https, httponly=True, samesite="Lax")
