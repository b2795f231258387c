"""Files that are missing or damaged, and a disk that is full: a clear error, and the last good answers."""

import pathlib
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace

import pytest

from leeward.engines.policy import BadTable, TableMissing
from leeward.engines.policy.family import Own, Profile, Rule
from leeward.engines.policy.mapped import Family, Writer
from leeward.engines.policy.mapped.tests.cast import ADULT, ANA, EVE, GAMES, MONDAY_NOON

TABLES = ("names.tbl", "profiles.tbl", "owns.tbl", "who.tbl")
STRICT = Profile(1, blocked=GAMES | ADULT)
FILLING = """
import pathlib, resource, sys
from leeward.engines.policy.mapped import Writer
with Writer.open(pathlib.Path(sys.argv[1])) as writer:
    hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
    resource.setrlimit(resource.RLIMIT_FSIZE, (40_000, hard))
    try:
        writer.swap_names((f"n{number}.example", 8) for number in range(10_000))
    except OSError:
        writer.put_name("talk.example", 8)
        print("refused")
"""


def rule_of(reader: Family, name: str, who: bytes = ANA) -> Rule:
    return reader.decide(name, who, int(MONDAY_NOON.timestamp())).rule


@pytest.fixture
def folder(tmp_path: pathlib.Path) -> pathlib.Path:
    return tmp_path / "family"


@pytest.fixture
def writer(folder: pathlib.Path) -> Iterator[Writer]:
    with Writer.create(folder) as made:
        made.put_profile(STRICT, at=MONDAY_NOON)
        made.put_who(ANA, 1)
        yield made


def test_tables_that_are_missing_say_what_to_do(tmp_path: pathlib.Path, folder: pathlib.Path, writer: Writer) -> None:
    with pytest.raises(BadTable, match=r"write the family's tables first"):
        Family.open(tmp_path / "nowhere")
    with pytest.raises(TableMissing):
        Writer.open(tmp_path / "nowhere")
    writer.close()
    (folder / "owns.tbl").unlink()
    with pytest.raises(TableMissing, match=r"owns.tbl"):
        Writer.open(folder)
    with pytest.raises(TableMissing, match=r"owns.tbl"):
        Family.open(folder)


@pytest.mark.parametrize("table", TABLES)
def test_a_damaged_header_is_refused(folder: pathlib.Path, writer: Writer, table: str) -> None:
    whole = (folder / table).read_bytes()
    for place in (*range(0, 64, 4), 63):
        octets = bytearray(whole)
        octets[place] ^= 1
        (folder / "damaged").write_bytes(octets)
        (folder / "damaged").replace(folder / table)

        with pytest.raises(BadTable, match=rf"{table}, header: .*again"):
            Family.open(folder)


@pytest.mark.parametrize("content", [b"", b"short", bytes(8_192)])
def test_a_file_that_is_no_table_is_refused(folder: pathlib.Path, writer: Writer, content: bytes) -> None:
    writer.close()
    for table in TABLES:
        whole = (folder / table).read_bytes()
        (folder / table).write_bytes(content)
        with pytest.raises(BadTable, match=table):
            Writer.open(folder)
        (folder / table).write_bytes(whole)


def test_a_reader_keeps_the_last_good_tables_when_a_new_one_is_damaged(folder: pathlib.Path, writer: Writer) -> None:
    writer.put_name("play.example", GAMES)
    reader = Family.open(folder)
    (folder / "half").write_bytes((folder / "names.tbl").read_bytes()[:6_000])
    (folder / "half").replace(folder / "names.tbl")
    writer._control.generation += 1

    assert rule_of(reader, "play.example") is Rule.CATEGORY
    assert reader.fault is not None
    assert "names.tbl" in reader.fault

    writer.swap_names([("talk.example", GAMES)])

    assert rule_of(reader, "play.example") is Rule.OPEN
    assert rule_of(reader, "talk.example") is Rule.CATEGORY
    assert reader.fault is None


@pytest.mark.parametrize("table", TABLES)
def test_damage_after_the_header_makes_wrong_answers_at_worst(folder: pathlib.Path, writer: Writer, table: str) -> None:
    writer.put_name("play.example", GAMES)
    writer.put_profile(replace(STRICT, owns=(Own("talk.example", allows=True),)), at=MONDAY_NOON)
    writer.put_who(EVE, 1)
    writer.close()
    size = (folder / table).stat().st_size
    with (folder / table).open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * (size - 4096))
    reader = Family.open(folder)

    rules = {rule_of(reader, name, who) for name in ("play.example", "talk.example") for who in (ANA, EVE)}

    assert rules <= set(Rule)


def test_a_full_disk_leaves_the_old_list_and_a_writer_that_can_go_on(folder: pathlib.Path, writer: Writer) -> None:
    writer.put_name("play.example", GAMES)
    writer.close()
    reader = Family.open(folder)
    files = sorted(folder.iterdir())

    done = subprocess.run([sys.executable, "-c", FILLING, str(folder)], capture_output=True, text=True, check=True)

    assert done.stdout == "refused\n"
    assert rule_of(reader, "play.example") is rule_of(reader, "talk.example") is Rule.CATEGORY
    assert rule_of(reader, "n1.example") is Rule.OPEN
    assert sorted(folder.iterdir()) == files
