"""Ana reports on this site: one short question a screen, kind sentences, and a code to keep."""

from __future__ import annotations

import dataclasses
import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from leeward.core import config
from leeward.core.models import Blob, Organisation
from leeward.reports import halves
from leeward.reports import services as reports
from leeward.reports.models import Attachment, Channel, HalfReport, Report
from leeward.reports.tests.ana import HOST, PAGE, drawn_picture, form, stored
from leeward.reports.tests.walk import Walk

pytestmark = pytest.mark.django_db

SCARES = "Something here scares me"


def a_file(data: bytes | None = None) -> SimpleUploadedFile:
    return SimpleUploadedFile("page.png", data or drawn_picture(), content_type="image/png")


def only_code(walk: Walk) -> str:
    """Return the code on the last page, which finds a report."""
    code: str = walk.answer.context["code"]
    assert reports.follow(code) is not None
    assert all(group in walk.page for group in code.split())
    return code


# --- The way --------------------------------------------------------------------------------------------


def test_every_question_has_a_screen_and_the_end_is_a_code(client: Client) -> None:
    walk = Walk(client)
    walk.press("Someone is bothering me").press("They are mean to me or to others")
    walk.press("Next", page_url=PAGE).press("Next", words="They laugh at me.").press("Next", picture=a_file())

    assert walk.step == "check"
    for said in ("Someone is bothering me", "They are mean to me", PAGE, "They laugh at me."):
        assert said in walk.page
    assert stored() == 0

    walk.press("Send")

    assert walk.answer.status_code == 201
    report = Report.objects.get()
    assert (report.channel, report.reason, report.nature) == (Channel.FORM, "bothers", "bullying")
    assert (report.page_url, report.words, report.language) == (PAGE, "They laugh at me.", "en")
    assert report.attachments.get().blob.media_type == "image/png"
    assert report.place is not None
    assert reports.follow(only_code(walk)) == report
    assert not HalfReport.objects.exists()


def test_two_presses_are_enough_on_this_site_where_the_address_came_along(client: Client) -> None:
    walk = Walk(client, url=PAGE).press(SCARES).press("Send it now")

    assert walk.answer.status_code == 201
    assert (Report.objects.get().page_url, Report.objects.get().nature) == (PAGE, "")


def test_a_providers_item_that_came_along_is_enough_without_an_address(client: Client, harbour: Organisation) -> None:
    walk = Walk(client, provider="harbour", item="photo-7").press(SCARES).press("Send it now")

    assert walk.answer.status_code == 201
    assert Report.objects.get().subject == "item:harbour/photo-7"


def test_an_address_of_the_providers_own_machine_may_come_along_with_its_item(
    client: Client, harbour: Organisation
) -> None:
    Walk(client, provider="harbour", item="7", url="http://localhost:8080/photos/7").press(SCARES).press("Send it now")

    assert Report.objects.get().page_url == "http://localhost:8080/photos/7"


def to_where(client: Client, **query: str) -> Walk:
    """Walk to the question where it was seen."""
    return Walk(client, **query).press(SCARES).press("Something else")


def test_an_address_without_its_beginning_is_taken(client: Client) -> None:
    to_where(client).press("Next", page_url="www.bad.example/watch?v=1").press("Next").press("Next").press("Send")

    assert Report.objects.get().page_url == "https://www.bad.example/watch?v=1"


def test_an_address_without_its_beginning_may_come_along(client: Client) -> None:
    Walk(client, url="bad.example/7").press(SCARES).press("Send it now")

    assert Report.objects.get().page_url == "https://bad.example/7"


def test_in_an_app_without_addresses_the_app_and_the_name_are_enough(client: Client) -> None:
    walk = to_where(client).press("Next", app=" Chatter,  Max7 ").press("Next").press("Next")
    assert "Chatter, Max7" in walk.page
    walk.press("Send")

    report = Report.objects.get()
    assert (report.page_url, report.subject) == ("app:Chatter, Max7", "url:app:Chatter, Max7")


def test_an_address_and_an_app_are_both_kept(client: Client) -> None:
    to_where(client).press("Next", page_url=PAGE, app="Chatter, Max7").press("Next", words="He is mean.").press(
        "Next"
    ).press("Send")

    report = Report.objects.get()
    assert (report.page_url, report.words) == (PAGE, "Chatter, Max7\nHe is mean.")


