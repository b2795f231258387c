"""Ask random questions with `dig` and compare every answer with the slow reference, for dnsdist and the embedded resolver.

Usage: benchmarks/filter_decisions.py [--json] [--questions 20000]
A world of listed names (also white-listed and never-closed ones, and names below others), the provider's and the law's
signs, and 400 profiles with pauses, windows in several zones, exceptions that end, and safe search. Letters are of any case.
The figure is the number of answers that differ from `policy.family.decide`; the goal is none. Linux, `dig`, dnsdist.
"""

from __future__ import annotations

import argparse
import random
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import resolver
from dns_servers import HOST, Server, dnsdist, plane_of
from dns_stage import FIRST_ADDRESS, Backend, Figure, note, tell

from leeward.engines import policy
from leeward.engines.policy import family, mapped

PROFILES = 400
NAMES = 3_000
DOOR, OPEN, SAFE = "192.0.2.1", "192.0.2.80", "192.0.2.81"
ZONES = ("UTC", "Asia/Ulaanbaatar", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu")
SEED = 11
DIG_S = 600
SHOWN = 5

type Question = tuple[str, int]  # A name, and the number of the profile that asks; 0 for a stranger.


def name_of(chance: random.Random) -> str:
    """Return a made-up name of two to five labels from few words, so that names often lie below others."""
    words = ["ab", "cd", "play", "news", "shop", "www", "x1", "y2", "zz"]
    return ".".join([*chance.choices(words, k=chance.randint(1, 4)), chance.choice(("example", "test.example"))])


def listed_names(chance: random.Random) -> dict[str, int]:
    """Draw names with marks of every kind."""
    names = {}
    for _ in range(NAMES):
        marks = 1 << chance.choice([*range(12), 48, 49, 64, 65, 66])
        marks |= chance.choice((0, 0, 0, 1 << chance.randrange(12)))
        names[name_of(chance)] = chance.choices((marks, family.RESET, family.NEVER | marks), (20, 2, 1))[0]
    return names | family.safe_search_names()


def profile_of(number: int, chance: random.Random, *, now: datetime) -> family.Profile:
    """Draw a profile."""
    some = [1 << bit for bit in (*range(12), 48, 49, 64, 65, 66)]
    minutes = timedelta(minutes=chance.randrange(20, 300))
    profile = family.Profile(
        number=number,
        blocked=sum(set(chance.sample(some, chance.randint(0, 6)))),
        homework_blocked=sum(set(chance.sample(some, 3))),
        bedtime=_windows(chance, 1),
        homework=_windows(chance, 3),
        zone=chance.choice(ZONES),
        safe=chance.choice((0, family.SAFE_SEARCHES)),
        owns=tuple(
            family.Own(name, allows=chance.random() < 0.5, until=chance.choice((None, now + minutes, now - minutes)))
            for name in {name_of(chance) for _ in range(chance.randint(0, 8))}
        ),
    )
    if chance.random() < 0.1:
        profile = replace(profile, paused_until=now + chance.choice((minutes, -minutes)))
    if chance.random() < 0.2:
        profile = replace(profile, extra_until=now + chance.choice((minutes, -minutes)))
    if chance.random() < 0.2:
        profile = replace(profile, free_days=frozenset({now.date(), now.date() - timedelta(days=1)}))
    return profile


def _windows(chance: random.Random, most: int) -> tuple[family.Window, ...]:
    return tuple(
        family.Window(
            frozenset(chance.sample(range(7), chance.randint(1, 7))),
            chance.randrange(96) * 15,
            chance.randrange(1, 97) * 15,
        )
        for _ in range(chance.randint(0, most))
    )


def expected(decision: family.Decision) -> str:
    """Return the address that stands for a decision."""
    if not decision.is_open:
        return DOOR
    return SAFE if decision.rule is family.Rule.SAFE else OPEN


def dig(port: int, questions: list[Question], folder: Path) -> list[list[str]]:
    """Ask everything with one `dig` and return the addresses of each answer, in order."""
    lines = [
        f"-b {address_of(asker)} -p {port} @{HOST} +noall +question +answer +tries=5 {name} A"
        for name, asker in questions
    ]
    path = folder / "questions"
    path.write_text("\n".join(lines) + "\n", encoding="ascii")
    said = subprocess.run(["dig", "-f", str(path)], capture_output=True, text=True, timeout=DIG_S, check=True).stdout
    found: list[list[str]] = []
    for line in said.splitlines():
        words = line.split()
        if line.startswith(";") and words[-1] == "A":
            found.append([])
        elif words and not line.startswith(";") and words[-2] == "A":
            found[-1].append(words[-1])
    return found


def address_of(number: int) -> str:
    """Return the address of a profile; number 0 has none."""
    return socket.inet_ntoa((FIRST_ADDRESS + number).to_bytes(4))


def mixed(name: str, chance: random.Random) -> str:
    """Return a name with letters of any case."""
    return "".join(letter.upper() if chance.random() < 0.3 else letter for letter in name)


@dataclass(frozen=True)
class World:
    """What is listed and signed, and who has which profile."""

    names: dict[str, int]
    signs: list[policy.Entry]
    profiles: list[family.Profile]

    def write(self, folder: Path, *, now: datetime) -> policy.Reader:
        """Write the tables of both planes and return the reader of the global one."""
        policy.Writer.create(folder / "policy.tbl", self.signs, position=1, never_block=frozenset()).close()
        with mapped.Writer.create(folder / "family") as writer:
            writer.swap_names(self.names.items())
            for profile in self.profiles:
                writer.put_profile(profile, at=now)
                writer.put_who(b"4" + socket.inet_aton(address_of(profile.number)), profile.number)
        return policy.Reader.open(folder / "policy.tbl")


def draw(chance: random.Random, *, now: datetime) -> World:
    """Draw a world."""
    signs = [
        policy.Entry(name, chance.choice((policy.Reason.operator_block, policy.Reason.censored)), number)
        for number, name in enumerate(sorted({name_of(chance) for _ in range(60)}), start=1)
    ]
    profiles = [profile_of(number, chance, now=now) for number in range(1, PROFILES + 1)]
    return World(listed_names(chance), signs, profiles)


def wrong(
    world: World, signs: policy.Reader, questions: list[Question], server: Server, *, folder: Path, kind: str
) -> int:
    """Ask everything and return how many answers differ from the reference."""
    begun = datetime.now(UTC)
    answers = dig(server.port, questions, folder)
    ended = datetime.now(UTC)
    listing, count = family.Names(world.names), 0
    for (asked, number), came in zip(questions, answers, strict=True):
        profile = world.profiles[number - 1] if number else None
        told = {
            # While they were asked, a window may have begun or ended.
            expected(family.decide(asked.lower(), listed=listing, world=signs, profile=profile, at=at))
            for at in (begun, ended)
        }
        seen = came[-1] if came else ""
        if kind == "embedded" and SAFE in told and seen == OPEN:
            continue  # It asks the same resolver for the safe name, or answers a name below one as it is.
        if seen not in told:
            count += 1
            if count <= SHOWN:
                note(f"{kind}: {asked} for {number}: {came}, expected {told}")
    return count


def run(*, count: int) -> Iterator[Figure]:
    """Build the world, ask both data planes, and yield how many answers differ."""
    chance, now = random.Random(SEED), datetime.now(UTC)
    world = draw(chance, now=now)
    names = list(world.names)
    questions = [
        (mixed(chance.choice((name_of(chance), chance.choice(names))), chance), chance.randint(0, PROFILES))
        for _ in range(count)
    ]
    with tempfile.TemporaryDirectory(prefix="leeward-decisions-") as made:
        folder = Path(made)
        signs, backend, safe = world.write(folder, now=now), Backend(), Backend(address=SAFE)
        plane = plane_of(folder, name="policy", backend=backend.port, filters=True)
        plane = replace(plane, safe_backends=(f"{HOST}:{safe.port}",))
        starts: dict[str, Callable[[], Server]] = {
            "dnsdist": lambda: dnsdist(plane, core=0),
            "embedded": lambda: resolver.server("ours", folder, backend=backend.port, core=0),
        }
        for kind, start in starts.items():
            server = start()
            try:
                server.ready()
                found = wrong(world, signs, questions, server, folder=folder, kind=kind)
            finally:
                server.stop()
            yield Figure(f"filter_decisions.{kind}.wrong", found, f"of {count} answers", False, 0.0)


def main(argv: list[str]) -> None:
    """Ask and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--questions", type=int, default=20_000)
    options = parser.parse_args(argv)
    tell(run(count=options.questions), as_json=options.json)


if __name__ == "__main__":
    main(sys.argv[1:])
