"""The demo's page for those over 16 opens by the one code, stays closed for the other, and offers nobody to say it themselves."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.urls import resolve

from leeward import age
from leeward.age import attempts
from leeward.age.methods.protocol import State
from leeward.age.models import Requirement
from leeward.site.demo import ages

AT = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
SITE, PROVIDER = "http://localhost:8000", "http://localhost:8001"
AGE = Path(age.__file__).parent


@pytest.fixture
def codes(db: None) -> ages.Codes:
    """The gate before the page, as the demo makes it."""
    return ages.make_gate(provider_url=PROVIDER, at=AT)


@pytest.mark.parametrize(("whose", "state"), [("old_enough", State.SATISFIED), ("too_young", State.NOT_SATISFIED)])
def test_the_code_of_one_pupil_opens_it_and_that_of_the_other_does_not(
    codes: ages.Codes, whose: str, state: State
) -> None:
    page = Requirement.objects.get(slug=ages.AREA)
    attempt = attempts.begin(page, method="school", nonce="n" * 43, browser="b", user=None, at=AT)

    assert attempts.answer(attempt, {"code": getattr(codes, whose)}, at=AT) == state


def test_nobody_is_offered_to_say_it_themselves(codes: ages.Codes) -> None:
    assert [way.id for way in attempts.offered(Requirement.objects.get())] == ["school"]


def test_each_start_gives_other_codes(codes: ages.Codes) -> None:
    Requirement.objects.get().site.delete()

    again = ages.make_gate(provider_url=PROVIDER, at=AT)

    assert len({codes.old_enough, codes.too_young, again.old_enough, again.too_young}) == 4


def test_what_to_press_is_named_as_it_stands_on_the_pages(codes: ages.Codes) -> None:
    presses = "\n".join(ages.first_presses(SITE, PROVIDER, codes))
    buttons = set(re.findall("«([^»]+)»", presses)) - {"yes"}
    pages = "\n".join(
        path.read_text(encoding="utf-8") for path in [*AGE.rglob("*.html"), *AGE.glob("texts/en/10-12.toml")]
    )

    assert buttons == {"My school says it", "Take this way", "Go on", "Switch off"}
    assert [button for button in buttons if f'"{button}"' not in pages] == []
    assert all(resolve(path) for path in re.findall(rf"{SITE}(\S+)", presses))