def test_who_says_neither_is_asked_for_one_of_them(client: Client) -> None:
    walk = to_where(client).press("Next")

    assert (walk.step, walk.answer.status_code) == ("where", 422)
    assert "No address? Write the app and the name of the person." in walk.page
    assert "Skip" not in walk.buttons()


def test_where_may_be_skipped_only_where_the_item_says_it(client: Client, harbour: Organisation) -> None:
    walk = Walk(client, provider="harbour", item="photo-7").press(SCARES).press("Something else")
    assert walk.step == "words"
    walk.press("Back")
    assert walk.step == "where"

    assert walk.press("Skip").step == "words"


@pytest.mark.parametrize("number", ["112", "0 800 112"])
def test_danger_shows_the_number_to_call_where_the_operator_set_one(client: Client, settings: Any, number: str) -> None:
    assert 'href="tel:' not in Walk(client).press("Someone is in danger").page
    current = config.current()
    intake = dataclasses.replace(current.intake, emergency_number=number)
    settings.LEEWARD = dataclasses.replace(current, intake=intake)

    page = Walk(client).press("Someone is in danger").page

    assert f'href="tel:{number.replace(" ", "")}"' in page
    assert number in page


def test_the_way_back_is_a_link_in_a_sentence(client: Client) -> None:
    page = Walk(client, url=PAGE).press(SCARES).page

    assert 'go on with it here: <a href="/r/">' in page


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"url": "http://127.0.0.1/"},
        {"url": "no address"},
        {"url": "https://bad.example/" + "x" * 3000},
        {"provider": "nobody", "item": "7"},
        {"provider": "harbour"},
        {"provider": "harbour", "item": "a\x00b"},
        {"provider": "harbour", "item": "x" * 201},
    ],
)
def test_where_is_asked_when_nothing_usable_came_along(
    client: Client, harbour: Organisation, query: dict[str, str]
) -> None:
    walk = Walk(client, **query).press(SCARES)

    assert "Send it now" not in walk.buttons()
    assert walk.press("Something else").step == "where"


def test_an_address_that_came_along_cannot_bring_a_script(client: Client) -> None:
    walk = Walk(client, url='https://bad.example/"><b>').press(SCARES).press("Something else")

    assert "<b>" not in walk.page


def test_danger_shows_help_before_any_question(client: Client) -> None:
    walk = Walk(client, url=PAGE).press("Someone is in danger")

    assert "Call the emergency number." in walk.page
    assert 'href="/h/"' in walk.page
    assert "Send it now" in walk.press("I want to report it too").buttons()


def test_after_a_report_of_danger_help_is_one_press_away(client: Client) -> None:
    walk = Walk(client, url=PAGE).press("Someone is in danger").press("I want to report it too").press("Send it now")

    assert 'href="/h/">Find a helpline' in walk.page


@pytest.mark.parametrize(("name", "item"), [("address", {}), ("item", {"provider": "harbour", "item": "photo-7"})])
def test_the_last_screen_shows_everything_that_goes_to_us(
    client: Client, harbour: Organisation, name: str, item: dict[str, str]
) -> None:
    walk = Walk(client, url=PAGE, **item).press(SCARES).press("Something else").press("Next").press("Next")

    assert walk.step == "check"
    assert PAGE in walk.page
    assert ("photo-7" in walk.page) == (name == "item")


# --- Never a picture ------------------------------------------------------------------------------------


def test_where_the_nature_forbids_a_picture_none_can_be_chosen_and_the_page_says_why(client: Client) -> None:
    walk = Walk(client, url=PAGE).press(SCARES).press("It shows a child without clothes").press("Next")

    assert walk.step == "picture"
    assert "We do not take a picture of this." in walk.page
    assert 'type="file"' not in walk.page


def test_a_picture_that_is_sent_there_all_the_same_is_kept_nowhere(client: Client) -> None:
    walk = Walk(client, url=PAGE).press(SCARES).press("It shows a child without clothes").press("Next")

    walk.press("Next", picture=a_file())

    assert walk.answer.status_code == 422
    assert "We do not take a picture of this." in walk.page
    assert walk.press("Next").press("Send").answer.status_code == 201
    assert Attachment.objects.count() == Blob.objects.count() == 0


def test_a_picture_that_was_added_before_is_erased_when_the_nature_forbids_it(client: Client) -> None:
    walk = Walk(client, url=PAGE).press(SCARES).press("Something else").press("Next").press("Next", picture=a_file())
    assert "Your picture is here." in walk.page
    sealed_bytes = len(HalfReport.objects.get().sealed_answers)

    walk.came_to(client.post("/report/", dict(walk.hidden()) | {"step": "nature", "nature": "sexual_child"}))

    assert len(HalfReport.objects.get().sealed_answers) < sealed_bytes / 2
    walk.press("Next").press("Next").press("Send")
    assert Report.objects.get().nature == "sexual_child"
    assert not Attachment.objects.exists()


