"""A surer way says whether a less sure one was right. What is kept of that is a count; what led to a visitor is erased."""

from __future__ import annotations

import secrets
from datetime import timedelta

import numpy as np
import pytest
from django.test import Client
from django.utils import timezone

from leeward.age.effect import figures, services
from leeward.age.effect.models import Evidence, OpenAnswer, Side, SignWeek
from leeward.age.effect.services import ACCOUNT_FOR, BROWSER_FOR, Said, Visitor
from leeward.age.levels import Level
from leeward.age.models import AgeRecord, AgeTransaction, Requirement
from leeward.age.tests.conftest import ANAS_CODE, AT, BEAS_CODE, HOST, SignIn
from leeward.age.tests.effect.conftest import Share
from leeward.age.tests.test_visit import begun, led_to_the_ways, shown
from leeward.core.models import User

FOUND = Evidence.Found
SCREEN_16 = Said("screen", Level.ASSERTED, 16, Side.OVER, was_let_in=True)


def somebody() -> Visitor:
    """Return a visitor without an account whom nobody saw before."""
    return Visitor(None, secrets.token_bytes(32))


def counted() -> set[tuple[object, ...]]:
    """Return what is counted, without the month."""
    fields = ("method", "age", "side", "was_let_in", "drawn_share", "found", "count")
    return set(Evidence.objects.values_list(*fields))


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("said", "over", "found"),
    [
        (SCREEN_16, {16: True}, FOUND.OF_AGE),
        (SCREEN_16, {18: True}, FOUND.OF_AGE),
        (SCREEN_16, {16: False}, FOUND.NOT_OF_AGE),
        (SCREEN_16, {13: False}, FOUND.NOT_OF_AGE),
        (Said("school", Level.BASIC, 13, Side.UNDER, was_let_in=True), {18: True}, FOUND.NOT_OF_AGE),
        (Said("school", Level.BASIC, 13, Side.UNDER, was_let_in=False), {13: False}, FOUND.OF_AGE),
    ],
)
def test_a_surer_way_says_how_an_answer_turned_out(said: Said, over: dict[int, bool], found: str) -> None:
    visitor = somebody()
    services.note(visitor, said, drawn_share=0, at=AT)

    services.compare(visitor, method="sd_jwt", level=Level.ENHANCED, over=over, at=AT)

    assert counted() == {(said.method, said.age, said.side, said.was_let_in, 0.0, found, 1)}
    assert OpenAnswer.objects.count() == 0


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("method", "level", "over"),
    [
        ("sd_jwt", Level.ENHANCED, {15: True}),  # Who is over 15 may be 15, 16 or 90.
        ("sd_jwt", Level.ENHANCED, {18: False}),
        ("sd_jwt", Level.ENHANCED, {16: False, 18: True}),
        ("sd_jwt", Level.ENHANCED, {}),
        ("access", Level.ASSERTED, {16: False}),
        ("screen", Level.ENHANCED, {16: False}),
    ],
)
def test_what_says_nothing_or_is_no_surer_way_counts_nothing(method: str, level: Level, over: dict[int, bool]) -> None:
    visitor = somebody()
    services.note(visitor, SCREEN_16, drawn_share=0, at=AT)

    services.compare(visitor, method=method, level=level, over=over, at=AT)

    assert (counted(), OpenAnswer.objects.count()) == (set(), 1)


@pytest.mark.django_db
def test_the_answer_of_another_visitor_says_nothing(bea: User) -> None:
    visitor = somebody()
    services.note(visitor, SCREEN_16, drawn_share=0, at=AT)

    for other in (somebody(), Visitor(bea, visitor.browser)):
        services.compare(other, method="school", level=Level.STANDARD, over={16: False}, at=AT)

    assert counted() == set()


@pytest.mark.django_db
def test_one_answer_is_counted_once() -> None:
    visitor = somebody()
    for _ in range(2):
        services.note(visitor, SCREEN_16, drawn_share=0, at=AT)

    for _ in range(2):
        services.compare(visitor, method="school", level=Level.STANDARD, over={16: True}, at=AT)

    assert {row[-1] for row in counted()} == {1}


