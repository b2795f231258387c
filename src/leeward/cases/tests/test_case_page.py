"""The page of a case: what is owed comes first, what is drawn anew, and where a fault leads."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from leeward.cases import deadlines
from leeward.cases.models import Case, Deadline
from leeward.cases.templatetags import desk
from leeward.cases.tests.conftest import SignIn
from leeward.cases.tests.desk import AT, Answer, new_case
from leeward.core.models import Delivery, User

pytestmark = pytest.mark.django_db
TASK = "leeward.cases.reactions.publish_signs"


@pytest.fixture
def case() -> Case:
    """A case from which nothing follows yet."""
    found = new_case()
    Delivery.objects.all().delete()
    return found


def delivery(case: Case, state: Delivery.State, *, task: str = TASK) -> Delivery:
    return Delivery.objects.create(
        task=task, about=str(case.uid), state=state, attempts=3, created_at=AT, due_at=AT, finished_at=AT
    )


def page_of(case: Case, *, of: User, signed_in: SignIn) -> str:
    return signed_in(of).get(f"/desk/cases/{case.uid}/").content.decode()


def follows(page: str) -> str:
    return page.partition('<section id="follows"')[2].partition("</section>")[0]


def test_what_is_done_is_folded_away_with_its_number(case: Case, cem: User, signed_in: SignIn) -> None:
    for _number in range(3):
        delivery(case, Delivery.State.DONE)

    shown = follows(page_of(case, of=cem, signed_in=signed_in))

    assert "Nothing is owed now." in shown
    assert "<table" not in shown
    assert re.search(r'<details id="follows-done">\s*<summary>3 steps are over', shown)


def test_what_failed_comes_first_then_what_is_owed_and_both_stand_open(
    case: Case, cem: User, signed_in: SignIn
) -> None:
    delivery(case, Delivery.State.DONE, task="made.up.done")
    delivery(case, Delivery.State.OWED, task="made.up.owed")
    delivery(case, Delivery.State.PARKED, task="made.up.parked")

    shown, _, folded = follows(page_of(case, of=cem, signed_in=signed_in)).partition("<details")

    assert re.findall(r"made\.up\.(\w+)", shown) == ["parked", "owed"]
    assert re.findall(r"made\.up\.(\w+)", folded) == ["done"]


def test_while_something_is_owed_what_is_done_the_statement_and_the_clocks_come_anew_too(
    case: Case, cem: User, signed_in: SignIn
) -> None:
    delivery(case, Delivery.State.OWED)

    page = page_of(case, of=cem, signed_in=signed_in)

    anew = re.search(r'hx-select-oob="([^"]+)"', page)
    assert anew is not None
    for place in anew[1].split(","):
        assert page.count(f'id="{place[1:]}"') == 1
    assert "#clocks-part" in anew[1]
    parts = page.partition('id="follows-part-1"')[2].partition('<section id="follows"')[0]
    assert "What is done" in parts


@pytest.mark.parametrize("state", [Delivery.State.DONE, Delivery.State.PARKED])
def test_what_does_not_move_by_itself_is_not_asked_for_again(
    case: Case, cem: User, signed_in: SignIn, state: Delivery.State
) -> None:
    delivery(case, state)

    assert "hx-get" not in follows(page_of(case, of=cem, signed_in=signed_in))


def clocks(page: str) -> str:
    return page.partition('id="clocks-part"')[2].partition("</section>")[0]


def test_a_clock_that_was_met_says_when_and_the_zone_stands_there_once(
    case: Case, cem: User, signed_in: SignIn
) -> None:
    Deadline.objects.all().delete()
    deadlines.start_for(case, at=AT)
    deadlines.met(case, "human_eyes", at=AT + timedelta(minutes=7))
    due_at = Deadline.objects.get(clock="human_eyes").due_at

    shown = clocks(page_of(case, of=cem, signed_in=signed_in))

    def said(at: object) -> str:
        return f"{timezone.localtime(at):%H:%M}"  # type: ignore[arg-type]  # Only times are given.

    assert re.search(rf"met [^;<]*{said(AT + timedelta(minutes=7))}; it was due [^<]*{said(due_at)}", shown)
    assert shown.count(timezone.get_current_timezone_name()) == 1
    assert ".." not in shown


def test_a_refused_upload_is_called_so_and_its_number_is_small(cem: User, signed_in: SignIn) -> None:
    case = new_case(item_id="refused:6d9e")

    page = page_of(case, of=cem, signed_in=signed_in)

    glance = page.partition('class="glance"')[2].partition("</dl>")[0]
    assert "An upload that was refused" in glance
    assert '<bdi dir="ltr" class="small soft digest">6d9e</bdi>' in glance
    assert "refused:6d9e" not in glance


@pytest.mark.parametrize(
    ("minutes", "words"),
    [(0, "0 minutes"), (1, "1 minute"), (60, "1 hour"), (1440, "1 day"), (2880 + 61, "2 days, 1 hour, 1 minute")],
)
def test_many_minutes_are_told_in_hours_and_days(minutes: int, words: str) -> None:
    assert desk.long_minutes(minutes) == words


def test_an_empty_note_says_so_and_the_page_begins_at_its_field(case: Case, cem: User, signed_in: SignIn) -> None:
    answer: Answer = signed_in(cem).post(f"/desk/cases/{case.uid}/note", {"text": " "})

    page = answer.content.decode()
    assert answer.status_code == 422
    assert "The note is not kept yet." in page
    assert "Write something first." in page
    field = re.search(r'<textarea[^>]*id="note_text"[^>]*>', page)
    assert field is not None
    assert "autofocus" in field[0]
