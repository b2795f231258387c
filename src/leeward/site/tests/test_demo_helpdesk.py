"""The demo's helpline waits for one thing only: a key, which a supervisor makes in a browser."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from django.urls import resolve

from leeward import helplines
from leeward.core.models import Membership, Organisation, User
from leeward.helplines.chat import door, presence
from leeward.helplines.conversations.models import Desk, DeskKey
from leeward.helplines.shifts import services as shifts
from leeward.site.demo import helpdesk, stage

AT = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
HOST = {"host": "localhost"}
HELPLINES = Path(helplines.__file__).parent


@pytest.fixture
def desk(harbour: Organisation) -> Desk:
    """The desk, with the demo's own accounts at it."""
    for username, role, _home, _what_for in stage.PEOPLE:
        person = User.objects.create_user(username=username)
        Membership.objects.create(user=person, organisation=harbour, role=role)
    helpdesk.make_desk(at=AT)
    return Desk.objects.get()


@pytest.mark.parametrize("language", [code.split("-")[0] for code, _name in settings.LANGUAGES])
def test_with_a_key_and_somebody_there_the_door_is_open_at_night_in_each_language(desk: Desk, language: str) -> None:
    assert door.for_language(language, at=AT).desk is None
    DeskKey.objects.create(desk=desk, public=bytes(32), made_at=AT)
    tuul = User.objects.get(username=helpdesk.SUPERVISOR)
    shifts.come(tuul, at=AT)
    presence.here(tuul, line=desk.uid, at=AT)

    assert door.for_language(language, at=AT).kind == door.Kind.AVAILABLE


@pytest.mark.parametrize("username", [helpdesk.SUPERVISOR, helpdesk.COUNSELLOR])
def test_each_page_that_the_demo_sends_people_to_opens_for_them(desk: Desk, username: str) -> None:
    browser = Client(headers=HOST)
    browser.force_login(
        User.objects.get(username=username), backend="allauth.account.auth_backends.AuthenticationBackend"
    )

    pages = {path: browser.get(path).content.decode() for path in ("/helpline/", "/helpline/keys/")}

    assert all("Quay desk" in page for page in pages.values())
    assert "I am here" in pages["/helpline/"]
    assert "Make my key" in pages["/helpline/keys/"]


def test_what_to_press_first_is_named_as_it_stands_on_the_pages() -> None:
    presses = "\n".join(helpdesk.first_presses("http://localhost:8000"))
    buttons = re.findall("«([^»]+)»", presses)
    pages = "\n".join(
        path.read_text(encoding="utf-8") for path in [*HELPLINES.rglob("*.html"), *HELPLINES.glob("texts/en/*.toml")]
    )

    assert len(buttons) == 5
    assert [button for button in buttons if f'"{button}"' not in pages] == []
    assert all(resolve(path) for path in re.findall(r"http://localhost:8000(\S+)", presses))
