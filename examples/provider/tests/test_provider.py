"""What Harbour Photos promises: ask before publishing, obey each signed webhook once, fail towards safety."""

import http.client
import io
import socket
from collections.abc import Callable
from typing import Any

import pytest
from PIL import Image

from .conftest import API_KEY, Harbour, LeewardStandIn, requested, signed


def drawn_jpeg() -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (64, 48), "teal").save(file, "JPEG")
    return file.getvalue()


def test_the_gallery_shows_four_credited_photographs_with_alternative_text(harbour: Harbour) -> None:
    page = harbour.get("/").text

    assert page.count("<img ") == page.count(' alt="') == 4
    assert Image.open(io.BytesIO(harbour.get("/photos/chelsea.jpg").content)).size == (451, 300)


def test_a_photo_page_carries_the_button_and_a_plain_link_under_a_strict_policy(
    harbour: Harbour, leeward: LeewardStandIn
) -> None:
    page = harbour.get("/photos/coffee")

    assert 'data-provider="harbour" data-item-id="coffee" data-item-kind="photo"' in page.text
    assert f'<a href="{leeward.url}/report/?url=https%3A%2F%2Fbad.example%2Fphotos%2Fcoffee">' in page.text
    policy = page.headers["Content-Security-Policy"]
    assert f"default-src 'none'; script-src {leeward.url}; connect-src {leeward.url};" in policy


def test_a_clear_upload_is_published(harbour: Harbour, leeward: LeewardStandIn) -> None:
    picture = drawn_jpeg()

    answer = harbour.upload(picture, item_id="boat")

    assert answer.status_code == 201
    assert leeward.screened == [(f"Bearer {API_KEY}", "image/jpeg", picture)]
    assert harbour.get("/photos/boat.jpg").content == picture


def test_a_known_upload_is_refused_and_not_kept(harbour: Harbour, leeward: LeewardStandIn) -> None:
    leeward.screen_answer = (200, {"answer": "known", "indicator": "7"})

    answer = harbour.upload(drawn_jpeg(), item_id="boat")

    assert (answer.status_code, answer.json()) == (451, {"answer": "known", "indicator": "7"})
    assert harbour.get("/photos/boat.jpg").status_code == 404
    assert "boat" not in harbour.state()["photos"]


@pytest.mark.parametrize(
    "screen_answer",
    [(200, {"answer": "held"}), (503, {}), (401, {"answer": "clear"}), (200, {"answer": "fine"}), (200, ["clear"])],
)
def test_whatever_is_not_clearly_clear_is_held(
    harbour: Harbour, leeward: LeewardStandIn, screen_answer: tuple[int, Any]
) -> None:
    leeward.screen_answer = screen_answer

    assert harbour.upload(drawn_jpeg(), item_id="boat").status_code == 202
    assert harbour.state()["photos"]["boat"] == "held"
    assert harbour.get("/photos/boat.jpg").status_code == 404
    assert "boat" not in harbour.get("/").text


def test_an_upload_is_held_while_leeward_is_down(start_harbour: Callable[..., Harbour]) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        harbour = start_harbour(leeward_url=f"http://127.0.0.1:{unused.getsockname()[1]}")

        answer = harbour.upload(drawn_jpeg(), item_id="boat")

    assert answer.status_code == 202
    assert harbour.get("/photos/boat").status_code == 404


def test_a_take_down_removes_the_page_and_the_picture_and_a_restore_brings_both_back(harbour: Harbour) -> None:
    removed = harbour.ask("remove", "chelsea", webhook_id="msg_1", sequence=10)
    gone = [harbour.get(path).status_code for path in ("/photos/chelsea", "/photos/chelsea.jpg")]
    restored = harbour.ask("restore", "chelsea", webhook_id="msg_2", sequence=11)
    back = [harbour.get(path).status_code for path in ("/photos/chelsea", "/photos/chelsea.jpg")]

    assert (removed.json(), restored.json()) == ({"result": "applied"}, {"result": "applied"})
    assert (gone, back) == ([404, 404], [200, 200])


@pytest.mark.parametrize(
    "fault", ["other secret", "too old", "changed body", "no signature", "no version", "not base64"]
)
def test_a_webhook_without_a_good_signature_is_refused(harbour: Harbour, fault: str) -> None:
    body = requested("remove", "chelsea", sequence=10)
    headers = signed(body, webhook_id="msg_1")
    if fault == "other secret":
        headers = signed(body, webhook_id="msg_1", secret="whsec_b3RoZXItc2VjcmV0LW90aGVyLXNlY3JldA==")
    elif fault == "too old":
        headers = signed(body, webhook_id="msg_1", age_s=600)
    elif fault == "changed body":
        body = body.replace(b"chelsea", b"coffee")
    elif fault == "no signature":
        del headers["webhook-signature"]
    else:
        headers["webhook-signature"] = "nonsense" if fault == "no version" else "v1,%%%"

    answer = harbour.webhook(body, headers)

    state = harbour.state()
    assert answer.status_code == 401
    assert state["counters"] == {"received": 0, "distinct": 0, "effects": 0, "refused_signatures": 1}
    assert {state["photos"][name] for name in ("chelsea", "coffee")} == {"published"}


