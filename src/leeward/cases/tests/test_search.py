"""Search: cases are found by words that nobody can read in the database."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client

from leeward.cases import notes, reactions, search
from leeward.cases import services as cases
from leeward.cases.models import Case, CaseReport, Evidence, Note, Token
from leeward.cases.tests.conftest import SignIn
from leeward.cases.tests.desk import AT, case_of, new_case, reported
from leeward.core import worker
from leeward.core.models import Organisation, User
from leeward.reports import dialogue
from leeward.reports import services as reports
from leeward.reports.models import Channel, Outcome, Reason, Report
from tests.stage.settling import Settle

pytestmark = pytest.mark.django_db


def found(words: str) -> list[Case]:
    return list(search.find(words))


def said(words: str, *, page_url: str = "https://bad.example/photos/7") -> Case:
    """Return the case of a report with these words, when everything that follows is done."""
    draft = reports.Draft(Reason.SCARES, Channel.FORM, page_url=page_url, words=words)
    return case_of(reports.receive(draft, at=AT).report)


@pytest.mark.parametrize(
    ("written", "asked"),
    [
        ("The man with the Zeppelin", "zeppelin"),
        ("the man with the zeppelin", "ZEPPELIN man"),
        ("Le garçon a été là", "garcon ete"),
        ("Дүү минь айсан", "АЙСАН"),
        ("صورةٌ مُخيفة", "مخيفة"),
        ("这个图片很可怕", "可怕"),
        ("무서운 사진", "무서운"),
        ("IMG_2041-final.jpg", "2041"),
        ("ﬁne ｗｉｄｅ letters", "fine wide"),
    ],
)
def test_a_word_is_found_however_it_is_written(settle: Settle, written: str, asked: str) -> None:
    case = said(written)
    said("something else", page_url="https://other.example/")
    settle()

    assert found(asked) == [case]


def test_every_word_must_stand_in_the_case_and_a_part_of_a_word_is_not_found(settle: Settle) -> None:
    said("a zeppelin and a kite")
    settle()

    assert len(found("kite zeppelin")) == 1
    assert found("zeppelin submarine") == []
    assert found("zeppel") == []
    assert found("") == found("  ?! ") == []


def test_an_address_an_item_an_author_and_the_name_of_a_case_are_found(settle: Settle, harbour: Organisation) -> None:
    address = said("words", page_url="https://Bad.example/a%20b?x=1")
    draft = reports.Draft(Reason.SCARES, Channel.BUTTON, item=reports.Item("harbour", "IMG-77", author_id="author-5"))
    item = case_of(reports.receive(draft, at=AT).report)
    settle()

    assert found("https://bad.example/a%20b?x=1") == found("bad.example") == [address]
    assert found("img-77") == found("author-5") == [item]
    assert found(item.ref) == found(str(item.uid)) == [item]


def test_messages_complaints_and_notes_are_found(settle: Settle, cem: User) -> None:
    case = said("first")
    report = Report.objects.get()
    dialogue.say(report, "the submarine", key="1", at=AT)
    dialogue.ask(report, "which lighthouse", by=cem, key="2", at=AT)
    reports.tell(report, kind=Outcome.Kind.KEPT, decision="1", at=AT)
    dialogue.complain(report.outcomes.get(), "what a pelican", at=AT)
    notes.add(case, "seen by the walrus", by=cem, at=AT)
    settle()

    assert [found(word) for word in ("submarine", "lighthouse", "pelican", "walrus", "first")] == [[case]] * 5


def test_a_later_report_of_the_same_thing_adds_its_words(settle: Settle) -> None:
    case = said("zeppelin")
    settle()
    said("submarine")
    settle()

    assert found("zeppelin submarine") == [case]


def test_before_a_report_has_a_case_its_words_wait() -> None:
    report = reported()
    CaseReport.objects.filter(report=report).delete()

    with pytest.raises(worker.Later):
        search.index_report.call(report_uid=str(report.uid))


def test_words_that_were_erased_are_not_found_any_more(settle: Settle, cem: User) -> None:
    case = said("zeppelin")
    note = notes.add(case, "the walrus", by=cem, at=AT)
    settle()
    Note.objects.filter(pk=note.pk).delete()

    search.index_case.call(case_uid=str(case.uid))

    assert found("walrus") == []
    assert found("zeppelin") == [case]


def test_indexing_again_changes_nothing(settle: Settle) -> None:
    case = said("a zeppelin and a kite")
    settle()
    before = set(Token.objects.values_list("pk", "digest"))

    search.index_case.call(case_uid=str(case.uid))
    search.index_report.call(report_uid=str(Report.objects.get().uid))

    assert set(Token.objects.values_list("pk", "digest")) == before


def test_without_the_master_key_a_digest_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    mine = search.tokens("zeppelin")
    monkeypatch.setattr("leeward.core.keys.derived", lambda purpose: b"another key of 32 bytes, made up" + b"!")

    theirs = search.tokens("zeppelin")

    assert mine.isdisjoint(theirs)
    assert {len(digest) for digest in mine} == {search.DIGEST_BYTES}


def test_the_words_that_somebody_looks_for_stand_in_no_address(cem: User, signed_in: SignIn, settle: Settle) -> None:
    case = said("a zeppelin")
    settle()
    browser = signed_in(cem)

    answer = browser.post("/desk/search/", {"words": "Zeppelin"})
    page = browser.get(answer["Location"])

    assert answer.status_code == 302
    assert "eppelin" not in answer["Location"]
    assert page.context["cases"] == [case]
    assert page.context["form"].initial == {"words": "Zeppelin"}
    assert "a zeppelin" not in page.content.decode(), "what was said is not shown"


def test_a_search_that_cannot_be_read_or_says_nothing_is_no_search(cem: User, signed_in: SignIn) -> None:
    browser = signed_in(cem)

    assert browser.post("/desk/search/", {"words": " "}).status_code == 422
    for text in ("", "1", "1:%%%", "1:AAAA", "9:AAAA", "ä:ä"):
        page = browser.get("/desk/search/", {"for": text})
        assert page.status_code == 200
        assert "is_asked" not in page.context


def test_older_cases_stand_on_the_next_page(
    cem: User, signed_in: SignIn, settle: Settle, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("leeward.cases.search_views.SHOWN", 1)
    old, new = (said("zeppelin", page_url=f"https://{name}.example/") for name in ("old", "new"))
    settle()
    browser = signed_in(cem)
    place = browser.post("/desk/search/", {"words": "zeppelin"})["Location"]

    first = browser.get(place)
    sealed = parse_qs(urlsplit(place).query)["for"][0]
    second = browser.get("/desk/search/", {"for": sealed, "before": first.context["before"]})

    assert (first.context["cases"], second.context["cases"]) == ([new], [old])
    assert second.context["before"] is None


@pytest.mark.parametrize("door", ["/desk/search/", "/desk/keys/"])
def test_eve_and_a_stranger_find_nothing(eve: User, client: Client, signed_in: SignIn, door: str) -> None:
    assert signed_in(eve).post(door, {"words": "zeppelin"}).status_code == 403
    assert client.post(door, {"words": "zeppelin"}).status_code == 302


def test_what_is_sealed_as_evidence_is_not_read_for_search(settle: Settle) -> None:
    case = new_case()
    cases.add_evidence(case, b"a submarine", kind=Evidence.Kind.ITEM, media_type="text/plain", by="partner:x", at=AT)
    settle()
    reactions.open_or_join_case.call(report_uid=str(Report.objects.get().uid))

    assert found("submarine") == []
