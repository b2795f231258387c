"""Ask for an age before an area: what a proxy does with the lines of `examples/age/`, here by hand.

The provider learns «yes» and nothing else of its visitor. Where Leeward does not answer, nobody comes in.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus

import httpx

PREFIX = "/_age"
PLACES = ("/start", "/back", "/state", "/more")  # What Leeward serves below the prefix, on the provider's own host.
ASK_WITHIN_S = 5.0
_PASSED_ON = ("Cookie", "Accept-Language")
_GIVEN_BACK = ("location", "set-cookie", "www-authenticate")
_NOBODY = b"<!doctype html><title>Not now</title><p>Nobody can show an age at the moment. Please come back later."


@dataclass(frozen=True)
class Word:
    """What Leeward said: only where `is_open` the area is served. Else the visitor gets this status, headers and page."""

    status: int
    headers: tuple[tuple[str, str], ...]
    page: bytes

    @property
    def is_open(self) -> bool:
        """True where the visitor has shown the age."""
        return self.status == HTTPStatus.NO_CONTENT


@dataclass(frozen=True)
class AgeGate:
    """The gate before one area, by the short name that Leeward's operator gave it."""

    leeward: str
    area: str

    def ask(self, path: str, headers: Mapping[str, str]) -> Word:
        """Ask whether a visitor may have a page of the area."""
        return self._ask("/enter", path, headers)

    def lead(self, path: str, headers: Mapping[str, str]) -> Word | None:
        """Pass an address below the prefix on, or return None where it is none of Leeward's."""
        place = path.removeprefix(PREFIX)
        return self._ask(place, path, headers) if place.partition("?")[0] in PLACES else None

    def _ask(self, place: str, path: str, headers: Mapping[str, str]) -> Word:
        # Nothing else that a visitor sent goes along, so nobody names an easier area.
        passed = {name: headers[name] for name in _PASSED_ON if name in headers}
        passed |= {"X-Age-Required": self.area, "X-Forwarded-Uri": path}
        try:
            # No client that is kept: it would keep the cookies of one visitor and send them for the next one.
            answer = httpx.get(f"{self.leeward}/age/gate{place}", headers=passed, timeout=ASK_WITHIN_S)
        except httpx.HTTPError:
            return Word(HTTPStatus.SERVICE_UNAVAILABLE, (), _NOBODY)
        back = tuple((name, value) for name, value in answer.headers.multi_items() if name in _GIVEN_BACK)
        return Word(answer.status_code, back, answer.content)