def test_a_whole_form_with_a_picture_of_what_is_never_captured_is_refused_and_no_byte_is_kept(client: Client) -> None:
    answer = client.post("/report/", form(nature="sexual_child", picture=a_file()))

    assert answer.status_code == 422
    assert "We do not take a picture of this." in answer.content.decode()
    assert stored() == Blob.objects.count() == 0
    assert len(HalfReport.objects.get().sealed_answers) < 1000


# --- Back, changes of mind, mistakes --------------------------------------------------------------------


def test_back_leads_through_every_screen_and_what_was_said_stands_there(client: Client) -> None:
    walk = Walk(client).press(SCARES).press("Someone is hurt").press("Next", page_url=PAGE)
    walk.press("Next", words="My own words.").press("Next", picture=a_file())

    seen = {}
    while walk.step != "reason":
        walk.press("Back")
        seen[walk.step] = walk.page

    assert list(seen) == ["picture", "words", "where", "nature", "reason"]
    assert "Your picture is here." in seen["picture"]
    assert "My own words." in seen["words"]
    assert f'value="{PAGE}"' in seen["where"]
    assert 'value="violence" aria-pressed="true"' in seen["nature"]
    assert 'value="scares" aria-pressed="true"' in seen["reason"]


def test_what_was_typed_before_back_is_kept(client: Client) -> None:
    walk = Walk(client).press(SCARES).press("Something else").press("Next", page_url=PAGE)
    walk.press("Back", words="Half a sentence").press("Next")

    assert "Half a sentence" in walk.page


def test_an_address_that_is_not_right_yet_stands_there_again_for_whoever_comes_back(client: Client) -> None:
    walk = (
        Walk(client).press(SCARES).press("Something else").press("Back", page_url="bad example").press("Something else")
    )

    assert walk.step == "where"
    assert 'value="bad example"' in walk.page


def test_each_answer_can_be_changed_from_the_last_screen_and_the_way_leads_back_there(client: Client) -> None:
    walk = Walk(client, url=PAGE).press(SCARES).press("Someone is hurt").press("Next", words="One.").press("Next")
    jumps = {button["go"]: words for words, button in walk.buttons().items() if "go" in button}
    assert jumps == {"send": "Send", "words": "Change", "back": "Back"}

    hidden = dict(walk.hidden())
    walk.came_to(client.post("/report/", hidden | {"go": "words"}))
    assert walk.press("Next", words="Two.").step == "check"
    assert "Two." in walk.page
    walk.came_to(client.post("/report/", hidden | {"go": "where"}))
    assert walk.press("Back").step == "check"
    walk.came_to(client.post("/report/", hidden | {"go": "reason"}))
    assert walk.press("Someone is in danger").step == "danger"


def test_a_picture_can_be_taken_away_again(client: Client) -> None:
    walk = Walk(client, url=PAGE).press(SCARES).press("Something else").press("Next").press("Next", picture=a_file())

    walk.press("Back").press("Take it away")

    assert walk.step == "picture"
    walk.press("Next").press("Send")
    assert not Attachment.objects.exists()


@pytest.mark.parametrize(
    "address", ["", "   ", "bad example", "http://127.0.0.1/", "https://bad.example/" + "ü" * 1500]
)
def test_a_wrong_address_is_explained_and_the_rest_is_kept(client: Client, address: str) -> None:
    walk = Walk(client).press(SCARES).press("Someone is hurt").press("Next", page_url=address)

    assert walk.answer.status_code == 422
    assert walk.step == "where"
    assert "It is not sent yet. Please look again:" in walk.page
    assert "Copy " in walk.answer.context["form"].errors["page_url"][0]
    walk.press("Next", page_url=PAGE).press("Next").press("Next").press("Send")
    assert Report.objects.get().nature == "violence"


@pytest.mark.parametrize("words", ["x" * 4001, "a\x00b", "a\x1bb"])
def test_words_that_cannot_be_read_are_explained(client: Client, words: str) -> None:
    walk = Walk(client, url=PAGE).press(SCARES).press("Something else").press("Next", words=words)

    assert (walk.answer.status_code, walk.step) == (422, "words")
    assert list(walk.answer.context["form"].errors) == ["words"]


