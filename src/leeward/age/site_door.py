"""A gate inside a provider's own site, without a proxy and without Django: what it answers to a request for an area.

The site passes the path, the query and the cookies; it sends back what it is given, or goes on where it is given nothing.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import urlencode

from joserfc import jwk

from leeward.age import gate

START, BACK, STATE = "/_age/start", "/_age/back", "/_age/state"
_NONCE_BYTES = 16


@dataclass(frozen=True)
class Reply:
    """What the site sends: a status, headers (also more than one Set-Cookie), and a few words."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: str = ""


@dataclass(frozen=True)
class SiteDoor:
    """The gate before the pages below `prefix`. `keys` and `revoked` are asked each time, so they can be kept fresh.

    `leeward` is the public address of the age service, without a slash at the end.
    """

    leeward: str
    area: gate.Area
    prefix: str
    keys: Callable[[], jwk.KeySet]
    revoked: Callable[[], Container[str]] = field(default=frozenset)

    def answer(self, path: str, *, query: Mapping[str, str], cookies: Mapping[str, str], at: datetime) -> Reply | None:
        """Return what to send instead of the page, or None where the visitor may see it.

        Of several doors of one site, each is asked after the other; `need` in an address names the one that is meant.
        """
        if path in {START, STATE} and query.get("need", self.area.need) != self.area.need:
            return None
        if path == STATE:
            code = self._refusal(cookies, at=at)
            return Reply(204 if code is None else 403 if code == gate.Code.LEVEL_TOO_LOW else 401, _PLAIN)
        if path == START:
            return self._start(query.get("to", ""))
        if path == BACK:
            return self._back(query.get("token", ""), cookies.get(gate.WAY_COOKIE, ""), at=at)
        return self._check(path, query, cookies, at=at) if path.startswith(self.prefix) else None

    def _check(self, path: str, query: Mapping[str, str], cookies: Mapping[str, str], *, at: datetime) -> Reply | None:
        wanted = f"{path}?{urlencode(query)}" if query else path
        code = self._refusal(cookies, at=at)
        if code is None:
            return None
        if code != gate.Code.LEVEL_TOO_LOW:
            return self._start(wanted)
        asks = ("WWW-Authenticate", gate.step_up(self.area))
        again = f"{START}?{urlencode({'to': wanted, 'need': self.area.need})}"
        return Reply(403, (*_PLAIN, asks), f"Show your age more surely: {again}")

    def _refusal(self, cookies: Mapping[str, str], *, at: datetime) -> gate.Code | None:
        """Return why the visitor may not come in, or None."""
        try:
            nonce, token = gate.cookie_parts(cookies.get(gate.COOKIE, ""))
            shown = gate.read(token, keys=self.keys())
            gate.check(shown, self.area, at=at, nonce=nonce, revoked=self.revoked())
        except gate.Refused as refused:
            return refused.code
        return None

    def _start(self, to: str) -> Reply:
        nonce = secrets.token_urlsafe(_NONCE_BYTES)
        address, cookie = gate.way_out(nonce=nonce, to=to, need=self.area.need, leeward=self.leeward)
        return _leading(address, cookie)

    def _back(self, token: str, way: str, *, at: datetime) -> Reply:
        try:
            page, cookies = gate.way_back(
                token, way=way, area=self.area, keys=self.keys(), at=at, revoked=self.revoked()
            )
        except gate.Refused:
            return Reply(403, _PLAIN, f"This link is too old, or from another device. Start again: {START}")
        return _leading(page, *cookies)


_PLAIN = (("Content-Type", "text/plain; charset=utf-8"), ("Cache-Control", "no-store"))


def _leading(address: str, *cookies: gate.Cookie) -> Reply:
    set_cookies = tuple(("Set-Cookie", cookie.header) for cookie in cookies)
    return Reply(302, (("Location", address), ("Cache-Control", "no-store"), *set_cookies))
