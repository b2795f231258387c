"""Do the work that a challenge asks for, as any client may."""

from __future__ import annotations

import itertools

from leeward.engines.proofs._challenge import has_zero_bits


def solve(challenge: str, *, bits: int) -> str:
    """Return the solution of a challenge that asks for so many bits. It takes 2**`bits` tries on average, 18 about 0.3 s."""
    tries = (f"{challenge}:{number}" for number in itertools.count())
    return next(solution for solution in tries if has_zero_bits(solution.encode("ascii"), bits=bits))
