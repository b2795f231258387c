"""Submitting to the EU's database: off by itself, up to a hundred a call, all or nothing, without personal data, and seen when refused."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pytest_django import Settings

from leeward.cases import services as cases
from leeward.cases import statement_reactions, statements, submission
from leeward.cases.models import Decision, Measure, Statement
from leeward.cases.tests.conftest import SignIn
from leeward.cases.tests.desk import AGAINST_TERMS, AT, ILLEGAL, UNDONE, new_case, undone
from leeward.cases.tests.eu_database import TOKEN, EuDatabase, opened
from leeward.core.models import Organisation, Record, User
from leeward.engines import statements as engine
from leeward.engines.statements.tests.decisions import GROUNDS
from leeward.engines.statements.tests.slow_rules import refused
from leeward.indicators.models import Category

pytestmark = pytest.mark.django_db
States = Statement.Submission


@pytest.fixture
def eu(settings: Settings) -> Iterator[EuDatabase]:
    """The EU's database, named in the settings."""
    with opened() as database:
        desk = replace(settings.LEEWARD.desk, sor_url=database.url, sor_token=TOKEN)
        settings.LEEWARD = replace(settings.LEEWARD, desk=desk)
        yield database


def stated(number: int, *, by: User, judgement: cases.Judgement = AGAINST_TERMS) -> Statement:
    decision = cases.judge(new_case(item_id=f"photo-{number}"), judgement, by=by, at=AT)
    statement = statements.make(decision, at=AT)
    assert statement is not None
    return statement


def states() -> list[str]:
    return list(Statement.objects.order_by("pk").values_list("submission", flat=True))


@pytest.mark.usefixtures("harbour")
def test_nothing_is_kept_or_sent_where_no_database_is_named(cem: User) -> None:
    statement = stated(1, by=cem)

    submission.submit(AT)

    assert (statement.submission, statement.payload) == (States.NONE, {})


@pytest.mark.usefixtures("harbour")
def test_what_is_owed_is_stored_and_noted(eu: EuDatabase, cem: User) -> None:
    statement = stated(1, by=cem)

    submission.submit(AT)

    statement.refresh_from_db()
    assert eu.stored == {str(statement.uid): statement.payload}
    assert (statement.submission, statement.submitted_at) == (States.DONE, AT)
    assert Record.objects.get(kind="cases.StatementsSubmitted").facts == {"stored": 1, "refused": 0}


@pytest.mark.usefixtures("harbour")
def test_a_warning_is_no_restriction_and_is_not_submitted(eu: EuDatabase, cem: User) -> None:
    stated(1, by=cem, judgement=replace(AGAINST_TERMS, measures=(Measure.WARN,)))

    submission.submit(AT)

    assert states() == [States.NONE]
    assert eu.calls == []


def copies(statement: Statement, count: int) -> None:
    """Make more statements like one, each with a decision of its own, without all that leads to one."""
    decision = statement.decision
    decisions = [
        Decision(
            case=decision.case, outcome=decision.outcome, category=decision.category, ground="x", state="overturned",
            proposed_by=decision.proposed_by, proposed_at=AT,
        )
        for _ in range(count)
    ]  # fmt: skip
    for number, one in enumerate(Decision.objects.bulk_create(decisions)):
        Statement.objects.create(
            decision=one,
            code=number.to_bytes(32),
            made_at=AT,
            submission=States.OWED,
            payload=statement.payload | {"puid": f"0b1c2d3e-0000-4000-8000-{number:012d}"},
        )


@pytest.mark.usefixtures("harbour")
def test_at_most_a_hundred_go_with_one_call(eu: EuDatabase, cem: User) -> None:
    copies(stated(1, by=cem), 130)

    submission.submit(AT)

    assert [len(call) for call in eu.calls] == [100, 31]
    assert set(states()) == {States.DONE}


@pytest.mark.usefixtures("harbour")
def test_one_that_is_refused_waits_for_a_person_and_the_rest_is_stored(eu: EuDatabase, cem: User) -> None:
    first, second, third = [stated(number, by=cem) for number in (1, 2, 3)]
    eu.never = {str(second.uid): "category"}

    submission.submit(AT)

    second.refresh_from_db()
    assert states() == [States.DONE, States.REFUSED, States.DONE]
    assert second.refused == ["category"]
    assert set(eu.stored) == {str(first.uid), str(third.uid)}


