"""The pages of evidence: covered first, clear when asked, closed to everybody without the role."""

from __future__ import annotations

import io
import uuid
import zipfile

import pytest
from django.test import Client
from django.utils import timezone
from PIL import Image

from leeward.cases import approvals, retention, services, viewing, wellbeing
from leeward.cases.models import Approval, Case, Evidence, Exposure, Hold, View
from leeward.cases.tests.conftest import SignIn
from leeward.cases.tests.desk import AT, HOST, Answer, new_case, with_evidence
from leeward.core.models import Record, User
from leeward.engines.hashing.tests import drawn
from leeward.indicators import services as indicators
from leeward.indicators.models import Category, Kind
from leeward.reports.models import Nature

pytestmark = pytest.mark.django_db
PICTURE = drawn.encoded(drawn.picture(1))
PURPOSE = {"purpose": "Is it the same person"}
LATER = "2999-12-31"


@pytest.fixture
def piece(harbour: object) -> Evidence:
    return with_evidence(new_case("https://secret-place.example/7"), PICTURE)


def page_of(piece: Evidence) -> str:
    return f"/desk/cases/{piece.case.uid}/evidence/{piece.sha256}/"


def copies(answer: Answer) -> dict[str, str]:
    """Return the addresses of the copies as the page has them."""
    ticket = answer.context["ticket"]
    return {name: f"{place}?ticket={ticket.replace('+', '%2B')}" for name, place in answer.context["places"].items()}


def opened(browser: Client, piece: Evidence, **more: str) -> Answer:
    return browser.post(page_of(piece), PURPOSE | more)


def doors(case: Case, piece: Evidence, approval_uid: object, hold_id: int) -> list[str]:
    start = f"/desk/cases/{case.uid}/"
    evidence = [f"evidence/{piece.sha256}/", f"evidence/{piece.sha256}/covered", f"evidence/{piece.sha256}/clear"]
    holds = ["hold", f"holds/{hold_id}/release"]
    exports = ["export/ask", "export/make", f"export/{approval_uid}/answer"]
    return [start + door for door in [*evidence, *holds, *exports]] + ["/desk/seen"]


FILLED = PURPOSE | {
    "basis": "Order",
    "until": LATER,
    "why": "asked",
    "concerned": "affected",
    "answer": "agree",
    "seconds": "9",
}


@pytest.mark.parametrize("name", ["eve", "bea", "olga", "carla", "pat"])
def test_without_a_reviewers_role_every_door_shows_and_changes_nothing(
    request: pytest.FixtureRequest, signed_in: SignIn, piece: Evidence, cem: User, name: str
) -> None:
    case = piece.case
    approval = approvals.ask(case, kind=Approval.Kind.EXPORT, why="Ana asked", by=cem, at=AT)
    held = retention.hold(case, basis="Order 17", until=AT.replace(year=2999), by=cem, at=AT)
    browser = signed_in(request.getfixturevalue(name))
    before = Record.objects.count()

    for door in doors(case, piece, approval.uid, held.pk):
        for answer in (browser.get(door), browser.post(door, FILLED)):
            assert answer.status_code == 403
            assert "secret-place" not in answer.content.decode()

    assert Record.objects.count() == before
    assert not View.objects.exists()
    assert not Exposure.objects.exists()


def test_somebody_who_is_not_signed_in_is_sent_to_the_sign_in(client: Client, piece: Evidence) -> None:
    for door in doors(piece.case, piece, uuid.uuid4(), 1):
        answer = client.post(door, FILLED)
        assert (answer.status_code, answer["Location"].split("?")[0]) == (302, "/account/login/")


def test_the_page_asks_what_for_before_it_shows_anything(piece: Evidence, cem: User, signed_in: SignIn) -> None:
    browser = signed_in(cem)

    first, empty = browser.get(page_of(piece)), browser.post(page_of(piece), {"purpose": " "})

    assert (first.status_code, empty.status_code) == (200, 422)
    assert "<img" not in first.content.decode().partition("<main")[2]
    assert "Nothing was opened yet." in empty.content.decode()
    assert not View.objects.exists()


