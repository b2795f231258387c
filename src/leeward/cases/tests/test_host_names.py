"""A host name that must not be blocked is refused beside the field, and the case stays open."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from leeward.cases import services as cases
from leeward.cases.models import Case, Decision
from leeward.cases.states import CaseState
from leeward.cases.tests.conftest import SignIn
from leeward.cases.tests.desk import AGAINST_TERMS, AT, MAY_STAY, new_case
from leeward.core import config
from leeward.core.models import User

pytestmark = pytest.mark.django_db

NEVER = "school.example"
REFUSED = {
    "com": "public suffix",
    "co.uk": "public suffix",
    "github.io": "public suffix",
    "*.example.com": "star",
    NEVER: "never-block",
    f"www.{NEVER}": "never-block",
    "192.0.2.7": "address",
    "2001:db8::7": "characters",
    "0x7f.1": "address",
    "two words.example": "space",
    "bad..example": "empty",
    "https://bad.example/": "characters",
}


@pytest.fixture(autouse=True)
def _school_stays_reachable(settings: Any) -> None:
    current = config.current()
    settings.LEEWARD = dataclasses.replace(current, network=dataclasses.replace(current.network, never_block=(NEVER,)))


@pytest.mark.parametrize(("host", "why"), REFUSED.items())
def test_a_name_that_cannot_be_blocked_is_refused_with_the_reason(cem: User, host: str, why: str) -> None:
    case = new_case()

    with pytest.raises(cases.HostCannotBeBlocked, match=why):
        cases.judge(case, dataclasses.replace(AGAINST_TERMS, block_host=host), by=cem, at=AT)

    assert Case.objects.get(pk=case.pk).state == CaseState.OPEN
    assert not Decision.objects.exists()


def test_the_words_stand_beside_the_field_and_the_case_stays_open(cem: User, signed_in: SignIn) -> None:
    case = new_case()
    filled_in = {"outcome": "against_terms", "category": "bullying", "ground": "Terms 4.2", "block_host": "co.uk"}

    answer = signed_in(cem).post(f"/desk/cases/{case.uid}/judge", filled_in)

    assert answer.status_code == 422
    [sentence] = answer.context["form"].errors["block_host"]
    assert sentence.startswith("This name cannot be blocked: ")
    assert "public suffix" in sentence
    assert sentence in answer.content.decode()
    assert Case.objects.get(pk=case.pk).state == CaseState.OPEN


def test_a_name_is_not_dropped_in_silence_where_the_thing_may_stay(cem: User) -> None:
    case = new_case()

    with pytest.raises(cases.HostCannotBeBlocked, match="may stay"):
        cases.judge(case, dataclasses.replace(MAY_STAY, block_host="bad.example"), by=cem, at=AT)

    assert not Decision.objects.exists()


@pytest.mark.parametrize(
    ("typed", "kept"),
    [("BAD.Example.", "bad.example"), ("bücher.example", "xn--bcher-kva.example")],
)
def test_a_name_is_kept_in_one_spelling(cem: User, typed: str, kept: str) -> None:
    decision = cases.judge(new_case(), dataclasses.replace(AGAINST_TERMS, block_host=typed), by=cem, at=AT)

    assert decision.block_host == kept
