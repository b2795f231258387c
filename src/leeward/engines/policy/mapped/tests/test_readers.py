"""A reader in another process, asking while the writer changes what it asks about."""

import pathlib
import subprocess
import sys
from collections.abc import Iterator

import pytest

from leeward.engines.policy.family import Own, Profile, Rule
from leeward.engines.policy.mapped import RULES, Writer, _keys
from leeward.engines.policy.mapped.tests.cast import ANA, GAMES, MONDAY_NOON, SOCIAL

ASKING = """
import pathlib, sys
from leeward.engines.policy.mapped import Family
reader = Family.open(pathlib.Path(sys.argv[1]))
who, at_s = bytes.fromhex(sys.argv[2]), int(sys.argv[3])
for line in sys.stdin:
    wire, times = line.split()
    wire, codes = bytes.fromhex(wire), set()
    for _ in range(int(times)):
        codes.add(reader.decide_wire(wire, 0, who, at_s))
    print(*codes, flush=True)
"""
PLAY, TALK = "play.example", "www.talk.example"
# Every mixture of the two would open the one name or close the other.
CLOSED = Profile(1, blocked=GAMES)
OWN = Profile(1, blocked=SOCIAL, owns=(Own(PLAY, allows=False),))
ANSWERS = {CLOSED: {PLAY: Rule.CATEGORY, TALK: Rule.OPEN}, OWN: {PLAY: Rule.OWN_CLOSED, TALK: Rule.CATEGORY}}


class OtherReader:
    """A reader in a process of its own."""

    def __init__(self, folder: pathlib.Path) -> None:
        command = [sys.executable, "-c", ASKING, str(folder), ANA.hex(), str(int(MONDAY_NOON.timestamp()))]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def begin(self, name: str, *, times: int) -> None:
        assert self.process.stdin is not None
        print(_keys.asked_wire(name).hex(), times, file=self.process.stdin, flush=True)

    def answers(self) -> set[Rule]:
        assert self.process.stdout is not None
        return {RULES[int(code)] for code in self.process.stdout.readline().split()}

    def ask(self, name: str) -> set[Rule]:
        self.begin(name, times=1)
        return self.answers()

    def close(self) -> None:
        with self.process:
            assert self.process.stdin is not None
            self.process.stdin.close()


@pytest.fixture
def folder(tmp_path: pathlib.Path) -> pathlib.Path:
    return tmp_path / "family"


@pytest.fixture
def writer(folder: pathlib.Path) -> Iterator[Writer]:
    with Writer.create(folder) as made:
        made.put_name(PLAY, GAMES)
        made.put_name("talk.example", SOCIAL)
        made.put_profile(CLOSED, at=MONDAY_NOON)
        made.put_who(ANA, 1)
        yield made


@pytest.fixture
def other(folder: pathlib.Path, writer: Writer) -> Iterator[OtherReader]:
    reader = OtherReader(folder)
    yield reader
    reader.close()


def test_no_answer_is_torn_or_stale_during_ten_thousand_changes(writer: Writer, other: OtherReader) -> None:
    for round_ in range(500):
        name = (PLAY, TALK)[round_ % 2]
        other.begin(name, times=1_000)
        for change in range(10):  # While it asks.
            writer.put_profile((OWN, CLOSED)[change % 2], at=MONDAY_NOON)
            writer.put_name(f"n{round_}.{change}.filler.example", GAMES)  # Now and then, a larger table.
        assert other.answers() <= {answer[name] for answer in ANSWERS.values()}
        for change in range(10):  # And between two questions.
            profile = (OWN, CLOSED)[change % 2]
            writer.put_profile(profile, at=MONDAY_NOON)
            assert other.ask(name) == {ANSWERS[profile][name]}


def test_no_answer_is_torn_or_stale_while_whole_lists_are_swapped(writer: Writer, other: OtherReader) -> None:
    filler = [(f"n{number}.filler.example", GAMES) for number in range(2_000)]
    writer.put_profile(Profile(1, blocked=GAMES | SOCIAL), at=MONDAY_NOON)
    for round_ in range(60):
        is_listed = round_ % 2 == 1
        other.begin(PLAY, times=10_000)
        writer.swap_names([(PLAY, (GAMES, SOCIAL)[is_listed]), ("talk.example", is_listed * SOCIAL), *filler[round_:]])
        assert other.answers() == {Rule.CATEGORY}
        assert other.ask(TALK) == {(Rule.OPEN, Rule.CATEGORY)[is_listed]}