@pytest.mark.parametrize("purpose", ["x", "?", "a 1 2 3 4 5"])
def test_a_purpose_that_tells_nobody_anything_is_refused_with_words_that_say_what_to_write(
    piece: Evidence, cem: User, signed_in: SignIn, purpose: str
) -> None:
    answer = signed_in(cem).post(page_of(piece), {"purpose": purpose})

    assert answer.status_code == 422
    assert "Write what you must see, such as" in answer.content.decode()
    assert "ticket=" not in answer.content.decode()


def test_a_key_leads_back_to_the_case(piece: Evidence, cem: User, signed_in: SignIn) -> None:
    page = signed_in(cem).get(page_of(piece)).content.decode()

    assert f'<a href="/desk/cases/{piece.case.uid}/#evidence" data-key="u">' in page


def test_with_a_purpose_the_covered_copy_comes_first_and_is_noted_when_it_is_fetched(
    piece: Evidence, cem: User, signed_in: SignIn
) -> None:
    browser = signed_in(cem)

    answer = opened(browser, piece)
    assert not View.objects.exists()
    copy = browser.get(copies(answer)["covered"])

    assert answer.status_code == copy.status_code == 200
    assert "covered?ticket=" in answer.content.decode()
    assert PURPOSE["purpose"] not in copies(answer)["covered"]
    image = Image.open(io.BytesIO(copy.content))
    assert (image.mode, max(image.size)) == ("L", 160)
    assert [(view.by, view.form, view.purpose) for view in View.objects.all()] == [(cem, "covered", PURPOSE["purpose"])]


