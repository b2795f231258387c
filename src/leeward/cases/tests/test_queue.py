"""The queue: in which order cases are taken, page by page, and that it stays quick however many wait."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from hypothesis import given, settings
from hypothesis import strategies as st

from leeward.cases import queue
from leeward.cases import services as cases
from leeward.cases.models import Case, Queue, Subject
from leeward.cases.tests.conftest import SignIn
from leeward.cases.tests.desk import AT, ILLEGAL, UNDONE, found_illegal, new_case, undone
from leeward.core.models import User

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)


def waiting(number: int, *, priority: int = 0, due_in_h: int = 24, severity: int = 2, slug: str = "triage") -> Case:
    """Return a case that waits, made without its reports."""
    subject = Subject.objects.create(
        digest=Subject.digest_of(f"url:{number}"), page_url=f"https://bad.example/{number}"
    )
    due_at = AT + due_in_h * HOUR
    return Case.objects.create(
        subject=subject, priority=priority, severity=severity, queue=slug, opened_at=AT, due_at=due_at
    )


def walked(wanted: queue.Filter, person: User) -> list[int]:
    """Return the ids of all cases of a filter, page by page, by the addresses of the pages."""
    found: list[int] = []
    after: queue.Place | None = None
    while True:
        page = queue.page(wanted, person=person, at=AT, after=after)
        found += [case.pk for case in page.cases]
        if page.after is None:
            return found
        after = queue.Place.read(str(page.after))


@settings(max_examples=10, suppress_health_check=UNDONE)
@given(st.lists(st.tuples(st.integers(-1, 1), st.integers(-2, 3)), max_size=9))
def test_page_by_page_every_case_comes_once_in_the_order_in_which_it_is_taken(
    cem: User, monkeypatch: pytest.MonkeyPatch, drawn: list[tuple[int, int]]
) -> None:
    with undone():
        monkeypatch.setattr(queue, "SHOWN", 2)
        made = [waiting(number, priority=one, due_in_h=due) for number, (one, due) in enumerate(drawn)]

        expected = sorted(made, key=lambda case: (-case.priority, case.due_at, case.pk))
        assert walked(queue.Filter(), cem) == [case.pk for case in expected]
        assert [case.pk for case in queue.free(queue.Filter(), person=cem, at=AT, most=9)] == [
            case.pk for case in expected
        ]


def test_a_filter_shows_what_it_names_and_nothing_else(cem: User, dan: User) -> None:
    late = waiting(1, due_in_h=-1)
    grave = waiting(2, severity=0)
    other = waiting(3, slug="fraud")
    mine = waiting(4)
    cases.take(mine, by=cem, at=AT)
    cases.take(waiting(5), by=dan, at=AT)

    found = {
        name: walked(queue.Filter.read(asked), cem)
        for name, asked in {
            "late": {"soon": "1"},
            "grave": {"severity": "0"},
            "other": {"queue": "fraud"},
            "mine": {"mine": "1"},
            "none": {"queue": "fraud", "severity": "0"},
        }.items()
    }

    assert found == {"late": [late.pk], "grave": [grave.pk], "other": [other.pk], "mine": [mine.pk], "none": []}


@pytest.mark.parametrize("asked", [{"severity": "9"}, {"severity": "x"}, {"severity": "-1"}, {}])
def test_what_makes_no_sense_in_an_address_is_left_out(asked: dict[str, str]) -> None:
    assert queue.Filter.read(asked) == queue.Filter()


@pytest.mark.parametrize("text", ["", "1", "a_b_c", "1_2_3_4", f"0_{10**40}_1"])
def test_a_place_that_makes_no_sense_is_the_first_page(cem: User, signed_in: SignIn, text: str) -> None:
    case = waiting(1)

    assert [one.pk for one in signed_in(cem).get("/desk/", {"after": text}).context["cases"]] == [case.pk]


def test_the_next_case_is_one_that_nobody_has_and_that_waits_for_no_colleague(cem: User, dan: User) -> None:
    taken, proposed, free = (new_case(f"https://bad.example/{number}") for number in range(3))
    cases.take(taken, by=dan, at=AT)
    cases.judge(proposed, ILLEGAL, by=cem, at=AT)

    for_cem = queue.free(queue.Filter(), person=cem, at=AT, most=9)
    for_dan = queue.free(queue.Filter(), person=dan, at=AT, most=9)

    assert [case.pk for case in for_cem] == [free.pk]
    assert [case.pk for case in for_dan] == [proposed.pk, free.pk, taken.pk]


def test_who_works_through_one_part_of_the_queue_gets_the_next_case_from_there(cem: User, signed_in: SignIn) -> None:
    waiting(1, due_in_h=1)
    first, second = waiting(2, slug="fraud"), waiting(3, slug="fraud")
    browser = signed_in(cem)

    taken = browser.post("/desk/next", {"queue": "fraud"})["Location"]
    next_from = browser.get(taken).context["next_from"]
    Case.objects.filter(pk=first.pk).update(state="decided")
    then = browser.post("/desk/next", next_from)["Location"]
    Case.objects.filter(pk=second.pk).update(state="decided")
    at_the_end = browser.post("/desk/next", next_from, follow=True)

    assert [taken, then] == [f"/desk/cases/{case.uid}/" for case in (first, second)]
    assert "No case waits for you here now." in at_the_end.content.decode()
    assert at_the_end.context["wanted"] == queue.Filter(queue="fraud")


def test_figures_are_counted_up_to_a_bound(cem: User, monkeypatch: pytest.MonkeyPatch, signed_in: SignIn) -> None:
    monkeypatch.setattr(queue, "COUNTED", 2)
    Queue.objects.get_or_create(slug="fraud", defaults={"title": "Fraud"})
    for number in range(3):
        waiting(number, slug="fraud" if number else "triage", priority=number - 1)

    answer = signed_in(cem).get("/desk/")
    counts = {one.slug: count for one, count in answer.context["queues"]}

    assert (answer.context["all"].shown, answer.context["all"].is_more) == (2, True)
    assert (counts["fraud"].shown, counts["fraud"].is_more) == (2, False)


def test_what_was_decided_last_stands_first(cem: User, dan: User) -> None:
    first, second, _ = (new_case(f"https://bad.example/{number}") for number in range(3))
    found_illegal(first, by=cem, and_by=dan)
    found_illegal(second, by=cem, and_by=dan)
    Case.objects.filter(pk=first.pk).update(decided_at=AT + HOUR)

    assert [case.pk for case in queue.lately_decided(most=9)] == [first.pk, second.pk]


@pytest.mark.parametrize(
    "wanted",
    [queue.Filter(), queue.Filter(queue="fraud"), queue.Filter(severity=0), queue.Filter(is_mine=True)],
    ids=["all", "one queue", "one severity", "mine"],
)
@pytest.mark.parametrize("after", [None, queue.Place(0, AT, 1)], ids=["first page", "later page"])
def test_every_page_is_read_by_an_index_of_the_queue_and_never_by_walking_through_all_cases(
    cem: User, wanted: queue.Filter, after: queue.Place | None
) -> None:
    if connection.vendor != "sqlite":
        pytest.skip("other databases choose by how many rows there are")
    waiting(1)
    plans: list[str] = []

    def explained(execute: object, sql: str, params: object, many: bool, context: dict[str, object]) -> object:
        if sql.startswith("SELECT"):
            with connection.cursor() as cursor:
                execute_plan = cursor.cursor.execute  # Not wrapped, or it would explain itself.
                plans.extend(row[3] for row in execute_plan(f"EXPLAIN QUERY PLAN {sql}", params).fetchall())
        return execute(sql, params, many, context)  # type: ignore[operator]

    with connection.execute_wrapper(explained):
        queue.page(wanted, person=cem, at=AT, after=after)
        queue.count(wanted, person=cem, at=AT)
        queue.free(wanted, person=cem, at=AT, most=5)

    on_cases = [plan for plan in plans if "cases_case" in plan]
    assert on_cases
    assert all("USING" in plan and "INDEX case_" in plan for plan in on_cases), on_cases
    assert not [plan for plan in plans if "TEMP B-TREE" in plan]