@pytest.mark.django_db
def test_an_account_is_compared_for_two_months_and_a_browser_for_an_hour(bea: User) -> None:
    for visitor, kept_for in ((Visitor(bea, b"1" * 32), ACCOUNT_FOR), (somebody(), BROWSER_FOR)):
        for late, expected in ((timedelta(seconds=-1), 1), (timedelta(0), 0)):
            Evidence.objects.all().delete()
            OpenAnswer.objects.all().delete()
            services.note(visitor, SCREEN_16, drawn_share=0, at=AT)

            services.compare(visitor, method="school", level=Level.STANDARD, over={16: False}, at=AT + kept_for + late)

            assert len(counted()) == expected


@pytest.mark.django_db
def test_who_was_drawn_and_gives_no_second_answer_is_counted_apart_and_is_no_error() -> None:
    services.note(somebody(), SCREEN_16, drawn_share=0.05, at=AT)
    services.note(somebody(), SCREEN_16, drawn_share=0, at=AT)

    services.forget(AT + BROWSER_FOR)

    assert counted() == {("screen", 16, "over", True, 0.05, FOUND.SILENT, 1)}
    found = figures.figures(at=AT)[0].wrongly_in
    assert found is not None
    assert (OpenAnswer.objects.count(), found.found, found.wrong, found.silent) == (0, None, 0, 1)


@pytest.mark.django_db
def test_who_answers_again_is_not_drawn_again() -> None:
    visitor = somebody()
    services.note(visitor, SCREEN_16, drawn_share=0, at=AT)

    services.note(visitor, SCREEN_16, drawn_share=0.2, at=AT)

    assert not services.is_asked(visitor, method="screen", age=16, side=Side.OVER, at=AT)


@pytest.mark.parametrize(
    ("share", "fewest", "most"), [(0.0, 0, 0), (0.1, 350, 650), (0.2, 800, 1200), (1.0, 5000, 5000)]
)
def test_so_large_a_share_is_drawn(share: float, fewest: int, most: int) -> None:
    drawn = [services.draw(share) for _ in range(5000)]

    # More than six standard deviations to either side: once in a thousand million runs it fails by chance.
    assert fewest <= sum(one == share for one in drawn if one) <= most
    assert set(drawn) <= {0.0, share}


@pytest.mark.django_db
def test_the_figure_of_a_simulated_town_stands_for_all_who_were_let_in() -> None:
    dice, share = np.random.default_rng(5), 0.2
    is_younger = dice.random(500) < 0.3
    for younger in is_younger:
        visitor = somebody()
        drawn = services.draw(share)
        services.note(visitor, SCREEN_16, drawn_share=drawn, at=AT)
        if drawn:
            services.compare(visitor, method="school", level=Level.STANDARD, over={16: not younger}, at=AT)
    services.forget(AT + BROWSER_FOR)

    found = figures.figures(at=AT)[0].wrongly_in

    assert found is not None
    assert found.found is not None
    # Five intervals wide: which visitors are drawn is not in the test's hands.
    half = 2 * (found.found.high - found.found.low)
    assert found.found.share - half <= is_younger.mean() <= found.found.share + half
    assert 50 <= found.compared <= 160


def test_a_visitor_who_is_drawn_is_asked_and_what_they_show_is_counted(
    client: Client, teens: Requirement, roster: None, drawn: Share
) -> None:
    drawn(1)

    page = shown(client, teens.slug, "screen", year="1980", month="5").content.decode()
    shown(client, teens.slug, "school", code=BEAS_CODE)

    assert "Will you show it a second way?" in page
    assert 'value="school"' in page
    assert "/go" in page  # They may say no, and go on.
    assert counted() == {("screen", 13, "over", True, 1.0, FOUND.OF_AGE, 1)}


