"""Ready answers by the octets of the question and the ruling on it, for the questions that come again and again.

Nothing is parsed and no object is made for them. The policy is asked for each question all the same, so no answer
here is older than the policy.
"""

import struct
from typing import Final

from ._callers import Callers, who_of_address
from ._counters import Counters
from ._message import HEADER
from ._resolve import Now, Ready
from ._ruling import Policy, PolicyNotReady, Ruling

MAX_ANSWERS: Final = 131_072
_TTL: Final = struct.Struct("!I")
_ID_OCTETS: Final = 2


class _Kept:
    """An answer without its id, as it is in one `second` of the loop's clock, and how to make that of a later one."""

    __slots__ = ("is_closed", "made_s", "second", "tail", "ttls", "until_s")

    def __init__(self, ready: Ready, *, second: int) -> None:
        self.tail = ready.octets[_ID_OCTETS:]
        self.second = self.made_s = second
        self.until_s = ready.until_s
        self.ttls = ready.ttls
        self.is_closed = ready.is_closed

    def grow(self, second: int) -> None:
        """Let the TTLs run down to `second`."""
        tail = bytearray(self.tail)
        for at, ttl_s in self.ttls:
            _TTL.pack_into(tail, at - _ID_OCTETS, max(0, ttl_s - (second - self.made_s)))
        self.tail, self.second = bytes(tail), second


class Memo:
    """Remember the answers to plain questions: those that the caller's address and the octets tell all about."""

    def __init__(self, policy: Policy, *, callers: Callers, counters: Counters, max_answers: int = MAX_ANSWERS) -> None:
        """Begin empty."""
        self._decide = policy.decide
        self._callers = callers
        self._counters = counters
        self._max_answers = max_answers
        self._count = 0
        self._kept: dict[bytes, dict[Ruling, _Kept]] = {}

    def find(self, octets: bytes, address: str, *, now: Now) -> bytes | None:
        """Return the ready answer to a datagram from this address, or None: think it over."""
        rulings = self._kept.get(octets[2:])
        if rulings is None or (self._callers.networks and self._callers.may_name_devices(address)):
            return None
        try:
            kept = rulings.get(self._decide(octets[12:], who_of_address(address), now.at_s))
        except PolicyNotReady:
            return None
        if kept is None:
            return None
        second = int(now.loop_s)
        if kept.second != second:
            if second >= kept.until_s:
                return None
            kept.grow(second)
        counters = self._counters
        counters.queries += 1
        if kept.is_closed:
            counters.blocked += 1
        else:
            counters.cached += 1
        return octets[:2] + kept.tail

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