def test_a_file_that_is_no_picture_is_explained_and_nothing_of_it_is_kept(client: Client) -> None:
    walk = Walk(client, url=PAGE).press(SCARES).press("Something else").press("Next")

    walk.press("Next", picture=a_file(b"these are words"))

    assert (walk.answer.status_code, walk.step) == (422, "picture")
    assert "We cannot open this file. Choose a picture, or leave it out." in walk.page
    assert walk.press("Next").step == "check"


# --- Age and language -----------------------------------------------------------------------------------


def test_the_age_changes_the_words_and_goes_with_the_report(client: Client) -> None:
    walk = Walk(client, url=PAGE).press("6 to 9")

    assert walk.step == "reason"
    walk.press("Someone is mean to me").press("Send it now")
    assert Report.objects.get().band == "6-9"


def test_choosing_an_age_loses_nothing_that_was_typed(client: Client) -> None:
    walk = Walk(client, url=PAGE).press(SCARES).press("Something else")

    walk.press("13 to 17", words="Half a sentence")

    assert walk.step == "words"
    assert "Half a sentence" in walk.page
    assert 'value="13-17" aria-pressed="true"' in walk.page


def test_choosing_an_age_alone_never_becomes_a_report(client: Client) -> None:
    Walk(client, url=PAGE).press("6 to 9")

    halves.end_old(timezone.now() + timedelta(days=2))

    assert stored() == HalfReport.objects.count() == 0


def test_the_language_of_the_page_goes_with_the_report() -> None:
    client = Client(headers={"host": HOST, "accept-language": "fr"})

    Walk(client, url=PAGE).came_to(client.post("/report/", form()))

    assert Report.objects.get().language == "fr"


# --- What is kept ---------------------------------------------------------------------------------------


def test_a_form_that_is_left_half_way_becomes_a_report_under_the_code_that_it_showed(client: Client) -> None:
    walk = Walk(client, url=PAGE).press(SCARES)
    code = walk.answer.context["code"]
    assert all(group in walk.page for group in code.split())

    halves.end_old(timezone.now() + timedelta(hours=24))

    assert reports.follow(code) == Report.objects.get()


def test_whoever_goes_on_in_a_form_that_has_become_a_report_gets_its_code(client: Client) -> None:
    walk = Walk(client, url=PAGE).press(SCARES)
    halves.end_old(timezone.now() + timedelta(hours=24))

    walk.press("Someone is hurt")

    assert walk.answer.status_code == 422
    assert "This form was sent already." in walk.page
    assert reports.follow(only_code(walk)) == Report.objects.get()


def test_opening_the_form_keeps_nothing(client: Client) -> None:
    client.get("/report/", {"url": PAGE})

    assert not HalfReport.objects.exists()


def test_the_ticket_says_nothing_and_one_that_we_did_not_write_opens_nothing(client: Client) -> None:
    walk = Walk(client, url=PAGE).press(SCARES).press("Something else").press("Next", words="A secret.")
    ticket, code = dict(walk.hidden())["ticket"], walk.answer.context["code"]
    changed = ticket[:-2] + ("AA" if ticket[-2:] != "AA" else "BB")

    for forged in ("", changed, code, code.replace(" ", ""), "1:", "lost:AAAA", "9" * 5000, "1:" + "A" * 41):
        answer = client.post("/report/", {"step": "check", "ticket": forged, "go": "words"})
        assert answer.status_code == 200
        assert "A secret." not in answer.content.decode()
    assert code.replace(" ", "") not in ticket


def test_no_address_of_the_form_ever_holds_the_code_or_an_answer(client: Client) -> None:
    walk = Walk(client, url=PAGE).press(SCARES).press("Something else").press("Next", words="A secret.").press("Next")

    assert 'action="/report/"' in walk.page
    assert "Location" not in walk.press("Send").answer


def test_a_reporter_gets_no_cookie_but_the_guard_against_forgery(client: Client) -> None:
    Walk(client, url=PAGE).press(SCARES).press("Something else").press("Next").press("Next").press("Send")

    assert list(client.cookies) == ["csrftoken"]


def test_a_screen_may_be_gone_back_to_until_the_code_is_there(client: Client) -> None:
    walk = Walk(client, url=PAGE)
    assert walk.answer["Cache-Control"] == "private, no-cache"
    assert walk.press(SCARES).answer["Cache-Control"] == "private, no-cache"

    walk.press("Send it now")

    assert "no-store" in walk.answer["Cache-Control"]
    assert walk.answer["Clear-Site-Data"] == '"cache"'


