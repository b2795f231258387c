"""The page of the chat says the door and the secrets in seven languages, and keeps nothing; leaving needs no cookie."""

from __future__ import annotations

import base64
import secrets

import pytest
from django.test import Client

from leeward.core import texts
from leeward.engines.reading import Band
from leeward.helplines.conversations import services as talks
from leeward.helplines.conversations.models import Conversation, Desk
from leeward.helplines.tests.conftest import NOW

pytestmark = pytest.mark.django_db


def begun(desk: Desk, *, kind: Conversation.Kind = Conversation.Kind.CHAT) -> tuple[Conversation, str]:
    finder = secrets.token_bytes(32)
    talk = talks.begin(desk, kind=kind, language="en", band="", topic="", finder=finder, child_key=bytes(32), at=NOW)
    return talk, base64.urlsafe_b64encode(finder).rstrip(b"=").decode()


@pytest.mark.parametrize("language", texts.languages())
def test_the_page_says_what_stays_secret_before_the_first_word(language: str, client: Client, db: None) -> None:
    code = "zh-hans" if language == "zh" else language
    said = client.get("/h/chat/", headers={"accept-language": code}).content.decode()

    words = texts.tables(texts.read("helplines", language=language, band=Band.MIDDLE))
    assert all(line.replace("'", "&#x27;") in said for line in words["before"].values())
    assert words["door"]["kept"].format(days=90).replace("'", "&#x27;") in said


def test_nothing_keeps_the_page_and_no_cookie_is_set(client: Client) -> None:
    answer = client.get("/h/chat/")

    assert "no-store" in answer["Cache-Control"]
    assert answer["Referrer-Policy"] == "no-referrer"
    assert not answer.cookies


def test_the_last_word_of_a_page_ends_the_chat_without_a_cookie(desk: Desk) -> None:
    talk, finder = begun(desk)

    answer = Client(headers={"host": "localhost"}, enforce_csrf_checks=True).post(
        "/h/chat/leaving/", finder, content_type="text/plain"
    )

    talk.refresh_from_db()
    assert (answer.status_code, talk.state) == (204, Conversation.State.ABANDONED)


@pytest.mark.parametrize("finder", ["", "A" * 43, "!" * 43, "A" + "é" * 21, "A" * 100_000])
def test_a_last_word_with_a_wrong_finder_ends_nothing_and_tells_nothing(
    finder: str, client: Client, desk: Desk
) -> None:
    talk, _finder = begun(desk)

    answer = client.post("/h/chat/leaving/", finder, content_type="text/plain")

    talk.refresh_from_db()
    assert (answer.status_code, answer.content, talk.state) == (204, b"", Conversation.State.WAITING)


def test_a_mailbox_is_not_left_by_an_exit(client: Client, desk: Desk) -> None:
    talk, finder = begun(desk, kind=Conversation.Kind.MAILBOX)

    client.post("/h/chat/leaving/", finder, content_type="text/plain")

    talk.refresh_from_db()
    assert talk.state == Conversation.State.WAITING


def test_nobody_asks_by_get_to_leave(client: Client) -> None:
    assert client.get("/h/chat/leaving/").status_code == 405
