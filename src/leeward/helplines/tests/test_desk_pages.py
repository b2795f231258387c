"""The counsellors' page: whoever has a seat works there; everybody else finds nothing."""

from __future__ import annotations

import base64
import json
import uuid
from datetime import UTC, datetime

import pytest
from django.test import Client
from django.urls import reverse

from leeward.core.models import User
from leeward.helplines.conversations.models import Conversation, Desk
from leeward.helplines.desk import replies, services
from leeward.helplines.desk.models import CannedReply, Draft, Escalation, Note
from leeward.helplines.shifts.models import Seat, Shift, SpecialDay
from leeward.helplines.tests import desks
from leeward.helplines.tests.conftest import NOW

# Views read the clock, so what they take has begun before.
BEFORE = datetime(2020, 1, 6, 12, tzinfo=UTC)
NOTE = base64.urlsafe_b64encode(desks.SEALED).rstrip(b"=").decode()


@pytest.fixture
def taken(desk: Desk, nara: User) -> Conversation:
    """A chat that Nara has, with two messages."""
    desks.seat(desk, nara)
    talk = desks.talk(desk, at=BEFORE)
    desks.say(talk)
    services.take(talk, by=nara, at=NOW)
    desks.say(talk, by=nara)
    talk.refresh_from_db()
    return talk


def doors(talk: Conversation, desk: Desk) -> list[tuple[str, str]]:
    """Return each door of the desk with the method that it is opened by."""
    about = {"uid": talk.uid}
    of_desk = {"uid": desk.uid}
    return [
        ("get", reverse("helpline:queue")),
        ("post", reverse("helpline:here")),
        *[("get", reverse(f"helpline:{name}", kwargs=about)) for name in ("talk", "notes", "give")],
        *[
            ("post", reverse(f"helpline:{name}", kwargs=about))
            for name in ("take", "flag", "join", "hand_over", "end", "add_note", "draft", "give")
        ],
        *[("get", reverse(f"helpline:{name}", kwargs=of_desk)) for name in ("replies", "shifts")],
        *[("post", reverse(f"helpline:{name}", kwargs=of_desk)) for name in ("plan", "special_day", "give_seat")],
        ("get", reverse("helpline_figures:overview")),
        ("get", reverse("helpline_figures:desk", kwargs=of_desk)),
        ("get", reverse("helpline_figures:table", kwargs=of_desk)),
    ]


# --- Who comes in


@pytest.mark.parametrize("name", ["eve", "bea", "cem", "sam", "olga"])
def test_no_other_role_finds_anything(
    name: str, request: pytest.FixtureRequest, taken: Conversation, desk: Desk
) -> None:
    browser = desks.browser_of(request.getfixturevalue(name))

    for method, address in doors(taken, desk):
        answer = getattr(browser, method)(address)
        assert answer.status_code in {403, 404}, address
        assert desk.name.encode() not in answer.content


def test_a_visitor_is_asked_to_sign_in(client: Client, taken: Conversation, desk: Desk) -> None:
    for method, address in doors(taken, desk):
        assert getattr(client, method)(address).status_code in {302, 403}, address


def test_a_counsellor_and_a_supervisor_of_another_desk_find_nothing(
    taken: Conversation, desk: Desk, oyun: User, tuul: User
) -> None:
    other = Desk.objects.create(name="Other desk", made_at=NOW)
    desks.seat(other, oyun)
    desks.seat(other, tuul)

    for person in (oyun, tuul):
        browser = desks.browser_of(person)
        for method, address in doors(taken, desk):
            if str(taken.uid) in address or str(desk.uid) in address:
                assert getattr(browser, method)(address).status_code in {403, 404}, address
        assert desk.name.encode() not in browser.get("/helpline/").content

    taken.refresh_from_db()
    assert taken.state == Conversation.State.TALKING


