"""Random questions through dig, each answer compared with the slow, obvious reference."""

from __future__ import annotations

import random
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from leeward.engines import policy
from leeward.engines.policy.family import NEVER, RESET, Own, Profile, Rule, Window
from leeward.engines.policy.family.decide import Names, decide

from .conftest import Tables
from .running import DOOR, HOST, OPEN_ADDRESS, SAFE_ADDRESS, Running, program, running

QUESTIONS = 2_000
PROFILES = 40
ZONES = ("UTC", "Europe/Berlin", "Asia/Ulaanbaatar", "Asia/Kathmandu", "America/St_Johns")
CODES = {Rule.LAW: 16, Rule.OPERATOR: 15}
CLOSED = {Rule.PAUSE, Rule.BEDTIME, Rule.OWN_CLOSED, Rule.HOMEWORK, Rule.CATEGORY}


@dataclass(frozen=True)
class World:
    """What the tables hold, as the reference reads it."""

    names: Names
    signs: policy.Reader
    profiles: dict[str, Profile]
    asked: tuple[str, ...]


def _words(rng: random.Random) -> list[str]:
    hosts = [f"{word}{number}" for word in ("anchor", "berth", "cove") for number in range(30)]
    tops = ("example", "co.example", "harbour.example", "boats.cove.example")
    return [f"{rng.choice(('', 'www.', 'a.b.', 'x.y.z.w.'))}{host}.{rng.choice(tops)}" for host in hosts]


def _windows(rng: random.Random) -> tuple[Window, ...]:
    return tuple(
        Window(frozenset(rng.sample(range(7), rng.randint(1, 7))), rng.randrange(96) * 15, rng.randrange(97) * 15)
        for _ in range(rng.randint(0, 3))
    )


def _moment(rng: random.Random, at: datetime) -> datetime | None:
    return rng.choice((None, at + timedelta(hours=rng.choice((-2, 3)))))


def _profile(number: int, *, names: list[str], at: datetime, rng: random.Random) -> Profile:
    marks = rng.getrandbits(20) | rng.getrandbits(20) << 64
    owned = rng.sample(names, 4)
    return Profile(
        number=number,
        blocked=marks & rng.getrandbits(100),
        bedtime=_windows(rng) if rng.random() < 0.5 else (),
        homework=_windows(rng),
        homework_blocked=marks & rng.getrandbits(100),
        free_days=frozenset({at.date()}) if rng.random() < 0.2 else frozenset(),
        zone=rng.choice(ZONES),
        paused_until=_moment(rng, at) if rng.random() < 0.2 else None,
        extra_until=_moment(rng, at) if rng.random() < 0.3 else None,
        safe=rng.choice((0, 1 << 56, 3 << 57)),
        owns=tuple(Own(name, rng.random() < 0.5, _moment(rng, at)) for name in owned),
    )


@pytest.fixture(scope="module")
def world(tables: Tables) -> World:
    rng, at = random.Random(7), datetime.now(UTC)
    names = _words(rng)
    marks = {name: 1 << rng.choice((*range(20), *range(64, 84), 56, 57, 58)) for name in names[:60]}
    marks |= {name: 1 << rng.randrange(20) | rng.choice((0, RESET, NEVER)) for name in names[40:60]}
    marks |= {name.partition(".")[2]: 1 << rng.randrange(20) for name in names[:10] if name.count(".") > 2}
    tables.family.swap_names(marks.items())
    for place, name in enumerate(names[50:80]):
        reason = policy.Reason.censored if place % 2 else policy.Reason.operator_block
        tables.signs.block(policy.Entry(name, reason, place), never_block=frozenset())
    profiles = {}
    for number in range(1, PROFILES + 1):
        address = f"127.0.1.{number}"
        profiles[address] = _profile(number, names=names, at=at, rng=rng)
        tables.family.put_profile(profiles[address], at=at)
        tables.family.put_who(b"4" + bytes((127, 0, 1, number)), number)
    asked = tuple(f"{prefix}{name}" for name in names for prefix in ("", "m.", "very.far.below."))
    return World(Names(marks), policy.Reader.open(tables.plane.data_dir / "policy.tbl"), profiles, asked)


@pytest.fixture(scope="module")
def dnsdist(tables: Tables, world: World) -> Iterator[Running]:
    with running(tables.plane) as made:
        yield made


def _expected(world: World, name: str, source: str, at: datetime) -> tuple[str, tuple[int, ...]]:
    rule = decide(name, listed=world.names, world=world.signs, profile=world.profiles.get(source), at=at).rule
    if rule in CODES:
        return DOOR, (CODES[rule],)
    if rule in CLOSED:
        return DOOR, (17,)
    return SAFE_ADDRESS if rule is Rule.SAFE else OPEN_ADDRESS, ()


def _dug(questions: list[tuple[str, str]], *, port: int, file: Path) -> list[tuple[str, tuple[int, ...]]]:
    """Ask every question with one dig and return the address and the codes of each answer."""
    asked = [f"@{HOST} -p {port} -b {source} +tries=2 +time=5 {name} A" for name, source in questions]
    file.write_text("\n".join(asked) + "\n", encoding="utf-8")
    shown = subprocess.run([program("dig"), "-f", str(file)], capture_output=True, text=True, check=True).stdout
    found = []
    for one in shown.split("; <<>> DiG")[1:]:
        lines = one.splitlines()
        address = next((line.split()[4] for line in lines if line.split()[2:4] == ["IN", "A"]), "")
        codes = tuple(int(line.split()[2]) for line in lines if line.startswith("; EDE:"))
        found.append((address, codes))
    return found


def _in_some_case(name: str, rng: random.Random) -> str:
    return "".join(letter.upper() if rng.random() < 0.3 else letter for letter in name)


def test_dig_is_told_what_the_reference_says(dnsdist: Running, world: World, tmp_path: Path) -> None:
    rng = random.Random(11)
    sources = [*world.profiles, "127.0.2.1"]
    questions = [(_in_some_case(rng.choice(world.asked), rng), rng.choice(sources)) for _ in range(QUESTIONS)]

    before = datetime.now(UTC)
    found = _dug(questions, port=dnsdist.port, file=tmp_path / "questions")
    after = datetime.now(UTC)

    assert len(found) == QUESTIONS
    wrong = [
        (question, answer)
        for question, answer in zip(questions, found, strict=True)
        # What changes with the quarter of an hour while dig asks may be told in either way.
        if answer not in {_expected(world, *question, before), _expected(world, *question, after)}
    ]
    assert wrong == []
    assert {codes for _, codes in found} == {(), (15,), (16,), (17,)}
    assert SAFE_ADDRESS in {address for address, _ in found}
