"""Who opens a line: from which page, from which network, and as whom."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib import auth
from django.http import HttpRequest, parse_cookie
from django.utils import translation
from django.utils.module_loading import import_string

from leeward.core import config, middleware, networks
from leeward.core.models import User
from leeward.helplines.chat.socket import Scope

_PORT = re.compile(r":[0-9]*$")


def request_of(scope: Scope) -> HttpRequest:
    """Return what a page would have been asked with: the headers, the cookies and the address."""
    request = HttpRequest()
    request.META["REMOTE_ADDR"] = (scope.get("client") or ("", 0))[0]
    for name, value in scope["headers"]:
        request.META[f"HTTP_{name.decode('latin-1').upper().replace('-', '_')}"] = value.decode("latin-1")
    request.COOKIES = parse_cookie(request.META.get("HTTP_COOKIE", ""))
    return request


def is_from_our_page(request: HttpRequest) -> bool:
    """True where a page of this very site opens the line. A browser always says which page does; other programs may invent one."""
    host = request.META.get("HTTP_HOST", "").lower()
    origin = urlsplit(request.META.get("HTTP_ORIGIN", "").lower())
    name = _PORT.sub("", host)
    return bool(host) and name in config.current().server.hosts and origin.netloc == host


def network(request: HttpRequest) -> str:
    """Return the network that the line comes from, for counts."""
    return networks.of(middleware.client_address(request))


def person(request: HttpRequest) -> User | None:
    """Return who is signed in with the cookie of the line, or None."""
    sessions = import_string(f"{settings.SESSION_ENGINE}.SessionStore")
    request.session = sessions(request.COOKIES.get(settings.SESSION_COOKIE_NAME))
    user = auth.get_user(request)
    return user if isinstance(user, User) and user.is_active else None


def language(request: HttpRequest) -> str:
    """Return the language of whoever opens the line, as for pages."""
    return translation.get_language_from_request(request)