def test_a_counsellor_of_the_desk_does_not_open_a_colleagues_talk(taken: Conversation, desk: Desk, oyun: User) -> None:
    desks.seat(desk, oyun)
    browser = desks.browser_of(oyun)

    for name in ("talk", "notes", "give"):
        assert browser.get(reverse(f"helpline:{name}", kwargs={"uid": taken.uid})).status_code == 404


def test_a_counsellor_plans_nothing(taken: Conversation, desk: Desk, nara: User) -> None:
    browser = desks.browser_of(nara)

    for name in ("plan", "special_day", "give_seat"):
        assert browser.post(reverse(f"helpline:{name}", kwargs={"uid": desk.uid})).status_code == 403
    assert browser.post(reverse("helpline:replies", kwargs={"uid": desk.uid})).status_code == 404
    assert browser.get(reverse("helpline_figures:overview")).status_code == 403


def test_who_has_a_role_and_no_seat_is_told_what_to_do(nara: User, desk: Desk) -> None:
    page = desks.browser_of(nara).get("/helpline/")

    assert "You have no seat at a desk yet." in page.text
    assert desk.name not in page.text


# --- The queue


def test_the_queue_shows_what_is_needed_to_choose_and_no_more(desk: Desk, nara: User) -> None:
    desks.seat(desk, nara)
    talk = desks.talk(desk, at=BEFORE)

    page = desks.browser_of(nara).get("/helpline/")

    assert "10–12" in page.text
    assert reverse("helpline:take", kwargs={"uid": talk.uid}) in page.text
    assert "no-store" in page["Cache-Control"]


def test_a_supervisor_sees_calls_and_the_real_names(taken: Conversation, desk: Desk, nara: User, tuul: User) -> None:
    desks.seat(desk, tuul)
    services.flag(taken, risk=Conversation.Risk.URGENT, by=nara, at=NOW)

    page = desks.browser_of(tuul).get("/helpline/").text

    assert reverse("helpline:join", kwargs={"uid": taken.uid}) in page
    assert "Nara (nara)" in page
    assert reverse("helpline:join", kwargs={"uid": taken.uid}) not in desks.browser_of(nara).get("/helpline/").text


def test_the_switch_says_here_and_on_a_break(desk: Desk, nara: User) -> None:
    desks.seat(desk, nara)
    browser = desks.browser_of(nara)

    browser.post("/helpline/here", {"is_here": "yes"})
    assert Seat.objects.get().here_since_at

    browser.post("/helpline/here", {"is_here": "no"})
    assert Seat.objects.get().here_since_at is None
    assert browser.post("/helpline/here", {"is_here": "perhaps"}).status_code == 404


def test_taking_a_talk_opens_it_and_the_second_is_told(desk: Desk, nara: User, oyun: User) -> None:
    desks.seat(desk, nara)
    desks.seat(desk, oyun)
    address = reverse("helpline:take", kwargs={"uid": desks.talk(desk, at=BEFORE).uid})

    first = desks.browser_of(nara).post(address)
    second = desks.browser_of(oyun).post(address, follow=True)

    assert "/helpline/talk/" in first["Location"]
    assert "Somebody was quicker" in second.text


def test_a_third_chat_is_refused_kindly(desk: Desk, nara: User) -> None:
    desks.seat(desk, nara, most_chats=1)
    browser = desks.browser_of(nara)
    browser.post(reverse("helpline:take", kwargs={"uid": desks.talk(desk, at=BEFORE).uid}))

    answer = browser.post(reverse("helpline:take", kwargs={"uid": desks.talk(desk, at=BEFORE).uid}), follow=True)

    assert "as many chats as you can hold well" in answer.text


# --- One talk


def test_a_talk_page_holds_no_words_but_the_keys_to_seal_with(taken: Conversation, nara: User) -> None:
    page = desks.browser_of(nara).get(reverse("helpline:talk", kwargs={"uid": taken.uid})).text

    assert f'data-talk="{taken.uid}"' in page
    assert "<noscript>" in page
    assert "The child reads the name Nara." in page


