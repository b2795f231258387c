"""The mailbox over its doors: without script the server seals at once, with script it sees octets only."""

from __future__ import annotations

import re
import shutil
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client

from leeward.core import codes, config
from leeward.core.models import User
from leeward.engines import sealing
from leeward.helplines import octets
from leeward.helplines.conversations import services as talks
from leeward.helplines.conversations.models import Conversation, Desk, DeskKey, Message
from leeward.helplines.mailbox import codes as mailbox_codes
from leeward.helplines.tests.conftest import NOW

pytestmark = pytest.mark.django_db
MARKER = "zorblax"
WRITE, ANSWERS = "/h/write/", "/h/answers/"


@pytest.fixture(autouse=True)
def _nobody_was_here() -> Iterator[None]:
    shutil.rmtree(config.current().server.data_dir / "wrong-codes", ignore_errors=True)
    yield
    shutil.rmtree(config.current().server.data_dir / "wrong-codes", ignore_errors=True)


@pytest.fixture
def pair() -> sealing.Pair:
    return sealing.new_pair()


@pytest.fixture
def desk(db: None, pair: sealing.Pair) -> Desk:
    """A desk with a real key, whose private half only the test holds."""
    desk = Desk.objects.create(name="Harbour desk", languages=["en"], made_at=NOW)
    DeskKey.objects.create(desk=desk, public=pair.public, made_at=NOW)
    return desk


def write(client: Client, text: str = f"I am {MARKER}", **more: Any) -> Any:
    return client.post(WRITE, {"text": text, "key": str(uuid.uuid4()), **more})


def code_on(answer: Any) -> str:
    found = re.findall(r"data-code>([\d ]{19})<", answer.content.decode())
    return codes.read(found[0]) if found else ""


def open_(client: Client, code: str, **more: Any) -> Any:
    return client.post(ANSWERS, {"code": code}, **more)


def ticket_on(answer: Any) -> str:
    return str(re.findall(r'name="ticket" value="([^"]+)"', answer.content.decode())[0])


def everything_stored() -> bytes:
    """Return every value of every row of helplines, as the database holds it."""
    dump = b""
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')
            dump += b"|".join(
                bytes(value) if isinstance(value, bytes | memoryview) else str(value).encode()
                for row in cursor.fetchall()
                for value in row
            )
    return dump


def answer_it(talk: Conversation, nara: User, words: str) -> None:
    talks.take(talk, by=nara, alias="Nara", at=NOW)
    number = uuid.uuid4()
    bound = sealing.aad(talk.uid, "counsellor", number)
    sealed = [
        sealing.seal(bytes(key), words.encode(), info=sealing.INFO, aad=bound)
        for key in (talk.desk_key.public, talk.child_key or b"")
    ]
    talks.say(
        talk,
        sender=Message.Sender.COUNSELLOR,
        author=nara,
        client_id=number,
        for_desk=sealed[0],
        for_child=sealed[1],
        at=NOW,
    )


def test_without_script_a_child_writes_comes_back_reads_and_erases(client: Client, desk: Desk, nara: User) -> None:
    code = code_on(write(client))
    talk = Conversation.objects.get()
    answer_it(talk, nara, "Hello from the harbour")

    page = open_(client, codes.grouped(code))
    words = page.content.decode()
    assert f"I am {MARKER}" in words
    assert "Hello from the harbour" in words
    assert ">Nara<" in words
    assert code_on(page) == code

    said = client.post(ANSWERS, {"ticket": ticket_on(page), "do": "say", "text": "Thank you"})
    assert "Thank you" in said.content.decode()
    assert talk.messages.count() == 3

    gone = client.post(ANSWERS, {"ticket": ticket_on(said), "do": "erase"})
    assert gone.status_code == 200
    assert open_(client, code).status_code == 422
    assert not Message.objects.exists()


def test_the_code_is_shown_once_more_and_then_never(client: Client, desk: Desk) -> None:
    code = code_on(write(client))

    assert [code_on(open_(client, code)) for _ in range(3)] == [code, "", ""]


