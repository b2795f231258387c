"""Pages of services are asked once a week; what is found is shown to staff and changes no number and no state."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from django.test import Client

from leeward.core.models import User
from leeward.helplines.directory import links
from leeward.helplines.directory.models import Contact, Service
from leeward.helplines.tests.rows import AT, vouched
from leeward.helplines.tests.test_directory_staff import signed_in

pytestmark = pytest.mark.django_db
WEEK = timedelta(days=7)


class _Answers(BaseHTTPRequestHandler):
    """A server whose page answers with the status that its address names."""

    def do_GET(self) -> None:
        self.send_response(int(self.path.strip("/")))
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def place() -> Iterator[str]:
    """The address of a server on this machine."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Answers)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def led_to(address: str, *, by: User) -> Contact:
    """Return the page of a checked service; a server on this machine is no address that a form takes."""
    row = vouched(by=by)
    page = row.contacts.get(kind=Contact.Kind.WEB)
    Contact.objects.filter(pk=page.pk).update(value=address)
    return page


@pytest.mark.parametrize(
    ("status", "fault"), [(200, ""), (301, ""), (403, ""), (404, "not_found"), (410, "not_found"), (503, "broken")]
)
def test_what_a_page_answers_is_noted_and_nothing_else_changes(nara: User, place: str, status: int, fault: str) -> None:
    page = led_to(f"{place}/{status}", by=nara)
    before = Service.objects.values().get()

    links.look(AT, may_be_private=True)

    page.refresh_from_db()
    assert (page.fault, page.faults_count, page.looked_at) == (fault, int(bool(fault)), AT)
    assert Service.objects.values().get() == before


def test_a_page_is_asked_once_a_week_and_faults_are_counted(nara: User, place: str) -> None:
    page = led_to(f"{place}/404", by=nara)

    asked = [links.look(AT + wait, may_be_private=True) for wait in (0 * WEEK, WEEK / 2, WEEK)]

    page.refresh_from_db()
    assert (asked, page.faults_count) == ([1, 0, 1], 2)


def test_nobody_there_is_a_fault(nara: User) -> None:
    page = led_to("http://127.0.0.1:1/", by=nara)

    links.look(AT, may_be_private=True)

    page.refresh_from_db()
    assert page.fault == "no_answer"


def test_the_chore_calls_nobody_inside_the_house(nara: User, place: str) -> None:
    page = led_to(f"{place}/200", by=nara)

    links.look(AT)

    page.refresh_from_db()
    assert page.fault == "no_name"


def test_staff_see_what_did_not_answer(nara: User, client: Client) -> None:
    page = led_to("http://127.0.0.1:1/", by=nara)
    Contact.objects.filter(pk=page.pk).update(fault="not_found", faults_count=3)

    text = signed_in(nara).get("/helpline/directory/").content.decode()

    assert "there is no such page" in text
    assert "3 times" in text
