"""The operator enters, reads, keeps and lifts orders; everybody else reads only what the law allows, and may object."""

from __future__ import annotations

import dataclasses
import re
import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from leeward.core import config, sequencer
from leeward.core.models import User
from leeward.filtering import compiler
from leeward.filtering.legal import probes, services
from leeward.filtering.legal.models import LegalOrder
from leeward.filtering.tests.signs import SCHOOL, published
from leeward.reports.models import Report

pytestmark = pytest.mark.django_db
HOST = {"host": "localhost:8000"}


@pytest.fixture(autouse=True)
def _nothing_is_remembered() -> None:
    """Forget what was counted for the page before."""
    cache.clear()


def filled(**changed: Any) -> dict[str, Any]:
    today = timezone.localdate()
    return {
        "kind": "court",
        "authority": "District Court",
        "reference": "12/2026",
        "date": (today - timedelta(days=2)).isoformat(),
        "review_date": (today + timedelta(days=180)).isoformat(),
        "reason": "A shop that sells what nobody may sell.",
        "names": "shop.example\nmirror.example",
        **changed,
    }


def signed_in(person: User) -> Client:
    browser = Client(headers=HOST)
    browser.force_login(person, backend="allauth.account.auth_backends.AuthenticationBackend")
    return browser


@pytest.fixture
def browser(olga: User) -> Client:
    """The operator's browser."""
    return signed_in(olga)


@pytest.fixture
def anybody() -> Client:
    """Somebody without an account."""
    return Client(headers=HOST)


def text_of(answer: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def enter(browser: Client, **changed: Any) -> LegalOrder:
    answer = browser.post("/legal/enter/", filled(**changed))
    assert answer.status_code == 302, text_of(answer)
    return LegalOrder.objects.latest("pk")


def test_only_the_operator_comes_in(browser: Client, cem: User, sam: User, bea: User, eve: User) -> None:
    order = enter(browser)
    doors = [("get", "/legal/"), ("get", "/legal/enter/"), ("post", "/legal/enter/"), ("get", f"/legal/{order.uid}/")]
    doors += [("post", f"/legal/{order.uid}/{step}/") for step in ("lift", "review", "undo")]

    for person in (cem, sam, bea, eve):
        stranger = signed_in(person)
        assert {getattr(stranger, way)(door).status_code for way, door in doors} == {403}
    order.refresh_from_db()
    assert order.state == "in_force"
    assert browser.get("/legal/").status_code == 200


def test_who_is_not_signed_in_is_led_to_sign_in(anybody: Client, browser: Client) -> None:
    order = enter(browser)

    for door in ("/legal/", "/legal/enter/", f"/legal/{order.uid}/"):
        answer = anybody.get(door)
        assert answer.status_code in {302, 403}
        assert "shop.example" not in answer.content.decode()


def test_at_the_beginning_there_is_no_order(browser: Client) -> None:
    assert "No order is in force." in text_of(browser.get("/legal/"))


def test_an_order_is_entered_and_shown_with_its_names(browser: Client) -> None:
    text = text_of(browser.post("/legal/enter/", filled(), follow=True))

    assert "The order is entered." in text
    assert "District Court In force" in text
    assert "mirror.example" in text
    assert "District Court" in text_of(browser.get("/legal/"))


def test_names_come_by_file_too(browser: Client) -> None:
    file = SimpleUploadedFile("names.txt", b"one.example\ntwo.example\nthree.example\n")

    assert enter(browser, names="", file=file).name_count == 3


def test_a_wrong_line_is_shown_with_line_and_column_and_nothing_is_entered(browser: Client) -> None:
    answer = browser.post("/legal/enter/", filled(names=f"shop.example\n*.com\n{SCHOOL}"))

    text = text_of(answer)
    assert answer.status_code == 422
    assert "2 3 Strangers register names below this one" in text
    assert "3 1 Nobody may close this name" in text
    assert "It asks to close names that nobody may close." in text
    assert not LegalOrder.objects.exists()


TODAY = timezone.localdate()


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"authority": ""}, "This field is required."),
        ({"kind": "neighbour"}, "Select a valid choice."),
        ({"date": (TODAY + timedelta(days=3)).isoformat()}, "This day has not come yet."),
        ({"review_date": (TODAY - timedelta(days=1)).isoformat()}, "This day is over."),
        ({"review_date": "soon"}, "Enter a valid date."),
        ({"names": " \n"}, "Paste the names here, or give a file"),
        ({"names": "# nothing"}, "No name was found."),
        ({"file": SimpleUploadedFile("n.txt", b"a.example")}, "Paste the names here, or give a file"),
        ({"kind": "hotline", "shows_names": "on"}, "never shown"),
        ({"reason": "x" * 1001}, "at most 1000 characters"),
    ],
)
def test_what_cannot_be_an_order_is_said_beside_its_field(browser: Client, changed: dict[str, Any], words: str) -> None:
    answer = browser.post("/legal/enter/", filled(**changed))

    assert answer.status_code == 422
    assert words in text_of(answer)
    assert not LegalOrder.objects.exists()