def test_the_desk_opens_what_was_written_without_script(client: Client, desk: Desk, pair: sealing.Pair) -> None:
    write(client)
    message = Message.objects.get()

    bound = sealing.aad(message.conversation.uid, "child", message.client_id)
    words = sealing.open_sealed(pair.private, bytes(message.for_desk), info=sealing.INFO, aad=bound)

    assert words.decode() == f"I am {MARKER}"


def test_neither_words_nor_code_nor_keys_stand_in_the_database(client: Client, desk: Desk, nara: User) -> None:
    code = code_on(write(client))
    answer_it(Conversation.objects.get(), nara, f"Answer of {MARKER}")
    page = open_(client, code)
    client.post(ANSWERS, {"ticket": ticket_on(page), "do": "say", "text": f"More {MARKER}"})
    opening = mailbox_codes.opening(code)

    stored = everything_stored()

    assert opening.public in stored  # The search finds what is there.
    for secret in (MARKER.encode(), code.encode(), codes.grouped(code).encode(), opening.private, opening.finder):
        assert secret not in stored


def test_sending_the_form_twice_is_one_talk_with_one_code(client: Client, desk: Desk) -> None:
    key = str(uuid.uuid4())

    given = [code_on(client.post(WRITE, {"text": "Once", "key": key})) for _ in range(2)]

    assert given[0] == given[1] != ""
    assert (Conversation.objects.count(), Message.objects.count()) == (1, 1)


def test_the_number_of_the_message_does_not_give_the_code_away(client: Client, desk: Desk) -> None:
    code = code_on(write(client))
    talk = Conversation.objects.get()

    assert code not in {mailbox_codes.of_form(talk.uid), mailbox_codes.of_form(talk.messages.get().client_id)}


def letter(
    desk: Desk, pair: sealing.Pair, *, words: bytes = b"sealed in the browser", code: str = ""
) -> dict[str, str]:
    """What the browser sends in place of words."""
    opening = sealing.from_code(code or codes.new(), site=mailbox_codes.site())
    uid, number = uuid.uuid4(), uuid.uuid4()
    bound = sealing.aad(uid, "child", number)
    return {
        "uid": str(uid),
        "client_id": str(number),
        "finder": octets.text_of(opening.finder),
        "child_key": octets.text_of(opening.public),
        "desk_key": octets.text_of(pair.public),
        "for_desk": octets.text_of(sealing.seal(pair.public, words, info=sealing.INFO, aad=bound)),
        "for_child": octets.text_of(sealing.seal(opening.public, words, info=sealing.INFO, aad=bound)),
    }


def test_what_the_browser_sealed_is_kept_as_it_came_and_found_by_its_finder(
    client: Client, desk: Desk, pair: sealing.Pair
) -> None:
    sent = letter(desk, pair)

    assert client.post(WRITE, sent).status_code == 200
    page = client.post(ANSWERS, {"finder": sent["finder"]})

    assert page.status_code == 200
    assert f'data-sealed="{sent["for_child"]}"' in page.content.decode()
    assert "ticket" not in page.content.decode()
    assert str(Conversation.objects.get().uid) == sent["uid"]


def test_a_letter_that_is_sent_again_is_one_letter(client: Client, desk: Desk, pair: sealing.Pair) -> None:
    sent = letter(desk, pair)

    assert [client.post(WRITE, sent).status_code for _ in range(2)] == [200, 200]
    assert (Conversation.objects.count(), Message.objects.count()) == (1, 1)


def test_a_letter_with_the_code_of_another_talk_is_refused(client: Client, desk: Desk, pair: sealing.Pair) -> None:
    code = codes.new()
    client.post(WRITE, letter(desk, pair, code=code))

    assert client.post(WRITE, letter(desk, pair, code=code)).status_code == 409
    assert (Conversation.objects.count(), Message.objects.count()) == (1, 1)


