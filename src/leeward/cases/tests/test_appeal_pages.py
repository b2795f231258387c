"""The desk's pages about appeals: who sees them, who is offered what, and what a person without rights gets."""

from __future__ import annotations

import pytest

from leeward.cases import appeals, statements
from leeward.cases import services as cases
from leeward.cases.models import Appeal, Case, Decision, Statement
from leeward.cases.tests.conftest import SignIn
from leeward.cases.tests.desk import AGAINST_TERMS, AT, new_case
from leeward.core.models import Organisation, User
from leeward.reports import receipts

pytestmark = pytest.mark.django_db
TOOK_PART = "You took part in this decision, so a colleague must answer the appeal."
ANSWER = {"answer": "upheld", "why": "It is mean."}


@pytest.fixture
def appeal(harbour: Organisation, cem: User) -> Appeal:
    """An appeal of the affected user about what Cem decided alone."""
    statement = statements.make(cases.judge(new_case(item_id="photo-7"), AGAINST_TERMS, by=cem, at=AT), at=AT)
    assert statement is not None
    return appeals.open_by_affected(statement, "I drew it myself.", at=AT)


def page_of(appeal: Appeal) -> str:
    return f"/desk/appeals/{appeal.uid}/"


def test_whoever_decided_sees_that_a_colleague_must_answer_and_no_button(
    appeal: Appeal, cem: User, signed_in: SignIn
) -> None:
    browser = signed_in(cem)

    listed, page = (browser.get(path).content.decode() for path in ("/desk/appeals/", page_of(appeal)))

    assert "A colleague: you took part in the decision" in listed
    assert TOOK_PART in page
    assert "Take this appeal" not in page
    assert "Answer the appeal" not in page


@pytest.mark.parametrize("step", ["take", "answer", "put-back"])
def test_whoever_decided_is_refused_at_the_door_as_well(
    step: str, appeal: Appeal, cem: User, signed_in: SignIn
) -> None:
    answer = signed_in(cem).post(page_of(appeal) + step, ANSWER, follow=True)

    appeal.refresh_from_db()
    assert appeal.state == "open"
    assert "messages" in answer.context
    assert [str(message) for message in answer.context["messages"]] != []


@pytest.mark.parametrize("step", ["", "take", "answer", "put-back"])
def test_eve_gets_nothing(step: str, appeal: Appeal, eve: User, olga: User, signed_in: SignIn) -> None:
    for person in (eve, olga):
        browser = signed_in(person)
        answer = browser.post(page_of(appeal) + step, ANSWER) if step else browser.get(page_of(appeal))

        assert answer.status_code == 403
        assert "I drew it myself." not in answer.content.decode()
    appeal.refresh_from_db()
    assert appeal.state == "open"


def test_a_colleague_takes_it_reads_what_they_say_and_answers(appeal: Appeal, dan: User, signed_in: SignIn) -> None:
    browser = signed_in(dan)
    assert "You may" in browser.get("/desk/appeals/").content.decode()

    taken = browser.post(page_of(appeal) + "take", follow=True).content.decode()
    done = browser.post(page_of(appeal) + "answer", ANSWER, follow=True).content.decode()

    assert "I drew it myself." in taken
    assert "Answer the appeal" in taken
    assert "It is answered. Whoever appealed can read it." in done
    appeal.refresh_from_db()
    assert (appeal.state, appeal.answered_by, appeal.why) == ("upheld", dan, "It is mean.")


def test_an_answer_without_words_is_asked_for_again(appeal: Appeal, dan: User, signed_in: SignIn) -> None:
    browser = signed_in(dan)
    browser.post(page_of(appeal) + "take")

    answer = browser.post(page_of(appeal) + "answer", {"answer": "overturned", "why": ""})

    assert answer.status_code == 422
    assert "The appeal is not answered yet." in answer.content.decode()
    assert Decision.objects.get().state == "effective"


def test_overturning_on_the_page_takes_the_decision_back(appeal: Appeal, dan: User, signed_in: SignIn) -> None:
    browser = signed_in(dan)
    browser.post(page_of(appeal) + "take")

    browser.post(page_of(appeal) + "answer", {"answer": "overturned", "why": "It is a drawing."})

    assert Decision.objects.get().state == "overturned"
    assert Case.objects.get().state == "reversed"
    assert "The decision was changed" in browser.get(page_of(appeal)).content.decode()


def test_a_colleagues_appeal_is_left_alone_but_a_senior_can_put_it_back(
    appeal: Appeal, dan: User, sam: User, signed_in: SignIn
) -> None:
    appeals.take(appeal, by=dan, at=AT)
    at_sam = signed_in(sam)
    assert "dan has this appeal now." in at_sam.get(page_of(appeal)).content.decode()

    at_sam.post(page_of(appeal) + "put-back")

    appeal.refresh_from_db()
    assert (appeal.state, appeal.taken_by) == ("open", None)


def test_an_empty_list_says_so(cem: User, signed_in: SignIn) -> None:
    assert "No appeal waits." in signed_in(cem).get("/desk/appeals/").content.decode()


def test_the_page_of_the_case_shows_the_appeal_and_the_code_where_no_system_takes_it(
    appeal: Appeal, cem: User, signed_in: SignIn
) -> None:
    page = signed_in(cem).get(f"/desk/cases/{appeal.decision.case.uid}/").content.decode()

    assert page_of(appeal) in page
    assert "You took part in the decision, so a colleague answers." in page
    assert receipts.grouped(statements.code_of(Statement.objects.get())) in page
