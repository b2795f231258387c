"""A child asks, a guardian answers: once, within a day."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection

from leeward.core.models import Record, User
from leeward.engines import policy
from leeward.engines.policy import family
from leeward.families import codes, guardians, seats
from leeward.families import services as families
from leeward.families.models import Household
from leeward.families.tests.conftest import AT
from leeward.limits import asks, child_words, profiles, services
from leeward.limits.models import Ask, Limits, Reward

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)


def kinds() -> list[str]:
    return list(Record.objects.filter(kind__startswith="limits.").order_by("pk").values_list("kind", flat=True))


def test_a_name_that_was_asked_for_is_opened_until_a_moment(limits: Limits, bea: User) -> None:
    ask = asks.ask_name(limits, "Play.Example.org", at=AT)

    asks.allow(ask, until=AT + HOUR, by=bea, at=AT)

    own, ask = limits.own_names.get(), Ask.objects.get()
    assert (own.name, own.allows, own.until) == ("play.example.org", True, AT + HOUR)
    assert (ask.state, ask.answered_by, ask.answered_at, ask.until) == ("allowed", bea, AT, AT + HOUR)
    assert kinds()[-3:] == ["limits.AskMade", "limits.LimitsChanged", "limits.AskAnswered"]


def test_a_yes_to_an_app_opens_all_its_names(limits: Limits, bea: User) -> None:
    app = family.catalogue().of_kind(family.Kind.SERVICE)[0]
    ask = asks.ask_name(limits, f"www.{app.domains[0]}", at=AT)

    asks.allow(ask, until=AT + HOUR, by=bea, at=AT)

    assert {own.name for own in limits.own_names.all()} == {f"www.{app.domains[0]}", *app.domains}


def test_a_yes_that_is_undone_waits_again(limits: Limits, bea: User) -> None:
    ask = asks.ask_name(limits, "play.example.org", at=AT)
    asks.allow(ask, until=AT + HOUR, by=bea, at=AT)

    services.undo(limits, by=bea, at=AT)

    ask.refresh_from_db()
    assert (ask.state, ask.answered_at, ask.until) == ("waiting", None, None)


def test_a_yes_ends_when_the_name_is_dropped(limits: Limits, bea: User) -> None:
    ask = asks.ask_name(limits, "play.example.org", at=AT)
    asks.allow(ask, until=AT + 2 * HOUR, by=bea, at=AT)

    services.drop_name(limits.own_names.get(), by=bea, at=AT + HOUR)

    ask.refresh_from_db()
    assert ask.until == AT + HOUR
    assert child_words.answer(ask, limits, at=AT + HOUR) == "Your family said yes."


def test_time_that_was_asked_for_is_given_for_an_hour(limits: Limits, bea: User) -> None:
    ask = asks.ask_time(limits, at=AT)

    asks.allow(ask, until=None, by=bea, at=AT + HOUR)

    assert profiles.profile(limits, at=AT).extra_until == AT + 2 * HOUR
    assert Ask.objects.get().until == AT + 2 * HOUR
    assert Reward.objects.get().minutes == 60


def test_no_is_no(limits: Limits, bea: User) -> None:
    ask = asks.ask_name(limits, "play.example.org", at=AT)

    asks.refuse(ask, by=bea, at=AT)

    assert Ask.objects.get().state == "refused"
    assert not limits.own_names.exists()
    assert kinds()[-1] == "limits.AskAnswered"


def test_of_two_guardians_the_first_answers(home: Household, limits: Limits, bea: User, ben: User) -> None:
    code = guardians.invite(home, by=bea, at=AT)
    guardians.join(codes.invitation_code(code.uid), by=ben, at=AT)
    ask = asks.ask_name(limits, "play.example.org", at=AT)
    seen_by_ben = asks.waiting(home, at=AT)[0]
    asks.refuse(ask, by=bea, at=AT)

    with pytest.raises(asks.AlreadyAnswered):
        asks.allow(seen_by_ben, until=None, by=ben, at=AT)
    with pytest.raises(asks.AlreadyAnswered):
        asks.refuse(ask, by=ben, at=AT)

    assert (Ask.objects.get().state, Ask.objects.get().answered_by) == ("refused", bea)
    assert not limits.own_names.exists()


def test_after_a_day_a_question_is_over(home: Household, limits: Limits, bea: User) -> None:
    ask = asks.ask_name(limits, "play.example.org", at=AT)
    late = AT + asks.GOOD_FOR
    assert asks.waiting(home, at=late - HOUR) == [ask]

    assert asks.waiting(home, at=late) == []
    with pytest.raises(asks.AlreadyAnswered):
        asks.allow(ask, until=None, by=bea, at=late)
    with pytest.raises(asks.AlreadyAnswered):
        asks.refuse(ask, by=bea, at=late)
    with pytest.raises(asks.AlreadyAnswered):
        asks.take_back(ask, at=late)


def test_a_child_takes_its_question_back(home: Household, limits: Limits, bea: User) -> None:
    ask = asks.ask_time(limits, at=AT)

    asks.take_back(ask, at=AT)

    assert asks.waiting(home, at=AT) == []
    with pytest.raises(asks.AlreadyAnswered):
        asks.allow(ask, until=None, by=bea, at=AT)
    assert Limits.objects.get(pk=limits.pk).extra_until is None


def test_the_same_question_waits_once(limits: Limits) -> None:
    first = [asks.ask_name(limits, "play.example.org", at=AT), asks.ask_time(limits, at=AT)]
    again = [asks.ask_name(limits, "PLAY.example.org.", at=AT), asks.ask_time(limits, at=AT)]

    assert first == again
    assert kinds().count("limits.AskMade") == 2


def test_a_question_may_be_asked_again_once_it_was_answered(limits: Limits, bea: User) -> None:
    asks.refuse(asks.ask_time(limits, at=AT), by=bea, at=AT)

    assert asks.ask_time(limits, at=AT + HOUR).state == "waiting"


def test_few_questions_wait_at_once(limits: Limits, shared: Limits) -> None:
    for number in range(asks.MOST_WAITING):
        asks.ask_name(limits, f"a{number}.example.org", at=AT)

    with pytest.raises(asks.TooManyAsks):
        asks.ask_time(limits, at=AT)
    asks.ask_time(shared, at=AT)
    assert asks.ask_time(limits, at=AT + asks.GOOD_FOR).state == "waiting"


def test_asking_and_taking_back_has_an_end_on_one_day(limits: Limits) -> None:
    for _ in range(asks.MOST_A_DAY):
        asks.take_back(asks.ask_time(limits, at=AT), at=AT)

    with pytest.raises(asks.TooManyAsks):
        asks.ask_time(limits, at=AT)


@pytest.mark.parametrize("name", ["", "org", "192.0.2.7", "a b.example.org"])
def test_what_cannot_be_opened_cannot_be_asked_for(name: str, limits: Limits) -> None:
    with pytest.raises((policy.NotAHostName, policy.PublicSuffix)):
        asks.ask_name(limits, name, at=AT)


def test_what_was_asked_for_is_sealed(limits: Limits) -> None:
    asks.ask_name(limits, "play.example.org", at=AT)

    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM limits_ask")
        (stored,) = cursor.fetchone()
    assert "play" not in stored


def test_an_answer_that_cannot_be_done_leaves_the_question(limits: Limits, bea: User) -> None:
    ask = asks.ask_name(limits, "play.example.org", at=AT)

    with pytest.raises(services.MomentRefused):
        asks.allow(ask, until=AT - HOUR, by=bea, at=AT)

    assert Ask.objects.get().state == "waiting"


def test_a_child_that_was_taken_off_asks_nothing_and_nothing_of_it_waits(
    home: Household, limits: Limits, bea: User
) -> None:
    ask = asks.ask_time(limits, at=AT)
    assert limits.child is not None
    families.remove_child(limits.child, by=bea, at=AT)

    assert asks.waiting(home, at=AT) == []
    with pytest.raises(services.NoSuchLimits):
        asks.ask_name(limits, "play.example.org", at=AT)
    with pytest.raises(services.NoSuchLimits):
        asks.allow(ask, until=None, by=bea, at=AT)


def test_another_familys_questions_are_not_seen(home: Household, limits: Limits, fay: User) -> None:
    asks.ask_time(limits, at=AT)

    assert asks.waiting(seats.of(fay).household, at=AT) == []  # type: ignore[union-attr]  # she has one
