from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

import pytest
from django.db import connection
from pytest_django import Settings

from leeward.core import blobs, keys
from leeward.core.models import Blob
from leeward.core.tests import lamps
from leeward.core.tests.lamps import AT, CANARY
from tests.stage import disk

CHUNK = blobs.CHUNK_BYTES
OLD, NEW = keys.new_entry("1"), keys.new_entry("2")

pytestmark = pytest.mark.usefixtures("db", "sealed_folder")


def drawn(size: int) -> bytes:
    """Return bytes that differ from chunk to chunk."""
    return b"".join(hashlib.sha256(number.to_bytes(4)).digest() for number in range(-(-size // 32)))[:size]


def seal(data: bytes) -> Blob:
    return blobs.seal(data, media_type="image/png", at=AT)


def file_of(blob: Blob, folder: Path) -> Path:
    [path] = (path for path in folder.rglob("*") if path.name == blob.uid.hex)
    return path


@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 2 * CHUNK + 7])
def test_what_was_sealed_comes_back(size: int) -> None:
    data = drawn(size)

    blob = Blob.objects.get(pk=seal(data).pk)

    assert blobs.unseal(blob) == data
    assert (blob.size_bytes, blob.sha256) == (size, hashlib.sha256(data).hexdigest())
    assert (blob.media_type, blob.created_at) == ("image/png", AT)


@pytest.mark.parametrize("where", [0, 100, CHUNK + 20, -1])
def test_one_flipped_bit_is_refused(where: int, sealed_folder: Path) -> None:
    blob = seal(drawn(CHUNK + 500))
    path = file_of(blob, sealed_folder)
    sealed = bytearray(path.read_bytes())
    sealed[where] ^= 1
    path.write_bytes(sealed)

    with pytest.raises(keys.SealBroken, match=str(blob.uid)):
        blobs.unseal(blob)


@pytest.mark.parametrize("kept", [0, 1, 15, CHUNK + 16, CHUNK + 17, 2 * (CHUNK + 16)])
def test_a_cut_file_is_refused_at_whatever_place(kept: int, sealed_folder: Path) -> None:
    blob = seal(drawn(2 * CHUNK + 5))
    path = file_of(blob, sealed_folder)
    path.write_bytes(path.read_bytes()[:kept])

    with pytest.raises(keys.SealBroken):
        blobs.unseal(blob)


def test_a_file_that_grew_is_refused(sealed_folder: Path) -> None:
    blob = seal(drawn(100))
    path = file_of(blob, sealed_folder)
    path.write_bytes(path.read_bytes() * 2)

    with pytest.raises(keys.SealBroken):
        blobs.unseal(blob)


def test_chunks_that_changed_places_are_refused(sealed_folder: Path) -> None:
    blob = seal(drawn(3 * CHUNK))
    path = file_of(blob, sealed_folder)
    sealed, step = path.read_bytes(), CHUNK + 16
    path.write_bytes(sealed[step : 2 * step] + sealed[:step] + sealed[2 * step :])

    with pytest.raises(keys.SealBroken):
        blobs.unseal(blob)


def test_the_file_of_another_blob_is_refused(sealed_folder: Path) -> None:
    mine, other = seal(drawn(100)), seal(drawn(100))
    shutil.copy(file_of(other, sealed_folder), file_of(mine, sealed_folder))

    with pytest.raises(keys.SealBroken):
        blobs.unseal(mine)


def test_the_row_of_another_blob_is_refused(sealed_folder: Path) -> None:
    mine, other = seal(drawn(100)), seal(drawn(100))
    shutil.copy(file_of(other, sealed_folder), file_of(mine, sealed_folder))
    mine.wrapped_key = other.wrapped_key

    with pytest.raises(keys.SealBroken):
        blobs.unseal(mine)


def test_the_same_bytes_are_never_sealed_alike(sealed_folder: Path) -> None:
    one, other = seal(drawn(100)), seal(drawn(100))

    assert file_of(one, sealed_folder).read_bytes() != file_of(other, sealed_folder).read_bytes()


def test_rotation_wraps_the_keys_anew_and_leaves_the_files(settings: Settings, sealed_folder: Path) -> None:
    lamps.use_master_keys(settings, OLD)
    blob = seal(drawn(100))
    before = file_of(blob, sealed_folder).read_bytes()
    lamps.use_master_keys(settings, f"{NEW},{OLD}")

    assert (blobs.rotate(), blobs.rotate()) == (1, 0)

    lamps.use_master_keys(settings, NEW)
    rotated = Blob.objects.get()
    assert rotated.key_version == "2"
    assert blobs.unseal(rotated) == drawn(100)
    assert file_of(blob, sealed_folder).read_bytes() == before


def test_a_key_that_is_not_configured_is_named(settings: Settings) -> None:
    lamps.use_master_keys(settings, OLD)
    blob = seal(drawn(100))
    lamps.use_master_keys(settings, NEW)

    with pytest.raises(keys.NoSuchKey, match="1"):
        blobs.unseal(blob)


def test_another_key_under_the_same_version_opens_nothing(settings: Settings) -> None:
    lamps.use_master_keys(settings, OLD)
    blob = seal(drawn(100))
    lamps.use_master_keys(settings, keys.new_entry("1"))

    with pytest.raises(keys.SealBroken, match=str(blob.uid)):
        blobs.unseal(blob)


@pytest.mark.django_db(transaction=True)
def test_nothing_of_the_content_lies_in_a_file_or_in_the_database(sealed_folder: Path) -> None:
    if connection.vendor != "sqlite":
        pytest.skip("reads SQLite's own files")
    blob = seal((CANARY * 50).encode())
    database = Path(str(connection.settings_dict["NAME"]))

    sealed = [path for path in sealed_folder.rglob("*") if path.is_file()]
    written = disk.octets([*sealed, *database.parent.glob(f"{database.name}*")])

    # The row itself is in there, so the search looks into the right files.
    assert blob.sha256.encode() in written
    assert CANARY.encode() not in written


def test_only_the_owner_may_read_a_sealed_file(settings: Settings, tmp_path: Path) -> None:
    options = {"location": str(tmp_path / "own"), "file_permissions_mode": 0o600}
    settings.STORAGES = {**settings.STORAGES, "sealed": {**settings.STORAGES["sealed"], "OPTIONS": options}}
    blob = seal(drawn(100))

    assert file_of(blob, tmp_path / "own").stat().st_mode & 0o777 == 0o600
