"""The nearest statement answers, and nothing is concluded that it does not say."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leeward.engines import mdoc


@pytest.mark.parametrize(
    ("over", "wanted", "answer"),
    [
        ({18: True}, 16, True),
        ({18: True}, 18, True),
        ({18: True}, 21, None),
        ({18: False}, 16, None),
        ({16: False}, 18, False),
        ({16: False}, 16, False),
        ({16: True, 18: False}, 17, None),
        ({}, 18, None),
    ],
)
def test_the_nearest_statement_answers(over: dict[int, bool], wanted: int, answer: bool | None) -> None:
    assert mdoc.nearest(over, wanted) is answer


@given(age=st.integers(0, 99), said=st.sets(st.integers(0, 99)), wanted=st.integers(0, 99))
def test_an_answer_is_always_true_of_the_person(age: int, said: set[int], wanted: int) -> None:
    over = {threshold: age >= threshold for threshold in said}

    assert mdoc.nearest(over, wanted) in {None, age >= wanted}


def test_statements_that_contradict_each_other_are_refused() -> None:
    with pytest.raises(mdoc.Refused, match=mdoc.Reason.CONTRADICTION):
        mdoc.nearest({16: False, 18: True}, 18)
    with pytest.raises(mdoc.Refused, match=mdoc.Reason.CONTRADICTION):
        mdoc.statements({"age_over_16": False, "age_over_18": True})


@pytest.mark.parametrize("value", [1, "true", None, b"\x01"])
def test_a_statement_is_true_or_false_and_nothing_else(value: object) -> None:
    with pytest.raises(mdoc.Refused, match=mdoc.Reason.STRUCTURE):
        mdoc.statements({"age_over_18": value})


def test_only_statements_about_ages_are_read() -> None:
    elements = {mdoc.element(9): True, "age_over_180": True, "age_over_x8": True, "age_in_years": 40}

    assert mdoc.statements(elements) == {9: True}


def test_an_age_has_two_digits() -> None:
    with pytest.raises(ValueError, match="two digits"):
        mdoc.element(100)
