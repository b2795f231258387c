"""Measure the mapped tables of the family plane on one core: writing a whole list, changing one name, and asking.

Usage: benchmarks/filter_tables.py [--json] [--full] [--seconds 3]
A list of 1,000,000 names by default, of 5,000,000 with --full, drawn with a fixed seed from made-up words. Of the questions, one
in ten is about a listed name; they come from 100,000 addresses of 20,000 profiles, so little of what they need is at hand.
"""

from __future__ import annotations

import argparse
import json
import random
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from leeward.engines.policy.family import Own, Profile, Window
from leeward.engines.policy.mapped import Family, Writer

NAMES, FULL = 1_000_000, 5_000_000
PROFILES, ADDRESSES = 20_000, 100_000
QUESTIONS = 200_000
ENDINGS = ("com.example", "net.example", "co.uk.example", "example", "org.example", "mn.example")
AT = datetime(2026, 11, 23, 12, tzinfo=UTC)
BUILD_GOAL_S = 30.0  # Of 5,000,000 names.
OCTETS_GOAL = 80.0
ASK_GOAL_PER_S = 60_000.0  # What the embedded resolver has to answer in all.

Figure = dict[str, object]


def figure(name: str, value: float, unit: str, *, higher: bool = True, goal: float | None = None) -> Figure:
    """Return one figure; there is no peer, since `benchmarks/filter.py` compares whole resolvers."""
    row: Figure = {"name": f"filter_tables.{name}", "value": round(value, 3), "unit": unit, "higher_is_better": higher}
    return row | {"goal": goal, "peer": None, "ratio": None}


def listed(count: int) -> list[tuple[str, int]]:
    """Draw names of two to five labels with a fixed seed, each with one of forty marks."""
    chance = random.Random(6)
    return [
        (
            f"{'www.' if number % 4 == 0 else ''}{chance.getrandbits(32):x}-{number:x}.{ENDINGS[number % 6]}",
            1 << number % 40,
        )
        for number in range(count)
    ]


def each[Thing](things: Iterable[Thing], do: Callable[[Thing], None]) -> None:
    """Do one thing after the other."""
    for thing in things:
        do(thing)


def timed(change: Callable[[], object]) -> float:
    """Return the seconds of the processor that something takes, since the machine is shared."""
    begun = time.process_time()
    change()
    return time.process_time() - begun


def profile_of(number: int) -> Profile:
    """Return a profile with marks, a window and an exception of its own."""
    night = Window(days=frozenset(range(7)), start=21 * 60, end=6 * 60 + 15 * (number % 4))
    own = Own(f"own{number % 500}.example", allows=True)
    return Profile(number, blocked=1 << number % 40, bedtime=(night,), zone="Europe/Berlin", owns=(own,))


def address(number: int) -> bytes:
    """Return the identity of a subscriber."""
    return b"4\x0a" + number.to_bytes(3, "big")


def wire(name: str) -> bytes:
    """Return a name as it stands in a question."""
    return b"".join(bytes((len(label),)) + label for label in name.encode().split(b".")) + b"\0"


def measured(folder: Path, *, count: int, seconds: float) -> Iterator[Figure]:
    """Yield the figures of one list."""
    names = listed(count)
    with Writer.create(folder) as writer:
        writer.swap_names(names[:1_000])  # Compiles the loops, or finds them compiled.
        build_s = timed(lambda: writer.swap_names(names))
        yield figure("build", build_s, "s", higher=False, goal=BUILD_GOAL_S * count / FULL)
        size = (folder / "names.tbl").stat().st_size
        yield figure("octets_a_name", size / count, "B", higher=False, goal=OCTETS_GOAL)
        writer.put_name("first.example", 1)
        changed = [(f"late{number}.example", 1) for number in range(5_000)]
        put_s = timed(lambda: each(changed, lambda one: writer.put_name(*one)))
        yield figure("put_name", 1e6 * put_s / len(changed), "us", higher=False)
        profiles = [profile_of(number) for number in range(1, PROFILES + 1)]
        put_s = timed(lambda: each(profiles, lambda profile: writer.put_profile(profile, at=AT)))
        yield figure("put_profile", 1e6 * put_s / len(profiles), "us", higher=False)
        put_s = timed(
            lambda: each(range(1, ADDRESSES + 1), lambda n: writer.put_who(address(n), 1 + n % len(profiles)))
        )
        yield figure("put_who", 1e6 * put_s / ADDRESSES, "us", higher=False)
        yield from asked(folder, names, seconds=seconds)


def asked(folder: Path, names: list[tuple[str, int]], *, seconds: float) -> Iterator[Figure]:
    """Yield how many questions a second are decided: by the compiled way alone, and as a value for a page."""
    chance = random.Random(7)
    reader = Family.open(folder)
    texts = [
        names[chance.randrange(len(names))][0] if number % 10 == 0 else f"www.site{chance.getrandbits(17)}.com.example"
        for number in range(QUESTIONS)
    ]
    questions = [(wire(text), address(1 + chance.randrange(ADDRESSES))) for text in texts]
    at_s = int(AT.timestamp())
    reader.decide_wire(questions[0][0], 0, questions[0][1], at_s)
    count, spent_s = 0, 0.0
    while spent_s < seconds:
        spent_s += timed(lambda: [reader.decide_wire(name, 0, who, at_s) for name, who in questions])
        count += len(questions)
    yield figure("decide_wire", count / spent_s, "1/s", goal=ASK_GOAL_PER_S)
    some = list(zip(texts, questions, strict=True))[:5_000]
    reader.decide(some[0][0], some[0][1][1], at_s)
    spent_s = timed(lambda: [reader.decide(text, who, at_s) for text, (_, who) in some])
    yield figure("decide", len(some) / spent_s, "1/s")


def main() -> None:
    """Read the command line and measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--full", action="store_true", help="5,000,000 names")
    parser.add_argument("--seconds", type=float, default=3, help="for the questions")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        for row in measured(Path(place) / "family", count=FULL if options.full else NAMES, seconds=options.seconds):
            print(
                json.dumps(row) if options.json else f"{row['name']!s:30} {row['value']:>12} {row['unit']}", flush=True
            )


if __name__ == "__main__":
    main()
