"""What the resolver asks a policy, and what it is told."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final, Protocol, runtime_checkable


class Way(Enum):
    """What becomes of a question."""

    OPEN = auto()
    SAFE = auto()  # Answered with the addresses of another name: the safe form of a search engine.
    CLOSED = auto()


@dataclass(frozen=True, slots=True, eq=False)
class Ruling:
    """One decision. `code` is an Extended DNS Error of RFC 8914; `why` a sentence for encrypted answers only.

    Two rulings are the same only if they are one object, so that ready answers are found by them without comparing: a
    policy makes each of its rulings once.
    """

    way: Way
    code: int = 0
    why: str = ""
    safe_name: str = ""  # Normalised; only with Way.SAFE.
    is_child: bool = False  # Somebody's profile decided: answers live shorter, and Private Relay stays off.


OPEN: Final = Ruling(Way.OPEN)


type Told = Callable[[Ruling, bytes, bytes, int], None]  # A ruling, a name on the wire, who asked, seconds since 1970.


def untold(_ruling: Ruling, _wire: bytes, _who: bytes, _at_s: int) -> None:
    """Count nothing."""


class PolicyNotReady(RuntimeError):
    """There is no policy to decide by. The resolver answers SERVFAIL until there is one: it fails towards safety."""


class Policy(Protocol):
    """Who is kept away from which name. It is asked anew for every question, so a change holds from the next one on.

    An identity is a letter and octets: `4` an IPv4 address, `6` the first 8 octets of an IPv6 address, `t` a token from
    a DoH path or a TLS name, `e` the device id of an EDNS option.
    """

    def knows(self, who: bytes) -> bool:
        """Tell whether the identity belongs to a profile."""

    def decide(self, wire: bytes, who: bytes, at_s: int) -> Ruling:
        """Return the ruling on the name at the start of `wire`, at seconds since 1970.

        The letters are of any case, and what follows the name's closing zero octet is something else. Raises
        `PolicyNotReady` while there is nothing to decide by.
        """


@runtime_checkable
class BatchPolicy(Policy, Protocol):
    """A policy that decides many questions at once for less than each of them would cost alone."""

    def decide_batch(self, wires: Sequence[bytes], whos: Sequence[bytes], at_s: int) -> Sequence[Ruling | None]:
        """Return what `decide` would for each name and identity; None where it would raise `PolicyNotReady`.

        Raises `PolicyNotReady` where it would for all of them.
        """


type DecideBatch = Callable[[Sequence[bytes], Sequence[bytes], int], Sequence[Ruling | None]]


def batches_of(policy: Policy) -> DecideBatch:
    """Return how a policy decides many questions: at once if it can, otherwise one after the other."""
    if isinstance(policy, BatchPolicy):
        return policy.decide_batch

    def one_by_one(wires: Sequence[bytes], whos: Sequence[bytes], at_s: int) -> Sequence[Ruling | None]:
        return [policy.decide(wire, who, at_s) for wire, who in zip(wires, whos, strict=True)]

    return one_by_one