def test_a_letter_sealed_to_a_key_that_is_no_longer_in_force_is_sealed_again(
    client: Client, desk: Desk, pair: sealing.Pair
) -> None:
    sent = letter(desk, pair)
    desk.keys.update(retired_at=NOW)
    new = sealing.new_pair()
    DeskKey.objects.create(desk=desk, public=new.public, made_at=NOW)

    answer = client.post(WRITE, sent)

    assert answer.status_code == 409
    assert octets.text_of(new.public) in answer.content.decode()
    assert not Conversation.objects.exists()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("uid", "no-uuid"),
        ("client_id", ""),
        ("finder", "short"),
        ("finder", "!" * 43),
        ("child_key", "A" * 44),
        ("for_desk", "AAAA"),
        ("for_child", "A" * 12_000),
        ("for_desk", "A" * 1_000_000),
    ],
)
def test_a_letter_that_is_none_is_refused_kindly_and_nothing_of_it_is_kept(
    client: Client, desk: Desk, pair: sealing.Pair, field: str, value: str
) -> None:
    answer = client.post(WRITE, {**letter(desk, pair), field: value})

    assert answer.status_code == 422
    assert 'role="alert"' in answer.content.decode()
    assert not Conversation.objects.exists()


@pytest.mark.parametrize(
    "more", [{"text": ""}, {"text": "x" * 1_000_000}, {"text": "a\x00b"}, {"key": ""}, {"key": "1"}]
)
def test_words_that_cannot_be_taken_are_explained_and_nothing_is_kept(
    client: Client, desk: Desk, more: dict[str, str]
) -> None:
    answer = client.post(WRITE, {"text": "words", "key": str(uuid.uuid4()), **more})

    assert answer.status_code == 422
    assert not Conversation.objects.exists()


def test_the_longest_words_in_any_script_are_taken(client: Client, desk: Desk) -> None:
    for letter_ in ("x", "щ", "帮", "🌊"):
        assert code_on(write(client, letter_ * 2000))

    assert Message.objects.count() == 4


def test_an_upload_is_refused_and_the_words_stay(client: Client, desk: Desk) -> None:
    answer = write(client, "my words", picture=SimpleUploadedFile("a.png", b"\x89PNG" + bytes(1000)))

    assert answer.status_code == 422
    assert "my words" in answer.content.decode()
    assert not Conversation.objects.exists()


def test_an_upload_to_an_open_mailbox_is_refused_and_the_words_stay(client: Client, desk: Desk) -> None:
    ticket = ticket_on(open_(client, code_on(write(client))))
    picture = SimpleUploadedFile("a.png", b"\x89PNG" + bytes(1000))

    answer = client.post(ANSWERS, {"ticket": ticket, "do": "say", "text": "see this", "picture": picture})

    assert answer.status_code == 422
    assert 'role="alert"' in answer.content.decode()
    assert "see this" in answer.content.decode()
    assert Message.objects.count() == 1


def test_words_that_come_too_fast_stand_in_the_form_again(client: Client, desk: Desk) -> None:
    ticket = ticket_on(open_(client, code_on(write(client))))
    said = [client.post(ANSWERS, {"ticket": ticket, "do": "say", "text": f"line {number}"}) for number in range(20)]

    assert [answer.status_code for answer in said] == [200] * (talks.FAST_COUNT - 1) + [422]
    assert "line 19</textarea>" in said[-1].content.decode()
    assert Message.objects.count() == talks.FAST_COUNT


def test_a_message_of_somebody_else_cannot_be_said_and_a_sender_cannot_be_forged(
    client: Client, desk: Desk, pair: sealing.Pair
) -> None:
    sent = letter(desk, pair)
    client.post(WRITE, sent)
    more = {"finder": sent["finder"], "do": "say", "client_id": str(uuid.uuid4()), "sender": "counsellor"}

    client.post(ANSWERS, {**more, "for_desk": sent["for_desk"], "for_child": sent["for_child"]})

    assert set(Message.objects.values_list("sender", flat=True)) == {"child"}
    assert client.post(ANSWERS, {**more, "finder": octets.text_of(bytes(32))}).status_code == 422


