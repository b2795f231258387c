"""Ready answers by the octets of the question and the ruling on it, for the questions that come again and again.

Nothing is parsed and no object is made for them. The policy is asked for each question all the same, so no answer
here is older than the policy.
"""

import struct
from collections.abc import Sequence
from typing import Final

from ._callers import Callers
from ._counters import Counters
from ._message import HEADER
from ._resolve import Now, Ready
from ._response import shown_ttl_s
from ._ruling import Policy, PolicyNotReady, Ruling, Told, batches_of

MAX_ANSWERS: Final = 131_072
_TTL: Final = struct.Struct("!I")
_ID_OCTETS: Final = 2


class _Kept:
    """An answer without its id, as it is in one `second` of the loop's clock, and how to make that of a later one."""

    __slots__ = ("closed_by", "least_s", "made_s", "most_s", "second", "tail", "ttls", "until_s")

    def __init__(self, ready: Ready, *, second: int) -> None:
        self.tail = ready.octets[_ID_OCTETS:]
        self.second = self.made_s = second
        self.until_s = ready.until_s
        self.ttls = ready.ttls
        self.most_s = ready.most_s
        self.least_s = min((ttl_s for _, ttl_s in ready.ttls), default=0)
        self.closed_by = ready.ruling if ready.is_closed else None

    def grow(self, second: int) -> bool:
        """Let the TTLs run down to `second`; tell whether the answer may still be given."""
        if second >= self.until_s:
            return False
        self.second, age_s = second, second - self.made_s
        if self.ttls and self.least_s - age_s < self.most_s:
            tail = bytearray(self.tail)
            for at, ttl_s in self.ttls:
                _TTL.pack_into(tail, at - _ID_OCTETS, shown_ttl_s(ttl_s, age_s=age_s, most_s=self.most_s))
            self.tail = bytes(tail)
        return True


type _Rulings = dict[Ruling | None, _Kept]  # None is never kept; it is what an undecided question has for a ruling.

_UNKNOWN: Final[_Rulings] = {}


class Memo:
    """Remember the answers to plain questions: those that the caller's address and the octets tell all about."""

    def __init__(
        self, policy: Policy, *, callers: Callers, counters: Counters, told: Told, max_answers: int = MAX_ANSWERS
    ) -> None:
        """Begin empty."""
        self._decide = batches_of(policy)
        self._told = told
        self._callers = callers
        self._counters = counters
        self._max_answers = max_answers
        self._count = 0
        self._kept: dict[bytes, _Rulings] = {}

    def find(self, asked: Sequence[bytes], askers: Sequence[bytes], *, now: Now) -> list[bytes | None]:
        """Return the ready answer to each datagram, or None: think it over.

        `askers` are ports and addresses in network order.
        """
        answers: list[bytes | None] = [None] * len(asked)
        known = [self._kept.get(octets[_ID_OCTETS:], _UNKNOWN) for octets in asked]
        places = [place for place, rulings in enumerate(known) if rulings]
        if self._callers.networks:
            places = [place for place in places if not self._callers.asker_may_name_devices(askers[place])]
        if not places:
            return answers
        wires = [asked[place][HEADER.size :] for place in places]
        whos = self._callers.by_lines([askers[place] for place in places])
        try:
            decided = self._decide(wires, whos, now.at_s)
        except PolicyNotReady:
            return answers
        second, ready, closed = int(now.loop_s), 0, 0
        for place, ruling, wire, who in zip(places, decided, wires, whos, strict=True):
            kept = known[place].get(ruling)
            if kept is None or (kept.second != second and not kept.grow(second)):
                continue
            ready += 1
            if kept.closed_by is not None:
                closed += 1
                self._told(kept.closed_by, wire, who, now.at_s)
            answers[place] = asked[place][:_ID_OCTETS] + kept.tail
        self._counters.queries += ready
        self._counters.blocked += closed
        self._counters.cached += ready - closed
        return answers

    def keep(self, octets: bytes, ready: Ready, *, now: Now) -> None:
        """Remember `ready`, if it may be, as the answer to these octets from everybody with the same ruling."""
        if ready.ruling is None or ready.until_s <= now.loop_s or len(octets) <= HEADER.size:
            return
        if self._count >= self._max_answers:
            # To begin anew is rare and takes no time at all; to find the oldest would cost something at every answer.
            self._kept.clear()
            self._count = 0
        rulings = self._kept.setdefault(octets[_ID_OCTETS:], {})
        self._count += ready.ruling not in rulings
        rulings[ready.ruling] = _Kept(ready, second=int(now.loop_s))
