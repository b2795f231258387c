"""Everybody may read how well the helpline answers: whole months that stay as they are, and no small number."""

from __future__ import annotations

from dataclasses import fields
from datetime import date, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from leeward.helplines.conversations.models import Conversation, Desk
from leeward.helplines.figures import months, spans
from leeward.helplines.figures.models import DoorDay, TalkDay
from leeward.helplines.unspoken.models import UnspokenDay

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 23)
CHAT, MAILBOX = Conversation.Kind.CHAT, Conversation.Kind.MAILBOX
HALF_MINUTE, LATE = 30, 3600


def talks(
    desk: Desk, day: date, *, taken: int = 0, gone: int = 0, kind: Conversation.Kind = CHAT, wait_s: int = HALF_MINUTE
) -> None:
    """Keep one day: so many were taken after `wait_s`, and answered as fast; so many went."""
    TalkDay.objects.create(
        desk=desk,
        date=day,
        kind=kind,
        language="mn",
        begun=taken + gone,
        taken=taken,
        abandoned=gone,
        waits=spans.counts_of([wait_s] * taken),
        abandoned_after=spans.counts_of([wait_s] * gone),
        first_answers=spans.counts_of([wait_s] * taken),
    )


def test_days_and_desks_of_a_month_are_told_together(desk: Desk) -> None:
    other = Desk.objects.create(name="Second desk", languages=["fr"], made_at=desk.made_at)
    talks(desk, date(2026, 10, 1), taken=6, gone=5)
    talks(other, date(2026, 10, 31), taken=4, wait_s=LATE)
    talks(desk, date(2026, 10, 2), taken=5, kind=MAILBOX, wait_s=LATE)
    DoorDay.objects.create(desk=desk, date=date(2026, 10, 1), planned_minutes=60, available_minutes=40, busy_minutes=5)

    [month] = months.told(today=TODAY)

    assert month == months.Month(
        date(2026, 10, 1),
        chats=15,
        letters=5,
        open_percent=75,
        wait_median_s=HALF_MINUTE,
        wait_most_s=LATE,
        gone_percent=33,
        letter_answer_s=LATE,
    )


def test_what_stands_for_fewer_than_five_is_not_told(desk: Desk) -> None:
    talks(desk, date(2026, 10, 1), taken=4)
    talks(desk, date(2026, 10, 1), taken=4, kind=MAILBOX)

    [month] = months.told(today=TODAY)

    told = [getattr(month, field.name) for field in fields(month) if field.name != "first"]
    assert told == [None] * 7 + [()]


@pytest.mark.parametrize(("taken", "gone"), [(20, 4), (4, 20)])
def test_a_share_is_not_told_where_one_of_its_parts_is_small(desk: Desk, taken: int, gone: int) -> None:
    talks(desk, date(2026, 10, 1), taken=taken, gone=gone)

    [month] = months.told(today=TODAY)

    assert (month.chats, month.gone_percent) == (24, None)


def test_a_month_is_told_when_it_is_final_and_not_before(desk: Desk) -> None:
    talks(desk, date(2026, 10, 31), taken=9)

    assert months.told(today=date(2026, 11, 10)) == []
    assert [month.first for month in months.told(today=date(2026, 11, 11))] == [date(2026, 10, 1)]


def test_a_year_of_months_is_told_the_newest_first_and_quiet_ones_stand_between(desk: Desk) -> None:
    for day in (date(2025, 9, 30), date(2026, 1, 15), date(2026, 10, 15)):
        talks(desk, day, taken=9)

    found = months.told(today=TODAY)

    assert [month.first.month for month in found] == [10, 9, 8, 7, 6, 5, 4, 3, 2, 1]
    assert [month.chats for month in found] == [9, *[None] * 8, 9]


def test_languages_that_nobody_spoke_are_told_where_many_asked(desk: Desk) -> None:
    talks(desk, date(2026, 10, 1), taken=9)
    for day, language, visits in (
        (date(2026, 10, 1), "fr", 3),
        (date(2026, 10, 31), "fr", 2),
        (date(2026, 10, 1), "es", 4),
        (date(2026, 11, 1), "ru", 50),
        (date(2026, 9, 30), "ar", 50),
    ):
        UnspokenDay.objects.create(date=day, language=language, visits=visits)

    assert [month.unspoken for month in months.told(today=TODAY)] == [(("fr", 5),)]


def test_everybody_reads_the_page_and_no_small_number_stands_in_it(client: Client, desk: Desk) -> None:
    empty = client.get("/helpline/figures/public/").text
    talks(desk, timezone.now().date() - timedelta(days=60), taken=1234, gone=3)

    page = client.get("/helpline/figures/public/").text

    assert "There are no figures yet." in empty
    assert '<td class="number" data-label="Chats">1,237</td>' in page
    assert "Harbour desk" not in page
    assert '<td class="number" data-label="Gone before anybody came">–</td>' in page
    assert not client.cookies
