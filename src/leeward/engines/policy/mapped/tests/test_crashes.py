"""A writer that is killed at any line leaves the old answers or the new ones, never a mixture."""

import os
import pathlib
import shutil
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from types import FrameType
from typing import Any

import pytest

from leeward.engines.policy import _files
from leeward.engines.policy.family import Decision, Own, Profile
from leeward.engines.policy.mapped import Family, Writer, _keys, _tables, _writer
from leeward.engines.policy.mapped.tests.cast import ADULT, ANA, BEA, EVE, GAMES, MONDAY_NOON, NIGHT, SOCIAL

WATCHED = (_files.__file__, _tables.__file__, _writer.__file__)  # All that writes; the rest only reckons.
KILLED, DONE = 77, 0
HOUR = timedelta(hours=1)
MOST_STEPS = 24  # A longer change is killed at so many lines, spread over the whole of it.
OLD = Profile(1, blocked=GAMES, owns=(Own("talk.example", allows=False), Own("old.example", allows=True)))
# Opened by the one and the other, yet by no mixture of the two: its category in one, its own name in the other.
NEW = Profile(1, blocked=SOCIAL, owns=(Own("play.example", allows=False),), bedtime=(NIGHT,))
QUESTIONS = ("play.example", "www.talk.example", "old.example", "new.example", "other.example")


CHANGES: dict[str, Callable[[Writer], None]] = {
    "put a new name": lambda writer: writer.put_name("new.example", GAMES),
    "put new marks": lambda writer: writer.put_name("play.example", ADULT),
    "drop a name": lambda writer: writer.drop_name("play.example"),
    "swap the names": lambda writer: _ignore(writer.swap_names([("new.example", GAMES), ("old.example", GAMES)])),
    "put a profile": lambda writer: writer.put_profile(NEW, at=MONDAY_NOON),
    "drop a profile": lambda writer: writer.drop_profile(1),
    "put an own name": lambda writer: writer.put_own(1, Own("play.example", allows=True)),
    "end an own name": lambda writer: writer.put_own(1, Own("old.example", allows=True, until=MONDAY_NOON)),
    "drop an own name": lambda writer: writer.drop_own(1, "talk.example"),
    "put an address": lambda writer: writer.put_who(EVE.replace(b"t", b"4")[:5], 1),
    "put a token": lambda writer: writer.put_who(EVE, 1),
    "drop a token": lambda writer: writer.drop_who(BEA),
}


def _ignore(_count: int) -> None:
    """Take a number that nobody needs."""


@pytest.fixture
def before(tmp_path: pathlib.Path) -> pathlib.Path:
    folder = tmp_path / "before"
    with Writer.create(folder) as writer:
        writer.put_name("play.example", GAMES | SOCIAL)
        writer.put_name("old.example", GAMES)
        writer.put_profile(OLD, at=MONDAY_NOON)
        writer.put_profile(replace(OLD, number=2, blocked=ADULT), at=MONDAY_NOON)
        for identity, number in ((ANA, 1), (BEA, 2)):
            writer.put_who(identity, number)
    return folder


def answers(reader: Family) -> list[Decision]:
    """Ask every question for everybody."""
    at_s = int(MONDAY_NOON.timestamp())
    everybody = (ANA, BEA, EVE, EVE.replace(b"t", b"4")[:5])
    return [reader.decide(name, who, at_s) for name in QUESTIONS for who in everybody]


def killed_at(step: int, folder: pathlib.Path, change: Callable[[Writer], None]) -> bool:
    """Change the tables in a process that dies at the line number `step`; tell whether it came so far."""
    process = os.fork()
    if process == 0:
        run_until(step, folder, change)
    return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]) == KILLED


def run_until(step: int, folder: pathlib.Path, change: Callable[[Writer], None]) -> None:
    writer = Writer.open(folder)
    lines = 0

    def line(_frame: FrameType, event: str, _value: Any) -> Any:
        nonlocal lines
        lines += event == "line"
        if lines == step:
            os._exit(KILLED)
        return line

    sys.settrace(lambda frame, _event, _value: line if frame.f_code.co_filename.startswith(WATCHED) else None)
    change(writer)
    os._exit(DONE)


def lines_of(folder: pathlib.Path, change: Callable[[Writer], None]) -> int:
    """Count the lines of a change that is not killed."""
    lines = 0

    def line(_frame: FrameType, event: str, _value: Any) -> Any:
        nonlocal lines
        lines += event == "line"
        return line

    with Writer.open(folder) as writer:
        before = sys.gettrace()
        sys.settrace(lambda frame, _event, _value: line if frame.f_code.co_filename.startswith(WATCHED) else None)
        try:
            change(writer)
        finally:
            sys.settrace(before)
    return lines


def fill(folder: pathlib.Path) -> None:
    """Put in what nobody asks about, until no table has room for one more."""
    tail = _keys.tail_of("new.example")
    with Writer.open(folder) as writer:
        count = 0
        while writer._names.has_room(tail) or writer._owns.has_room(tail) or writer._who.has_room(EVE):
            count += 1
            if writer._names.has_room(tail):
                writer.put_name(f"n{count}.filler.example", ADULT)
            if writer._owns.has_room(tail):
                writer.put_own(2, Own(f"n{count}.filler.example", allows=True))
            if writer._who.has_room(EVE):
                writer.put_who(b"tfiller%d" % count, 2)


def killed(before: pathlib.Path, change: Callable[[Writer], None], step: int) -> tuple[list[Decision], list[Decision]]:
    """Return what a reader says that was there before, and one that comes later, when a change is killed at a line."""
    folder = before.with_name("after")
    shutil.copytree(before, folder)
    there = Family.open(folder)
    killed_at(step, folder, change)
    seen = answers(there), answers(Family.open(folder))
    with Writer.open(folder) as writer:
        # Whoever repairs it finds tables that can be used, and everybody sees the same.
        assert answers(there) == seen[1]
        change(writer)
        assert answers(there) == answers(Family.open(folder))
    shutil.rmtree(folder)
    return seen


def outcomes(
    before: pathlib.Path, change: Callable[[Writer], None]
) -> tuple[list[Decision], list[Decision], list[int]]:
    """Return the old answers, the new ones, and the lines at which to kill the change; the last one is never reached."""
    folder = before.with_name("whole")
    shutil.copytree(before, folder)
    old = answers(Family.open(folder))
    lines = lines_of(folder, change)
    new = answers(Family.open(folder))
    return old, new, sorted({lines, lines + 1, *range(1, lines, max(1, lines // MOST_STEPS))})


@pytest.mark.filterwarnings("ignore:This process.*multi-threaded:DeprecationWarning")
@pytest.mark.parametrize("what", CHANGES)
def test_a_killed_writer_leaves_the_old_answers_or_the_new(before: pathlib.Path, what: str) -> None:
    old, new, steps = outcomes(before, CHANGES[what])

    seen = [one for step in steps for one in killed(before, CHANGES[what], step)]

    assert old != new
    assert old in seen
    assert new in seen
    assert all(one in (old, new) for one in seen)


@pytest.mark.filterwarnings("ignore:This process.*multi-threaded:DeprecationWarning")
@pytest.mark.parametrize("what", ["put a new name", "put a token", "put an own name", "put a profile"])
def test_a_writer_killed_while_a_table_grows_leaves_the_old_answers_or_the_new(before: pathlib.Path, what: str) -> None:
    fill(before)
    old, new, steps = outcomes(before, CHANGES[what])

    seen = [one for step in steps for one in killed(before, CHANGES[what], step)]

    assert all(one in (old, new) for one in seen)
    assert {old == one for one in seen} == {True, False}