@pytest.mark.usefixtures("harbour")
def test_one_whose_answer_was_lost_is_known_there_and_counts_as_stored(eu: EuDatabase, cem: User) -> None:
    stated(1, by=cem)
    eu.loses_answers = True
    submission.submit(AT)
    assert states() == [States.OWED]
    stated(2, by=cem)
    eu.loses_answers = False

    submission.submit(AT)

    assert states() == [States.DONE, States.DONE]
    assert len(eu.stored) == 2


@pytest.mark.usefixtures("harbour")
def test_the_clash_of_a_single_one_is_read_as_well(eu: EuDatabase, cem: User) -> None:
    statement = stated(1, by=cem)
    eu.status, eu.answer = 422, {"errors": {"puid": ["not unique"]}, "existing": {"puid": str(statement.uid)}}

    submission.submit(AT)

    assert states() == [States.DONE]


@pytest.mark.parametrize("status", [401, 403, 404, 429, 500, 503])
@pytest.mark.usefixtures("harbour")
def test_where_it_takes_nothing_everything_stays_owed_and_goes_later(
    status: int, eu: EuDatabase, cem: User, caplog: pytest.LogCaptureFixture
) -> None:
    stated(1, by=cem)
    eu.status, eu.answer = status, {"message": "quillowmere"}
    with caplog.at_level(logging.WARNING):
        submission.submit(AT)
    assert states() == [States.OWED]
    assert "quillowmere" not in caplog.text
    assert TOKEN not in caplog.text
    eu.status = 0

    submission.submit(AT)

    assert states() == [States.DONE]


@pytest.mark.usefixtures("harbour")
def test_where_nobody_answers_everything_stays_owed(eu: EuDatabase, cem: User, settings: Settings) -> None:
    stated(1, by=cem)
    desk = replace(settings.LEEWARD.desk, sor_url="http://127.0.0.1:9/api/v1")
    settings.LEEWARD = replace(settings.LEEWARD, desk=desk)

    submission.submit(AT)

    assert states() == [States.OWED]


@pytest.mark.parametrize(
    "answer", [{}, [], {"errors": "no"}, {"errors": {"statements": ["?"]}}, b"<html>", {"errors": []}]
)
@pytest.mark.usefixtures("harbour")
def test_a_refusal_that_names_none_is_asked_for_each_alone(answer: object, eu: EuDatabase, cem: User) -> None:
    for number in (1, 2):
        stated(number, by=cem)
    eu.status, eu.answer = 422, answer

    submission.submit(AT)

    assert [len(call) for call in eu.calls] == [2, 1, 1]
    assert states() == [States.REFUSED, States.REFUSED]
    assert Statement.objects.first().refused == [submission.UNNAMED]  # type: ignore[union-attr]  # there are two


@pytest.mark.usefixtures("harbour")
def test_nothing_but_names_of_our_fields_is_kept_of_a_refusal(eu: EuDatabase, cem: User) -> None:
    statement = stated(1, by=cem)
    eu.status = 422
    eu.answer = {"errors": {"statement_0": {"quillowmere": ["x"], "content_type.0": ["quillowmere is no type"]}}}

    submission.submit(AT)

    statement.refresh_from_db()
    assert statement.refused == ["content_type"]


@pytest.mark.usefixtures("harbour")
def test_what_our_own_rules_have_something_against_never_leaves(eu: EuDatabase, cem: User) -> None:
    bad, good = stated(1, by=cem), stated(2, by=cem)
    Statement.objects.filter(pk=bad.pk).update(payload=bad.payload | {"decision_facts": "It was ana@mail.example"})

    submission.submit(AT)

    bad.refresh_from_db()
    assert (bad.submission, bad.refused) == (States.REFUSED, ["decision_facts"])
    assert [[one["puid"] for one in call] for call in eu.calls] == [[str(good.uid)]]


