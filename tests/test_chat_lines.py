"""What comes over a line that no page of ours sends: each is refused kindly, nothing of it is stored, and nobody hears of others."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from tests.stage import helpline
from tests.stage.child import LINE, Child
from tests.stage.helpline import Counsellor, Helpline, text_of
from tests.stage.leeward import Blank, Leeward, Role

pytestmark = pytest.mark.browser

CANARY = "kanarienvogel"
COUNSELLOR = "/helpline/line/"
_EVE = """
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.conf import settings
from leeward.core.models import Membership, Organisation, Role, User
organisation = Organisation.objects.get(slug="the-quay")
user = User.objects.create_user(username="{name}")
for role in {roles}:
    Membership.objects.create(user=user, organisation=organisation, role=role)
session = SessionStore()
session[SESSION_KEY], session[HASH_SESSION_KEY] = str(user.pk), user.get_session_auth_hash()
session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[-1]
session.save()
print(f"{{settings.SESSION_COOKIE_NAME}}={{session.session_key}}")
"""
_SEAT = """
from leeward.core.models import User
from leeward.helplines.models import Desk, Seat
Seat.objects.create(desk=Desk.objects.get(), person=User.objects.get(username={name!r}), alias={name!r})
"""
_SEAT_AWAY = "from leeward.helplines.models import Seat; Seat.objects.filter(person__username={name!r}).delete()"
_ONLY_A_COUNSELLOR = """
from leeward.core.models import Membership
Membership.objects.filter(user__username={name!r}).update(role="counsellor")
"""
_HAND_OVER = """
from leeward.core.models import User
from leeward.helplines.conversations import services
from leeward.helplines.models import Conversation
talk = Conversation.objects.get(uid={uid!r})
services.hand_over(talk, by=talk.counsellor, to=User.objects.get(username={name!r}), alias="Next")
"""
_URGENT = """
from django.utils import timezone
from leeward.helplines.desk import services, telling
from leeward.helplines.models import Conversation
talk, at = Conversation.objects.get(uid={uid!r}), timezone.now()
services.flag(talk, risk=Conversation.Risk.URGENT, by=talk.counsellor, at=at)
telling.desk_changed(talk)
"""
_JOIN = """
from django.utils import timezone
from leeward.core.models import User
from leeward.helplines.desk import services, telling
from leeward.helplines.models import Conversation
talk = Conversation.objects.get(uid={uid!r})
services.join(talk, by=User.objects.get(username={name!r}), at=timezone.now())
telling.desk_changed(talk)
"""


@pytest.fixture(scope="module")
def desk(blank: Blank, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Helpline]:
    """A running Leeward with a desk, behind one proxy, so that each child has a network of its own."""
    data_dir = tmp_path_factory.mktemp("lines")
    blank.copy_to(data_dir)
    leeward = Leeward(data_dir, env={"LEEWARD_TRUSTED_PROXIES": "1"})
    try:
        opened = helpline.opened(leeward)
        leeward.start(Role.WEB)
        yield opened
    finally:
        leeward.stop()


@pytest.fixture
def nara(desk: Helpline) -> Iterator[Counsellor]:
    """Nara, who is there."""
    with desk.counsellor() as counsellor:
        counsellor.wait_for(lambda frame: frame["type"] == "queue")
        yield counsellor


@pytest.fixture
def ana(desk: Helpline, nara: Counsellor) -> Iterator[Child]:
    """Ana, whose chat has begun."""
    child = Child(desk)
    child.begin()
    yield child
    child.socket.close()


def stored(desk: Helpline) -> int:
    code = "from leeward.helplines.models import Message; print(Message.objects.count())"
    return int(desk.leeward.python(code))


def session(desk: Helpline, name: str, *, roles: list[str]) -> str:
    return desk.leeward.python(_EVE.format(name=name, roles=roles)).strip()


# --- Who may open a line ---------------------------------------------------------------------------


@pytest.mark.parametrize("path", [LINE, COUNSELLOR])
@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1:1", None])
def test_no_other_site_opens_a_line(path: str, origin: str | None, desk: Helpline) -> None:
    headers = {"Cookie": desk.cookie} | ({"Origin": origin} if origin else {})

    with pytest.raises(InvalidStatus) as refused:
        desk.line(path, headers=headers)

    assert refused.value.response.status_code == 403


@pytest.mark.parametrize("path", ["/", "/h/", "/h/line", "/helpline/", "/api/v1/reports", "/h/line/more/"])
def test_there_is_no_line_anywhere_else(path: str, desk: Helpline) -> None:
    with pytest.raises(InvalidStatus) as refused:
        desk.line(path, headers={"Origin": desk.origin, "Cookie": desk.cookie})

    assert refused.value.response.status_code == 403


@pytest.mark.parametrize("roles", [[], ["guardian"], ["reviewer", "operator"]], ids=["none", "guardian", "staff"])
def test_eve_has_no_line_to_a_desk(roles: list[str], desk: Helpline) -> None:
    cookie = session(desk, f"eve-{len(roles)}", roles=roles)

    for headers in ({"Origin": desk.origin}, {"Origin": desk.origin, "Cookie": cookie}):
        with pytest.raises(InvalidStatus) as refused:
            desk.line(COUNSELLOR, headers=headers)
        assert refused.value.response.status_code == 403


def test_a_counsellor_without_a_seat_sees_no_queue_and_hears_no_talk(desk: Helpline, ana: Child) -> None:
    cookie = session(desk, "of-another-desk", roles=["counsellor"])
    ana.ask(ana.message(), answer="kept")
    before = stored(desk)

    with desk.line(COUNSELLOR, headers={"Origin": desk.origin, "Cookie": cookie}) as socket:
        for frame in (
            {"type": "follow", "conversation": ana.uid, "since": 0},
            {**ana.message(), "conversation": ana.uid},
            {"type": "follow", "conversation": str(uuid4()), "since": 0},
        ):
            socket.send(json.dumps(frame))
            answer = json.loads(socket.recv(timeout=helpline.WITHIN_S))
            assert (answer["type"], answer["code"]) == ("refused", "not_here")

    assert stored(desk) == before


# --- Who hears a talk --------------------------------------------------------------------------------


@contextmanager
def colleague(desk: Helpline, name: str, *, role: str) -> Iterator[Counsellor]:
    """Let somebody else with a seat at the desk open a line."""
    cookie = session(desk, name, roles=[role])
    desk.leeward.python(_SEAT.format(name=name))
    with desk.line(COUNSELLOR, headers={"Origin": desk.origin, "Cookie": cookie}) as socket:
        counsellor = Counsellor(desk, socket)
        counsellor.wait_for(lambda frame: frame["type"] == "queue")
        yield counsellor


def refused(counsellor: Counsellor, *, conversation: str) -> str:
    """Return why a talk is shown no more."""
    frame = counsellor.wait_for(lambda frame: frame["type"] == "refused")
    assert frame["conversation"] == conversation
    assert frame["words"]
    return str(frame["code"])


def test_a_talk_that_waits_is_read_by_nobody_and_one_of_a_colleague_neither(
    desk: Helpline, ana: Child, nara: Counsellor
) -> None:
    ana.ask(ana.message(b"before anybody came"), answer="kept")
    nara.follow(ana.uid)
    assert refused(nara, conversation=ana.uid) == "not_yours"
    nara.take(ana.uid)
    assert nara.next_words() == "before anybody came"

    with colleague(desk, "oyun", role="counsellor") as oyun:
        oyun.follow(ana.uid)
        assert refused(oyun, conversation=ana.uid) == "not_yours"
        ana.ask(ana.message(b"for Nara"), answer="kept")
        assert nara.next_words() == "for Nara"
        oyun.follow(ana.uid)
        assert refused(oyun, conversation=ana.uid) == "not_yours"

        assert {frame["type"] for frame in oyun.heard} <= {"queue", "refused"}


def test_a_supervisor_of_the_desk_reads_along(desk: Helpline, ana: Child, nara: Counsellor) -> None:
    nara.take(ana.uid)

    with colleague(desk, "tuul", role="supervisor") as tuul:
        tuul.follow(ana.uid)
        tuul.state("talking")
        ana.ask(ana.message(b"for both"), answer="kept")

        assert (nara.next_words(), tuul.next_words()) == ("for both", "for both")


def test_an_urgent_talk_is_told_to_supervisors_who_are_there_and_to_nobody_else(
    desk: Helpline, ana: Child, nara: Counsellor
) -> None:
    nara.take(ana.uid)
    with (
        colleague(desk, "sveta", role="supervisor") as sveta,
        colleague(desk, "not-sveta", role="counsellor") as other,
    ):
        desk.leeward.python(_URGENT.format(uid=ana.uid))
        sveta.wait_for(lambda frame: called(frame, ana.uid) is True)
        desk.leeward.python(_JOIN.format(uid=ana.uid, name="sveta"))
        sveta.wait_for(lambda frame: called(frame, ana.uid) is False)

        assert all("talking" not in frame for frame in [*other.heard, *nara.heard])


def called(frame: helpline.Frame, uid: str) -> bool | None:
    """Return whether a queue shows a talk as one that calls a supervisor; None where it does not show it."""
    return next((talk["is_calling"] for talk in frame.get("talking", []) if talk["uid"] == uid), None)


@pytest.mark.parametrize("what", ["message", "good_bye", "here"])
def test_after_a_hand_over_only_the_next_one_hears_the_talk(
    what: str, desk: Helpline, ana: Child, nara: Counsellor
) -> None:
    nara.take(ana.uid)
    ana.ask(ana.message(b"for Nara"), answer="kept")
    assert nara.next_words() == "for Nara"
    with colleague(desk, f"next-{what}", role="counsellor") as following:
        desk.leeward.python(_HAND_OVER.format(uid=ana.uid, name=f"next-{what}"))
        if what == "here":
            nara.socket.send(json.dumps({"type": "here"}))
        elif what == "good_bye":
            ana.ask({"type": "good_bye"}, answer="state")
        else:
            ana.ask(ana.message(b"for the next"), answer="kept")

        assert refused(nara, conversation=ana.uid) == "not_yours"
        following.follow(ana.uid)
        assert following.next_words() == "for Nara"
        if what != "good_bye":
            ana.ask(ana.message(b"and once more"), answer="kept")
            assert following.wait_for(lambda frame: frame["type"] == "message")["place"] > 1

    nara.follow(ana.uid)
    assert refused(nara, conversation=ana.uid) == "not_yours"
    assert {frame["place"] for frame in nara.heard if frame["type"] == "message"} == {1}
    assert {frame["alias"] for frame in nara.heard if frame["type"] == "state"} == {"Nara"}


def test_who_loses_the_seat_hears_no_more(desk: Helpline, ana: Child) -> None:
    with colleague(desk, "sarnai", role="supervisor") as sarnai:
        sarnai.follow(ana.uid)
        sarnai.state("waiting")
        desk.leeward.python(_SEAT_AWAY.format(name="sarnai"))

        ana.ask(ana.message(), answer="kept")

        assert refused(sarnai, conversation=ana.uid) == "not_yours"
        assert "message" not in {frame["type"] for frame in sarnai.heard}


def test_a_supervisor_who_is_one_no_more_reads_along_no_more(desk: Helpline, ana: Child) -> None:
    with colleague(desk, "bold", role="supervisor") as bold:
        bold.follow(ana.uid)
        bold.state("waiting")
        desk.leeward.python(_ONLY_A_COUNSELLOR.format(name="bold"))

        ana.ask(ana.message(), answer="kept")

        assert refused(bold, conversation=ana.uid) == "not_yours"
        assert "message" not in {frame["type"] for frame in bold.heard}


# --- What comes over it ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "junk",
    [
        b"\x00\xff\xfe",
        b"",
        "{",
        "[]",
        '{"type":"say"}',
        '{"type":"nothing"}',
        '{"type":"open","finder":7}',
        '{"type":["say"]}',
        b"\x89PNG\r\n\x1a\n" + bytes(30_000),
    ],
)
def test_junk_is_refused_and_the_talk_goes_on(junk: str | bytes, ana: Child) -> None:
    ana.socket.send(junk)

    heard = json.loads(ana.socket.recv(timeout=helpline.WITHIN_S))
    while heard["type"] != "refused":
        heard = json.loads(ana.socket.recv(timeout=helpline.WITHIN_S))
    assert heard["code"] == "not_understood"
    assert heard["words"]
    assert ana.ask(ana.message(), answer="kept")["place"] == 1, "nothing of it is in the talk"


def test_a_message_of_a_megabyte_ends_the_line_and_nothing_of_it_is_kept(desk: Helpline, ana: Child) -> None:
    before = stored(desk)

    with pytest.raises(ConnectionClosed) as closed:
        ana.ask({**ana.message(), "for_desk": "A" * 1_000_000}, answer="kept")

    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1009
    assert stored(desk) == before


def test_a_message_that_is_too_long_is_refused_by_its_id(desk: Helpline, ana: Child) -> None:
    before, message = stored(desk), ana.message(b"x" * 9_000)

    refused = ana.ask(message, answer="refused")

    assert (refused["code"], refused["client_id"]) == ("too_long", message["client_id"])
    assert stored(desk) == before


def test_a_hundred_at_once_are_refused_and_few_are_stored(desk: Helpline, ana: Child) -> None:
    before = stored(desk)
    codes = set()
    try:
        for _ in range(150):
            ana.socket.send(json.dumps(ana.message()))
        while True:
            heard = json.loads(ana.socket.recv(timeout=5))
            codes.add(heard.get("code"))
    except (ConnectionClosed, TimeoutError):
        pass

    assert "too_fast" in codes
    assert stored(desk) - before <= 20


def test_the_same_message_twice_is_kept_once_and_said_once(desk: Helpline, ana: Child, nara: Counsellor) -> None:
    nara.take(ana.uid)
    message = ana.message(b"only once")

    places = [ana.ask(message, answer="kept")["place"] for _ in range(2)]
    ana.ask(ana.message(b"the next"), answer="kept")

    assert places == [1, 1]
    assert [nara.next_words(), nara.next_words()] == ["only once", "the next"]


def test_a_child_speaks_as_a_child_and_in_its_own_talk_only(desk: Helpline, ana: Child, nara: Counsellor) -> None:
    nara.take(ana.uid)
    other = Child(desk)
    other.begin()

    forged = {**other.message(b"from somebody else"), "sender": "counsellor", "conversation": ana.uid, "author": 1}
    other.ask(forged, answer="kept")
    ana.ask(ana.message(b"from Ana"), answer="kept")

    assert nara.next_words() == "from Ana"
    said = other.ask({"type": "since", "place": 0}, answer="message")
    assert (said["sender"], said["conversation"]) == ("child", other.uid)
    other.socket.close()


def test_a_counsellor_says_nothing_in_a_talk_that_nobody_took(desk: Helpline, ana: Child, nara: Counsellor) -> None:
    before = stored(desk)
    nara.socket.send(json.dumps({**ana.message(), "conversation": ana.uid}))

    assert nara.wait_for(lambda frame: frame["type"] == "refused")["code"] == "not_yours"
    assert stored(desk) == before


def test_nobody_says_anything_before_the_code(desk: Helpline, ana: Child) -> None:
    stranger = Child(desk)

    assert stranger.ask(ana.message(), answer="refused")["code"] == "not_understood"
    stranger.socket.close()


def test_wrong_codes_slow_their_own_network_down_and_nobody_else(desk: Helpline, ana: Child) -> None:
    guesser = Child(desk)
    wrong = {"type": "open", "finder": text_of(secrets.token_bytes(32))}

    codes = [guesser.ask(wrong, answer="refused")["code"] for _ in range(8)]

    assert codes[:5] == ["wrong_code"] * 5
    assert codes[-1] == "wait"
    # Also the right code waits there, or guessing would go on unseen.
    right = {"type": "open", "finder": text_of(ana.finder)}
    assert guesser.ask(right, answer="refused")["code"] == "wait"
    again = Child(desk)
    assert again.ask(right, answer="opened")["conversation"] == ana.uid
    guesser.socket.close()
    again.socket.close()


def test_a_right_code_brings_back_every_message_in_order(desk: Helpline, ana: Child) -> None:
    for words in (b"one", b"two", b"three"):
        ana.ask(ana.message(words), answer="kept")

    back = Child(desk)
    opened = back.ask({"type": "open", "finder": text_of(ana.finder)}, answer="opened")

    assert [message["place"] for message in opened["messages"]] == [1, 2, 3]
    assert not {"for_desk", "for_child"} & opened["messages"][0].keys()
    back.socket.close()


def test_no_line_leaves_an_address_or_a_path_in_the_log(desk: Helpline, ana: Child) -> None:
    ana.socket.send(b"\xff" + CANARY.encode())
    ana.ask(ana.message(), answer="kept")

    log = (desk.leeward.data_dir / "web.log").read_text()

    assert "/h/" not in log
    assert "10." not in log.replace("10.0", "")
    assert ana.network not in log
    assert CANARY not in log
