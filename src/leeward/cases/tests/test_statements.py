"""The statement of reasons: who gets one, what it says, and that it tells nothing that is not the affected user's to know."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from leeward.cases import reasons, statement_reactions, statements
from leeward.cases import services as cases
from leeward.cases.models import Case, Decision, Measure, Statement
from leeward.cases.tests.desk import (
    AGAINST_TERMS,
    AT,
    ILLEGAL,
    MAY_STAY,
    case_of,
    found_illegal,
    new_case,
    reported,
    with_evidence,
)
from leeward.cases.tests.systems import ProviderSystem, provider_system
from leeward.core import texts
from leeward.core.models import Organisation, Record, User
from leeward.engines.reading import Band
from leeward.indicators.models import Category
from leeward.reports import receipts
from tests.stage.settling import Settle

pytestmark = pytest.mark.django_db
FACTS = "Ana's mother told us that quillowmere did it"


@pytest.fixture
def system(harbour: Organisation) -> Iterator[ProviderSystem]:
    with provider_system(harbour) as system:
        yield system


@pytest.fixture
def case(harbour: Organisation) -> Case:
    return new_case(item_id="photo-7")


def stated(case: Case, judgement: cases.Judgement, *, by: User) -> Statement | None:
    return statements.make(cases.judge(case, judgement, by=by, at=AT), at=AT)


def read(statement: Statement, *, language: str = "en", band: Band = Band.MIDDLE) -> str:
    return reasons.message(statement, language=language, band=band, at=AT)


def test_a_decision_against_an_item_of_a_provider_is_stated_once(case: Case, cem: User) -> None:
    decision = cases.judge(case, AGAINST_TERMS, by=cem, at=AT)
    first, again = statements.make(decision, at=AT), statements.make(decision, at=AT)

    assert first == again
    assert Statement.objects.count() == 1
    assert Record.objects.filter(kind="cases.StatementMade").count() == 1


def test_what_may_stay_or_belongs_to_no_provider_is_not_stated(case: Case, cem: User) -> None:
    assert stated(case, MAY_STAY, by=cem) is None
    assert stated(new_case(), AGAINST_TERMS, by=cem) is None


def test_what_is_only_kept_for_the_police_is_not_told(case: Case, cem: User) -> None:
    assert stated(case, replace(AGAINST_TERMS, measures=(Measure.PRESERVE,)), by=cem) is None


def test_a_decision_that_waits_or_was_taken_back_is_not_stated(case: Case, cem: User, sam: User) -> None:
    proposed = cases.judge(case, replace(ILLEGAL, block_host=""), by=cem, at=AT)
    assert statements.make(proposed, at=AT) is None
    cases.agree(proposed, by=sam, at=AT)
    proposed.refresh_from_db()
    cases.reverse(proposed, by=sam, at=AT)

    assert statements.make(proposed, at=AT) is None


def test_the_reasons_name_what_was_done_why_and_how_to_appeal(case: Case, cem: User) -> None:
    judgement = replace(AGAINST_TERMS, facts=FACTS, measures=(Measure.REMOVE, Measure.WARN, Measure.PRESERVE))
    statement = stated(case, judgement, by=cem)

    assert statement is not None
    assert read(statement) == (
        "Why we did this\nIt is about: photo-7\n\n"
        "What we did\nWe took it away.\nWe warn you this time.\n\n"
        "Why\nIt is mean to someone.\nThe rules of this place do not allow it.\nThe rule: Terms 4.2\n"
        "Someone told us about it.\nPeople decided.\n\n"
        "Do you not agree?\nYou can say so until 22 May 2027.\nIt costs nothing.\n\n"
        "What else you can do\nA group from outside can help us to agree.\nYou can go to a court.\n\n"
        "Read it here: http://localhost:8000/statement/\n"
        f"Your code: {receipts.grouped(statements.code_of(statement))}"
    )


@pytest.mark.parametrize("language", texts.languages())
@pytest.mark.parametrize("band", Band)
def test_nothing_that_the_desk_wrote_for_itself_is_told_in_any_language(
    language: str, band: Band, case: Case, cem: User
) -> None:
    statement = stated(case, replace(AGAINST_TERMS, facts=FACTS), by=cem)

    assert statement is not None
    told = read(statement, language=language, band=band)
    assert "quillowmere" not in told
    assert "Terms 4.2" in told
    assert "{" not in told


@pytest.mark.parametrize("category", Category)
def test_every_kind_of_harm_and_every_measure_has_words(category: Category, case: Case, cem: User, dan: User) -> None:
    wanted = replace(AGAINST_TERMS, category=category, measures=tuple(Measure), ends_at=None)
    wanted = replace(wanted, measures=tuple(one for one in Measure if one != Measure.BLOCK_ADDRESS))
    decision = cases.judge(case, wanted, by=cem, at=AT)
    cases.agree(decision, by=dan, at=AT)
    statement = statements.make(Decision.objects.get(pk=decision.pk), at=AT)

    assert statement is not None
    assert len(reasons.of(statement, language="mn", band=Band.SMALL, at=AT).done) == len(statements.TOLD)


def test_it_speaks_the_language_of_the_first_report(harbour: Organisation, cem: User) -> None:
    report = reported(item_id="photo-9")
    type(report).objects.filter(pk=report.pk).update(language="zh-hans")

    statement = stated(case_of(report), AGAINST_TERMS, by=cem)

    assert statement is not None
    assert statement.language == "zh"


def test_a_suspension_says_when_it_ends(case: Case, cem: User) -> None:
    week = replace(AGAINST_TERMS, measures=(Measure.SUSPEND,), ends_at=AT + timedelta(days=7))

    statement = stated(case, week, by=cem)

    assert statement is not None
    assert "This ends on 28 Nov. 2026." in read(statement)


def test_a_code_opens_its_own_statement_and_none_other(case: Case, cem: User) -> None:
    statement = stated(case, AGAINST_TERMS, by=cem)
    assert statement is not None
    code = statements.code_of(statement)

    assert statements.find(receipts.grouped(code)) == statement
    assert statements.find(receipts.new()) is None
    assert bytes(statement.code) != receipts.digest(code)


def test_a_code_cannot_be_had_by_reporting_under_the_name_of_a_statement(case: Case, cem: User) -> None:
    statement = stated(case, AGAINST_TERMS, by=cem)

    assert statement is not None
    assert receipts.for_key(str(statement.uid)) != statements.code_of(statement)


def test_the_provider_gets_the_code_and_the_text_in_every_language(
    system: ProviderSystem,
    case: Case,
    cem: User,
    settle: Settle,
) -> None:
    cases.judge(case, AGAINST_TERMS, by=cem, at=AT)

    settle()

    [message] = [one for one in system.taken if one["type"] == "statement.made"]
    statement = Statement.objects.get()
    assert set(message["data"]["texts"]) == set(texts.languages())
    assert message["data"]["texts"]["en"] == read(statement)
    assert message["data"]["subject"] == {"kind": "item", "provider": "harbour", "id": "photo-7"}
    assert statements.find(message["data"]["code"]) == statement
    assert statement.told_at is not None


def test_telling_it_twice_is_one_message_of_one_name(
    system: ProviderSystem,
    case: Case,
    cem: User,
    settle: Settle,
) -> None:
    decision = cases.judge(case, AGAINST_TERMS, by=cem, at=AT)
    settle()
    statement_reactions.make_statement.call(decision_uid=str(decision.uid))
    statement_reactions.tell_provider.call(statement_uid=str(Statement.objects.get().uid))
    settle()

    names = [one["id"] for one in system.taken if one["type"] == "statement.made"]
    assert len(names) == 2
    assert len(set(names)) == 1


def test_a_reversal_is_told_where_the_decision_was(
    system: ProviderSystem,
    case: Case,
    cem: User,
    sam: User,
    settle: Settle,
) -> None:
    decision = cases.judge(case, AGAINST_TERMS, by=cem, at=AT)
    settle()
    cases.reverse(decision, by=sam, at=AT)
    settle()

    [message] = [one for one in system.taken if one["type"] == "statement.withdrawn"]
    assert message["data"]["is_in_effect"] is False
    assert "We looked again. We took back what we did." in message["data"]["texts"]["en"]
    assert "Do you not agree?" not in message["data"]["texts"]["en"]


def test_a_decision_that_was_reversed_before_anybody_was_told_is_told_to_nobody(
    system: ProviderSystem,
    case: Case,
    cem: User,
    sam: User,
    settle: Settle,
) -> None:
    decision = cases.judge(case, AGAINST_TERMS, by=cem, at=AT)
    statements.make(decision, at=AT)
    cases.reverse(decision, by=sam, at=AT)

    settle()

    assert [one["type"] for one in system.taken if one["type"].startswith("statement")] == []


def test_source_and_automation_are_those_of_the_decision(harbour: Organisation, cem: User, sam: User) -> None:
    decision = found_illegal(new_case(item_id="photo-3"), by=cem, and_by=sam)
    Decision.objects.filter(pk=decision.pk).update(
        found_by=Decision.Found.FLAGGER, is_detected_by_machine=True, automation=Decision.Automation.PARTIALLY
    )

    statement = statements.make(decision, at=AT)

    assert statement is not None
    payload = statements.payload_of(statement)
    assert payload["source_type"] == "SOURCE_TRUSTED_FLAGGER"
    assert payload["automated_detection"] == "Yes"
    assert payload["automated_decision"] == "AUTOMATED_DECISION_PARTIALLY"
    assert "A machine saw it first." in read(statement)


def test_the_content_is_of_the_sort_that_was_sealed(case: Case, cem: User) -> None:
    with_evidence(case)
    statement = stated(case, AGAINST_TERMS, by=cem)

    assert statement is not None
    payload = statements.payload_of(statement)
    assert payload["content_type"] == ["CONTENT_TYPE_IMAGE"]
    assert (payload["content_date"], payload["application_date"]) == ("2026-11-21", "2026-11-21")
