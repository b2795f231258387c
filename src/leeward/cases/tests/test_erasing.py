"""Sealed files go when their time is over, by one path that asks first, in a run that proves what it did."""

from __future__ import annotations

import os
import uuid
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import transaction
from pytest_django import Settings

from leeward.cases import erasing, retention
from leeward.cases import services as cases
from leeward.cases.models import Appeal, Case, Erasure
from leeward.cases.states import CaseState
from leeward.cases.tests.desk import AT, MAY_STAY, case_of, new_case, reported, with_evidence
from leeward.core import blobs
from leeward.core.models import Blob, Delivery, Organisation, Record, User
from leeward.engines.hashing.tests import drawn
from leeward.reports import contexts
from leeward.reports import reactions as report_reactions
from leeward.reports.models import Attachment, Context

pytestmark = pytest.mark.django_db(transaction=True)
DAY = timedelta(days=1)
DUE = AT + 200 * DAY
PICTURE = drawn.encoded(drawn.picture(1))


@pytest.fixture(autouse=True)
def sealed_folder(settings: Settings, tmp_path: Path) -> Path:
    sealed = {**settings.STORAGES["sealed"], "OPTIONS": {"location": str(tmp_path / "blobs")}}
    settings.STORAGES = {**settings.STORAGES, "sealed": sealed}
    return tmp_path / "blobs"


def files(folder: Path) -> set[str]:
    return {path.name for path in folder.rglob("*") if path.is_file()}


def decided(by: User, page: str = "https://bad.example/old", *, pictures: tuple[bytes, ...] = ()) -> Case:
    """Return a case that was decided and has one sealed piece beside what the reporter sent."""
    case = case_of(reported(page, pictures=pictures))
    with_evidence(case)
    cases.judge(case, MAY_STAY, by=by, at=AT)
    for model, name in ((case.evidence, "added_at"), (case.reports, "joined_at")):
        model.update(**{name: AT})
    return Case.objects.get(pk=case.pk)


def proof(run: Erasure) -> tuple[int, int, int, int]:
    return run.looked_at, run.erased, run.held, run.left_over


def test_when_the_time_is_over_files_and_rows_go_and_digests_stay(cem: User, sealed_folder: Path) -> None:
    case = decided(cem, pictures=(PICTURE,))
    report_reactions.draw_copies.call(report_uid=str(case.reports.get().report.uid))
    digests = set(case.evidence.values_list("sha256", flat=True))
    assert len(files(sealed_folder)) == Blob.objects.count() == 4

    run = erasing.erase_due(DUE)

    assert proof(run) == (4, 4, 0, 0)
    assert files(sealed_folder) == set()
    assert not Blob.objects.exists()
    assert not Attachment.objects.exists()
    assert set(case.evidence.values_list("sha256", flat=True)) == digests
    assert {(piece.erased_at, piece.blob) for piece in case.evidence.all()} == {(DUE, None)}
    assert Record.objects.get(kind="cases.EvidenceErased").facts == {"case_uid": str(case.uid), "count": 4}


def test_a_second_run_finds_nothing_more_to_do(cem: User) -> None:
    decided(cem)

    runs = [erasing.erase_due(DUE), erasing.erase_due(DUE)]

    assert [proof(run) for run in runs] == [(1, 1, 0, 0), (0, 0, 0, 0)]


def test_a_day_too_early_nothing_goes(cem: User, sealed_folder: Path) -> None:
    decided(cem)

    assert proof(erasing.erase_due(DUE - timedelta(seconds=1))) == (0, 0, 0, 0)
    assert len(files(sealed_folder)) == 1


def test_what_is_held_or_appealed_stays_and_is_counted(cem: User, sealed_folder: Path) -> None:
    held, appealed, free = (decided(cem, f"https://bad.example/{name}") for name in ("held", "appealed", "free"))
    retention.hold(held, basis="Order 17", until=DUE + DAY, by=cem, at=AT)
    Appeal.objects.create(decision=appealed.decisions.get(), by="affected", at=AT, due_at=AT)

    run = erasing.erase_due(DUE)

    assert proof(run) == (3, 1, 2, 0)
    assert free.evidence.get().blob is None
    assert held.evidence.get().blob is not None
    assert appealed.evidence.get().blob is not None
    assert len(files(sealed_folder)) == 2


@pytest.mark.parametrize("state", [CaseState.OPEN, CaseState.PROPOSED, CaseState.REFERRED])
def test_what_is_not_decided_is_refused_at_the_one_path_that_deletes(cem: User, state: CaseState) -> None:
    case = decided(cem)
    Case.objects.filter(pk=case.pk).update(state=state)

    with pytest.raises(erasing.StillKept) as refused:
        erasing.erase_case(case, at=DUE)

    assert refused.value.why == retention.Kept.NOT_DECIDED
    assert Blob.objects.count() == 1