def test_the_names_of_a_hotline_are_shown_to_nobody(browser: Client, anybody: Client) -> None:
    order = enter(browser, kind="hotline", authority="Hotline", names="worst.example")

    pages = [browser.get(f"/legal/{order.uid}/"), browser.get("/legal/"), anybody.get("/closed/")]
    assert all("worst.example" not in page.content.decode() for page in pages)
    assert "Nobody reads them here." in text_of(pages[0])
    assert "These names are never shown" in text_of(pages[2])


def test_the_page_says_so_until_the_network_follows(browser: Client, compiling: compiler.Compiler) -> None:
    order = enter(browser)
    sequencer.stamp(at=timezone.now())
    later = timezone.now() + timedelta(minutes=1)
    assert "does not follow this order yet" in text_of(browser.get(f"/legal/{order.uid}/"))
    assert not probes.orders_are_followed(later).is_well

    compiling.catch_up()

    assert "does not follow this order yet" not in text_of(browser.get(f"/legal/{order.uid}/"))
    assert probes.orders_are_followed(later).is_well
    browser.post(f"/legal/{order.uid}/undo/")
    assert "does not follow this order yet" in text_of(browser.get(f"/legal/{order.uid}/"))


def test_an_order_is_lifted_with_a_reason_and_that_can_be_undone(browser: Client) -> None:
    order = enter(browser)
    assert browser.post(f"/legal/{order.uid}/lift/", {"reason": ""}).status_code == 422

    lifted = text_of(browser.post(f"/legal/{order.uid}/lift/", {"reason": "The court took it back."}, follow=True))
    assert "The order is lifted." in lifted
    assert "The court took it back." in lifted
    again = text_of(browser.post(f"/legal/{order.uid}/lift/", {"reason": "Once more."}, follow=True))
    assert "Somebody lifted this order already." in again

    assert "Undone." in text_of(browser.post(f"/legal/{order.uid}/undo/", follow=True))
    order.refresh_from_db()
    assert order.state == "in_force"
    assert "cannot be undone" in text_of(browser.post(f"/legal/{order.uid}/undo/", follow=True))


def test_a_review_that_is_near_stands_at_the_top_until_it_is_moved(browser: Client) -> None:
    order = enter(browser, review_date=(TODAY + timedelta(days=5)).isoformat())
    assert "Look at these again" in text_of(browser.get("/legal/"))
    assert "Its review is near or over." in text_of(browser.get(f"/legal/{order.uid}/"))

    too_soon = browser.post(f"/legal/{order.uid}/review/", {"review_date": TODAY.isoformat()})
    assert too_soon.status_code == 422
    later = {"review_date": (TODAY + timedelta(days=400)).isoformat()}
    assert "Kept." in text_of(browser.post(f"/legal/{order.uid}/review/", later, follow=True))

    assert "Look at these again" not in text_of(browser.get("/legal/"))


def test_everybody_reads_what_is_closed_by_law_and_by_our_own_decision(browser: Client, anybody: Client) -> None:
    enter(browser, shows_names="on", names="shop.example\nmirror.example")
    enter(browser, kind="regulator", authority="Media Authority", reference="list 7", names="secret.example")
    published("bad.example", "worse.example")

    text = text_of(anybody.get("/closed/"))

    assert "District Court" in text
    assert "mirror.example" in text
    assert "Media Authority" in text
    assert "The law does not let us show these names." in text
    assert "Names in all 2" in text
    assert not {"secret.example", "bad.example"} & set(text.split())


