"""The first rule that fits gives the answer."""

from __future__ import annotations

import dataclasses

import pytest

from leeward.core.models import Organisation, Record, User
from leeward.indicators.models import Category, Kind
from leeward.screening import rules
from leeward.screening import services as screening
from leeward.screening.models import Answer, Rule
from leeward.screening.tests.uploads import AT, digest_of, encoded, look_of, published, waves

pytestmark = pytest.mark.django_db
PICTURE = encoded(waves(1))
SMALL = encoded(waves(1).resize((150, 112)), "JPEG", quality=40)


def answer(harbour: Organisation, data: bytes = PICTURE) -> Answer:
    return screening.screen(data, asked_by=harbour, at=AT).answer


def test_a_rule_of_the_operator_stands_in_the_place_of_ours(harbour: Organisation) -> None:
    published(look_of(PICTURE))
    Rule.objects.create(order=1, category=Category.SEXTORTION, answer=Answer.SUSPECT)

    assert answer(harbour) == Answer.SUSPECT


def test_a_rule_about_another_category_source_or_kind_says_nothing(harbour: Organisation) -> None:
    published(look_of(PICTURE))
    Rule.objects.create(order=1, category=Category.BULLYING, answer=Answer.SUSPECT)
    Rule.objects.create(order=2, source="partner:", answer=Answer.SUSPECT)
    Rule.objects.create(order=3, kind="md5", answer=Answer.SUSPECT)
    Rule.objects.create(order=4, answer=Answer.KNOWN)

    assert answer(harbour) == Answer.KNOWN


def test_a_rule_with_a_smaller_distance_leaves_the_farther_ones_to_the_next(harbour: Organisation) -> None:
    published(look_of(PICTURE))
    Rule.objects.create(order=1, within=6, answer=Answer.KNOWN)
    Rule.objects.create(order=2, within=31, answer=Answer.SUSPECT)

    assert (answer(harbour), answer(harbour, SMALL)) == (Answer.KNOWN, Answer.SUSPECT)


def test_what_a_rule_clears_is_clear_and_what_no_rule_speaks_of_too(harbour: Organisation) -> None:
    published(look_of(PICTURE))
    Rule.objects.create(order=1, within=6, answer=Answer.CLEAR)

    assert (answer(harbour), answer(harbour, SMALL)) == (Answer.CLEAR, Answer.CLEAR)


def test_one_sign_that_refuses_outweighs_many_that_point(harbour: Organisation) -> None:
    published(dataclasses.replace(look_of(PICTURE), confidence=10), source="partner:beacon")
    published(digest_of(PICTURE), source="decision:1")

    screened = screening.screen(PICTURE, asked_by=harbour, at=AT)

    assert screened.answer == Answer.KNOWN
    assert [sign.answer for sign in screened.signs] == [Answer.KNOWN, Answer.SUSPECT]


@pytest.mark.parametrize(
    ("rule", "above", "is_reached"),
    [
        (Rule(kind="pdq"), [], True),
        (Rule(kind="pdq"), [Rule()], False),
        (Rule(kind="pdq"), [Rule(kind="md5"), Rule(category="bullying"), Rule(source="partner:")], True),
        (Rule(kind="pdq", category="bullying"), [Rule(category="bullying")], False),
        (Rule(source="partner:north"), [Rule(source="partner:")], False),
        (Rule(source="partner:"), [Rule(source="partner:north")], True),
        (Rule(kind="pdq", within=12), [Rule(within=11)], True),
        (Rule(kind="pdq", within=12), [Rule(within=12)], False),
        (Rule(kind="md5", within=31), [Rule(within=0)], False),  # A digest is the same or is not met at all.
        (Rule(kind="tlsh", within=31), [Rule(kind="tlsh", within=rules.TLSH_WITHIN)], False),
        (Rule(kind="vpdq", least_share_percent=10), [Rule(kind="vpdq", least_share_percent=60)], True),
        (Rule(kind="vpdq", least_share_percent=60), [Rule(kind="vpdq", least_share_percent=10)], False),
        (Rule(kind="pdq"), [Rule(least_share_percent=100)], False),  # Only videos have a share.
        (Rule(), [Rule(least_confidence=50)], True),
        (Rule(least_confidence=50), [Rule(least_confidence=50)], False),
        (Rule(), [Rule(kind=kind) for kind in Kind], False),
        (Rule(), [Rule(kind=kind) for kind in list(Kind)[1:]], True),
        (Rule(kind="url"), [Rule(category=category) for category in Category], False),
    ],
)
def test_a_rule_is_reached_where_those_above_leave_something(rule: Rule, above: list[Rule], is_reached: bool) -> None:
    assert rules.is_reached(rule, above=above) is is_reached


def test_each_rule_that_leeward_comes_with_is_reached() -> None:
    found = [rules.is_reached(rule, above=rules.DEFAULTS[:place]) for place, rule in enumerate(rules.DEFAULTS)]

    assert found == [True] * len(rules.DEFAULTS)


def test_rules_are_replaced_together_and_none_brings_ours_back(olga: User) -> None:
    rules.replace([Rule(order=1, answer=Answer.SUSPECT)], by=olga, at=AT)
    own = rules.in_force()
    rules.replace([], by=olga, at=AT)

    assert [rule.answer for rule in own] == [Answer.SUSPECT]
    assert rules.in_force() == list(rules.DEFAULTS)
    assert Record.objects.filter(kind="screening.RulesChanged").count() == 2
