"""The check list: one row after another by keyboard, with a name for each, and a way back."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from leeward.core.models import User
from leeward.helplines.directory.models import Service
from leeward.helplines.tests.rows import draft, vouched
from leeward.helplines.tests.test_directory_import import HELPLINES, NAMIBIA

pytestmark = pytest.mark.django_db
OVERVIEW = "/helpline/directory/"


def signed_in(person: User) -> Client:
    client = Client(headers={"host": "localhost"})
    client.force_login(person, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


@pytest.fixture
def browser(nara: User) -> Client:
    return signed_in(nara)


def row_page(row: Service) -> str:
    return reverse("helpline_directory:row", kwargs={"uid": row.uid})


def sent(browser: Client, row: Service, **changed: Any) -> Any:
    """Send the form of a row as the page shows it, but for what is changed."""
    form = browser.get(row_page(row)).context["form"]
    return browser.post(row_page(row), {**form.initial, "do": "check", "how": "called", **changed})


def test_eve_and_a_visitor_see_nothing(eve: User, nara: User) -> None:
    row = draft(by=nara)
    addresses = [OVERVIEW, f"{OVERVIEW}next/", f"{OVERVIEW}add/", row_page(row)]

    for address in addresses:
        assert signed_in(eve).get(address).status_code == 403
        assert Client(headers={"host": "localhost"}).get(address).status_code == 302
    for address in (f"{OVERVIEW}import/", f"{row_page(row)}undo/", row_page(row)):
        assert signed_in(eve).post(address, {"do": "check"}).status_code == 403
    row.refresh_from_db()
    assert row.state == Service.State.DRAFT


def test_an_empty_directory_says_what_to_do(browser: Client) -> None:
    assert "Import a file, or add a row by hand." in browser.get(OVERVIEW).content.decode()
    assert browser.get(f"{OVERVIEW}next/")["Location"] == OVERVIEW


def test_a_file_comes_in_by_the_page_and_the_next_row_is_one_press_away(browser: Client) -> None:
    file = SimpleUploadedFile("lines.csv", (HELPLINES + NAMIBIA).encode())

    text = browser.post(f"{OVERVIEW}import/", {"file": file}, follow=True).content.decode()

    row = Service.objects.get()
    assert "1 new draft." in text
    assert "0 of 1 rows are checked" in text
    assert browser.get(f"{OVERVIEW}next/")["Location"] == row_page(row)
    page = browser.get(row_page(row)).content.decode()
    assert "The file says that there is chat, and not where." in page
    assert "one list, uncited" in page


def test_a_broken_file_is_refused_by_its_line_and_nothing_is_stored(browser: Client) -> None:
    file = SimpleUploadedFile("lines.csv", (HELPLINES + "MN,short\r\n").encode())

    text = browser.post(f"{OVERVIEW}import/", {"file": file}, follow=True).content.decode()

    assert "line 2: this row has another number of cells" in text
    assert not Service.objects.exists()


def test_a_row_is_checked_by_name_and_the_next_one_follows(browser: Client, nara: User) -> None:
    first, second = draft(by=nara, name="A line"), draft(by=nara, name="B line")

    answer = sent(browser, first, vouch_note="free from mobile phones")

    assert answer["Location"] == f"{OVERVIEW}next/"
    first.refresh_from_db()
    assert (first.state, first.checked_by, first.how) == (Service.State.CHECKED, "nara", "called")
    page = browser.get(answer["Location"], follow=True).content.decode()
    assert "B line" in page
    assert "Your last step: A line, Checked." in page
    assert second.checks.count() == 1


def test_without_saying_how_nothing_is_checked(browser: Client, nara: User) -> None:
    row = draft(by=nara)

    answer = sent(browser, row, how="")

    assert answer.status_code == 422
    assert "It is not kept yet." in answer.content.decode()
    row.refresh_from_db()
    assert row.state == Service.State.DRAFT


def test_a_correction_and_the_check_are_one_step(browser: Client, nara: User) -> None:
    row = draft(by=nara)

    sent(browser, row, contacts="short_number 109\nweb https://www.harbourline.example/")

    row.refresh_from_db()
    assert [one.value for one in row.contacts.all()] == ["109", "https://www.harbourline.example/"]
    assert row.state == Service.State.CHECKED


@pytest.mark.parametrize("contacts", ["", "108", "phone one-oh-eight", "web javascript:alert(1)"])
def test_a_number_that_cannot_be_dialled_is_said_beside_its_field(browser: Client, nara: User, contacts: str) -> None:
    row = draft(by=nara)

    answer = sent(browser, row, contacts=contacts)

    assert answer.status_code == 422
    assert "contacts" in answer.context["form"].errors
    row.refresh_from_db()
    assert row.state == Service.State.DRAFT


def test_undo_brings_the_row_back(browser: Client, nara: User) -> None:
    row = draft(by=nara)
    sent(browser, row)

    text = browser.post(f"{row_page(row)}undo/", follow=True).content.decode()

    assert "Undone. Everything is as it was." in text
    row.refresh_from_db()
    assert row.state == Service.State.DRAFT
    assert "That cannot be undone any more." in browser.post(f"{row_page(row)}undo/", follow=True).content.decode()


def test_what_a_colleague_did_meanwhile_is_not_written_over(browser: Client, nara: User, oyun: User) -> None:
    row = draft(by=nara)
    form = browser.get(row_page(row)).context["form"].initial
    sent(signed_in(oyun), row, contacts="short_number 109")

    text = browser.post(row_page(row), {**form, "do": "check", "how": "called"}, follow=True).content.decode()

    assert "Somebody changed this row meanwhile." in text
    row.refresh_from_db()
    assert row.checked_by == "oyun"


def test_not_now_puts_a_row_last_and_retire_takes_it_off(browser: Client, nara: User) -> None:
    first, second = draft(by=nara, name="A line"), draft(by=nara, name="B line")
    sent(browser, first, do="skip")
    after_skip = browser.get(f"{OVERVIEW}next/")["Location"]

    sent(browser, first, do="retire")

    assert after_skip == row_page(second)
    first.refresh_from_db()
    assert first.state == Service.State.RETIRED


def test_a_row_by_hand_is_a_draft_and_listed_once(browser: Client, nara: User) -> None:
    initial = browser.get(row_page(draft(by=nara))).context["form"].initial

    made = browser.post(f"{OVERVIEW}add/", {**initial, "name": "New line"})
    again = browser.post(f"{OVERVIEW}add/", {**initial, "name": "New line"})

    assert (made.status_code, again.status_code) == (302, 422)
    assert Service.objects.get(name="New line").state == Service.State.DRAFT


def test_rows_are_found_by_state_and_country(browser: Client, nara: User) -> None:
    vouched(by=nara, name="Checked line")
    draft(by=nara, name="Dune line", country="NA")

    text = browser.get(f"{OVERVIEW}?state=draft&country=na").content.decode()

    assert "Dune line" in text
    assert "Checked line" not in text