def test_machines_read_the_same(browser: Client, anybody: Client) -> None:
    shown = enter(browser, shows_names="on")
    enter(browser, kind="hotline", names="worst.example")
    services.lift(enter(browser), reason="Over.", by=User.objects.get(username="olga"), at=timezone.now())
    published("bad.example")

    answer = anybody.get("/closed/orders.json")

    body = answer.json()
    assert answer["Access-Control-Allow-Origin"] == "*"
    by_kind = {order["kind"]: order for order in body["orders"]}
    assert by_kind["court"]["id"] == str(shown.uid)
    assert by_kind["court"]["names"] == ["mirror.example", "shop.example"]
    assert (by_kind["hotline"]["names"], by_kind["hotline"]["name_count"]) == (None, 1)
    assert (len(body["orders"]), body["lifted"]) == (2, 1)
    assert body["own"] == {"names": 1, "by_category": {"other": 1}}
    assert body["object"] == "https://leeward.example/closed/object/"


def test_where_nothing_is_closed_the_page_says_so(anybody: Client) -> None:
    text = text_of(anybody.get("/closed/"))

    assert "The law closes nothing here now." in text
    assert "We closed nothing by our own decision." in text


def objection(**changed: Any) -> dict[str, Any]:
    return {
        "name": "shop.example",
        "who": "owner",
        "words": "We sell garden tools.",
        "key": str(uuid.uuid4()),
        **changed,
    }


def test_the_page_to_object_knows_who_closed_the_name(
    browser: Client, anybody: Client, compiling: compiler.Compiler
) -> None:
    enter(browser)
    published("bad.example")
    compiling.catch_up()

    by_law = text_of(anybody.get("/closed/object/", {"name": "www.shop.example"}))
    assert "The law of this country asks for it." in by_law
    assert "Order of a court, 12/2026" in by_law
    by_us = text_of(anybody.get("/closed/object/", {"name": "bad.example"}))
    assert "The people who run this network." in by_us
    assert "not closed for everybody" in text_of(anybody.get("/closed/object/", {"name": "fine.example"}))
    assert anybody.get("/closed/object/").status_code == 200


def test_an_objection_is_a_report_of_its_own_about_the_name_and_gives_a_code(anybody: Client) -> None:
    said = objection(name="https://Shop.example/tools")

    answer = anybody.post("/closed/object/", said)

    assert answer.status_code == 201
    assert re.search(r"(\d{4}\s+){3}\d{4}", text_of(answer))
    report = Report.objects.get()
    assert report.page_url == "app:Objection to a block: shop.example"
    assert report.words == "From the site itself:\nWe sell garden tools."
    assert anybody.post("/closed/object/", said).status_code == 201
    assert Report.objects.count() == 1
    assert anybody.post("/closed/object/", said | {"words": "Something else."}).status_code == 422


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"name": "two words"}, "This is no name of a site."),
        ({"name": ""}, "This field is required."),
        ({"name": "192.0.2.7"}, "This is no name of a site."),
        ({"who": "king"}, "Select a valid choice."),
        ({"words": ""}, "This field is required."),
        ({"words": "x" * 5000}, "at most 3800 characters"),
        ({"key": "no key"}, "open this page again"),
    ],
)
def test_what_cannot_be_an_objection_is_said_in_words(anybody: Client, changed: dict[str, str], words: str) -> None:
    answer = anybody.post("/closed/object/", objection(**changed))

    assert answer.status_code == 422
    assert words in text_of(answer)
    assert not Report.objects.exists()


def test_who_floods_waits_as_with_any_other_report(anybody: Client, settings: Any) -> None:
    server = dataclasses.replace(config.current().server, reports_per_minute=2)
    settings.LEEWARD = dataclasses.replace(config.current(), server=server)

    statuses = [anybody.post("/closed/object/", objection(name=f"n{number}.example")) for number in range(3)]

    assert [answer.status_code for answer in statuses] == [201, 201, 429]
    assert "Nothing is lost." in text_of(statuses[2])
    assert "We sell garden tools." in statuses[2].content.decode()


def test_the_pages_for_everybody_take_strange_names_calmly(anybody: Client) -> None:
    for name in ("\x00", "<b>bold</b>", "x" * 5000, "..", "%ff"):
        answer = anybody.get("/closed/object/", {"name": name})
        assert answer.status_code == 200
        assert "<b>bold" not in answer.content.decode()
