"""A small cache of upstream answers. It is asked only after the policy, so a block never waits for it."""

from typing import Final

from ._message import CD, Query
from ._response import Response

MAX_ANSWERS: Final = 65_536  # Some 50 MB.

_Key = tuple[bytes, int, bool, int]


class Cache:
    """Keep answers for as long as their records allow; the oldest one leaves when the cache is full."""

    def __init__(self, max_answers: int = MAX_ANSWERS) -> None:
        """Begin empty."""
        self._max_answers = max_answers
        self._kept: dict[_Key, tuple[float, Response]] = {}

    def find(self, query: Query, *, now_s: float) -> tuple[Response, int] | None:
        """Return a kept response and its age in whole seconds."""
        key = _key(query)
        kept = self._kept.get(key)
        if kept is None:
            return None
        since_s, response = kept
        if now_s - since_s >= response.keep_s:
            del self._kept[key]
            return None
        return response, int(now_s - since_s)

    def keep(self, query: Query, response: Response, *, now_s: float) -> None:
        """Remember `response` if it may be kept at all."""
        if response.keep_s <= 0:
            return
        key = _key(query)
        self._kept.pop(key, None)
        if len(self._kept) >= self._max_answers:
            del self._kept[next(iter(self._kept))]
        self._kept[key] = now_s, response


def _key(query: Query) -> _Key:
    return query.wire, query.type, query.wants_dnssec, query.flags & CD