@pytest.mark.usefixtures("harbour")
def test_a_decision_that_was_taken_back_first_is_not_submitted(eu: EuDatabase, cem: User, sam: User) -> None:
    statement = stated(1, by=cem)
    cases.reverse(statement.decision, by=sam, at=AT)
    statement_reactions.withdraw_statement.call(decision_uid=str(statement.decision.uid))

    submission.submit(AT)

    assert states() == [States.NONE]
    assert eu.calls == []


JUDGEMENTS = st.builds(
    cases.Judgement,
    outcome=st.sampled_from([Decision.Outcome.AGAINST_TERMS, Decision.Outcome.ILLEGAL]),
    category=st.sampled_from(Category),
    ground=GROUNDS.map(lambda ground: ground.replace("\0", "")[:300]),
    facts=GROUNDS.map(lambda facts: facts.replace("\0", "")),
    measures=st.sets(st.sampled_from([one for one in Measure if one != Measure.BLOCK_ADDRESS]), min_size=1).map(
        lambda measures: tuple(one for one in Measure if one in measures)
    ),
)


@settings(max_examples=30, suppress_health_check=UNDONE)
@given(judgement=JUDGEMENTS, found=st.sampled_from(Decision.Found), automation=st.sampled_from(Decision.Automation))
def test_whatever_a_decision_holds_what_is_submitted_has_no_fault(
    judgement: cases.Judgement, found: str, automation: str, harbour: Organisation, eu: EuDatabase, cem: User, dan: User
) -> None:
    with undone():
        decision = cases.judge(new_case(item_id="photo-1"), judgement, by=cem, at=AT)
        Decision.objects.filter(pk=decision.pk).update(found_by=found, automation=automation)
        if decision.state == "proposed":
            cases.agree(decision, by=dan, at=AT)
        statements.make(decision, at=AT)
        submission.submit(AT)

        sent = [one for call in eu.calls for one in call]
        assert States.REFUSED not in states()
        assert [
            engine.problems(one) + engine.lint(one) for one in sent if engine.problems(one) or engine.lint(one)
        ] == []
        assert {refused(one) for one in sent} <= {""}


# --- What waits for a person -------------------------------------------------------------------------


@pytest.mark.usefixtures("harbour")
def test_the_desk_sees_the_fields_that_were_refused_and_nothing_more(
    eu: EuDatabase, cem: User, dan: User, signed_in: SignIn
) -> None:
    decision = cases.judge(new_case(item_id="photo-1"), replace(ILLEGAL, block_host=""), by=cem, at=AT)
    cases.agree(decision, by=dan, at=AT)
    statement = statements.make(decision, at=AT)
    assert statement is not None
    eu.never = {str(statement.uid): "illegal_content_legal_ground"}
    submission.submit(AT)

    page = signed_in(cem).get("/desk/statements/").content.decode()

    assert "<code>illegal_content_legal_ground</code>" in page
    assert "Penal code 7" not in page


@pytest.mark.usefixtures("harbour")
def test_a_senior_reviewer_submits_it_again(eu: EuDatabase, cem: User, sam: User, eve: User, signed_in: SignIn) -> None:
    statement = stated(1, by=cem)
    eu.never = {str(statement.uid): "category"}
    submission.submit(AT)
    door = f"/desk/statements/{statement.uid}/again"
    assert signed_in(cem).post(door).status_code == 403
    assert signed_in(eve).post(door).status_code == 403
    assert states() == [States.REFUSED]
    eu.never = {}

    signed_in(sam).post(door)
    submission.submit(AT)

    assert states() == [States.DONE]


@pytest.mark.usefixtures("harbour")
def test_what_is_not_refused_cannot_be_submitted_again(eu: EuDatabase, cem: User, sam: User) -> None:
    statement = stated(1, by=cem)

    with pytest.raises(submission.NotRefused):
        submission.owe_again(statement, by=sam, at=AT)
    with pytest.raises(cases.NotForThisPerson):
        submission.owe_again(statement, by=cem, at=AT)


@pytest.mark.parametrize("path", ["/desk/statements/", "/desk/appeals/"])
def test_eve_sees_none_of_the_pages(path: str, eve: User, signed_in: SignIn) -> None:
    assert signed_in(eve).get(path).status_code == 403
