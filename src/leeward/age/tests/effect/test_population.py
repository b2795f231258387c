"""A simulated town whose true error is known: the interval that we show holds the truth in at least 93 of 100 such towns."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from leeward.age.effect.figures import Estimate, Group, estimate
from leeward.engines import intervals
from leeward.engines.intervals import Counted, Interval

RUNS, ENOUGH = 1000, 0.93
# In the first months few were drawn and few lied; then the share was raised, and word had got round how to lie.
PEOPLE = (6000, 4000)
SHARES = (0.02, 0.1)


def holds(found: Interval | None, truth: float) -> bool:
    """Say whether the truth lies in an interval."""
    assert found is not None
    return bool(found.low <= truth <= found.high)


def towns(
    errors: tuple[float, float], *, silent_wrong: float = 0, silent_right: float = 0
) -> Iterator[tuple[float, Estimate]]:
    """Give the true share of wrong answers of each town, and what is estimated from those drawn who took a second way."""
    dice = np.random.default_rng(20261123)
    for _ in range(RUNS):
        groups, wrong_in_all = [], 0
        for people, share, error in zip(PEOPLE, SHARES, errors, strict=True):
            is_wrong = dice.random(people) < error
            is_drawn = dice.random(people) < share
            is_silent = is_drawn & (dice.random(people) < np.where(is_wrong, silent_wrong, silent_right))
            is_compared = is_drawn & ~is_silent
            wrong_in_all += int(is_wrong.sum())
            groups.append(
                Group(share, int((is_wrong & is_compared).sum()), int(is_compared.sum()), int(is_silent.sum()))
            )
        yield wrong_in_all / sum(PEOPLE), estimate(groups)


# From a way that is nearly always right to the estimate from a face, which lets more than a third of those of 16 pass for 18.
@pytest.mark.parametrize("errors", [(0.02, 0.05), (0.05, 0.2), (0.1, 0.1), (0.3, 0.45)])
def test_the_interval_holds_the_truth(errors: tuple[float, float]) -> None:
    held = [holds(found.found, truth) for truth, found in towns(errors)]

    assert np.mean(held) >= ENOUGH


def test_without_weights_it_would_not() -> None:
    held = []
    for truth, found in towns((0.05, 0.2)):
        plain = intervals.weighted([Counted(found.wrong, found.compared)])
        held.append(holds(plain, truth))

    assert np.mean(held) < 0.5


def test_where_those_who_lied_say_no_to_the_second_way_only_the_wide_interval_holds_the_truth() -> None:
    told = list(towns((0.1, 0.2), silent_wrong=0.7, silent_right=0.2))

    assert np.mean([holds(one.found, truth) for truth, one in told]) < 0.5
    assert np.mean([one.best <= truth <= one.worst for truth, one in told]) >= ENOUGH


def test_those_who_come_of_their_own_accord_do_not_stand_for_all() -> None:
    dice, held = np.random.default_rng(7), []
    for _ in range(RUNS):
        is_wrong = dice.random(4000) < 0.1
        # Who is of that age goes to the surer pages as well; who is not stays where a word is enough.
        comes = dice.random(4000) < np.where(is_wrong, 0.02, 0.1)
        found = estimate([Group(0, int((is_wrong & comes).sum()), int(comes.sum()))]).found
        held.append(holds(found, float(is_wrong.mean())))

    assert np.mean(held) < 0.5
