"""Ana reports on this site: three choices, kind sentences, and a code to keep."""

from __future__ import annotations

import uuid

import pytest
from django.test import Client

from leeward.core.models import Organisation
from leeward.reports import services as reports
from leeward.reports.models import Channel, Report
from leeward.reports.tests.ana import PAGE, form, stored

pytestmark = pytest.mark.django_db


def test_the_form_is_open_to_everybody(client: Client) -> None:
    answer = client.get("/report/")

    assert answer.status_code == 200
    assert "no-store" in answer["Cache-Control"]


def test_an_address_that_came_along_stands_in_the_form(client: Client) -> None:
    answer = client.get("/report/", {"url": 'https://bad.example/"><b>'})

    page = answer.content.decode()
    assert "bad.example" in page
    assert "<b>" not in page


def test_a_sent_form_gives_a_code_that_finds_the_report(client: Client) -> None:
    answer = client.post("/report/", form(words="It scares me."))

    assert answer.status_code == 201
    report = Report.objects.get()
    assert (report.channel, report.page_url, report.words) == (Channel.FORM, PAGE, "It scares me.")
    code = answer.context["code"]
    assert reports.follow(code) == report
    assert all(group in answer.content.decode() for group in code.split())


def test_sending_the_form_twice_is_one_report_with_one_code(client: Client) -> None:
    filled_in = form()

    first, again = client.post("/report/", filled_in), client.post("/report/", filled_in)

    assert (first.status_code, again.status_code) == (201, 201)
    assert first.context["code"] == again.context["code"]
    assert stored() == 1


def test_sending_the_form_again_with_other_words_is_refused_in_words(client: Client) -> None:
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
        ("key", "no uuid"),
        ("words", "x" * 4001),
        ("words", "a\x00b"),
        ("words", "a\x1bb"),
    ],
)
def test_a_wrong_field_is_explained_and_nothing_is_stored(client: Client, field: str, value: str) -> None:
    answer = client.post("/report/", form(**{field: value}))

    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == [field]
    assert stored() == 0


def test_what_was_typed_stands_there_again_after_a_mistake(client: Client) -> None:
    answer = client.post("/report/", form(page_url="bad example", words="My own words."))

    assert "My own words." in answer.content.decode()


def test_a_form_without_the_guard_against_forgery_is_refused() -> None:
    strict = Client(headers={"host": "localhost:8000"}, enforce_csrf_checks=True)

    assert strict.post("/report/", form()).status_code == 403
    assert stored() == 0


def test_the_code_page_is_not_kept_by_the_browser(client: Client, harbour: Organisation) -> None:
    answer = client.post("/report/", form())

    assert "no-store" in answer["Cache-Control"]