def test_a_copy_stays_in_the_page_and_nowhere_else(piece: Evidence, cem: User, signed_in: SignIn) -> None:
    browser = signed_in(cem)

    copy = browser.get(copies(opened(browser, piece))["clear"])

    assert copy["Cache-Control"] == "no-store"
    assert copy["Content-Disposition"] == "inline"
    assert copy["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert copy["Cross-Origin-Resource-Policy"] == "same-origin"
    assert copy["X-Content-Type-Options"] == "nosniff"
    assert copy["Content-Type"] == "image/jpeg"
    assert PICTURE not in copy.content


def test_each_fetch_is_a_view_of_its_own(piece: Evidence, cem: User, signed_in: SignIn) -> None:
    browser = signed_in(cem)
    places = copies(opened(browser, piece))

    for name in ("covered", "clear", "clear"):
        assert browser.get(places[name]).status_code == 200

    assert list(View.objects.values_list("form", flat=True)) == ["covered", "clear", "clear"]


@pytest.mark.parametrize("ticket", ["", "1:AAAA", "nothing"])
def test_a_copy_is_not_given_without_a_ticket(piece: Evidence, cem: User, signed_in: SignIn, ticket: str) -> None:
    answer = signed_in(cem).get(page_of(piece) + "clear", {"ticket": ticket})

    assert answer.status_code == 403
    assert not View.objects.exists()


def test_a_ticket_of_a_colleague_opens_nothing(piece: Evidence, cem: User, dan: User, signed_in: SignIn) -> None:
    place = copies(opened(signed_in(cem), piece))["clear"]

    assert signed_in(dan).get(place).status_code == 403
    assert not View.objects.exists()


def test_there_are_two_copies_and_no_original(piece: Evidence, cem: User, signed_in: SignIn) -> None:
    browser = signed_in(cem)
    place = copies(opened(browser, piece))["clear"]

    assert browser.get(place.replace("/clear?", "/original?")).status_code == 403


def test_what_is_known_is_named_and_has_no_way_to_be_seen(piece: Evidence, cem: User, signed_in: SignIn) -> None:
    browser = signed_in(cem)
    before = copies(opened(browser, piece))
    sign = indicators.Sign(Kind.SHA256, piece.sha256, Category.CSAM, reviews=2)
    indicators.publish([sign], source="partner:beacon", actor="partner:beacon", at=AT)

    page, posted, copy = browser.get(page_of(piece)), opened(browser, piece), browser.get(before["clear"])

    assert (page.status_code, posted.status_code, copy.status_code) == (200, 403, 403)
    for answer in (page, posted):
        words = answer.content.decode()
        assert "Child sexual abuse material, as 2 people judged" in words
        assert "ticket=" not in words
        assert 'name="purpose"' not in words
    assert not View.objects.exists()


def test_somebody_on_a_break_reads_until_when(piece: Evidence, cem: User, signed_in: SignIn) -> None:
    while wellbeing.on_break(cem, at=timezone.now()) is None:
        wellbeing.seen(cem, seconds=600, at=timezone.now())
    browser = signed_in(cem)

    for answer in (browser.get(page_of(piece)), opened(browser, piece)):
        assert "You have a break until" in answer.content.decode()
        assert "ticket=" not in answer.content.decode()


def test_what_may_show_a_child_asks_a_reviewer_to_be_sure_and_a_senior_not(
    piece: Evidence, cem: User, sam: User, signed_in: SignIn
) -> None:
    Case.objects.filter(pk=piece.case.pk).update(nature=Nature.SEXUAL_CHILD)

    unsure = opened(signed_in(cem), piece)
    browser = signed_in(cem)
    sure = browser.get(copies(opened(browser, piece, sure="on"))["clear"])
    senior = signed_in(sam).get(page_of(piece))

    assert unsure.status_code == 422
    assert "Tick this, or ask a senior reviewer to look." in unsure.content.decode()
    assert sure.status_code == 200
    assert 'name="sure"' not in senior.content.decode()


def test_without_script_a_button_asks_for_the_clear_copy_and_its_time_is_counted(
    piece: Evidence, cem: User, signed_in: SignIn
) -> None:
    page = opened(signed_in(cem), piece, copy="clear").content.decode()

    assert f'<img src="{page_of(piece)}clear?ticket=' in page
    assert Exposure.objects.get(person=cem).seconds == 30


def test_a_text_stands_covered_in_the_page_and_clear_when_asked(cem: User, signed_in: SignIn) -> None:
    case = new_case()
    piece = services.add_evidence(
        case, b"Meet me <b>now</b>", kind=Evidence.Kind.CONTENT, media_type="text/html", by="partner:harbour", at=AT
    )
    browser = signed_in(cem)

    covered, clear = opened(browser, piece).content.decode(), opened(browser, piece, copy="clear").content.decode()

    assert "▒▒▒▒ ▒▒" in covered
    assert "Meet me" not in covered
    assert "Meet me &lt;b&gt;now&lt;/b&gt;" in clear
    assert list(View.objects.values_list("form", flat=True)) == ["covered", "clear"]


def test_what_cannot_be_shown_says_so(cem: User, signed_in: SignIn) -> None:
    piece = with_evidence(new_case(), b"neither picture nor text")
    browser = signed_in(cem)

    copy = browser.get(copies(opened(browser, piece))["covered"])

    assert copy.status_code == 422
    assert not View.objects.exists()


def test_the_page_tells_who_looked(piece: Evidence, cem: User, dan: User, signed_in: SignIn) -> None:
    viewing.open_evidence(piece, by=dan, purpose="To compare two faces", form=View.Form.CLEAR, at=AT)

    page = signed_in(cem).get(page_of(piece)).content.decode()

    assert "To compare two faces" in page
    assert "Nobody has looked at it yet." not in page


@pytest.mark.parametrize(("seconds", "status"), [("7", 204), ("0", 204), ("-1", 422), ("many", 422), ("", 422)])
def test_seconds_are_counted_as_whole_numbers(cem: User, signed_in: SignIn, seconds: str, status: int) -> None:
    assert signed_in(cem).post("/desk/seen", {"seconds": seconds}).status_code == status


def test_no_page_can_count_more_than_the_component_shows(cem: User, signed_in: SignIn) -> None:
    signed_in(cem).post("/desk/seen", {"seconds": "90000"})

    assert Exposure.objects.get(person=cem).seconds == 40


def test_seconds_are_not_taken_without_the_token_of_the_page(cem: User) -> None:
    strict = Client(enforce_csrf_checks=True, headers={"host": HOST})
    strict.force_login(cem, backend="allauth.account.auth_backends.AuthenticationBackend")

    assert strict.post("/desk/seen", {"seconds": "9"}).status_code == 403


# Holds and exports.


def test_a_reviewer_holds_a_case_until_the_end_of_a_day(piece: Evidence, cem: User, signed_in: SignIn) -> None:
    browser = signed_in(cem)

    browser.post(f"/desk/cases/{piece.case.uid}/hold", {"basis": "Order 17", "until": "2099-01-31"}, follow=False)

    held = Hold.objects.get()
    assert (held.basis, held.placed_by) == ("Order 17", cem)
    assert f"{held.until:%Y-%m-%d %H:%M}" == "2099-01-31 23:59"


@pytest.mark.parametrize("until", ["2020-01-31", "soon", ""])
def test_a_day_that_is_over_or_none_holds_nothing_and_says_so(
    piece: Evidence, cem: User, signed_in: SignIn, until: str
) -> None:
    browser = signed_in(cem)

    answer = browser.post(f"/desk/cases/{piece.case.uid}/hold", {"basis": "Order 17", "until": until}, follow=True)

    assert not Hold.objects.exists()
    assert "Nothing is " in answer.content.decode()


def test_only_a_senior_releases_a_hold(piece: Evidence, cem: User, sam: User, signed_in: SignIn) -> None:
    held = retention.hold(piece.case, basis="Order 17", until=AT.replace(year=2999), by=cem, at=AT)
    place = f"/desk/cases/{piece.case.uid}/holds/{held.pk}/release"

    signed_in(cem).post(place)
    held.refresh_from_db()
    assert held.released_at is None
    signed_in(sam).post(place)

    held.refresh_from_db()
    assert held.released_by == sam


def test_a_hold_of_another_case_is_not_released_from_here(
    piece: Evidence, cem: User, sam: User, signed_in: SignIn
) -> None:
    held = retention.hold(new_case(), basis="Order 17", until=AT.replace(year=2999), by=cem, at=AT)

    assert signed_in(sam).post(f"/desk/cases/{piece.case.uid}/holds/{held.pk}/release").status_code == 404


def test_two_people_give_one_export_as_a_file(piece: Evidence, cem: User, dan: User, signed_in: SignIn) -> None:
    start, mine, colleagues = f"/desk/cases/{piece.case.uid}/export/", signed_in(cem), signed_in(dan)
    mine.post(f"{start}ask", {"why": "Ana asked by letter"})
    approval = Approval.objects.get()
    mine.post(f"{start}{approval.uid}/answer", {"answer": "agree"})
    assert mine.post(f"{start}make", {"concerned": "affected"}).status_code == 302
    colleagues.post(f"{start}{approval.uid}/answer", {"answer": "agree"})

    first, second = (mine.post(f"{start}make", {"concerned": "affected"}) for _ in range(2))

    assert (first.status_code, second.status_code) == (200, 302)
    assert first["Content-Disposition"] == f'attachment; filename="case-{piece.case.ref}.zip"'
    assert first["Cache-Control"] == "no-store"
    assert "case.json" in zipfile.ZipFile(io.BytesIO(first.content)).namelist()


@pytest.mark.parametrize("concerned", ["", "nobody", "00000000-0000-4000-8000-000000000001"])
def test_an_export_for_nobody_is_not_made_and_the_approval_stays(
    piece: Evidence, cem: User, dan: User, signed_in: SignIn, concerned: str
) -> None:
    asked = approvals.ask(piece.case, kind=Approval.Kind.EXPORT, why="Ana asked", by=cem, at=AT)
    approvals.agree(asked, by=dan, at=AT)

    answer = signed_in(cem).post(f"/desk/cases/{piece.case.uid}/export/make", {"concerned": concerned})

    assert answer.status_code == 302
    assert Approval.objects.get().used_at is None


def test_a_colleague_may_refuse(piece: Evidence, cem: User, dan: User, signed_in: SignIn) -> None:
    asked = approvals.ask(piece.case, kind=Approval.Kind.EXPORT, why="Ana asked", by=cem, at=AT)

    signed_in(dan).post(f"/desk/cases/{piece.case.uid}/export/{asked.uid}/answer", {"answer": "refuse"})

    assert Approval.objects.get().state == "refused"
