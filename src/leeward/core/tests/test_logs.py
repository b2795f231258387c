"""One JSON object a line, with ids and words of ours only."""

from __future__ import annotations

import json
import logging
import sys
from typing import Any

import pytest
from django.test import RequestFactory
from django.urls import resolve

from leeward.core import worker
from leeward.core.logs import JsonFormatter
from leeward.core.tests import lamps
from leeward.core.tests.lamps import AT, CANARY


def record(
    name: str = "leeward.worker", *, message: object = "lamp %s", args: tuple[object, ...] = (), exc_info: Any = None
) -> logging.LogRecord:
    return logging.LogRecord(name, logging.WARNING, __file__, 1, message, args, exc_info)


def written(one: logging.LogRecord) -> dict[str, Any]:
    text = JsonFormatter().format(one)
    assert "\n" not in text
    line: dict[str, Any] = json.loads(text)
    return line


def raised() -> Any:
    try:
        raise lamps.LampBroken(CANARY)
    except lamps.LampBroken:
        return sys.exc_info()


def test_a_line_says_when_how_bad_where_and_what() -> None:
    line = written(record(args=("north",)))

    assert (line["level"], line["from"], line["message"]) == ("warning", "leeward.worker", "lamp north")
    assert line["at"].endswith("+00:00")


def test_a_line_break_in_a_message_stays_inside_its_line() -> None:
    assert written(record(message="first\nsecond"))["message"] == "first\nsecond"


def test_of_an_exception_only_its_kind_and_the_lines_of_code_are_written() -> None:
    line = written(record(message="lamp failed", exc_info=raised()))

    assert CANARY not in json.dumps(line)
    assert line["error"] == "LampBroken"
    assert line["where"][-1].startswith(f"{__name__}:")


def test_what_is_not_allowed_by_name_is_left_out() -> None:
    one = record(message="lamp")
    one.__dict__.update({"delivery": "7", "words": CANARY, "url": CANARY})

    line = written(one)

    assert line["delivery"] == "7"
    assert CANARY not in json.dumps(line)


def test_of_a_library_the_arguments_are_left_out() -> None:
    line = written(record("some.library", message="lamp %s took %.1f s", args=(CANARY, 7)))

    assert line["message"] == "lamp … took … s"


def test_a_page_that_broke_is_named_by_its_pattern_and_not_by_its_address() -> None:
    one = record("django.request", message="%s: %s", args=("Internal Server Error", f"/desk/{CANARY}/"))
    request = RequestFactory().get(f"/desk/{CANARY}/")
    request.resolver_match = resolve("/health/live")
    one.__dict__.update({"request": request, "status_code": 500})

    line = written(one)

    assert (line["message"], line["status"]) == ("Internal Server Error: …", 500)
    assert line["route"] == "health/live"
    assert CANARY not in json.dumps(line)


def test_an_exception_that_a_library_logs_as_its_message_is_named_by_its_kind() -> None:
    line = written(record("some.library", message=lamps.LampBroken(CANARY)))

    assert line["message"] == "LampBroken"


@pytest.mark.django_db
def test_a_reaction_that_fails_writes_its_id_and_nothing_of_its_text(caplog: pytest.LogCaptureFixture) -> None:
    caplog.handler.setFormatter(JsonFormatter())
    delivery = lamps.owed("north", task=lamps.break_down)

    for claimed in worker.claim(at=AT, most=1):
        worker.perform(claimed)

    line = json.loads(caplog.text)
    assert (line["message"], line["delivery"]) == ("delivery failed", str(delivery.uid))
    assert (line["error"], line["parked"]) == ("leeward.core.tests.lamps.LampBroken", False)
    assert CANARY not in caplog.text