def test_pressing_send_twice_is_one_report_with_one_code(client: Client) -> None:
    walk = Walk(client, url=PAGE).press(SCARES)
    send = dict(walk.hidden()) | walk.buttons()["Send it now"]

    first, again = client.post("/report/", send), client.post("/report/", send)

    assert (first.status_code, again.status_code) == (201, 201)
    assert first.context["code"] == again.context["code"]
    assert stored() == 1
    assert not HalfReport.objects.exists()


@pytest.mark.parametrize("go", ["send", "", "back", "where", "nowhere"])
@pytest.mark.parametrize("step", ["reason", "danger", "nature", "where", "words", "picture", "check", "nowhere"])
def test_whatever_comes_first_is_answered_with_a_question(client: Client, step: str, go: str) -> None:
    answer = client.post("/report/", {"step": step, "go": go, "nature": "other", "words": "First."})

    assert answer.status_code in {200, 422}
    assert answer.context["step"] in {"reason", "danger", "nature", "where", "words", "picture"}
    assert stored() == 0


def test_a_network_that_floods_the_intake_is_told_to_wait_and_loses_nothing(client: Client, settings: Any) -> None:
    current = config.current()
    settings.LEEWARD = dataclasses.replace(current, server=dataclasses.replace(current.server, reports_per_minute=1))
    Walk(client, url=PAGE).press(SCARES).press("Send it now")

    walk = Walk(client, url=f"{PAGE}/again").press(SCARES).press("Send it now")

    assert walk.answer.status_code == 429
    assert walk.answer["Retry-After"] == "60"
    assert "Wait one minute." in walk.page
    assert "Send it now" in walk.buttons()
    assert Report.objects.count() == 1
    settings.LEEWARD = current
    assert walk.press("Send it now").answer.status_code == 201


# --- All at once ----------------------------------------------------------------------------------------


def test_a_whole_form_at_once_gives_a_code_that_finds_the_report(client: Client) -> None:
    answer = client.post("/report/", form(words="It scares me.", nature="violence", band="adult"))

    assert answer.status_code == 201
    report = Report.objects.get()
    assert (report.channel, report.page_url, report.words) == (Channel.FORM, PAGE, "It scares me.")
    assert (report.nature, report.band) == ("violence", "adult")
    assert reports.follow(answer.context["code"]) == report


def test_sending_a_whole_form_twice_is_one_report_with_one_code(client: Client) -> None:
    filled_in = form()

    first, again = client.post("/report/", filled_in), client.post("/report/", filled_in)

    assert (first.status_code, again.status_code) == (201, 201)
    assert first.context["code"] == again.context["code"]
    assert stored() == 1


def test_sending_a_whole_form_again_with_other_words_is_refused_in_words(client: Client) -> None:
    key = str(uuid.uuid4())
    client.post("/report/", form(key=key))

    answer = client.post("/report/", form(key=key, words="Something else."))

    assert answer.status_code == 422
    assert "was sent already" in answer.content.decode()
    assert stored() == 1


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("reason", ""),
        ("reason", "bored"),
        ("nature", "bored"),
        ("key", "no uuid"),
        ("words", "x" * 4001),
        ("words", "a\x00b"),
        ("words", "a\x1bb"),
    ],
)
def test_a_wrong_field_of_a_whole_form_is_explained_and_nothing_is_stored(
    client: Client, field: str, value: str
) -> None:
    answer = client.post("/report/", form(**{field: value}))

    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == [field]
    assert stored() == 0


def test_a_mistake_in_a_whole_form_is_put_right_on_its_screen_and_the_rest_is_kept(client: Client) -> None:
    walk = Walk(client)
    walk.came_to(client.post("/report/", form(page_url="bad example", words="My own words.")))

    assert walk.step == "where"
    walk.press("Next", page_url=PAGE)
    assert "My own words." in walk.page
    walk.press("Next").press("Next").press("Send")
    assert Report.objects.get().words == "My own words."


def test_a_form_without_the_guard_against_forgery_is_refused() -> None:
    strict = Client(headers={"host": "localhost:8000"}, enforce_csrf_checks=True)

    assert strict.post("/report/", form()).status_code == 403
    assert strict.post("/report/", {"step": "reason", "reason": "scares"}).status_code == 403
    assert stored() == HalfReport.objects.count() == 0
