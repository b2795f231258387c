"""From which address, and from which port where that can be known, somebody asks for a page."""

from __future__ import annotations

from django.http import HttpRequest

from leeward.core import config
from leeward.core.middleware import client_address


def port_of(request: HttpRequest) -> int | None:
    """Return the visitor's port, or None behind a proxy, which tells no ports."""
    port = str(request.META.get("REMOTE_PORT", ""))
    is_direct = not config.current().server.trusted_proxies
    return int(port) if is_direct and port.isascii() and port.isdecimal() else None


def of(request: HttpRequest) -> tuple[str, int | None]:
    """Return the visitor's address and port."""
    return client_address(request), port_of(request)