def test_an_erased_talk_is_gone(taken: Conversation, nara: User) -> None:
    Conversation.objects.filter(pk=taken.pk).update(
        state=Conversation.State.ERASED, finder=None, child_key=None, erased_at=NOW
    )

    assert desks.browser_of(nara).get(reverse("helpline:talk", kwargs={"uid": taken.uid})).status_code == 404


def test_a_note_comes_and_goes_sealed(taken: Conversation, nara: User) -> None:
    browser, client_id = desks.browser_of(nara), str(uuid.uuid4())
    about = {"uid": taken.uid}

    kept = browser.post(reverse("helpline:add_note", kwargs=about), {"client_id": client_id, "sealed": NOTE})
    found = browser.get(reverse("helpline:notes", kwargs=about)).json()["notes"]

    assert kept.status_code == 201
    assert [(one["client_id"], one["sealed"], one["author"]) for one in found] == [(client_id, NOTE, "nara")]


@pytest.mark.parametrize("sealed", ["", "plain words", "AAAA", "A" * 12_000], ids=["none", "open", "short", "long"])
def test_what_is_not_sealed_is_no_note(taken: Conversation, nara: User, sealed: str) -> None:
    answer = desks.browser_of(nara).post(
        reverse("helpline:add_note", kwargs={"uid": taken.uid}), {"client_id": str(uuid.uuid4()), "sealed": sealed}
    )

    assert answer.status_code == 422
    assert "not kept" in answer.json()["words"]
    assert not Note.objects.exists()


def test_a_draft_is_kept_and_travels(taken: Conversation, desk: Desk, nara: User, oyun: User) -> None:
    seat, client_id = desks.seat(desk, oyun), str(uuid.uuid4())
    browser, about = desks.browser_of(nara), {"uid": taken.uid}

    assert (
        browser.post(reverse("helpline:draft", kwargs=about), {"client_id": client_id, "sealed": NOTE}).status_code
        == 204
    )
    browser.post(reverse("helpline:hand_over", kwargs=about), {"seat": seat.pk, "client_id": client_id, "sealed": NOTE})

    page = desks.browser_of(oyun).get(reverse("helpline:talk", kwargs=about)).text
    assert f'data-draft-sealed="{NOTE}"' in page
    assert f'data-draft-id="{client_id}"' in page
    assert browser.get(reverse("helpline:talk", kwargs=about)).status_code == 404
    assert Draft.objects.count() == 1


def test_a_part_that_is_read_anew_leaves_what_is_said_to_the_page_that_shows_it(
    taken: Conversation, desk: Desk, nara: User, oyun: User
) -> None:
    browser, seat = desks.browser_of(nara), desks.seat(desk, oyun)
    browser.post(reverse("helpline:hand_over", kwargs={"uid": taken.uid}), {"seat": seat.pk})

    part = browser.get(reverse("helpline:queue"), headers={"HX-Request": "true"}).text
    page = browser.get(reverse("helpline:queue"), headers={"HX-Request": "true", "HX-Boosted": "true"}).text

    assert ("goes on with this talk" in part, "goes on with this talk" in page) == (False, True)


def test_a_talk_cannot_be_given_to_a_seat_elsewhere(taken: Conversation, nara: User, oyun: User) -> None:
    elsewhere = desks.seat(Desk.objects.create(name="Other desk", made_at=NOW), oyun)

    answer = desks.browser_of(nara).post(
        reverse("helpline:hand_over", kwargs={"uid": taken.uid}), {"seat": elsewhere.pk}, follow=True
    )

    assert "Choose who goes on" in answer.text
    taken.refresh_from_db()
    assert taken.counsellor == nara