def test_three_hundred_wrong_codes_make_one_network_wait_and_nobody_else(client: Client, desk: Desk) -> None:
    code = code_on(write(client))
    wrong = {"finder": octets.text_of(bytes(32))}

    answers = {client.post(ANSWERS, wrong, REMOTE_ADDR="192.0.2.1").status_code for _ in range(300)}

    assert answers == {422, 429}
    assert open_(client, code, REMOTE_ADDR="192.0.2.77").status_code == 429
    assert open_(client, code, REMOTE_ADDR="198.51.100.1").status_code == 200


def test_a_slip_and_a_code_that_nobody_has_get_the_same_words(client: Client, desk: Desk) -> None:
    pages = [
        re.sub(r'value="[^"]*"', "", open_(client, typed).content.decode())
        for typed in (codes.new(), "1234", "x" * 500)
    ]

    assert pages[0] == pages[1]
    assert "We do not know this code" in pages[2]


def test_a_ticket_that_we_did_not_write_or_that_is_old_opens_nothing(client: Client, desk: Desk) -> None:
    page = open_(client, code_on(write(client)))
    good = ticket_on(page)
    for ticket in ("", "x", good[:-2], good.replace(":", ""), good[:-6] + "AAAAAA"):
        answer = client.post(ANSWERS, {"ticket": ticket, "do": "erase"})

        assert answer.status_code == 422

    opening = mailbox_codes.opening(codes.new())
    assert mailbox_codes.of_ticket(mailbox_codes.ticket(opening, at=NOW), at=NOW) == opening
    assert mailbox_codes.of_ticket(mailbox_codes.ticket(opening, at=NOW), at=NOW + 2 * mailbox_codes.TICKET) is None
    assert Message.objects.count() == 1


def test_an_account_opens_nothing_more_here(client: Client, desk: Desk, nara: User, eve: User) -> None:
    write(client)
    for person in (nara, eve):
        client.force_login(person, backend="allauth.account.auth_backends.AuthenticationBackend")

        assert open_(client, codes.new()).status_code == 422


@pytest.mark.parametrize("address", [WRITE, ANSWERS, "/h/safety/"])
def test_no_page_sets_a_cookie_or_is_kept_and_each_says_whom_to_call(client: Client, desk: Desk, address: str) -> None:
    page = client.get(address)

    assert (page.status_code, dict(page.cookies)) == (200, {})
    assert "no-store" in page["Cache-Control"]
    assert page["Referrer-Policy"] == "no-referrer"
    assert 'class="danger"' in page.content.decode()
    assert "elpline" not in page.content.decode().split("</title>")[0].split("<title>")[1]


def test_a_whole_visit_sets_no_cookie(client: Client, desk: Desk) -> None:
    page = open_(client, code_on(write(client)))
    client.post(ANSWERS, {"ticket": ticket_on(page), "do": "erase"})

    assert dict(client.cookies) == {}


def test_without_a_desk_the_page_says_so(db: None, client: Client) -> None:
    answer = client.get(WRITE)

    assert answer.status_code == 503
    assert "You can call" in answer.content.decode()


def test_words_are_safe_to_show(client: Client, desk: Desk) -> None:
    page = open_(client, code_on(write(client, "<script>alert(1)</script>")))

    assert "<script>alert" not in page.content.decode()
    assert "&lt;script&gt;alert" in page.content.decode()


def test_a_flood_from_one_address_waits_and_another_writes_on(client: Client, desk: Desk, pair: sealing.Pair) -> None:
    sent = letter(desk, pair)

    states = [client.post(WRITE, sent, REMOTE_ADDR="192.0.2.1").status_code for _ in range(40)]

    assert (states[0], states[-1]) == (200, 429)
    assert client.post(WRITE, sent, REMOTE_ADDR="192.0.2.2").status_code == 200
