"""What children see: easy ways first, only checked numbers, exactly as stored, and nothing that stays behind."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from leeward.core import config
from leeward.core.models import User
from leeward.helplines.directory.models import Service
from leeward.helplines.tests.rows import draft, vouched

pytestmark = pytest.mark.django_db
PAGES = ("/h/", "/h/call/", "/h/call/?country=MN", "/h/call/?country=zz")


@pytest.fixture
def _numbers(settings: Any) -> None:
    """The operator's own number is 1 12, and the operator's country is Mongolia."""
    current = config.current()
    intake, age = replace(current.intake, emergency_number="1 12"), replace(current.age, country="MN")
    settings.LEEWARD = replace(current, intake=intake, age=age)


@pytest.fixture
def client() -> Client:
    return Client(headers={"host": "localhost"})


def page(client: Client, path: str, **headers: str) -> str:
    answer = client.get(path, headers=headers)
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.mark.parametrize("path", PAGES)
def test_a_visit_leaves_nothing_behind(client: Client, path: str) -> None:
    answer = client.get(path)

    assert not answer.cookies
    assert "no-store" in answer["Cache-Control"]
    assert answer["Referrer-Policy"] == "no-referrer"
    assert b"csrf" not in answer.content
    assert b"<title>Start</title>" in answer.content


@pytest.mark.parametrize("path", PAGES)
def test_the_first_link_leads_away_and_danger_is_named_on_every_page(client: Client, path: str) -> None:
    text = page(client, path)

    assert text.index('href="/exit/"') == text.index('href="/', text.index("<body"))
    assert "Call the emergency number of your country." in text


@pytest.mark.usefixtures("_numbers")
def test_the_operators_emergency_number_is_a_link_that_calls(client: Client) -> None:
    number = '<a class="danger__number" href="tel:112"><bdi dir="ltr">1 12</bdi></a>'

    assert number in page(client, "/h/")
    assert number in page(client, "/h/call/?country=MN")


@pytest.mark.usefixtures("_numbers")
def test_in_another_country_the_operators_number_is_not_shown_but_a_checked_one_is(client: Client, nara: User) -> None:
    before = page(client, "/h/call/?country=NA")
    contacts = (("short_number", "10 111"),)
    vouched(
        by=nara, at=timezone.now(), country="NA", kind=Service.Kind.EMERGENCY, name="Dune police", contacts=contacts
    )

    after = page(client, "/h/call/?country=NA")

    assert "tel:112" not in before + after
    assert "tel:" not in before
    assert '<a class="danger__number" href="tel:10111"><bdi dir="ltr">10 111</bdi></a>' in after


def test_a_checked_number_stands_as_it_was_written_down(client: Client, nara: User) -> None:
    vouched(by=nara, at=timezone.now(), contacts=(("phone", "+976 (11) 10-80"), ("sms", "108")))

    text = page(client, "/h/call/?country=mn")

    assert '<a class="number" href="tel:+976(11)10-80"><bdi dir="ltr">+976 (11) 10-80</bdi></a>' in text
    assert 'href="sms:108"' in text
    for words in ("Harbour line", "It costs nothing", "Open day and night", "They speak: <bdi>Монгол</bdi>"):
        assert words in text
    assert "childhelplineinternational.org" not in text


@pytest.mark.parametrize("age_days", [None, 181])
def test_what_nobody_checked_or_too_long_ago_is_replaced_by_the_international_list(
    client: Client, nara: User, age_days: int | None
) -> None:
    if age_days is None:
        draft(by=nara, at=timezone.now())
    else:
        vouched(by=nara, at=timezone.now() - timedelta(days=age_days))

    text = page(client, "/h/call/?country=MN")

    assert "Harbour line" not in text
    assert "108" not in text
    assert 'href="https://childhelplineinternational.org/"' in text


@pytest.mark.usefixtures("_numbers")
def test_without_any_row_every_way_stands_there_and_the_country_leads_to_the_international_list(client: Client) -> None:
    home, numbers = page(client, "/h/"), page(client, "/h/call/?country=MN")

    assert not Service.objects.exists()
    for path in ("/h/call/", "/h/chat/", "/h/write/", "/h/answers/"):
        assert f'href="{path}"' in home
    assert 'href="https://childhelplineinternational.org/"' in numbers
    assert numbers.count('href="tel:112"') == 2
    assert client.get("/h/directory.json").json()["services"] == []


def test_free_and_short_numbers_come_first(client: Client, nara: User) -> None:
    at = timezone.now()
    vouched(by=nara, at=at, name="Dear line", free="no", contacts=(("short_number", "1"),))
    vouched(by=nara, at=at, name="Long line", contacts=(("phone", "800 700"),))
    vouched(by=nara, at=at, name="Everybody line", kind=Service.Kind.CRISIS)
    vouched(by=nara, at=at, name="Short line")

    text = page(client, "/h/call/?country=MN")

    names = ["Short line", "Long line", "Dear line", "Everybody line"]
    assert sorted(names, key=text.index) == names


@pytest.mark.parametrize(
    ("hours", "zone", "said"),
    [("00:00-24:00", "Asia/Ulaanbaatar", "Open now"), ("", "", None), ("24/7", "", "Open day and night")],
)
def test_open_is_said_where_somebody_knows(client: Client, nara: User, hours: str, zone: str, said: str | None) -> None:
    vouched(by=nara, at=timezone.now(), hours=hours, time_zone=zone)

    text = page(client, "/h/call/?country=MN")

    assert [words for words in ("Open now", "Closed now", "Open day and night") if words in text] == (
        [said] if said else []
    )


def test_a_country_that_nobody_knows_is_asked_for_again(client: Client) -> None:
    text = page(client, "/h/call/?country=%3Cscript%3E")

    assert "We do not know this country." in text
    assert "<script>" not in text


def test_a_name_cannot_bring_html(client: Client, nara: User) -> None:
    vouched(by=nara, at=timezone.now(), name="<b>line</b>")

    assert "<b>line" not in page(client, "/h/call/?country=MN")


def test_countries_have_their_names_in_the_language_of_the_reader(client: Client) -> None:
    assert '<option value="NA">Намиби</option>' in page(client, "/h/call/", **{"accept-language": "mn"})
    assert '<option value="NA">ناميبيا</option>' in page(client, "/h/call/", **{"accept-language": "ar"})


def test_machines_read_checked_rows_and_no_name_of_who_checked(client: Client, nara: User) -> None:
    draft(by=nara, name="Draft line")
    vouched(by=nara, at=timezone.now())

    rows = client.get("/h/directory.json").json()["services"]

    assert [row["name"] for row in rows] == ["Harbour line"]
    assert rows[0]["contacts"][0] == {"kind": "short_number", "value": "108"}
    assert "nara" not in json.dumps(rows)
    lines = client.get("/h/directory.csv").content.decode().splitlines()
    assert lines[1].startswith("MN,child_helpline,Harbour line,short_number 108; web https://")


@pytest.mark.parametrize("path", ["/h/directory.json", "/h/directory.csv"])
def test_any_site_may_read_it_and_the_same_is_not_sent_twice(client: Client, nara: User, path: str) -> None:
    vouched(by=nara, at=timezone.now())
    first = client.get(path, headers={"origin": "https://other.example"})

    second = client.get(path, headers={"if-none-match": first["ETag"]})
    vouched(by=nara, at=timezone.now(), name="Another line")
    third = client.get(path, headers={"if-none-match": first["ETag"]})

    assert first["Access-Control-Allow-Origin"] == second["Access-Control-Allow-Origin"] == "*"
    assert "public" in first["Cache-Control"]
    assert "max-age=300" in first["Cache-Control"]
    assert [first.status_code, second.status_code, third.status_code] == [200, 304, 200]
    assert not first.cookies


def test_a_cell_is_no_formula(client: Client, nara: User) -> None:
    vouched(by=nara, at=timezone.now(), name="=1+1")

    assert ",'=1+1," in client.get("/h/directory.csv").content.decode()
