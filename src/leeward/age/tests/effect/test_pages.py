"""The operator sees each estimate with its interval, everybody reads what stands on enough people, and Eve sees nothing."""

from __future__ import annotations

import pytest
from django.test import Client
from django.utils import timezone

from leeward.age.effect import figures, plots
from leeward.age.effect.models import Evidence, Side
from leeward.age.models import Requirement
from leeward.age.tests.conftest import SignIn
from leeward.age.tests.effect.conftest import Share
from leeward.core.models import User

FOUND = Evidence.Found


def evidence(found: str, count: int, *, share: float = 0.05, was_let_in: bool = True, side: str = Side.OVER) -> None:
    """Put a count there, as of this month."""
    month = timezone.now().date().replace(day=1)
    which = {"month": month, "method": "screen", "age": 13, "side": side, "found": found}
    Evidence.objects.create(**which, was_let_in=was_let_in, drawn_share=share, count=count)


def test_without_evidence_the_page_says_so(signed_in: SignIn, olga: User) -> None:
    page = signed_in(olga).get("/age/effect/").content.decode()

    assert "No later evidence yet." in page
    assert "LEEWARD_STEP_UP_SHARE" in page


def test_the_page_shows_estimates_and_says_for_whom_they_stand(signed_in: SignIn, olga: User) -> None:
    evidence(FOUND.OF_AGE, 90)
    evidence(FOUND.NOT_OF_AGE, 10)
    evidence(FOUND.SILENT, 25)
    evidence(FOUND.OF_AGE, 40, share=0)
    evidence(FOUND.OF_AGE, 3, share=0, was_let_in=False)

    page = signed_in(olga).get("/age/effect/").content.decode()

    assert page.count('class="whisker"') == 3
    # 10 of 100: 5.5 to 17.4, as the books have it.
    assert "5.5 – 17.4" in page
    assert "stands for everybody" in page
    assert page.count("stands for them only") == 2
    assert "Turned away, but of that age" in page


def test_where_all_who_were_drawn_stayed_silent_no_number_is_made_up(signed_in: SignIn, olga: User) -> None:
    evidence(FOUND.SILENT, 40)

    page = signed_in(olga).get("/age/effect/").content.decode()

    assert "0.0 – 100.0" in page
    assert ("whisker__wide" in page, "whisker__share" in page) == (True, False)
    assert "of 100 who were let in" not in signed_in(olga).get("/age/how/").content.decode()


@pytest.mark.parametrize("person", ["eve", "bea"])
def test_nobody_else_sees_it(signed_in: SignIn, request: pytest.FixtureRequest, person: str) -> None:
    assert signed_in(request.getfixturevalue(person)).get("/age/effect/").status_code == 403


def test_a_visitor_is_led_to_sign_in(client: Client, db: None) -> None:
    assert client.get("/age/effect/").status_code == 302


def test_the_public_statement_tells_the_interval_once_enough_were_looked_at(client: Client, teens: Requirement) -> None:
    evidence(FOUND.NOT_OF_AGE, 3)
    evidence(FOUND.OF_AGE, figures.FEWEST_PUBLIC - 4)
    before = client.get("/age/how/").content.decode()
    Evidence.objects.filter(found=FOUND.OF_AGE).update(count=figures.FEWEST_PUBLIC - 3)

    after = client.get("/age/how/").content.decode()

    assert "Too little later evidence to say it." in before
    assert "of 100 who were let in" not in before
    assert "At least 13: of 100 who were let in, between 3.5 and 25.6 were not of that age." in after


def test_the_public_statement_says_that_it_is_measured_only_where_visitors_are_drawn(
    client: Client, teens: Requirement, drawn: Share
) -> None:
    before = client.get("/age/how/").content.decode()
    drawn(0.05)

    after = client.get("/age/how/").content.decode()

    assert ("is not measured at present" in before, "drawn by chance" in before) == (True, False)
    assert ("is not measured at present" in after, "drawn by chance" in after) == (False, True)


def test_what_visitors_showed_of_their_own_accord_is_not_told_as_if_it_stood_for_everybody(
    client: Client, teens: Requirement
) -> None:
    evidence(FOUND.OF_AGE, 400, share=0)

    assert "of 100 who were let in" not in client.get("/age/how/").content.decode()


@pytest.mark.django_db
def test_what_is_older_than_a_year_is_left_out() -> None:
    evidence(FOUND.OF_AGE, 5)
    Evidence.objects.update(month=(timezone.now() - figures.SPAN).date().replace(day=1))

    assert figures.figures(at=timezone.now()) == []


@pytest.mark.django_db
def test_every_drawing_stays_on_its_canvas() -> None:
    evidence(FOUND.NOT_OF_AGE, 4)
    evidence(FOUND.SILENT, 30)
    evidence(FOUND.OF_AGE, 1, side=Side.UNDER)

    for line in plots.lines(figures.figures(at=timezone.now())):
        places = [place for place in vars(line.drawing).values() if place is not None]
        assert places == sorted(places)
        assert set(places) <= set(range(plots.WIDTH + 1))