def test_a_replayed_webhook_is_acknowledged_and_has_no_second_effect(harbour: Harbour) -> None:
    harbour.ask("remove", "chelsea", webhook_id="msg_1", sequence=10)
    harbour.ask("restore", "chelsea", webhook_id="msg_2", sequence=11)

    again = harbour.ask("remove", "chelsea", webhook_id="msg_1", sequence=10)

    assert (again.status_code, again.json()) == (200, {"result": "replay"})
    assert harbour.state()["photos"]["chelsea"] == "published"
    assert harbour.state()["counters"] == {"received": 3, "distinct": 2, "effects": 2, "refused_signatures": 0}


def test_an_overtaken_webhook_is_acknowledged_and_ignored(harbour: Harbour) -> None:
    harbour.ask("restore", "chelsea", webhook_id="msg_2", sequence=11)

    late = harbour.ask("remove", "chelsea", webhook_id="msg_1", sequence=10)

    assert (late.status_code, late.json()) == (200, {"result": "overtaken"})
    assert harbour.state()["photos"]["chelsea"] == "published"
    assert [webhook["result"] for webhook in harbour.state()["webhooks"]] == ["applied", "overtaken"]


def test_sequences_of_different_items_do_not_disturb_each_other(harbour: Harbour) -> None:
    harbour.ask("remove", "chelsea", webhook_id="msg_1", sequence=50)

    assert harbour.ask("remove", "coffee", webhook_id="msg_2", sequence=3).json() == {"result": "applied"}


def test_a_take_down_that_arrives_before_its_upload_still_holds(harbour: Harbour) -> None:
    harbour.ask("remove", "boat", webhook_id="msg_1", sequence=10)

    assert harbour.upload(drawn_jpeg(), item_id="boat").status_code == 409
    assert harbour.get("/photos/boat.jpg").status_code == 404


def test_a_killed_harbour_remembers_what_it_applied(start_harbour: Callable[..., Harbour]) -> None:
    start_harbour().ask("remove", "chelsea", webhook_id="msg_1", sequence=10)

    harbour = start_harbour()  # The first one is killed without warning.

    assert harbour.state()["photos"]["chelsea"] == "removed"
    assert harbour.ask("remove", "chelsea", webhook_id="msg_1", sequence=10).json() == {"result": "replay"}


@pytest.mark.parametrize(
    "body",
    [
        b"not json",
        b"[]",
        b'{"type": "action.requested", "data": {}}',
        requested("explode", "chelsea", sequence=1),
        requested("remove", "", sequence=1),
        requested("remove", "chelsea", sequence=1).replace(b'"harbour"', b'"other"'),
        requested("remove", "chelsea", sequence=1).replace(b'"sequence": 1', b'"sequence": "1"'),
    ],
)
def test_a_signed_webhook_that_cannot_be_obeyed_says_so(harbour: Harbour, body: bytes) -> None:
    answer = harbour.webhook(body, signed(body, webhook_id="msg_1"))

    assert answer.status_code == 422
    assert answer.json()["error"]
    assert harbour.state()["counters"]["effects"] == 0


@pytest.mark.parametrize("item_id", ["refused:0e8f1c2a-5d0b-4a51-9a53-2f1c3d4e5f60", "upload:0123abcd", "../state"])
@pytest.mark.parametrize("verb", ["remove", "restore"])
def test_an_order_about_what_was_never_stored_is_done_and_changes_nothing(
    harbour: Harbour, verb: str, item_id: str
) -> None:
    before = harbour.state()["photos"]

    answer = harbour.ask(verb, item_id, webhook_id="msg_1", sequence=1)

    assert (answer.status_code, answer.json()) == (200, {"result": "no such item"})
    assert harbour.state()["photos"] == before


def test_a_webhook_of_a_type_that_harbour_does_not_know_is_acknowledged(harbour: Harbour) -> None:
    body = b'{"type": "case.closed", "timestamp": "2026-11-22T00:00:00Z", "data": {}}'

    assert harbour.webhook(body, signed(body, webhook_id="msg_1")).json() == {"result": "not for us"}


@pytest.mark.parametrize(
    ("picture", "item_id", "media_type", "status"),
    [
        (b"<svg/>", "boat", "image/jpeg", 415),
        (drawn_jpeg(), "boat", "image/png", 415),
        (drawn_jpeg(), "../boat", "image/jpeg", 400),
        (drawn_jpeg(), "", "image/jpeg", 400),
    ],
)
def test_an_unusable_upload_is_refused_before_leeward_is_asked(
    harbour: Harbour, leeward: LeewardStandIn, picture: bytes, item_id: str, media_type: str, status: int
) -> None:
    assert harbour.upload(picture, item_id=item_id, media_type=media_type).status_code == status
    assert leeward.screened == []


@pytest.mark.parametrize(("length", "status"), [("10000001", 413), ("9" * 5000, 413), ("-1", 411), ("", 411)])
def test_an_upload_too_large_is_refused_before_its_body_is_read(harbour: Harbour, length: str, status: int) -> None:
    connection = http.client.HTTPConnection(harbour.url.removeprefix("http://"), timeout=5)
    connection.putrequest("POST", "/upload")
    connection.putheader("Content-Length", length)
    connection.endheaders()

    assert connection.getresponse().status == status
    connection.close()