def test_urgent_calls_and_joining_is_shown(taken: Conversation, desk: Desk, nara: User, tuul: User) -> None:
    desks.seat(desk, tuul)
    about = {"uid": taken.uid}

    told = desks.browser_of(nara).post(reverse("helpline:flag", kwargs=about), {"risk": "urgent"}, follow=True)
    desks.browser_of(tuul).post(reverse("helpline:join", kwargs=about))
    page = desks.browser_of(nara).get(reverse("helpline:talk", kwargs=about)).text

    assert "A supervisor is called" in told.text
    assert "Supervisor tuul is with you" in page


def test_a_supervisor_reads_along_and_cannot_end_it(taken: Conversation, desk: Desk, tuul: User) -> None:
    desks.seat(desk, tuul)
    browser, about = desks.browser_of(tuul), {"uid": taken.uid}

    assert "you read along" in browser.get(reverse("helpline:talk", kwargs=about)).text
    assert "Only whoever has this talk" in browser.post(reverse("helpline:end", kwargs=about), follow=True).text


def test_an_ended_talk_says_so(taken: Conversation, nara: User) -> None:
    browser, about = desks.browser_of(nara), {"uid": taken.uid}

    browser.post(reverse("helpline:end", kwargs=about))
    again = browser.post(reverse("helpline:end", kwargs=about), follow=True)

    assert "over already" in again.text


# --- Giving something to the case desk


def given(browser: Client, talk: Conversation, **values: str) -> int:
    chosen = json.dumps([{"place": 1, "words": "The chosen words"}])
    form = {"chosen": chosen, "agreed": "yes", "reason": "", **values}
    return browser.post(reverse("helpline:give", kwargs={"uid": talk.uid}), form).status_code


def test_what_is_chosen_is_kept_for_the_case_desk(taken: Conversation, nara: User) -> None:
    assert given(desks.browser_of(nara), taken) == 302

    made = Escalation.objects.get()
    assert (made.words, made.message_count, made.agreed) == ("Child: The chosen words", 1, "yes")


@pytest.mark.parametrize(
    "wrong",
    [
        {"chosen": "[]"},
        {"chosen": "no list"},
        {"chosen": '[{"place": "1", "words": "x"}]'},
        {"chosen": '[{"place": 9, "words": "x"}]'},
        {"chosen": '[{"place": 1, "words": "x"}, {"place": 1, "words": "y"}]'},
        {"chosen": '[{"place": 1, "words": "  "}]'},
        {"chosen": json.dumps([{"place": 1, "words": "x" * 4000}])},
        {"agreed": ""},
        {"agreed": "no"},
        {"agreed": "duty"},
        {"agreed": "duty", "reason": "   "},
    ],
    ids=["nothing", "junk", "text", "no such", "twice", "blank", "long", "unasked", "no", "duty", "no reason"],
)
def test_what_is_not_right_is_refused_and_nothing_is_kept(
    taken: Conversation, nara: User, wrong: dict[str, str]
) -> None:
    assert given(desks.browser_of(nara), taken, **wrong) == 422
    assert not Escalation.objects.exists()


def test_duty_is_given_with_its_reason(taken: Conversation, nara: User) -> None:
    assert given(desks.browser_of(nara), taken, agreed="duty", reason="Somebody is about to be hurt.") == 302
    assert Escalation.objects.get().reason == "Somebody is about to be hurt."


# --- Replies, shifts, seats


def test_a_reply_has_its_reading_level(desk: Desk, tuul: User) -> None:
    desks.seat(desk, tuul)
    browser, address = desks.browser_of(tuul), reverse("helpline:replies", kwargs={"uid": desk.uid})

    browser.post(address, {"language": "en", "title": "Hello", "words": "Hi. I am here. You can tell me."})
    hard = "Notwithstanding considerable organisational responsibilities, circumstances necessitate documentation."
    browser.post(address, {"language": "en", "title": "Hard", "words": hard})
    page = browser.get(address).text

    assert "from 6-9 years" in page
    assert "hard to read" in page
    assert browser.post(address, {"language": "en", "title": "Hello", "words": "Again."}).status_code == 422
    assert CannedReply.objects.count() == 2

    away = reverse("helpline:reply_away", kwargs={"uid": desk.uid, "pk": CannedReply.objects.get(title="Hard").pk})
    browser.post(away)
    assert CannedReply.objects.count() == 1


