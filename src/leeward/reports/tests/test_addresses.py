"""An address that cannot be a public page is refused with a sentence, and nothing is stored."""

from __future__ import annotations

import pytest
from django.test import Client

from leeward.core.models import Record
from leeward.reports.models import Report
from leeward.reports.tests.ana import DOOR, PAGE, body, form, stored

pytestmark = pytest.mark.django_db

NO_PUBLIC_PAGE = [
    "http://127.0.0.1/",
    "http://localhost:8000/desk/",
    "http://[::1]/",
    "http://10.0.0.7/secret-word",
    "http://192.168.1.1/",
    "http://169.254.169.254/latest/meta-data/",
    "http://2130706433/",
    "http://printer.local/",
    "http://intranet/",
    "10.0.0.7/photos/7",
    "javascript:alert(1)",
    "file:///etc/passwd",
    "https://",
    "https://two words.example/",
    "https://bad.example:99999/",
    "https://ana:secret-word@bad.example/",
    "https://bad.example/a\x00b",
    "https://bad.example/a\x1bb",
    "https://bad.example/a\r\nHost: other.example",
    "   ",
]


@pytest.mark.parametrize("address", NO_PUBLIC_PAGE)
def test_the_door_of_machines_refuses_it_and_stores_nothing(client: Client, address: str) -> None:
    answer = client.post(DOOR, body(page_url=address), content_type="application/json")

    assert answer.status_code == 422
    assert answer["Content-Type"] == "application/problem+json"
    [fault] = answer.json()["errors"]
    assert fault["field"] == "page_url"
    assert len(fault["problem"].split()) > 4
    assert "secret-word" not in answer.content.decode()
    assert stored() == Record.objects.count() == 0


@pytest.mark.parametrize("address", [*NO_PUBLIC_PAGE, "", "https://bad.example/" + "x" * 2100])
def test_the_form_says_so_beside_the_field_and_stores_nothing(client: Client, address: str) -> None:
    answer = client.post("/report/", form(page_url=address))

    assert answer.status_code == 422
    [sentence] = answer.context["form"].errors["page_url"]
    assert len(sentence.split()) > 4
    assert sentence in answer.content.decode()
    assert stored() == Record.objects.count() == 0


def test_an_address_that_grows_too_long_in_its_one_spelling_is_refused(client: Client) -> None:
    answer = client.post(DOOR, body(page_url="https://bad.example/" + "ü" * 1500), content_type="application/json")

    assert answer.status_code == 422
    assert stored() == 0


def test_a_private_address_may_stand_beside_an_item_because_the_item_is_the_subject(
    client: Client, harbour: object
) -> None:
    fields = body(page_url="http://localhost:8080/photos/7", item={"provider": "harbour", "id": "7"})

    answer = client.post(DOOR, fields, content_type="application/json")

    assert answer.status_code == 201
    assert Report.objects.get().subject == "item:harbour/7"


def test_a_public_address_is_taken(client: Client) -> None:
    assert client.post(DOOR, body(page_url=PAGE), content_type="application/json").status_code == 201
    assert client.post("/report/", form(page_url=PAGE)).status_code == 201
    assert stored() == 2
