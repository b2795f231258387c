"""Where something was seen, as people say it: without the beginning of an address, or as an app and a name."""

from __future__ import annotations

import pytest

from leeward.reports import places


@pytest.mark.parametrize(
    "typed",
    ["www.example.com/watch?v=1", "harbour.example", " harbour.example/a b ", "harbour.example:8080/x", "Ünï.example/"],
)
def test_the_beginning_that_people_leave_out_is_put_back(typed: str) -> None:
    assert places.completed(typed) == f"https://{typed.strip()}"


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "http://harbour.example/",
        "ftp://harbour.example/",
        "/photos/7",
        "//harbour.example/",
        "localhost:8000/x",
        "192.168.0.1/x",
        "max7",
        "max7 in an app",
        "javascript:alert(1)",
        "mailto:ana@harbour.example",
        "data:text/html,x",
    ],
)
def test_whatever_else_is_typed_stays_as_it_is(typed: str) -> None:
    assert places.completed(typed) == typed


def test_an_app_and_a_name_become_one_line_that_can_be_read() -> None:
    assert places.of_app("  Chatter,\n Max\x00 7 ") == "app:Chatter, Max 7"
    assert len(places.plain("x" * 500)) == places.APP_MAX
