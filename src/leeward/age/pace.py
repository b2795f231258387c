"""How many answers one address may give in a minute, so that nobody guesses the codes of a list."""

from __future__ import annotations

from django.http import HttpRequest
from ninja.throttling import AnonRateThrottle

from leeward.core import middleware

# A class of thirty behind one address may all type at once. At this pace ten random characters outlast the school.
_A_MINUTE = 60


class _Answering(AnonRateThrottle):
    scope = "age"

    def get_ident(self, request: HttpRequest) -> str:
        # What a visitor writes into X-Forwarded-For must not give a count of its own.
        return middleware.client_address(request)


def admits(request: HttpRequest) -> bool:
    """Return False where this address gave too many answers in the last minute, else count one more."""
    return bool(_Answering(f"{_A_MINUTE}/min").allow_request(request))
