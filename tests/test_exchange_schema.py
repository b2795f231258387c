"""The JSON doors stand what their own OpenAPI document allows anybody to send: no fault of the server, and refusals in words.

Schemathesis makes up the questions, a bounded number for each operation, with a key that opens every machine's door.
"""

from __future__ import annotations

import json
from typing import Any

import pytest
import schemathesis
from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis.core.result import Ok
from schemathesis.openapi import from_dict

from leeward.core import machines
from leeward.core.models import ApiKey, Organisation
from leeward.site.api import api

pytestmark = pytest.mark.django_db
QUESTIONS = 6  # For each operation: enough to meet its own words, few enough for every run.

DOCUMENT = json.loads(json.dumps(api.get_openapi_schema(path_prefix="/api/v1/"), default=str))
OPERATIONS = {
    found.ok().label: found.ok() for found in from_dict(DOCUMENT).get_all_operations() if isinstance(found, Ok)
}


@pytest.fixture
def client(harbour: Organisation) -> Client:
    """The program of somebody whose key opens every machine's door."""
    key = machines.make_key(harbour, scopes=list(ApiKey.Scope), at=timezone.now())
    return Client(headers={"Host": "localhost", "Authorization": f"Bearer {key}"}, raise_request_exception=False)


def sent(client: Client, case: schemathesis.Case[Any]) -> Any:
    """Send one made-up question as a program would."""
    told = case.as_transport_kwargs(base_url="http://localhost")
    body = json.dumps(told["json"]) if "json" in told else told.get("data") or b""
    media = "application/json" if "json" in told else (case.media_type or "application/octet-stream")
    path = told["url"].removeprefix("http://localhost")
    octets = body if isinstance(body, str | bytes) else json.dumps(body, default=str)
    return client.generic(case.method, path, octets, media, query_params=told.get("params") or {})


@pytest.mark.parametrize("label", sorted(OPERATIONS))
@settings(max_examples=QUESTIONS, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_a_made_up_question_is_answered_or_refused_in_words(client: Client, label: str, data: st.DataObject) -> None:
    case = data.draw(OPERATIONS[label].as_strategy())

    answer = sent(client, case)

    assert answer.status_code < 500 or answer.status_code == 503, (label, answer.status_code)
    if answer.status_code in (400, 401, 403, 404, 405, 409, 413, 415, 422):
        assert answer["Content-Type"].startswith("application/problem+json"), (label, answer.status_code)
        assert answer.json()["title"]


def test_every_operation_of_the_document_is_asked() -> None:
    told = sum(len(ways) for ways in DOCUMENT["paths"].values())

    assert len(OPERATIONS) == told > 20
