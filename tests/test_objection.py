"""Who objects to a closed name is heard: a case of its own at the desk, followed by a code, however the name was closed."""

from __future__ import annotations

import re
import uuid
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from leeward.cases import services as cases
from leeward.cases.models import Case, Decision
from leeward.core.models import User
from leeward.indicators.models import Category, Indicator
from leeward.reports import receipts
from leeward.reports import services as reports
from leeward.reports.models import Channel, Reason
from tests.stage.settling import Settle

pytestmark = pytest.mark.django_db
HOST = {"host": "localhost:8000"}


def text_of(answer: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def object_to(name: str) -> str:
    """Object to a closed name as its owner would, and return the code."""
    said = {"name": name, "who": "owner", "words": "We sell garden tools.", "key": str(uuid.uuid4())}
    answer = Client(headers=HOST).post("/closed/object/", said)
    assert answer.status_code == 201
    found = re.search(r"(?:\d{4}\s+){3}\d{4}", text_of(answer))
    assert found is not None
    return receipts.read(found[0])


def followed(code: str) -> str:
    return text_of(Client(headers=HOST).post("/r/", {"code": code}))


def at_desk(person: User) -> Client:
    browser = Client(headers=HOST)
    browser.force_login(person, backend="allauth.account.auth_backends.AuthenticationBackend")
    return browser


@pytest.fixture
def closed_shop(cem: User, dan: User, settle: Settle) -> Decision:
    """A shop whose name the desk has closed after somebody reported its page."""
    page = reports.Draft(Reason.NOT_ALLOWED, Channel.FORM, page_url="https://shop.example/")
    reports.receive(page, at=timezone.now())
    settle()
    judgement = cases.Judgement(
        Decision.Outcome.ILLEGAL, Category.OTHER, "Sells what nobody may sell", block_host="shop.example"
    )
    decision = cases.judge(Case.objects.get(), judgement, by=cem, at=timezone.now())
    cases.agree(decision, by=dan, at=timezone.now())
    settle()
    return decision


def test_an_objection_waits_at_the_desk_and_can_be_followed(cem: User, eve: User, settle: Settle) -> None:
    code = object_to("shop.example")
    settle()

    case = Case.objects.get()
    page = f"/desk/cases/{case.uid}/"
    assert "Objection to a block: shop.example" in text_of(at_desk(cem).get(page))
    assert "We sell garden tools." in text_of(at_desk(cem).get(page))
    assert at_desk(eve).get(page).status_code == 403

    cases.take(case, by=cem, at=timezone.now())
    stays = cases.Judgement(Decision.Outcome.NO_VIOLATION, Category.OTHER, "Garden tools")
    cases.judge(case, stays, by=cem, at=timezone.now())
    settle()
    assert "does not break the rules" in followed(code)


def test_two_who_object_to_the_same_name_are_one_case_and_another_name_is_another(settle: Settle) -> None:
    for name in ("shop.example", "SHOP.example", "other.example"):
        object_to(name)
    settle()

    assert sorted(case.report_count for case in Case.objects.all()) == [1, 2]


def test_an_objection_does_not_join_the_case_that_closed_the_name(closed_shop: Decision, settle: Settle) -> None:
    code = object_to("shop.example")
    settle()

    assert Case.objects.count() == 2
    assert "taken away" not in followed(code)
    assert "breaks the rules" not in followed(code)


def test_nobody_opens_or_closes_a_name_by_objecting(closed_shop: Decision, settle: Settle) -> None:
    before = list(Indicator.objects.values_list("value", "state"))
    object_to("shop.example")
    settle()

    assert list(Indicator.objects.values_list("value", "state")) == before
