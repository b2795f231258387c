"""Every file of an archive is handed out, whatever it is packed with."""

import bz2
import gzip
import io
import lzma
import struct
import tarfile
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leeward.engines.unpacking import HEAD_BYTES, is_archive, members
from leeward.engines.unpacking.tests import packed

DATA = list(packed.FILES.values())
MODES = ["w", "w:gz", "w:bz2", "w:xz"]


def contents(data: bytes) -> list[bytes]:
    return [member.data for member in members(data)]


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2])
def test_a_zip_gives_its_files_in_order(method: int) -> None:
    assert contents(packed.zipped(method=method)) == DATA


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("layout", [tarfile.PAX_FORMAT, tarfile.GNU_FORMAT, tarfile.USTAR_FORMAT])
def test_a_tar_gives_its_files_in_order_however_it_is_packed(mode: str, layout: int) -> None:
    assert contents(packed.tarred(mode=mode, layout=layout)) == DATA


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress])
def test_a_packed_file_is_one_member(pack: object) -> None:
    assert callable(pack)

    (member,) = members(pack(DATA[0]))

    assert (member.path_depth, member.number, member.data) == (1, 1, DATA[0])


def test_several_gzip_runs_are_one_file_and_what_follows_is_passed_over() -> None:
    assert contents(gzip.compress(b"one ") + gzip.compress(b"file") + b"\0" * 40) == [b"one file"]


def test_a_file_object_is_read_from_its_start() -> None:
    file = io.BytesIO(packed.zipped())
    file.seek(100)

    assert [member.data for member in members(file)] == DATA


def test_members_are_numbered_through_and_know_their_level() -> None:
    found = [(member.path_depth, member.number, member.data) for member in members(packed.nested(2))]

    assert found == [(1, 1, b"level 1"), (2, 2, b"level 2")]


def test_a_document_made_of_zip_is_an_archive() -> None:
    book = packed.zipped({"mimetype": b"application/epub+zip", "page.xhtml": b"<p>Once upon a time</p>"})

    assert is_archive(book)
    assert contents(book) == [b"application/epub+zip", b"<p>Once upon a time</p>"]


@pytest.mark.parametrize("name", ["/etc/passwd", "../../outside", "C:\\outside", "a\0b", "ü" * 3_000])
def test_names_lead_nowhere(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    assert contents(packed.zipped({name: b"data"})) == [b"data"]
    assert contents(packed.tarred({name: b"data"})) == [b"data"]
    assert list(tmp_path.rglob("*")) == []


def test_links_devices_pipes_and_folders_are_left_out() -> None:
    assert contents(packed.with_special_files()) == [b"left"]
    assert contents(packed.zip_with_link()) == [b"left"]


def test_empty_files_and_empty_archives_give_nothing() -> None:
    assert contents(packed.zipped({"empty": b"", "folder/": b""})) == []
    assert contents(packed.zipped({})) == []
    assert contents(packed.tarred({"empty": b"", "full": b"full"})) == [b"full"]


def test_something_before_a_zip_does_not_hide_its_members() -> None:
    found = members(packed.zipped({"inner.sfx": b"PK\x03\x04 self-extracting stub " + packed.zipped()}))

    assert [member.data for member in found] == DATA


def test_records_for_large_archives_are_read() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive, archive.open("big", "w", force_zip64=True) as member:
        member.write(DATA[0])
    plain = out.getvalue()
    end = plain.index(b"PK\x05\x06")
    size, start = struct.unpack_from("<2L", plain, end + 12)
    end64 = struct.pack("<4sQ2H2L4Q", b"PK\x06\x06", 44, 45, 45, 0, 0, 1, 1, size, start)
    place64 = struct.pack("<4sLQL", b"PK\x06\x07", 0, end, 1)
    large = plain[:end] + end64 + place64 + plain[end : end + 8] + b"\xff" * 12 + bytes(2)

    assert contents(large) == [DATA[0]]
    assert zipfile.ZipFile(io.BytesIO(large)).namelist() == ["big"]


@given(files=st.dictionaries(st.text("abcdefgh", min_size=1, max_size=8), st.binary(min_size=1, max_size=2_000)))
def test_any_files_come_back_from_any_archive(files: dict[str, bytes]) -> None:
    expected = [data for data in files.values() if not is_archive(data)]

    for archive in (packed.zipped(files), *(packed.tarred(files, mode=mode) for mode in MODES[:2])):
        if files and len(expected) == len(files):
            assert contents(archive) == expected


@pytest.mark.parametrize(
    "head",
    [b"", b"PK", b"plain words", b"\xff\xd8\xff\xe0", b"%PDF-1.7", b"\x1a\x45\xdf\xa3", bytes(600), b"0" * 600],
)
def test_other_files_are_no_archives(head: bytes) -> None:
    assert not is_archive(head)


def test_an_archive_is_known_by_its_first_bytes() -> None:
    archives = [packed.zipped(), packed.zipped({}), *(packed.tarred(mode=mode) for mode in MODES)]

    assert all(is_archive(data[:HEAD_BYTES]) for data in archives)
