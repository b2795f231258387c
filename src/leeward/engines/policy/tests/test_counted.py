"""What a data plane counted comes to whoever adds it up, once, and never stops an answer."""

from pathlib import Path

import pytest

from leeward.engines.policy import counted
from leeward.engines.policy.counted import EVERYBODY, GRACE_S, PERIOD_S, Counts, Key, Sort

AT_S = 1_795_000_000 // PERIOD_S * PERIOD_S
LATER_S = AT_S + PERIOD_S + GRACE_S
PLAY = b"\x04play\x07example"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "counts"


def written(folder: Path, *keys: Key, at_s: int = AT_S) -> Counts:
    counts = Counts(folder)
    for key in keys:
        counts.add(key)
    counts.write(counts.take(), at_s=at_s)
    return counts


def test_what_is_counted_is_read_when_its_time_is_over(folder: Path) -> None:
    counts = written(folder, Key(7, 4), Key(7, 4), Key(8, 133), Key(EVERYBODY, 129))
    counts.add(Key(7, 4))
    counts.write(counts.take(), at_s=AT_S + 1)

    assert counted.finished(folder, at_s=LATER_S - 1) == []
    (path,) = counted.finished(folder, at_s=LATER_S)
    read = counted.read(path)
    assert read.counts == {Key(7, 4): 3, Key(8, 133): 1, Key(EVERYBODY, 129): 1}
    assert (read.sort, read.at_s, read.dropped) == (Sort.COUNTS, AT_S, 0)


def test_each_period_and_each_writer_has_a_file(folder: Path) -> None:
    counts = written(folder, Key(7, 4))
    counts.add(Key(7, 4))
    counts.write(counts.take(), at_s=AT_S + PERIOD_S)
    written(folder, Key(7, 4))

    found = [counted.read(path) for path in counted.finished(folder, at_s=LATER_S + PERIOD_S)]

    assert [(one.at_s, one.counts) for one in found] == [
        (AT_S, {Key(7, 4): 1}),
        (AT_S, {Key(7, 4): 1}),
        (AT_S + PERIOD_S, {Key(7, 4): 1}),
    ]


def test_names_lie_in_a_file_of_their_own(folder: Path) -> None:
    written(folder, Key(7, 4), Key(7, 4, PLAY), Key(7, 4, PLAY))

    counts, names = sorted(
        (counted.read(path) for path in counted.finished(folder, at_s=LATER_S)), key=lambda one: one.sort
    )

    assert (counts.counts, names.counts) == ({Key(7, 4): 1}, {Key(7, 4, PLAY): 2})


def test_without_anything_closed_there_is_no_folder(folder: Path) -> None:
    written(folder).close(at_s=AT_S)

    assert not folder.exists()


def test_another_user_of_our_group_may_write_there(folder: Path) -> None:
    written(folder, Key(7, 4))

    assert folder.stat().st_mode & 0o7777 == 0o2770
    assert next(folder.iterdir()).stat().st_mode & 0o777 == 0o640


def test_what_finds_no_room_is_counted_as_that(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counted, "MOST_COUNTS", 3)

    written(folder, *(Key(number, 4) for number in range(1, 6)), Key(1, 4))

    read = counted.read(counted.finished(folder, at_s=LATER_S)[0])
    assert (len(read.counts), read.dropped, read.counts[Key(1, 4)]) == (3, 2, 2)


def test_a_disk_that_refuses_loses_counts_and_nothing_else(tmp_path: Path) -> None:
    in_the_way = tmp_path / "counts"
    in_the_way.write_text("no folder")

    counts = written(in_the_way, Key(7, 4))
    in_the_way.unlink()
    counts.add(Key(7, 5))
    counts.close(at_s=AT_S)

    assert counted.read(counted.finished(in_the_way, at_s=LATER_S)[0]).counts == {Key(7, 5): 1}


def test_a_count_stays_at_its_largest(folder: Path) -> None:
    counts = Counts(folder)
    for _ in range(2):
        counts.write(counted.Taken({Key(7, 127): 0xFFFFF0}), at_s=AT_S)

    assert counted.read(counted.finished(folder, at_s=LATER_S)[0]).counts == {Key(7, 127): 0xFFFFFF}


@pytest.mark.parametrize("octets", [b"", b"scrap", b"\0" * 64, b"LCNT" + b"\1\0\0\0" * 5 + b"\0" * 40])
def test_a_file_that_is_not_whole_is_refused(folder: Path, octets: bytes) -> None:
    folder.mkdir()
    path = folder / f"counts-{AT_S // PERIOD_S}-abcdef.tbl"
    path.write_bytes(octets)

    assert counted.finished(folder, at_s=LATER_S) == [path]
    with pytest.raises(counted.BadCounts, match="delete it"):
        counted.read(path)


def test_other_files_are_left_alone(folder: Path) -> None:
    folder.mkdir()
    for name in ("notes-1-a.tbl", "counts-x-a.tbl", "counts-1.tbl", "readme"):
        (folder / name).touch()

    assert counted.finished(folder, at_s=LATER_S) == []
