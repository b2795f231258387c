"""Which row of the precedence table decides, and until when."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from leeward.engines.policy import Reason, Verdict
from leeward.engines.policy.family import (
    NEVER,
    RESET,
    Decision,
    MomentRefused,
    Names,
    Own,
    Profile,
    Rule,
    Window,
    decide,
)
from leeward.engines.policy.family.tests.cast import (
    ADULT,
    AFTERNOON,
    EVERY_DAY,
    GAMES,
    GOOGLE,
    LISTED,
    MINUTE,
    MONDAY_NOON,
    NAMES,
    NIGHT,
    PLACES,
    SOCIAL,
    WORLD,
    near,
    profiles,
)
from leeward.engines.policy.family.tests.minutes import Model

HOUR = timedelta(hours=1)
AFTERNOON_TIME = MONDAY_NOON + 3 * HOUR
NIGHT_TIME = MONDAY_NOON + 11 * HOUR
BASIC = Profile(number=1, blocked=ADULT, homework=(AFTERNOON,), homework_blocked=GAMES, bedtime=(NIGHT,), safe=GOOGLE)
STRICT = Profile(number=2, blocked=GAMES | SOCIAL | ADULT)


def ask(name: str, profile: Profile | None = BASIC, at: datetime = MONDAY_NOON) -> Decision:
    return decide(name, listed=LISTED, world=WORLD, profile=profile, at=at)


def rule_of(name: str, profile: Profile | None = BASIC, at: datetime = MONDAY_NOON) -> Rule:
    return ask(name, profile, at).rule


PAUSED = replace(BASIC, paused_until=NIGHT_TIME + HOUR, owns=(Own("other.example", allows=True),))
ALLOWED_TO_PLAY = replace(BASIC, owns=(Own("play.example", allows=True), Own("other.example", allows=False)))


@pytest.mark.parametrize(
    ("name", "profile", "at", "rule", "is_open"),
    [
        ("help.example", PAUSED, NIGHT_TIME, Rule.NEVER, True),
        ("help.law.example", PAUSED, NIGHT_TIME, Rule.NEVER, True),
        ("help.law.example", None, NIGHT_TIME, Rule.NEVER, True),
        ("law.example", PAUSED, NIGHT_TIME, Rule.LAW, False),
        ("www.law.example", None, NIGHT_TIME, Rule.LAW, False),
        (
            "provider.example",
            replace(BASIC, owns=(Own("provider.example", allows=True),)),
            MONDAY_NOON,
            Rule.OPERATOR,
            False,
        ),
        ("mixed.example", None, NIGHT_TIME, Rule.STRANGER, True),
        ("other.example", PAUSED, NIGHT_TIME, Rule.PAUSE, False),
        ("other.example", replace(PAUSED, extra_until=NIGHT_TIME + HOUR), NIGHT_TIME, Rule.PAUSE, False),
        ("other.example", BASIC, NIGHT_TIME, Rule.BEDTIME, False),
        ("play.example", ALLOWED_TO_PLAY, NIGHT_TIME, Rule.BEDTIME, False),
        ("play.example", ALLOWED_TO_PLAY, AFTERNOON_TIME, Rule.OWN_OPEN, True),
        ("www.other.example", ALLOWED_TO_PLAY, AFTERNOON_TIME, Rule.OWN_CLOSED, False),
        ("play.example", BASIC, AFTERNOON_TIME, Rule.HOMEWORK, False),
        ("play.example", replace(BASIC, blocked=GAMES), AFTERNOON_TIME, Rule.HOMEWORK, False),
        ("play.example", BASIC, MONDAY_NOON, Rule.OPEN, True),
        ("talk.example", BASIC, AFTERNOON_TIME, Rule.OPEN, True),
        ("mixed.example", BASIC, MONDAY_NOON, Rule.CATEGORY, False),
        ("adult.search.example", BASIC, MONDAY_NOON, Rule.CATEGORY, False),
        ("www.search.example", BASIC, MONDAY_NOON, Rule.SAFE, True),
        ("unheard.example", BASIC, MONDAY_NOON, Rule.OPEN, True),
    ],
)
def test_the_first_row_that_fits_decides(
    name: str, profile: Profile | None, at: datetime, rule: Rule, is_open: bool
) -> None:
    decision = ask(name, profile, at)

    assert (decision.rule, decision.is_open) == (rule, is_open)


def test_whatever_the_provider_keeps_away_for_another_reason_stays_away() -> None:
    class Filtered:
        def decide(self, name: str, /) -> Verdict:
            return Verdict(blocked=True, name=name, reason=Reason.filtered, sign=1)

    assert decide("a.example", listed=LISTED, world=Filtered(), profile=None, at=MONDAY_NOON).rule is Rule.OPERATOR


def test_one_hour_more_suspends_bedtime_and_homework_but_nothing_else() -> None:
    more = replace(BASIC, extra_until=NIGHT_TIME + HOUR)

    assert rule_of("other.example", more, NIGHT_TIME) is Rule.OPEN
    assert rule_of("play.example", more, AFTERNOON_TIME) is Rule.OPEN
    assert rule_of("mixed.example", more, NIGHT_TIME) is Rule.CATEGORY
    assert rule_of("other.example", more, NIGHT_TIME + HOUR) is Rule.BEDTIME


def test_the_longest_own_name_wins_in_any_order() -> None:
    owns = (Own("example", allows=False), Own("play.example", allows=True), Own("www.play.example", allows=False))

    for order in (owns, owns[::-1]):
        profile = replace(BASIC, owns=order)
        found = {name: ask(name, profile).name for name in ("a.www.play.example", "b.play.example", "other.example")}
        assert found == {
            "a.www.play.example": "www.play.example",
            "b.play.example": "play.example",
            "other.example": "example",
        }


def test_allowed_wins_at_the_same_name() -> None:
    owns = (Own("play.example", allows=False), Own("play.example", allows=True))

    assert [rule_of("play.example", replace(BASIC, owns=order)) for order in (owns, owns[::-1])] == [Rule.OWN_OPEN] * 2


def test_an_exception_that_is_over_counts_no_more() -> None:
    until = MONDAY_NOON + HOUR
    profile = replace(STRICT, owns=(Own("play.example", allows=True, until=until),))

    assert ask("play.example", profile) == Decision(Rule.OWN_OPEN, name="play.example", until=until)
    assert ask("play.example", profile, until) == Decision(Rule.CATEGORY, name="play.example", marks=GAMES)


def test_an_own_name_does_not_cover_a_neighbour() -> None:
    assert rule_of("myplay.example", replace(BASIC, owns=(Own("play.example", allows=False),))) is Rule.OPEN


def test_a_white_list_entry_sets_back_the_marks_of_shorter_names_but_keeps_its_own() -> None:
    assert rule_of("play.example", STRICT) is Rule.CATEGORY
    assert rule_of("a.school.play.example", STRICT) is Rule.OPEN
    assert ask("chess.play.example", STRICT) == Decision(Rule.CATEGORY, name="chess.play.example", marks=SOCIAL)


def test_never_counts_beyond_a_white_list_entry() -> None:
    assert rule_of("deep.reset.help.example", STRICT) is Rule.NEVER
    assert Names({"a.example": NEVER | ADULT, "b.a.example": RESET}).marks_of("b.a.example") == (
        RESET | NEVER,
        "b.a.example",
    )


def test_the_marks_of_every_listed_suffix_count() -> None:
    assert ask("games.talk.example", STRICT) == Decision(Rule.CATEGORY, name="games.talk.example", marks=GAMES | SOCIAL)


@pytest.mark.parametrize("name", ["Play.Example", "play.example.", "WWW.play.example."])
def test_a_name_is_found_however_it_is_written(name: str) -> None:
    assert rule_of(name, STRICT) is Rule.CATEGORY


@pytest.mark.parametrize("name", ["", ".", "..", "a..play.example", "ü.play.example", "\udcff.play.example", "a" * 300])
def test_no_text_is_too_strange_to_be_decided_about(name: str) -> None:
    assert rule_of(name, STRICT) is (Rule.CATEGORY if name.endswith("play.example") else Rule.OPEN)


def test_a_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(MomentRefused):
        ask("other.example", at=datetime(2026, 11, 23))


def test_what_time_does_not_change_has_no_end() -> None:
    assert ask("play.example", STRICT).until is None
    assert ask("help.example").until is None
    assert ask("law.example").until is None
    assert ask("other.example", None).until is None
    always = Window(days=EVERY_DAY, start=0, end=1440)
    assert ask("other.example", replace(BASIC, bedtime=(always,))) == Decision(Rule.BEDTIME)


def test_the_end_of_a_long_holiday_is_seen() -> None:
    holiday = frozenset(date(2026, 11, 23) + timedelta(days=number) for number in range(60))

    assert ask("other.example", replace(BASIC, free_days=holiday)).until == datetime(2027, 1, 22, 21, tzinfo=UTC)


def test_a_bedtime_after_long_extra_time_is_seen() -> None:
    profile = replace(BASIC, extra_until=datetime(2027, 2, 1, 12, tzinfo=UTC))

    assert ask("other.example", profile).until == datetime(2027, 2, 1, 21, tzinfo=UTC)


def test_a_pause_into_the_night_ends_where_the_rule_changes() -> None:
    profile = replace(BASIC, paused_until=NIGHT_TIME)

    assert ask("other.example", profile) == Decision(Rule.PAUSE, until=NIGHT_TIME)
    assert ask("other.example", profile, NIGHT_TIME) == Decision(
        Rule.BEDTIME, until=datetime(2026, 11, 24, 7, tzinfo=UTC)
    )


@settings(max_examples=250, deadline=None)
@given(data=st.data(), place=st.sampled_from(PLACES), name=st.sampled_from(NAMES))
def test_every_decision_and_its_end_are_those_of_the_minutes(
    data: st.DataObject, place: tuple[str, datetime], name: str
) -> None:
    zone, base = place
    profile = data.draw(profiles(zone, base))
    at = data.draw(near(base))
    model = Model(name, profile, base)
    minutes = [at + number * MINUTE for number in range(int((base + timedelta(days=4) - at) / MINUTE))]

    decision = ask(name, profile, at)

    assert (decision.rule, decision.name, decision.marks) == model.answer(at)
    changed = next((minute for minute in minutes if model.answer(minute) != model.answer(at)), None)
    if changed is not None:
        assert decision.until == changed
    else:
        assert decision.until is None or decision.until > minutes[-1]


@settings(max_examples=150, deadline=None)
@given(data=st.data(), place=st.sampled_from(PLACES))
@example(data=None, place=("UTC", MONDAY_NOON))
def test_a_helpline_is_open_in_every_state_and_a_pause_closes_everything_else(
    data: st.DataObject | None, place: tuple[str, datetime]
) -> None:
    zone, base = place
    profile = data.draw(profiles(zone, base)) if data else PAUSED
    at = data.draw(near(base)) if data else NIGHT_TIME
    paused = replace(profile, paused_until=at + MINUTE)

    for name in NAMES:
        in_any_state, in_pause = ask(name, profile, at), ask(name, paused, at)
        if LISTED.marks_of(name)[0] & NEVER:
            assert in_any_state == in_pause == Decision(Rule.NEVER, name=LISTED.marks_of(name)[1], marks=NEVER)
        else:
            assert not in_pause.is_open


@pytest.mark.parametrize("rule", Rule)
def test_every_rule_is_reached(rule: Rule) -> None:
    profile = replace(ALLOWED_TO_PLAY, paused_until=MONDAY_NOON)
    moments = (MONDAY_NOON - MINUTE, MONDAY_NOON, AFTERNOON_TIME, NIGHT_TIME)

    found = {rule_of(name, one, at) for name in NAMES for one in (profile, BASIC, None) for at in moments}

    assert rule in found
