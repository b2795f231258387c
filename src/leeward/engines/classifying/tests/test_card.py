"""A card that leaves something out is refused where it is written, not found out where it is needed."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from leeward.engines.classifying import Error, Measured, OpenNsfw

FALSE_LEADS = Measured(Error.FALSE_LEAD, "drawn shapes", 8, 0.8, 2, date(2026, 11, 22), "by eye")


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        ({"measured": (FALSE_LEADS,)}, "that nobody knows"),
        ({"measured": ()}, "that nobody knows"),
        ({"threshold": 0}, "threshold"),
        ({"threshold": 1.1}, "threshold"),
        ({"licence": ""}, "every field"),
        ({"not_for": ()}, "every field"),
    ],
)
def test_a_card_with_a_gap_is_refused(changed: dict[str, Any], problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        replace(OpenNsfw.card, **changed)


def test_a_share_is_counted_where_it_is_known() -> None:
    assert FALSE_LEADS.share == 0.25
    assert replace(FALSE_LEADS, wrong=None).share is None
    assert replace(FALSE_LEADS, pictures=0, wrong=0).share is None


@pytest.mark.parametrize("wrong", [-1, 9])
def test_no_more_pictures_are_wrong_than_there_were(wrong: int) -> None:
    with pytest.raises(ValueError, match="0 to 8"):
        replace(FALSE_LEADS, wrong=wrong)
