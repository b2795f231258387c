"""The targets of queues and the calendars: a senior reviewer sets them, and what makes no sense is refused by its place."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.urls import reverse

from leeward.cases import deadlines, services, targets
from leeward.cases.models import Calendar, Queue
from leeward.cases.tests.conftest import SignIn
from leeward.cases.tests.desk import AT
from leeward.core.models import Record, User
from leeward.engines.clocks import CalendarRefused

pytestmark = pytest.mark.django_db

WEEK = [["09:00", "17:00"]] * 5 + [[], []]
FILLED = {"zone": "Asia/Ulaanbaatar", "monday": "09:00 - 17:00", "holidays": "2026-12-29\n2027-01-01", "source": "us"}


@pytest.fixture
def images(db: None) -> Queue:
    return Queue.objects.create(slug="images", title="Pictures")


def test_a_supervisor_sets_targets_and_a_calendar_for_what_comes_from_then_on(
    signed_in: SignIn, sam: User, images: Queue
) -> None:
    browser = signed_in(sam)

    browser.post(reverse("cases:calendar", args=["office"]), FILLED)
    place = reverse("cases:queue_targets", args=["images"])
    browser.post(place, {"calendar": "office", "minutes_2": "120"})

    # Saturday; Monday is the one working day, from 01:00 to 09:00 in UTC.
    assert deadlines.due_for(2, "images", AT) == datetime(2026, 11, 23, 3, tzinfo=UTC)
    kinds = [record.kind for record in Record.objects.order_by("pk")]
    assert kinds == ["cases.CalendarChanged", "cases.TargetsChanged"]
    assert [browser.get(one).status_code for one in (place, reverse("cases:clocks"))] == [200, 200]
    assert "09:00-17:00" in browser.get(reverse("cases:calendar", args=["office"])).content.decode()


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"zone": "Nowhere"}, "zone: no such time zone"),
        ({"monday": "nine to five"}, "hours of Monday: not two times"),
        ({"monday": ""}, "hours: no day has any"),
        ({"holidays": "Christmas"}, "holidays: one is no date"),
    ],
)
def test_a_calendar_that_makes_no_sense_is_not_kept(
    signed_in: SignIn, sam: User, wrong: dict[str, str], words: str
) -> None:
    answer = signed_in(sam).post(reverse("cases:calendar", args=["office"]), FILLED | wrong)

    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert not Calendar.objects.exists()


@pytest.mark.parametrize("wrong", [{"calendar": "gone"}, {"minutes_0": "0"}, {"minutes_1": "soon"}])
def test_targets_that_make_no_sense_are_not_set(
    signed_in: SignIn, sam: User, images: Queue, wrong: dict[str, str]
) -> None:
    assert signed_in(sam).post(reverse("cases:queue_targets", args=["images"]), wrong).status_code == 422

    images.refresh_from_db()
    assert (images.targets, images.calendar) == ({}, "")


def test_the_service_refuses_too(sam: User, images: Queue) -> None:
    with pytest.raises(targets.NoSuchCalendar):
        targets.set_targets(images, targets={}, calendar="gone", by=sam, at=AT)
    with pytest.raises(CalendarRefused):
        targets.keep_calendar("office", zone="UTC", hours=[[]] * 7, holidays=[], source="", by=sam, at=AT)


@pytest.mark.parametrize("name", ["cem", "olga", "eve"])
def test_nobody_but_a_supervisor_sets_anything(
    request: pytest.FixtureRequest, signed_in: SignIn, images: Queue, name: str
) -> None:
    person: User = request.getfixturevalue(name)
    browser = signed_in(person)

    for place in (reverse("cases:calendar", args=["office"]), reverse("cases:queue_targets", args=["images"])):
        assert [browser.get(place).status_code, browser.post(place, FILLED).status_code] == [403, 403]
    with pytest.raises(services.NotForThisPerson):
        targets.set_targets(images, targets={0: 5}, calendar="", by=person, at=AT)
    with pytest.raises(services.NotForThisPerson):
        targets.keep_calendar("office", zone="UTC", hours=WEEK, holidays=[], source="", by=person, at=AT)


def test_every_reviewer_can_read_the_clocks_and_where_they_come_from(
    signed_in: SignIn, cem: User, eve: User, images: Queue
) -> None:
    page = signed_in(cem).get(reverse("cases:clocks")).content.decode()

    assert "TAKE IT DOWN Act, Pub. L. 119-12" in page
    assert "Pictures" in page
    assert reverse("cases:queue_targets", args=["images"]) not in page
    assert signed_in(eve).get(reverse("cases:clocks")).status_code == 403
