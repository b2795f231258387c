"""What was known before: cases about the same thing, the same account and the same bytes; and what colleagues left."""

from __future__ import annotations

import pytest

from leeward.cases import history, notes
from leeward.cases import services as cases
from leeward.cases.models import Case, Decision, Note, Subject
from leeward.cases.tests.conftest import SignIn
from leeward.cases.tests.desk import AGAINST_TERMS, AT, MAY_STAY, found_illegal, new_case, with_evidence
from leeward.core.models import Organisation, Record, User
from leeward.indicators import services as indicators
from leeward.indicators.models import Category, Kind
from leeward.reports.models import Report

pytestmark = pytest.mark.django_db


def of_author(case: Case, author: str) -> Case:
    Subject.objects.filter(pk=case.subject_id).update(author_id=author)
    return Case.objects.select_related("subject__provider").get(pk=case.pk)


def test_the_same_thing_the_same_account_and_the_same_file_are_told_apart(
    cem: User, sam: User, harbour: Organisation
) -> None:
    before = new_case(item_id="7")
    cases.reverse(cases.judge(before, AGAINST_TERMS, by=cem, at=AT), by=sam, at=AT)
    author, copy = of_author(new_case(item_id="8"), "mallory"), new_case(item_id="9")
    case = of_author(new_case(item_id="7"), "mallory")
    for one in (case, copy):
        with_evidence(one, b"the same drawn shape")

    shown = history.panel(case, person=cem, at=AT)

    assert case.pk != before.pk
    assert {name: [one.case.pk for one in shown[f"history_{name}"]] for name in ("same", "author", "copies")} == {
        "same": [before.pk],
        "author": [author.pk],
        "copies": [copy.pk],
    }
    assert shown["history_same"][0].decision == Decision.objects.get()


def test_where_nobody_said_whose_it_is_no_other_account_is_meant(harbour: Organisation) -> None:
    new_case(item_id="8")
    case = new_case(item_id="7")

    assert list(history.same_author(Case.objects.select_related("subject").get(pk=case.pk))) == []


def test_an_account_of_the_same_name_at_another_provider_is_another_account(harbour: Organisation) -> None:
    other = Organisation.objects.create(slug="quay", name="Quay", kind=Organisation.Kind.PROVIDER)
    Subject.objects.filter(pk=of_author(new_case(item_id="8"), "mallory").subject_id).update(provider=other)

    assert list(history.same_author(of_author(new_case(item_id="7"), "mallory"))) == []


def test_a_known_sign_and_the_partner_who_confirmed_it_stand_on_the_page(cem: User, signed_in: SignIn) -> None:
    case = new_case()
    sign = indicators.Sign(Kind.MD5, "0" * 32, Category.BULLYING)
    [known] = indicators.publish([sign], source="partner:beacon", actor="partner:beacon", at=AT)
    Report.objects.update(known_as=str(known.uid))

    page = signed_in(cem).get(f"/desk/cases/{case.uid}/").content.decode()

    assert "Known sign" in page
    assert "confirmed by the partner beacon" in page


def test_the_page_of_the_history_shows_decisions_and_dates(cem: User, dan: User, signed_in: SignIn) -> None:
    before = new_case()
    cases.reverse(found_illegal(before, by=cem, and_by=dan), by=_senior(dan), at=AT)
    case = new_case()

    answer = signed_in(cem).get(f"/desk/cases/{case.uid}/history/")
    page = answer.content.decode()

    assert [one.case.pk for one in answer.context["same"]] == [before.pk]
    assert before.ref in page
    assert "Reversed" in page
    assert "2026" in page


def _senior(person: User) -> User:
    person._roles = person.roles | cases.REVERSERS  # As if a role had been given.
    return person


def test_grounds_that_are_written_often_are_offered_first(cem: User, dan: User, signed_in: SignIn) -> None:
    for number in range(2):
        cases.judge(new_case(f"https://bad.example/{number}"), AGAINST_TERMS, by=cem, at=AT)
    found_illegal(new_case("https://bad.example/3"), by=cem, and_by=dan)
    cases.judge(new_case("https://bad.example/4"), MAY_STAY, by=cem, at=AT)
    open_case = new_case("https://bad.example/5")

    assert history.grounds() == [("Terms 4.2", "Terms"), ("Penal code 7", "Law")]
    page = signed_in(cem).get(f"/desk/cases/{open_case.uid}/").content.decode()
    assert '<option value="Penal code 7" label="Law">' in page


def test_a_note_is_read_by_colleagues_and_stands_nowhere_in_the_open(cem: User, dan: User, signed_in: SignIn) -> None:
    case = new_case()

    signed_in(cem).post(f"/desk/cases/{case.uid}/note", {"text": "seen by the walrus"})

    assert "seen by the walrus" in signed_in(dan).get(f"/desk/cases/{case.uid}/").content.decode()
    record = Record.objects.get(kind="cases.NoteAdded")
    assert (record.facts, record.actor) == ({"case_uid": str(case.uid)}, f"user:{cem.pk}")


def test_a_note_without_words_is_explained_and_not_left(cem: User, signed_in: SignIn) -> None:
    case = new_case()

    answer = signed_in(cem).post(f"/desk/cases/{case.uid}/note", {"text": "  "})

    assert answer.status_code == 422
    assert "Write something first." in answer.content.decode()
    with pytest.raises(notes.SaidNothing):
        notes.add(case, " ", by=cem, at=AT)
    assert not Note.objects.exists()


def test_who_is_no_reviewer_leaves_no_note(eve: User, olga: User) -> None:
    case = new_case()

    for person in (eve, olga):
        with pytest.raises(cases.NotForThisPerson):
            notes.add(case, "words", by=person, at=AT)
