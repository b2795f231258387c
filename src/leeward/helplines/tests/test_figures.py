"""Measures count without content, stay when talks are erased, and are for supervisors of the desk."""

from __future__ import annotations

import csv
import io
from datetime import UTC, date, datetime, timedelta

import pytest
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from leeward.core.models import User
from leeward.helplines.conversations import services as talks
from leeward.helplines.conversations.models import Conversation, Desk
from leeward.helplines.desk import services as desk_services
from leeward.helplines.figures import plots, services, spans
from leeward.helplines.figures.models import DoorDay, TalkDay
from leeward.helplines.shifts import services as shifts
from leeward.helplines.tests import desks
from leeward.helplines.tests.conftest import NOW

TODAY = NOW.date()
CHAT, MAILBOX = Conversation.Kind.CHAT, Conversation.Kind.MAILBOX


def after(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def taken_after(desk: Desk, nara: User, seconds: float, *, answered_after: float | None = None) -> Conversation:
    talk = desks.talk(desk)
    desk_services.take(talk, by=nara, at=after(seconds))
    talk.refresh_from_db()
    if answered_after is not None:
        desks.say(talk, by=nara, at=after(answered_after))
    talks.finish(talk, how=Conversation.State.ENDED, at=after(seconds + 600))
    return talk


def gone_after(desk: Desk, seconds: float) -> Conversation:
    talk = desks.talk(desk)
    talks.finish(talk, how=Conversation.State.ABANDONED, at=after(seconds))
    return talk


def of_today(desk: Desk) -> plots.Days:
    services.count_days(after(3600))
    return plots.days(desk, last=TODAY, count=1)


# --- Talks


def test_waits_and_first_answers_are_counted(desk: Desk, nara: User) -> None:
    desks.seat(desk, nara)
    for wait_s in (8, 9, 10, 40, 100, 170):
        taken_after(desk, nara, wait_s, answered_after=wait_s + 25)

    totals = plots.totals(of_today(desk))

    assert totals.chats == 6
    assert totals.wait_median_s == 10
    assert totals.wait_most_s == 180
    assert totals.first_answer_s == 30


def test_who_goes_before_anybody_comes_is_abandoned_after_so_long(desk: Desk, nara: User) -> None:
    desks.seat(desk, nara)
    taken_after(desk, nara, 5)
    gone_after(desk, 50)
    gone_after(desk, 55)
    gone_after(desk, 500)

    totals = plots.totals(of_today(desk))

    assert totals.abandoned_percent == 75
    assert totals.abandoned_after_s == 60


def test_numbers_stay_when_words_are_erased(desk: Desk, nara: User) -> None:
    desks.seat(desk, nara)
    left, gone = taken_after(desk, nara, 5), gone_after(desk, 50)
    before = plots.totals(of_today(desk))

    for talk in (left, gone):
        talks.erase(talk, at=after(1000))

    assert plots.totals(of_today(desk)) == before
    Conversation.objects.all().delete()
    assert plots.totals(plots.days(desk, last=TODAY, count=1)) == before


def test_counting_twice_counts_once(desk: Desk, nara: User) -> None:
    gone_after(desk, 50)

    services.count_days(after(60))
    services.count_days(after(3600))

    assert TalkDay.objects.get().begun == 1


def test_a_mailbox_is_answered_from_when_it_was_written(desk: Desk, nara: User) -> None:
    desks.seat(desk, nara)
    letter = desks.talk(desk, kind=MAILBOX)
    desk_services.take(letter, by=nara, at=after(6900))
    letter.refresh_from_db()
    desks.say(letter, by=nara, at=after(7100))

    totals = plots.totals(of_today(desk))

    assert (totals.mailboxes, totals.mailbox_answer_s, totals.chats) == (1, 7200, 0)


def test_a_day_is_a_day_of_the_desk(desk: Desk) -> None:
    Desk.objects.update(time_zone="Asia/Ulaanbaatar")
    desk.refresh_from_db()
    desks.talk(desk, at=datetime(2026, 11, 23, 15, 59, tzinfo=UTC))
    desks.talk(desk, at=datetime(2026, 11, 23, 16, 1, tzinfo=UTC))

    services.count_days(datetime(2026, 11, 24, 0, 0, tzinfo=UTC))

    assert list(TalkDay.objects.order_by("date").values_list("date", "begun")) == [
        (date(2026, 11, 23), 1),
        (date(2026, 11, 24), 1),
    ]


def test_an_old_day_is_final(desk: Desk) -> None:
    desks.talk(desk)

    services.count_days(NOW + timedelta(days=services.RECOUNTED_DAYS))

    assert not TalkDay.objects.exists()


def test_languages_that_nobody_here_speaks_are_named(desk: Desk) -> None:
    for language in ("fr", "fr", "mn"):
        desks.talk(desk, language=language)

    found = plots.languages(of_today(desk))

    assert [(one.name, one.asked, one.is_spoken) for one in found] == [("Français", 2, False), ("Монгол", 1, True)]


# --- The door


def test_minutes_of_the_door_are_counted_while_it_should_be_open(desk: Desk, nara: User) -> None:
    shifts.plan(desk, weekdays=[NOW.weekday()], hours=shifts.Hours(15 * 60, 16 * 60), seat=None)
    services.look_at_doors(NOW)
    desks.seat(desk, nara, is_here=True, most_chats=1)
    services.look_at_doors(NOW)
    desk_services.take(desks.talk(desk), by=nara, at=NOW)
    services.look_at_doors(NOW)
    services.look_at_doors(NOW - timedelta(hours=1))

    day = DoorDay.objects.get()

    assert (day.planned_minutes, day.available_minutes, day.busy_minutes, day.counsellor_minutes) == (3, 1, 1, 2)
    assert plots.totals(of_today(desk)).open_percent == 67


def test_chats_of_an_hour_of_work(desk: Desk, nara: User) -> None:
    desks.seat(desk, nara)
    for _ in range(3):
        taken_after(desk, nara, 5)
    DoorDay.objects.create(desk=desk, date=TODAY, planned_minutes=120, available_minutes=120, counsellor_minutes=90)

    assert plots.totals(of_today(desk)).chats_per_hour == 2.0


# --- Spans


@given(st.lists(st.floats(min_value=0, max_value=spans.SPANS_S[-1]), min_size=1), st.sampled_from([0.5, 0.9, 1.0]))
def test_a_share_is_never_told_shorter_than_it_was(waits_s: list[float], share: float) -> None:
    told = spans.within_s(spans.counts_of(waits_s), share=share)

    assert told is not None
    assert sum(wait_s <= told for wait_s in waits_s) >= share * len(waits_s)


def test_each_span_is_at_most_twice_the_one_before() -> None:
    assert all(later <= 2 * one for one, later in zip(spans.SPANS_S, spans.SPANS_S[1:], strict=False))


def test_of_nothing_nothing_is_told() -> None:
    assert spans.within_s(spans.counts_of([]), share=0.5) is None
    assert spans.within_s(spans.counts_of([10_000_000]), share=0.5) is None


# --- The page


def test_a_supervisor_sees_drawings_and_takes_a_file(desk: Desk, nara: User, tuul: User) -> None:
    desks.seat(desk, nara)
    desks.seat(desk, tuul)
    old = desks.talk(desk, at=datetime.now(UTC) - timedelta(days=1))
    desk_services.take(old, by=nara, at=datetime.now(UTC))
    services.count_days(datetime.now(UTC))
    browser = desks.browser_of(tuul)

    page = browser.get("/helpline/figures/", follow=True).text
    file = browser.get(reverse("helpline_figures:table", kwargs={"uid": desk.uid}))

    assert page.count('class="plot__drawing"') >= 1
    [line] = csv.DictReader(io.StringIO(file.text))
    assert (line["kind"], line["begun"], line["taken"]) == ("chat", "1", "1")
    assert "nara" not in page + file.text


@pytest.mark.parametrize("days", ["7", "", "abc"])
def test_other_times_are_not_there(desk: Desk, tuul: User, days: str) -> None:
    desks.seat(desk, tuul)

    answer = desks.browser_of(tuul).get(reverse("helpline_figures:desk", kwargs={"uid": desk.uid}), {"days": days})

    assert answer.status_code == 404


def test_without_a_seat_the_page_says_what_to_do(tuul: User) -> None:
    assert "You have no seat" in desks.browser_of(tuul).get("/helpline/figures/").text
