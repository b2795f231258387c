"""How many mailboxes one address may begin in a minute, so that nobody fills the place where they are kept."""

from __future__ import annotations

from django.http import HttpRequest
from ninja.throttling import AnonRateThrottle

from leeward.core import middleware

# A class of thirty behind one address may all write at once.
_A_MINUTE = 30


class _Beginning(AnonRateThrottle):
    scope = "mailbox"

    def get_ident(self, request: HttpRequest) -> str:
        # What a visitor writes into X-Forwarded-For must not give a count of its own.
        return middleware.client_address(request)


def admits(request: HttpRequest) -> bool:
    """Return False where this address began too many in the last minute, else count one more."""
    return bool(_Beginning(f"{_A_MINUTE}/min").allow_request(request))