def test_replies_are_offered_in_the_language_of_the_talk(taken: Conversation, desk: Desk, nara: User) -> None:
    for language, words in (("en", "I am here."), ("mn", "Би энд байна.")):
        replies.add(desk, language=language, title="Hello", words=words, by=nara, at=NOW)

    page = desks.browser_of(nara).get(reverse("helpline:talk", kwargs={"uid": taken.uid})).text

    assert 'data-reply="I am here."' in page
    assert "Би энд байна." not in page


def test_a_supervisor_plans_the_week(desk: Desk, tuul: User) -> None:
    desks.seat(desk, tuul)
    browser, about = desks.browser_of(tuul), {"uid": desk.uid}

    browser.post(
        reverse("helpline:plan", kwargs=about),
        {"plan-weekdays": ["0", "4"], "plan-start": "15:00", "plan-end": "00:00", "plan-seat": ""},
    )
    page = browser.get(reverse("helpline:shifts", kwargs=about)).text

    assert [(shift.weekday, shift.start, shift.end) for shift in Shift.objects.all()] == [
        (0, 900, 1440),
        (4, 900, 1440),
    ]
    assert page.count('<rect class="week__shift"') == 2

    browser.post(reverse("helpline:unplan", kwargs={**about, "pk": Shift.objects.first().pk}))  # type: ignore[union-attr]
    assert Shift.objects.count() == 1


def test_a_wrong_plan_says_what_is_wrong(desk: Desk, tuul: User) -> None:
    desks.seat(desk, tuul)
    browser, about = desks.browser_of(tuul), {"uid": desk.uid}

    for name, values in (
        ("plan", {"plan-start": "15:00", "plan-end": "noon"}),
        ("special_day", {"day-date": "2026-12-24", "day-start": "15:00"}),
        ("give_seat", {"seat-person": "nobody", "seat-alias": "Nobody", "seat-most_chats": "2"}),
        ("give_seat", {"seat-person": "tuul", "seat-alias": "T@4", "seat-most_chats": "9"}),
    ):
        assert browser.post(reverse(f"helpline:{name}", kwargs=about), values).status_code == 422

    assert not Shift.objects.exists()
    assert not SpecialDay.objects.exists()


def test_a_supervisor_gives_seats_and_takes_them_away(desk: Desk, tuul: User, nara: User, bea: User) -> None:
    mine = desks.seat(desk, tuul)
    browser, about = desks.browser_of(tuul), {"uid": desk.uid}
    address = reverse("helpline:give_seat", kwargs=about)

    browser.post(address, {"seat-person": "nara", "seat-alias": "Naran", "seat-most_chats": "3"})
    refused = browser.post(address, {"seat-person": "bea", "seat-alias": "Bee", "seat-most_chats": "3"})
    assert refused.status_code == 422
    assert Seat.objects.get(person=nara).alias == "Naran"

    for seat in (Seat.objects.get(person=nara), mine):
        browser.post(reverse("helpline:no_seat", kwargs={**about, "pk": seat.pk}))
    assert [seat.person for seat in Seat.objects.all()] == [tuul], "not one's own"


def test_a_special_day_is_shown_and_taken_off(desk: Desk, tuul: User) -> None:
    desks.seat(desk, tuul)
    browser, about = desks.browser_of(tuul), {"uid": desk.uid}

    browser.post(reverse("helpline:special_day", kwargs=about), {"day-date": "2026-12-24", "day-name": "Feast"})
    assert "Feast" in browser.get(reverse("helpline:shifts", kwargs=about)).text

    browser.post(reverse("helpline:no_special_day", kwargs={**about, "pk": SpecialDay.objects.get().pk}))
    assert not SpecialDay.objects.exists()
