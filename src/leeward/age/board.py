"""What a gate must know to answer without asking the database: areas, keys and tokens that were taken back."""

from __future__ import annotations

import threading
from collections import OrderedDict
from datetime import datetime

from joserfc import jwk

from leeward.age import gate, tokens
from leeward.age.levels import Level
from leeward.age.models import Requirement

# A check reads anew what is older, at its side; what is even older is not trusted, and the check waits or refuses.
FRESH_S, TRUSTED_S = 1.0, 8.0
_REMEMBERED = 10_000


class NoSuchArea(Exception):
    """No requirement has this name: correct X-Age-Required in the proxy, or add the requirement."""


class Board:
    """The state of all areas at one time. Reading it is safe from any thread."""

    def __init__(self) -> None:
        self._areas: dict[str, gate.Area] = {}
        self._keys = jwk.KeySet([])
        self._revoked: frozenset[str] = frozenset()
        self._read_at: datetime | None = None
        self._seen: OrderedDict[str, gate.Shown] = OrderedDict()
        self._lock = threading.Lock()

    def refresh(self, *, at: datetime) -> None:
        """Read everything from the database."""
        open_ones = Requirement.objects.filter(closed_at=None).select_related("site")
        areas = {one.slug: area_of(one) for one in open_ones}
        revoked, keys = tokens.revoked(at=at), tokens.key_set()
        with self._lock:
            if keys is not self._keys:
                self._seen.clear()
            self._areas, self._revoked, self._keys, self._read_at = areas, revoked, keys, at

    def age_s(self, *, at: datetime) -> float:
        """Return how old the state is, in seconds."""
        return abs((at - self._read_at).total_seconds()) if self._read_at is not None else float("inf")

    def area(self, need: str) -> gate.Area:
        """Return the area of a name; raises `NoSuchArea`."""
        try:
            return self._areas[need]
        except KeyError:
            raise NoSuchArea(need) from None

    @property
    def keys(self) -> jwk.KeySet:
        """The keys in force."""
        return self._keys

    @property
    def revoked(self) -> frozenset[str]:
        """The tokens that were taken back."""
        return self._revoked

    def admit(self, cookie: str, need: str, *, at: datetime) -> None:
        """Let a visitor in who brings the cookie of a good token; raises `gate.Refused` and `NoSuchArea`."""
        area = self.area(need)
        nonce, token = gate.cookie_parts(cookie)
        gate.check(self._read(token), area, at=at, nonce=nonce, revoked=self._revoked)

    def _read(self, token: str) -> gate.Shown:
        # The signature of the same octets is checked once; the clock, the area and what was taken back each time.
        shown = self._seen.get(token)
        if shown is None:
            shown = gate.read(token, keys=self._keys)
            with self._lock:
                self._seen[token] = shown
                if len(self._seen) > _REMEMBERED:
                    self._seen.popitem(last=False)
        return shown


def area_of(requirement: Requirement) -> gate.Area:
    """Return the area of a requirement."""
    return gate.Area(
        requirement.slug,
        requirement.site.origin,
        requirement.age_over,
        requirement.age_under,
        Level(requirement.level),
    )
