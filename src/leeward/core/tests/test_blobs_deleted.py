"""A blob goes whole or not at all: its row in the transaction, its file after the commit, and what a crash left is seen."""

from __future__ import annotations

import uuid
from pathlib import Path

import pytest
from django.db import transaction

from leeward.core import blobs
from leeward.core.models import Blob
from leeward.core.tests.lamps import AT

pytestmark = pytest.mark.django_db(transaction=True)
DATA = b"the bytes of a drawn shape"


@pytest.fixture
def blob(sealed_folder: Path) -> Blob:
    return blobs.seal(DATA, media_type="image/png", at=AT)


def on_shelves() -> tuple[set[uuid.UUID], set[uuid.UUID]]:
    """Return every file and every row, over all shelves."""
    shelves = list(blobs.shelves())
    return set().union(*(files for files, _ in shelves)), set().union(*(rows for _, rows in shelves))


def test_row_and_file_go_together(blob: Blob) -> None:
    uid = blob.uid
    assert on_shelves() == ({uid}, {uid})

    with transaction.atomic():
        blobs.delete(blob)
        assert blobs.has_file(uid), "until the commit"

    assert on_shelves() == (set(), set())


def test_a_rollback_keeps_both(blob: Blob) -> None:
    with transaction.atomic():
        blobs.delete(Blob.objects.get(pk=blob.pk))
        transaction.set_rollback(True)

    assert blobs.unseal(Blob.objects.get(pk=blob.pk)) == DATA


def test_a_file_that_is_gone_already_is_no_fault(blob: Blob) -> None:
    blobs.delete_file(blob.uid)

    blobs.delete(blob)

    assert on_shelves() == (set(), set())


def test_a_storage_that_is_away_leaves_a_file_that_is_seen_as_an_orphan(
    blob: Blob, sealed_folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    uid = blob.uid
    [path] = sealed_folder.rglob(uid.hex)
    data = path.read_bytes()
    path.unlink()
    path.mkdir()
    (path / "in the way").write_bytes(data)

    blobs.delete(blob)

    assert not Blob.objects.exists()
    assert blobs.has_file(uid)


def test_what_is_no_sealed_file_is_not_seen(blob: Blob, sealed_folder: Path) -> None:
    (sealed_folder / blob.uid.hex[:2] / "notes.txt").write_bytes(b"")
    (sealed_folder / "other").mkdir()

    assert on_shelves()[0] == {blob.uid}


def test_an_empty_storage_has_empty_shelves(sealed_folder: Path) -> None:
    assert on_shelves() == (set(), set())


def test_a_row_without_a_file_is_seen(blob: Blob) -> None:
    blobs.delete_file(blob.uid)

    assert on_shelves() == (set(), {blob.uid})
    assert blobs.written_at(blob.uid) is None
