"""A body that is too large, or of unknown length, is refused before one byte of it is read."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from pytest_django import Settings

from leeward.core.middleware import BodyLimit

LIMIT = 1000


class Unreadable:
    """A body that must not be read."""

    def read(self, *args: Any) -> bytes:
        raise AssertionError("the body was read")

    readline = read


@pytest.fixture(autouse=True)
def _limit(settings: Settings) -> None:
    server = dataclasses.replace(settings.LEEWARD.server, max_body_bytes=LIMIT)
    settings.LEEWARD = dataclasses.replace(settings.LEEWARD, server=server)


def send(environ: dict[str, Any], *, method: str = "POST") -> HttpResponse:
    request = RequestFactory().generic(method, "/api/v1/reports")
    request.META.pop("CONTENT_LENGTH", None)
    request.META.update({"wsgi.input": Unreadable(), **environ})

    def view(request: HttpRequest) -> HttpResponse:
        return HttpResponse("the view was asked")

    return BodyLimit(view)(request)


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH"])
@pytest.mark.parametrize(
    ("environ", "status"),
    [
        ({"CONTENT_LENGTH": str(LIMIT + 1)}, 413),
        ({"CONTENT_LENGTH": "9" * 5000}, 413),
        ({"HTTP_TRANSFER_ENCODING": "chunked"}, 411),
        ({"HTTP_TRANSFER_ENCODING": "gzip, Chunked", "CONTENT_LENGTH": "5"}, 411),
        ({"CONTENT_LENGTH": "-1"}, 400),
        ({"CONTENT_LENGTH": "5 bytes"}, 400),
        ({"CONTENT_LENGTH": "٥"}, 400),
    ],
)
def test_it_is_refused_unread(method: str, environ: dict[str, Any], status: int) -> None:
    answer = send(environ, method=method)

    assert (answer.status_code, json.loads(answer.content)["status"]) == (status, status)
    assert answer["Connection"] == "close"


@pytest.mark.parametrize(
    "environ", [{"CONTENT_LENGTH": str(LIMIT)}, {"CONTENT_LENGTH": "0"}, {"CONTENT_LENGTH": ""}, {}]
)
def test_a_body_within_the_limit_reaches_the_view(environ: dict[str, Any]) -> None:
    assert send(environ).content == b"the view was asked"


def test_a_request_that_brings_nothing_is_not_measured() -> None:
    assert send({"CONTENT_LENGTH": str(LIMIT + 1)}, method="GET").content == b"the view was asked"
