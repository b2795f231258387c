"""The operator sees every way and switches one off: then nobody is offered it, ends by it, or reads of it as in use."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from leeward.age import attempts, switches, ways
from leeward.age.methods import registered
from leeward.age.methods.protocol import State
from leeward.age.models import AgeTransaction, ClosedWay, Requirement
from leeward.age.tests.conftest import AT, BEAS_CODE, SignIn
from leeward.core.models import Record, User

NONCE = "n" * 43
CHOICES = f"/age/?need=forum-teens&nonce={NONCE}"


def standing(way: str) -> ways.Standing:
    return next(one for one in ways.board().ways if one.id == way)


def begun(requirement: Requirement, *, at: datetime = AT) -> AgeTransaction:
    return attempts.begin(requirement, method="school", nonce=NONCE, browser="bea", user=None, at=at)


def test_olga_switches_a_way_off_and_visitors_are_offered_it_no_more(
    signed_in: SignIn, olga: User, client: Client, teens: Requirement, roster: None
) -> None:
    before = [client.get(page).content.decode() for page in (CHOICES, "/age/how/")]

    answer = signed_in(olga).post("/age/operator/ways/school/close")

    after = [client.get(page).content.decode() for page in (CHOICES, "/age/how/")]
    begin = client.post("/age/begin", {"need": "forum-teens", "nonce": NONCE, "way": "school"})
    assert answer["Location"] == "/age/operator/ways/"
    assert ["My school says it" in page for page in before + after] == [True, True, False, False]
    assert ["I say it myself" in page for page in after] == [True, True]
    assert (begin.status_code, AgeTransaction.objects.count()) == (422, 0)


def test_switched_on_again_it_is_offered_as_before(
    signed_in: SignIn, olga: User, client: Client, teens: Requirement, roster: None
) -> None:
    browser = signed_in(olga)
    for press in ("close", "open"):
        browser.post(f"/age/operator/ways/school/{press}")

    assert "My school says it" in client.get(CHOICES).content.decode()
    assert ClosedWay.objects.count() == 0


def test_each_switch_stands_in_the_record_once(olga: User) -> None:
    switches.close("guardian", by=olga, at=AT)
    with pytest.raises(switches.SwitchedAlready):
        switches.close("guardian", by=olga, at=AT)
    switches.open_again("guardian", by=olga, at=AT)
    with pytest.raises(switches.SwitchedAlready):
        switches.open_again("guardian", by=olga, at=AT)

    told = Record.objects.order_by("pk").values_list("kind", "facts", "actor")

    assert list(told) == [
        ("age.WayClosed", {"method": "guardian"}, f"user:{olga.pk}"),
        ("age.WayOpened", {"method": "guardian"}, f"user:{olga.pk}"),
    ]


def test_whoever_began_before_is_led_to_the_other_ways(olga: User, teens: Requirement, roster: None) -> None:
    attempt = begun(teens)
    switches.close("school", by=olga, at=AT)

    state = attempts.answer(attempt, {"code": BEAS_CODE}, at=AT)

    assert (state, attempt.reason) == (State.INCONCLUSIVE, "way_closed")


def test_what_was_shown_within_the_hour_is_not_renewed_by_it(olga: User, teens: Requirement, roster: None) -> None:
    now = datetime.now(UTC)
    attempts.answer(begun(teens, at=now), {"code": BEAS_CODE}, at=now)
    later = now + timedelta(minutes=20)
    before = attempts.renew(teens, nonce="m" * 43, browser="bea", at=later)

    switches.close("school", by=olga, at=later)

    assert before is not None
    assert attempts.renew(teens, nonce="o" * 43, browser="bea", at=later) is None


@pytest.mark.parametrize("press", ["close", "open"])
def test_a_way_that_nobody_registered_is_refused(signed_in: SignIn, olga: User, press: str) -> None:
    answer = signed_in(olga).post(f"/age/operator/ways/palm-reading/{press}")

    assert (answer.status_code, ClosedWay.objects.count(), Record.objects.count()) == (404, 0, 0)


def test_eve_and_bea_neither_see_nor_switch(signed_in: SignIn, eve: User, bea: User) -> None:
    for person in (eve, bea):
        browser = signed_in(person)

        answers = [browser.get("/age/operator/ways/"), browser.post("/age/operator/ways/school/close")]

        assert [answer.status_code for answer in answers] == [403, 403]
    assert ClosedWay.objects.count() == 0


def test_a_way_says_why_it_is_not_offered(olga: User, adults: Requirement, roster: None) -> None:
    switches.close("access", by=olga, at=AT)

    found = {way: standing(way).state for way in ("school", "access", "eu_mdoc", "screen")}

    assert found == {
        "school": ways.State.OFFERED,
        "access": ways.State.CLOSED,
        "eu_mdoc": ways.State.NOT_SET_UP,
        "screen": ways.State.NOT_WANTED,
    }


@pytest.mark.parametrize("way", sorted(registered()))
def test_each_way_of_ours_says_what_to_do_while_it_is_not_set_up(way: str, adults: Requirement) -> None:
    shown = standing(way)

    assert (shown.state == ways.State.NOT_SET_UP) == (shown.next_step is not None)
    assert way == "screen" or shown.next_step


def test_the_page_shows_every_way_with_its_level_and_its_next_step(
    signed_in: SignIn, olga: User, adults: Requirement
) -> None:
    page = signed_in(olga).get("/age/operator/ways/").content.decode()

    assert all(f'id="way-{way}"' in page for way in registered())
    assert "Enhanced: a document or trained staff says so" in page
    assert 'href="/age/calls/"' in page
    assert 'href="/age/operator/issuers/"' in page


def test_an_area_that_no_way_opens_any_more_is_named(
    signed_in: SignIn, olga: User, adults: Requirement, roster: None
) -> None:
    browser = signed_in(olga)
    nobody = "nobody can come in"
    before = browser.get("/age/operator/ways/").content.decode()

    after = browser.post("/age/operator/ways/school/close", follow=True).content.decode()

    assert [nobody in page for page in (before, after)] == [False, True]
