"""A reported address is written down and never visited, neither while the report is taken nor by what follows from it."""

from __future__ import annotations

import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from leeward.core.models import Organisation, Record
from leeward.reports.tests.ana import DOOR, body, drawn_picture, form
from tests.stage.settling import Settle

OUTGOING = ("socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto", "subprocess.Popen")
ADDRESSES = ["https://bad.example/photos/7", "http://bad.example:8080/a?b=https://other.example/"]

_listening = False
_heard: list[str] = []


def _hear(event: str, arguments: tuple[object, ...]) -> None:
    if _listening and event in OUTGOING:
        _heard.append(event)


# Python itself tells of everything that it opens. What listens to that cannot be taken away again, only be told not to.
sys.addaudithook(_hear)


@contextmanager
def heard() -> Iterator[list[str]]:
    """Note every name that is asked for and every connection that is begun meanwhile."""
    global _listening
    _heard.clear()
    _listening = True
    try:
        yield _heard
    finally:
        _listening = False


def test_the_test_hears_what_goes_out() -> None:
    with heard() as outgoing, socket.socket() as listening, socket.socket() as going:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        going.connect(listening.getsockname())
        socket.getaddrinfo("localhost", 80)

    assert outgoing[0] == "socket.connect"
    assert "socket.getaddrinfo" in outgoing


@pytest.mark.django_db
@pytest.mark.parametrize("address", ADDRESSES)
def test_a_report_by_the_button_visits_nothing(address: str, client: Client, settle: Settle) -> None:
    with heard() as outgoing:
        answer = client.post(DOOR, body(page_url=address), content_type="application/json")
        settle()

    assert answer.status_code == 201
    assert Record.objects.filter(kind="cases.CaseOpened").count() == 1  # So everything that follows was done.
    assert outgoing == []


@pytest.mark.django_db
def test_a_report_of_an_item_under_an_address_visits_nothing(
    client: Client, harbour: Organisation, settle: Settle
) -> None:
    item = {"provider": "harbour", "id": "photo-7"}

    with heard() as outgoing:
        answer = client.post(DOOR, body(item=item), content_type="application/json")
        settle()

    assert answer.status_code == 201
    assert outgoing == []


@pytest.mark.django_db
def test_a_report_by_the_form_with_a_picture_visits_nothing(client: Client, settle: Settle) -> None:
    picture = SimpleUploadedFile("page.png", drawn_picture(), content_type="image/png")

    with heard() as outgoing:
        answer = client.post("/report/", form(picture=picture))
        settle()

    assert answer.status_code == 201
    assert outgoing == []


@pytest.mark.django_db
def test_the_form_that_is_opened_with_an_address_visits_nothing(client: Client) -> None:
    with heard() as outgoing:
        answer = client.get("/report/", {"url": ADDRESSES[0]})

    assert answer.status_code == 200
    assert outgoing == []
