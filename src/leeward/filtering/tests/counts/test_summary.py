"""The weekly summary says in words what stayed closed, to the guardians of the household and to nobody else."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation

from leeward.core import never
from leeward.core.models import User
from leeward.families.models import Child, Household
from leeward.families.tests.conftest import NICKNAME, SignIn, signed_in
from leeward.filtering.counts import names, plot, words
from leeward.filtering.counts.models import ClosedName, CountedAnswers
from leeward.limits.models import Limits
from leeward.limits.tests.conftest import ana, client, fay, guardian_account, home, limits, shared

__all__ = ["ana", "client", "fay", "guardian_account", "home", "limits", "shared", "signed_in"]

pytestmark = pytest.mark.django_db

AT = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)  # A Sunday.
DAYS = words.days_of(AT, zone="UTC")
TUESDAY, FRIDAY = date(2026, 11, 17), date(2026, 11, 20)


@pytest.fixture(autouse=True)
def _in_english() -> Iterator[None]:
    with translation.override("en"):
        yield


def counted(kind: str, count: int, day: date = TUESDAY) -> CountedAnswers:
    return CountedAnswers(day=day, kind=kind, count=count)


def said(*rows: CountedAnswers) -> tuple[str, ...]:
    return words.week(rows, days=DAYS).sentences


def keep(limits: Limits, kind: str, count: int) -> None:
    today = timezone.now().astimezone(UTC).date()
    CountedAnswers.objects.create(limits=limits, day=today, kind=kind, count=count)


def page(browser: Client, limits: Limits | None = None) -> str:
    place = reverse("summary") if limits is None else reverse("summary_of", kwargs={"uid": limits.uid})
    answer = browser.get(place)
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_week_is_told_in_sentences() -> None:
    assert said(counted("gambling", 9), counted("gambling", 3, FRIDAY)) == (
        "12 times something about «Gambling» stayed closed. Most on Tuesday.",
    )
    assert said(counted("tiktok", 1)) == ("«TikTok» stayed closed 1 time.",)
    assert said(counted("games", 4)) == ("4 times something about «Games» stayed closed. All on Tuesday.",)


def test_where_no_day_stands_out_none_is_named() -> None:
    assert said(counted("games", 4), counted("games", 4, FRIDAY)) == ("8 times something about «Games» stayed closed.",)


def test_what_was_closed_for_what_it_is_comes_first_and_the_most_of_it() -> None:
    rows = [
        counted(kind, count)
        for kind, count in (("safe", 99), ("bedtime", 50), ("games", 2), ("own-closed", 7), ("gambling", 4))
    ]

    assert [sentence.partition(" ")[0] for sentence in said(*rows)] == ["4", "2", "7", "50", "99"]


def test_days_are_those_of_the_zone_and_others_are_left_out() -> None:
    late = datetime(2026, 11, 22, 23, 30, tzinfo=UTC)

    assert words.days_of(late, zone="Asia/Ulaanbaatar")[-1] == date(2026, 11, 23)
    assert len(DAYS) == 7
    assert said(counted("games", 4, AT.date() - timedelta(days=7))) == ()


def test_the_highest_bar_is_the_most_and_stands_where_the_language_begins() -> None:
    week = words.week([counted("games", 4), counted("games", 1, FRIDAY), counted("pause", 99)], days=DAYS)

    ltr, rtl = (plot.bars(week.days, is_rtl=is_rtl) for is_rtl in (False, True))

    assert [bar.height for bar in ltr] == [0, 130, 0, 0, 32, 0, 0]
    assert [bar.x for bar in ltr] == sorted(bar.x for bar in ltr)
    assert [bar.x for bar in rtl] == sorted((bar.x for bar in ltr), reverse=True)


def test_a_guardian_reads_the_week_of_everybody(limits: Limits, shared: Limits, bea: User, signed_in: SignIn) -> None:
    keep(limits, "gambling", 12)
    keep(shared, "games", 3)

    shown = page(signed_in(bea))

    assert NICKNAME in shown
    assert "12 times something about «Gambling» stayed closed." in shown
    assert "Devices that everybody uses" in shown
    assert "Not kept: names of sites" in shown


def test_a_quiet_week_says_so(limits: Limits, shared: Limits, bea: User, signed_in: SignIn) -> None:
    shown = page(signed_in(bea))

    assert "Nothing was counted." in shown
    assert "Devices that everybody uses" not in shown
    assert "Nothing was counted." in page(signed_in(bea), limits)
    assert "or a device was never set up." in shown


def test_without_children_the_page_says_how_to_begin(home: Household, bea: User, signed_in: SignIn) -> None:
    assert "No child is here yet." in page(signed_in(bea))


def test_the_bars_stand_in_a_table_too(limits: Limits, bea: User, signed_in: SignIn) -> None:
    keep(limits, "gambling", 12)
    keep(limits, "bedtime", 34)

    shown = page(signed_in(bea), limits)

    assert re.findall(r'<text class="summary-plot__number"[^>]*>(\d+)</text>', shown) == ["0"] * 6 + ["12"]
    assert re.findall(r"<td>(\d+)</td>", shown)[-3:] == ["12", "34", "0"]
    assert "style=" not in shown


def test_names_are_shown_only_where_they_are_switched_on(limits: Limits, bea: User, signed_in: SignIn) -> None:
    browser = signed_in(bea)
    before = page(browser, limits)

    browser.post(reverse("summary_show_names", kwargs={"uid": limits.uid}))
    ClosedName.objects.create(
        limits=limits, day=timezone.now().date(), kind="gambling", name="play.example", digest=b"1", count=2
    )
    on = page(browser, limits)
    browser.post(reverse("summary_hide_names", kwargs={"uid": limits.uid}))
    off = page(browser, limits)

    assert [("play.example" in shown) for shown in (before, on, off)] == [False, True, False]
    assert "Keep names from now on" in before
    assert "Your child&#x27;s own page says so" in on or "your child&#x27;s own page says so" in on
    assert ClosedName.objects.count() == 0


def test_for_everybody_s_devices_names_are_not_offered(shared: Limits, bea: User, signed_in: SignIn) -> None:
    browser = signed_in(bea)

    assert "Keep names" not in page(browser, shared)
    browser.post(reverse("summary_show_names", kwargs={"uid": shared.uid}))
    shared.refresh_from_db()
    assert not shared.shows_names


@pytest.mark.parametrize("who", ["eve", "fay"])
def test_nobody_else_gets_anything(
    who: str, limits: Limits, ana: Child, bea: User, signed_in: SignIn, request: pytest.FixtureRequest
) -> None:
    names.show_names(limits, by=bea, at=AT)
    ClosedName.objects.create(limits=limits, day=AT.date(), kind="gambling", name="play.example", digest=b"1", count=2)
    keep(limits, "gambling", 12)
    browser = signed_in(request.getfixturevalue(who))
    doors = {
        name: reverse(name, kwargs={"uid": limits.uid})
        for name in ("summary_of", "summary_show_names", "summary_hide_names")
    }

    answers = [browser.get(reverse("summary")), browser.get(doors["summary_of"])]
    answers += [browser.post(doors["summary_show_names"]), browser.post(doors["summary_hide_names"])]

    assert all(answer.status_code in {302, 403, 404} or who == "fay" for answer in answers)
    assert answers[1].status_code in {403, 404}
    assert not any(
        "play.example" in answer.content.decode() or "Gambling" in answer.content.decode() for answer in answers
    )
    assert ClosedName.objects.count() == 1


def test_without_an_account_there_is_no_way_in(limits: Limits, client: Client) -> None:
    for place in (reverse("summary"), reverse("summary_of", kwargs={"uid": limits.uid})):
        assert client.get(place).status_code in {302, 403}


def test_the_summary_reads_few_rows(
    limits: Limits, bea: User, signed_in: SignIn, django_assert_max_num_queries: object
) -> None:
    browser = signed_in(bea)

    with django_assert_max_num_queries(20):  # type: ignore[operator]  # pytest-django gives it no name
        page(browser)


def test_a_name_that_is_a_helpline_by_now_is_told_no_more(limits: Limits, bea: User, signed_in: SignIn) -> None:
    Limits.objects.filter(pk=limits.pk).update(shows_names=True)
    today = timezone.now().astimezone(UTC).date()
    for number, name in enumerate(("chat.quay.example", "quay.example", "notquay.example")):
        ClosedName.objects.create(
            limits=limits, day=today, kind="gambling", name=name, digest=bytes([number] * 32), count=1
        )
    before = page(signed_in(bea), limits)

    never.keep_open(["quay.example"], keeper="helplines")

    shown = page(signed_in(bea), limits)
    assert before.count("quay.example") == 3
    assert shown.count("quay.example") == 1
    assert "notquay.example" in shown
