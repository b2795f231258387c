"""The questions come in one order, without those that need no answer."""

from __future__ import annotations

import pytest

from leeward.reports.models import Nature, Reason
from leeward.reports.steps import Step, before, following, natures


def way(*, reason: Reason, says_where: bool) -> list[Step]:
    screens = [Step.REASON]
    while screens[-1] != Step.CHECK:
        screens.append(following(screens[-1], reason=reason, says_where=says_where))
    return screens


def test_a_child_that_comes_from_nowhere_is_asked_everything() -> None:
    screens = way(reason=Reason.SCARES, says_where=False)

    assert screens == [Step.REASON, Step.NATURE, Step.WHERE, Step.WORDS, Step.PICTURE, Step.CHECK]


def test_where_is_not_asked_of_one_who_came_with_an_address() -> None:
    assert Step.WHERE not in way(reason=Reason.BOTHERS, says_where=True)


def test_danger_brings_help_before_any_other_question() -> None:
    assert way(reason=Reason.DANGER, says_where=True)[:3] == [Step.REASON, Step.DANGER, Step.NATURE]


def test_whoever_went_back_to_where_goes_on_behind_it() -> None:
    assert following(Step.WHERE, reason=Reason.SCARES, says_where=True) == Step.WORDS


@pytest.mark.parametrize("step", Step)
def test_without_a_reason_the_reason_is_asked(step: Step) -> None:
    assert following(step, reason=None, says_where=True) == Step.REASON


@pytest.mark.parametrize("reason", Reason)
def test_back_leads_screen_by_screen_to_the_first(reason: Reason) -> None:
    screens = [Step.CHECK]
    while screens[-1] != Step.REASON:
        screens.append(before(screens[-1], reason=reason))

    assert screens[::-1] == [step for step in Step if step != Step.DANGER or reason == Reason.DANGER]
    assert before(Step.REASON, reason=reason) == Step.REASON


def test_help_that_is_open_for_another_reason_leads_on() -> None:
    assert following(Step.DANGER, reason=Reason.SCARES, says_where=False) == Step.NATURE
    assert before(Step.DANGER, reason=Reason.SCARES) == Step.REASON


@pytest.mark.parametrize("reason", [None, *Reason])
def test_each_nature_can_be_chosen_once_whatever_the_reason(reason: Reason | None) -> None:
    assert sorted(natures(reason)) == sorted(Nature)
    assert natures(reason)[-1] == Nature.OTHER
