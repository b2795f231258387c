"""The writer and the readers of one table, each through its public face."""

import pathlib
import subprocess
import sys
import zlib
from collections.abc import Iterator

import pytest

from leeward.engines import policy
from leeward.engines.policy import Entry, Reader, Reason, Writer

NOBODY: frozenset[str] = frozenset()

ASKING = """
import pathlib, sys
from leeward.engines import policy
reader = policy.Reader.open(pathlib.Path(sys.argv[1]))
for line in sys.stdin:
    print(reader.decide(line.strip()).blocked, flush=True)
"""


def bad(sign: int = 1, *, name: str = "bad.example", reason: Reason = Reason.censored) -> Entry:
    return Entry(name=name, reason=reason, sign=sign)


@pytest.fixture
def path(tmp_path: pathlib.Path) -> pathlib.Path:
    return tmp_path / "names.table"


@pytest.fixture
def writer(path: pathlib.Path) -> Iterator[Writer]:
    with Writer.create(path, [], position=0, never_block=NOBODY) as made:
        yield made


def test_a_blocked_name_covers_itself_and_what_is_below(path: pathlib.Path, writer: Writer) -> None:
    reader = Reader.open(path)

    writer.block(bad(7), never_block=NOBODY)

    assert reader.decide("bad.example") == policy.Verdict(True, "bad.example", Reason.censored, 7)
    assert reader.decide("WWW.Bad.Example.").name == "bad.example"
    assert reader.decide("_x.bad.example").blocked


@pytest.mark.parametrize("name", ["example", "notbad.example", "bad.example.other", "bad-example", "", ".", "bad"])
def test_a_block_covers_nothing_else(path: pathlib.Path, writer: Writer, name: str) -> None:
    writer.block(bad(), never_block=NOBODY)

    assert Reader.open(path).decide(name) == policy.ALLOWED


@pytest.mark.parametrize("name", ["\x00.bad.example", "a..bad.example", "ü%.bad.example", "a" * 300 + ".bad.example"])
def test_a_strange_label_does_not_open_the_door(path: pathlib.Path, writer: Writer, name: str) -> None:
    writer.block(bad(), never_block=NOBODY)

    assert Reader.open(path).decide(name).blocked


def test_a_name_asked_in_its_own_letters_is_found(path: pathlib.Path, writer: Writer) -> None:
    writer.block(bad(name="bücher.example"), never_block=NOBODY)

    assert Reader.open(path).decide("www.BÜCHER.example").name == "xn--bcher-kva.example"
    assert Reader.open(path).decide("bücher。example。").blocked


def test_a_name_stays_blocked_until_the_last_sign_is_withdrawn(path: pathlib.Path, writer: Writer) -> None:
    reader = Reader.open(path)
    writer.block(bad(1), never_block=NOBODY)
    writer.block(bad(2), never_block=NOBODY)

    assert writer.unblock(2) == 1
    assert reader.decide("bad.example").sign == 1
    assert writer.unblock(1) == 1
    assert not reader.decide("bad.example").blocked
    assert writer.unblock(1) == 0


def test_one_sign_can_block_several_names(path: pathlib.Path, writer: Writer) -> None:
    writer.block(bad(3), never_block=NOBODY)
    writer.block(bad(3, name="worse.example"), never_block=NOBODY)

    assert writer.unblock(3) == 2
    assert not Reader.open(path).decide("worse.example").blocked


def test_another_reason_for_the_same_sign_replaces_the_first(path: pathlib.Path, writer: Writer) -> None:
    writer.block(bad(1, reason=Reason.filtered), never_block=NOBODY)
    writer.block(bad(1, reason=Reason.censored), never_block=NOBODY)

    assert Reader.open(path).decide("bad.example").reason is Reason.censored
    assert writer.unblock(1) == 1


def test_a_repeated_block_takes_no_room(path: pathlib.Path, writer: Writer) -> None:
    for _ in range(5_000):
        writer.block(bad(), never_block=NOBODY)

    assert writer.unblock(1) == 1
    assert Reader.open(path).decide("bad.example") == policy.ALLOWED


def test_equal_checksums_block_nothing(path: pathlib.Path, writer: Writer) -> None:
    twins = (b"\x0ddotamkenowale\x07example\0", b"\x0dletamranonole\x07example\0")  # Found by trying made-up words.
    assert zlib.crc32(twins[0]) == zlib.crc32(twins[1])

    writer.block(bad(name="dotamkenowale.example"), never_block=NOBODY)

    assert Reader.open(path).decide("dotamkenowale.example").blocked
    assert not Reader.open(path).decide("letamranonole.example").blocked


@pytest.mark.parametrize("name", ["com", "192.0.2.1", "help.example"])
def test_a_name_that_may_not_be_blocked_changes_nothing(path: pathlib.Path, writer: Writer, name: str) -> None:
    before = path.read_bytes()

    with pytest.raises(ValueError, match=r"name|suffix|list"):
        writer.block(bad(name=name), never_block=frozenset({"help.example"}))

    assert path.read_bytes() == before


def test_a_new_table_with_a_helpline_in_it_leaves_the_old_one(path: pathlib.Path, writer: Writer) -> None:
    writer.block(bad(), never_block=NOBODY)
    writer.close()

    with pytest.raises(policy.NeverBlocked):
        Writer.create(path, [bad(name="help.example")], position=9, never_block=frozenset({"help.example"}))

    assert Reader.open(path).decide("bad.example").blocked
    with Writer.open(path) as again:
        assert again.position == 0


