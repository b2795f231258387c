"""Pull from each active partner that has an address: when its bell rings, and every minute in case it has none.

Each partner has threads of its own, so that one which is slow or broken slows nobody else.
"""

from __future__ import annotations

import logging
import random
import threading
from dataclasses import dataclass, field

from django.db import DatabaseError, connection
from django.utils import timezone

from leeward.core import wakeups
from leeward.exchange.following import listening, pulling
from leeward.exchange.partners.models import Partner

log = logging.getLogger("leeward.exchange")

EVERY_S = 60.0  # The safety poll: a bell can be silent, a pull cannot.
_RETRY_S, _RETRY_MAX_S = 5.0, 900.0
# Partners come and go seldom: whoever is new is followed a second later, and this process is asked to end as often.
_LOOK_S = 1.0
_END_S = 5.0


@dataclass
class _Follower:
    """The threads of one partner: one pulls, one hears its bell. `place` says where; another place is another follower."""

    partner_id: int
    place: tuple[str, str]
    stop: threading.Event = field(default_factory=threading.Event)
    rung: threading.Event = field(default_factory=threading.Event)
    threads: list[threading.Thread] = field(default_factory=list)

    def start(self) -> None:
        """Begin to pull and to listen."""
        self.threads = [
            threading.Thread(target=self._pull_again_and_again, name="exchange-pull", daemon=True),
            threading.Thread(target=self._listen, name="exchange-listen", daemon=True),
        ]
        for thread in self.threads:
            thread.start()

    def end(self) -> None:
        """Let both threads end soon; `wait` waits for them."""
        self.stop.set()
        self.rung.set()

    def wait(self, timeout_s: float) -> None:
        for thread in self.threads:
            thread.join(timeout_s)

    @property
    def is_alive(self) -> bool:
        """Say whether both threads run: whoever looks starts a follower anew that is not."""
        return all(thread.is_alive() for thread in self.threads)

    def _ring(self) -> None:
        self.rung.set()

    def _listen(self) -> None:
        try:
            partner = _partner(self.partner_id)
            if partner is not None:
                connection.close()
                listening.listen(partner, self._ring, self.stop)
        finally:
            connection.close()

    def _pull_again_and_again(self) -> None:
        failures = 0
        try:
            while not self.stop.is_set():
                self.rung.clear()
                wait_s = self._pull_once(failures)
                failures = failures + 1 if wait_s else 0
                if wait_s:
                    # A bell does not shorten the wait of a partner that fails: it would be asked at each ring.
                    self.stop.wait(wait_s)
                else:
                    self.rung.wait(EVERY_S)
        finally:
            connection.close()

    def _pull_once(self, failures: int) -> float:
        """Pull and return 0, or how long to wait where that failed."""
        code, wait_s = "database", 0.0
        try:
            partner = _partner(self.partner_id)
            if partner is not None:
                pulling.pull(partner, at=timezone.now())
            return 0.0
        except pulling.NotPulled as error:
            code, wait_s = error.code, error.wait_s
        except DatabaseError:
            connection.close()
        log.warning("a partner gave nothing", extra={"partner": self.partner_id, "error": code})
        return max(wait_s, backoff_s(failures))


def backoff_s(failures: int) -> float:
    """Return how long to wait after so many failures in a row: twice as long each time, with jitter, at most 15 minutes."""
    whole: float = min(_RETRY_MAX_S, _RETRY_S * 2.0 ** min(failures, 20))
    return whole * (0.5 + random.random() / 2)  # noqa: S311  # jitter


def _partner(partner_id: int) -> Partner | None:
    return Partner.objects.select_related("organisation").filter(pk=partner_id).first()


def run(stop: threading.Event) -> None:
    """Follow every partner until told to stop. Where there is none, it waits for one and costs nothing."""
    followers: dict[int, _Follower] = {}
    with wakeups.bell(rest_s=_LOOK_S) as bell:
        try:
            while not stop.is_set():
                _settle(followers)
                bell.wait(_LOOK_S)
        finally:
            for follower in followers.values():
                follower.end()
            for follower in followers.values():
                follower.wait(_END_S)
            connection.close()


def _settle(followers: dict[int, _Follower]) -> None:
    """Start who is new, end who is gone, and start anew whose place changed or whose thread died."""
    wanted = {
        pk: (url, collection)
        for pk, url, collection in Partner.objects.filter(state=Partner.State.ACTIVE)
        .exclude(url="")
        .values_list("pk", "url", "collection")
    }
    for pk, follower in list(followers.items()):
        if wanted.get(pk) != follower.place or not follower.is_alive:
            followers.pop(pk).end()
    for pk, place in wanted.items():
        if pk not in followers:
            followers[pk] = _Follower(pk, place)
            followers[pk].start()
