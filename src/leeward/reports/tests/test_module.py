"""The button's script has one lasting address for every provider's page."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.test import Client

from leeward import reports

SCRIPT = Path(reports.__file__).parent / "static" / "reports" / "report.js"


@pytest.mark.usefixtures("collected", "db")
def test_any_page_may_load_the_button(client: Client) -> None:
    answer = client.get("/report.js", headers={"origin": "https://harbour.example"})

    assert answer.status_code == 200
    assert answer["Content-Type"] == "text/javascript; charset=utf-8"
    assert answer["Access-Control-Allow-Origin"] == "*"
    assert answer["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert answer["Cache-Control"] == "public, max-age=300"
    assert answer.content == SCRIPT.read_bytes()
    assert not answer.cookies


@pytest.mark.usefixtures("collected", "db")
def test_the_button_is_only_given_away(client: Client) -> None:
    assert client.post("/report.js").status_code == 405