def test_the_position_survives_and_never_goes_back(path: pathlib.Path, writer: Writer) -> None:
    writer.advance(41)
    writer.close()

    with Writer.open(path) as again:
        assert again.position == 41
        with pytest.raises(policy.PositionWentBack):
            again.advance(40)
    assert Reader.open(path).position == 41


def test_two_writers_never_have_the_same_table(path: pathlib.Path, writer: Writer) -> None:
    with pytest.raises(policy.TableBusy):
        Writer.open(path)
    with pytest.raises(policy.TableBusy):
        Writer.create(path, [], position=0, never_block=NOBODY)


def test_a_sign_that_does_not_fit_the_file_is_refused() -> None:
    with pytest.raises(ValueError, match="id of the indicator"):
        bad(2**64)


def test_a_table_grows_under_its_readers(path: pathlib.Path, writer: Writer) -> None:
    reader = Reader.open(path)
    writer.advance(5)
    size = path.stat().st_size
    for number in range(3_000):
        writer.block(bad(number, name=f"n{number}.bad.example"), never_block=NOBODY)
        assert reader.decide(f"n{number}.bad.example").sign == number

    writer.unblock(0)

    assert path.stat().st_size > size
    assert not reader.decide("n0.bad.example").blocked
    assert reader.decide("n1.bad.example").blocked
    assert reader.position == 5


def test_withdrawn_names_leave_when_the_table_grows(path: pathlib.Path, writer: Writer) -> None:
    size = path.stat().st_size
    for number in range(5_000):
        writer.block(bad(number, name=f"n{number}.bad.example"), never_block=NOBODY)
        writer.unblock(number)

    assert path.stat().st_size < size + 4_096


def test_a_reader_in_another_process_sees_a_block_on_its_next_question(path: pathlib.Path, writer: Writer) -> None:
    command = [sys.executable, "-c", ASKING, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:

        def answer() -> str:
            assert other.stdin is not None
            assert other.stdout is not None
            print("www.bad.example", file=other.stdin, flush=True)
            return other.stdout.readline().strip()

        seen = [answer()]
        writer.block(bad(), never_block=NOBODY)
        seen.append(answer())
        writer.unblock(1)
        seen.append(answer())
        writer.close()
        Writer.create(path, [bad()], position=1, never_block=NOBODY).close()
        seen.append(answer())

    assert seen == ["False", "True", "False", "True"]


def test_a_writer_that_dies_before_the_slot_leaves_the_old_answer(path: pathlib.Path, writer: Writer) -> None:
    writer.block(bad(1), never_block=NOBODY)
    old = path.read_bytes()
    writer.block(bad(2), never_block=NOBODY)
    writer.block(bad(3, name="worse.example"), never_block=NOBODY)
    new = path.read_bytes()
    writer.close()
    slots = int.from_bytes(old[12:16], sys.byteorder)
    name_slots = slice(4096, 4096 + 8 * slots)
    path.write_bytes(new[:4096] + old[name_slots] + new[name_slots.stop :])  # Everything arrived but the last stores.

    with Writer.open(path) as again:
        reader = Reader.open(path)
        assert reader.decide("bad.example").sign == 1
        assert not reader.decide("worse.example").blocked
        for number in range(10, 3_000):
            again.block(bad(number, name=f"n{number}.bad.example"), never_block=NOBODY)
        assert not reader.decide("worse.example").blocked  # A larger file does not bring it back.
        again.block(bad(3, name="worse.example"), never_block=NOBODY)
        assert reader.decide("worse.example").sign == 3


def test_a_reader_keeps_the_last_good_table_when_the_new_one_is_damaged(path: pathlib.Path, writer: Writer) -> None:
    writer.block(bad(), never_block=NOBODY)
    reader = Reader.open(path)
    writer.close()
    Writer.create(path, [], position=2, never_block=NOBODY).close()
    half = path.with_name("half")
    half.write_bytes(path.read_bytes()[:5_000])
    half.replace(path)

    assert reader.decide("bad.example").blocked
    assert reader.fault is not None

    Writer.create(path, [], position=3, never_block=NOBODY).close()

    assert not reader.decide("bad.example").blocked
    assert reader.fault is None


def test_a_reader_keeps_the_last_good_table_when_the_file_is_gone(path: pathlib.Path, writer: Writer) -> None:
    writer.block(bad(), never_block=NOBODY)
    reader = Reader.open(path)
    path.unlink()

    assert reader.decide("bad.example").blocked


def test_a_reader_without_the_control_file_still_sees_a_new_table(path: pathlib.Path, writer: Writer) -> None:
    path.with_name("names.table.control").unlink()
    reader = Reader.open(path)
    writer.close()

    Writer.create(path, [bad()], position=1, never_block=NOBODY).close()

    assert reader.decide("bad.example").blocked


@pytest.mark.parametrize("place", [0, 8, 12, 16, 24, 32, 40])
def test_a_damaged_header_is_refused(path: pathlib.Path, writer: Writer, place: int) -> None:
    octets = bytearray(path.read_bytes())
    octets[place] ^= 1
    path.with_name("damaged").write_bytes(octets)

    with pytest.raises(policy.BadTable, match="compile the policy again"):
        Reader.open(path.with_name("damaged"))


@pytest.mark.parametrize("content", [b"", b"short", bytes(8_192)])
def test_a_file_that_is_no_table_is_refused(path: pathlib.Path, content: bytes) -> None:
    path.write_bytes(content)

    with pytest.raises(policy.BadTable):
        Writer.open(path)


def test_a_missing_table_says_what_to_do(path: pathlib.Path) -> None:
    with pytest.raises(policy.TableMissing, match="compile the policy first"):
        Reader.open(path)
