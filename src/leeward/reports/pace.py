"""How many answers one network address may give in a minute, so that nobody fills the place where half reports are kept."""

from __future__ import annotations

from django.http import HttpRequest
from ninja.throttling import AnonRateThrottle

from leeward.core import config, middleware

# As many as there are questions, and a few changes of mind.
_ANSWERS_OF_ONE_REPORT = 10


class Answering(AnonRateThrottle):
    """At most so many answers a minute from one network address, by the setting for whole reports."""

    scope = "half"

    def __init__(self) -> None:
        super().__init__(f"{config.current().server.reports_per_minute * _ANSWERS_OF_ONE_REPORT}/min")

    def get_ident(self, request: HttpRequest) -> str:
        # What a visitor writes into X-Forwarded-For must not give a count of its own.
        return middleware.client_address(request)
