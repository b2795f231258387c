"""Partners are told only what two people confirmed: a decision that one person took alone protects here and nowhere else."""

from __future__ import annotations

import dataclasses

import pytest

from leeward.cases import services as cases
from leeward.cases.models import Decision, Measure
from leeward.cases.tests.desk import AGAINST_TERMS, AT, found_illegal, in_force, new_case, with_evidence
from leeward.core.models import Organisation, User
from leeward.engines.stix import taxii
from leeward.exchange.partners import services as partners
from leeward.exchange.partners.models import Partner
from leeward.exchange.sharing import services as sharing
from leeward.exchange.shelf import services as exchange
from tests.stage.settling import Settle

pytestmark = pytest.mark.django_db


@pytest.fixture
def beacon(db: None) -> Partner:
    """A hotline with which everything is shared that may travel."""
    sharing.share_everything(at=AT)
    hotline = Organisation.objects.create(slug="beacon", name="Beacon Hotline", kind=Organisation.Kind.HOTLINE)
    return partners.take_part(hotline, at=AT, group=Partner.Group.HOTLINES)


def told(partner: Partner) -> list[str]:
    """Return the pattern of every version of a sign that a partner is given."""
    page = exchange.page(partner, filters=taxii.Filters(versions=(taxii.Version.ALL,)))
    return [str(item.known["pattern"]) for item in page.items if item.known["type"] == "indicator"]


def blocking(host: str, *, is_for_partners: bool = False) -> cases.Judgement:
    return dataclasses.replace(
        AGAINST_TERMS, block_host=host, measures=(Measure.BLOCK_ADDRESS,), is_for_partners=is_for_partners
    )


def test_what_one_person_decided_alone_stays_here(beacon: Partner, cem: User, sam: User, settle: Settle) -> None:
    case = new_case()
    with_evidence(case)
    decision = cases.judge(case, AGAINST_TERMS, by=cem, at=AT)
    settle()
    protected = len(in_force())
    cases.reverse(decision, by=sam, at=AT)
    settle()

    assert protected == 3
    assert told(beacon) == []


def test_what_two_people_decided_is_told_with_its_withdrawal(
    beacon: Partner, cem: User, dan: User, sam: User, settle: Settle
) -> None:
    decision = found_illegal(new_case(), by=cem, and_by=dan)
    settle()
    published = told(beacon)
    cases.reverse(decision, by=sam, at=AT)
    settle()

    assert published == ["[domain-name:value = 'bad.example']"]
    assert told(beacon) == published * 2


def test_what_is_meant_for_partners_is_told_when_a_colleague_agrees(
    beacon: Partner, cem: User, dan: User, settle: Settle
) -> None:
    decision = cases.judge(new_case(), blocking("bad.example", is_for_partners=True), by=cem, at=AT)
    settle()
    before = told(beacon)
    cases.agree(decision, by=dan, at=AT)
    settle()

    assert before == []
    assert told(beacon) == ["[domain-name:value = 'bad.example']"]
    assert Decision.objects.get().outcome == Decision.Outcome.AGAINST_TERMS
