"""Every source is listed in an order that stays, and goes on behind any place in it."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import pyarrow
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyarrow import parquet

from leeward.screening.rescan import reading, sources
from leeward.screening.rescan.items import ITEM_ID_LONGEST, Item, Place, SourceRefused, item_id_of
from leeward.screening.rescan.lists import Addresses
from leeward.screening.rescan.reading import NotRead, Reach
from leeward.screening.rescan.sources import Folder

NAMES = ("a/deep/one", "a/two", "a.b", "a0", "b", "ü")


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    for name in NAMES:
        path = tmp_path / "corpus" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    return Folder(tmp_path / "corpus", 1)


def cursors(items: object) -> list[str]:
    return [item.cursor for item in items if isinstance(item, Item)]  # type: ignore[attr-defined]


def test_a_folder_is_listed_whole_and_goes_on_behind_every_place(folder: Folder) -> None:
    whole = cursors(folder.items())

    assert sorted(whole) == sorted(NAMES)
    assert folder.count() == len(NAMES)
    for place, cursor in enumerate(whole):
        assert cursors(folder.items(after=cursor)) == whole[place + 1 :]


def test_a_folder_goes_on_where_the_file_at_the_cursor_is_gone(folder: Folder) -> None:
    (folder.root / "a" / "two").unlink()

    assert cursors(folder.items(after="a/two")) == [
        cursor for cursor in cursors(folder.items()) if cursor not in {"a/deep/one"}
    ]


def test_neither_links_nor_pipes_nor_what_they_lead_to_is_read(folder: Folder, tmp_path: Path) -> None:
    (tmp_path / "outside").write_text("not theirs")
    (folder.root / "link").symlink_to(tmp_path / "outside")
    (folder.root / "round").symlink_to(folder.root)
    os.mkfifo(folder.root / "pipe")

    assert sorted(cursors(folder.items())) == sorted(NAMES)
    for name, reason in {"link": "read_error", "pipe": "not_a_file", "nothing": "gone", "a": "read_error"}.items():
        item = Item(Place.FILE, str(folder.root / name), name, 1)
        with pytest.raises(NotRead) as refused, reading.opened(item, reach=Reach()):
            pass
        assert refused.value.reason in {reason, "not_a_file"}


def test_a_name_that_is_no_utf8_is_swept_as_well(folder: Folder) -> None:
    path = os.fsencode(folder.root) + b"/\xff\xfe.png"
    with open(path, "wb") as file:  # noqa: PTH123  # a path of bytes
        file.write(b"bytes")

    [item] = [item for item in folder.items() if item.item_id.startswith("\\xff")]

    assert item.item_id == "\\xff\\xfe.png"
    with reading.opened(item, reach=Reach()) as source:
        assert source == b"bytes"


def test_what_is_too_long_for_one_reading_is_read_as_a_stream(tmp_path: Path) -> None:
    with (tmp_path / "long").open("wb") as file:
        file.truncate(reading.WHOLE_BYTES + 1)

    with reading.opened(Item(Place.FILE, str(tmp_path / "long"), "long", 1), reach=Reach()) as source:
        assert not isinstance(source, bytes)


CSV = """url,item_id,uploaded_at
https://cdn.example/one.jpg?key=made-up,photo-1,2026-11-20T09:00:00+00:00
https://cdn.example/two.jpg?key=made-up,,2026-11-20
ftp://cdn.example/three,photo-3,yesterday
,,
"""


def test_a_list_gives_names_ages_and_reasons_and_no_key_of_an_address(tmp_path: Path) -> None:
    (tmp_path / "list.csv").write_text(CSV)
    listed = Addresses(tmp_path / "list.csv", 1)

    items = list(listed.items())

    assert [item.item_id for item in items] == ["photo-1", "two.jpg", "photo-3", "row 4"]
    assert [item.reason for item in items] == ["", "", "not_an_address", "row_without_address"]
    assert items[0].uploaded_at == datetime(2026, 11, 20, 9, tzinfo=UTC)
    assert items[1].uploaded_at == datetime(2026, 11, 20, tzinfo=UTC)
    assert items[2].uploaded_at is None
    assert listed.count() == 4
    assert cursors(listed.items(after="2")) == ["3", "4"]


def test_a_parquet_list_says_the_same_as_a_csv(tmp_path: Path) -> None:
    rows = {"path": ["one.png", "two.png"], "item_id": ["photo-1", None], "more": [1, 2]}
    rows["uploaded_at"] = [datetime(2026, 11, 20, 9, tzinfo=UTC), None]
    parquet.write_table(pyarrow.table(rows), tmp_path / "list.parquet")
    (tmp_path / "list.csv").write_text("path,item_id,uploaded_at\none.png,photo-1,2026-11-20T09:00Z\ntwo.png,,\n")

    of_parquet, of_csv = (Addresses(tmp_path / f"list.{name}", 1) for name in ("parquet", "csv"))

    assert list(of_parquet.items()) == list(of_csv.items())
    assert [item.ref for item in of_csv.items()] == [str(tmp_path / "one.png"), str(tmp_path / "two.png")]
    assert of_parquet.count() == of_csv.count() == 2


@pytest.mark.parametrize("name", ["list.csv", "list.parquet"])
def test_a_list_without_a_column_of_addresses_is_refused_with_the_next_step(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"who,when\n1,2\n")

    with pytest.raises(SourceRefused, match=r"column `url`|write it again"):
        list(Addresses(tmp_path / name, 1).items())


@pytest.mark.parametrize("word", ["s3:", "no/such/folder", "README.md", ""])
def test_what_is_no_source_is_refused(word: str) -> None:
    with pytest.raises(SourceRefused):
        sources.source_of(word if word else "no.csv", organisation_id=1, s3_endpoint="")


def test_a_bucket_is_named_without_its_service() -> None:
    bucket = sources.source_of("s3:photos/2026/", organisation_id=1, s3_endpoint="https://s3.example")

    assert bucket.name == "s3:photos/2026/"


@given(st.text(max_size=400), st.text(max_size=400))
def test_a_long_name_is_shortened_and_stays_different(one: str, other: str) -> None:
    shortened = [item_id_of(name) for name in (one, other)]

    assert all(len(name) <= ITEM_ID_LONGEST for name in shortened)
    assert (shortened[0] == shortened[1]) == (one == other)


def test_addresses_come_in_batches_of_one_host_and_the_place_moves_on_when_all_of_them_are_done(tmp_path: Path) -> None:
    hosts = ["one.example", "two.example:8443", "one.example", "three.example", "two.example:8443"]
    rows = "\n".join(f"https://{host}/{number}" for number, host in enumerate(hosts))
    (tmp_path / "list.csv").write_text(f"url\n{rows}\n")

    found = list(sources.batches(Addresses(tmp_path / "list.csv", 1), after=""))

    assert [batch.lane for batch in found] == ["one.example", "two.example:8443", "three.example"]
    assert [len(batch.items) for batch in found] == [2, 2, 1]
    assert [batch.cursor for batch in found] == [None, None, "5"]
    assert [batch.number for batch in found] == [0, 1, 2]