def test_nobody_is_asked_where_no_share_is_set_or_no_surer_way_is_there(
    client: Client, teens: Requirement, drawn: Share
) -> None:
    drawn(1)
    without_a_list = shown(client, teens.slug, "screen", year="1980", month="5").content.decode()
    drawn(0)
    without_a_share = shown(Client(headers={"host": HOST}), teens.slug, "screen", year="1980", month="5")

    assert "a second way" not in without_a_list + without_a_share.content.decode()
    assert not OpenAnswer.objects.filter(drawn_share__gt=0).exists()


def test_a_second_way_that_says_too_young_closes_the_page_and_words_do_not_open_it_again(
    client: Client, teens: Requirement, roster: None, drawn: Share
) -> None:
    drawn(1)
    shown(client, teens.slug, "screen", year="1980", month="5")
    first = AgeTransaction.objects.get()

    page = shown(client, teens.slug, "school", code=ANAS_CODE).content.decode()
    again = shown(client, teens.slug, "screen", year="1980", month="5").content.decode()

    assert "/go" not in page + again
    assert "token=" not in client.get(f"/age/attempt/{first.uid}/go")["Location"]
    assert client.get(led_to_the_ways(client, teens.slug)).status_code == 200
    assert {row[-2:] for row in counted()} == {(FOUND.NOT_OF_AGE, 1)}


def test_a_surer_way_in_another_area_closes_what_a_word_opened_if_it_says_so(
    client: Client, teens: Requirement, adults: Requirement, roster: None
) -> None:
    shown(client, teens.slug, "screen", year="1980", month="5")
    first = AgeTransaction.objects.get()

    # Ana is 12, so neither 18 nor 13; had she been 14, the first area would stay open.
    shown(client, adults.slug, "school", code=ANAS_CODE)

    first.refresh_from_db()
    assert (first.state, first.reason, first.nonce) == ("not_satisfied", "surer_no", "")


def test_a_surer_no_about_an_older_age_closes_nothing(
    client: Client, teens: Requirement, adults: Requirement, roster: None
) -> None:
    AgeRecord.objects.update(over="yynn")  # 15: over 13 and 15, not over 16 and 18.
    shown(client, teens.slug, "screen", year="1980", month="5")
    first = AgeTransaction.objects.get()

    shown(client, adults.slug, "school", code=ANAS_CODE)

    assert "token=" in client.get(f"/age/attempt/{first.uid}/go")["Location"]


def test_a_surer_yes_takes_nothing_away(client: Client, teens: Requirement, roster: None) -> None:
    shown(client, teens.slug, "screen", year="1980", month="5")
    first = AgeTransaction.objects.get()

    shown(client, teens.slug, "school", code=BEAS_CODE)

    assert "token=" in client.get(f"/age/attempt/{first.uid}/go")["Location"]


def test_later_evidence_about_an_account_is_found_on_another_device(
    signed_in: SignIn, eve: User, teens: Requirement, adults: Requirement, roster: None
) -> None:
    shown(signed_in(eve), teens.slug, "screen", year="1980", month="5")

    shown(signed_in(eve), adults.slug, "school", code=ANAS_CODE)

    assert counted() == {("screen", 13, "over", True, 0.0, FOUND.NOT_OF_AGE, 1)}
    # The school's own answer waits for a surer one; that of the screen is forgotten.
    assert set(OpenAnswer.objects.values_list("method", "was_let_in")) == {("school", False)}


def test_signs_are_counted_by_week(client: Client, teens: Requirement, roster: None) -> None:
    year, other = str(timezone.now().year - 9), Client(headers={"host": HOST})
    shown(client, teens.slug, "school", code="NOBODY-HAS-IT")
    shown(client, teens.slug, "screen", year=year, month="1")
    shown(client, teens.slug, "screen", year="1980", month="1")
    step = begun(other, teens.slug, "school")
    for _ in range(65):
        other.post(step, {"code": "x"})

    assert set(SignWeek.objects.values_list("sign", "count")) == {
        ("unknown_code", 1),
        ("other_year", 1),
        ("fast_network", 1),
    }
    assert {week.weekday() for week in SignWeek.objects.values_list("week", flat=True)} == {0}
