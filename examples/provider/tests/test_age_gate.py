"""The older half of Harbour Photos: not one byte of it before Leeward says 204, and nothing of the visitor but the cookies."""

import socket
from collections.abc import Callable

import pytest

from .conftest import Harbour, LeewardStandIn

INSIDE = "<h1>The older half</h1>"
GATED = ("--age-area", "older-half")


@pytest.fixture
def gated(start_harbour: Callable[..., Harbour]) -> Harbour:
    return start_harbour(*GATED)


def test_whoever_has_shown_the_age_sees_the_page(gated: Harbour, leeward: LeewardStandIn) -> None:
    answer = gated.get("/older/?page=2", Cookie="__Host-age=token")

    path, asked = leeward.gate_asked[0]
    assert (answer.status_code, INSIDE in answer.text) == (200, True)
    assert (path, asked["x-age-required"], asked["x-forwarded-uri"]) == (
        "/age/gate/enter",
        "older-half",
        "/older/?page=2",
    )
    assert asked["cookie"] == "__Host-age=token"


@pytest.mark.parametrize("status", [200, 302, 401, 403, 500, 503])
def test_any_other_answer_is_given_back_with_its_way_and_its_cookies(
    gated: Harbour, leeward: LeewardStandIn, status: int
) -> None:
    leeward.gate_answer = (
        status,
        [("Location", "http://a.example/"), ("Set-Cookie", "a=1"), ("Set-Cookie", "b=2")],
        b"no",
    )

    answer = gated.get("/older/")

    assert (answer.status_code, answer.text, answer.headers["location"]) == (status, "no", "http://a.example/")
    assert answer.headers.get_list("set-cookie") == ["a=1", "b=2"]


def test_where_leeward_does_not_answer_nobody_comes_in(start_harbour: Callable[..., Harbour]) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        harbour = start_harbour(*GATED, leeward_url=f"http://127.0.0.1:{unused.getsockname()[1]}")

        answer = harbour.get("/older/", Cookie="__Host-age=token")

    assert (answer.status_code, INSIDE in answer.text) == (503, False)


def test_a_visitor_names_no_other_area_and_sends_nothing_else(gated: Harbour, leeward: LeewardStandIn) -> None:
    gated.get("/older/", **{"X-Age-Required": "easier", "X-Forwarded-Uri": "/", "Authorization": "Basic eA=="})

    asked = leeward.gate_asked[0][1]
    assert (asked["x-age-required"], asked["x-forwarded-uri"]) == ("older-half", "/older/")
    assert "authorization" not in asked


def test_one_visitor_does_not_come_in_with_the_cookies_of_another(gated: Harbour, leeward: LeewardStandIn) -> None:
    leeward.gate_answer = (302, [("Location", "/older/"), ("Set-Cookie", "__Host-age=token; Path=/")], b"")
    gated.get("/_age/back?token=x", Cookie="__Host-age-way=n")

    gated.get("/older/")

    assert "cookie" not in leeward.gate_asked[1][1]


def test_the_way_there_and_back_is_passed_on_and_nothing_else(gated: Harbour, leeward: LeewardStandIn) -> None:
    there = gated.get("/_age/start?to=%2Folder%2F").status_code
    elsewhere = [
        gated.get(path).status_code for path in ("/_age/", "/_age/../desk/", "/_age/start/../../desk", "/_agestart")
    ]

    assert [path for path, _ in leeward.gate_asked] == ["/age/gate/start?to=%2Folder%2F"]
    assert (there, elsewhere) == (204, [404] * 4)


def test_without_an_area_there_is_no_such_page_and_no_link_to_it(harbour: Harbour, leeward: LeewardStandIn) -> None:
    assert (harbour.get("/older/").status_code, "/older/" in harbour.get("/").text) == (404, False)
    assert leeward.gate_asked == []
