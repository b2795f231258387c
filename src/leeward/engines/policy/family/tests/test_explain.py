"""What a page says about a decision: whole sentences, the time of the family, and where help is."""

from datetime import UTC, datetime, timedelta

import pytest

from leeward.engines.policy.family import Decision, MomentRefused, Rule, catalogue, explain
from leeward.engines.policy.family.tests.cast import GAMES, MONDAY_NOON, SOCIAL

BERLIN = "Europe/Berlin"
VPN = catalogue().entry("vpn").mark


def told(decision: Decision, zone: str = BERLIN) -> str:
    return " ".join(explain(decision, at=MONDAY_NOON, zone=zone))


def test_homework_names_what_is_kept_away_by_which_name_and_until_when() -> None:
    decision = Decision(Rule.HOMEWORK, name="play.example", marks=GAMES, until=MONDAY_NOON + timedelta(hours=5))

    assert explain(decision, at=MONDAY_NOON, zone=BERLIN) == [
        "It is homework time. Until it is over, the family keeps this away: Games.",
        "play.example and every name below it are on the list.",
        "This holds until 18:00 today.",
        "A parent can give more time.",
        "Helplines are always open.",
    ]


@pytest.mark.parametrize(
    ("until", "words"),
    [
        (datetime(2026, 11, 23, 22, 59, tzinfo=UTC), "23:59 today"),
        (datetime(2026, 11, 23, 23, tzinfo=UTC), "00:00 tomorrow"),
        (datetime(2026, 11, 29, 6, tzinfo=UTC), "07:00 on Sunday"),
        (datetime(2026, 11, 30, 6, tzinfo=UTC), "07:00 on 30 November 2026"),
    ],
)
def test_times_are_told_in_the_zone_of_the_family(until: datetime, words: str) -> None:
    assert f"This holds until {words}." in told(Decision(Rule.BEDTIME, until=until))


def test_several_marks_are_put_together() -> None:
    assert "this away: Games, Tunnels and YouTube." in told(
        Decision(Rule.CATEGORY, name="a.example", marks=GAMES | VPN | catalogue().entry("youtube").mark)
    )
    assert "this away: Social networks and Games." in told(Decision(Rule.CATEGORY, marks=GAMES | SOCIAL))


def test_a_mark_without_words_is_still_explained() -> None:
    assert "this away: names on its list." in told(Decision(Rule.CATEGORY, name="a.example", marks=1 << 47))


@pytest.mark.parametrize("rule", Rule)
def test_every_rule_has_whole_sentences_and_a_closed_door_names_help(rule: Rule) -> None:
    sentences = explain(Decision(rule, name="a.example"), at=MONDAY_NOON, zone="UTC")

    assert all(one[0] == one[0].upper() or one.startswith("a.example") for one in sentences)
    assert all(one.endswith(".") and "{" not in one for one in sentences)
    assert ("Helplines are always open." in sentences) == (not Decision(rule).is_open)


@pytest.mark.parametrize("rule", [Rule.LAW, Rule.OPERATOR])
def test_what_the_family_did_not_decide_is_not_said_to_be_theirs(rule: Rule) -> None:
    assert "family" not in told(Decision(rule, name="a.example"))
    assert "can object" in told(Decision(rule, name="a.example"))


def test_a_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(MomentRefused):
        explain(Decision(Rule.BEDTIME, until=MONDAY_NOON), at=datetime(2026, 11, 23), zone="UTC")
