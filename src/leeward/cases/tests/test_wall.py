"""The supervisor's wall: its numbers are right, and nobody else gets them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from leeward.cases import deadlines, legs, services, wall, wellbeing
from leeward.cases.models import Action, Case, Deadline, Queue
from leeward.cases.states import ActionState, CaseState
from leeward.cases.tests.conftest import SignIn
from leeward.cases.tests.desk import AGAINST_TERMS, new_case
from leeward.cases.tests.legs import body, referred
from leeward.core.models import Delivery, User

pytestmark = pytest.mark.django_db

AT = datetime(2026, 11, 22, 10, tzinfo=UTC)
HOUR = timedelta(hours=1)
_made = iter(range(10**6))


def a_case(**fields: Any) -> Case:
    """Return a new case with these fields as they are given."""
    case = new_case(f"https://bad.example/{next(_made)}")
    Deadline.objects.filter(case=case).delete()
    Case.objects.filter(pk=case.pk).update(**{"opened_at": AT, "due_at": AT + 24 * HOUR} | fields)
    case.refresh_from_db()
    return case


def test_what_waits_is_counted_by_queue_and_age() -> None:
    Queue.objects.create(slug="images", title="Pictures")
    for hours in (0.5, 2, 5, 30, 100, 200):
        a_case(queue="images", opened_at=AT - timedelta(hours=hours))
    a_case()
    a_case(state=CaseState.DECIDED)

    first, second = wall.wall(at=AT).backlog

    assert (first.title, first.count, first.ages, first.percent) == ("Pictures", 6, (1, 1, 1, 1, 2), 100)
    assert first.oldest_at == AT - 200 * HOUR
    assert (second.slug, second.count, second.ages, second.percent) == ("triage", 1, (1, 0, 0, 0, 0), 17)
    assert wall.wall(at=AT).waiting == 7


def test_how_long_it_takes_is_told_as_half_and_nine_of_ten() -> None:
    for minutes in range(1, 11):
        a_case(
            state=CaseState.DECIDED,
            opened_at=AT - HOUR,
            taken_at=AT - timedelta(minutes=minutes),
            decided_at=AT,
            queue="images",
        )
    a_case(state=CaseState.DECIDED, taken_at=None, decided_at=AT)
    a_case(state=CaseState.DECIDED, taken_at=AT - 300 * HOUR, decided_at=AT - 200 * HOUR)

    everything, images = wall.wall(at=AT).taking

    assert (everything.title, images.title) == ("", "images")
    assert (images.count, images.work_p50, images.work_p90, images.whole_p50, images.whole_p90) == (10, 5, 9, 60, 60)
    assert everything.count == 10


@given(st.lists(st.floats(0, 10**6), min_size=1), st.integers(1, 100))
def test_a_percentile_is_a_value_that_so_many_do_not_exceed(values: list[float], percent: int) -> None:
    found = wall.percentile(sorted(values), percent)

    assert found in values
    assert 100 * sum(one <= found for one in values) >= percent * len(values)
    assert 100 * sum(one < found for one in values) < percent * len(values)


def test_what_is_about_to_be_late_comes_first_and_what_ran_out_is_counted() -> None:
    danger, normal = a_case(severity=0), a_case(severity=1)
    handed_over = a_case(severity=0)
    for case in (danger, normal, handed_over, a_case(severity=3)):
        deadlines.start_for(case, at=AT)
    Case.objects.filter(pk=handed_over.pk).update(state=CaseState.REFERRED)

    now = wall.wall(at=AT + timedelta(minutes=30))
    assert [one.case for one in now.near] == [danger, normal]
    assert (now.breaches.count, now.breaches.by_clock) == (0, ())

    deadlines.note_breaches(at=AT + 2 * HOUR)
    deadlines.met(normal, "human_eyes", at=AT + 5 * HOUR)
    later = wall.wall(at=AT + 5 * HOUR)
    assert (later.breaches.count, later.breaches.by_clock) == (2, (("human_eyes", 2, 1),))
    assert wall.wall(at=AT + 5 * HOUR + wall.OVER).breaches.count == 0


def test_what_is_stuck_is_counted_and_named(cem: User) -> None:
    case = a_case()
    decision = services.judge(case, AGAINST_TERMS, by=cem, at=AT)
    for target, kind, state in (
        ("plugin:a", "remove", ActionState.FAILED),
        ("task", "warn", ActionState.OWED),
        ("plugin:a", "warn", ActionState.OWED),
    ):
        Action.objects.create(decision=decision, target=target, kind=kind, state=state, ordered_at=AT)
    lost = a_case(is_unroutable=True)
    Delivery.objects.create(task="x", state=Delivery.State.PARKED, created_at=AT, due_at=AT)

    trouble = wall.wall(at=AT).trouble

    assert (trouble.parked, trouble.failed_actions, trouble.tasks, trouble.unroutable) == (1, 1, 1, 1)
    assert [action.target for action in wall.stuck()] == ["plugin:a"]
    assert list(wall.unroutable()) == [lost]


def test_a_part_that_a_person_must_hand_over_is_counted_and_named(signed_in: SignIn, sam: User, cem: User) -> None:
    leg = referred(a_case(), body("hotline", "hotline"), by=cem)

    assert wall.wall(at=AT).trouble.held_legs == 1
    page = signed_in(sam).get(reverse("cases:wall")).content.decode()
    assert f'href="/desk/cases/{leg.case.uid}/#leg-{leg.uid}"' in page

    legs.handed(leg, by=cem, at=AT)
    assert wall.wall(at=AT).trouble.held_legs == 0
    assert not wall.held()


def test_the_wall_asks_the_same_number_of_questions_however_much_there_is(
    cem: User, django_assert_max_num_queries: Any
) -> None:
    def fill() -> None:
        for number in range(4):
            case = a_case(severity=number, is_unroutable=True, queue=f"q{number}")
            deadlines.start_for(case, at=AT)
        wellbeing.seen(cem, seconds=60, at=AT)

    fill()
    with django_assert_max_num_queries(16):
        wall.wall(at=AT)
    fill()
    with django_assert_max_num_queries(16):
        wall.wall(at=AT)


@pytest.mark.parametrize("name", ["eve", "bea", "olga", "cem"])
def test_only_a_supervisor_sees_the_wall(request: pytest.FixtureRequest, signed_in: SignIn, name: str) -> None:
    assert signed_in(request.getfixturevalue(name)).get(reverse("cases:wall")).status_code == 403


def test_somebody_who_is_not_signed_in_is_sent_to_the_sign_in(client: Any) -> None:
    assert client.get(reverse("cases:wall"))["Location"].startswith("/account/login/")


def test_an_empty_wall_says_so_and_what_is_good(signed_in: SignIn, sam: User) -> None:
    page = signed_in(sam).get(reverse("cases:wall")).content.decode()

    for words in (
        "No case waits. Well done.",
        "No clock runs out within the next four hours.",
        "No clock ran out in the last 7 days.",
        "No decision was judged twice",
        "Nobody looked at evidence today.",
    ):
        assert words in page


def test_the_wall_shows_the_numbers_of_people_and_no_names_of_reporters(
    signed_in: SignIn, sam: User, cem: User
) -> None:
    now = timezone.now()
    case = a_case(severity=0, opened_at=now)
    deadlines.start_for(case, at=now)
    wellbeing.seen(cem, seconds=25 * 60, at=now)

    page = signed_in(sam).get(reverse("cases:wall")).content.decode()

    assert case.ref in page
    assert "<bdi>cem</bdi>" in page
    assert "bad.example" not in page
    assert "style=" not in page
    assert "<script>" not in page
