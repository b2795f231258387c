"""The affected user's page: open it by the code, read why, appeal with one form, and see the answer."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from leeward.cases import appeals, statements
from leeward.cases import services as cases
from leeward.cases.models import Appeal, Statement
from leeward.cases.tests.desk import AGAINST_TERMS, Answer, new_case
from leeward.core import attempts, texts
from leeward.core.models import Organisation, User
from leeward.engines.reading import Band
from leeward.reports import receipts

pytestmark = pytest.mark.django_db
DOOR = "/statement/"
WORDS = "I drew it myself."


@pytest.fixture
def statement(harbour: Organisation, cem: User) -> Statement:
    decision = cases.judge(new_case(item_id="photo-7"), AGAINST_TERMS, by=cem, at=timezone.now())
    made = statements.make(decision, at=timezone.now())
    assert made is not None
    return made


def opened(client: Client, statement: Statement, *, language: str = "en", **more: str) -> Answer:
    code = receipts.grouped(statements.code_of(statement))
    return client.post(DOOR, {"code": code, **more}, headers={"accept-language": language})


def ticket_of(answer: Answer) -> str:
    return str(re.search(r'name="ticket" value="([^"]+)"', answer.content.decode())[1])  # type: ignore[index]  # each page has one


def say(client: Client, statement: Statement, text: str = WORDS) -> Answer:
    ticket = ticket_of(opened(client, statement))
    return client.post(DOOR, {"ticket": ticket, "band": "10-12", "do": "appeal", "text": text})


def test_the_code_opens_the_reasons(client: Client, statement: Statement) -> None:
    page = opened(client, statement).content.decode()

    assert client.get(DOOR).status_code == 200
    for line in ("Why we did this", "We took it away.", "It is mean to someone.", "The rule: Terms 4.2", "photo-7"):
        assert line in page
    assert "cem" not in page


@pytest.mark.parametrize("language", texts.languages())
@pytest.mark.parametrize("band", Band)
def test_it_is_read_in_the_language_of_the_browser_and_at_the_age_of_the_reader(
    language: str, band: Band, client: Client, statement: Statement
) -> None:
    accepted = "zh-hans" if language == "zh" else language
    ticket = ticket_of(opened(client, statement, language=accepted))

    page = client.post(DOOR, {"ticket": ticket, "band": band.value}, headers={"accept-language": accepted})

    words = texts.read("cases", language=language, band=band)
    assert words["measure.remove"] in page.content.decode()
    assert words["harm.bullying"] in page.content.decode()


@pytest.mark.parametrize("typed", ["", "1234", "0000 0000 0000 0000"])
def test_a_code_that_nobody_has_opens_nothing(typed: str, client: Client, statement: Statement) -> None:
    answer = client.post(DOOR, {"code": typed})

    assert answer.status_code == 422
    assert "Terms 4.2" not in answer.content.decode()


def test_the_code_of_a_report_opens_no_statement(client: Client, statement: Statement) -> None:
    assert client.post(DOOR, {"code": receipts.new()}).status_code == 422


def test_wrong_codes_lead_to_waiting(client: Client, statement: Statement) -> None:
    network = "198.51.100.0/24"
    for _ in range(6):
        answer = client.post(DOOR, {"code": receipts.new()}, headers={}, REMOTE_ADDR="198.51.100.7")

    assert answer.status_code == 429
    assert int(answer["Retry-After"]) > 0
    with pytest.raises(attempts.WaitFirst), attempts.one(network, at=timezone.now()):
        pass


def test_one_form_appeals_and_the_page_says_so(client: Client, statement: Statement) -> None:
    answer = say(client, statement)

    assert answer.status_code == 200
    page = answer.content.decode()
    assert "You said that you do not agree. A new person will look." in page
    assert '<textarea name="text"' not in page
    [appeal] = Appeal.objects.all()
    assert (appeal.by, appeal.text) == (Appeal.By.AFFECTED, WORDS)


def test_sending_it_twice_is_one_appeal(client: Client, statement: Statement) -> None:
    ticket = ticket_of(opened(client, statement))
    for _ in range(2):
        answer = client.post(DOOR, {"ticket": ticket, "do": "appeal", "text": WORDS})

    assert "You told us that. Wait for our answer." in answer.content.decode()
    assert Appeal.objects.count() == 1


def test_an_appeal_without_words_is_asked_for_again(client: Client, statement: Statement) -> None:
    answer = say(client, statement, text="")

    assert answer.status_code == 422
    assert "Write something first." in answer.content.decode()
    assert not Appeal.objects.exists()


def test_the_answer_is_read_with_the_same_code(client: Client, statement: Statement, dan: User) -> None:
    say(client, statement)
    appeal = Appeal.objects.get()
    appeals.take(appeal, by=dan, at=timezone.now())
    assert "A new person looks at it now." in opened(client, statement).content.decode()

    appeals.overturn(appeal, by=dan, why="It is a drawing of a boat.", at=timezone.now())

    page = opened(client, statement).content.decode()
    assert "A new person looked. We took it back." in page
    assert "It is a drawing of a boat." in page
    assert '<textarea name="text"' not in page
    assert "dan" not in page


def test_after_the_time_there_is_no_form(client: Client, statement: Statement) -> None:
    decision = statement.decision
    type(decision).objects.filter(pk=decision.pk).update(effective_at=timezone.now() - timedelta(days=400))
    ticket = ticket_of(opened(client, statement))

    answer = client.post(DOOR, {"ticket": ticket, "do": "appeal", "text": WORDS})

    assert '<textarea name="text"' not in answer.content.decode()
    assert "The time for this is over." in answer.content.decode()
    assert not Appeal.objects.exists()


def test_words_on_a_page_that_stood_open_too_long_are_kept(client: Client, statement: Statement) -> None:
    answer = client.post(DOOR, {"ticket": "old", "do": "appeal", "text": WORDS})
    assert answer.status_code == 422
    assert "Your words are not lost." in answer.content.decode()

    page = opened(client, statement, kept=WORDS).content.decode()

    assert WORDS in page
    assert not Appeal.objects.exists()


def test_neither_code_nor_ticket_stands_in_an_address_and_nothing_is_cached(
    client: Client, statement: Statement
) -> None:
    answer = opened(client, statement)

    assert "no-store" in answer["Cache-Control"]
    assert 'method="get"' not in answer.content.decode()
    assert "?" not in re.findall(r'action="([^"]*)"', answer.content.decode())[0]
