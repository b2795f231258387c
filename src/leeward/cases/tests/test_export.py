"""An export holds what is the person's own, of media only digests, and not a word of anybody else."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import zipfile
from typing import Any

import pytest

from leeward.cases import approvals, export
from leeward.cases import services as cases
from leeward.cases.models import Appeal, Approval, Case, View
from leeward.cases.tests.desk import AGAINST_TERMS, AT, case_of, reported, with_evidence
from leeward.core.models import Record, User
from leeward.engines.hashing.tests import drawn
from leeward.reports import dialogue
from leeward.reports import services as reports
from leeward.reports.models import Channel, Outcome, Reason, Report

pytestmark = pytest.mark.django_db
ANAS, OTHERS, DESKS, FACTS, APPEALED = "anas-own-words", "words-of-another", "desk-to-ana", "found-by-us", "not-agreed"
PICTURE, ITEM = drawn.encoded(drawn.picture(1)), b"the bytes of a drawn shape"
PAGE = "https://bad.example/photos/7"
KIND = Approval.Kind.EXPORT


def said(words: str, *, picture: bytes | None = None) -> Report:
    pictures = [reports.Picture(picture, "image/png")] if picture else []
    draft = reports.Draft(
        Reason.BOTHERS, Channel.FORM, page_url=PAGE, words=words, pictures=pictures, network="192.0.2.7"
    )
    return reports.receive(draft, at=AT).report


@pytest.fixture
def anas() -> Report:
    return said(ANAS, picture=PICTURE)


@pytest.fixture
def case(anas: Report, cem: User) -> Case:
    """Ana and somebody else reported; Cem asked Ana, Cem decided, the author appealed and Ana complained."""
    case = case_of(anas)
    other = said(OTHERS)
    case_of(other)
    with_evidence(case, ITEM)
    dialogue.ask(anas, DESKS, by=cem, key="1", at=AT)
    dialogue.ask(other, OTHERS, by=cem, key="2", at=AT)
    judgement = cases.Judgement(**(vars(AGAINST_TERMS) | {"facts": FACTS}))
    decision = cases.judge(case, judgement, by=cem, at=AT)
    Appeal.objects.create(decision=decision, by="affected", text=APPEALED, at=AT, due_at=AT)
    reports.tell(anas, kind=Outcome.Kind.REMOVED, decision=str(decision.uid), at=AT)
    return Case.objects.select_related("subject").get(pk=case.pk)


def approved(case: Case, *, by: User, and_by: User) -> None:
    approvals.agree(approvals.ask(case, kind=KIND, why="Ana asked by letter", by=by, at=AT), by=and_by, at=AT)


def texts(packed: bytes) -> dict[str, str]:
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist()}


def told(packed: bytes) -> dict[str, Any]:
    whole: dict[str, Any] = json.loads(texts(packed)["case.json"])
    return whole


def test_a_reporter_gets_her_own_words_and_what_she_was_told(case: Case, anas: Report, cem: User, dan: User) -> None:
    approved(case, by=cem, and_by=dan)

    packed = export.for_reporter(case, anas, by=cem, at=AT)

    whole = told(packed)
    assert whole["report"]["words"] == ANAS
    assert [line["from"] for line in whole["conversation"]] == ["desk"]
    assert [line["what"] for line in whole["told"]][-1] == "It was taken away"
    assert ANAS in texts(packed)["case.html"]
    assert DESKS in texts(packed)["case.html"]


def test_the_affected_user_gets_the_decision_and_their_own_appeal(case: Case, cem: User, dan: User) -> None:
    approved(case, by=cem, and_by=dan)

    packed = export.for_affected(case, by=cem, at=AT)

    whole = told(packed)
    assert whole["decisions"][0]["ground"] == "Terms 4.2"
    assert whole["appeals"][0]["words"] == APPEALED
    assert APPEALED in texts(packed)["case.html"]


def test_nobody_else_is_in_it(case: Case, anas: Report, cem: User, dan: User) -> None:
    User.objects.filter(pk=cem.pk).update(username="cem-quillowmere")
    approved(case, by=cem, and_by=dan)
    for_ana = "".join(texts(export.for_reporter(case, anas, by=cem, at=AT)).values())
    approved(case, by=cem, and_by=dan)
    for_author = "".join(texts(export.for_affected(case, by=cem, at=AT)).values())

    everyone = ["quillowmere", "192.0.2", "Ana asked by letter", OTHERS, FACTS]
    assert [word for word in [*everyone, APPEALED] if word in for_ana] == []
    assert [word for word in [*everyone, ANAS, DESKS] if word in for_author] == []


def test_media_is_named_by_its_digest_and_never_packed(case: Case, anas: Report, cem: User, dan: User) -> None:
    approved(case, by=cem, and_by=dan)
    for_ana = export.for_reporter(case, anas, by=cem, at=AT)
    approved(case, by=cem, and_by=dan)
    for_author = export.for_affected(case, by=cem, at=AT)

    pictures = {piece.sha256 for piece in case.evidence.filter(kind="attachment")}
    item = {piece.sha256 for piece in case.evidence.filter(kind="item")}
    assert {file["sha256"] for file in told(for_ana)["files"]} == pictures
    assert {file["sha256"] for file in told(for_author)["files"]} == item
    for packed in (for_ana, for_author):
        whole = "".join(texts(packed).values())
        assert set(texts(packed)) == {"case.json", "case.html", "SHA256SUMS"}
        for data in (PICTURE, ITEM):
            assert base64.b64encode(data[:30]).decode()[:38] not in whole
            assert data not in packed
        assert ITEM.decode() not in whole


def test_what_was_named_in_an_export_stands_among_the_views(case: Case, cem: User, dan: User) -> None:
    approved(case, by=cem, and_by=dan)

    export.for_affected(case, by=cem, at=AT)

    assert [(view.form, view.by, view.evidence.kind) for view in View.objects.all()] == [("exported", cem, "item")]
    record = Record.objects.get(kind="cases.CaseExported")
    assert record.facts == {"case_uid": str(case.uid), "concerned": "affected"}


def test_without_a_second_person_nothing_is_exported(case: Case, cem: User, dan: User) -> None:
    with pytest.raises(approvals.NotApproved):
        export.for_affected(case, by=cem, at=AT)
    asked = approvals.ask(case, kind=KIND, why="Ana asked by letter", by=cem, at=AT)
    with pytest.raises(cases.NeedsAnother):
        approvals.agree(asked, by=cem, at=AT)
    with pytest.raises(approvals.NotApproved):
        export.for_affected(case, by=cem, at=AT)

    assert not View.objects.exists()
    assert not Record.objects.filter(kind="cases.CaseExported").exists()


def test_one_approval_is_good_for_one_export(case: Case, cem: User, dan: User) -> None:
    approved(case, by=cem, and_by=dan)
    export.for_affected(case, by=cem, at=AT)

    with pytest.raises(approvals.NotApproved):
        export.for_affected(case, by=cem, at=AT)


@pytest.mark.parametrize("name", ["eve", "bea", "olga"])
def test_nobody_without_a_reviewers_role_exports(
    request: pytest.FixtureRequest, case: Case, cem: User, dan: User, name: str
) -> None:
    approved(case, by=cem, and_by=dan)

    with pytest.raises(cases.NotForThisPerson):
        export.for_affected(case, by=request.getfixturevalue(name), at=AT)


def test_a_report_of_another_case_is_refused_and_the_approval_stays(case: Case, cem: User, dan: User) -> None:
    approved(case, by=cem, and_by=dan)

    with pytest.raises(export.NotOfThisCase):
        export.for_reporter(case, reported("https://other.example/"), by=cem, at=AT)

    assert export.for_affected(case, by=cem, at=AT)


def test_the_digests_beside_the_files_are_theirs(case: Case, cem: User, dan: User) -> None:
    approved(case, by=cem, and_by=dan)
    files = texts(export.for_affected(case, by=cem, at=AT))

    lines = [line.split("  ") for line in files.pop("SHA256SUMS").splitlines()]
    sums = {name: digest for digest, name in lines}
    assert sums == {name: hashlib.sha256(text.encode()).hexdigest() for name, text in files.items()}
