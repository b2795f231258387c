"""Plots hold the numbers that were counted, as a drawing and as a table, in every language."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from leeward.core.models import Organisation, User
from leeward.indicators.models import Category, Kind
from leeward.screening.models import Tally
from leeward.screening.tests.people import match, sign, signed_in, text_of

pytestmark = pytest.mark.django_db


def tally(harbour: Organisation, at: datetime, **counts: int) -> None:
    hour = at.replace(minute=0, second=0, microsecond=0)
    for answer, count in counts.items():
        Tally.objects.create(hour=hour, organisation=harbour, answer=answer, count=count)


def test_plots_of_nothing_say_so(cem: User) -> None:
    page = text_of(signed_in(cem).get("/screening/plots/"))

    assert "Nobody asked about an upload in this time." in page
    assert "There was no match in this time." in page
    assert 'role="img"' not in page


def test_plots_hold_the_numbers_by_the_hour_and_by_the_day(cem: User, harbour: Organisation) -> None:
    now = timezone.now()
    tally(harbour, now, clear=990, known=8, held=1, suspect=1)
    tally(harbour, now - timedelta(hours=3), clear=500)
    tally(harbour, now - timedelta(days=20), clear=70, known=30)
    browser = signed_in(cem)

    hours, days = (browser.get(f"/screening/plots/?time={time}").context for time in ("hours", "days"))

    volume, rate = hours["plots"][0].columns, hours["plots"][1].columns
    assert (len(volume), volume[-1].numbers, volume[-4].numbers) == (48, (990, 8, 1, 1), (500, 0, 0, 0))
    assert rate[-1].numbers == pytest.approx((8.0, 1.0, 1.0))
    assert (hours["totals"].uploads, days["totals"].uploads) == (1500, 1600)
    assert days["plots"][0].columns[-21].numbers == (70, 30, 0, 0)


def test_distances_and_categories_are_drawn_from_matches(cem: User, harbour: Organisation) -> None:
    now = timezone.now()
    for number, bits in enumerate([0, 0, 31]):
        match(sign(f"picture {number}"), harbour, distance_bits=bits, at=now)
    match(sign("digest", kind=Kind.MD5, category=Category.BULLYING), harbour, at=now)
    match(sign("old"), harbour, distance_bits=5, at=now - timedelta(days=5))

    context = signed_in(cem).get("/screening/plots/").context

    drawn = [column.numbers[0] for column in context["plots"][2].columns]
    assert (len(drawn), drawn[0], drawn[5], drawn[31]) == (32, 2, 0, 1), "a digest has no distance in bits"
    assert [(one.name, one.count, one.percent) for one in context["categories"]] == [
        ("Sexual extortion", 3, 100),
        ("Bullying", 1, 33),
    ]


@pytest.mark.parametrize("language", ["en", "fr", "ar"])
def test_a_plot_has_words_a_table_and_no_style_of_its_own(cem: User, harbour: Organisation, language: str) -> None:
    tally(harbour, timezone.now(), clear=12_345, known=1)

    page = signed_in(cem).get("/screening/plots/", headers={"accept-language": language}).content.decode()

    drawings = re.findall(r"<svg class=\"plot__drawing\".*?</svg>", page, re.DOTALL)
    assert len(drawings) == 2
    assert all("<title" in one and "<desc" in one for one in drawings)
    assert page.count("<table>") == 3
    assert " style=" not in page
    places = re.findall(r' (?:x|y|width|height|x1|x2|y1|y2)="([^"]*)"', "".join(drawings))
    assert places
    assert all(place.isdecimal() for place in places), "no comma of any language in a coordinate"


def test_a_plot_of_time_begins_at_its_newest_end_and_has_its_numbers_there(cem: User, harbour: Organisation) -> None:
    tally(harbour, timezone.now(), clear=20, known=2)
    match(sign(), harbour, at=timezone.now())

    answer = signed_in(cem).get("/screening/plots/")

    volume, rate, distances = answer.context["plots"]
    assert [plot.is_of_time for plot in (volume, rate, distances)] == [True, True, False]
    assert all(mark.x > max(bar.x + bar.width for bar in volume.bars) for mark in volume.up)
    assert all(mark.x < distances.left for mark in distances.up)
    assert text_of(answer).count('class="plot__room plot__room--newest"') == 2


def test_bars_stay_on_the_canvas_and_are_as_tall_as_their_numbers(cem: User, harbour: Organisation) -> None:
    tally(harbour, timezone.now(), clear=2000)
    tally(harbour, timezone.now() - timedelta(hours=1), clear=1000)

    plot = signed_in(cem).get("/screening/plots/").context["plots"][0]

    half, whole = plot.bars
    assert abs(whole.height - 2 * half.height) <= 1
    assert all(bar.y >= 0 and bar.y + bar.height == plot.floor for bar in plot.bars)
