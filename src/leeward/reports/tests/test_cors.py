"""Pages of other sites may send a report and may do nothing else."""

from __future__ import annotations

import pytest
from django.test import Client

from leeward.reports.tests.ana import DOOR, body

pytestmark = pytest.mark.django_db
ORIGIN = {"origin": "https://harbour.example"}


@pytest.mark.parametrize("door", [DOOR, f"{DOOR}/half"])
def test_a_browser_that_asks_first_is_told_what_it_may_send(client: Client, door: str) -> None:
    asked = ORIGIN | {"access-control-request-method": "POST", "access-control-request-headers": "idempotency-key"}

    answer = client.options(door, headers=asked)

    assert answer.status_code == 204
    assert answer["Access-Control-Allow-Origin"] == "*"
    assert answer["Access-Control-Allow-Methods"] == "POST"
    assert {"content-type", "idempotency-key", "leeward-proof"} == set(
        answer["Access-Control-Allow-Headers"].split(", ")
    )
    assert "Access-Control-Allow-Credentials" not in answer


def test_a_page_may_read_the_receipt_and_a_refusal(client: Client) -> None:
    taken = client.post(DOOR, body(), content_type="application/json", headers=ORIGIN)
    refused = client.post(DOOR, {}, content_type="application/json", headers=ORIGIN)

    assert (taken.status_code, refused.status_code) == (201, 422)
    assert taken["Access-Control-Allow-Origin"] == refused["Access-Control-Allow-Origin"] == "*"
    assert taken["Cross-Origin-Resource-Policy"] == "cross-origin"


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/report/",
        "/r/",
        "/desk/",
        "/api/v1/screen",
        "/api/v1/reports/",
        "/api/v1/reports/machine",
        "/api/v1/reports/context",
        "/api/v1/openapi.json",
        "/metrics",
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS"])
def test_no_other_door_is_open_to_pages_of_other_sites(client: Client, path: str, method: str) -> None:
    answer = client.generic(method, path, headers=ORIGIN)

    assert not [name for name in answer.headers if name.lower().startswith("access-control-")]