def test_a_hold_is_asked_for_by_the_path_itself_and_not_only_by_the_run(cem: User) -> None:
    case = decided(cem)
    retention.hold(case, basis="Order 17", until=DUE + DAY, by=cem, at=AT)

    with pytest.raises(erasing.StillKept):
        erasing.erase_case(case, at=DUE)

    assert Blob.objects.count() == 1


def test_no_other_code_deletes_a_blob() -> None:
    """One path asks for holds; whoever needs a second one must come through it."""
    package = Path(erasing.__file__).parents[1]
    found = {
        path.relative_to(package).as_posix()
        for path in package.rglob("*.py")
        if "tests" not in path.parts and "migrations" not in path.parts
        if "blobs.delete(" in path.read_text(encoding="utf-8") or "Blob.objects.all().delete" in path.read_text()
    }

    assert found == {"cases/erasing.py"}


def test_a_rollback_loses_nothing(cem: User, sealed_folder: Path) -> None:
    case = decided(cem)

    with transaction.atomic():
        erasing.erase_case(case, at=DUE)
        assert len(files(sealed_folder)) == 1
        transaction.set_rollback(True)

    piece = case.evidence.get()
    assert blobs.unseal(piece.sealed) == b"the bytes of a drawn shape"


def test_what_the_provider_told_of_the_item_goes_with_the_last_case_about_it(
    cem: User, harbour: Organisation, sealed_folder: Path
) -> None:
    case = new_case(item_id="photo-7")
    known = contexts.Facts(author_id="someone")
    contexts.add(known, provider=harbour, item_id="photo-7", content=contexts.Content(PICTURE, "image/png"), at=AT)
    contexts.add(known, provider=harbour, item_id="photo-8", at=AT)
    cases.judge(case, MAY_STAY, by=cem, at=AT)
    with_evidence(case)
    again = new_case(item_id="photo-7")
    assert again.pk != case.pk

    erasing.erase_due(DUE + 200 * DAY)
    assert Context.objects.count() == 2
    cases.judge(again, MAY_STAY, by=cem, at=AT)
    with_evidence(again)
    erasing.erase_due(DUE + 200 * DAY)

    assert [context.item_id for context in Context.objects.all()] == ["photo-8"]
    assert len(files(sealed_folder)) == 1


# What a crash leaves, and what is lost.


def orphan(folder: Path, *, age: timedelta) -> Path:
    name = uuid.uuid4().hex
    path = folder / name[:2] / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"sealed, and its row is gone")
    written = (DUE - age).timestamp()
    os.utime(path, (written, written))
    return path


def test_a_file_without_a_row_is_deleted_when_it_is_older_than_a_day(sealed_folder: Path) -> None:
    old, young = orphan(sealed_folder, age=2 * DAY), orphan(sealed_folder, age=DAY / 2)

    run = erasing.erase_due(DUE)

    assert not old.exists()
    assert young.exists()
    assert run.left_over == 0


def test_a_file_that_is_none_of_ours_is_left_alone(sealed_folder: Path) -> None:
    stranger = orphan(sealed_folder, age=2 * DAY)
    stranger = stranger.rename(stranger.with_name("notes.txt"))

    erasing.erase_due(DUE)

    assert stranger.exists()


def test_a_row_whose_file_is_lost_is_told_in_the_proof_and_in_the_log(
    cem: User, sealed_folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    case = new_case()
    piece = with_evidence(case)
    [path] = [path for path in sealed_folder.rglob("*") if path.is_file()]
    path.unlink()

    run = erasing.erase_due(DUE)

    assert proof(run) == (0, 0, 0, 1)
    assert [
        (record.message, record.__dict__["missing"]) for record in caplog.records if record.name == "leeward.cases"
    ] == [("erasing left something over", 1)]
    assert str(piece.sealed.uid) not in caplog.text


def test_a_file_that_cannot_be_deleted_is_told_in_the_proof(cem: User, sealed_folder: Path) -> None:
    """A storage that stays read-only: here, a folder that stands where the file did."""
    path = orphan(sealed_folder, age=2 * DAY)
    path.unlink()
    path.mkdir()
    (path / "inside").write_bytes(b"")

    # A folder is no file of ours, so the run neither counts nor harms it.
    assert erasing.erase_due(DUE).left_over == 0


# The clock.


def test_the_clock_owes_a_run_and_does_not_wait_for_it() -> None:
    erasing.owe_erasing(AT)

    delivery = Delivery.objects.get()
    assert (delivery.task, delivery.lane) == ("leeward.cases.erasing.erase", "erasing")
    assert not Erasure.objects.exists()


def test_a_run_leaves_its_proof_even_where_nothing_was_due() -> None:
    erasing.erase.call()

    assert proof(Erasure.objects.get()) == (0, 0, 0, 0)
